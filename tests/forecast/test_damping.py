"""One huge deal, a team that was halved: what the fit takes out, what it leaves, and what the outlook says of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from salesgoals_kit.forecast import paths as paths_room
from salesgoals_kit.forecast.backtest import backtest
from salesgoals_kit.forecast.damping import Damped, damped
from salesgoals_kit.forecast.model import fit_outlook
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.paths import value_signal
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.forecast.why import month_in_words, why
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import Change, Message, Money
from tests.forecast.conftest import MakeSeries, forget

Q1 = parse_period("2026Q1")


def history(seed: int, months: int, *, noise: float = 0.1, season: float = 0.2, growth: float = 0.0) -> np.ndarray:
    """Return months around 100 000, a fifth more or less by the season, with noise."""
    month = np.arange(months)
    error = np.random.default_rng(seed).normal(0, noise, months)
    return np.asarray(1e5 * np.exp(growth * month + season * np.sin(month * np.pi / 6) + error))


def found_in(series: Series) -> Damped:
    return damped(value_signal(series))


def note(outlook: Outlook, name: str) -> Message:
    return next(note for note in outlook.notes if note.id == f"forecast.{name}")


def width(outlook: Outlook) -> float:
    return outlook.quantile(0.9) - outlook.quantile(0.1)


def with_huge(values: np.ndarray, *places: int, times: float = 8.0) -> np.ndarray:
    """Return the months with those at these places so many times as large."""
    changed = values.copy()
    changed[list(places)] *= times
    return changed


@pytest.mark.parametrize("seed", range(3))
def test_a_huge_deal_is_found_drawn_in_and_named(make_series: MakeSeries, seed: int) -> None:
    """Eight times the month that would have been; the 41st month of five years to December 2025 is May 2024."""
    series = make_series(with_huge(history(seed, 60), 40))
    found = found_in(series)
    assert found.huge == (40,)
    assert found.changed_at is None
    drawn_in = float(np.exp(found.signal.z[40] - value_signal(make_series(history(seed, 60))).z[40]))
    assert drawn_in < 8 / 2
    others = np.delete(np.arange(60), 40)
    np.testing.assert_allclose(found.signal.z[others], value_signal(series).z[others], atol=1e-12)
    assert note(fit_outlook(series, Q1), "huge_months").values["months"] == (
        month_in_words(parse_period("2024-05").first),
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_huge_deal_hardly_moves_the_outlook(
    make_series: MakeSeries, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The middle by less than a tenth. Taken as it is the deal would make the range three times as wide."""
    plain = fit_outlook(make_series(history(seed, 60)), Q1)
    series = make_series(with_huge(history(seed, 60), 40))
    outlook = fit_outlook(series, Q1)
    assert outlook.quantile(0.5) == pytest.approx(plain.quantile(0.5), rel=0.08)
    assert width(outlook) < 1.5 * width(plain)
    monkeypatch.setattr(paths_room, "damped", lambda signal: Damped(signal, ()))
    forget()
    assert width(fit_outlook(series, Q1)) > 2 * width(outlook)


def test_the_figures_keep_the_huge_deal(make_series: MakeSeries) -> None:
    """The last twelve months are named with it, and the forecasts of the past are held to it."""
    values = with_huge(history(1, 48), 43)
    series = make_series(values)
    outlook = fit_outlook(series, Q1)
    said = {message.id: message for message in why(outlook, series)}
    assert said["forecast.level_flow"].values["value"] == Money(float(values[-12:].mean()))
    frame = backtest(series, Q1).frame
    # the 44th month of four years is August 2025
    assert frame["actual"].max() == pytest.approx(values[42:45].sum())
    assert found_in(series).huge == (43,)


def test_a_month_of_almost_nothing_is_exceptional_too(make_series: MakeSeries) -> None:
    found = found_in(make_series(with_huge(history(1, 48), 30, times=0.1)))
    assert found.huge == (30,)
    assert found.signal.z[30] > value_signal(make_series(with_huge(history(1, 48), 30, times=0.1))).z[30]


def test_two_huge_months_in_a_row_are_not_single_ones(make_series: MakeSeries) -> None:
    found = found_in(make_series(with_huge(history(1, 48), 30, 31)))
    assert found.huge == ()


