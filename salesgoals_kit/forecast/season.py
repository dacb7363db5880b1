"""Prophet on a monthly series: trend and yearly season, as joint paths and as the shape of a usual year.

The only place that knows prophet. It is imported on first use, so that an outlook found in the book needs none of it.
Weekly and daily seasons make no sense on months; holidays are not used yet. No yearly season is fitted to less than
two years. Not for threads: Prophet draws from numpy's global generator, which is set and put back here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from salesgoals_kit.errors import Fault, ForecastError
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import YEAR, Signal

FOURIER_ORDER = 3
CHANGEPOINTS = 8
FLEXIBILITY = 0.3  # how readily the trend turns; on M3's training months better for a quarter than Prophet's 0.05
FEWEST = 12  # known months: a trend through fewer is no trend
NOISY = ("cmdstanpy", "prophet", "prophet.models", "prophet.plot")


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted model of (z - middle) / spread."""

    model: Any
    signal: Signal
    middle: float
    spread: float

    def paths(self, horizon: int, draws: int, seed: int) -> Array:
        """Return joint paths (draws by months) on the even scale for the months after the last."""
        end = self.signal.first + len(self.signal.z)
        self.model.uncertainty_samples = draws
        with _quiet(), _numpy_seed(seed):
            drawn = self.model.predictive_samples(pd.DataFrame({"ds": first_days(np.arange(end, end + horizon))}))
        return np.asarray(drawn["yhat"].T * self.spread + self.middle)

    def year(self) -> Array:
        """Return what the season adds to January, …, December on the even scale; it adds up to nothing."""
        months = self.signal.first + len(self.signal.z) + np.arange(YEAR)
        self.model.uncertainty_samples = 0
        with _quiet():
            yearly = self.model.predict(pd.DataFrame({"ds": first_days(months)}))["yearly"].to_numpy()
        added = np.zeros(YEAR)
        added[months % YEAR] = yearly * self.spread
        return np.asarray(added - added.mean())


def fit_season(signal: Signal, seed: int) -> Fitted:
    """Return Prophet fitted to a signal.

    Raises ForecastError where fewer than 12 months are known, all are the same, or Stan finds no solution.
    """
    seen = signal.z[signal.known]
    if len(seen) < FEWEST or signal.still:
        fault = Fault("history", f"{len(seen)} months, {len(np.unique(seen))} different", "12 months that differ")
        raise ForecastError("Prophet has nothing to go by.", [fault])
    middle, spread = float(np.mean(seen)), float(np.std(seen))
    months = signal.first + np.flatnonzero(signal.known)
    history = pd.DataFrame({"ds": first_days(months), "y": (seen - middle) / spread})
    with _quiet():
        model = _model(signal.has_season)
        try:
            model.fit(history, seed=seed)
        except RuntimeError as error:
            raise ForecastError("Prophet found no solution.", [Fault("history", str(error))]) from error
    return Fitted(model, signal, middle, spread)


def paths(signal: Signal, horizon: int, draws: int, seed: int) -> Array:
    """Return Prophet's joint paths (draws by months) on the even scale for the months after the last."""
    return fit_season(signal, seed).paths(horizon, draws, seed)


def first_days(months: np.ndarray[Any, Any]) -> pd.DatetimeIndex:
    """Return the first days of month numbers."""
    return pd.DatetimeIndex(np.asarray(months, dtype="datetime64[M]").astype("datetime64[ns]"))


def _model(yearly: bool) -> Any:
    from prophet import Prophet  # takes a second to import

    return Prophet(
        yearly_seasonality=FOURIER_ORDER if yearly else False,
        weekly_seasonality=False,
        daily_seasonality=False,
        n_changepoints=CHANGEPOINTS,
        changepoint_prior_scale=FLEXIBILITY,
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Prophet and Stan from logging, also while they are imported."""
    loggers = [logging.getLogger(name) for name in NOISY]
    before = [logger.disabled for logger in loggers]
    for logger in loggers:
        logger.disabled = True
    try:
        yield
    finally:
        for logger, was in zip(loggers, before, strict=True):
            logger.disabled = was


@contextmanager
def _numpy_seed(seed: int) -> Iterator[None]:
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
