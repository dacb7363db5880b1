"""Deals stage by stage: which entered a stage, and whether they then went on, were lost in it or are still in it.

*Order*: of two stages that is the earlier one which more deals entered first; stages stand in the order of how many
others they precede (Copeland's rule). *Entering*: a deal enters a stage the first time it gets so far. Coming back to
a stage, or falling back to an earlier one, is no new entry, and a stage that was skipped was not entered. *Going on*:
to enter any later stage, or to be won. So a deal that is lost is lost in the furthest stage it got to.

*Censoring*: going on competes with being lost, and a deal still in the stage is neither. Counted is who went on within
the stage's horizon, and only among deals that entered it at least that long ago: of each of these it is known, so
their share is the cumulative incidence of going on at the horizon (Aalen & Johansen 1978 without censoring before it;
Putter, Fiocco & Geskus 2007). The horizon is the age by which 99 % of the going on is seen, among the slowest team
and type of deals, so that nobody who only takes longer seems to lose more. Deals that entered before the data begins
are left out: those of their day that closed earlier were never seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.curves import aalen_johansen, data_begins
from salesgoals_kit.kpis.described import described, holders, tenure_bands, words
from salesgoals_kit.kpis.scope import Scope, native
from salesgoals_kit.periods import YEAR, day_number, day_of, month_number, month_start
from salesgoals_kit.words import Count, Message, Name, say

WINDOW = 36  # months of entering that are looked back on
IN_TIME = 0.99  # of the going on is seen by the horizon
ENOUGH = 50  # deals gone on, from which a team's type of deals has a pace of its own
ENDS = 0.9  # of the deals that enter a stage are closed by then: it is an end, not a stage
NOWHERE = -1  # where a deal went from a stage that it did not leave forwards in time
COUNTS = ("entered", "passed", "lost", "still")


@dataclass(frozen=True, eq=False)
class Entries:
    """Every entry of a deal into a stage. ``order``: the stages; ``ends``: names in stage_events that only tell an end.

    ``rows``: deal_id, ``stage`` (its place in the order), ``day`` of entering, ``left`` (day of leaving, or as_of),
    ``passed``, ``lost`` (1 or 0; neither: still in it), ``next`` (the stage entered then; the number of stages: won),
    ``won`` (the deal, by as_of), and what `described` knows of the deal; ``rep`` is who had it when it left, and
    ``tenure`` the band of his time in the job when it entered. Counted beside it: ``again`` and ``back`` (entries into
    a stage known already, or behind one), ``skipped`` (deals that left out a stage), ``after`` (entries after closing),
    ``strays`` (of deals that there are not), ``without`` (deals that never entered any).
    """

    order: tuple[str, ...]
    ends: tuple[str, ...]
    rows: pd.DataFrame
    again: int = 0
    back: int = 0
    skipped: int = 0
    after: int = 0
    strays: int = 0
    without: int = 0
    deals: int = 0


@dataclass(frozen=True, eq=False)
class Followed:
    """The entries that were followed to the horizon. ``horizons``: days, by stage; ``begins``: the first day counted.

    ``rows``: those of `Entries`, with ``passed``, ``lost``, ``next`` as they were at the horizon, ``still`` (neither),
    ``month`` of entering, ``quarter`` (of the fiscal year, 1 to 4) and ``ago`` (0: in the last twelve months that were
    followed, 1: in the twelve before, 2). ``young``: entries since then, of which it cannot be known yet.
    """

    order: tuple[str, ...]
    horizons: tuple[int, ...]
    rows: pd.DataFrame
    young: int
    notes: tuple[Message, ...]


@once
def stage_entries(tables: Tables) -> Entries | None:
    """Return all entries into stages; None without stage events or deals."""
    if not tables.has("stage_events", "deals"):
        return None
    found = native(tables.frame("stage_events").select("deal_id", "stage", "entered_at_day")).dropna()
    events = pd.DataFrame({"deal_id": words(found["deal_id"]), "name": words(found["stage"])})
    events["day"] = found["entered_at_day"].astype("int64")
    deals = described(tables)
    known = events.merge(deals[["deal_id", "status", "closed"]], on="deal_id")
    ends = _ends(known)
    inside = known[~known["name"].isin(ends)]
    timely = inside[~(inside["day"] > inside["closed"])]
    order = order_of(timely)
    rows, again, back = _forwards(timely, order)
    leaps = rows["stage"] - rows.groupby("deal_id")["stage"].shift(fill_value=-1) > 1
    entered = _left(rows, len(order), day_number(tables.as_of))
    return Entries(
        order=order,
        ends=ends,
        rows=_described(tables, entered, deals),
        again=again,
        back=back,
        skipped=int(rows.loc[leaps, "deal_id"].nunique()),
        after=len(inside) - len(timely),
        strays=len(events) - len(known),
        without=len(deals) - rows["deal_id"].nunique(),
        deals=len(deals),
    )


def _ends(known: pd.DataFrame) -> tuple[str, ...]:
    """Return the stages that deals enter only on closing ("Closed won")."""
    closed = known.assign(over=known["closed"] <= known["day"]).groupby("name")["over"].mean()
    return tuple(str(name) for name in closed.index[closed >= ENDS])


def order_of(events: pd.DataFrame) -> tuple[str, ...]:
    """Return the stages in their order, from the columns deal_id, name and day; days of entering that tie say nothing.

    Stages that precede equally many go by how many deals more entered them first than last, then by name.
    """
    first = events.groupby(["deal_id", "name"], as_index=False)["day"].min()
    pairs = first.merge(first, on="deal_id", suffixes=("", "_other"))
    names = sorted(first["name"].unique())
    place = {name: i for i, name in enumerate(names)}
    net = np.zeros((len(names), len(names)))
    ahead = np.sign(pairs["day_other"] - pairs["day"]).to_numpy()
    ends = (pairs["name"].map(place).to_numpy("int64"), pairs["name_other"].map(place).to_numpy("int64"))
    np.add.at(net, ends, ahead)
    score, margin = np.sign(net).sum(axis=1), net.sum(axis=1)
    return tuple(sorted(names, key=lambda name: (-score[place[name]], -margin[place[name]], name)))


def _forwards(events: pd.DataFrame, order: tuple[str, ...]) -> tuple[pd.DataFrame, int, int]:
    """Return the first entry into each stage that gets a deal further, and how many entries come again or go back."""
    rows = events.assign(stage=events["name"].map({name: i for i, name in enumerate(order)}).astype("int64"))
    rows = rows.sort_values(["deal_id", "day", "stage"], kind="stable", ignore_index=True)
    again = rows.duplicated(["deal_id", "stage"])
    furthest = rows.groupby("deal_id")["stage"].cummax().groupby(rows["deal_id"]).shift(fill_value=-1)
    back = ~again & (rows["stage"] < furthest)
    return rows[rows["stage"] > furthest].reset_index(drop=True), int(again.sum()), int(back.sum())


def _left(rows: pd.DataFrame, stages: int, as_of: int) -> pd.DataFrame:
    """Return entries with when the stage was left, and where to."""
    later = rows.groupby("deal_id")
    following, when = later["stage"].shift(-1), later["day"].shift(-1)
    won, lost = rows["status"] == "won", rows["status"] == "lost"
    went = following.fillna(pd.Series(np.where(won, stages, NOWHERE), index=rows.index)).astype("int64")
    left = when.fillna(rows["closed"]).fillna(as_of).astype("int64")
    passed = went > NOWHERE
    told = {"left": left, "passed": passed.astype("int64"), "lost": (lost & ~passed).astype("int64")}
    return rows.assign(**told, next=went, won=won.astype("int64"))


def _described(tables: Tables, rows: pd.DataFrame, deals: pd.DataFrame) -> pd.DataFrame:
    kept = rows[["deal_id", "stage", "day", "left", "passed", "lost", "next", "won"]]
    full = kept.merge(deals.drop(columns=["status", "created", "closed"]), on="deal_id", how="left")
    full["rep"] = holders(tables, full["deal_id"], full["rep"], full["left"])
    band = tenure_bands(tables, full["rep"], full["day"])
    return full.assign(tenure=band)


@once
def followed_entries(tables: Tables) -> Followed | None:
    """Return the entries of the last ``WINDOW`` months that were followed to their stage's horizon; None as above."""
    found = stage_entries(tables)
    if found is None:
        return None
    as_of, begins = day_number(tables.as_of), data_begins(Scope(tables))
    rows = found.rows[found.rows["day"] >= begins].assign(still=0)
    horizons = tuple(_horizon(rows[rows["stage"] == stage], tables) for stage in range(len(found.order)))
    within = rows["stage"].map(dict(enumerate(horizons))).astype("int64")
    last = {stage: last_followed(as_of - horizon) for stage, horizon in enumerate(horizons)}
    months = pd.Series([month_number(day_of(day)) for day in rows["day"]], index=rows.index, dtype="int64")
    back = rows["stage"].map(last).astype("int64") - months
    in_time = rows["left"] - rows["day"] <= within
    rows = rows.assign(
        month=months,
        ago=back // YEAR,
        quarter=(months - tables.company.fiscal_year_starts + 1) % YEAR // 3 + 1,
        passed=rows["passed"].where(in_time, 0),
        lost=rows["lost"].where(in_time, 0),
        next=rows["next"].where(in_time, NOWHERE),
    )
    rows["still"] = 1 - rows["passed"] - rows["lost"]
    mature = rows[(back >= 0) & (back < WINDOW)].reset_index(drop=True)
    return Followed(found.order, horizons, mature, int((back < 0).sum()), _notes(found))


