"""Owners that belong together: parts add up to the whole path by path, keep their chances, and lend to the young."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.errors import ForecastError
from salesgoals_kit.forecast import kin as kin_module
from salesgoals_kit.forecast import paths as paths_room
from salesgoals_kit.forecast import spread as spread_room
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.damping import Damped, damped
from salesgoals_kit.forecast.kin import Kin, adds_up, borrowed, is_shared, joint_paths, needs_kin, share_out
from salesgoals_kit.forecast.model import fit_outlook, fit_parts
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.paths import Drawing, draw_paths, value_signal
from salesgoals_kit.forecast.season import NO_SEASON, Season, fit_season
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.forecast.signals import Signal
from salesgoals_kit.forecast.spread import moments, rolling_origins
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import Count, say
from tests.forecast.conftest import MakeSeries, forget

Q1 = parse_period("2026Q1")
LEVELS = (0.1, 0.2, 0.5, 0.8, 0.9)


def months(seed: int, many: int, *, size: float = 1e5, noise: float = 0.1, season: float = 0.0) -> np.ndarray:
    error = np.random.default_rng(seed).normal(0, noise, many)
    return np.asarray(size * np.exp(season * np.sin(np.arange(many) * np.pi / 6) + error))


def kin_of(parts: Sequence[Series], whole: Series | None = None) -> Kin:
    """Return teams A, B, … of a company whose months are theirs added up, unless told otherwise."""
    named = tuple(replace(part, owner=Owner("ABCDEFGH"[at])) for at, part in enumerate(parts))
    if whole is None:
        longest = max(parts, key=lambda part: len(part.months))
        total = np.zeros(len(longest.months))
        for part in parts:
            total[-len(part.months) :] += part.numerator
        whole = replace(longest, numerator=total)
    return Kin(replace(whole, owner=COMPANY), named)


def added_up(outlooks: dict[Owner, Outlook]) -> np.ndarray:
    return np.asarray(np.sum([outlook.draws for outlook in outlooks.values()], axis=0))


def ids(outlook: Outlook) -> set[str]:
    return {note.id.removeprefix("forecast.") for note in outlook.notes}


# sharing out


def test_each_path_of_the_whole_is_shared_out_as_in_one_of_the_parts_paths_the_best_with_the_best() -> None:
    """Parts drew 3 and 5, then 1 and 1: their better path is the first (8), of the whole the second (20).

    So 20 is shared out as 3 to 5: 7.5 and 12.5; and 10 as 1 to 1: 5 and 5.
    """
    parts = np.array([[[3.0], [1.0]], [[5.0], [1.0]]])
    shared = share_out(np.array([[10.0], [20.0]]), parts)
    assert shared.tolist() == [[[5.0], [7.5]], [[5.0], [12.5]]]


def test_months_are_shared_out_each_by_itself_within_a_path() -> None:
    """One path: January 1 to 3, February 1 to 1. Of 8 and 6 the parts get 2 and 6, then 3 and 3."""
    parts = np.array([[[1.0, 5.0]], [[3.0, 5.0]]])
    assert share_out(np.array([[8.0, 6.0]]), parts).tolist() == [[[2.0, 3.0]], [[6.0, 3.0]]]


def test_a_month_for_which_no_part_drew_anything_is_shared_out_as_usual() -> None:
    """On average the parts bring 1 and 3; in the path that has nothing of both, 8 are shared out as 2 and 6."""
    parts = np.array([[[0.0], [2.0]], [[0.0], [6.0]]])
    shared = share_out(np.array([[8.0], [12.0]]), parts)
    assert shared[:, 0, 0].tolist() == [2.0, 6.0]
    nobody = share_out(np.array([[9.0]]), np.zeros((3, 1, 1)))
    assert nobody[:, 0, 0].tolist() == [3.0, 3.0, 3.0]


def test_a_month_for_which_no_part_drew_anything_in_any_path_is_shared_out_as_the_others_are() -> None:
    """January brought 1 and 3 in all paths, February nothing to anyone: of 8 the parts get 2 and 6, of none nothing."""
    parts = np.array([[[1.0, 0.0], [1.0, 0.0]], [[3.0, 0.0], [3.0, 0.0]]])
    shared = share_out(np.array([[4.0, 8.0], [4.0, 0.0]]), parts)
    assert shared[:, :, 1].tolist() == [[2.0, 0.0], [6.0, 0.0]]


def test_teams_that_sell_in_the_same_month_of_every_year_alone_add_up(make_series: MakeSeries) -> None:
    """Licences paid each December: of January to March nobody drew anything, and nobody has less than nothing."""
    yearly = np.resize([0.0] * 11 + [5000.0], 36)
    kin = kin_of([make_series(yearly), make_series(2 * yearly)])
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)
    assert all(np.isfinite(outlook.draws).all() and outlook.draws.min() >= 0 for outlook in parts.values())


def test_counts_are_shared_out_in_whole_numbers_the_largest_remainder_first() -> None:
    """10 by thirds: 3 and a third each, the one left goes to the first. 10 as 1 to 2 to 4: 1.43, 2.86, 5.71.

    Rounded down 1, 2, 5; the two that are left go to 0.86 and 0.71.
    """
    thirds = share_out(np.array([[10.0]]), np.ones((3, 1, 1)), counted=True)
    assert thirds[:, 0, 0].tolist() == [4, 3, 3]
    uneven = share_out(np.array([[10.0]]), np.array([1.0, 2.0, 4.0])[:, None, None], counted=True)
    assert uneven[:, 0, 0].tolist() == [1, 3, 6]


def test_what_may_be_below_zero_takes_its_share_of_the_difference_by_its_spread() -> None:
    """Parts drew 1 and -1 (variance 1), 3 and -3 (variance 9): a tenth and nine tenths of what is lacking.

    The whole is 10 where they are 4: 6 more, 0.6 and 5.4. It is 0 where they are -4: 4 more, 0.4 and 3.6.
    """
    parts = np.array([[[1.0], [-1.0]], [[3.0], [-3.0]]])
    both = np.array([True, True])
    shared = share_out(np.array([[10.0], [0.0]]), parts, signed=both)
    np.testing.assert_allclose(shared, [[[1.6], [-0.6]], [[8.4], [0.6]]])
    still = share_out(np.array([[8.0]]), np.array([[[1.0]], [[3.0]]]), signed=both)
    assert still[:, 0, 0].tolist() == [3.0, 5.0]  # neither moves: the 4 that are lacking by halves
    whole = share_out(np.array([[7.0]]), np.array([[[1.0]], [[3.0]]]), counted=True, signed=both)
    assert whole[:, 0, 0].tolist() == [3.0, 4.0]  # 2.5 and 4.5; of equal remainders the first is rounded up


@pytest.mark.parametrize(
    ("whole", "shared"),
    [
        (10.0, [2.0, 6.0, 2.0]),  # 10 - 2 are shared out as 1 to 3
        (1.0, [0.0, 0.0, 1.0]),  # less than the 2: nothing is left for the others, and they have nothing
        (-5.0, [0.0, 0.0, -5.0]),
    ],
)
def test_who_has_never_been_below_zero_shares_what_the_others_leave(whole: float, shared: list[float]) -> None:
    """Parts drew 1 and 3, which are never below zero, and 2, which may be and stays 2 while it can."""
    parts = np.array([1.0, 3.0, 2.0])[:, None, None]
    found = share_out(np.array([[whole]]), parts, signed=np.array([False, False, True]))
    assert found[:, 0, 0].tolist() == shared


def test_a_team_of_returns_takes_nobody_else_below_zero(make_series: MakeSeries) -> None:
    """C's credit notes make it -2 000 a month or so; A sells, B now and then, and neither is ever below zero."""
    returns = np.random.default_rng(3).normal(-2e3, 2e3, 40)
    rare = np.random.default_rng(2).poisson(0.4, 40) * 5000.0
    kin = kin_of([make_series(months(1, 40, size=6e4)), make_series(rare), make_series(returns)])
    drawn = [paths.numerator for paths in joint_paths(kin, Drawing(6, 500, 0))]
    assert min(drawn[0].min(), drawn[1].min()) >= 0
    assert drawn[2].min() < 0
    np.testing.assert_allclose(np.sum(drawn, axis=0), draw_paths(kin.whole, Drawing(6, 500, 0)).numerator, rtol=1e-9)
    told = {owner.team: "below_zero" in ids(outlook) for owner, outlook in fit_parts(kin, Q1).items()}
    assert told == {"A": False, "B": False, "C": True}


