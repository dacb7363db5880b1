"""The models, each asked the same: the months' means, and joint draws of them from which totals can be made.

Prophet is raw: its defaults, and its predictive samples. AutoETS, the dynamic optimised theta method (Fiorucci et al.
2016), AutoCES and the seasonal naive method are statsforecast's, with a season of 12 where 24 months or more are
shown, else none (the seasonal naive method is then the naive one). Their draws are the paths that the library itself
simulates; each month's spread is that of its own intervals, for seasonal naive sigma * sqrt(years ahead).

How months of one path hang together is not equally well told by all of these: statsforecast's seasonal naive draws
months apart, its CES blurs the last state alone. So all four are also scored with the same months put together anew,
as independent ones and as fully dependent ones (``togetherness``), and over a run each is given whichever of the three
has the lowest pinball loss of quarters. The months' own figures are the same in all three.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from tests.benchmarks.kit import kit_draws
from tests.benchmarks.measures import YEAR, Array, blocks

DRAWS = 1000
OWN = "own paths"
JOINT = ("kit", "prophet")  # their own paths are the only ones


@dataclass(frozen=True, eq=False)
class Ask:
    """What a model is given: the months shown, the number of the first of them, how far to go, a seed."""

    y: Array
    first: int
    horizon: int
    seed: int

    @property
    def season(self) -> int:
        """12 where two years are shown, else 1: none."""
        return YEAR if len(self.y) >= 2 * YEAR else 1


@dataclass(frozen=True, eq=False)
class Forecast:
    """The months' means (none: the draws' medians are the forecast) and draws by months."""

    mean: Array | None
    draws: Array

    def totals(self, length: int) -> Array:
        """Return the forecast of every whole block: the sum of the means, or the median of the draws' sums."""
        if self.mean is None:
            return np.asarray(np.median(blocks(self.draws, length), axis=0))
        return blocks(self.mean, length)


def kit(ask: Ask) -> Forecast:
    """Return the kit's forecast: the median of its draws, of each total anew."""
    return Forecast(None, kit_draws(ask.y, ask.horizon, ask.seed, ask.first))


def prophet(ask: Ask) -> Forecast:
    """Return Prophet's yhat and its predictive samples, which are drawn once."""
    from prophet import Prophet

    months = np.arange(ask.first, ask.first + len(ask.y) + ask.horizon).astype("datetime64[M]").astype("datetime64[ns]")
    model: Any = Prophet()
    model.fit(pd.DataFrame({"ds": months[: len(ask.y)], "y": ask.y}), seed=ask.seed)
    ahead = pd.DataFrame({"ds": months[len(ask.y) :]})
    model.uncertainty_samples = 0
    mean = model.predict(ahead)["yhat"].to_numpy("float64")
    model.uncertainty_samples = DRAWS
    np.random.seed(ask.seed)
    return Forecast(mean, model.predictive_samples(ahead)["yhat"].T)


def autoets(ask: Ask) -> Forecast:
    """Return AutoETS's forecast.

    Version 2.1.1 simulates an undamped trend as if it were damped to nothing (its phi, NaN, is taken for 0), so that
    paths lack the trend of the means. It is set to 1 here, which is what undamped means.
    """
    from statsforecast.models import AutoETS

    def undamped(model: Any) -> None:
        if np.isnan(model.model_["par"][3]):
            model.model_["par"][3] = 1.0

    return _statsforecast(AutoETS(season_length=ask.season), ask, undamped)


def theta(ask: Ask) -> Forecast:
    """Return the dynamic optimised theta method's forecast."""
    from statsforecast.models import DynamicOptimizedTheta

    return _statsforecast(DynamicOptimizedTheta(season_length=ask.season), ask)


def ces(ask: Ask) -> Forecast:
    """Return the forecast of complex exponential smoothing."""
    from statsforecast.models import AutoCES

    return _statsforecast(AutoCES(season_length=ask.season), ask)


def seasonal_naive(ask: Ask) -> Forecast:
    """Return the seasonal naive forecast, the naive one under two years."""
    from statsforecast.models import SeasonalNaive

    return _statsforecast(SeasonalNaive(season_length=ask.season), ask)


def _statsforecast(model: Any, ask: Ask, amend: Callable[[Any], None] | None = None) -> Forecast:
    fitted = model.fit(ask.y)
    mean = fitted.predict(ask.horizon)["mean"]
    if amend:
        amend(fitted)
    draws = fitted.simulate(ask.horizon, DRAWS, seed=ask.seed)
    return Forecast(np.asarray(mean, dtype=np.float64), np.asarray(draws, dtype=np.float64))


MODELS: dict[str, Callable[[Ask], Forecast]] = {
    "kit": kit,
    "prophet": prophet,
    "autoets": autoets,
    "theta": theta,
    "ces": ces,
    "seasonal_naive": seasonal_naive,
}


def togetherness(model: str, draws: Array, seed: int) -> dict[str, Array]:
    """Return the draws as they are and, for statsforecast's models, with independent and fully dependent months."""
    if model in JOINT:
        return {OWN: draws}
    rng = np.random.default_rng(seed)
    return {OWN: draws, "independent": rng.permuted(draws, axis=0), "dependent": np.sort(draws, axis=0)}
