"""Joint paths of the coming months in KPI units: what is drawn on the even scale, put together.

A ratio is drawn as its two parts: the denominator as a forecast of its own, the numerator as denominator times rate,
or, for rates of cases, as so many of them drawn at that rate (so that small denominators move in steps). A ratio of
positive amounts (cost for each customer) is drawn as two amounts. The two parts are drawn independently.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from salesgoals_kit.errors import Fault, ForecastError
from salesgoals_kit.forecast.combination import point_forecast
from salesgoals_kit.forecast.damping import damped
from salesgoals_kit.forecast.lumpy import fit_lumpy, is_lumpy
from salesgoals_kit.forecast.quick import quick_season
from salesgoals_kit.forecast.scale import pooled_rate, sampling_variance, scale_of, steadied_rates
from salesgoals_kit.forecast.season import Season, fit_season
from salesgoals_kit.forecast.series import Array, Months, ScaleKind, Series, ratio
from salesgoals_kit.forecast.signals import YEAR, Signal, seed_of
from salesgoals_kit.forecast.spread import moments, rolling_origins, spread_of

KEPT, SEASONS = 256, 4096  # of the process that are not made again: series' paths, seasons (small)


@dataclass(frozen=True, eq=False)
class Paths:
    """Drawn months (draws by months): ``numerator``, and ``denominator`` where a period's value needs both."""

    numerator: Array
    denominator: Array | None

    @property
    def value(self) -> Array:
        """The KPI month by month; NaN where a path's denominator is 0."""
        if self.denominator is None:
            return self.numerator
        return ratio(self.numerator, self.denominator)

    def tail(self, months: int) -> Paths:
        """Return the last ``months`` of each path."""
        below = self.denominator
        return Paths(self.numerator[:, -months:], None if below is None else below[:, -months:])


@dataclass(frozen=True, eq=False)
class Borrowed:
    """What a short history takes from ``lenders`` others: the mean square of a month's error, a season."""

    size: float | None
    season: Season | None
    lenders: int

    def adds(self, months: Months) -> Array:
        """Return what the season that is lent adds in months (numbers); nothing where none is lent."""
        return np.zeros(len(months)) if self.season is None else self.season.at(months)

    def digest(self) -> str:
        """Return what tells it from any other."""
        season = b"" if self.season is None else self.season.added.tobytes()
        return repr((self.size, season, self.lenders))


@dataclass(frozen=True, eq=False)
class Drawing:
    """How many paths are drawn, how far, from which seed; ``country`` is for holidays."""

    horizon: int
    draws: int
    seed: int
    country: str | None = None
    borrowed: Borrowed | None = None
    sampled: float = 0.0  # variance of a month's noise that is drawn elsewhere

    @property
    def shape(self) -> tuple[int, int]:
        """Draws by months."""
        return self.draws, self.horizon

    def digest(self) -> str:
        """Return what tells it from any other."""
        lent = "" if self.borrowed is None else self.borrowed.digest()
        return repr((self.horizon, self.draws, self.seed, self.country, self.sampled, lent))

    def sown(self, *words: object) -> Drawing:
        """Return the same with a seed of its own."""
        return replace(self, seed=seed_of(self.seed, *words))

    def rng(self, word: str) -> np.random.Generator:
        """Return a generator for one purpose."""
        return np.random.default_rng(seed_of(self.seed, word))

    def ahead(self, signal: Signal) -> Array:
        """Return the paths on the even scale; what has been still for long stays as it is."""
        if signal.still:
            return np.full(self.shape, signal.z[signal.known][-1])
        lent = self.borrowed
        added = np.zeros(len(signal) + self.horizon) if lent is None else lent.adds(signal.months(self.horizon))
        signal = damped(replace(signal, z=signal.z - added[: len(signal)])).signal
        middle = point_forecast(signal, season_of(signal, self.country), self.horizon) + added[len(signal) :]
        past = moments(rolling_origins(signal).errors()).without(self.sampled)
        spread = spread_of(past, int(signal.known.sum()), lent.size if lent is not None else None)
        return np.asarray(middle + spread.draw(self.draws, self.horizon, self.rng("errors")))


def season_of(signal: Signal, country: str | None) -> Season:
    """Return Prophet's season of a signal, fitted once; its twin in closed form where Prophet finds none."""
    return _season(signal.first, signal.z.tobytes(), country)


@lru_cache(maxsize=SEASONS)
def _season(first: int, z: bytes, country: str | None) -> Season:
    signal = Signal(first, np.frombuffer(z))
    try:
        return fit_season(signal, country=country)
    except ForecastError:
        return quick_season(signal)


def draw_paths(series: Series, drawing: Drawing) -> Paths:
    """Return joint paths of the months after the series' last, the same for the same arguments.

    All figures of one owner are drawn from the same random numbers: what is twelve times another stays so. What was
    drawn last is kept, as a whole is asked for by itself and by all its parts.
    """
    return _kept(_Asked(f"{series.digest()} {drawing.digest()}", series, drawing))


@dataclass(frozen=True)
class _Asked:
    """What is asked for; ``key`` tells it from all else."""

    key: str
    series: Series = field(compare=False)
    drawing: Drawing = field(compare=False)