def test_counts_stay_whole_where_one_part_may_be_below_zero(make_series: MakeSeries) -> None:
    rng = np.random.default_rng(4)
    counts = [rng.poisson(30, 40).astype(float), rng.poisson(5, 40).astype(float), rng.integers(-9, 9, 40) * 1.0]
    kin = kin_of([make_series(one, unit="count", kpi="qualified_leads") for one in counts])
    drawn = np.array([paths.numerator for paths in joint_paths(kin, Drawing(6, 500, 0))])
    assert (drawn == np.rint(drawn)).all()
    assert drawn[:2].min() >= 0
    np.testing.assert_array_equal(drawn.sum(axis=0), draw_paths(kin.whole, Drawing(6, 500, 0)).numerator)


def test_where_the_whole_alone_has_been_below_zero_all_parts_may_be(make_series: MakeSeries) -> None:
    """Figures that do not fit each other: a month of the company is -50 000, and of no team."""
    made = [make_series(months(seed, 40)) for seed in range(2)]
    total = made[0].numerator + made[1].numerator
    total[30] = -5e4
    kin = kin_of(made, make_series(total))
    drawn = np.array([paths.numerator for paths in joint_paths(kin, Drawing(3, 500, 0))])
    np.testing.assert_allclose(drawn.sum(axis=0), draw_paths(kin.whole, Drawing(3, 500, 0)).numerator, rtol=1e-9)


