"""What a report says of a goal over time: quarters, months and weeks with their chances, and the smaller wins."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesgoals_kit.goals.phased import Phase, Phasing
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Value, say


def phases_block(texts: Texts, found: Phasing | None) -> Block:
    """Return the phases of a goal under their heading; without a goal a sentence."""
    head = heading(texts, say("phases.heading"), level=3)
    return group(head, paragraph(texts, say("phases.none"), soft=True) if found is None else phase_tables(texts, found))


def phase_tables(texts: Texts, found: Phasing) -> Block:
    """Return the phases as tables, coarse before fine, then the milestones and how the phases were made."""
    coarse = [*found.of("quarter"), *found.of("month")]
    weeks = found.of("week")
    blocks = [_table(texts, found, coarse, "phases")] if coarse else []
    blocks += [folded(texts, say("phases.weeks"), _table(texts, found, weeks, "weeks"))] if weeks else []
    said = [*([] if any(phase.so_far is not None for phase in coarse) else found.milestones), *found.notes]
    return group(*blocks, *([bullets(texts, said)] if said else []))


def _table(texts: Texts, found: Phasing, phases: Sequence[Phase], name: str) -> Block:
    parts = found.kind == "parts"
    cumulated = parts and any(phase.so_far is not None for phase in phases)
    columns = [Column("phase", Message(f"phases.column_{name}", {}), "message")]
    columns.append(Column("value", say("phases.column_part" if parts else "phases.column_level"), "number"))
    if any(phase.chance is not None for phase in phases):
        columns.append(Column("chance", say("phases.column_chance"), "number"))
    if cumulated:
        columns.append(Column("so_far", say("phases.column_so_far"), "number"))
    if any(phase.chance_so_far is not None for phase in phases):
        columns.append(Column("chance_so_far", say("phases.column_chance_so_far"), "number"))
    rows = pd.DataFrame([_row(found, phase) for phase in phases], dtype="object")
    kind = "" if name == "weeks" or found.adds_up else "_apart" if parts else "_levels"
    caption = Message(f"phases.caption_{name}{kind}", _about(found, phases, name))
    return table(texts, rows, columns, name=name, caption=caption)


def phase_words(phase: Phase) -> Message:
    """Return what a phase is called: a week by its days; of a month also whether it is over, or agreed."""
    if phase.grain == "week":
        return say("phases.week", first=phase.start, last=phase.end)
    if phase.past:
        return say("phases.past", phase=phase.name)
    return say("phases.agreed", phase=phase.name) if phase.agreed else say("phases.phase", phase=phase.name)


def _about(found: Phasing, phases: Sequence[Phase], name: str) -> dict[str, Value]:
    days: dict[str, Value] = {"first": phases[0].start, "last": phases[-1].end}
    return days if name == "weeks" else {**days, "period": found.period.name}


def _row(found: Phasing, phase: Phase) -> dict[str, Value | None]:
    unit = CATALOGUE[found.kpi].unit
    return {
        "phase": phase_words(phase),
        "value": quantity(phase.value, unit),
        "chance": _short(phase.chance),
        "so_far": None if phase.so_far is None else quantity(phase.so_far, unit),
        "chance_so_far": _short(phase.chance_so_far),
    }


def _short(chance: float | None) -> Message | None:
    return None if chance is None else chance_message(chance, short=True)
