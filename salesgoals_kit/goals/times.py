"""Full times by what they bring: a rep who still ramps is not yet a whole one, now and in the figures of his past."""

from __future__ import annotations

import math

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.data.teams import team_names
from salesgoals_kit.forecast.moving import working_dates
from salesgoals_kit.goals.carried import places_of
from salesgoals_kit.goals.full_times import LOOK_BACK, Carry, away_of, carries, teams_below
from salesgoals_kit.goals.ramp import productivity, ramp_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.presence import presence
from salesgoals_kit.kpis.scope import native, teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import DAYS_A_MONTH, Period, day_number


@handed
def ramped_carries(tables: Tables, owner: Owner, period: Period) -> dict[Owner, Carry]:
    """Return the full times of `carries`, each times the productivity that the rep's tenure has by the company's ramp.

    ``now`` by the tenure in the period, ``past`` by that of the last year; who is full-grown, or whose day of hiring is
    not known, counts whole. A rep who ramped through the figures that his outlook is made of gets a goal that has
    grown as he has.
    """
    ramp = ramp_of(tables).months
    people = make_up(tables).people
    tenures = dict(zip(people["rep"], people["tenure_months"].astype("float64"), strict=True))
    ahead = (period.start - tables.as_of).days - 1
    found = {}
    for one, carry in carries(tables, owner, period, away_of(tables.company)).items():
        tenure = tenures.get(str(one.rep), np.nan)
        begins = tenure + ahead / DAYS_A_MONTH
        now = _mean(begins, begins + len(period.months), ramp)
        past = _mean(tenure - LOOK_BACK / DAYS_A_MONTH, tenure, ramp)
        found[one] = Carry(carry.now * now, carry.past * past)
    return found


@handed
def parts_of(tables: Tables, owner: Owner, period: Period) -> dict[Owner, float]:
    """Return what part of each rep who is in several teams, wherever they are, is in each of those below an owner.

    By his full times of `ramped_carries`; in equal parts where he has none. Who is in one team alone is not there.
    """
    if not tables.has("assignments"):
        return {}
    times: dict[str | None, dict[Owner, float]] = {}
    for place, carry in ramped_carries(tables, COMPANY, period).items():
        times.setdefault(place.rep, {})[place] = carry.now
    below = None if owner.team is None else teams_below(tables, owner)
    found = {}
    for its in times.values():
        whole = math.fsum(its.values())
        for place, now in its.items():
            if len(its) > 1 and (below is None or place.team in below):
                found[place] = now / whole if whole > 0 else 1 / len(its)
    return found


@handed
def times_then(tables: Tables, owner: Owner, period: Period, kpi: str) -> dict[Owner, float]:
    """Return the full times by what they brought that everyone in a KPI's tree carried in an earlier period.

    A rep's are those of `ramped_carries`. A team's are the sum of all who were in it, or below it, in that period: also
    of those who have left or moved since. Who has nobody below him now has none: his full times count for nothing.
    """
    found = {one: carry.now for one, carry in ramped_carries(tables, owner, period).items()}
    places = [place for place, _ in places_of(tables, owner, CATALOGUE[kpi])]
    here = {place.team for place in places if place.kind == "rep"}
    everywhere: list[str | None] = [*team_names(tables)]
    for place in places:
        below = everywhere or [None] if place.team is None else [*teams_of(tables.company, place.team)]
        if place.kind != "rep" and here.intersection(below):
            found[place] = math.fsum(_times_in(tables, team, period) for team in below)
    return found


def _times_in(tables: Tables, team: str | None, period: Period) -> float:
    """Return the full times in a team itself in a period, whoever has left since, by what each brought."""
    days = working_dates(tables.company.country, period.start, period.end)
    people = presence(tables, Owner(team), days, away_of(tables.company), below=False)
    hired = _hired(tables)
    begins = [(day_number(period.start) - hired.get(rep, np.nan)) / DAYS_A_MONTH for rep in people["rep"]]
    length, ramp = len(period.months), ramp_of(tables).months
    brought = [_mean(begun, begun + length, ramp) for begun in begins]
    return math.fsum(people["here"] * people["capacity"] * brought)


def _hired(tables: Tables) -> dict[str, float]:
    """Return the day number on which each rep was hired, also of those who have left; NaN where it is not known."""
    if not tables.has("reps"):
        return {}
    rows = native(tables.frame("reps").select("rep", "hired_on_day"))
    return dict(zip(rows["rep"], rows["hired_on_day"].astype("float64"), strict=True))


def _mean(begins: float, ends: float, ramp: float) -> float:
    return float(productivity(np.array([begins]), np.array([ends]), ramp)[0])
