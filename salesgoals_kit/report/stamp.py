"""What every page ends with, when and by which kit it was made, and that each of its blocks has a name of its own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.words import Message, Name, say

_ID = re.compile(r'\sid="([^"]+)"')


def stamp_message(stamp: Mapping[str, str]) -> Message:
    """Return the words of a page's stamp; raises SalesGoalsError where it lacks when or by which kit."""
    missing = [Fault("stamp", f"{name} is missing") for name in ("made", "kit") if name not in stamp]
    if missing:
        raise SalesGoalsError("A page says when and by which kit it was made.", missing)
    made = datetime.fromisoformat(stamp["made"])
    clock = f"{made:%H:%M} {made.tzname() or ''}".strip()
    return say("report.stamp", day=made.date(), clock=clock, kit=Name(stamp["kit"]))


def check_ids(html: str) -> None:
    """Raise SalesGoalsError where two blocks share an id: links and readers would lose their way."""
    twice = [name for name, count in Counter(_ID.findall(html)).items() if count > 1]
    if twice:
        faults = [
            Fault(f"id {name}", "stands twice on the page", todo="give one of the blocks a name") for name in twice
        ]
        raise SalesGoalsError("Every block of a page has a name of its own.", faults)
