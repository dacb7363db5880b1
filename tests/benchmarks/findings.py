"""How much of what is planted is found, and how much is found that is not there.

    python tests/benchmarks/findings.py --seeds 100 --json findings.json

``found``: by planted effect the share of seeds in which the company's report has it as a finding (for the ramp: the
95 % range lies beyond the published figure, on the side of what is planted; for the floor: the month's and the
quarter's come back to the cent), and ``pooled`` over all of them. ``false_per_report``: findings that nothing implies
(implied.py) in the reports of companies in which nothing is planted; ``false_per_report_planted``: the same beside what
is. ``false_per_report_permuted``: findings about teams or reps in maven_crm with the pairs of team and rep dealt out
anew among its deals; null where the data is not there. All contrasts of a report are judged together.
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
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from multiprocessing import get_context
from typing import TypeVar

import numpy as np
import pandas as pd

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, Sample, make_sample
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.floor import cost_floor
from salesgoals_kit.goals.ramp import Ramp, ramp_of
from salesgoals_kit.insight.contrast import Contrast, findings
from salesgoals_kit.insight.strategy import contrasts_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.makeup import RAMP_MONTHS
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.running import running_costs
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from tests.benchmarks.implied import NEW, World, fields_of, implied, planted_effect

Contrasts = Callable[[Tables, Owner], tuple[Contrast, ...]]
Done = TypeVar("Done")
ROOT = Path(__file__).resolve().parents[2]
EFFECTS = ("leak", "channel", "moment", "coaching", "ramp", "floor")
SURE = (0.025, 0.975)
MAVEN_LAST = date(2017, 12, 31)


@dataclass(frozen=True)
class Trial:
    """One seed: which planted effects were found, and what was found that nothing implies, without and with them."""

    seed: int
    found: dict[str, bool]
    false: tuple[str, ...]
    false_planted: tuple[str, ...]


@cache
def sample_company() -> Company:
    """Return the company file of the sample."""
    return load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)


def try_seed(seed: int, contrasts: Contrasts | None = None) -> Trial:
    """Return what is found in the company's report of a seed, with the effects planted and without."""
    make = contrasts or contrasts_of
    plain, planted = (make_sample(seed, plant) for plant in (False, True))
    (false, _), (false_planted, told) = (_report(sample, make) for sample in (plain, planted))
    tables = tables_of(planted)
    found = {effect: effect in told for effect in EFFECTS[:4]}
    found["ramp"] = ramp_is_found(ramp_of(tables), planted.planted.ramp.months if planted.planted.ramp else RAMP_MONTHS)
    found["floor"] = floor_is_found(tables, planted)
    return Trial(seed, found, false, false_planted)


def tables_of(sample: Sample) -> Tables:
    """Return the tables of a sample company on its last day."""
    return tables_from_frames(sample.tables, sample_company(), LAST_DAY)


def _report(sample: Sample, make: Contrasts) -> tuple[tuple[str, ...], set[str]]:
    """Return the false findings of the company's report, and the planted effects among the others."""
    world = world_of(sample)
    kept = [found.contrast for found in findings(make(tables_of(sample), COMPANY))]
    effects = {effect for one in kept if (effect := planted_effect(one, world.planted)) is not None}
    return tuple(told(one) for one in kept if not implied(one, world)), effects


def told(contrast: Contrast) -> str:
    """Return a finding in short."""
    subject = ", ".join(f"{name} {value}" for name, value in fields_of(contrast).items())
    return f"{contrast.effect}: {subject}: {'more' if contrast.estimate > 1 else 'less'}, p {contrast.p:.2g}"


def world_of(sample: Sample) -> World:
    """Return what is planted in a sample company, and who is who in it."""
    places = sample.tables["assignments"].groupby("rep")["team"].agg(frozenset)
    reps = sample.tables["reps"]
    late = reps["hired_on"] > pd.Timestamp(LAST_DAY) - pd.DateOffset(months=NEW)
    teams = {str(rep): team for rep, team in places.items()}
    return World(sample.planted, teams, frozenset(reps.loc[late, "rep"]))


def ramp_is_found(ramp: Ramp, planted: float) -> bool:
    """Return whether the 95 % range lies wholly on that side of the published figure on which the planted one is."""
    low, high = np.quantile(ramp.draws, SURE)
    return bool(low > RAMP_MONTHS if planted > RAMP_MONTHS else high < RAMP_MONTHS)