amounts = st.floats(0, 1e6).map(lambda value: 0.0 if value < 1e-3 else value)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(1, 12), st.integers(1, 3), st.data())
def test_parts_add_up_to_the_whole_and_are_never_below_zero(
    parts: int, draws: int, ahead: int, data: st.DataObject
) -> None:
    size = draws * ahead
    whole = np.array(data.draw(st.lists(amounts, min_size=size, max_size=size))).reshape(draws, ahead)
    own = np.array(data.draw(st.lists(amounts, min_size=parts * size, max_size=parts * size)))
    own = own.reshape(parts, draws, ahead)
    before = whole.copy()
    shared = share_out(whole, own)
    np.testing.assert_allclose(shared.sum(axis=0), whole, rtol=1e-12)
    assert shared.min() >= 0
    counted = share_out(np.rint(whole), own, counted=True)
    np.testing.assert_array_equal(counted.sum(axis=0), np.rint(whole))
    assert (counted == np.rint(counted)).all()
    assert counted.min() >= 0
    assert np.abs(counted - share_out(np.rint(whole), own)).max() < 1
    np.testing.assert_array_equal(whole, before)


signed_amounts = st.floats(-1e6, 1e6).map(lambda value: 0.0 if abs(value) < 1e-3 else value)


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5), st.integers(1, 12), st.integers(1, 3), st.data())
def test_parts_add_up_whichever_of_them_may_be_below_zero(
    parts: int, draws: int, ahead: int, data: st.DataObject
) -> None:
    shape = (draws, ahead)
    below = np.array(data.draw(st.lists(st.booleans(), min_size=parts, max_size=parts)))

    def drawn(of: st.SearchStrategy[float]) -> np.ndarray:
        return np.array(data.draw(st.lists(of, min_size=draws * ahead, max_size=draws * ahead))).reshape(shape)

    whole = drawn(signed_amounts if below.any() else amounts)
    own = np.array([drawn(signed_amounts if one else amounts) for one in below])
    shared = share_out(whole, own, signed=below)
    assert np.allclose(shared.sum(axis=0), whole, rtol=1e-9, atol=1e-6)
    assert (shared[~below] >= 0).all()
    counted = share_out(np.rint(whole), np.rint(own), counted=True, signed=below)
    np.testing.assert_array_equal(counted.sum(axis=0), np.rint(whole))
    assert (counted == np.rint(counted)).all()
    assert (counted[~below] >= 0).all()


def independent(seed: int, spread: Sequence[float], draws: int = 4000) -> np.ndarray:
    """Return independent draws of parts around 100, one month."""
    rng = np.random.default_rng(seed)
    return np.array([rng.normal(100, width, (draws, 1)) for width in spread])


def test_where_the_whole_is_as_wide_as_independent_parts_they_keep_their_chances_and_independence() -> None:
    """The whole is drawn anew as the sum of such parts; of 4 000 draws a quantile is known to a 40th of a spread."""
    parts = independent(1, [20, 10, 10])
    shared = share_out(independent(2, [20, 10, 10]).sum(axis=0), parts)
    for before, after, spread in zip(parts, shared, (20, 10, 10), strict=True):
        np.testing.assert_allclose(np.quantile(after, LEVELS), np.quantile(before, LEVELS), atol=0.12 * spread)
    correlations = np.asarray(np.corrcoef(shared[:, :, 0]))[np.triu_indices(3, 1)]
    np.testing.assert_allclose(correlations, 0, atol=0.08)


def test_where_the_whole_is_wider_parts_are_good_together_and_where_it_is_narrower_they_make_up_for_each_other() -> (
    None
):
    """Two parts of spread 10 have a sum of spread 14.1: shared out of 28 and of 7."""
    parts = independent(3, [10, 10])
    rng = np.random.default_rng(4)
    found = []
    for spread in (7, 14.1, 28):
        shared = share_out(rng.normal(200, spread, (4000, 1)), parts)
        found.append(float(np.asarray(np.corrcoef(shared[:, :, 0]))[0, 1]))
    assert found[0] < -0.4
    assert abs(found[1]) < 0.08
    assert found[2] > 0.4


# outlooks of kin


def test_the_quarters_of_all_teams_add_up_to_the_companys_outlook_path_by_path(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(months(seed, 40, size=size)) for seed, size in enumerate((6e4, 3e4, 1e4))])
    parts = fit_parts(kin, Q1)
    assert list(parts) == [Owner("A"), Owner("B"), Owner("C")]
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)
    # each is still about what it would be alone
    for part in kin.parts:
        alone = fit_outlook(part, Q1, kin=kin)
        for level in LEVELS:
            assert parts[part.owner].quantile(level) == pytest.approx(alone.quantile(level), rel=0.1)
        assert ids(parts[part.owner]) == ids(alone)


def test_months_between_the_history_and_the_period_add_up_as_well(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(months(seed, 40), last="2025-10") for seed in range(2)])
    paths = joint_paths(kin, Drawing(5, 200, 0))
    np.testing.assert_allclose(
        paths[0].numerator + paths[1].numerator, draw_paths(kin.whole, Drawing(5, 200, 0)).numerator, rtol=1e-12
    )
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)
    assert all("gap" in ids(outlook) for outlook in parts.values())


def test_leads_of_teams_add_up_in_whole_numbers(make_series: MakeSeries) -> None:
    rng = np.random.default_rng(1)
    kin = kin_of([make_series(rng.poisson(mean, 40), unit="count") for mean in (12, 5, 0.6)])
    parts = fit_parts(kin, Q1)
    np.testing.assert_array_equal(added_up(parts), fit_outlook(kin.whole, Q1).draws)
    for outlook in parts.values():
        assert (outlook.draws == np.rint(outlook.draws)).all()
        assert outlook.draws.min() >= 0
        assert outlook.step == 1


