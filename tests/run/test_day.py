"""The day a run looks from: what fits each template, and what is refused."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.errors import ParamError
from salesgoals_kit.run.day import resolve_as_of
from salesgoals_kit.run.params import check_params

ACME = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}}


def day(template: str, as_of: str | None, *, today: date, last: date, period: str = "2026Q1", **company: Any) -> date:
    params = check_params(template, {"period": period, "as_of": as_of})
    ref: Any = SimpleNamespace(first_day=date(2023, 1, 2), last_day=last)
    return resolve_as_of(template, params, Company.model_validate({**ACME, **company}), ref, today)


def test_tracking_looks_from_within_its_period() -> None:
    here, last = date(2026, 2, 10), date(2026, 2, 9)
    assert day("tracking", None, today=here, last=last) == last
    assert day("tracking", None, today=here, last=date(2026, 2, 6)) == date(2026, 2, 6)
    assert day("tracking", "2026-01-01", today=here, last=last) == date(2026, 1, 1)
    late = date(2026, 6, 1)
    assert day("tracking", None, today=late, last=late) == date(2026, 3, 31)
    assert day("tracking", None, today=here, last=last, period="2026Q1", fiscal_year_starts=4) == date(2025, 6, 30)


@pytest.mark.parametrize(
    ("as_of", "last", "told"),
    [
        ("2025-12-31", date(2026, 2, 9), "set goals for it until then"),
        ("2026-04-01", date(2026, 4, 9), "see what came of it"),
        (None, date(2025, 12, 20), "the data reaches 2025-12-20"),
    ],
)
def test_before_and_after_its_period_tracking_is_refused(as_of: str | None, last: date, told: str) -> None:
    with pytest.raises(ParamError, match="tracking follows a period that runs") as refused:
        day("tracking", as_of, today=date(2026, 4, 20), last=last)
    (fault,) = refused.value.faults
    assert told in str(fault)
    assert "from 2026-01-01 to 2026-03-31" in str(fault)


def test_the_others_look_as_before() -> None:
    here = date(2026, 2, 10)
    assert day("goal_setting", None, today=here, last=here) == date(2025, 12, 31)
    assert day("review", None, today=here, last=here, period="2025Q4") == date(2026, 1, 5)
    with pytest.raises(ParamError, match="looks ahead"):
        day("goal_setting", "2026-01-01", today=here, last=here)
    with pytest.raises(ParamError, match="cannot be used"):
        day("tracking", "2022-01-01", today=here, last=here)
