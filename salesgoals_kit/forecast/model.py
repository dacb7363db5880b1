"""From a series to the outlook of a period: season, level, how far off in the past, joint paths, one period."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from salesgoals_kit.errors import Fault, ForecastError
from salesgoals_kit.forecast.backtest import backtest, gap
from salesgoals_kit.forecast.combine import PeriodDraws, over_period
from salesgoals_kit.forecast.damping import damped
from salesgoals_kit.forecast.kin import Kin, borrowed, joint_paths, newcomer_paths, siblings
from salesgoals_kit.forecast.lumpy import is_lumpy
from salesgoals_kit.forecast.outlook import FAN_LEVELS, Outlook
from salesgoals_kit.forecast.paths import Borrowed, Drawing, Paths, draw_paths, kind_of, method_of, value_signal
from salesgoals_kit.forecast.series import Array, Series, check_series
from salesgoals_kit.forecast.signals import SEASON_FROM, STILL_FROM, YEAR
from salesgoals_kit.forecast.usual_year import season_factors
from salesgoals_kit.forecast.why import month_in_words
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, month_name
from salesgoals_kit.words import Chance, Change, Count, Message, say

DRAWS = 1000
FARTHEST = 36  # months from the history's end to the period's end
SMALL_DENOMINATOR = 200  # up to here a rate is said to move in steps
FEW_MONTHS = 3  # under so many the range is mostly assumed
OFTEN_UNDEFINED = 0.05


def fit_outlook(
    series: Series, period: Period, country: str | None = None, seed: int = 0, kin: Kin | None = None
) -> Outlook:
    """Return the outlook of one whole period that begins after the series ends.

    Months between the two are forecast as well. The same arguments give the same draws, byte for byte. ``country`` is
    for holidays that move between months; ``kin`` lends to a short history, but the paths are the series' own. Raises
    ForecastError with every fault of the series; where no month is known; where the period has begun before the
    history's end, or ends more than three years after it.
    """
    known = _checked(series, period)
    lent = None if kin is None else borrowed(kin, known)
    paths = draw_paths(known, Drawing(period.last - known.last, DRAWS, seed, country, lent))
    return _outlook(series, known, period, country, paths, lent)


def fit_parts(kin: Kin, period: Period, country: str | None = None, seed: int = 0) -> dict[Owner, Outlook]:
    """Return the outlooks of all parts of a kin; in every path the parts add up to the whole's (`forecast.kin`).

    Only for figures that add up. Raises ForecastError as `fit_outlook` does.
    """
    known = [_checked(series, period) for series in (kin.whole, *kin.parts)]
    paths = joint_paths(kin, Drawing(period.last - known[0].last, DRAWS, seed, country))
    return {
        part.owner: _outlook(part, own, period, country, drawn, borrowed(kin, part))
        for part, own, drawn in zip(kin.parts, known[1:], paths, strict=True)
    }


def fit_newcomer(series: Series, kin: Kin, period: Period, country: str | None = None, seed: int = 0) -> Outlook:
    """Return the outlook of an owner without a month of history (``series`` is empty), from its siblings' paths.

    Raises ForecastError where there are none, or theirs end too early.
    """
    lenders = siblings(kin)
    if not lenders:
        check_series(series)
    for lender in lenders:
        _check_horizon(lender, period)
    paths = newcomer_paths(kin, len(period.months), period.last, Drawing(0, DRAWS, seed, country))
    return replace(
        _outlook(lenders[0], lenders[0], period, country, paths, None),
        owner=series.owner,
        method="borrowed",
        history_months=0,
        yearly_season=False,
        season=None,
        notes=(say("forecast.newcomer", lenders=Count(len(lenders))),),
    )


def outlook_paths(series: Series, horizon: int, country: str | None = None, seed: int = 0) -> Paths:
    """Return joint paths (draws by months) of the ``horizon`` months after the series' last known one.

    What `fit_outlook` makes its period of; for comparisons with other forecasts. Raises ForecastError as it does.
    """
    check_series(series)
    return draw_paths(series.recent(), Drawing(horizon, DRAWS, seed, country))


def _checked(series: Series, period: Period) -> Series:
    """Return what the forecast is made of, or raise ForecastError."""
    check_series(series)
    known = series.recent()
    _check_horizon(known, period)
    return known


def _outlook(
    series: Series, known: Series, period: Period, country: str | None, paths: Paths, lent: Borrowed | None
) -> Outlook:
    within = paths.tail(len(period.months))
    drawn = over_period(within, known.over_period, known.better)
    if drawn.undefined == 1.0:
        fault = Fault(known.kpi, f"no case is expected in {period.name}", "one at least")
        raise ForecastError("The outlook of a ratio of nothing is not defined.", [fault], "forecast.none_expected")
    method = method_of(known)
    fits = method == "combination" and bool(np.any(np.nan_to_num(known.numerator)))  # nothing else damps or borrows
    fitted = [*_damped(known, lent), *_lent(lent)] if fits else []
    seasoned = lent is not None and lent.season is not None
    told = [note for note in _notes(known, period, drawn) if not (seasoned and note.id == "forecast.no_season")]
    notes = (*backtest(known, period).notes, *told, *fitted)
    return Outlook(
        kpi=known.kpi,
        owner=known.owner,
        period=period,
        better=known.better,
        draws=drawn.values,
        counts=drawn.counts,
        method=method,
        step=_step(known, drawn),
        calibrated=False,
        history_months=len(known.months),
        yearly_season=len(known.months) >= SEASON_FROM,
        notes=(*notes, *_left_out(series, known)),
        unit=known.unit,
        minor_units=known.minor_units,
        season=season_factors(known, country) if method == "combination" else None,
        fan=_fan(paths),
        months=within.value,
    )


def _check_horizon(series: Series, period: Period) -> None:
    where, history = f"{series.kpi}, {period.name}", f"the history ends with {month_name(series.last)}"
    if period.first <= series.last:
        todo = "choose a later period, or cut the history before it"
        fault = Fault(where, history, "an end before the period", todo)
        raise ForecastError("The period has begun.", [fault], "forecast.none_begun")
    if period.last - series.last > FARTHEST:
        expected = f"an end at most {FARTHEST} months before the period's"
        fault = Fault(where, history, expected, "load newer data")
        raise ForecastError("The history ends too early.", [fault], "forecast.none_far")


def _step(series: Series, drawn: PeriodDraws) -> float | None:
    if series.counts_cases and drawn.counts is not None:
        usual = float(np.median(drawn.counts[1]))
        return 1 / max(1, round(usual)) if usual <= SMALL_DENOMINATOR else None
    return 1.0 if series.unit == "count" and not series.is_ratio else None


def _notes(series: Series, period: Period, drawn: PeriodDraws) -> list[Message]:
    months = len(series.months)
    holes = int((~series.known).sum())
    value = series.value[np.isfinite(series.value)]
    said = [
        (months < SEASON_FROM, say("forecast.no_season", months=Count(months))),
        (months < FEW_MONTHS and value.any(), say("forecast.few_months", months=Count(months))),
        (FEW_MONTHS <= months < YEAR, say("forecast.last_values")),
        (holes > 0, say("forecast.holes", months=Count(holes))),
        (gap(series, period) > 0, _until_period(series, period)),
        (not value.any(), say("forecast.all_zero", months=Count(months))),
        (value.any() and _unmoved(value), say("forecast.constant", months=Count(months))),
        (kind_of(series) != series.scale, say("forecast.below_zero")),
        (drawn.undefined > OFTEN_UNDEFINED, say("forecast.may_be_undefined", share=Chance(drawn.undefined))),
    ]
    return [message for holds, message in said if holds]


def _unmoved(value: Array) -> bool:
    return len(value) >= STILL_FROM and float(np.ptp(value)) <= 1e-9 * float(np.abs(value).max())


def _left_out(series: Series, used: Series) -> list[Message]:
    months = len(series.trimmed().months)
    many = say("forecast.older_left_out", months=Count(len(used.months)), all=Count(months))
    return [many] if months > len(used.months) else []


def _damped(series: Series, lent: Borrowed | None) -> list[Message]:
    """Say which months the fit takes for exceptional, and where it takes the level to have changed.

    Of a ratio that is drawn as two amounts these are the months of the upper one.
    """
    amounts = series.has_two_amounts
    if amounts and kind_of(series) == "positive" and is_lumpy(series.numerator, counted=False):
        return []
    signal = value_signal(replace(series, denominator=None, over_period="sum") if amounts else series)
    added = 0.0 if lent is None else lent.adds(signal.months())
    found = damped(replace(signal, z=signal.z - added))
    said = []
    if found.huge:
        months = tuple(month_in_words(series.first + at) for at in found.huge)
        said.append(say("forecast.huge_months", months=months))
    if found.changed_at is not None and not amounts:
        month = month_in_words(series.first + found.changed_at)
        said.append(say("forecast.level_changed", month=month, change=Change(float(np.exp(found.change)) - 1)))
    return said


def _lent(lent: Borrowed | None) -> list[Message]:
    if lent is None:
        return []
    of_range = say("forecast.range_borrowed", lenders=Count(lent.lenders))
    season = [] if lent.season is None else [say("forecast.season_borrowed")]
    return ([] if lent.size is None else [of_range]) + season


def _until_period(series: Series, period: Period) -> Message:
    return say("forecast.gap", last=month_in_words(series.last), months=Count(gap(series, period)))


def _fan(paths: Paths) -> Array:
    """Return the months' quantiles; a month in which most paths have no value borrows none and is left NaN."""
    value = paths.value
    fan = np.full((len(FAN_LEVELS), value.shape[1]), np.nan)
    for month in range(value.shape[1]):
        defined = value[:, month][np.isfinite(value[:, month])]
        if defined.size:
            fan[:, month] = np.quantile(defined, FAN_LEVELS)
    return fan
