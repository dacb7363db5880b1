"""BG/NBD and gamma-gamma: the published parameters of CDNOW, naive twins, and what must hold whatever the data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import betaln

from salesgoals_kit.forecast.series import Array
from salesgoals_kit.insight import purchases, spending
from salesgoals_kit.insight.purchases import Buyers, Buying
from salesgoals_kit.insight.spending import Spending
from salesgoals_kit.kpis.buying import purchases as measured
from salesgoals_kit.words import Message
from tests.insight.customers import MODEL
from tests.kpis.conftest import a_company, tables_of

CDNOW = Path(__file__).parents[3] / "shared" / "data" / "cdnow" / "CDNOW_sample.txt"
BEGIN, MIDDLE, END = (pd.Timestamp(day) for day in ("1997-01-01", "1997-09-30", "1998-06-30"))
PUBLISHED = Buying(0.243, 4.414, 0.793, 2.426)


def _summary(sales: pd.DataFrame, until: pd.Timestamp) -> tuple[Buyers, Array]:
    """Return purchases up to a day, and the mean of those after the first; those of one day are one."""
    days = sales[sales["day"] <= until].groupby(["id", "day"], as_index=False)["money"].sum()
    first = days.groupby("id")["day"].transform("min")
    again = days[days["day"] > first].groupby("id")
    ids = sorted(days["id"].unique())
    begun = days.groupby("id")["day"].min().reindex(ids)
    latest = (days.groupby("id")["day"].max().reindex(ids) - begun).dt.days / 7
    count = again.size().reindex(ids, fill_value=0).to_numpy(dtype="float64")
    money = again["money"].mean().reindex(ids).fillna(0.0).to_numpy()
    return Buyers(count, latest.to_numpy(), ((until - begun).dt.days / 7).to_numpy()), money


@pytest.fixture(scope="module")
def sales() -> pd.DataFrame:
    if not CDNOW.is_file():
        pytest.skip("the public data set cdnow is not beside the checkout")
    names = ["whole", "id", "day", "discs", "money"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=names, dtype={"id": str, "whole": str})
    return rows.assign(day=pd.to_datetime(rows["day"].astype(str), format="%Y%m%d"))


@pytest.fixture(scope="module")
def calibration(sales: pd.DataFrame) -> tuple[Buyers, Array]:
    return _summary(sales, MIDDLE)


@pytest.fixture(scope="module")
def cdnow(calibration: tuple[Buyers, Array]) -> Buying:
    found = purchases.fit(calibration[0])
    assert isinstance(found, Buying)
    return found


def test_the_published_parameters_of_buying_come_out(cdnow: Buying, calibration: tuple[Buyers, Array]) -> None:
    """Fader, Hardie & Lee 2005, table 2: 2,357 customers, 946 of whom bought again within 39 weeks."""
    assert (len(calibration[0]), int((calibration[0].again > 0).sum())) == (2357, 946)
    assert tuple(round(value, 3) for value in (cdnow.r, cdnow.alpha, cdnow.a, cdnow.b)) == (0.243, 4.414, 0.793, 2.426)
    assert cdnow.log_likelihood == pytest.approx(-9582.4, abs=0.05)


def test_the_measure_of_purchases_is_that_of_the_published_data(
    sales: pd.DataFrame, calibration: tuple[Buyers, Array]
) -> None:
    """From invoices, through the tables, as the kit makes it of any company's."""
    rows = sales.assign(
        invoice_id=[f"I{i}" for i in range(len(sales))], account_id=sales["id"], invoiced_at=sales["day"]
    )
    rows["amount"] = (100 * rows["money"]).round().astype("int64")
    rows = rows[["invoice_id", "account_id", "invoiced_at", "amount"]]
    found = measured(tables_of(MIDDLE.date(), a_company(revenue="invoices"), invoices=rows))
    assert found is not None
    expected = zip(calibration[0].again, calibration[0].latest, calibration[0].until, calibration[1], strict=True)
    numbers = found.accounts[["again", "latest", "until", "money"]].to_numpy(dtype="float64")
    np.testing.assert_allclose(numbers, np.array(list(expected)))


