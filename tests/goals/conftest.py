"""A company, outlooks with draws that are known, and sentences as they are read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message


@pytest.fixture
def make_company() -> Callable[..., Company]:
    def make(**given: Any) -> Company:
        basic = {
            "version": 1,
            "name": "Acme",
            "sources": {"deals": {"path": "d.csv"}},
            "objectives": [{"id": "grow", "kpi": "revenue"}],
        }
        return Company.model_validate({**basic, **given})

    return make


@pytest.fixture
def company(make_company: Callable[..., Company]) -> Company:
    return make_company()


@pytest.fixture
def make_outlook() -> Callable[..., Outlook]:
    """Give outlooks of team Central for the first quarter of 2026 with the draws that are handed in."""

    def make(draws: Any, kpi: str = "revenue", **given: Any) -> Outlook:
        basic: dict[str, Any] = {
            "kpi": kpi,
            "owner": Owner("Central"),
            "period": parse_period("2026Q1"),
            "better": CATALOGUE[kpi].better,
            "draws": np.asarray(draws, dtype="float64"),
            "counts": None,
            "method": "prophet",
            "step": None,
            "calibrated": False,
            "history_months": 48,
            "yearly_season": True,
            "notes": (),
            "unit": CATALOGUE[kpi].unit,
        }
        return Outlook(**{**basic, **given})

    return make


@pytest.fixture
def read(company: Company) -> Callable[[Message], str]:
    """Give a message as an English reader sees it, with plain spaces and hyphens, and none before a per cent sign."""
    texts = Texts.of(company)
    return lambda message: texts.text(message).replace("\u00a0%", "%").replace("\u00a0", " ").replace("\u2212", "-")
