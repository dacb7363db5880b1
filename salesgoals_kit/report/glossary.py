"""The glossary of a page: of the measures that it uses, and of no other, what each is and where that comes from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.report.content import Content
from salesgoals_kit.words import Message, say


@dataclass(frozen=True)
class Entry:
    """A measure in the glossary: what it is called, how it is defined, and whose definition that is."""

    kpi: str
    title: Message
    definition: Message
    source: Message


def glossary(content: Content) -> tuple[Entry, ...]:
    """Return the measures that a report uses, in the catalogue's order.

    They are those of its figures, goals and outlooks, and those it names as its ``measures``.
    """
    used = set(_used(content))
    return tuple(_entry(kpi) for name, kpi in CATALOGUE.items() if name in used)


def _used(content: Content) -> Iterator[str]:
    yield from content.measures
    yield from (figure.kpi for figure in content.figures)
    yield from (goal.kpi for goal in content.goals)
    yield from (str(outlook["kpi"]) for outlook in content.outlooks)


def _entry(kpi: Kpi) -> Entry:
    source = say("glossary.source", source=Message(f"glossary.source_{kpi.name}", {}))
    return Entry(kpi.name, kpi.title, kpi.definition, source)
