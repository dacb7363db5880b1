"""Levers in the time left: against the driver model over a whole year, and what has to hold whatever the numbers."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from salesgoals_kit.follow.act import IN_TIME, OPEN_DEALS, levers_in_time
from salesgoals_kit.goals.levers import model
from salesgoals_kit.goals.moves import move_by
from salesgoals_kit.goals.reach import reach_of
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.kpis.quarters import driver_levels
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import DAYS_A_MONTH
from tests.follow.sampled import AS_OF, sample

OPENED = np.full(1000, 500_000.0)


def test_a_whole_year_is_that_of_the_driver_model() -> None:
    tables = sample(7, AS_OF.replace(day=30, month=9))  # no part of a month is gone, so that the season is the same
    inputs = lever_inputs(tables, COMPANY)
    state = state_of(inputs, tables.company.discount_rate)
    year = round(12 * DAYS_A_MONTH)
    found = {one.name: one for one in levers_in_time(tables, COMPANY, year, OPENED)}
    assert {"win_rate", "cycle_days", OPEN_DEALS} <= set(found)
    for name, one in found.items():
        if name == OPEN_DEALS or not one.realistic:
            continue
        reach = reach_of(driver_levels(tables, COMPANY), name, len(state.churn))
        assert reach is not None
        moved = model(state, move_by(reach.driver, float(reach.ratio.mean()))).revenue - model(state).revenue
        assert one.mean == pytest.approx(float(moved[:, :12].sum(axis=1).mean()), rel=0.01)
        assert one.year == pytest.approx(one.mean, rel=0.01)


def test_the_less_time_is_left_the_less_comes_in_time() -> None:
    tables = sample()
    before: dict[str, float] = {}
    for days in (300, 90, 45, 20, 3):
        found = {one.name: one for one in levers_in_time(tables, Owner("Central"), days, OPENED)}
        for name, one in found.items():
            assert one.low <= one.mid <= one.high
            assert one.acts == (one.part >= IN_TIME)
            if name != OPEN_DEALS:
                assert one.mean <= before.get(name, np.inf) + 1e-9
                before[name] = one.mean
    assert found[OPEN_DEALS].acts
    assert not found["win_rate"].acts, "three days before the end no new deal is won any more"
    assert found["win_rate"].sentence.id == "tracking.lever_late"


def test_open_deals_bring_more_by_as_much_as_they_are_won_better() -> None:
    tables = sample()
    one = next(one for one in levers_in_time(tables, COMPANY, 46, OPENED) if one.name == OPEN_DEALS)
    state = state_of(lever_inputs(tables, COMPANY), tables.company.discount_rate)
    reach = reach_of(driver_levels(tables, COMPANY), "win_rate", len(state.churn))
    assert reach is not None
    assert one.mean == pytest.approx(500_000 * (float(reach.ratio.mean()) - 1))
    assert not any(one.name == OPEN_DEALS for one in levers_in_time(tables, COMPANY, 46, np.zeros(10)))


def test_those_that_act_come_first_and_costs_are_no_levers_of_revenue() -> None:
    found = levers_in_time(sample(), COMPANY, 46, OPENED)
    acts = [one.acts for one in found]
    assert acts == sorted(acts, reverse=True)
    assert not {"unit_cost", "cac"} & {one.name for one in found}


def test_the_season_is_that_of_the_days_to_come() -> None:
    """Half a month on, each month ahead is a half of two calendar months: December's rush moves nearer."""
    begins = {
        one.name: one.mean for one in levers_in_time(sample(7, AS_OF.replace(month=10, day=31)), COMPANY, 30, OPENED)
    }
    middle = {one.name: one.mean for one in levers_in_time(sample(7, AS_OF), COMPANY, 30, OPENED)}
    assert middle["win_rate"] != pytest.approx(begins["win_rate"], rel=1e-3)
    assert AS_OF + timedelta(days=30) > AS_OF
