"""Series made by hand: what each test needs of them stands in the test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import pytest

from salesgoals_kit.forecast import paths
from salesgoals_kit.forecast.series import Better, OverPeriod, ScaleKind, Series
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period


def forget() -> None:
    """Let the next forecast be made anew, whatever was drawn before."""
    paths._season.cache_clear()
    paths._kept.cache_clear()


@pytest.fixture(autouse=True)
def nothing_kept() -> None:
    """Tests put other parts in the place of some: what was drawn with them is nobody else's."""
    forget()


class MakeSeries(Protocol):
    def __call__(
        self,
        numerator: Sequence[float] | np.ndarray,
        denominator: Sequence[float] | np.ndarray | None = None,
        *,
        last: str = "2025-12",
        scale: ScaleKind = "positive",
        better: Better = "higher",
        over_period: OverPeriod = "sum",
        unit: str = "money",
        kpi: str = "revenue",
    ) -> Series: ...


@pytest.fixture(scope="session")
def make_series() -> MakeSeries:
    """A series of consecutive months that ends with ``last``, of team Central."""

    def made(
        numerator: Sequence[float] | np.ndarray,
        denominator: Sequence[float] | np.ndarray | None = None,
        *,
        last: str = "2025-12",
        scale: ScaleKind = "positive",
        better: Better = "higher",
        over_period: OverPeriod = "sum",
        unit: str = "money",
        kpi: str = "revenue",
    ) -> Series:
        end = parse_period(last).last
        top = np.asarray(numerator, dtype=np.float64)
        bottom = None if denominator is None else np.asarray(denominator, dtype=np.float64)
        months = np.arange(end - len(top) + 1, end + 1)
        return Series(kpi, Owner("Central"), months, top, bottom, scale, better, over_period, unit)

    return made


@pytest.fixture(scope="session")
def seasonal() -> np.ndarray:
    """48 months to December: growing 1 % a month, 30 % up in the middle of the year, 8 % noise."""
    month = np.arange(48)
    noise = np.random.default_rng(7).lognormal(0, 0.08, 48)
    return np.asarray(1e5 * 1.01**month * (1 - 0.3 * np.cos(2 * np.pi * month / 12)) * noise)
