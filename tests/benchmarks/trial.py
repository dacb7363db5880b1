"""One series, every model: asked, timed and scored."""

from __future__ import annotations

import hashlib
import logging
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from textwrap import shorten

import numpy as np

from tests.benchmarks.measures import (
    GRAINS,
    Array,
    blocks,
    mase,
    percentage_error,
    pinball,
    randomised_pit,
    scaled,
    seasonal_error,
    smape,
    uniforms,
)
from tests.benchmarks.rivals import MODELS, Ask, Forecast, seasonal_naive, togetherness
from tests.benchmarks.series_data import MonthlySeries


@dataclass(frozen=True)
class Points:
    """What a model's point forecasts are worth; ``ape``: the first whole quarter's and year's, where there is one."""

    smape: float
    mase: float
    ape: dict[str, float]


@dataclass(frozen=True)
class Spread:
    """What a model's draws are worth, grain by grain."""

    pinball: dict[str, float]
    pits: dict[str, list[float]]


@dataclass(frozen=True)
class Outcome:
    """One model on one series; ``fallback`` says why the seasonal naive method stood in, and is empty if it did not."""

    seconds: float
    fallback: str
    points: Points
    spreads: dict[str, Spread]


@dataclass(frozen=True)
class Trial:
    """All models on one series."""

    name: str
    months: int
    ending: list[float]
    has_scale: bool
    models: dict[str, Outcome]


def try_series(series: MonthlySeries, horizon: int, last: int | None) -> Trial:
    """Return how every model does on the months of the test part, up to the horizon."""
    shown = series.shown(last)
    seed = int.from_bytes(hashlib.sha256(series.name.encode()).digest()[:4], "big")
    ask = Ask(shown, series.end - len(shown), horizon, seed)
    models = {model: _outcome(model, ask, series) for model in MODELS}
    return Trial(series.name, len(shown), shown[-12:].tolist(), seasonal_error(series.train) > 0, models)


def warm_up() -> None:
    """Ask every model once, so that no import or first call is timed."""
    months = np.random.default_rng(1).gamma(4, 25, 36)
    try_series(MonthlySeries("warm-up", 0, months[:-3], months[-3:]), 3, None)


def _outcome(model: str, ask: Ask, series: MonthlySeries) -> Outcome:
    began = time.perf_counter()
    forecast, fallback = answer(model, ask)
    seconds = time.perf_counter() - began
    actual = series.test[: ask.horizon]
    draws = at_least_zero(forecast.draws, ask.y)
    forecast = Forecast(forecast.mean, draws)
    ways = togetherness(model, draws, ask.seed)
    spreads = {way: _spread(series, actual, drawn[:, : len(actual)]) for way, drawn in ways.items()}
    return Outcome(seconds, fallback, _points(series, actual, forecast), spreads)


def answer(model: str, ask: Ask) -> tuple[Forecast, str]:
    """Return a model's forecast and why it is not its own: where it gives none, the seasonal naive one stands in."""
    with quiet():
        try:
            forecast = MODELS[model](ask)
            _check(forecast, ask.horizon)
        except Exception as error:  # a series too short, or a fit that fails: counted and shown, whatever it was
            if model == "seasonal_naive":
                raise
            return seasonal_naive(ask), shorten(f"{type(error).__name__}: {error}", 80)
    return forecast, ""


def at_least_zero(draws: Array, shown: Array) -> Array:
    """Return the draws, none below 0 where no month shown is."""
    return draws if (shown < 0).any() else np.maximum(draws, 0.0)


@contextmanager
def quiet() -> Iterator[None]:
    """Keep the models from logging and warning: there are thousands of fits."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _check(forecast: Forecast, horizon: int) -> None:
    if forecast.draws.ndim != 2 or forecast.draws.shape[1] != horizon:
        raise ValueError(f"draws of the shape {forecast.draws.shape}")
    if not np.isfinite(forecast.draws).all() or (forecast.mean is not None and not np.isfinite(forecast.mean).all()):
        raise ValueError("a forecast that is not finite")


def _points(series: MonthlySeries, actual: Array, forecast: Forecast) -> Points:
    months = forecast.totals(1)[: len(actual)]
    ape = {}
    for grain in ("quarter", "year"):
        came = blocks(actual, GRAINS[grain])
        if len(came):
            ape[grain] = percentage_error(float(came[0]), float(forecast.totals(GRAINS[grain])[0]))
    return Points(smape(actual, months), mase(actual, months, series.train), ape)


def _spread(series: MonthlySeries, actual: Array, draws: Array) -> Spread:
    losses, pits = {}, {}
    for grain, length in GRAINS.items():
        came, drawn = blocks(actual, length), blocks(draws, length)
        losses[grain] = scaled(pinball(came, drawn), seasonal_error(series.train))
        pits[grain] = randomised_pit(came, drawn, uniforms(series.name, grain, len(came))).tolist()
    return Spread(losses, pits)