def last_followed(day: int) -> int:
    """Return the latest month that had ended by a day number.

    >>> from datetime import date
    >>> last_followed(day_number(date(1970, 2, 28))), last_followed(day_number(date(1970, 2, 27)))
    (1, 0)
    """
    month = month_number(day_of(day))
    return month if day_number(month_start(month + 1)) == day + 1 else month - 1


def _horizon(rows: pd.DataFrame, tables: Tables) -> int:
    seen = pd.DataFrame({"entry": 0, "leave": rows["left"] - rows["day"], "won": rows["passed"], "lost": rows["lost"]})
    return horizon_of(seen.assign(deals=1, team=rows["team"], deal_type=rows["deal_type"]), tables)


def horizon_of(seen: pd.DataFrame, tables: Tables) -> int:
    """Return by which day ``IN_TIME`` of the wins in cohort counts have come, in the slowest team and type of deals.

    ``seen`` has the columns of curves.SEEN, team and deal_type. company.cycle.horizon_days where nothing is won.
    """
    groups = [rows for _, rows in seen.groupby(["team", "deal_type"], dropna=False) if rows["won"].sum() >= ENOUGH]
    days = [_most_of(rows) for rows in (groups or [seen]) if rows["won"].sum() > 0]
    return max(days, default=tables.company.cycle.horizon_days)


