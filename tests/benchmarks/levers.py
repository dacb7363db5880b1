"""The gain of each lever, as the kit estimates it from one day's data, against the sample company with it moved.

    python tests/benchmarks/levers.py --seeds 20 --json levers.json

For each seed the company is looked at one year before its end. From what was known then come the gains of the mission's
example changes (of churn, which is where it should be, a fifth less), each with its range. Then the lever is moved in
truth (lever_truth.py). Counted is the share of 80 % ranges that hold the true gain; ``futures`` are averaged for one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    os.environ.update({f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")})
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from datetime import date
from functools import partial
from multiprocessing import get_context

import numpy as np

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, Moved, Sample, make_sample
from salesgoals_kit.goals.levers import Move, gain
from salesgoals_kit.goals.moves import example_moves
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.periods import day_number
from tests.benchmarks.lever_truth import (
    Drawn,
    draw,
    gain_of_leads,
    gain_of_spend,
    gain_of_unit_cost,
    moved_by,
    true_gain,
)

AS_OF = date(2024, 12, 31)
FUTURES = 8
INSTEAD = {"logo_churn": Move(churn=0.8)}  # where the example is met already
ROOT = Path(__file__).resolve().parents[2]
Trial = dict[str, dict[str, float]]


def try_seed(seed: int, futures: int = FUTURES) -> Trial:
    """Return for each lever the estimated gain (low, mid, high: 80 %) and the true one."""
    day = day_number(AS_OF) + 1
    sample = make_sample(seed, moved=Moved(seed, day))
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    tables = tables_from_frames(sample.tables, company, AS_OF, known_on=LAST_DAY)
    inputs = lever_inputs(tables, COMPANY)
    state = state_of(inputs, company.discount_rate)
    base = [draw(Moved(seed, day, future)) for future in range(1, futures + 1)]
    found = {}
    for lever, move in {**INSTEAD, **example_moves(inputs)}.items():
        low, mid, high = np.quantile(gain(state, move), (0.1, 0.5, 0.9))
        true = truth(base, sample, seed, day, move)
        found[lever] = {"low": float(low), "mid": float(mid), "high": float(high), "true": true}
    return found


def truth(base: list[Drawn], sample: Sample, seed: int, day: int, move: Move) -> float:
    """Return what a move of one lever truly brings."""
    changed = {f.name: getattr(move, f.name) for f in fields(move) if getattr(move, f.name) != f.default}
    (name,) = changed
    if name == "unit_cost":
        return gain_of_unit_cost(base, sample, day, move.unit_cost)
    if name == "monthly":
        return gain_of_spend(sample, Moved(seed, day, acquisition=move.monthly))
    if name == "leads":
        return gain_of_leads(base, sample, day, move.leads)
    return true_gain(base, sample, moved_by(seed, day, changed))


def summarise(trials: Sequence[Trial], futures: int) -> dict[str, object]:
    """Return the shares of ranges that held the truth, and the medians of gain and truth, by lever."""
    levers = list(dict.fromkeys(lever for trial in trials for lever in trial))
    found: dict[str, dict[str, float]] = {"held": {}, "below": {}, "gain": {}, "truth": {}}
    for lever in levers:
        rows = [trial[lever] for trial in trials if lever in trial]
        found["held"][lever] = float(np.mean([row["low"] <= row["true"] <= row["high"] for row in rows]))
        found["below"][lever] = float(np.mean([row["true"] < row["low"] for row in rows]))
        found["gain"][lever] = float(np.median([row["mid"] for row in rows]))
        found["truth"][lever] = float(np.median([row["true"] for row in rows]))
    return {"seeds": len(trials), "futures": futures, **found}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="companies (20)")
    parser.add_argument("--first", type=int, default=1000, metavar="SEED", help="the first seed (1000)")
    parser.add_argument("--futures", type=int, default=FUTURES, metavar="F", help=f"futures of each ({FUTURES})")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes (1)")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    given = parser.parse_args(arguments)
    seeds = range(given.first, given.first + given.seeds)
    trials: list[Trial] = []
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        for seed, trial in zip(seeds, pool.map(partial(try_seed, futures=given.futures), seeds), strict=True):
            trials.append(trial)
            print(f"{len(trials)} of {given.seeds}: seed {seed}", file=sys.stderr, flush=True)
            result = {**summarise(trials, given.futures), "trials": trials}
            given.json.write_text(json.dumps(result, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "trials"}, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
