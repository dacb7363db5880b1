"""How far off forecasts are: the three variances, found from errors, and paths that are as far off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from salesgoals_kit.forecast import spread
from salesgoals_kit.forecast.scale import Scale
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.forecast.spread import (
    PARTS,
    USUAL,
    USUAL_SIZE,
    Moments,
    Past,
    Spread,
    moments,
    rolling_origins,
    spread_of,
)

# length of a block, months from the origin to its first
BLOCKS = [*((1, ahead) for ahead in range(12)), (3, 0), (3, 3), (3, 6), (3, 9), (6, 0), (6, 6), (12, 0)]


def wider(months: int) -> float:
    """Return by how much variances are widened: a tenth, and for few months more (1.6 times with ten)."""
    return 1.1 + 5 / months


def part(length: int, ahead: int) -> list[float]:
    return [float(value) for value in PARTS[BLOCKS.index((length, ahead))]]


def test_what_a_unit_of_each_variance_adds_to_a_block_is_as_worked_by_hand() -> None:
    """The first quarter: the mean of three noises has variance 1/3; of a slope (1 + 2 + 3) / 3 = 2, squared 4.

    A walk's months i and j share min(i, j) steps: (1 + 1 + 1 + 1 + 2 + 2 + 1 + 2 + 3) / 9 = 14 / 9.
    A shift is the same in every block.
    """
    assert part(3, 0) == pytest.approx([1 / 3, 14 / 9, 4, 1])
    # the fourth month alone: one noise, four steps, four slopes
    assert part(1, 3) == pytest.approx([1, 4, 16, 1])
    # the second quarter has three steps more in each pair: 14 / 9 + 3; slopes (4 + 5 + 6) / 3 = 5
    assert part(3, 3) == pytest.approx([1 / 3, 14 / 9 + 3, 25, 1])
    # a year: the sum of min(i, j) over 12 by 12 is 12 * 13 * 25 / 6 = 650; (13 / 2)^2 = 42.25
    assert part(12, 0) == pytest.approx([1 / 12, 650 / 144, 42.25, 1])
    assert len(PARTS) == len(BLOCKS)


def plain_moments(errors: list[list[float]]) -> tuple[list[float], list[int]]:
    """Return the sums of squared means and how many, in plain Python."""
    squares, counts = [], []
    for length, ahead in BLOCKS:
        means = [sum(error[ahead : ahead + length]) / length for error in errors if len(error) >= ahead + length]
        known = [mean for mean in means if mean == mean]
        squares.append(sum(mean**2 for mean in known))
        counts.append(len(known))
    return squares, counts


def test_moments_are_what_a_plain_loop_makes_of_them() -> None:
    rng = np.random.default_rng(1)
    errors = [rng.normal(0, 1, months) for months in (1, 2, 3, 5, 6, 11, 12, 12)]
    errors[5][4] = np.nan
    found = moments(errors)
    squares, counts = plain_moments([error.tolist() for error in errors])
    np.testing.assert_allclose(found.squares, squares)
    assert found.counts.tolist() == counts


def test_a_block_with_an_unknown_month_is_left_out() -> None:
    """Months 1, nan, 3: two single months, no quarter; the sum of squares is of those known."""
    found = moments([np.array([1.0, np.nan, 3.0])])
    assert found.counts[:4].tolist() == [1, 0, 1, 0]
    assert found.squares[:4].tolist() == [1, 0, 9, 0]
    assert found.counts[BLOCKS.index((3, 0))] == 0


def test_the_size_is_a_months_mean_square_seen_in_the_usual_shape() -> None:
    """A first month's error has 0.63 of noise, 0.16 of level, 0.05 of shift: 0.84 of the size. 0.1: 0.01 / 0.84."""
    assert moments([np.array([0.1])]).size == pytest.approx(0.01 / 0.84)
    # a second month has 0.63 + 2 * 0.16 + 0.05 = 1; of errors 0.1 and 0.3 the mean of 0.01 / 0.84 and 0.09
    assert moments([np.array([0.1, 0.3])]).size == pytest.approx((0.01 / 0.84 + 0.09) / 2)
    assert moments([]).size is None
    assert moments([np.array([np.nan])]).size is None


