"""What of an owner's figures belongs to none of those below it: sales of nobody, spend of no team."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast.book import Book, key_of
from salesgoals_kit.forecast.kin import Kin, is_shared
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.goals.kin import NO_ONE, goes_on, kin_of
from salesgoals_kit.goals.nodes import Unowned
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import YEAR, Period


@dataclass(frozen=True, eq=False)
class NoOnes:
    """What belongs to no sibling: of an amount its series and the key of its outlook, of a ratio the last year's rates.

    ``whole`` is the rate of all, ``theirs`` that without it.
    """

    series: Series | None = None
    key: str = ""
    whole: float = 0.0
    theirs: float = 0.0


def unowned_of(tables: Tables, below: Owner, kpi: Kpi, period: Period, book: Book) -> Unowned | None:
    """Return what belongs to neither an owner nor its siblings (``below`` is any of them); None where there is nothing.

    Of an amount it is drawn with the siblings, so that in every path all add up; of a ratio the last year is compared
    with and without it.
    """
    found = no_ones(tables, below, kpi, period)
    if found is None:
        return None
    if found.series is None:
        return Unowned(None, found.whole, found.theirs)
    try:
        kept = book.kept(found.key)
        kin = None if kept is not None else kin_of(tables, below, kpi, period)
        return Unowned(kept or book.get(found.series, period, tables.company.country, kin=kin))
    except ForecastError:
        return None


@handed
def no_ones(tables: Tables, below: Owner, kpi: Kpi, period: Period) -> NoOnes | None:
    """Return what the tables hold of an owner's siblings' whole that belongs to none of them; None: nothing."""
    kin = kin_of(tables, below, kpi, period)
    part = None if kin is None else next((one for one in kin.parts if one.owner.name == NO_ONE), None)
    if kin is None or part is None or not goes_on(part, kin.whole.last):
        return None
    if part.is_ratio:
        return _ratio(kin, part)
    return NoOnes(part, key_of(part, period, tables.company.country, kin=kin)) if is_shared(kin, part) else None


def _ratio(kin: Kin, part: Series) -> NoOnes | None:
    last = kin.whole.last
    whole, none = kin.whole.between(last - YEAR + 1, last), part.between(last - YEAR + 1, last)
    above, nobody = float(np.nansum(whole.numerator)), float(np.nansum(none.numerator))
    under, without = float(np.nansum(_below(whole))), float(np.nansum(_below(none)))
    if under <= 0 or under - without <= 0:
        return None
    return NoOnes(None, "", above / under, (above - nobody) / (under - without))


def _below(series: Series) -> np.ndarray:
    return np.zeros(len(series.months)) if series.denominator is None else series.denominator