def test_a_team_with_credit_notes_adds_up_too(make_series: MakeSeries) -> None:
    credited = months(1, 40)
    credited[::6] *= -1
    kin = kin_of([make_series(credited), make_series(months(2, 40))])
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-9)
    assert "below_zero" in ids(parts[Owner("A")])


def test_recurring_revenue_adds_up_at_the_periods_end(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(np.cumsum(months(seed, 40)), over_period="last") for seed in range(2)])
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)


def test_a_team_that_sells_now_and_then_and_one_that_never_did_add_up(make_series: MakeSeries) -> None:
    rare = np.random.default_rng(2).poisson(0.4, 40) * 5000.0
    kin = kin_of([make_series(months(1, 40)), make_series(rare), make_series(np.zeros(40))])
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)
    assert not parts[Owner("C")].draws.any()
    assert parts[Owner("B")].method == "lumpy"
    assert parts[Owner("B")].draws.min() >= 0


def test_reps_add_up_to_their_teams_paths_and_teams_to_the_company(make_series: MakeSeries) -> None:
    made = [make_series(months(seed, 30, size=size)) for seed, size in enumerate((5e4, 2e4, 4e4))]
    team = replace(made[0], numerator=made[0].numerator + made[1].numerator)
    above = kin_of([team, made[2]])
    reps = tuple(replace(one, owner=Owner("A", name)) for one, name in zip(made[:2], ("Ann", "Bob"), strict=True))
    teams, people = fit_parts(above, Q1), fit_parts(Kin(above.parts[0], reps, above), Q1)
    np.testing.assert_allclose(added_up(people), teams[Owner("A")].draws, rtol=1e-12)
    np.testing.assert_allclose(added_up(teams), fit_outlook(above.whole, Q1).draws, rtol=1e-12)
    assert list(people) == [Owner("A", "Ann"), Owner("A", "Bob")]


def test_equal_remainders_favour_no_part_for_its_place(make_series: MakeSeries) -> None:
    """Of few leads equal remainders are the rule: listed the other way round each team's mean is the same to 1 %."""
    leads = [make_series(np.random.default_rng(seed).poisson(3.0, 36), unit="count") for seed in range(4)]
    kin = kin_of(leads)
    forth, back = fit_parts(kin, Q1), fit_parts(replace(kin, parts=kin.parts[::-1]), Q1)
    for owner, outlook in forth.items():
        assert outlook.draws.mean() == pytest.approx(back[owner].draws.mean(), rel=0.01)


def test_a_lent_season_explains_a_strong_december_of_a_short_history(make_series: MakeSeries) -> None:
    """All teams bring six times as much in December; of a team with 18 months one is one. Not huge: expected again."""
    size = np.where(np.arange(44) % 12 == 11, 6.0, 1.0)  # January 2022 to August 2025
    made = [
        make_series(months(seed, many, noise=0.06) * size[-many:], last="2025-08")
        for seed, many in ((0, 44), (1, 44), (7, 18))
    ]
    kin = kin_of(made)
    december = parse_period("2025-12")
    for outlook in (fit_outlook(kin.parts[2], december, kin=kin), fit_parts(kin, december)[kin.parts[2].owner]):
        assert "season_borrowed" in ids(outlook)
        assert "huge_months" not in ids(outlook)
        assert outlook.quantile(0.5) > 4 * float(np.median(made[2].numerator))


def test_parts_that_are_none_are_told_all_at_once(make_series: MakeSeries) -> None:
    part = make_series(months(0, 30))
    with pytest.raises(ForecastError) as caught:
        Kin(replace(part, owner=COMPANY), (part, part, replace(part, owner=Owner("B"), kpi="leads")))
    assert [fault.found for fault in caught.value.faults] == ["Central more than once", "a part of leads"]


def test_only_alike_lend(make_series: MakeSeries) -> None:
    """Nothing is taken from sales now and then, from what may be below zero, and from what belongs to no one."""
    young, calm = make_series(months(0, 8)), make_series(months(1, 40))
    rare = make_series(np.where(np.arange(40) % 5 == 0, 5e4, 0.0))
    returns = make_series(np.random.default_rng(2).normal(0, 3e3, 40))
    kin = kin_of([young, calm, rare, returns], make_series(months(3, 40, size=3e5)))
    nobodys = replace(kin.parts[1], owner=Owner(""))
    kin = replace(kin, parts=(*kin.parts, nobodys))
    assert set(kin.sizes) == {kin.whole.owner, kin.parts[0].owner, kin.parts[1].owner}
    lent = borrowed(kin, kin.parts[0])
    assert lent is not None
    assert lent.lenders == 2


def test_a_signed_whole_lends_nothing_to_figures_on_another_scale(make_series: MakeSeries) -> None:
    signed = make_series(np.random.default_rng(2).normal(0, 1e5, 40))
    kin = kin_of([make_series(months(0, 8)), make_series(months(1, 40))], signed)
    assert borrowed(kin, kin.parts[0]) is None