def errors_of(noise: float, level: float, slope: float, shift: float = 0, paths: int = 4000) -> list[np.ndarray]:
    """Return error paths of a year with these variances, drawn plainly."""
    rng = np.random.default_rng(7)
    walk = np.cumsum(rng.normal(0, np.sqrt(level), (paths, 12)), axis=1)
    tilt = rng.normal(0, np.sqrt(slope), (paths, 1)) * np.arange(1, 13)
    at_once = rng.normal(0, np.sqrt(shift), (paths, 1))
    return list(walk + tilt + at_once + rng.normal(0, np.sqrt(noise), (paths, 12)))


@pytest.mark.parametrize(
    "planted",
    [(0.04, 0, 0, 0), (0, 0.01, 0, 0), (0, 0, 0.001, 0), (0, 0, 0, 0.04), (0.02, 0.005, 0, 0), (0.02, 0, 0.0005, 0.02)],
    ids=["noise", "walk", "slope", "shift", "noise and walk", "noise, slope and shift"],
)
def test_planted_variances_are_found_and_widened(planted: tuple[float, float, float, float]) -> None:
    """From 4 000 paths a variance is known to about (2 / 4000)^(1/2) = 2 %; the usual shape counts like two more."""
    found = spread_of(moments(errors_of(*planted)), 60)
    np.testing.assert_allclose(
        [found.noise, found.level, found.slope, found.shift],
        np.array(planted) * wider(60),
        rtol=0.12,
        atol=0.05 * max(planted),
    )


@pytest.mark.parametrize("memory", [0.5, 0.7, 0.9])
def test_errors_that_fade_slowly_are_drawn_as_wide_in_the_first_quarter(memory: float) -> None:
    """Errors that are there at once and fade (autoregressive) are neither noise nor walk; drawn within a fifth."""
    rng = np.random.default_rng(9)
    errors = rng.normal(0, 0.1, (4000, 12))
    for month in range(1, 12):
        errors[:, month] = memory * errors[:, month - 1] + (1 - memory**2) ** 0.5 * errors[:, month]
    drawn = spread_of(moments(list(errors)), 60).draw(100_000, 12, np.random.default_rng(1))
    for months in (3, 12):
        ratio = drawn[:, :months].mean(axis=1).std() / errors[:, :months].mean(axis=1).std()
        assert 0.85 < ratio / wider(60) ** 0.5 < 1.2


def test_a_path_is_as_far_off_in_months_quarters_and_years_as_the_errors_have_been() -> None:
    """Of errors that consist of a noise and a walk; what is drawn is widened by 1.1 + 5 / 60 in its variance."""
    errors = errors_of(0.02, 0.005, 0)
    drawn = spread_of(moments(errors), 60).draw(100_000, 12, np.random.default_rng(1))
    for first, last in ((0, 1), (11, 12), (0, 3), (9, 12), (0, 6), (0, 12)):
        wanted = float(np.std([error[first:last].mean() for error in errors]))
        assert drawn[:, first:last].mean(axis=1).std() == pytest.approx(wanted * wider(60) ** 0.5, rel=0.06)


def test_without_an_origin_the_usual_size_is_taken() -> None:
    """Under a year the size is 0.2; of its square 0.63 are noise and 0.16 the level's step, 6.1 times as wide."""
    found = spread_of(moments([]), 1)
    size = USUAL_SIZE**2
    assert (found.noise, found.level, found.slope) == pytest.approx((6.1 * 0.63 * size, 6.1 * 0.16 * size, 0), abs=1e-9)
    assert spread_of(moments([]), 1, prior=0.09).noise == pytest.approx(6.1 * 0.63 * 0.09)


def usual_moments(size: float, origins: int) -> Moments:
    """Return the moments of errors of just this size in just the usual shape."""
    counts = np.full(len(PARTS), float(origins))
    return Moments(PARTS @ USUAL * size * counts, counts)


def of_a_quarter(found: Spread) -> float:
    """Return the variance of the mean error of the first quarter: 1/3, 14/9 and 4 of the three."""
    return found.noise / 3 + found.level * 14 / 9 + found.slope * 4


