"""Cumulative incidence against lifelines where there are no ties, and on public data against a naive twin."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lifelines import AalenJohansenFitter

from salesgoals_kit.company import load_company
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.curves import aalen_johansen, win_curve
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import day_number, parse_period

CHECKOUT = Path(__file__).parents[2]
AS_OF = date(2017, 12, 31)
SPAN = parse_period("2016-01").first, parse_period("2017-12").first


@pytest.mark.parametrize("seed", range(6))
def test_without_ties_it_is_what_lifelines_has(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(5, 120))
    days = rng.permutation(np.arange(1, 400))[:count]  # no two deals leave on one day
    kind = rng.choice([0, 1, 2], count, p=(0.25, 0.45, 0.3))  # open, won, lost
    frame = pd.DataFrame({"entry": 0, "leave": days, "won": kind == 1, "lost": kind == 2, "deals": 1})
    curve = aalen_johansen(frame.astype("int64"), 399)
    for event, column in ((1, "winning"), (2, "losing")):
        fitter = AalenJohansenFitter(calculate_variance=False, jitter_level=0.0)
        fitter.fit(days, kind, event_of_interest=event)
        theirs = fitter.cumulative_density_.iloc[:, 0]
        at = [float(theirs[theirs.index <= day].iloc[-1]) for day in curve["day"]]
        known = curve[column].notna().to_numpy()
        np.testing.assert_allclose(curve[column].to_numpy()[known], np.array(at)[known], atol=1e-12)


def _twin(created: np.ndarray, leave: np.ndarray, kind: np.ndarray, begins: int, horizon: int) -> list[float]:
    """Aalen and Johansen's curve of winning, deal by deal and day by day."""
    staying, winning, curve = 1.0, 0.0, []
    entry, left = np.maximum(begins - created, 0), leave - created
    for day in range(horizon + 1):
        at_risk = (entry <= day) & (left >= day)
        ending = at_risk & (left == day)
        if at_risk.any():
            winning += staying * (ending & (kind == "won")).sum() / at_risk.sum()
            staying *= 1 - (ending & (kind != "open")).sum() / at_risk.sum()
        curve.append(winning)
    return curve


@pytest.mark.parametrize("team", [None, "West"])
def test_on_public_data_it_is_that_of_a_naive_twin(tmp_path: Path, team: str | None) -> None:
    source = CHECKOUT.parent / "shared" / "data" / "maven_crm"
    if not source.is_dir():
        pytest.skip("the public data set maven_crm is not beside the checkout")
    company = load_company(CHECKOUT / "tests" / "data" / "maven.yaml", TABLES, CATALOGUE)
    company = company.model_copy(update={"store": str(tmp_path)})
    with open_snapshot(make_snapshot(company), company) as snapshot:
        curve = win_curve(snapshot.at(AS_OF), SPAN, Owner(team), 120)
    rows = pd.read_csv(source / "sales_pipeline.csv", parse_dates=["engage_date", "close_date"])
    begins = day_number(rows["close_date"].min().date())
    rows = rows[rows["engage_date"].notna()]
    if team is not None:
        offices = pd.read_csv(source / "sales_teams.csv").set_index("sales_agent")["regional_office"]
        rows = rows[rows["sales_agent"].map(offices) == team]
    kind = rows["deal_stage"].map({"Won": "won", "Lost": "lost"}).fillna("open").to_numpy()
    created, leave = (
        (days - pd.Timestamp(1970, 1, 1)).dt.days.to_numpy()
        for days in (rows["engage_date"], rows["close_date"].fillna(pd.Timestamp(AS_OF)))
    )
    np.testing.assert_allclose(curve["winning"], _twin(created, leave, kind, begins, 120))
