"""The benchmark of levers, short: two companies, what it writes, and truths that can be checked without it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.data.sample import Moved, make_sample
from salesgoals_kit.goals.levers import Move
from salesgoals_kit.goals.moves import LEVERS
from salesgoals_kit.periods import day_number
from tests.benchmarks import levers
from tests.benchmarks.lever_truth import cost_shares, draw, gain_of_unit_cost, moved_by, parts, true_gain

DAY = day_number(date(2025, 1, 1))


def test_the_benchmark_runs_and_the_gains_are_of_the_right_size(tmp_path: Path) -> None:
    """Two companies: each lever's truth within three widths of its range, and its middle within a half of the truth."""
    out = tmp_path / "levers.json"
    assert levers.main(["--seeds", "2", "--futures", "2", "--first", "70", "--json", str(out)]) == 0
    found = json.loads(out.read_text("utf-8"))
    assert (found["seeds"], found["futures"]) == (2, 2)
    assert set(found["held"]) == set(LEVERS)
    for trial in found["trials"]:
        for lever, row in trial.items():
            width = row["high"] - row["low"]
            assert row["low"] < row["mid"] < row["high"]
            assert row["low"] - 3 * width < row["true"] < row["high"] + 3 * width, lever
            if lever != "qualified_leads":  # what leads bring and cost is nearly the same
                assert row["mid"] == pytest.approx(row["true"], rel=0.6), lever


def test_what_is_held_is_counted() -> None:
    rows = [{"low": 1.0, "mid": 2.0, "high": 3.0, "true": true} for true in (0.5, 1.5, 2.5, 9.0)]
    found = levers.summarise([{"cac": row} for row in rows], 8)
    assert found["held"] == {"cac": 0.5}
    assert found["below"] == {"cac": 0.25}
    assert (found["gain"], found["truth"]) == ({"cac": 2.0}, {"cac": 2.0})


def test_the_truth_is_nothing_where_nothing_is_moved_and_in_proportion_where_it_is() -> None:
    sample = make_sample(70, moved=Moved(70, DAY))
    base = [draw(Moved(70, DAY, 1))]
    one, two = (true_gain(base, sample, moved_by(70, DAY, {"churn": factor})) for factor in (0.9, 0.8))
    assert two == pytest.approx(2 * one)
    assert one > 0
    dearer = [true_gain(base, sample, Moved(70, DAY, price=factor)) for factor in (1.05, 1.1)]
    assert dearer[1] == pytest.approx(2 * dearer[0], rel=0.02)
    assert gain_of_unit_cost(base, sample, DAY, 1.0) == 0


def test_the_parts_of_the_truth_are_those_of_the_tables() -> None:
    """Without a future of its own the drawn company is the one in the tables: paid days, and what comes once."""
    moved = Moved(70, DAY)
    tables, drawn = make_sample(70, moved=moved).tables, draw(moved)
    whole = parts(drawn, DAY)
    rows = tables["subscriptions"]
    start = np.maximum(rows["started_at"].to_numpy("datetime64[D]"), np.datetime64("2025-01-01"))
    end = rows["ended_at"].fillna(pd.Timestamp("2026-01-01")).to_numpy("datetime64[D]")
    days = np.maximum((end - start).astype("int64"), 0)
    paid = (days * rows["mrr"].to_numpy("float64")).sum() / 100 / (365 / 12)
    assert whole.recurring == pytest.approx(paid)
    deals = tables["deals"]
    won = deals[(deals["status"] == "won") & (deals["closed_at"] >= "2025-01-01")]
    assert whole.amount == pytest.approx(won["amount"].sum() / 100, rel=0.01), "but for what was corrected later"
    new = won[(won["deal_type"] == "new") & (won["family"] == "Services")]
    assert whole.once == pytest.approx(new["amount"].sum() / 100, rel=0.03)
    by_team = [parts(drawn, DAY, team).recurring for team in ("North", "Central", "South", "Key Accounts")]
    assert sum(by_team) == pytest.approx(whole.recurring)
    shares = cost_shares(make_sample(70, moved=moved), [drawn])
    assert shares.once == pytest.approx(new["cost"].sum() / new["amount"].sum(), rel=0.05)


def test_moves_are_told_to_the_sample_by_its_names() -> None:
    assert moved_by(1, DAY, {"pace": 0.9}) == replace(Moved(1, DAY), days=0.9)
    with pytest.raises(KeyError):
        moved_by(1, DAY, {"bonus": 2.0})
    assert Move().win == Moved(1, DAY).win == 1
