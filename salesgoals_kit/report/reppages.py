"""The pages of the reps, as data: each with his own goal, months, weeks and reasons, and nothing of anybody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from salesgoals_kit.goals.doing import activity_sentences, step_words
from salesgoals_kit.goals.people import Person
from salesgoals_kit.goals.phased import Phasing
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.report.carriers import called
from salesgoals_kit.report.phases import phase_words
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.rep import RepGoal, RepPage, Section
from salesgoals_kit.report.weekly import chain_of, compared, counted, days_of_now, number, span_words
from salesgoals_kit.words import Chance, Change, Message, Money, Value, say

IN_THE_TABLE = ("activity.needs", "activity.week")  # sentences that say what the rows of the weeks' table do
UNKNOWN = say("rep.unknown")
LEVEL = "forecast.level_flow"  # what a month brought on average, which the goal is held against

APART = ("phase.agreed_otherwise", "phase.agreed_beyond")  # the months that were agreed come to another amount


def rep_pages(people: Sequence[Person], names: Mapping[str, str]) -> tuple[RepPage, ...]:
    """Return a page for every rep. ``names``: what the reps are called."""
    return tuple(_page(one, names.get(str(one.share.owner.rep), str(one.share.owner.rep))) for one in people)


def _page(one: Person, name: str) -> RepPage:
    share, kpi = one.share, CATALOGUE[one.share.kpi]
    value = quantity(share.value, kpi.unit)
    said: dict[str, Value] = {"value": value, "kpi": kpi.title, "period": one.plan.period.name}
    if one.agreed and one.whole is not None:
        team = owner_words(share.parent or COMPANY)
        headline = Message("rep.headline_agreed_part", {**said, "team": team, "whole": quantity(one.whole, kpi.unit)})
    elif one.agreed:
        headline = Message("rep.headline_agreed", said)
    elif share.chance is None:
        headline = Message("rep.headline_plain", said)
    else:
        headline = Message("rep.headline", {**said, "chance": chance_message(share.chance)})
    reason = _beside_usual(one) or next((told for told in one.reasons if told.id.startswith("forecast.trend")), None)
    goal = RepGoal(kpi.title, value, kpi.unit, share.chance, reason)
    return RepPage(share.owner, name, headline, _lead(one), (goal,), tuple(_sections(one, name)))


def _lead(one: Person) -> Message:
    """Return what his goal is a part of, and how it stands to what his own outlook proposes."""
    share, unit = one.share, CATALOGUE[one.share.kpi].unit
    said: dict[str, Value] = {"above": owner_words(share.parent or COMPANY)}
    whole = (
        say("rep.lead_part") if one.above is None else say("rep.lead_part_of", goal=quantity(one.above, unit), **said)
    )
    if one.agreed:
        if share.chance is None:
            return say("rep.lead_agreed", **said)
        return say("rep.lead_agreed_chance", **said, chance=chance_message(share.chance))
    if share.chance is None or share.before is None:
        return say("rep.lead_plain", part=whole)
    wanted = share.before if one.wanted is None else one.wanted
    kind = "more" if share.value > share.bottom_up else "less"
    own = {"part": whole, "own": quantity(share.bottom_up, unit), "wanted": Chance(wanted)}
    return Message(f"rep.lead_{_basis(one)}_{kind}", own)


def _beside_usual(one: Person) -> Message | None:
    """Return what the goal asks for a month, beside what a month brought of late; None where that is not known."""
    if one.usual is None or one.usual <= 0:
        return None
    month = one.share.value / len(one.plan.period.months)
    said: dict[str, Value] = {"month": Money(month), "usual": Money(one.usual), "change": Change(month / one.usual - 1)}
    if one.before is None:
        return Message("rep.month", said)
    return Message("rep.month_and_before", {**said, "before": Money(one.before)})


def _sections(one: Person, name: str) -> list[Section]:
    rep = str(one.share.owner.rep)
    found = [_weeks(one, name)]
    if one.phasing is not None and one.phasing.of("month"):
        found.insert(0, _months(one.phasing))
    usual = _beside_usual(one)
    told = [reason for reason in one.reasons if usual is None or reason.id != LEVEL]
    reasons = (*(called(remark, {rep: name}) for remark in one.share.remarks), *told)
    return [*found, Section("why", say("rep.heading_why"), sentences=reasons)] if reasons else found


def _weeks(one: Person, name: str) -> Section:
    """Return what the goal takes of each step, in the period and in a week, beside what he does now."""
    steps, plans = chain_of(one.plan), [one.plan]
    said = [called(message, {str(one.share.owner.rep): name}) for message in activity_sentences(one.plan)]
    if not steps:
        return Section("weekly", say("rep.heading_weekly"), sentences=tuple(said))
    columns = [
        say("rep.column_activity"),
        say("rep.column_period", period=one.plan.period.name),
        say("rep.column_week"),
    ]
    known = any(step.now is not None for step in steps)
    columns += [say("rep.column_now")] if known else []
    rows = tuple(
        (
            say("rep.kind", kind=step_words(step.name)),
            span_words(step.needed),
            span_words(step.week),
            *(((UNKNOWN if step.now is None else number(step.now)),) if known else ()),
        )
        for step in steps
    )
    days = days_of_now(plans)
    caption = Message("rep.caption_now", days) if days else say("rep.caption")
    further = [message for message in said if not message.id.startswith(IN_THE_TABLE)]
    sentences = (*compared(plans), *further[:1], *counted(plans), *further[1:])
    return Section("weekly", say("rep.heading_weekly"), tuple(columns), rows, sentences, caption)


def _basis(one: Person) -> str:
    """Return what a rep's own proposal rests on: his history, or what others have brought."""
    borrowed = any(reason.id == "forecast.continues_borrowed" for reason in one.reasons)
    return "borrowed" if borrowed else "own"


def _months(phasing: Phasing) -> Section:
    unit = CATALOGUE[phasing.kpi].unit
    rows = tuple(
        (
            phase_words(month),
            quantity(month.value, unit),
            UNKNOWN if month.chance is None else chance_message(month.chance, short=True),
        )
        for month in phasing.of("month")
    )
    columns = (say("phases.column_phases"), say("phases.column_part"), say("phases.column_chance"))
    apart = () if phasing.adds_up else tuple(note for note in phasing.notes if note.id in APART)
    return Section("months", say("rep.heading_months"), columns, rows, apart)
