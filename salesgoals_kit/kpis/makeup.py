"""The team itself: who there is, for how long, who is still ramping, and what they can carry together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.scope import native, teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import DAYS_A_MONTH, day_number
from salesgoals_kit.words import Count, Message, Number, say

RAMP_MONTHS = 5.0  # median ramp of account executives, Bridge Group 2024
RAMP_SOURCE = "Bridge Group 2024"


@dataclass(frozen=True)
class MakeUp:
    """A team's people at as_of; people who will leave later are not known.

    ``people``: one row a rep, sorted: rep, team, share (of his time that is here), hired_on, tenure_months (NaN:
    unknown), ramping (None: unknown), joined (within the last 12 months), capacity (full times, share included).
    ``left``: how many left in the last 12 months, None where the data has no leaving days. ``capacity`` is the sum of
    people's, ``ramped_capacity`` that of those not ramping.
    """

    owner: Owner
    people: pd.DataFrame
    left: int | None
    ramp_months: float
    notes: tuple[Message, ...]

    @property
    def headcount(self) -> int:
        """How many people there are."""
        return len(self.people)

    @property
    def ramping(self) -> int:
        """How many are known to be still ramping."""
        return int((self.people["ramping"] == True).sum())  # noqa: E712 (unknown is None, which is not False)

    @property
    def joined(self) -> int:
        """How many were hired within the last 12 months."""
        return int(self.people["joined"].sum())

    @property
    def capacity(self) -> float:
        """Full times there are."""
        return float(self.people["capacity"].sum())

    @property
    def ramped_capacity(self) -> float:
        """Full times of those who are not ramping."""
        return float(self.people.loc[self.people["ramping"] != True, "capacity"].sum())  # noqa: E712 (see above)


@handed
def make_up(tables: Tables, owner: Owner = COMPANY, ramp_months: float = RAMP_MONTHS) -> MakeUp:
    """Return who is in the company, in a team (and the teams below it), or a rep alone, at as_of.

    A rep is where his assignments put him, each with its share (not given: the whole); without a table of assignments
    where reps.team says. Without a table of reps people are known only by what they sold in the last 12 months, and
    nobody's tenure is.
    """
    found = _staff(tables) if tables.has("reps") else _sellers(tables)
    placed = _placed(tables, found)
    people = _of(tables, owner, placed)
    here = people[people["left_on_day"].isna()].drop(columns="left_on_day")
    year_ago = day_number(tables.as_of) - 365
    left = people["left_on_day"] > year_ago
    knows = tables.has("reps") and "left_on" in tables.columns("reps")
    shown = _shown(here, tables.as_of, ramp_months)
    gone = int(people.loc[left, "rep"].nunique()) if knows else None
    return MakeUp(owner, shown, gone, ramp_months, _notes(tables, shown, ramp_months))


def _staff(tables: Tables) -> pd.DataFrame:
    reps = native(tables.frame("reps").select("rep", "team", "hired_on_day", "left_on_day", "capacity"))
    reps["capacity"] = reps["capacity"].astype("float64").fillna(1.0)
    return reps


def _sellers(tables: Tables) -> pd.DataFrame:
    """Return the reps of deals created or closed, or of invoices, in the last 12 months, with their latest team."""
    since = day_number(tables.as_of) - 365
    seen = []
    for table, days in (("deals", ("closed_at_day", "created_at_day")), ("invoices", ("invoiced_at_day",))):
        for day in days if tables.has(table) else ():
            rows = tables.frame(table).filter((nw.col(day) > since) & ~nw.col("rep").is_null())
            seen.append(native(rows.group_by("rep", "team").agg(nw.col(day).max().alias("day"))))
    if not seen:
        return pd.DataFrame(columns=["rep", "team", "hired_on_day", "left_on_day", "capacity"])
    latest = pd.concat(seen, ignore_index=True).sort_values(["rep", "day", "team"], na_position="first")
    people = latest.drop_duplicates("rep", keep="last")[["rep", "team"]]
    return people.assign(hired_on_day=np.nan, left_on_day=np.nan, capacity=1.0)


def _placed(tables: Tables, people: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each rep and team he is in, as his assignments at as_of (or on his last day) say.

    Who is in none is in no team.
    """
    if not tables.has("assignments"):
        return people.assign(share=1.0)
    rows = native(tables.frame("assignments").select("rep", "team", "share", "from_day", "to_day"))
    rows["share"] = rows["share"].astype("float64").fillna(1.0)
    dated = people.drop(columns="team").merge(rows, how="left", on="rep")
    day = dated["left_on_day"].astype("float64").sub(1).fillna(day_number(tables.as_of))
    ended = dated["to_day"].astype("float64")
    there = dated["from_day"].isna() | ((dated["from_day"] <= day) & (ended.isna() | (ended > day)))
    placed = dated[there & dated["team"].notna()].drop(columns=["from_day", "to_day"])
    nowhere = people[~people["rep"].isin(placed["rep"])].assign(team=None, share=1.0)
    return pd.concat([placed, nowhere.astype(placed.dtypes[nowhere.columns].to_dict())], ignore_index=True)


def _of(tables: Tables, owner: Owner, placed: pd.DataFrame) -> pd.DataFrame:
    if owner.kind == "rep":
        return placed[placed["rep"] == owner.rep]
    if owner.kind == "team":
        return placed[placed["team"].isin(teams_of(tables.company, str(owner.team)))]
    return placed


def _shown(here: pd.DataFrame, as_of: date, ramp_months: float) -> pd.DataFrame:
    """Return one row a rep: his team is the one that has most of him, his share what all of them here have."""
    ordered = here.sort_values(["rep", "share", "team"], ascending=[True, False, True])
    people = ordered.drop_duplicates("rep").reset_index(drop=True)
    for name in ("rep", "team"):
        people[name] = pd.Series([None if pd.isna(cell) else cell for cell in people[name]], dtype="object")
    people["share"] = ordered.groupby("rep")["share"].sum().to_numpy()
    hired = people["hired_on_day"].astype("float64")
    days = day_number(as_of) + 1 - hired
    people["hired_on"] = pd.to_datetime(hired, unit="D").astype("datetime64[us]")
    people["tenure_months"] = days / DAYS_A_MONTH
    ramping = [bool(months < ramp_months) if months == months else None for months in people["tenure_months"]]
    people["ramping"] = pd.Series(ramping, index=people.index, dtype="object")
    people["joined"] = days <= 365
    people["capacity"] = people["capacity"].astype("float64") * people["share"]
    return people[["rep", "team", "share", "hired_on", "tenure_months", "ramping", "joined", "capacity"]]


def _notes(tables: Tables, people: pd.DataFrame, ramp_months: float) -> tuple[Message, ...]:
    default = ramp_months == RAMP_MONTHS
    ramp = Number(ramp_months, 1, "months")
    said = [say("kpis.ramp_default", ramp=ramp, source=RAMP_SOURCE) if default else say("kpis.ramp_given", ramp=ramp)]
    unknown = int(people["tenure_months"].isna().sum())
    said += [say("kpis.tenure_unknown", count=Count(unknown), of=Count(len(people)))] if unknown else []
    said += [] if tables.has("reps") else [say("kpis.people_from_sales")]
    return (*said, say("kpis.leavers_unknown"))