def floor_is_found(tables: Tables, sample: Sample) -> bool:
    """Return whether the floors of a month and of a quarter come back to the cent, at the last year's margin."""
    year, costs = parse_period(LAST_DAY.year), running_costs(tables)
    floor = sample.planted.floor
    if costs is None or floor is None:
        return False
    margin = float(measure("margin", tables, [(year.first, year.last)])["value"].iloc[0])
    for name, wanted in ((f"{LAST_DAY.year + 1}-01", floor.monthly), (f"{LAST_DAY.year + 1}Q1", floor.quarterly)):
        ahead = parse_period(name)
        found = cost_floor(costs, _known(margin, ahead), ahead, tables.company)
        if found is None or found.value is None or round(found.value * tables.company.minor_units) != wanted:
            return False
    return True


def _known(value: float, period: Period) -> Outlook:
    """Return an outlook of the margin that knows it."""
    return Outlook("margin", COMPANY, period, "higher", np.array([value]), None, "", None, False, 12, False, ())


def summarise(trials: Sequence[Trial], permuted: Sequence[Sequence[str]] | None) -> dict[str, object]:
    """Return the shares found by effect, and the false findings a report."""
    found: dict[str, float] = {effect: float(np.mean([one.found[effect] for one in trials])) for effect in EFFECTS}
    pooled = float(np.mean([one.found[effect] for one in trials for effect in EFFECTS]))
    return {
        "seeds": len(trials),
        "found": {**found, "pooled": pooled},
        "false_per_report": float(np.mean([len(one.false) for one in trials])),
        "false_per_report_planted": float(np.mean([len(one.false_planted) for one in trials])),
        "false_per_report_permuted": None if not permuted else float(np.mean([len(one) for one in permuted])),
        "permutations": len(permuted or ()),
        "false_by_effect": _by_effect(one for trial in trials for one in trial.false),
        "false_by_effect_planted": _by_effect(one for trial in trials for one in trial.false_planted),
    }


def _by_effect(false: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(one.split(":")[0] for one in false).items()))


def maven_frames() -> tuple[dict[str, pd.DataFrame], Company] | None:
    """Return maven_crm as canonical frames, and its company file; None where the data is not beside the checkout."""
    if not (ROOT.parent / "shared" / "data" / "maven_crm").is_dir():
        return None
    company = load_company(ROOT / "tests" / "data" / "maven.yaml", TABLES, CATALOGUE)
    with tempfile.TemporaryDirectory() as store:
        stored = company.model_copy(update={"store": store})
        with open_snapshot(make_snapshot(stored), stored) as snapshot:
            tables = snapshot.at(MAVEN_LAST)
            return {name: _canonical(tables, name) for name in tables.frames}, company


def _canonical(tables: Tables, name: str) -> pd.DataFrame:
    frame: pd.DataFrame = tables.frame(name).collect("pandas").to_native()
    return frame[[column for column in TABLES[name].names if column in tables.columns(name)]]


def permuted_findings(
    number: int, frames: dict[str, pd.DataFrame], company: Company, contrasts: Contrasts | None = None
) -> tuple[str, ...]:
    """Return the findings about teams or reps in the data with pairs of team and rep dealt out anew among its deals."""
    deals = frames["deals"].copy()
    order = np.random.default_rng(number).permutation(len(deals))
    for column in ("rep", "team"):
        deals[column] = deals[column].to_numpy()[order]
    tables = tables_from_frames({**frames, "deals": deals}, company, MAVEN_LAST)
    kept = findings((contrasts or contrasts_of)(tables, COMPANY))
    return tuple(told(one.contrast) for one in kept if {"team", "rep"} & set(fields_of(one.contrast)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=100, metavar="N", help="companies (100)")
    parser.add_argument("--first", type=int, default=2000, metavar="SEED", help="the first seed (2000)")
    parser.add_argument("--permutations", type=int, default=50, metavar="P", help="of maven_crm (50)")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes (1)")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    given = parser.parse_args(arguments)
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        seeds = range(given.first, given.first + given.seeds)
        trials = list(_counted(pool.map(try_seed, seeds), given.seeds, "companies"))
        maven = maven_frames() if given.permutations else None
        permuted = None
        if maven is not None:
            one = partial(permuted_findings, frames=maven[0], company=maven[1])
            permuted = list(_counted(pool.map(one, range(given.permutations)), given.permutations, "permutations"))
    figures = summarise(trials, permuted)
    details = {"trials": [vars(trial) for trial in trials], "permuted": permuted}
    given.json.write_text(json.dumps({**figures, **details}, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    print(json.dumps(figures, indent=2))
    return 0


def _counted(done: Iterable[Done], of: int, what: str) -> Iterable[Done]:
    for number, one in enumerate(done, 1):
        print(f"{number} of {of} {what}", file=sys.stderr, flush=True)
        yield one


if __name__ == "__main__":
    raise SystemExit(main())
