"""The pages of the reps, as data: each with his own goal, months, weeks and reasons, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from salesgoals_kit.goals.doing import activity_sentences, kind_words
from salesgoals_kit.goals.people import Person
from salesgoals_kit.goals.phased import Phasing
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.report.carriers import called
from salesgoals_kit.report.phases import phase_words
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.rep import RepGoal, RepPage, Section
from salesgoals_kit.report.weekly import span_words
from salesgoals_kit.words import Message, Value, say

APART = ("phase.agreed_otherwise", "phase.agreed_beyond")  # the months that were agreed come to another amount


def rep_pages(people: Sequence[Person], names: Mapping[str, str]) -> tuple[RepPage, ...]:
    """Return a page for every rep. ``names``: what the reps are called."""
    return tuple(_page(one, names.get(str(one.share.owner.rep), str(one.share.owner.rep))) for one in people)


def _page(one: Person, name: str) -> RepPage:
    share, kpi = one.share, CATALOGUE[one.share.kpi]
    value = quantity(share.value, kpi.unit)
    said: dict[str, Value] = {"value": value, "kpi": kpi.title, "period": one.plan.period.name}
    if one.agreed:
        headline, lead = Message("rep.headline_agreed", said), say("rep.lead_agreed")
        if share.chance is not None:
            lead = say("rep.lead_agreed_chance", chance=chance_message(share.chance))
    elif share.chance is None:
        headline, lead = Message("rep.headline_plain", said), say("rep.lead_plain")
    else:
        headline = Message("rep.headline", {**said, "chance": chance_message(share.chance)})
        own = quantity(share.bottom_up, kpi.unit)
        lead = Message(f"rep.lead_{_basis(one)}", {"own": own, "chance": chance_message(share.before or 0.0)})
    reason = next((told for told in one.reasons if told.id.startswith(("forecast.trend", "forecast.level"))), None)
    goal = RepGoal(kpi.title, value, kpi.unit, share.chance, reason)
    return RepPage(share.owner, name, headline, lead, (goal,), tuple(_sections(one, name)))


def _sections(one: Person, name: str) -> list[Section]:
    rep = str(one.share.owner.rep)
    weeks = [step for step in one.plan.steps if step.is_activity]
    said = tuple(called(message, {rep: name}) for message in activity_sentences(one.plan))
    rows = tuple((_kind(step.name), span_words(step.week)) for step in weeks)
    columns = (say("rep.column_activity"), say("rep.column_week")) if rows else ()
    weekly = [message for message in said if not message.id.startswith("activity.week")] if rows else said
    found = [Section("weekly", say("rep.heading_weekly"), columns, rows, tuple(weekly))]
    if one.phasing is not None and one.phasing.of("month"):
        found.insert(0, _months(one.phasing))
    reasons = (*(called(remark, {rep: name}) for remark in one.share.remarks), *one.reasons)
    return [*found, Section("why", say("rep.heading_why"), sentences=reasons)] if reasons else found


def _basis(one: Person) -> str:
    """Return what a rep's own proposal rests on: his history, or what others have brought."""
    borrowed = any(reason.id == "forecast.continues_borrowed" for reason in one.reasons)
    return "borrowed" if borrowed else "own"


def _kind(name: str) -> Message:
    return say("rep.kind", kind=kind_words(name))


def _months(phasing: Phasing) -> Section:
    unit = CATALOGUE[phasing.kpi].unit
    rows = tuple(
        (
            phase_words(month),
            quantity(month.value, unit),
            "" if month.chance is None else chance_message(month.chance, short=True),
        )
        for month in phasing.of("month")
    )
    columns = (say("phases.column_phases"), say("phases.column_part"), say("phases.column_chance"))
    apart = () if phasing.adds_up else tuple(note for note in phasing.notes if note.id in APART)
    return Section("months", say("rep.heading_months"), columns, rows, apart)
