"""What a rep does in a week as things are, step by step, beside what a goal needs of him."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.forecast.moving import working_dates
from salesgoals_kit.goals.full_times import away_of
from salesgoals_kit.kpis.lately import done_lately, looked_at
from salesgoals_kit.kpis.presence import in_several, presence
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_of

DAYS_A_WEEK = 5


@dataclass(frozen=True)
class Now:
    """What a rep did of each step in a working week, and the days between which it was counted; both may be empty."""

    weekly: dict[str, float]
    first: date | None = None
    last: date | None = None


NOTHING = Now({})


def now_of(tables: Tables, rep: str, team: str | None) -> Now:
    """Return what a rep in a team has done in a week, over the last 13 weeks or what of them the data has.

    Weeks are the working days of the country's calendar / 5 on which he was there and not away, a part of a week where
    he is there with a part of himself. Nobody who was not there has done anything. Of who is in several teams it is
    what he does for all of them: a row that names no team counts for one of them alone.
    """
    team = None if rep in in_several(tables) else team
    found = done_lately(tables, team)
    span = looked_at(found)
    if span is None:
        return NOTHING
    weekly = {}
    for step, rows in found.groupby("step", sort=True):
        first, last = (day_of(int(rows[name].iloc[0])) for name in ("first", "last"))
        weeks = _weeks(tables, team, first, last).get(rep, 0.0)
        if weeks > 0:
            weekly[str(step)] = float(rows.loc[rows["rep"] == rep, "count"].sum()) / weeks
    return Now(weekly, *span)


@handed
def _weeks(tables: Tables, team: str | None, first: date, last: date) -> dict[str, float]:
    """Return for each rep the working weeks that he was there in a team."""
    days = working_dates(tables.company.country, first, last)
    people = presence(tables, Owner(team), days, away_of(tables.company), below=False)
    return {
        str(rep): float(here) * len(days) / DAYS_A_WEEK for rep, here in people[["rep", "here"]].itertuples(index=False)
    }
