"""All trials together: the figures as they are written, and as they are printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tests.benchmarks.measures import GRAINS, hits
from tests.benchmarks.rivals import MODELS, OWN
from tests.benchmarks.trial import Outcome, Trial

POINTS = {"smape": "sMAPE", "mase": "MASE", "q_ape": "APE quarter", "y_ape": "APE year"}


def summarise(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return everything that is written, except what was run."""
    outcomes = {model: [trial.models[model] for trial in trials] for model in MODELS}
    ways = {model: _ways(found) for model, found in outcomes.items()}
    taken = {model: _best(losses) for model, losses in ways.items()}
    seconds = {model: float(np.mean([one.seconds for one in found])) for model, found in outcomes.items()}
    reasons = {model: dict(Counter(one.fallback for one in found if one.fallback)) for model, found in outcomes.items()}
    return {
        "models": {model: _figures(found, taken[model]) for model, found in outcomes.items()},
        "kit_over_prophet_seconds": seconds["kit"] / seconds["prophet"],
        "kit_failures": sum(reasons["kit"].values()),
        "fallbacks": {model: sum(many.values()) for model, many in reasons.items()},
        "fallback_reasons": {model: many for model, many in reasons.items() if many},
        "months_of_a_path": {model: {"taken": taken[model], "quarter_pinball": ways[model]} for model in MODELS},
        "left_out": _left_out(trials),
        "without_season": sum(trial.months < 24 for trial in trials),
    }


def mean(values: Iterable[float]) -> float | None:
    """Return the mean of what is a number; None where nothing is."""
    known = [value for value in values if np.isfinite(value)]
    return float(np.mean(known)) if known else None


def _ways(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """Return the pinball loss of quarters for each way in which the months of a path may hang together."""
    return {way: mean(one.spreads[way].pinball["quarter"] for one in outcomes) for way in outcomes[0].spreads}


def _best(losses: dict[str, float | None]) -> str:
    known = {way: loss for way, loss in losses.items() if loss is not None}
    return min(known or {OWN: 0.0}, key=lambda way: known.get(way, 0.0))


def _figures(outcomes: Sequence[Outcome], way: str) -> dict[str, Any]:
    points = [one.points for one in outcomes]
    spreads = [one.spreads[way] for one in outcomes]
    return {
        "smape": mean(one.smape for one in points),
        "mase": mean(one.mase for one in points),
        "q_ape": mean(one.ape.get("quarter", np.nan) for one in points),
        "y_ape": mean(one.ape.get("year", np.nan) for one in points),
        "seconds_per_series": float(np.mean([one.seconds for one in outcomes])),
        "pinball": {grain: mean(one.pinball[grain] for one in spreads) for grain in GRAINS},
        "hits": {grain: hits([pit for one in spreads for pit in one.pits[grain]]) for grain in GRAINS},
    }


def _left_out(trials: Sequence[Trial]) -> dict[str, int]:
    """Count the series that some figure is without."""
    apes = [trial.models["kit"].points.ape for trial in trials]
    return {
        "no_scale": sum(not trial.has_scale for trial in trials),
        **{f"no_whole_{grain}": sum(grain not in ape for ape in apes) for grain in ("quarter", "year")},
        **{f"{grain}_of_0": sum(bool(np.isnan(ape.get(grain, 0))) for ape in apes) for grain in ("quarter", "year")},
    }


def printed(result: dict[str, Any]) -> str:
    """Return the figures side by side, and what they are without."""
    run, left_out = result["run"], result["left_out"]
    shown = "all" if run["last"] is None else f"the last {run['last']}"
    lines = [
        f"{run['data']}: {run['series']} series, {shown} months of history, {run['horizon']} ahead",
        *_table(result),
        f"{'':16}" + "".join(f"{grain:>30}" for grain in GRAINS),
        f"{'below, in %':16}" + "".join(f"{level:>6}" for _ in GRAINS for level in ("10", "20", "50", "80", "90")),
        *(f"{model:16}{_hits(found['hits'])}" for model, found in result["models"].items()),
        f"kit / prophet seconds: {result['kit_over_prophet_seconds']:.2f}",
        f"left out: {left_out['no_scale']} series without a scale from MASE and pinball loss; from APE "
        f"{left_out['quarter_of_0']} quarters and {left_out['year_of_0']} years of 0, "
        f"{left_out['no_whole_quarter']} and {left_out['no_whole_year']} series without a whole one",
        f"no season fitted by statsforecast's models: {result['without_season']} series under 24 months",
        f"failures of the kit: {result['kit_failures']}",
    ]
    for model, found in result["months_of_a_path"].items():
        losses = ", ".join(f"{way} {_number(loss, 4)}" for way, loss in found["quarter_pinball"].items())
        lines.append(f"months of a path, {model}: {found['taken']} (pinball loss of quarters: {losses})")
    many = ", ".join(f"{model} {times}" for model, times in result["fallbacks"].items())
    lines.append(f"seasonal naive in the place of: {many}")
    for model, reasons in result["fallback_reasons"].items():
        lines += [f"  {model}, {times} times: {why}" for why, times in reasons.items()]
    return "\n".join(lines)


def _table(result: dict[str, Any]) -> list[str]:
    names = [*POINTS.values(), *(f"pinball {grain}" for grain in GRAINS), "s / series"]
    lines = ["", f"{'':16}" + "".join(f"{name:>16}" for name in names)]
    for model, found in result["models"].items():
        values = [*(found[name] for name in POINTS), *found["pinball"].values(), found["seconds_per_series"]]
        lines.append(f"{model:16}" + "".join(f"{_number(value, 3):>16}" for value in values))
    return [*lines, ""]


def _hits(found: dict[str, dict[str, float | None]]) -> str:
    shares = [share for grain in GRAINS for share in found[grain].values()]
    return "".join(f"{_number(None if share is None else 100 * share, 1):>6}" for share in shares)


def _number(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def worst(trials: Sequence[Trial], many: int) -> str:
    """Return the series on which the kit's MASE is highest, a line each."""
    scored = [trial for trial in trials if np.isfinite(trial.models["kit"].points.mase)]
    scored.sort(key=lambda trial: trial.models["kit"].points.mase, reverse=True)
    lines = ["the kit's highest MASE: series, months shown, MASE, sMAPE, last values"]
    for trial in scored[:many]:
        points = trial.models["kit"].points
        ending = " ".join(f"{value:g}" for value in trial.ending)
        lines.append(f"{trial.name:16}{trial.months:>5}{points.mase:>9.2f}{points.smape:>8.1f}  {ending}")
    return "\n".join(lines)
