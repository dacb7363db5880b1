"""Deals with what is known of them: who, what, for whom, and how long the rep had been in the job on a day."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.kpis.scope import native
from salesgoals_kit.periods import DAYS_A_MONTH

OF_DEAL = ("team", "rep", "product", "family", "region", "deal_type", "channel")
OF_ACCOUNT = ("industry", "size")
BANDS = (2.0, 4.0, 6.0, 9.0)  # months in the job; from the last on a rep counts as experienced
MOST_SIZES = 8  # different numbers of an account's size, up to which each is a size of its own
BEFORE, UNKNOWN = -1, -2  # a deal that the rep took over later than the day asked for; a rep of unknown tenure
Ints = npt.NDArray[np.int64]


@once
def described(tables: Tables) -> pd.DataFrame:
    """Return one row a deal, by id: deal_id, status, ``created`` and ``closed`` (day numbers, NaN: unknown or not yet).

    Beside them ``OF_DEAL`` and ``OF_ACCOUNT``, None where unknown. Rep and team are those the deal had at its closing,
    or at as_of. Nothing but the columns where there are no deals.
    """
    columns = ["deal_id", "status", "created_at_day", "closed_at_day", "account_id", *OF_DEAL]
    if not tables.has("deals"):
        return pd.DataFrame(columns=["deal_id", "status", "created", "closed", *OF_DEAL, *OF_ACCOUNT])
    rows = native(tables.frame("deals").select(*columns)).sort_values("deal_id", ignore_index=True)
    rows = rows.rename(columns={"created_at_day": "created", "closed_at_day": "closed"})
    for name in ("created", "closed"):
        rows[name] = rows[name].astype("float64")
    for name in ("deal_id", "status", "account_id", *OF_DEAL):
        rows[name] = words(rows[name])
    return _with_accounts(tables, rows).drop(columns="account_id")


def _with_accounts(tables: Tables, rows: pd.DataFrame) -> pd.DataFrame:
    if not tables.has("accounts"):
        return rows.assign(**{name: words(pd.Series([None] * len(rows))) for name in OF_ACCOUNT})
    known = native(tables.frame("accounts").select("account_id", *OF_ACCOUNT)).set_index("account_id")
    found = known.assign(size=size_bands(known["size"])).reindex(rows["account_id"])
    return rows.assign(**{name: words(found[name]).to_numpy() for name in OF_ACCOUNT})


def size_bands(sizes: pd.Series) -> pd.Series:
    """Return sizes as they are, unless they are many different numbers: then the quarter of the accounts they are in.

    Such a band is named by its smallest and its largest number.

    >>> size_bands(pd.Series([str(n) for n in range(1, 13)])).unique().tolist()
    ['1-3', '4-6', '7-9', '10-12']
    """
    numbers = pd.to_numeric(sizes, errors="coerce")
    if numbers.isna().ne(sizes.isna()).any() or numbers.nunique() <= MOST_SIZES:
        return sizes
    band = pd.qcut(numbers, 4, labels=False, duplicates="drop")
    ends = numbers.groupby(band).agg(["min", "max"])
    names = {place: f"{low:.15g}-{high:.15g}" for place, low, high in ends.itertuples()}
    return band.map(names)


def words(cells: pd.Series) -> pd.Series:
    """Return words as text, None where there is none."""
    return pd.Series([None if pd.isna(cell) else str(cell) for cell in cells], index=cells.index, dtype="object")


@once
def hired(tables: Tables) -> dict[str, int]:
    """Return the day number on which each rep was hired, of those of whom it is known."""
    if not tables.has("reps"):
        return {}
    rows = native(tables.frame("reps").select("rep", "hired_on_day")).dropna()
    return dict(zip(rows["rep"].astype(str), rows["hired_on_day"].astype("int64").tolist(), strict=True))


def tenure_bands(tables: Tables, reps: pd.Series, days: pd.Series) -> Ints:
    """Return how long each rep had been in the job on a day, as a band: 0 is under the first of ``BANDS`` months.

    ``BEFORE``: he was hired after that day; ``UNKNOWN``: nobody knows when he was.
    """
    since = reps.map(hired(tables)).to_numpy(dtype="float64")
    months = (days.to_numpy(dtype="float64") - since) / DAYS_A_MONTH
    band = np.searchsorted(BANDS, months, side="right")
    return np.where(np.isnan(months), UNKNOWN, np.where(months < 0, BEFORE, band)).astype("int64")


def holders(tables: Tables, deals: pd.Series, reps: pd.Series, days: pd.Series) -> pd.Series:
    """Return who had each deal at the end of a day: as deal_changes tells, else ``reps``, who have it in the end.

    A rep who was hired after the day cannot have had it: then nobody is known to.
    """
    asked = pd.DataFrame({"deal_id": deals.to_numpy(), "day": days.to_numpy(dtype="int64"), "rep": reps.to_numpy()})
    asked["place"] = np.arange(len(asked))
    told = asked.assign(written=None)
    if tables.has("deal_changes"):
        told = pd.merge_asof(asked.sort_values("day", kind="stable"), _rep_log(tables), on="day", by="deal_id")
    told = told.sort_values("place")
    who = told["written"].where(told["written"].notna(), told["rep"])
    late = who.map(hired(tables)).to_numpy(dtype="float64") > told["day"].to_numpy()
    return words(who.mask(late)).set_axis(deals.index)


def _rep_log(tables: Tables) -> pd.DataFrame:
    """Return by deal the days on which somebody was written in as its rep."""
    rows = native(tables.frame("deal_changes").select("deal_id", "field", "value", "changed_at_day"))
    rows = rows[(rows["field"] == "rep") & rows["value"].notna()]
    log = pd.DataFrame({"deal_id": words(rows["deal_id"]), "day": rows["changed_at_day"].astype("int64")})
    return log.assign(written=words(rows["value"])).sort_values(["day", "deal_id", "written"], ignore_index=True)