def _most_of(rows: pd.DataFrame) -> int:
    winning = aalen_johansen(rows, int(rows["leave"].max()))["winning"].to_numpy()
    winning = winning[~np.isnan(winning)]
    return int(np.argmax(winning >= IN_TIME * winning[-1] - 1e-12))


def stage_counts(found: Followed, by: tuple[str, ...]) -> pd.DataFrame:
    """Return how many entries there are, and what came of them, by stage and any columns of the rows (None: unknown).

    Columns stage, by, and ``COUNTS``, sorted; entered = passed + lost + still.
    """
    rows = found.rows.assign(entered=1)
    return rows.groupby(["stage", *by], dropna=False, as_index=False)[[*COUNTS]].sum()


def _notes(found: Entries) -> tuple[Message, ...]:
    said: list[Message] = []
    for name in ("again", "back", "after", "strays"):
        count = getattr(found, name)
        said += [Message(f"losses.events_{name}", {"count": Count(count)})] if count else []
    of = Count(found.deals)
    said += [say("losses.deals_skipped", count=Count(found.skipped), of=of)] if found.skipped else []
    said += [say("losses.deals_without", count=Count(found.without), of=of)] if found.without else []
    said += [say("losses.ends", stages=tuple(Name(name) for name in found.ends))] if found.ends else []
    return tuple(said)
