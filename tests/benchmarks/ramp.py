"""How often the interval of the ramp holds the planted one, on sample companies of many seeds.

    python tests/benchmarks/ramp.py --seeds 100 --json bench-ramp.json

``held``: the share of 80 % intervals that hold the planted months; ``default``: the share that hold the published
figure, which is another. ``bias``: the mean of the medians less what is planted; ``width``: of the intervals.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.goals.ramp import Ramp, ramp_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.makeup import RAMP_MONTHS
from salesgoals_kit.run.folders import shipped

NEEDED = ("deals", "reps", "assignments", "teams")


def sample_ramp(seed: int, company: Company, plant: bool = True) -> tuple[Ramp, float]:
    """Return the ramp that is found in one sample company, and the planted one (the default where none is)."""
    sample = make_sample(seed, plant)
    tables = tables_from_frames({name: sample.tables[name] for name in NEEDED}, company, LAST_DAY)
    return ramp_of(tables), sample.planted.ramp.months if sample.planted.ramp else RAMP_MONTHS


def measured(found: list[tuple[Ramp, float]]) -> dict[str, float]:
    """Return the figures over all seeds."""
    low, high, median = (np.array([getattr(ramp, part) for ramp, _ in found]) for part in ("low", "high", "months"))
    planted = np.array([months for _, months in found])
    return {
        "seeds": len(found),
        "planted": float(planted.mean()),
        "held": float(((low <= planted) & (planted <= high)).mean()),
        "below": float((high < planted).mean()),
        "above": float((low > planted).mean()),
        "default": float(((low <= RAMP_MONTHS) & (high >= RAMP_MONTHS)).mean()),
        "bias": float((median - planted).mean()),
        "width": float((high - low).mean()),
    }


def main() -> None:
    """Measure, print, and write the figures."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, default=100)
    asked.add_argument("--unplanted", action="store_true", help="companies whose ramp is the published one")
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    company = load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)
    figures = measured([sample_ramp(seed, company, not given.unplanted) for seed in range(given.seeds)])
    print(json.dumps(figures, indent=2))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
