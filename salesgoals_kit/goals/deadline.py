"""When a goal is due, and when its figure is final."""

from __future__ import annotations

from datetime import date, timedelta

from salesgoals_kit.company import Company
from salesgoals_kit.periods import Period

COHORTS = frozenset({"cycle_days"})  # followed from the day a deal is created, so for a while after the period's end
LAPSES = frozenset({"logo_churn", "clv"})  # counted from accounts lost


def deadline(kpi: str, period: Period, company: Company) -> date:
    """Return the day a goal is due: the period's end, and for a cohort's measure the horizon later.

    >>> from salesgoals_kit.periods import parse_period
    >>> acme = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}})
    >>> deadline("revenue", parse_period("2026Q1"), acme).isoformat()
    '2026-03-31'
    >>> deadline("cycle_days", parse_period("2026Q1"), acme).isoformat()  # 120 days later
    '2026-07-29'
    """
    followed = company.cycle.horizon_days if kpi in COHORTS else 0
    return period.end + timedelta(days=followed)


def final_on(kpi: str, period: Period, company: Company) -> date:
    """Return the first as_of at which the figure is final: the deadline and the days its figures take to settle.

    An account is lost only when its pause has passed, so what counts lost accounts settles no sooner than that.
    """
    pause = company.churn.pause_days + 1 if kpi in LAPSES else 0
    return deadline(kpi, period, company) + timedelta(days=max(company.settle_days, pause))
