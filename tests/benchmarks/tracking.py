"""The chances of a running quarter, at 25, 50 and 75 % of it, against what happened in the sample company.

    python tests/benchmarks/tracking.py --seeds 20 --json tracking.json

For each seed, quarter of 2024 and 2025, and owner (the company and its teams), the quarter is seen from the end of the
day on which so much of it is over, as it was known then. Promised are the chances of the goals that the outlook made
the day before the quarter held at ``LEVELS`` (``goals``), and, beside them, of what tracking itself holds at the same
levels (``own``). By third of the scale, the mean promise should lie in the 95 % interval of the share that was met,
clustered by quarter and seed. ``pinball``: mean loss over 0.1, …, 0.9, as a share of the revenue, of tracking
(``pace``), of the outlook made before the quarter, and of the outlook of the months left with those that are over.

Where maven_crm lies beside the checkout the same is tried on its ten months, as far as they go: an illustration. What
an open deal was put at, and whose it was, its export does not tell of the past, so that only the company is seen.
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
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

import numpy as np
import pandas as pd

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.follow.pace import pace
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, last_whole_month, parse_period

ROOT = Path(__file__).resolve().parents[2]
QUARTERS = tuple(f"{year}Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4))
PARTS = (0.25, 0.5, 0.75)  # of the quarter that is over
LEVELS = (0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1)  # chances of the goals
POINTS = np.arange(1, 10) / 10  # of the pinball loss
NEEDED = ("deals", "deal_changes", "stage_events", "reps", "assignments", "teams")
FIELDS = ("amount", "closed_at", "rep")
REVENUE = CATALOGUE["revenue"]
SURE = 1.96
Rows = list[dict[str, Any]]
Look = Callable[[Any], Tables]


def try_seed(seed: int) -> Rows:
    """Return a row for each owner, quarter and part of it that is over."""
    warnings.simplefilter("ignore")
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    frames = {name: table for name, table in make_sample(seed).tables.items() if name in NEEDED}
    changes = frames["deal_changes"]
    frames["deal_changes"] = changes[changes["field"].isin(FIELDS)]  # the others are in no figure here
    whole = tables_from_frames(frames, company, LAST_DAY)
    owners = [COMPANY, *(Owner(team.name) for team in company.teams)]

    def look(day: Any) -> Tables:
        return tables_from_frames(frames, company, day, known_on=LAST_DAY)

    rows: Rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name in QUARTERS:
            rows += _quarter(look, whole, owners, parse_period(name), Book(Path(folder)))
    return [{**row, "seed": seed} for row in rows]


def _quarter(look: Look, whole: Tables, owners: Sequence[Owner], period: Period, book: Book) -> Rows:
    before = look(period.start - timedelta(days=1))
    outlooks = {owner: outlook_of(before, owner, REVENUE, period, book) for owner in owners}
    days = (period.end - period.start).days + 1
    rows: Rows = []
    for part in PARTS:
        tables = look(period.start + timedelta(days=round(part * days) - 1))
        for owner in owners:
            actual = float(measure("revenue", whole, [(period.first, period.last)], (), owner)["value"].iloc[0])
            rows.append({"quarter": period.name, "part": part, **_one(tables, owner, outlooks[owner], actual, book)})
    return rows


def _one(tables: Tables, owner: Owner, before: Outlook, actual: float, book: Book) -> dict[str, Any]:
    found = pace(tables, owner, before.period, book)
    assert found is not None
    now = found.outlook
    rest = _rest(tables, owner, before.period, book)
    goals = [before.goal(level) for level in LEVELS]
    own = [now.goal(level) for level in LEVELS]
    return {
        "team": owner.team,
        "actual": actual,
        "goals": [[now.chance(goal), float(actual >= goal)] for goal in goals],
        "own": [[now.chance(goal), float(actual >= goal)] for goal in own],
        "before": [[before.chance(goal), float(actual >= goal)] for goal in goals],
        "loss": {
            name: pinball(draws, actual)
            for name, draws in (("pace", now.draws), ("outlook", before.draws), ("months", rest))
        },
        "closed": found.closed,
        "opened": float(found.opened.mean()),
        "coming": float(found.coming.mean()),
        "corrected": list(now.correction or (0.0, 1.0)),
    }


def _rest(tables: Tables, owner: Owner, period: Period, book: Book) -> Array:
    """Return draws of the period by the months that are over and the outlook of the others."""
    first = max(period.first, last_whole_month(tables.as_of) + 1)
    left = Period(period.grain, first, period.last, period.fiscal_year_starts)
    known = measure("revenue", tables, [(month, month) for month in range(period.first, first)], (), owner)
    return np.asarray(float(known["value"].sum()) + outlook_of(tables, owner, REVENUE, left, book).draws)


def pinball(draws: Array, actual: float) -> float:
    """Return the mean pinball loss over the points."""
    off = actual - np.quantile(draws, POINTS)
    return float(np.mean(np.maximum(POINTS * off, (POINTS - 1) * off)))


def thirds(rows: pd.DataFrame, kind: str) -> list[dict[str, Any]]:
    """Return by third of the scale: promises, their mean, the share met, its 95 % interval, and whether it holds it.

    The interval is that of a ratio of sums over clusters (Cochran 1977, section 2.11): a quarter of a seed.
    """
    given = [(f"{seed} {name}", *one) for seed, name, some in rows[["seed", "quarter", kind]].values for one in some]
    made = pd.DataFrame(given, columns=["cluster", "promised", "met"])
    place = np.minimum((made["promised"] * 3).astype(int), 2)
    return [{"third": third + 1, **_held(made[place == third])} for third in range(3) if (place == third).any()]


def _held(made: pd.DataFrame) -> dict[str, Any]:
    met, promised = float(made["met"].mean()), float(made["promised"].mean())
    sums = made.groupby("cluster").agg(met=("met", "sum"), many=("met", "size"))
    clusters = len(sums)
    about = float(((sums["met"] - met * sums["many"]) ** 2).sum())
    error = float(np.sqrt(about * clusters / max(clusters - 1, 1)) / len(made))
    low, high = met - SURE * error, met + SURE * error
    found = {"promises": len(made), "promised": promised, "met": met, "low": low, "high": high}
    return {**{k: round(v, 4) for k, v in found.items()}, "held": bool(low <= promised <= high)}


def losses(rows: pd.DataFrame) -> dict[str, float]:
    """Return the sum of losses of each forecast / the sum of revenue."""
    loss = pd.DataFrame(rows["loss"].tolist()).sum() / rows["actual"].sum()
    return {str(name): round(float(value), 5) for name, value in loss.items()}


def summarise(rows: Rows) -> dict[str, Any]:
    """Return the figures over all rows, by part of the quarter, and of company and teams apart."""
    frame = pd.DataFrame(rows)
    found: dict[str, Any] = {"all": _figures(frame)}
    for part, own in frame.groupby("part"):
        found[f"{part:.0%}"] = _figures(own)
    found["company"] = _figures(frame[frame["team"].isna()])
    found["teams"] = _figures(frame[frame["team"].notna()])
    return found


def _figures(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "rows": len(rows),
        "goals": thirds(rows, "goals"),
        "own": thirds(rows, "own"),
        "outlook": thirds(rows, "before"),
        "pinball": losses(rows),
    }


def maven() -> dict[str, Any] | None:
    """Return what can be told of maven_crm, the last two of its quarters; None where it is not there.

    Ten months are too few for an outlook worth the name, and for tries on the past.
    """
    if not (ROOT.parent / "shared" / "data" / "maven_crm").is_dir():
        return None
    company = load_company(ROOT / "tests" / "data" / "maven.yaml", TABLES, CATALOGUE)
    with tempfile.TemporaryDirectory() as folder:
        company = company.model_copy(update={"store": folder})
        with open_snapshot(make_snapshot(company), company) as snapshot:
            whole = snapshot.at(snapshot.ref.last_day)
            rows = list(_maven_rows(snapshot.at, whole, Book(Path(folder) / "book")))
    return {"rows": rows, "pinball": losses(pd.DataFrame(rows))}


def _maven_rows(look: Look, whole: Tables, book: Book) -> Iterator[dict[str, Any]]:
    for name in ("2017Q3", "2017Q4"):
        yield from _quarter(look, whole, [COMPANY], parse_period(name), book)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="companies (20)")
    parser.add_argument("--first", type=int, default=1000, metavar="SEED", help="the first seed (1000)")
    parser.add_argument("--jobs", type=int, default=1, metavar="J", help="processes (1)")
    parser.add_argument("--json", type=Path, required=True, metavar="OUT")
    given = parser.parse_args(arguments)
    rows: Rows = []
    illustration = maven()
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        seeds = range(given.first, given.first + given.seeds)
        for seed, found in zip(seeds, pool.map(try_seed, seeds), strict=True):
            rows += found
            print(f"{seed - given.first + 1} of {given.seeds}: seed {seed}", file=sys.stderr, flush=True)
            result = {"seeds": seed - given.first + 1, **summarise(rows), "maven": illustration, "rows": rows}
            given.json.write_text(json.dumps(result, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "rows"}, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