def test_the_published_parameters_of_spending_come_out(calibration: tuple[Buyers, Array]) -> None:
    """Fader & Hardie 2013, section 4: with the mean of the purchases after the first, of those who bought again."""
    found = spending.fit(calibration[1], calibration[0].again)
    assert isinstance(found, Spending)
    assert (round(found.p, 2), round(found.q, 2), round(found.v, 2)) == (6.25, 3.74, 15.44)


def test_the_weeks_held_out_are_foretold(cdnow: Buying, calibration: tuple[Buyers, Array], sales: pd.DataFrame) -> None:
    seen = calibration[0]
    later = _summary(sales, END)[0].again - seen.again
    foretold = cdnow.purchases(seen, np.array([39.0]))[0]
    assert foretold.sum() == pytest.approx(later.sum(), rel=0.13)  # the published curve falls short as well: figure 2
    for low, high in ((0, 0), (1, 1), (2, 3), (4, 6), (7, 40)):  # figure 4 of 2005: by purchases so far
        group = (seen.again >= low) & (seen.again <= high)
        assert foretold[group].mean() == pytest.approx(later[group].mean(), abs=0.65)


def test_one_customer_as_published() -> None:
    """Fader, Hardie & Lee 2005, 4.2 (implementation note): x = 2, t_x = 30.43, T = 38.86 buys 1.226 times in 39."""
    one = Buyers(np.array([2.0]), np.array([30.43]), np.array([38.86]))
    assert PUBLISHED.purchases(one, np.array([39.0])).item() == pytest.approx(1.226, abs=0.001)


def _simulated(model: Buying, size: int, until: float, rng: np.random.Generator) -> tuple[Buyers, list[list[float]]]:
    """Return customers bought for one purchase at a time, with all their purchases to twice the time."""
    times: list[list[float]] = []
    for rate, leaves in zip(rng.gamma(model.r, 1 / model.alpha, size), rng.beta(model.a, model.b, size), strict=True):
        own, now = [], 0.0
        while True:
            now += rng.exponential(1 / rate) if rate > 1e-12 else np.inf
            if now > 2 * until:
                break
            own.append(now)
            if rng.random() < leaves:
                break
        times.append(own)
    again = np.array([sum(time <= until for time in own) for own in times], dtype="float64")
    latest = np.array([max([time for time in own if time <= until], default=0.0) for own in times])
    return Buyers(again, latest, np.full(size, until)), times


def test_expected_purchases_and_who_is_still_there_are_those_of_a_simulation() -> None:
    seen, times = _simulated(MODEL, 12_000, 30.0, np.random.default_rng(1))
    later = np.array([len(own) for own in times]) - seen.again
    assert MODEL.expected(30.0) == pytest.approx(seen.again.mean(), rel=0.03)
    foretold = MODEL.purchases(seen, np.array([30.0]))[0]
    for group in (seen.again == 0, seen.again == 1, seen.again.clip(2, 5) == seen.again, seen.again > 5):
        error = later[group].std() / np.sqrt(group.sum())
        assert abs(foretold[group].mean() - later[group].mean()) < 3.5 * error
    back = (seen.again > 0) & (later > 0)
    assert (MODEL.alive(seen) >= 0).all()
    assert MODEL.alive(seen)[back].mean() > MODEL.alive(seen)[(seen.again > 0) & ~back].mean() + 0.2


def _by_integral(model: Buying, x: float, until: float, time: float) -> float:
    """Return what one who still is a customer will buy: the mean over his chance of leaving, integrated."""
    whole = model.alpha + until

    def inner(p: float) -> float:
        density = np.exp((model.a - 1) * np.log(p) + (model.b + x - 1) * np.log1p(-p) - betaln(model.a, model.b + x))
        return float(-np.expm1(-(model.r + x) * np.log1p(p * time / whole)) / p * density)

    return float(quad(inner, 0, 1, limit=400)[0])


@pytest.mark.parametrize("a", [0.4, 1.0, 1.00005, 2.5, 20.0])
def test_the_closed_form_is_the_integral_it_stands_for(a: float) -> None:
    rng = np.random.default_rng(2)
    for _ in range(12):
        r, alpha, b = (float(value) for value in np.exp(rng.normal((0, 1.5, 1.0), 0.7)))
        model = Buying(r, alpha, a, b)
        x, until, time = float(rng.integers(0, 30)), rng.uniform(5, 80), rng.uniform(1, 200)
        one = Buyers(np.array([x]), np.array([until]), np.array([until]))
        found = model.purchases(one, np.array([time])).item() / model.alive(one).item()
        assert found == pytest.approx(_by_integral(model, x, until, time), rel=1e-5)


