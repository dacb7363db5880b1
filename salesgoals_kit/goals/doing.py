"""The sentences of a rep's activities: what a goal needs of each step, and whether the hours are there."""

from __future__ import annotations

from salesgoals_kit.goals.activity import ActivityPlan, Hours, Range, Step
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.words import Chance, Message, Money, Name, Number, Value

KNOWN_KINDS = ("call", "email", "meeting")
STEPS = ("won", "opportunities", "qualified_leads")
WHOLE_FROM = 10.0  # from here on half a call is nothing worth saying


def activity_sentences(plan: ActivityPlan) -> tuple[Message, ...]:
    """Return the plan in sentences: the goal's steps, the week's activities, the hours, then what is to be known."""
    steps = [_needs(plan, step) for step in plan.steps if not step.is_activity]
    weekly = [_weekly(step) for step in plan.steps if step.is_activity]
    hours = [] if plan.hours is None else [_hours(plan, plan.hours)]
    return (*steps, *weekly, *hours, *plan.notes)


def kind_words(kind: str) -> Value:
    """Return what a kind of activity is called: calls, e-mails and meetings in our words, others as they are."""
    return Message(f"activity.kind_{kind}", {}) if kind in KNOWN_KINDS else Name(kind)


def step_words(name: str) -> Value:
    """Return what a step of a plan is called: deals won, opportunities, qualified leads, or a kind of activity."""
    return Message(f"activity.step_{name}", {}) if name in STEPS else kind_words(name)


def _needs(plan: ActivityPlan, step: Step) -> Message:
    return Message(
        f"activity.needs_{step.name}",
        {"owner": owner_words(plan.owner), "goal": Money(plan.goal), "period": plan.period.name, **_ends(step.needed)},
    )


def _weekly(step: Step) -> Message:
    said: dict[str, Value] = {"kind": kind_words(step.name), **_ends(step.week)}
    if step.capped is None or step.capped.middle >= step.week.middle:
        return Message("activity.week", said)
    return Message("activity.week_capped", {**said, "capped": _number(step.capped.middle)})


def _hours(plan: ActivityPlan, hours: Hours) -> Message:
    said: dict[str, Value] = {
        "needed": _number(hours.needed.middle),
        "there": _number(hours.there),
        "chance": Chance(1 - hours.binds),
    }
    if not hours.bind:
        return Message("activity.hours_enough", said)
    ends = _ends(hours.needed) | {"short": _number(hours.short)}
    carried = {"carried": Money(hours.carried.middle), "goal": Money(plan.goal)}
    return Message("activity.hours_bind", said | ends | carried)


def _ends(range_: Range) -> dict[str, Value]:
    return {name: _number(getattr(range_, name)) for name in ("low", "middle", "high")}


def _number(value: float) -> Number:
    return Number(value, 0 if value >= WHOLE_FROM or value == 0 else 1)