@pytest.mark.parametrize(
    ("months", "size"),
    [
        (6, (5 * 0.01 + 2.5 * 0.07) / 7.5),  # two and a half years to three: so many origins' weight
        (12, (5 * 0.01 + 2 * 0.07) / 7),
        (24, (5 * 0.01 + 1 * 0.07) / 6),
        (30, (5 * 0.01 + 0.5 * 0.07) / 5.5),
        (36, 0.01),
        (60, 0.01),
    ],
)
def test_the_size_of_a_short_history_is_drawn_to_the_others(
    monkeypatch: pytest.MonkeyPatch, months: int, size: float
) -> None:
    """Its own is 0.01 from five origins, that of the others 0.07. Of the shape all is given to the usual one here."""
    monkeypatch.setattr(spread, "USUAL_WEIGHT", 1e12)
    found = spread_of(usual_moments(0.01, 5), months, prior=0.07)
    assert found.noise == pytest.approx(wider(months) * 0.63 * size, rel=1e-6)
    assert found.level == pytest.approx(wider(months) * 0.16 * size, rel=1e-6)


@pytest.mark.parametrize(("months", "weight", "supposed"), [(6, 2.5, 0.2**2), (11, 25 / 12, 0.2**2), (12, 2, 0.01)])
def test_without_others_a_history_under_a_year_is_drawn_to_the_usual_size(
    monkeypatch: pytest.MonkeyPatch, months: int, weight: float, supposed: float
) -> None:
    """The usual size is a spread of 0.2; from a year on the size is the own."""
    monkeypatch.setattr(spread, "USUAL_WEIGHT", 1e12)
    found = spread_of(usual_moments(0.01, 5), months)
    assert found.noise == pytest.approx(wider(months) * 0.63 * (5 * 0.01 + weight * supposed) / (5 + weight), rel=1e-6)


def test_the_shape_is_drawn_to_the_usual_one_by_so_many_independent_origins() -> None:
    """Errors of a pure walk with a step of 0.01; the fewer there are, the more noise is supposed, and less walk."""
    walks = [errors_of(0, 0.01, 0, 0, paths) for paths in (3, 30, 3000)]
    shares = [found.noise / found.level for found in (spread_of(moments(errors), 60) for errors in walks)]
    assert shares[0] > shares[1] > shares[2]
    assert shares[0] < 0.63 / 0.16


def test_errors_of_the_usual_shape_keep_their_size_and_shape_exactly() -> None:
    for size in (1e-4, 0.01, 1.0):
        found = spread_of(usual_moments(size, 20), 48)
        assert (found.noise, found.level, found.slope, found.shift) == pytest.approx(
            tuple(wider(48) * share * size for share in (0.63, 0.16, 0, 0.05)), abs=1e-6 * size
        )


def test_few_months_are_widened_by_five_over_their_number() -> None:
    """1.1 + 5 / 10 = 1.6 and 1.1 + 5 / 50 = 1.2: with the same errors and the same size 4 / 3 times as wide."""
    ten, fifty = (spread_of(usual_moments(0.01, 5), months, prior=0.01) for months in (10, 50))
    assert ten.noise == pytest.approx(1.6 * 0.0063)
    assert fifty.noise == pytest.approx(1.2 * 0.0063)
    assert ten.level / fifty.level == pytest.approx(4 / 3)


def test_a_known_part_of_the_noise_is_taken_off_the_moments_down_to_a_tenth() -> None:
    """Two paths: months 0.3 and 0.1, squares 0.09 and 0.01, mean 0.2. Known is a noise of 0.02 a month.

    The first month's sum of 0.18 less 2 * 0.02 is 0.14; the second's 0.02 less 0.04 is below a tenth of it, 0.002.
    """
    found = moments([np.array([0.3, 0.1])] * 2).without(0.02)
    assert found.squares[:3].tolist() == pytest.approx([0.14, 0.002, 0])
    assert found.counts[:3].tolist() == [2, 2, 0]
    quarter = moments([np.full(3, 0.5)]).without(0.03).squares[BLOCKS.index((3, 0))]
    assert quarter == pytest.approx(0.25 - 0.03 / 3)  # the mean of three noises has a third of the variance


def test_wider_others_make_a_short_history_wider() -> None:
    own = usual_moments(0.01, 3)
    quarters = [of_a_quarter(spread_of(own, 6, prior)) for prior in (0.005, 0.01, 0.04, 0.2)]
    assert quarters == sorted(quarters)
    assert quarters[-1] > 2 * quarters[1]


def test_what_was_never_off_is_drawn_without_a_range() -> None:
    never = Moments(np.zeros(len(PARTS)), np.full(len(PARTS), 9.0))
    assert spread_of(never, 48) == Spread(0.0, 0.0, 0.0, 0.0)
    assert not Spread(0.0, 0.0, 0.0, 0.0).draw(10, 3, np.random.default_rng(0)).any()