@lru_cache(maxsize=KEPT)
def _kept(asked: _Asked) -> Paths:
    paths = _drawn(asked.series, asked.drawing)
    for part in (paths.numerator, paths.denominator):
        if part is not None:
            part.flags.writeable = False
    return paths


def _drawn(series: Series, drawing: Drawing) -> Paths:
    sown = drawing.sown(series.owner, series.last)
    if series.denominator is None or not series.is_ratio:
        return Paths(_amounts(series, series.value, kind_of(series), sown, counted=series.unit == "count"), None)
    if not np.nansum(series.denominator) > 0:
        fault = Fault(series.kpi, "every denominator is 0", "one above 0", "a ratio of nothing cannot be forecast")
        raise ForecastError("There is nothing to forecast from.", [fault], "forecast.none_ratio")
    counted = series.counts_cases
    below = _amounts(
        series, series.denominator, "positive", replace(sown.sown("denominator"), borrowed=None), counted=counted
    )
    if series.has_two_amounts:
        return Paths(_amounts(series, series.numerator, kind_of(series), sown, counted=False), below)
    rates = _rates(series, sown)
    if not counted:
        return Paths(rates * below, below)
    return Paths(sown.rng("cases").binomial(below.astype("int64"), rates).astype("float64"), below)


def kind_of(series: Series) -> ScaleKind:
    """Return the scale in fact: a positive figure that has been below zero is forecast as a signed one."""
    return "signed" if series.scale == "positive" and bool(np.any(series.numerator < 0)) else series.scale


def method_of(series: Series) -> str:
    """Return how the figure (of a ratio, its values) is forecast: lumpy, still, or by the combination."""
    counted = series.unit == "count" or series.counts_cases
    if not series.is_ratio and kind_of(series) == "positive" and is_lumpy(series.value, counted=counted):
        return "lumpy"
    return "still" if value_signal(series).still else "combination"


def value_signal(series: Series) -> Signal:
    """Return the series of the KPI's values on its even scale."""
    scale = scale_of(series.value, kind_of(series))
    if series.counts_cases and series.denominator is not None:
        if sampled_of(series):
            known = np.where(series.denominator > 0, 1.0, np.nan)
            odds = (series.numerator + 0.5) / (series.denominator - series.numerator + 0.5)
            return Signal(series.first, np.log(odds) * known, scale)
        steady = steadied_rates(series.numerator, series.denominator)
        return Signal(series.first, np.log(steady / (1 - steady)), scale)
    return Signal(series.first, scale.forward(series.value), scale)


def _rates(series: Series, drawing: Drawing) -> Array:
    """Return paths of the rate itself: what drawing the cases adds to the noise is drawn with the cases."""
    signal = value_signal(series)
    if not series.counts_cases or series.denominator is None:
        return signal.scale.back(drawing.ahead(signal))
    if sampled := sampled_of(series):
        return signal.scale.back(replace(drawing, sampled=sampled).ahead(signal))
    return signal.scale.back(drawing.ahead(signal) + _doubt_of_level(series, drawing))


def sampled_of(series: Series) -> float:
    """Return the part of a month's noise that is drawn with the cases; 0 where no cases are, or a rate is steadied."""
    if not series.counts_cases or series.denominator is None:
        return 0.0
    return sampling_variance(series.numerator, series.denominator) or 0.0


def _doubt_of_level(series: Series, drawing: Drawing) -> Array:
    """Return one shift a path: a rate is known only as well as the cases of its last twelve months with any tell.

    Jeffreys' beta of these cases.
    """
    assert series.denominator is not None
    seen = np.flatnonzero(np.nan_to_num(series.denominator) > 0)[-YEAR:]
    cases, of = series.numerator[seen], series.denominator[seen]
    level, many = pooled_rate(cases, of), float(of.sum()) + 1
    drawn = drawing.rng("level").beta(level * many, (1 - level) * many, (drawing.draws, 1))
    inside = np.clip(drawn, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(inside / (1 - inside)) - np.log(level / (1 - level)))


def _amounts(series: Series, values: Array, kind: ScaleKind, drawing: Drawing, *, counted: bool) -> Array:
    """Return paths of one part; counted ones are whole numbers. An amount that has always been 0 stays 0.

    A count that has been 0 for n months is drawn as Poisson with the mean that this leaves open, Gamma(1/2, n).
    """
    if kind == "positive" and is_lumpy(values, counted=counted):
        lumpy = fit_lumpy(series.months, values, counted=counted)
        ahead = series.last + np.arange(1, drawing.horizon + 1)
        drawn = lumpy.draw(drawing.draws, ahead, drawing.rng("lumpy"))
        return np.asarray(np.rint(drawn)) if counted else drawn
    if np.any(np.nan_to_num(values)):
        scale = scale_of(values, kind)
        drawn = scale.back(drawing.ahead(Signal(series.first, scale.forward(values), scale)))
        return np.asarray(np.rint(drawn)) if counted else drawn
    if not counted:
        return np.zeros(drawing.shape)
    rng = drawing.rng("nothing yet")
    left_open = rng.gamma(0.5, 1 / int(np.isfinite(values).sum()), (drawing.draws, 1))
    return np.asarray(rng.poisson(left_open, drawing.shape).astype("float64"))
