"""What Prophet's season adds to the kit's point forecast, and its moving holidays: with and without, side by side.

    python tests/benchmarks/season.py [--sample N]

M3's monthly series with their last 18 training months held back (its test months are not looked at), and simulated
series of a Polish shop that loses 4 % of a month's sales with each working day that a moving holiday takes. sMAPE over
18 months and the error in the months that a moving holiday moves, in per cent; MASE as in `measures`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

import numpy as np

from salesgoals_kit.forecast.combination import point_forecast
from salesgoals_kit.forecast.moving import moving_days
from salesgoals_kit.forecast.scale import scale_of
from salesgoals_kit.forecast.season import NO_SEASON, Season, fit_season
from salesgoals_kit.forecast.signals import Signal
from tests.benchmarks.measures import Array, seasonal_error, smape
from tests.benchmarks.series_data import FIRST_TEST, HORIZON, MonthlySeries, m3, spread

COUNTRY = "PL"
LOST = 0.04  # of a month's sales, with a working day
SHOPS = 60


def held_back() -> list[MonthlySeries]:
    """Return M3's series with the last 18 training months as the test; those that leave four years."""
    return [
        MonthlySeries(one.name, one.first, one.train[:-HORIZON], one.train[-HORIZON:])
        for one in m3()
        if len(one.train) >= 48 + HORIZON
    ]


def shops() -> list[MonthlySeries]:
    """Return simulated series of 60 months and 18 more: growth, season, 3 % noise and moving holidays."""
    found = []
    for number in range(SHOPS):
        rng = np.random.default_rng([1583, number])
        months = FIRST_TEST + np.arange(60 + HORIZON) + 12 * int(rng.integers(0, 18))
        usual = rng.normal(0, 0.15, 12)[months % 12] + 0.003 * np.arange(len(months)) + rng.normal(0, 0.03, len(months))
        values = 1e5 * np.exp(usual) * (1 - LOST * moving_days(COUNTRY, months))
        found.append(MonthlySeries(f"shop {number}", int(months[0]), values[:60], values[60:]))
    return found


def forecast(one: MonthlySeries, season: Season) -> Array:
    """Return the kit's point forecast of a series by a season."""
    scale = scale_of(one.train, "positive")
    signal = Signal(one.first, scale.forward(one.train), scale)
    return scale.back(point_forecast(signal, season, HORIZON))


def compare(name: str, series: Sequence[MonthlySeries]) -> None:
    """Print the errors without a season, with Prophet's, and with its moving holidays."""
    print(f"{name}: {len(series)} series\n{'':28}   sMAPE    MASE   moved months, sMAPE")
    for label, country, fitted in (
        ("without a season", None, False),
        ("Prophet's season", None, True),
        (f"and moving holidays ({COUNTRY})", COUNTRY, True),
    ):
        rows = []
        for one in series:
            scale = scale_of(one.train, "positive")
            signal = Signal(one.first, scale.forward(one.train), scale)
            path = forecast(one, fit_season(signal, country=country) if fitted else NO_SEASON)
            moved = np.abs(moving_days(COUNTRY, one.end + np.arange(HORIZON))) > 0.5
            error = seasonal_error(one.train)
            mase = float(np.mean(np.abs(one.test - path))) / error if error else np.nan
            rows.append((smape(one.test, path), mase, smape(one.test[moved], path[moved]) if moved.any() else np.nan))
        means = [
            np.mean(known) if (known := column[np.isfinite(column)]).size else np.nan for column in np.array(rows).T
        ]
        print(f"{label:28} {' '.join(f'{value:7.3f}' for value in means)}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run both comparisons."""
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--sample", type=int, help="so many of M3's series, evenly spread")
    chosen = parser.parse_args(arguments)
    compare("M3, the last 18 training months held back", spread(held_back(), chosen.sample))
    compare("simulated shops with moving holidays", shops())


if __name__ == "__main__":
    main()