def test_a_part_that_has_had_nothing_yet_borrows_nothing(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(np.zeros(4)), make_series(months(1, 40))])
    assert not {"range_borrowed", "season_borrowed"} & ids(fit_parts(kin, Q1)[kin.parts[0].owner])


def test_all_of_a_company_are_fitted_once_each(make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch) -> None:
    """The company by itself and for its teams, each team by itself and for its reps: seven series, seven seasons."""
    fitted: list[bytes] = []

    def counting(signal: Signal, seed: int = 0, country: str | None = None) -> Season:
        fitted.append(signal.z.tobytes())
        return fit_season(signal, seed, country)

    monkeypatch.setattr(paths_room, "fit_season", counting)
    made = [make_series(months(seed, 40, size=1e4 * (seed + 1))) for seed in range(4)]
    teams = [replace(two[0], numerator=two[0].numerator + two[1].numerator) for two in (made[:2], made[2:])]
    above = kin_of(teams)
    fit_outlook(above.whole, Q1)
    fit_parts(above, Q1)
    for team, two in zip(above.parts, (made[:2], made[2:]), strict=True):
        reps = tuple(replace(rep, owner=Owner(team.owner.team, name)) for rep, name in zip(two, "XY", strict=True))
        fit_parts(Kin(team, reps, above), Q1)
    assert len(fitted) == len(set(fitted)) == 7


def test_the_same_kin_has_the_same_outlooks_whatever_the_order_of_its_parts(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(months(seed, 36)) for seed in range(2)])
    first = fit_parts(kin, Q1)
    forget()
    again = fit_parts(kin, Q1)
    forget()
    turned = fit_parts(replace(kin, parts=kin.parts[::-1]), Q1)
    for owner, outlook in first.items():
        np.testing.assert_array_equal(again[owner].draws, outlook.draws)
        np.testing.assert_allclose(turned[owner].draws, outlook.draws, rtol=1e-9)


def test_twice_the_money_is_twice_the_outlook_for_all(make_series: MakeSeries) -> None:
    made = [make_series(months(seed, 36)) for seed in range(2)]
    once = fit_parts(kin_of(made), Q1)
    twice = fit_parts(kin_of([replace(one, numerator=2 * one.numerator) for one in made]), Q1)
    for owner, outlook in once.items():
        np.testing.assert_array_equal(twice[owner].draws, 2 * outlook.draws)


def test_a_fault_of_any_part_is_told(make_series: MakeSeries) -> None:
    broken = months(1, 30)
    broken[4] = np.inf
    whole = make_series(months(3, 30))
    with pytest.raises(ForecastError, match="2023-11: inf"):
        fit_parts(kin_of([make_series(months(0, 30)), make_series(broken)], whole), Q1)


def test_only_sums_and_stocks_add_up(make_series: MakeSeries) -> None:
    flat = np.full(40, 5.0)
    assert adds_up(make_series(flat))
    assert adds_up(make_series(flat, over_period="last"))
    assert not adds_up(make_series(flat, 2 * flat, scale="rate", over_period="ratio_of_sums"))
    assert not adds_up(make_series(flat, over_period="recompute"))


def test_a_ratio_looks_at_its_kin_only_under_three_years(make_series: MakeSeries) -> None:
    of = np.full(40, 50.0)
    won = np.full(40, 20.0)
    long = make_series(won, of, scale="rate", over_period="ratio_of_sums")
    assert not needs_kin(long)
    assert needs_kin(make_series(won[:35], of[:35], scale="rate", over_period="ratio_of_sums"))
    assert needs_kin(make_series(won))


def test_kin_are_told_apart_by_all_their_figures(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(months(seed, 30)) for seed in range(2)])
    other = replace(kin.parts[1], numerator=kin.parts[1].numerator + 0.01)
    digests = {
        one.digest for one in (kin, replace(kin, parts=(kin.parts[0], other)), replace(kin, of=kin), replace(kin))
    }
    assert len(digests) == 3


def test_of_kin_too_the_last_ten_years_are_used(make_series: MakeSeries) -> None:
    long = [months(seed, 130) for seed in range(2)]
    long[0][:10] *= 50
    kin = kin_of([make_series(one) for one in long])
    cut = kin_of([make_series(one[-120:]) for one in long])
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)
    for owner, outlook in fit_parts(cut, Q1).items():
        np.testing.assert_array_equal(parts[owner].draws, outlook.draws)


def test_unknown_months_at_the_end_of_the_whole_are_forecast_for_all(make_series: MakeSeries) -> None:
    open_end = [np.concatenate([months(seed, 38), [np.nan, np.nan]]) for seed in range(2)]
    kin = kin_of([make_series(one) for one in open_end])
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)


def test_a_part_whose_figures_end_earlier_is_forecast_for_the_same_months(make_series: MakeSeries) -> None:
    """The part's figures end in June 2025. Its March is four times any other month, and so it is in March 2026."""
    march = np.array([4.0 if at % 12 == 2 else 1.0 for at in range(42)])
    early = make_series(months(1, 42, noise=0.02) * march, last="2025-06")
    long = make_series(months(0, 48, noise=0.02))
    kin = kin_of([long, early], replace(long, numerator=2 * long.numerator))
    found = joint_paths(kin, Drawing(3, 200, 0))[1].numerator.mean(axis=0)
    assert int(np.argmax(found)) == 2