def test_discounted_purchases_are_the_sum_over_the_weeks() -> None:
    rate = np.log(1.1) / 52
    weeks = np.arange(0.5, 6000, 0.5)
    seen = Buyers(np.array([0.0, 3.0]), np.array([0.0, 20.0]), np.array([30.0, 24.0]))
    curve = PUBLISHED.purchases(seen, weeks)
    steps = np.diff(curve, axis=0, prepend=0.0)
    naive = (steps * np.exp(-rate * (weeks - 0.25))[:, None]).sum(axis=0)
    assert PUBLISHED.discounted(seen, rate) == pytest.approx(naive, rel=0.005)


def test_what_many_will_buy_is_read_off_as_what_each_will() -> None:
    rng = np.random.default_rng(6)
    until = rng.uniform(0, 90, 300)
    seen = Buyers(np.floor(rng.exponential(4, 300)), until * rng.random(300), until)
    for model in (PUBLISHED, MODEL, Buying(3.0, 20.0, 0.3, 6.0)):
        assert model.discounted_for_many(seen, 0.002) == pytest.approx(model.discounted(seen, 0.002), rel=0.01)


def test_expected_spend_lies_between_ones_own_and_that_of_all() -> None:
    model = Spending(6.25, 3.74, 15.44)
    known = model.expected(np.array([100.0, 100.0, 5.0, 0.0]), np.array([1.0, 50.0, 1.0, 0.0]))
    assert model.mean < known[0] < known[1] < 100
    assert 5 < known[2] < model.mean == pytest.approx(known[3])


def test_doubled_money_doubles_what_is_spent() -> None:
    rng = np.random.default_rng(3)
    count = rng.integers(1, 6, 200).astype(float)
    money = rng.gamma(4 * count) / count * rng.gamma(3, 10, 200)
    once, twice = spending.fit(money, count), spending.fit(2 * money, count)
    assert isinstance(once, Spending)
    assert isinstance(twice, Spending)
    assert twice.mean == pytest.approx(2 * once.mean, rel=1e-4)
    assert (twice.p, twice.q) == pytest.approx((once.p, once.q), rel=1e-3)
    drawn = [np.median([one.mean for one in spending.draws(once, money, count, 1)])]
    assert drawn[0] == pytest.approx(once.mean, rel=0.1)


def test_customers_who_never_leave_have_no_value_that_could_be_told() -> None:
    rng = np.random.default_rng(8)
    for _ in range(3):
        rate = rng.gamma(2.0, 0.1, 150)
        seen = Buyers(rng.poisson(30 * rate).astype(float), np.zeros(150), np.full(150, 30.0))
        latest = np.where(seen.again > 0, 30 * rng.random(150) ** (1 / np.maximum(seen.again, 1)), 0.0)
        found = purchases.fit(Buyers(seen.again, latest, seen.until))
        assert isinstance(found, Message)
        assert found.id == "value.nobody_leaves"


def test_too_few_are_told_and_not_fitted() -> None:
    nobody = Buyers(np.zeros(80), np.zeros(80), np.full(80, 20.0))
    found = purchases.fit(nobody)
    assert isinstance(found, Message)
    assert found.id == "value.few_buyers"
    assert isinstance(spending.fit(np.zeros(80), np.zeros(80)), Message)


def test_ranges_hold_the_purchases_as_often_as_they_say() -> None:
    """80 % ranges of what a new customer will still buy, over 12 sets of customers: 9.6 expected, deviation 1.4."""
    rng, held, rate = np.random.default_rng(5), 0, np.log(1.1) / 52
    nobody = Buyers(np.zeros(1), np.zeros(1), np.zeros(1))
    for trial in range(12):
        model = Buying(*np.exp(rng.normal((-0.3, 2.3, 0.0, 1.0), 0.3)))
        seen = _simulated(model, 250, 60.0, rng)[0]
        found = purchases.fit(seen)
        assert isinstance(found, Buying)
        values = [one.discounted(nobody, rate).item() for one in purchases.draws(found, seen, trial, 100)]
        low, high = np.quantile(values, (0.1, 0.9))
        held += bool(low <= model.discounted(nobody, rate).item() <= high)
    assert held >= 6
