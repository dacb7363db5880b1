"""A goal in plain words and what is said beside it: put together, with every fault in any of it at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TypeVar

from salesgoals_kit.company import Company
from salesgoals_kit.data.snapshot import SnapshotRef
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.clock import Clock
from salesgoals_kit.goals.goal import Goal, odd_steps
from salesgoals_kit.goals.plain import parse_goal
from salesgoals_kit.goals.who import Owners
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.run.asking import Beside
from salesgoals_kit.words import Name, say

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True)
class Wrong:
    """All that is wrong so far."""

    titles: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def or_else(self, find: Callable[[], T], other: U) -> T | U:
        """Return what is found, or the other thing where it cannot be, and keep why."""
        try:
            return find()
        except ParamError as error:
            self.titles.append(error.title)
            self.faults.extend(error.faults)
            return other


def goal_with(written: str, beside: Beside, company: Company, owners: Owners, as_of: date, wrong: Wrong) -> Goal:
    """Return the goal with what was said beside it; raises ParamError with all that is wrong in any of it."""
    starts = company.fiscal_year_starts
    period = wrong.or_else(lambda: _named("period", beside.period, starts), None)
    base = wrong.or_else(lambda: _named("base", beside.base, starts), None)
    goal = wrong.or_else(lambda: parse_goal(written, company, Clock(as_of, starts), period, owners), None)
    owner = _owner(beside, owners, wrong.faults)
    ids = [objective.id for objective in company.objectives]
    if beside.objective is not None and beside.objective not in ids:
        wrong.faults.append(Fault("objective", repr(beside.objective), f"one of {', '.join(ids) or 'none'}"))
    if goal is not None:
        wrong.faults.extend(_said_twice(goal, beside, base, owner))
    if goal is None or wrong.faults:
        alone = goal is None and len(wrong.titles) == 1
        raise ParamError(wrong.titles[0] if alone else "The goal cannot be checked.", wrong.faults)
    carried = goal.owner if owner is None else owner
    return replace(
        goal,
        owner=COMPANY if carried is None else carried,
        taken=goal.taken if carried is not None else (say("typed.taken_company"), *goal.taken),
        base=goal.base if base is None else base,
        objective=goal.objective if beside.objective is None else beside.objective,
        initiative=goal.initiative if beside.initiative is None else Name(beside.initiative),
        reason=goal.reason if beside.reason is None else Name(beside.reason),
    )


def _named(option: str, written: str | None, starts: int) -> Period | None:
    """Return the period that was typed for an option."""
    try:
        return None if written is None else parse_period(written, starts)
    except ParamError as error:
        raise ParamError(error.title, [replace(fault, where=option) for fault in error.faults]) from None


def _said_twice(goal: Goal, beside: Beside, base: Period | None, owner: Owner | None) -> Iterator[Fault]:
    """Give a fault for whatever stands in the goal and, otherwise, beside it."""
    if owner is not None and goal.owner not in (None, owner):
        found = f"{owner.name!r}, and the goal is of {_called(goal.owner)}"
        yield Fault(owner.kind, found, "one owner", "leave one of them out")
    if base is not None and (odd_steps(goal, base) or goal.base not in (None, base)):
        yield Fault("base", repr(beside.base), odd_steps(goal, base), "the goal says what it counts from; say it once")
    if beside.objective is not None and goal.objective not in (None, beside.objective):
        yield Fault("objective", f"{beside.objective!r}, and the goal is for {goal.objective!r}", "one objective")
    if beside.initiative is not None and goal.initiative is not None:
        yield Fault("by", repr(beside.initiative), todo="the goal says what will be done; say it once")
    if beside.reason is not None and goal.reason is not None:
        yield Fault("reason", repr(beside.reason), todo="the goal says why it is agreed; say it once")


def _called(owner: Owner | None) -> str:
    return "the company" if owner is None or owner == COMPANY else f"{owner.kind} {owner.name!r}"


def _owner(beside: Beside, owners: Owners, faults: list[Fault]) -> Owner | None:
    """Return whose goal it is, if somebody is named beside it."""
    kind, name = ("rep", beside.rep) if beside.rep is not None else ("team", beside.team)
    if name is None:
        return None
    if beside.rep is not None and beside.team is not None:
        faults.append(Fault("rep", f"{beside.rep!r}, and the team {beside.team!r}", "one owner"))
    wrong = owners.wrong(kind, name)
    faults += [Fault(kind, wrong)] if wrong else []
    return owners.find(kind, name)


def day_of(written: str | None, ref: SnapshotRef, now: date) -> date:
    """Return the day whose knowledge counts: as given, or the earlier of yesterday and the data's last."""
    if written is None:
        return min(ref.last_day, now - timedelta(days=1))
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise ParamError("The day cannot be used.", [Fault("as_of", repr(written), "a day like 2025-12-31")]) from None
    if not ref.first_day <= day <= now:
        expected = f"a day from {ref.first_day}, when the data begins, to today, {now}"
        raise ParamError("The day cannot be used.", [Fault("as_of", written, expected)])
    return day