def test_two_huge_months_apart_are_both_named_also_at_the_ends(make_series: MakeSeries) -> None:
    assert found_in(make_series(with_huge(history(1, 48), 20, 30))).huge == (20, 30)
    assert found_in(make_series(with_huge(history(1, 48, season=0), 0, 47))).huge == (0, 47)


def test_a_month_twice_as_good_as_its_neighbours_is_the_least_that_is_exceptional(make_series: MakeSeries) -> None:
    """However calm the others are: by 1.9 times it is none."""
    calm = history(2, 30, noise=0.005, season=0)
    assert found_in(make_series(with_huge(calm, 9, times=1.9))).huge == ()
    assert found_in(make_series(with_huge(calm, 9, times=2.2))).huge == (9,)


@pytest.mark.parametrize("months", [14, 20, 23])
def test_under_two_years_only_what_no_season_explains_is_exceptional(make_series: MakeSeries, months: int) -> None:
    """A December may bring four times a month, and come again; eight times is a deal."""
    calm = history(2, months, noise=0.05, season=0)
    assert found_in(make_series(with_huge(calm, 11, times=4))).huge == ()
    assert found_in(make_series(with_huge(calm, 11, times=8))).huge == (11,)


def test_with_one_strong_december_the_next_is_expected_above_an_ordinary_month(make_series: MakeSeries) -> None:
    """Three times the others, in December 2024 of 20 months to August 2025; nobody knows yet whether it is a season."""
    values = history(1, 20, noise=0.05, season=0)
    values[11] *= 3
    outlook = fit_outlook(make_series(values, last="2025-08"), parse_period("2025-12"))
    assert outlook.quantile(0.5) > 1.3 * float(np.median(values))
    assert outlook.quantile(0.9) > 2 * float(np.median(values))


@pytest.mark.parametrize("months", [24, 29, 36])
def test_a_huge_month_is_found_where_the_same_month_of_another_year_is_unknown(
    make_series: MakeSeries, months: int
) -> None:
    """Ten times the month; a year before there is no figure, so that no season tells."""
    for seed in range(10):
        values = with_huge(history(seed, months, noise=0.08, season=0), months - 5, times=10)
        values[months - 17] = np.nan
        assert found_in(make_series(values)).huge == (months - 5,)


def test_what_comes_more_often_than_once_in_two_years_is_usual(make_series: MakeSeries) -> None:
    """Three months with nothing of 40 are part of the business; one is an exception."""
    values = history(5, 40, noise=0.06)
    values[[7, 18, 31]] = 0
    assert found_in(make_series(values)).huge == ()
    values = history(5, 40, noise=0.06)
    values[18] = 0
    assert found_in(make_series(values)).huge == (18,)


def test_quarters_of_a_business_with_months_of_nothing_are_as_low_as_foreseen(make_series: MakeSeries) -> None:
    """One month in 13 has nothing: of 40 next quarters about 4 are below the 10 % point, not a third."""
    below = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        values = history(seed, 43, noise=0.06) * (rng.random(43) >= 1 / 13)
        below += fit_outlook(make_series(values[:40]), Q1).quantile(0.1) > values[40:].sum()
    assert below <= 8


def test_three_times_a_month_may_be_the_season_where_the_same_month_was_never_seen_before(
    make_series: MakeSeries,
) -> None:
    """Two years with a December of three; the December before is unknown."""
    for seed in range(10):
        values = with_huge(history(seed, 24, noise=0.08, season=0), 23, times=3)
        values[11] = np.nan
        assert found_in(make_series(values)).huge == ()


def test_under_two_years_a_small_credit_note_does_not_take_the_december_away(make_series: MakeSeries) -> None:
    """16 months with a December of three times the others and one of -100: it is the December that was, not a deal."""
    values = history(3, 16, noise=0.05, season=0)
    values[[3, 5]] *= (3.0, -0.001)
    assert 3 not in found_in(make_series(values)).huge