def test_no_variance_is_ever_below_nothing() -> None:
    rng = np.random.default_rng(5)
    for months in (4, 9, 13, 20, 40):
        errors = [rng.standard_t(3, min(12, n + 1)) for n in range(months)]
        found = spread_of(moments(errors), months)
        assert min(found.noise, found.level, found.slope, found.shift) >= 0


def test_draws_come_in_pairs_of_opposite_sign() -> None:
    drawn = Spread(0.04, 0.01, 0.001, 0).draw(1000, 3, np.random.default_rng(1))
    np.testing.assert_array_equal(drawn[:500], -drawn[500:])
    assert np.median(drawn[:, 0]) == pytest.approx(0, abs=1e-3)
    assert Spread(0.04, 0.01, 0, 0).draw(7, 3, np.random.default_rng(1)).shape == (7, 3)


@pytest.mark.parametrize("found", [Spread(0.04, 0, 0, 0), Spread(0, 0.01, 0, 0), Spread(0.02, 0.01, 0.0005, 0.02)])
def test_draws_spread_as_their_variances_say(found: Spread) -> None:
    """Student's t is scaled to a variance of 1. With five degrees of freedom the kurtosis is 9.

    A variance of 200 000 pairs is known to (8 / 200000)^(1/2) = 0.6 %.
    """
    drawn = found.draw(400_000, 12, np.random.default_rng(3))
    variances = [found.noise, found.level, found.slope, found.shift]
    assert drawn[:, 0].var() == pytest.approx(float(PARTS[0] @ variances), rel=0.03)
    assert drawn[:, 11].var() == pytest.approx(float(PARTS[11] @ variances), rel=0.03)
    assert drawn.mean(axis=1).var() == pytest.approx(float(PARTS[-1] @ variances), rel=0.03)
    assert drawn[:, :3].mean(axis=1).var() == pytest.approx(float(PARTS[12] @ variances), rel=0.03)


def test_draws_have_the_tails_of_students_t() -> None:
    """Of t with 5 degrees of freedom, scaled by (3 / 5)^(1/2), 10 % are below -1.476 * 0.775 = -1.143; 1 % -2.606."""
    drawn = Spread(1.0, 0, 0, 0).draw(400_000, 1, np.random.default_rng(4))
    assert np.quantile(drawn, 0.1) == pytest.approx(-1.143, rel=0.02)
    assert np.quantile(drawn, 0.01) == pytest.approx(-2.606, rel=0.03)


def logs(months: int) -> Signal:
    rng = np.random.default_rng(8)
    return Signal(600, 0.2 * np.sin(np.arange(months) * np.pi / 6) + rng.normal(0, 0.1, months), Scale("positive"))


@pytest.mark.parametrize(
    ("months", "first", "last"), [(3, 3, 2), (4, 3, 3), (10, 3, 9), (23, 3, 22), (24, 12, 23), (80, 32, 79)]
)
def test_origins_are_all_months_of_four_years_from_which_one_has_come(months: int, first: int, last: int) -> None:
    """From a quarter on, from a year on where there are two; the last month has nothing after it."""
    assert rolling_origins(logs(months)).origins == tuple(range(last, first - 1, -1))


def test_an_error_is_what_came_less_what_was_forecast() -> None:
    z = np.array([5.0, 6, 7, 9, np.nan])
    past = Past(Signal(600, z), (4, 2), (np.array([1.0, 2, 3]), np.array([6.0, 6, 6])))
    # from month 4 on one month has come, unknown; from month 2 on three: 7 - 6, 9 - 6, unknown
    first, second = past.errors()
    np.testing.assert_array_equal(first, [np.nan])
    np.testing.assert_array_equal(second, [1, 3, np.nan])


def test_the_latest_errors_are_as_short_as_what_has_come() -> None:
    errors = rolling_origins(logs(30)).errors()
    assert [len(error) for error in errors] == [*range(1, 12), *[12] * 7]


def test_errors_at_origins_do_not_depend_on_where_the_size_comes_from() -> None:
    """Twice the logarithms: errors twice as large, variances four times."""
    signal = logs(40)
    small, large = (
        spread_of(moments(rolling_origins(replace(signal, z=size * signal.z)).errors()), 40) for size in (1, 2)
    )
    assert (large.noise, large.level) == pytest.approx((4 * small.noise, 4 * small.level), rel=0.1, abs=1e-5)
