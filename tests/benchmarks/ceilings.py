"""What funnel and people of the sample company could bring in its last quarters, against what they brought.

    python tests/benchmarks/ceilings.py --seeds 20 --json bench-ceilings.json

For each owner and quarter of 2025, seen from the day before it: ``funnel_held``, the share of 80 % ranges of the funnel
that held the revenue; ``funnel_ratio``, the mean of its medians / revenue; ``capacity_above``, the share of quarters in
which the people's ceiling (median, with the company's season) was not passed; ``capacity_ratio``, the mean of the
ceilings / revenue.
"""

from __future__ import annotations

import argparse
import json
from datetime import timedelta
from pathlib import Path

import numpy as np

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.forecast.usual_year import season_factors
from salesgoals_kit.goals.capacity import capacity_ceiling
from salesgoals_kit.goals.carrying import Calendar
from salesgoals_kit.goals.funnel import funnel_ceiling
from salesgoals_kit.goals.kin import series_of
from salesgoals_kit.goals.ramp import ramp_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.crew import crew
from salesgoals_kit.kpis.measure import measure
from salesgoals_kit.kpis.pipeline import pipeline
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.run.folders import shipped

QUARTERS = tuple(parse_period(f"2025Q{i}") for i in range(1, 5))
NEEDED = ("deals", "deal_changes", "stage_events", "leads", "reps", "assignments", "teams")


def sample_ceilings(seed: int, company: Company) -> list[dict[str, float]]:
    """Return a row for each owner and quarter: revenue, the funnel's 10, 50 and 90 %, and the people's median."""
    frames = {name: table for name, table in make_sample(seed).tables.items() if name in NEEDED}
    whole = tables_from_frames(frames, company, LAST_DAY)
    rows = []
    for period in QUARTERS:
        as_of = period.start - timedelta(days=1)
        tables = tables_from_frames(frames, company, as_of, known_on=LAST_DAY)
        season = season_factors(series_of(tables, COMPANY, CATALOGUE["revenue"], period), company.country)
        for owner in (COMPANY, *(Owner(team.name) for team in company.teams)):
            actual = measure("revenue", whole, [(period.first, period.last)], (), owner)["value"].iloc[0]
            rows.append({"company": float(owner == COMPANY), "actual": float(actual)} | _seen(tables, owner, season))
    return rows


def _seen(tables: Tables, owner: Owner, season: tuple[float, ...] | None) -> dict[str, float]:
    period = next(quarter for quarter in QUARTERS if quarter.start > tables.as_of)
    known, people = pipeline(tables, owner), crew(tables, owner)
    assert known is not None
    assert people is not None
    funnel = funnel_ceiling(known, owner, period, tables.as_of).draws
    calendar = Calendar(season, tables.company.country)
    capacity = capacity_ceiling(people, ramp_of(tables), calendar, owner, period, tables.as_of).draws
    low, middle, high = np.quantile(funnel, (0.1, 0.5, 0.9))
    return {"low": low, "middle": middle, "high": high, "capacity": float(np.median(capacity))}


def measured(rows: list[dict[str, float]]) -> dict[str, float]:
    """Return the figures over all rows."""
    actual, low, middle, high, capacity = (
        np.array([row[name] for row in rows]) for name in ("actual", "low", "middle", "high", "capacity")
    )
    return {
        "quarters": len(rows),
        "funnel_held": float(((low <= actual) & (actual <= high)).mean()),
        "funnel_ratio": float((middle / actual).mean()),
        "capacity_above": float((capacity >= actual).mean()),
        "capacity_ratio": float((capacity / actual).mean()),
    }


def main() -> None:
    """Measure, print, and write the figures, of the company as a whole and of its teams."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", type=int, default=20)
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    company = load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)
    rows = [row for seed in range(given.seeds) for row in sample_ceilings(seed, company)]
    whole = [row for row in rows if row["company"]]
    figures = {"company": measured(whole), "teams": measured([row for row in rows if not row["company"]])}
    print(json.dumps(figures, indent=2))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
