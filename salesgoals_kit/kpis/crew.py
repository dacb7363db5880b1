"""What is to be known of people to say what they could carry: who is there, what such people won, how many leave."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.data.teams import team_names
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.tenure import NO_TEAM, rep_months
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import last_whole_month
from salesgoals_kit.words import Count, Message, Name, say

GROWN = 24.0  # months of tenure from which everybody is full-grown, whatever the ramp
BASIS = 24  # months that productivity is taken from
LEAVING = 36  # months that the leaving rate is taken from
FEW = 30  # wins, under which productivity is that of the larger whole
COLUMNS = ("team", "month", "begins", "ends", "time", "won", "amount")


@dataclass(frozen=True, eq=False)
class Crew:
    """People and what such people did; money in currency units.

    ``people``: one row a rep at as_of, sorted: rep, team, tenure (months since he was hired, NaN: unknown), time (full
    times of him that are here). ``months``: rep-months of the last ``BASIS`` months, those alike taken together, by
    team and month number: begins, ends (tenure in months; NaN: full-grown or unknown), time, won, amount. A team that
    won less than ``FEW`` deals has the rows of the company, a rep who did those of his team, under its own name:
    ``lent`` has those teams.
    ``leavers`` and ``person_months`` are the whole company's of the last ``LEAVING`` months, None where the data has
    no days of leaving.
    """

    people: pd.DataFrame
    months: pd.DataFrame
    leavers: int | None
    person_months: int
    lent: tuple[str, ...]
    notes: tuple[Message, ...]


@handed
def crew(tables: Tables, owner: Owner = COMPANY) -> Crew | None:
    """Return the owner's people and months; None where deals do not say whose they are, or none was won in them."""
    everyone = rep_months(tables)
    if not len(everyone):
        return None
    last = last_whole_month(tables.as_of)
    found = make_up(tables, owner).people
    team = pd.Series([NO_TEAM if pd.isna(name) else str(name) for name in found["team"]], dtype="object")
    people = pd.DataFrame(
        {"rep": found["rep"], "team": team, "tenure": found["tenure_months"], "time": found["capacity"]}
    )
    own, recent = (_recent(rows, last) for rows in (rep_months(tables, owner), everyone))
    if not recent["won"].sum():
        return None
    mates = _recent(rep_months(tables, Owner(owner.team)), last) if owner.kind == "rep" and owner.team else own
    months, lent = _by_team(sorted({*team, *own["team"]}), (own, mates, recent))
    leavers, person_months = _leaving(tables, everyone[everyone["month"] > last - LEAVING])
    notes = _notes(tables, people, lent, leavers, owner)
    return Crew(people, months, leavers, person_months, tuple(lent), notes)


@handed
def crew_with(tables: Tables, owner: Owner, teams: tuple[str, ...]) -> Crew | None:
    """Return the crew, in which these teams, as far as nobody was in them, have the company's rows under their name.

    For those who are to be hired into a team that is new, or one that has only teams below it. Teams that neither the
    company file nor a row names stay out.
    """
    known = crew(tables, owner)
    if known is None:
        return None
    new = sorted((set(teams) & set(team_names(tables))) - set(known.months["team"]))
    if not new:
        return known
    rows = _recent(rep_months(tables), last_whole_month(tables.as_of))
    months = pd.concat([known.months, *(rows.assign(team=team) for team in new)], ignore_index=True)
    said = [say("ceilings.hires_lent", name=Name(team)) for team in new]
    return replace(known, months=months, lent=(*known.lent, *new), notes=(*known.notes, *said))


def _alike(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rep-months with those of the same team, month and tenure added up; all the full-grown are the same."""
    grown = rows["begins"].isna() | (rows["begins"] >= GROWN)
    young = rows.assign(begins=rows["begins"].mask(grown), ends=rows["ends"].mask(grown))
    keys = ["team", "month", "begins", "ends"]
    sums = young.groupby(keys, dropna=False, as_index=False)[["time", "won", "amount"]].sum()
    return sums[list(COLUMNS)]


def _by_team(teams: list[str], wholes: tuple[pd.DataFrame, ...]) -> tuple[pd.DataFrame, list[str]]:
    """Return each team's rows: the owner's, or of the first larger whole that won enough; and who had too few."""
    own, mates, everyone = wholes
    parts, lent = [], []
    for team in teams:
        near = [rows[rows["team"] == team] for rows in (own, mates)]
        enough = [rows for rows in near if rows["won"].sum() >= FEW]
        if not enough or enough[0] is not near[0]:
            lent.append(team)
        parts.append((enough[0] if enough else everyone).assign(team=team))
    return pd.concat(parts, ignore_index=True) if parts else everyone, lent


def _recent(rows: pd.DataFrame, last: int) -> pd.DataFrame:
    return _alike(rows[rows["month"] > last - BASIS])


def _leaving(tables: Tables, rows: pd.DataFrame) -> tuple[int | None, int]:
    people = rows.groupby(["rep", "month"], as_index=False)["leaves"].max()
    knows = tables.has("reps") and "left_on" in tables.columns("reps")
    return int(people["leaves"].sum()) if knows else None, len(people)


def _notes(
    tables: Tables, people: pd.DataFrame, lent: list[str], leavers: int | None, owner: Owner
) -> tuple[Message, ...]:
    said = [] if tables.has("reps") else [say("ceilings.no_reps")]
    unknown = int(people["tenure"].isna().sum())
    if unknown and tables.has("reps"):
        said.append(say("ceilings.tenure_unknown", count=Count(unknown), of=Count(len(people))))
    if leavers is None:
        said.append(say("ceilings.leaving_unknown"))
    if len(people) == 1 and owner.kind != "rep":
        said.append(say("ceilings.team_of_one", rep=Name(str(people["rep"].iloc[0]))))
    known = people["tenure"].dropna()
    if len(known) and np.all(known < GROWN) and len(known) == len(people):
        said.append(say("ceilings.all_young", count=Count(len(people)), months=Count(int(GROWN))))
    whole = [name for name in lent if name != NO_TEAM and (owner.kind != "rep")]
    said += [say("ceilings.productivity_lent", name=Name(name), few=Count(FEW)) for name in whole]
    if lent and owner.kind == "rep":
        said.append(say("ceilings.productivity_lent", name=Name(str(owner.rep)), few=Count(FEW)))
    return tuple(said)