# what does not fit


def test_a_whole_or_a_part_without_a_known_month_is_told(make_series: MakeSeries) -> None:
    good, nothing = make_series(months(0, 30)), make_series([np.nan] * 30)
    for none in (nothing, nothing.between(0, 0)):
        for kin in (kin_of([good, good], none), kin_of([good, none], good)):
            with pytest.raises(ForecastError):
                fit_parts(kin, Q1)
            with pytest.raises(ForecastError, match="nothing to forecast from"):
                joint_paths(kin, Drawing(3, 10, 0))


def test_who_asks_has_an_outlook_also_where_the_whole_has_no_known_month(
    make_series: MakeSeries, tmp_path: Path
) -> None:
    own = make_series(months(0, 40))
    for none in (make_series([np.nan] * 40), own.between(0, 0)):
        kin = kin_of([own], none)
        assert not is_shared(kin, kin.parts[0])
        np.testing.assert_array_equal(
            Book(tmp_path).get(kin.parts[0], Q1, kin=kin).draws, fit_outlook(kin.parts[0], Q1).draws
        )


@pytest.mark.parametrize("last", ["2025-11", "2025-12", "2026-01"])
def test_reps_add_up_to_their_teams_outlook_wherever_the_companys_figures_end(
    make_series: MakeSeries, last: str, tmp_path: Path
) -> None:
    """The team's figures end in December. Where the company's end in another month, the team is forecast by itself."""
    made = [make_series(months(seed, 40)) for seed in range(2)]
    team = replace(made[0], numerator=made[0].numerator + made[1].numerator)
    other = make_series(months(3, 40), last=last)
    above = kin_of([team, other], make_series(months(4, 40, size=4e5), last=last))
    reps = tuple(replace(one, owner=Owner("A", name)) for one, name in zip(made, ("Ann", "Bob"), strict=True))
    q2 = parse_period("2026Q2")
    whole = Book(tmp_path).get(above.parts[0], q2, kin=above)
    people = fit_parts(Kin(above.parts[0], reps, above), q2)
    np.testing.assert_allclose(added_up(people), whole.draws, rtol=1e-9)


def test_unknown_months_at_the_end_of_a_team_are_forecast_for_its_reps(make_series: MakeSeries) -> None:
    """The company is known to December, the team and its reps to October."""
    made = [make_series(np.concatenate([months(seed, 38), [np.nan, np.nan]])) for seed in range(2)]
    team = replace(made[0], numerator=made[0].numerator + made[1].numerator)
    above = kin_of([team, make_series(months(3, 40))], make_series(months(4, 40, size=3e5)))
    reps = tuple(replace(one, owner=Owner("A", name)) for one, name in zip(made, ("Ann", "Bob"), strict=True))
    people = fit_parts(Kin(above.parts[0], reps, above), Q1)
    np.testing.assert_allclose(added_up(people), fit_outlook(above.parts[0], Q1, kin=above).draws, rtol=1e-9)


# borrowing


def test_only_who_has_ever_been_off_is_counted_among_the_lenders(make_series: MakeSeries) -> None:
    """The company and A tell something; B has never moved, and C has but two months."""
    kin = kin_of(
        [make_series(months(0, 40)), make_series(np.full(40, 9.0)), make_series([1e4, 1.1e4]), make_series([5.0])]
    )
    found = borrowed(kin, kin.parts[3])
    assert found is not None
    assert found.lenders == 2


def test_a_ratio_drawn_as_two_amounts_borrows_nothing_and_a_rate_does(make_series: MakeSeries) -> None:
    """A cost for each customer is drawn as costs and customers: how far off the ratio was tells of neither."""
    above, of = months(0, 40), np.full(40, 50.0)

    def kin(**given: Any) -> Kin:
        whole = make_series(above, of, over_period="ratio_of_sums", **given)
        return kin_of([whole, replace(whole.between(whole.last - 7, whole.last))], whole)

    cost, margin = kin(kpi="cac"), kin(kpi="margin", scale="signed")
    assert borrowed(cost, cost.parts[1]) is None
    assert not needs_kin(cost.parts[1])
    assert borrowed(margin, margin.parts[1]) is not None
    assert needs_kin(margin.parts[1])


def test_what_is_lumpy_or_still_says_nothing_of_damping_and_borrowing(make_series: MakeSeries) -> None:
    rare = np.zeros(30)
    rare[[2, 9, 11, 17, 21, 26]] = [5e3, 4e3, 6e3, 9e4, 5e3, 4e3]
    kin = kin_of([make_series(months(1, 40)), make_series(rare), make_series(np.full(20, 7.0))])
    assert borrowed(kin, kin.parts[1]) is not None
    parts = fit_parts(kin, Q1)
    assert [outlook.method for outlook in parts.values()] == ["combination", "lumpy", "still"]
    of_the_fit = {"huge_months", "level_changed", "range_borrowed", "season_borrowed"}
    for outlook in list(parts.values())[1:]:
        assert not ids(outlook) & of_the_fit


