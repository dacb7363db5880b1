"""How the mails of an outbox stand, as lines and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from salesgoals_kit.store.mails import Standing
from salesgoals_kit.store.outbox import STATES

MEANS = {
    "queued": "to be sent, or tried again",
    "sending": "being sent at this moment",
    "sent": "taken by the mail server",
    "parked": "refused for good; --retry-parked tries again",
    "uncertain": "may or may not have arrived; ask, or send again with --retry-uncertain",
    "superseded": "replaced by a newer one before it was sent",
}


def standing_text(mails: Sequence[Standing], zone: ZoneInfo) -> str:
    """Return how many mails stand how, and a line for each that has neither been sent nor superseded."""
    if not mails:
        return "No mail has been queued."
    counts = Counter(one.state for one in mails)
    lines = [f"{counts[state]:5} {state:10} {MEANS[state]}" for state in STATES if counts[state]]
    return "\n".join([*lines, *(standing_line(one, zone) for one in mails if one.state not in ("sent", "superseded"))])


def standing_line(one: Standing, zone: ZoneInfo) -> str:
    """Return a mail in a line: how it stands, whose report it is, to whom, how often it was tried, and why."""
    whose = one.to.owner.name or "the company"
    parts = [f"{one.state}: {one.to.template} {one.to.period} {whose} to {one.to.recipient}"]
    if one.tries:
        parts.append(f"{one.tries} {'try' if one.tries == 1 else 'tries'}")
    if one.state == "queued" and one.next_try_at is not None:
        parts.append(f"again from {one.next_try_at.astimezone(zone):%Y-%m-%d %H:%M}")
    return printable(", ".join(parts) + (f": {one.reason}" if one.reason else ""))


def printable(line: str) -> str:
    r"""Return a line as a terminal may show it, whatever names it has in it.

    >>> printable("rev\niew \x1b[2J")
    'rev iew  [2J'
    """
    return "".join(sign if sign.isprintable() else " " for sign in line)


def standing_json(mails: Sequence[Standing]) -> str:
    """Return every mail as a JSON object in an array."""
    return json.dumps([_record(one) for one in mails], indent=2, ensure_ascii=False)


def _record(one: Standing) -> dict[str, Any]:
    return {
        "state": one.state,
        "template": one.to.template,
        "period": one.to.period,
        "team": one.to.owner.team,
        "rep": one.to.owner.rep,
        "recipient": one.to.recipient,
        "subject": one.subject,
        "message_id": one.message_id,
        "queued_at": _moment(one.queued_at),
        "tries": one.tries,
        "tried_at": _moment(one.tried_at),
        "next_try_at": _moment(one.next_try_at) if one.state == "queued" else None,
        "reason": one.reason or None,
    }


def _moment(when: datetime | None) -> str | None:
    return None if when is None else when.isoformat(timespec="seconds")
