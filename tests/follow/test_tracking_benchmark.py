"""The benchmark of tracking: its sums by hand, and one quarter of one company."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.run.folders import shipped
from tests.benchmarks import tracking


def test_the_pinball_loss_by_hand() -> None:
    """All mass at 10, 12 came: 2 too low at every point, 2 * (0.1 + … + 0.9) / 9."""
    assert tracking.pinball(np.full(100, 10.0), 12.0) == pytest.approx(1.0)
    assert tracking.pinball(np.full(100, 10.0), 8.0) == pytest.approx(1.0)


def test_thirds_are_of_promises_and_the_interval_is_of_clusters() -> None:
    """Two clusters, in one of which both goals of a chance of a half were met: 1/2, with an error of 1/2."""
    rows = pd.DataFrame(
        {
            "seed": [1, 2],
            "quarter": ["2025Q1"] * 2,
            "goals": [[(0.5, 1.0), (0.5, 1.0), (0.9, 1.0)], [(0.5, 0.0), (0.5, 0.0), (0.0, 1.0)]],
        }
    )
    low, middle, high = tracking.thirds(rows, "goals")
    assert (low["third"], low["promises"], low["held"]) == (1, 1, False)
    assert (high["third"], high["promised"], high["met"]) == (3, 0.9, 1.0)
    assert (middle["promises"], middle["promised"], middle["met"], middle["held"]) == (4, 0.5, 0.5, True)
    assert middle["high"] - middle["met"] == pytest.approx(1.96 * np.sqrt(2 * (1 + 1)) / 4)


def test_a_quarter_of_one_company(tmp_path: Path) -> None:
    company = load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)
    frames = {name: table for name, table in sample_tables(3).items() if name in tracking.NEEDED}

    def look(day: date) -> Tables:
        return tables_from_frames(frames, company, day, known_on=LAST_DAY)

    whole = tables_from_frames(frames, company, LAST_DAY)
    rows = tracking._quarter(look, whole, [Owner("North")], parse_period("2025Q2"), Book(tmp_path))
    assert [row["part"] for row in rows] == list(tracking.PARTS)
    assert rows[0]["closed"] < rows[1]["closed"] < rows[2]["closed"] < rows[0]["actual"]
    assert rows[0]["coming"] > rows[1]["coming"] > rows[2]["coming"]
    assert all(row["loss"]["pace"] < row["loss"]["outlook"] for row in rows)
    found = tracking.summarise([{**row, "seed": 3} for row in rows])
    assert found["all"]["rows"] == 3
    assert found["all"]["pinball"]["pace"] < found["all"]["pinball"]["months"]