def test_what_is_lent_is_worked_out_once_for_all(make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six parts of 34 months: each of them and the whole is looked back on once to be lent, not once for each other."""
    counted: list[str] = []

    def counting(signal: Signal) -> Any:
        counted.append("origins")
        return rolling_origins(signal)

    def seasonal(signal: Signal, country: str | None) -> Any:
        counted.append("season")
        return NO_SEASON

    monkeypatch.setattr(kin_module, "rolling_origins", counting)
    monkeypatch.setattr(kin_module, "season_of", seasonal)
    young = [make_series(months(7, 12))]
    kin = kin_of([make_series(months(seed, 34)) for seed in range(5)] + young)
    fit_parts(kin, Q1)
    assert counted.count("origins") == 7
    assert counted.count("season") == 1


def test_from_three_years_on_nothing_is_borrowed(make_series: MakeSeries) -> None:
    made = [make_series(months(0, 40)), make_series(months(1, 36)), make_series(months(2, 35))]
    kin = kin_of(made)
    assert [borrowed(kin, part) is None for part in kin.parts] == [True, True, False]


def test_the_size_lent_is_the_mean_of_the_others_the_whole_among_them(make_series: MakeSeries) -> None:
    """Of three teams and the company the other three lend: the mean of how far off each has been."""
    kin = kin_of([make_series(months(0, 40)), make_series(months(1, 30, noise=0.3)), make_series(months(2, 8))])
    found = borrowed(kin, kin.parts[2])
    sizes = [
        moments(rolling_origins(damped(value_signal(one)).signal).errors()).size
        for one in (kin.whole, kin.parts[0], kin.parts[1])
    ]
    assert found is not None
    assert None not in sizes
    assert found.size == pytest.approx(sum(size for size in sizes if size is not None) / 3)
    assert found.lenders == 3


def test_what_is_still_lends_nothing(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(np.full(40, 7.0)), make_series([3.0, 4, 5])], make_series(np.full(40, 9.0)))
    assert borrowed(kin, kin.parts[1]) is None


@pytest.mark.parametrize(
    ("own", "whole", "lent"), [(23, 40, True), (24, 40, False), (10, 24, True), (10, 23, False), (3, 40, True)]
)
def test_a_season_is_lent_to_whom_is_too_young_for_one_by_a_whole_that_has_one(
    make_series: MakeSeries, own: int, whole: int, lent: bool
) -> None:
    season = months(5, 40, season=0.4)
    kin = kin_of([make_series(months(6, own))], make_series(season[-whole:]))
    found = borrowed(kin, kin.parts[0])
    assert found is not None
    assert (found.season is not None) is lent
    itself = borrowed(kin, kin.whole)
    assert itself is None or itself.season is None


def test_the_season_lent_is_that_of_the_whole(make_series: MakeSeries) -> None:
    """The company's 40 months begin in September: highest three months later, in December, and lowest in June."""
    whole = make_series(months(5, 40, season=0.4, noise=0.02))
    kin = kin_of([make_series(months(6, 8))], whole)
    found = borrowed(kin, kin.parts[0])
    assert found is not None
    assert found.season is not None
    assert int(np.argmax(found.season.added)) == 11
    assert int(np.argmin(found.season.added)) == 5


def test_with_a_lent_season_a_young_team_follows_the_companys_year(make_series: MakeSeries) -> None:
    """The company's 44 months begin in May, so that its best month is August and February its worst (0.4 below).

    A team of eight months, as strong as its season: May to December of the same year. Its first quarter is expected
    near exp(-0.35), exp(-0.4), exp(-0.35) of the mean, 0.69; alone it stays between the last months and the mean.
    """
    season = months(5, 44, season=0.4, noise=0.02)
    own = months(6, 8, season=0.4, noise=0.02)
    kin = kin_of([make_series(own)], make_series(season))
    with_kin, alone = (fit_outlook(kin.parts[0], Q1, kin=one) for one in (kin, None))
    expected = 3e5 * float(np.mean(np.exp(0.4 * np.sin(np.array([8, 9, 10]) * np.pi / 6))))
    assert with_kin.quantile(0.5) == pytest.approx(expected, rel=0.1)
    assert abs(alone.quantile(0.5) - expected) > 2 * abs(with_kin.quantile(0.5) - expected)
    assert "season_borrowed" in ids(with_kin)


def test_a_team_three_months_old_is_as_uncertain_as_its_siblings_are(make_series: MakeSeries) -> None:
    widths = []
    for noise in (0.05, 0.2, 0.4):
        kin = kin_of([make_series(months(1, 40, noise=noise)), make_series([1e4, 1.1e4, 0.9e4])])
        outlook = fit_outlook(kin.parts[1], Q1, kin=kin)
        widths.append(outlook.quantile(0.9) / outlook.quantile(0.1))
        assert say("forecast.range_borrowed", lenders=Count(2)) in outlook.notes
        assert "season_borrowed" in ids(outlook)
    assert widths[0] * 1.1 < widths[1]
    assert widths[1] * 1.1 < widths[2]
    assert "range_borrowed" not in ids(fit_outlook(kin.parts[1], Q1))


def test_a_young_team_is_an_outlook_among_the_others_that_add_up(make_series: MakeSeries) -> None:
    kin = kin_of([make_series(months(1, 40)), make_series(months(2, 40)), make_series([1e4, 1.1e4, 0.9e4])])
    parts = fit_parts(kin, Q1)
    np.testing.assert_allclose(added_up(parts), fit_outlook(kin.whole, Q1).draws, rtol=1e-12)
    young = parts[Owner("C")]
    assert {"range_borrowed", "season_borrowed"} <= ids(young)
    assert "no_season" not in ids(young)
    assert 2e4 < young.quantile(0.1) < 3e4 < young.quantile(0.9) < 5e4


def test_lending_looks_at_no_month_after_the_whole_ends(make_series: MakeSeries) -> None:
    """What is lent depends on histories alone: the same kin, cut by a year, lends what it would have lent then."""
    then = kin_of([make_series(months(1, 40)[:28], last="2024-12"), make_series(months(2, 20)[:8], last="2024-12")])
    now = kin_of([make_series(months(1, 40)), make_series(months(2, 20))])
    december = parse_period("2024-12").last
    cut = Kin(now.whole.until(december), tuple(part.until(december) for part in now.parts))
    first, second = borrowed(then, then.parts[1]), borrowed(cut, cut.parts[1])
    assert first is not None
    assert second is not None
    assert first.size == second.size


# whether the chances hold


def simulated(seed: int) -> np.ndarray:
    """Return 39 months of three teams of 60, 30 and 10: each a wandering level and noise, and a shock common to all."""
    rng = np.random.default_rng(seed)

    def error(spread: float) -> np.ndarray:
        return np.asarray(np.cumsum(rng.normal(0, 0.3 * spread, 39)) + rng.normal(0, spread, 39))

    common = error(0.1)
    return np.array([size * np.exp(common + error(0.08)) for size in (6e4, 3e4, 1e4)])


def below(draws: np.ndarray, truth: float) -> float:
    return float(np.mean(draws < truth))


def smoothed(signal: Signal, horizon: int) -> np.ndarray:
    """Return simple exponential smoothing, in a loop."""
    level = signal.z[0]
    for value in signal.z[1:]:
        level += 0.4 * (value - level)
    return np.full(horizon, level)


def test_the_chances_of_a_company_and_of_its_teams_hold_together(
    make_series: MakeSeries, monkeypatch: pytest.MonkeyPatch
) -> None:
    """300 simulated companies with a common shock. By chance alone a share of 300 is off by 3 to 6 points.

    The dependence is what is looked at, so exponential smoothing stands for the forecasts, there and at the rolling
    origins. Teams drawn independently of each other would make the company's range too narrow.
    """
    monkeypatch.setattr(paths_room, "point_forecast", lambda signal, season, horizon: smoothed(signal, horizon))
    monkeypatch.setattr(paths_room, "season_of", lambda signal, country: NO_SEASON)
    monkeypatch.setattr(paths_room, "damped", lambda signal: Damped(signal, ()))
    monkeypatch.setattr(spread_room, "quick_point", smoothed)
    company, teams, independent_teams, widths = [], [], [], []
    for seed in range(300):
        made = simulated(seed)
        kin = kin_of([make_series(one[:36]) for one in made])
        drawing = Drawing(3, 1000, 0)
        totals = np.array([paths.numerator.sum(axis=1) for paths in joint_paths(kin, drawing)])
        alone = np.array([draw_paths(part, drawing).numerator.sum(axis=1) for part in kin.parts])
        truth = made[:, 36:].sum(axis=1)
        company.append(below(totals.sum(axis=0), truth.sum()))
        teams += [below(total, came) for total, came in zip(totals, truth, strict=True)]
        independent_teams.append(below(alone.sum(axis=0), truth.sum()))
        widths.append([float(np.std(np.log(drawn.sum(axis=0)))) for drawn in (totals, alone)])

    def shares(found: list[float]) -> list[float]:
        return [float(np.mean(np.array(found) < level)) for level in LEVELS]

    assert shares(company) == pytest.approx(LEVELS, abs=0.08)
    assert shares(teams) == pytest.approx(LEVELS, abs=0.08)
    together, apart = np.mean(widths, axis=0)
    assert together > 1.15 * apart
    # what independence would have said: too many totals in the lowest and the highest tenth
    outside = shares(independent_teams)[0] + 1 - shares(independent_teams)[-1]
    assert outside > shares(company)[0] + 1 - shares(company)[-1] + 0.05


def test_what_rates_lend_is_without_what_drawing_their_cases_adds(make_series: MakeSeries) -> None:
    """Four years of 200 decided at 30 % a month: the noise is drawn with the cases, about half is left."""
    won = np.random.default_rng(5).binomial(200, 0.3, (2, 48)).astype(float)

    def rate(cases: np.ndarray) -> Series:
        of = np.full(len(cases), 200.0)
        return make_series(cases, of, scale="rate", over_period="ratio_of_sums", unit="rate", kpi="win_rate")

    kin = kin_of([rate(won[0]), rate(won[1])], rate(won.sum(axis=0) // 2))
    for series in kin.parts:
        plain = moments(rolling_origins(value_signal(series)).errors()).size
        assert plain is not None
        assert kin.sizes[series.owner] < 0.6 * plain
