"""What a usual year adds to each month: Prophet's yearly season and its holidays that move between months.

The only place that knows prophet; it is imported on first use, so that an outlook found in the book needs none of it.
Prophet's trend and ranges are not used: on monthly business series they mislead. Weekly and daily seasons make no
sense on months, and no yearly season is fitted to less than two years.

The season is drawn towards nothing (`SEASON_PRIOR`). With Prophet's own prior of 10 a Theta forecast of the series
without its season had an sMAPE of 13.6 on M3's training part (the last 18 of its months held back), and of 14.8 with
two years of history; with a prior of 0.1 of 13.1 and 13.6. Below 0.15 the strong seasons of Tourism's series suffer.
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
from salesgoals_kit.forecast.moving import moving_days
from salesgoals_kit.forecast.series import Array, Months
from salesgoals_kit.forecast.signals import YEAR, Signal

FOURIER_ORDER = 5
SEASON_PRIOR = 0.15
CHANGEPOINTS = 4
FLEXIBILITY = 0.3  # how readily the trend turns beside which the season is seen
MOVING_PRIOR = 0.1  # of the effect of a working day more or less
MOVING_FROM = 36  # months of history: three Easters
NOISY = ("cmdstanpy", "prophet", "prophet.models", "prophet.plot")


@dataclass(frozen=True, eq=False)
class Season:
    """What a usual January, …, December adds on the even scale (adding up to nothing), and each moved holiday."""

    added: Array
    country: str | None = None
    per_day: float = 0.0

    def at(self, months: Months) -> Array:
        """Return what a usual year adds in months (numbers)."""
        return np.asarray(self.added[months % YEAR])

    def moved(self, months: Months) -> Array:
        """Return what moving holidays add in months (numbers)."""
        return self.per_day * moving_days(self.country, months) if self.per_day else np.zeros(len(months))


NO_SEASON = Season(np.zeros(YEAR))


def fit_season(signal: Signal, seed: int = 0, country: str | None = None) -> Season:
    """Return Prophet's season of a signal; none under two years of history, or where nothing moves.

    Raises ForecastError where Stan finds no solution.
    """
    if not signal.has_season or signal.still:
        return NO_SEASON
    seen = signal.z[signal.known]
    middle, spread = float(np.mean(seen)), float(np.std(seen))
    months = signal.months()[signal.known]
    moved = moving_days(country, months) if len(signal) >= MOVING_FROM else np.zeros(len(months))
    history = pd.DataFrame({"ds": first_days(months), "y": (seen - middle) / spread, "moved": moved})
    with _quiet():
        model = _model(moving=bool(np.ptp(moved)))
        try:
            model.fit(history, seed=seed)
        except RuntimeError as error:
            raise ForecastError("Prophet found no solution.", [Fault("history", str(error))]) from error
        ahead = signal.first + len(signal) + np.arange(YEAR)
        shown = model.predict(pd.DataFrame({"ds": first_days(ahead), "moved": np.ones(YEAR)}))
    added = np.zeros(YEAR)
    added[ahead % YEAR] = shown["yearly"].to_numpy() * spread
    per_day = float(shown["moved"].iloc[0]) * spread if "moved" in shown else 0.0
    return Season(added - added.mean(), country, per_day)


def first_days(months: Months) -> pd.DatetimeIndex:
    """Return the first days of month numbers."""
    return pd.DatetimeIndex(np.asarray(months, dtype="datetime64[M]").astype("datetime64[ns]"))


def _model(*, moving: bool) -> Any:
    from prophet import Prophet  # takes a second to import

    model = Prophet(
        yearly_seasonality=False,
        weekly_seasonality=False,
        daily_seasonality=False,
        n_changepoints=CHANGEPOINTS,
        changepoint_prior_scale=FLEXIBILITY,
        uncertainty_samples=0,
    )
    model.add_seasonality("yearly", period=365.25, fourier_order=FOURIER_ORDER, prior_scale=SEASON_PRIOR)
    if moving:
        model.add_regressor("moved", prior_scale=MOVING_PRIOR, standardize=False)
    return model


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
