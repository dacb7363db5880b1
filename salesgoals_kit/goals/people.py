"""Each rep below a goal: what he carries, over which months, what that takes each week, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.forecast.signals import YEAR
from salesgoals_kit.forecast.why import why
from salesgoals_kit.goals.activity import ActivityPlan, activity_plan
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.carriers import Share, Tree
from salesgoals_kit.goals.full_times import away_of, carries
from salesgoals_kit.goals.kin import asked_of
from salesgoals_kit.goals.nodes import pro_rata
from salesgoals_kit.goals.phase import phase
from salesgoals_kit.goals.phased import Phasing
from salesgoals_kit.goals.settled import month_goals, whole_goals
from salesgoals_kit.goals.times import parts_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Message


@dataclass(frozen=True)
class Person:
    """A rep's goal, its phases (None: no outlook), what it takes each week, and why it can be expected.

    ``share`` is his of the goal above; where another was agreed for him, its value and chance are those of that, and
    ``agreed``: of who is in several teams his part in this one, and ``whole`` is what was agreed in all. ``main``: the
    team is the one that has most of him. ``above`` is the goal that it is a share of; None where one colleague has the
    rest of it, who would read his own goal out of the two.
    ``usual`` is what he brought a month in the last year on average, ``before`` in the same months a year before
    (None: not known); ``wanted`` the chance that the company wants for a rep's goal.
    """

    share: Share
    agreed: bool
    main: bool
    phasing: Phasing | None
    plan: ActivityPlan
    reasons: tuple[Message, ...]
    above: float | None = None
    usual: float | None = None
    wanted: float | None = None
    before: float | None = None
    whole: float | None = None


def people_of(
    tables: Tables, tree: Tree, book: Book, owner: Owner, agreed: Iterable[GoalRow] = ()
) -> tuple[Person, ...]:
    """Return the reps right below an owner in a tree of revenue, in its order.

    ``agreed`` are the goals that were agreed for the period and its months, whoever's; those of reps stand.
    """
    return tuple(_people(tables, tree, book, owner, list(agreed)))


def _people(tables: Tables, tree: Tree, book: Book, owner: Owner, agreed: Sequence[GoalRow]) -> Iterator[Person]:
    kpi = CATALOGUE[tree.kpi]
    whole = {row.owner.rep: row.value for row in whole_goals(agreed, tree.period)}
    people = make_up(tables).people
    teams = dict(zip(people["rep"], people["team"], strict=True))
    sharing = sum(share.owner.kind == "rep" for share in tree.below(owner))
    above, chances = tree.shares[0].value if sharing != 2 else None, tables.company.chances
    times = carries(tables, owner, tree.period, away_of(tables.company))
    parts = parts_of(tables, owner, tree.period)
    for share in tree.below(owner):
        if share.owner.kind != "rep":
            continue
        outlook = None if share.chance is None else _outlook(tables, share, tree, book)
        fitted = None if outlook is None else pro_rata(outlook, share.factor)
        in_all, part = whole.get(str(share.owner.rep)), parts.get(share.owner, 1.0)
        own = None if in_all is None else in_all * part
        if own is not None:
            share = replace(share, value=own, chance=None if fitted is None else fitted.chance(own))
        main = teams.get(str(share.owner.rep), share.owner.team) == share.owner.team
        there = times[share.owner].now if share.owner in times else None
        plan = activity_plan(tables, share.owner, tree.period, share.value, there=there)
        split = in_all if part != 1.0 else None
        if outlook is None or fitted is None:
            yield Person(share, own is not None, main, None, plan, (), above, whole=split)
            continue
        series = asked_of(tables, share.owner, kpi, tree.period).series
        months = {month: value * part for month, value in month_goals(agreed, tree.period, share.owner).items()}
        phases = phase(share.value, fitted, kpi, Calendar(tables.company.country), agreed=months)
        usual, before = (None, None) if outlook.method == "borrowed" else usual_months(series, tree.period)
        reasons = why(outlook, series)
        yield Person(share, own is not None, main, phases, plan, reasons, above, usual, chances.rep, before, split)


def usual_months(series: Series, period: Period) -> tuple[float | None, float | None]:
    """Return what a month brought on average in the last whole year, and in the period's months a year before.

    None where not all of these months are known; of sums alone.
    """
    known = dict(zip(series.months.tolist(), series.value.tolist(), strict=True))
    last = max(known, default=0)
    spans = (range(last - YEAR + 1, last + 1), period.year_before().months)
    means = [np.mean([known.get(month, np.nan) for month in span]) for span in spans]
    if series.over_period != "sum":
        return None, None
    usual, before = (float(mean) if np.isfinite(mean) else None for mean in means)
    return usual, before


def _outlook(tables: Tables, share: Share, tree: Tree, book: Book) -> Outlook | None:
    try:
        return outlook_of(tables, share.owner, CATALOGUE[tree.kpi], tree.period, book)
    except ForecastError:
        return None
