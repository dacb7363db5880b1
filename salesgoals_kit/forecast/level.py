"""Level forecasts by statsforecast: exponential smoothing, dynamic Theta and complex exponential smoothing.

The only place that knows statsforecast; it is imported on first use. All of them forecast the series as it is, its
logarithm (or log odds), and both without the season that was found before; `combination` puts them together.
Hyndman & Athanasopoulos 2021 (ETS), Fiorucci et al. 2016 (dynamic optimised Theta), Svetunkov et al. 2022 (CES).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import YEAR, Signal

AS_IS = "_as_is"
LEAST = 0.01  # of the mean month: no forecast of a positive figure is lower, where its logarithm is taken


def level_forecasts(signal: Signal, season: Array, horizon: int) -> dict[str, Array]:
    """Return the models' forecasts of the months after the last, on the series' own scale divided by its unit.

    ``season`` is what the season adds on the even scale, to the known months and those ahead. A model that cannot be
    fitted, or whose forecast is not finite, is left out. Names end with how a model saw the series: ``_as_is``,
    ``_log`` (log odds for rates), ``_apart`` (the logarithm without the season).
    """
    length = YEAR if signal.has_season else 1
    z, scale = signal.filled, signal.scale
    even = _forecasts(z, _seasonal(length, logged=True), horizon)
    found = {f"{name}_log": scale.back(path) for name, path in even.items()}
    found |= _apart(signal, season, horizon)
    if scale.kind != "signed":
        as_is = _forecasts(scale.back(z) / scale.unit, _seasonal(length, logged=False), horizon, scale.unit)
        found |= {f"{name}{AS_IS}": path for name, path in as_is.items()}
    return found


def apart_forecasts(signal: Signal, season: Array, horizon: int) -> dict[str, Array]:
    """Return the forecasts of models that see the series without its season alone: ``_apart`` and ``_divided``."""
    known, scale = len(signal), signal.scale
    found = _apart(signal, season, horizon)
    if scale.kind == "signed":
        return found
    divided = _forecasts(scale.back(signal.filled - season[:known]) / scale.unit, _plain(), horizon, scale.unit)
    for name, path in divided.items():
        positive = np.maximum(path, LEAST * scale.unit)
        found[f"{name}_divided"] = scale.back(scale.forward(positive) + season[known:])
    return found


def _apart(signal: Signal, season: Array, horizon: int) -> dict[str, Array]:
    known = len(signal)
    found = _forecasts(signal.filled - season[:known], _plain(), horizon)
    return {f"{name}_apart": signal.scale.back(path + season[known:]) for name, path in found.items()}


def quick_forecast(z: Array, horizon: int) -> Array:
    """Return the mean of two Theta forecasts of a series without a season; a millisecond, for the rolling origins."""
    found = _forecasts(z, _quick(), horizon)
    return np.asarray(np.mean(list(found.values()), axis=0)) if found else np.full(horizon, float(np.mean(z[-3:])))


def _forecasts(z: Array, models: Mapping[str, Any], horizon: int, unit: float = 1.0) -> dict[str, Array]:
    found = {}
    for name, model in models.items():
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                path = np.asarray(model.forecast(y=z, h=horizon)["mean"], dtype=np.float64) * unit
            except Exception:
                continue
        if np.isfinite(path).all():
            found[name] = path
    return found


def _seasonal(length: int, *, logged: bool) -> dict[str, Any]:
    from statsforecast.models import AutoCES, AutoETS, DynamicOptimizedTheta, Theta

    parts = "additive" if logged else "multiplicative"
    models = {
        "ets": AutoETS(season_length=length),
        "dynamic_theta": DynamicOptimizedTheta(season_length=length, decomposition_type=parts),
        "ces": AutoCES(season_length=length),
    }
    return models | ({"theta": Theta(season_length=length, decomposition_type=parts)} if logged else {})


def _plain() -> dict[str, Any]:
    from statsforecast.models import AutoCES, AutoETS

    return {"ets": AutoETS(season_length=1), "ces": AutoCES(season_length=1), **_quick()}


def _quick() -> dict[str, Any]:
    from statsforecast.models import DynamicOptimizedTheta, Theta

    return {"dynamic_theta": DynamicOptimizedTheta(season_length=1), "theta": Theta(season_length=1)}
