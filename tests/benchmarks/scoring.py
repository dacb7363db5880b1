"""How good the chances of leads and open deals are on later data, on sample companies of many seeds and on maven_crm.

    python tests/benchmarks/scoring.py --seeds 10 --json scoring.json

By kind, means over the seeds. ``auc``, ``brier``, ``base``, ``off``: as the kit tells them itself, of the prospects
that came last (`insight.checked`). ``truth_auc``, ``told``, ``came``: of those open half a year before the end,
scored from what was known then, against what became of them. ``maven_crm``: the same of its deals, or why they are not
scored.
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
from datetime import date

import numpy as np
import pandas as pd

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, Sample, make_sample
from salesgoals_kit.insight.checked import Check, check
from salesgoals_kit.insight.scoring import Judged, Kind, judged
from salesgoals_kit.kpis.catalogue import CATALOGUE
from tests.benchmarks.findings import MAVEN_LAST, maven_frames

ROOT = Path(__file__).resolve().parents[2]
KINDS: tuple[Kind, ...] = ("deals", "leads")
BEFORE = date(2025, 6, 30)


def told(found: Check) -> dict[str, float]:
    """Return a check's figures."""
    return {name: float(getattr(found, name)) for name in ("auc", "low", "high", "brier", "base", "off")}


def try_seed(seed: int) -> dict[str, dict[str, float]]:
    """Return the figures of one sample company by kind."""
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    sample = make_sample(seed)
    now = tables_from_frames(sample.tables, company, LAST_DAY)
    then = tables_from_frames(sample.tables, company, BEFORE, known_on=LAST_DAY)
    figures: dict[str, dict[str, float]] = {}
    for kind in KINDS:
        how, past = judged(now, kind).check, judged(then, kind)
        assert how is not None and past.model is not None
        figures[kind] = {**told(how), **_truth(past, sample, kind)}
    return figures


def _truth(past: Judged, sample: Sample, kind: Kind) -> dict[str, float]:
    assert past.model is not None
    rows = past.prospects.now
    chances = past.model.chances(rows)
    came = became(sample, rows["id"], kind, past.prospects.horizon)
    found = check(rows["id"], chances, came)
    return {"truth_auc": found.auc, "told": float(chances.mean()), "came": float(came.mean())}


def became(sample: Sample, ids: pd.Series, kind: Kind, horizon: int) -> np.ndarray:
    """Return 1 for each prospect that converted within so many days after ``BEFORE``, else 0."""
    deals = sample.tables["deals"].set_index("deal_id")
    end = pd.Timestamp(BEFORE) + pd.Timedelta(days=horizon)
    if kind == "deals":
        rows = deals.loc[ids]
        return ((rows["status"] == "won") & (rows["closed_at"] <= end)).to_numpy(dtype="float64")
    made = sample.tables["leads"].set_index("lead_id")["deal_id"].loc[ids].map(deals["created_at"])
    return (made <= end).to_numpy(dtype="float64")


def of_maven() -> dict[str, object] | None:
    """Return the figures of maven_crm and why its deals are not scored, if they are not; None without the data."""
    maven = maven_frames()
    if maven is None:
        return None
    found = judged(tables_from_frames(maven[0], maven[1], MAVEN_LAST), "deals")
    refused = None if found.refused is None else found.refused.id
    figures: dict[str, object] = {} if found.check is None else {**told(found.check)}
    return {**figures, "refused": refused}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, metavar="N", help="companies (10)")
    parser.add_argument("--first", type=int, default=20, metavar="SEED", help="the first seed (20)")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    given = parser.parse_args(arguments)
    trials = []
    for seed in range(given.first, given.first + given.seeds):
        trials.append(try_seed(seed))
        print(f"{len(trials)} of {given.seeds}", file=sys.stderr, flush=True)
    means: dict[str, dict[str, float]] = {
        str(kind): {name: float(np.mean([trial[kind][name] for trial in trials])) for name in trials[0][kind]}
        for kind in KINDS
    }
    figures: dict[str, object] = {"seeds": given.seeds, **means, "maven_crm": of_maven()}
    given.json.write_text(json.dumps({**figures, "trials": trials}, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
