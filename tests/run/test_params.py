"""Parameters are checked before a kernel starts: every fault at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from salesgoals_kit.errors import ParamError
from salesgoals_kit.run.params import GoalParams, check_params, find_company


def test_every_wrong_parameter_is_told_at_once() -> None:
    with pytest.raises(ParamError) as caught:
        check_params(
            "review", {"perod": "2026Q1", "period": "2026Q9", "as_of": "31.12.2025", "team": "", "snapshot": "../x"}
        )
    told = str(caught.value)
    for words in (
        "perod: there is no such parameter; there are company, period, team, as_of, snapshot",
        "period: '2026Q9': this is no period; write 2026, 2026Q1 or 2026-03",
        "as_of: '31.12.2025': this is no day; write 2025-12-31",
        "team: ''",
        "snapshot: '../x'",
    ):
        assert words in told


def test_each_template_has_parameters_of_its_own() -> None:
    found = check_params("goal_setting", {"goal": 1_000_000, "hire": 2, "hire_month": "2026-02", "price": 0.05})
    assert isinstance(found, GoalParams)
    assert (found.goal, found.hire, found.leads) == (1_000_000.0, 2, 0.0)
    with pytest.raises(ParamError) as caught:
        check_params("goal_setting", {"goal": "much", "hire": 1.5, "price": float("nan"), "churned": 0.1})
    assert [fault.where for fault in caught.value.faults] == ["goal", "hire", "price", "churned"]
    with pytest.raises(ParamError, match="goal: there is no such parameter"):
        check_params("review", {"goal": 1.0})


def test_what_is_tried_is_checked_as_far_as_no_data_is_needed() -> None:
    wrong = {"hire": 2, "wage": -1, "price": 5, "elasticity": 1, "shift_amount": -3, "churn": 2, "leads": -1}
    with pytest.raises(ParamError) as caught:
        check_params("goal_setting", wrong)
    told = {fault.where: fault.found for fault in caught.value.faults}
    assert set(told) == {"hire_month", *wrong} - {"hire"}
    assert "hire is given without it; write the first month as 2026-03" in told["hire_month"]
    assert "this is 500% more; write 0.05 for 5 %" in told["price"]
    for month in ("2026Q1", "March"):
        with pytest.raises(ParamError, match="this is no month; write 2026-03"):
            check_params("goal_setting", {"hire": 1, "hire_month": month})


def test_a_year_may_come_as_a_number_as_yaml_makes_one() -> None:
    assert check_params("review", {"period": 2026}).period == "2026"


@pytest.mark.parametrize("wrong", [True, 2026.0, None, ["2026"]])
def test_nothing_but_a_number_or_a_text_is_a_period(wrong: object) -> None:
    with pytest.raises(ParamError, match="period"):
        check_params("review", {"period": wrong})


def test_the_company_file_is_found_from_a_folder_below(tmp_path: Path) -> None:
    (tmp_path / "params").mkdir()
    (tmp_path / "params" / "company.yaml").touch()
    (tmp_path / "notebooks").mkdir()
    found = find_company("params/company.yaml", tmp_path / "notebooks")
    assert found == tmp_path / "params" / "company.yaml"
    with pytest.raises(ParamError, match="no such file here or in a folder above"):
        find_company("params/other.yaml", tmp_path)
