"""What part of a month is still to come."""

from __future__ import annotations

from salesgoals_kit.forecast.moving import working_days
from salesgoals_kit.periods import day_of, month_end, month_start


def part_left(cut: int, month: int, country: str | None) -> float:
    """Return what part of a month's working days comes after day ``cut``; of one without any, nothing."""
    whole = working_days(country, month_start(month), month_end(month))
    left = working_days(country, max(day_of(cut + 1), month_start(month)), month_end(month))
    return left / whole if whole else 0.0