@pytest.mark.parametrize("times", [300, 1e3, 1e4])
def test_a_month_in_the_wrong_unit_is_found_however_large(make_series: MakeSeries, times: float) -> None:
    """Pence for pounds, and worse: named, and the outlook is as without it; so with a credit note of that size."""
    plain = fit_outlook(make_series(history(4, 36)), Q1)
    for sign in (1, -1):
        series = make_series(with_huge(history(4, 36), 20, times=sign * times))
        assert found_in(series).huge == (20,)
        outlook = fit_outlook(series, Q1)
        assert outlook.quantile(0.5) == pytest.approx(plain.quantile(0.5), rel=0.1)
        assert width(outlook) < 3 * width(plain)


@pytest.mark.parametrize("months", [24, 27, 36, 48])
def test_what_comes_back_every_year_is_no_exception(make_series: MakeSeries, months: int) -> None:
    for seed in range(20):
        values = history(seed, months, season=0)
        values[11::12] *= 4
        assert found_in(make_series(values)).huge == ()


@pytest.mark.parametrize("months", [30, 48, 96])
def test_a_huge_deal_leaves_the_season_as_it_is(make_series: MakeSeries, months: int) -> None:
    """Eight times too large it is left at no more than the thresholds say, 2.5 spreads: about 1.3 times with 0.1."""
    for seed in range(10):
        plain = history(seed, months)
        found = found_in(make_series(with_huge(plain, months // 2)))
        assert found.huge == (months // 2,)
        assert float(np.exp(found.signal.z[months // 2] - value_signal(make_series(plain)).z[months // 2])) < 1.7


def test_one_huge_credit_note_does_not_widen_the_outlook(make_series: MakeSeries) -> None:
    """-900 000 among months of 100 000: named, drawn in; the range stays what it is with an ordinary month there."""
    plain, values = history(4, 36), history(4, 36)
    values[20] = -9e5
    series = make_series(values)
    assert found_in(series).huge == (20,)
    outlook = fit_outlook(series, Q1)
    assert note(outlook, "huge_months").values["months"] == (month_in_words(parse_period("2024-09").first),)
    assert width(outlook) < 2 * width(fit_outlook(make_series(plain), Q1))
    assert outlook.quantile(0.5) == pytest.approx(fit_outlook(make_series(plain), Q1).quantile(0.5), rel=0.1)
    assert outlook.quantile(0.1) > 0


def test_where_months_differ_much_anyway_the_same_month_is_not_exceptional(make_series: MakeSeries) -> None:
    """Six robust spreads: with a noise of 0.5 they are about 3, and eight times is 2.1."""
    values = history(3, 48, noise=0.5)
    values[30] = 8e5
    assert found_in(make_series(values)).huge == ()


@pytest.mark.parametrize("ago", [4, 9, 12, 18, 24])
@pytest.mark.parametrize("seed", range(2))
def test_a_halved_team_is_forecast_by_its_new_level(make_series: MakeSeries, seed: int, ago: int) -> None:
    """Half of what the whole team would have brought; the fall is told with its month, as 40 to 53 %."""
    whole = history(seed, 48, noise=0.03)
    halved = np.where(np.arange(48) >= 48 - ago, whole / 2, whole)
    outlook = fit_outlook(make_series(halved), Q1)
    told = note(outlook, "level_changed").values
    assert told["month"] == month_in_words(parse_period("2025-12").last - ago + 1)
    change = told["change"]
    assert isinstance(change, Change)
    assert -0.53 < change.value < -0.4
    assert outlook.quantile(0.5) == pytest.approx(fit_outlook(make_series(whole), Q1).quantile(0.5) / 2, rel=0.08)


@pytest.mark.parametrize("months", [30, 48, 96])
@pytest.mark.parametrize("ago", [4, 6, 9, 12])
def test_a_halved_team_is_found_among_usual_noise(make_series: MakeSeries, months: int, ago: int) -> None:
    """Month and fall are found in eight of ten series, at a noise of 8 %."""
    found = 0
    for seed in range(20):
        whole = history(seed, months, noise=0.08)
        halved = make_series(np.where(np.arange(months) >= months - ago, whole / 2, whole))
        found += found_in(halved).changed_at == months - ago
    assert found >= 16


def test_the_months_before_are_moved_to_the_new_level(make_series: MakeSeries) -> None:
    whole = history(0, 48, noise=0.03, season=0)
    series = make_series(np.where(np.arange(48) >= 40, whole / 2, whole))
    found = found_in(series)
    assert found.changed_at == 40
    assert found.change == pytest.approx(np.log(0.5), abs=0.1)
    np.testing.assert_allclose(found.signal.z[:40] - value_signal(series).z[:40], np.full(40, found.change), atol=1e-12)
    np.testing.assert_allclose(found.signal.z[40:], value_signal(series).z[40:], atol=1e-12)


def test_a_doubled_team_is_found_as_well(make_series: MakeSeries) -> None:
    values = history(0, 48, noise=0.03, season=0)
    values[40:] *= 2
    found = found_in(make_series(values))
    assert found.changed_at == 40
    assert found.change == pytest.approx(np.log(2), abs=0.1)


def test_two_months_are_no_level(make_series: MakeSeries) -> None:
    values = history(0, 30, noise=0.03, season=0)
    values[-2:] /= 2
    assert found_in(make_series(values)).changed_at is None


def test_a_change_by_a_quarter_is_none(make_series: MakeSeries) -> None:
    values = history(0, 30, noise=0.01, season=0)
    values[20:] *= 1.25
    assert found_in(make_series(values)).changed_at is None


def december(seed: int) -> np.ndarray:
    values = history(seed, 48, season=0)
    values[11::12] *= 3
    return values


STEADY: dict[str, Callable[[int], np.ndarray]] = {
    "a strong season": lambda seed: history(seed, 48, season=1.0),
    "a strong December": december,
    "two years of a strong season": lambda seed: history(seed, 24, season=0.8),
    "a year and a half of a strong season": lambda seed: history(seed, 18, season=0.6, noise=0.05),
    "growing 3 % a month": lambda seed: history(seed, 48, growth=0.03),
    "growing 10 % a month": lambda seed: history(seed, 30, growth=0.1, season=0),
    "shrinking 5 % a month": lambda seed: history(seed, 36, growth=-0.05),
    "a year of growth": lambda seed: history(seed, 12, growth=0.05, season=0, noise=0.05),
    "noise": lambda seed: history(seed, 48, season=0, noise=0.2),
}


@pytest.mark.parametrize("kind", STEADY)
def test_seasons_growth_and_noise_are_not_called_changes(make_series: MakeSeries, kind: str) -> None:
    """Of 40 series of a kind none, or for once one, has what looks like a step, or an exception."""
    found = [found_in(make_series(STEADY[kind](seed))) for seed in range(40)]
    assert sum(one.changed_at is not None for one in found) <= 1
    assert sum(one.huge != () for one in found) <= 1


def test_a_level_that_wanders_is_seldom_called_a_change(make_series: MakeSeries) -> None:
    def wandering(seed: int) -> np.ndarray:
        return np.asarray(1e5 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 0.15, 48))))

    called = sum(found_in(make_series(wandering(seed))).changed_at is not None for seed in range(60))
    assert called <= 2


def test_under_nine_months_nothing_is_taken_out(make_series: MakeSeries) -> None:
    values = with_huge(history(0, 9, noise=0.02, season=0), 4)
    eight, nine = value_signal(make_series(values[:8])), value_signal(make_series(values))
    assert damped(eight).signal is eight
    assert damped(eight).huge == ()
    assert damped(nine).huge == (4,)


def test_rates_and_what_is_still_are_left_alone(make_series: MakeSeries) -> None:
    share = np.full(30, 0.2)
    share[20] = 0.9
    for series in (
        make_series(share, scale="rate", over_period="recompute", unit="rate"),
        make_series(np.full(30, 5.0)),
    ):
        signal = value_signal(series)
        assert damped(signal).signal is signal


def test_an_unknown_month_stays_unknown(make_series: MakeSeries) -> None:
    values = with_huge(history(1, 48), 30)
    values[[10, 29]] = np.nan
    found = found_in(make_series(values))
    assert found.huge == (30,)
    assert np.flatnonzero(~found.signal.known).tolist() == [10, 29]
