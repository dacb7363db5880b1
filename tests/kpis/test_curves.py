"""The win curve and the cycle: by hand, beside a naive twin, with late entry; and the biased mean."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.curves import mean_cycle, win_curve
from salesgoals_kit.kpis.measure import history, measure
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number, parse_period
from salesgoals_kit.words import Number

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]
START = date(2024, 3, 1)


def m(text: str) -> int:
    return parse_period(text).first


def deal(name: str, created: date | None, took: int | None, status: str = "open", **more: Any) -> dict[str, Any]:
    closed = None if took is None or created is None else created + timedelta(days=took)
    return {"deal_id": name, "status": status, "created_at": created, "closed_at": closed, **more}


BEGINS = deal("x", date(2024, 2, 1), 0, "lost")  # the data begin with its closing, so no deal of March enters late
FIVE = [
    deal("w2", START, 2, "won"),
    deal("l3", START, 3, "lost"),
    deal("w5", START, 5, "won"),
    deal("w9", START, 9, "won"),
    deal("o", START + timedelta(days=26), None),  # created on 27 March
]


def test_losing_competes_and_open_deals_are_censored(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 3, 31), deals=[BEGINS, *FIVE])  # the open one has been seen for 4 days
    curve = win_curve(tables, (m("2024-03"), m("2024-03")), horizon=10)
    # day 2: 1 of 5 wins: 1/5, open 4/5. day 3: 1 of 4 is lost: losing 4/5 * 1/4 = 1/5, open 3/5; the open one leaves
    # after day 4. day 5: 1 of 2 wins: 3/5 * 1/2 = 3/10. day 9: the last one wins: 3/10 more. 1/5 + 3/10 + 3/10 = 4/5.
    assert curve["at_risk"].tolist() == [5, 5, 5, 4, 3, 2, 1, 1, 1, 1, 0]
    assert curve["winning"].tolist() == pytest.approx([0, 0, 0.2, 0.2, 0.2, 0.5, 0.5, 0.5, 0.5, 0.8, 0.8])
    assert curve["losing"].iloc[-1] == pytest.approx(0.2)
    assert curve["open"].tolist() == pytest.approx([1, 1, 0.8, 0.6, 0.6, 0.3, 0.3, 0.3, 0.3, 0, 0])


def test_the_cycle_is_the_day_by_which_half_of_the_wins_have_come(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    # As above, followed to day 10: the open deal stays to the end. Day 2: 1/5; day 5: 1 of 3 open, 3/5 * 1/3 = 1/5;
    # day 9: 2/5 * 1/2 = 1/5. Wins are 3/5 in all, half of that is passed on day 5.
    tables = make_tables(date(2024, 4, 10), make_company(horizon_days=10), deals=[BEGINS, *FIVE])
    assert measure("cycle_days", tables, [(m("2024-03"), m("2024-03"))])["value"].item() == 5.0


def test_half_of_four_wins_is_reached_on_the_second_in_spite_of_rounding(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    # 6 wins of 7: steps of 1/7 whose float sum falls short of 3/7 unless rounding is allowed for; half is the third.
    deals = [BEGINS, *(deal(f"w{i}", START, i, "won") for i in range(1, 7)), deal("l", START, 9, "lost")]
    tables = make_tables(date(2024, 12, 31), make_company(horizon_days=10), deals=deals)
    assert measure("cycle_days", tables, [(m("2024-03"), m("2024-03"))])["value"].item() == 3.0


def test_a_cohort_is_immature_until_its_last_day_is_followed_to_the_horizon(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    # 31 March + 10 days = 10 April.
    for as_of, known in ((date(2024, 4, 9), False), (date(2024, 4, 10), True)):
        tables = make_tables(as_of, make_company(horizon_days=10), deals=[BEGINS, *FIVE])
        assert measure("cycle_days", tables, [(m("2024-03"), m("2024-03"))])["value"].notna().item() is known
    notes = history(
        "cycle_days", make_tables(date(2024, 4, 9), make_company(horizon_days=10), deals=[BEGINS, *FIVE])
    ).notes
    assert "kpis.no_whole_month" in [note.id for note in notes]


def test_deals_under_way_when_the_data_begins_enter_late(make_tables: MakeTables, make_company: MakeCompany) -> None:
    # The data begin on 1 March, when x closes. y was created on 24 February, so it is seen from its day 6 on, and x,
    # created on 29 February, from its day 1. Their colleagues that closed in February are not in the data.
    deals = [
        deal("x", date(2024, 2, 29), 1, "won"),
        deal("y", date(2024, 2, 24), 8, "won"),
        deal("z", date(2024, 3, 1), 4, "won"),
        deal("q", date(2024, 3, 1), 9, "lost"),
    ]
    tables = make_tables(date(2024, 12, 31), make_company(horizon_days=10), deals=deals)
    curve = win_curve(tables, (m("2024-02"), m("2024-03")))
    # at risk: day 0 z, q; day 1 x, z, q; days 2 to 4 z, q; day 5 q; days 6 to 8 y, q; day 9 q.
    assert curve["at_risk"].tolist() == [2, 3, 2, 2, 2, 1, 2, 2, 2, 1, 0]
    # day 1: 1/3; day 4: 2/3 * 1/2 = 1/3; day 8: 1/3 * 1/2 = 1/6. Had all been seen from the start it would be 3/4.
    assert curve["winning"].iloc[-1] == pytest.approx(5 / 6)
    # Only February's: on its first day nobody is seen, so nothing can be said.
    assert win_curve(tables, (m("2024-02"), m("2024-02")))["winning"].isna().all()
    assert math.isnan(measure("cycle_days", tables, [(m("2024-02"), m("2024-02"))])["value"].item())


def test_the_data_begin_with_the_companys_first_closing_for_every_team(make_tables: MakeTables) -> None:
    deals = [
        deal("a", START, 1, "won", team="North"),
        deal("b", START + timedelta(days=3), 30, "won", team="South"),  # before South's first closing, after North's
    ]
    curve = win_curve(make_tables(deals=deals), (m("2024-03"), m("2024-03")), Owner("South"), 30)
    assert curve["at_risk"].iloc[0] == 1  # seen from its first day


def test_the_mean_over_closed_deals_stands_beside_it_and_is_called_biased(
    make_tables: MakeTables, make_company: MakeCompany
) -> None:
    deals = [*FIVE, deal("w29", START, 29, "won")]
    tables = make_tables(date(2024, 6, 30), make_company(horizon_days=10), deals=deals)
    mean = mean_cycle(tables, [(m("2024-03"), m("2024-06"))])
    assert mean["value"].item() == (2 + 3 + 5 + 9 + 29) / 5  # the open one, which has waited 95 days, is not in it
    notes = {note.id: note.values for note in history("cycle_days", tables).notes}
    assert notes["kpis.cycle_mean_biased"]["mean"] == Number(9.6, 1, "days")


def test_history_of_the_cycle_ends_with_the_last_mature_cohort(draw: Callable[..., Tables]) -> None:
    months = history("cycle_days", draw(horizon_days=30)).frame["month"]
    assert months.iloc[-1].date() == date(2025, 11, 1)  # 30 November + 30 days = 30 December, as_of is the 31st


@dataclass(frozen=True)
class Plain:
    """A deal in day numbers; closed is None while it is open."""

    created: int
    closed: int | None
    won: bool


def _twin(deals: list[Plain], begins: int, as_of: int, horizon: int) -> list[float]:
    """Aalen-Johansen deal by deal and day by day, as the textbook has it."""
    open_share, winning = 1.0, 0.0
    curve: list[float] = []
    for day in range(horizon + 1):
        at_risk = [
            d
            for d in deals
            if max(0, begins - d.created) <= day <= (as_of if d.closed is None else d.closed) - d.created
        ]
        ending = [d for d in at_risk if d.closed is not None and d.closed - d.created == day]
        if not at_risk and open_share > 0:
            return [*curve, *([math.nan] * (horizon + 1 - day))]
        if at_risk:
            winning += open_share * sum(d.won for d in ending) / len(at_risk)
            open_share *= (len(at_risk) - len(ending)) / len(at_risk)
        curve.append(winning)
    return curve


@pytest.mark.parametrize("seed", range(8))
def test_the_curve_equals_a_naive_twin(make_tables: MakeTables, make_company: MakeCompany, seed: int) -> None:
    rng = random.Random(seed)
    rows, plain = [], []
    as_of = date(2024, 6, 30)
    for i in range(rng.choice([3, 40, 200])):
        created = date(2024, 1, 1) + timedelta(days=rng.randrange(150))
        took = int(rng.expovariate(1 / 30))
        closed = created + timedelta(days=took)
        if closed < date(2024, 2, 10):
            continue  # what closed before the data begin is not in them
        ends, won = (None, False) if closed > as_of else (took, rng.random() < 0.6)
        status = "open" if ends is None else "won" if won else "lost"
        rows.append(deal(f"{i}", created, ends, status))
        plain.append(Plain(day_number(created), None if ends is None else day_number(closed), won))
    curve = win_curve(make_tables(as_of, deals=rows), (m("2024-01"), m("2024-06")), horizon=60)
    begins = min((d.closed for d in plain if d.closed is not None), default=day_number(as_of))
    assert curve["winning"].tolist() == pytest.approx(_twin(plain, begins, day_number(as_of), 60), nan_ok=True)


@pytest.mark.parametrize("seed", [1, 2])
def test_cycle_days_equal_a_naive_twin(draw: Callable[..., Tables], seed: int) -> None:
    tables = draw(seed, horizon_days=40)
    deals = tables.frame("deals").collect("pandas").to_native()
    found = measure("cycle_days", tables, month_spans(m("2024-02"), m("2025-12"), 3))
    begins = int(deals["closed_at_day"].min())
    for first, last, value in zip(found["first"], found["last"], found["value"], strict=True):
        inside = deals[deals["created_at_month"].between(first, last).fillna(False)]
        cohort = [
            Plain(d.created_at_day, None if d.status == "open" else d.closed_at_day, d.status == "won")
            for d in inside.itertuples()
        ]
        curve = _twin(cohort, begins, day_number(tables.as_of), 40)
        mature = last <= m("2025-10")  # 31 October + 40 days = 10 December; 30 November + 40 days is after as_of
        half = next((day for day, share in enumerate(curve) if share >= curve[-1] / 2 - 1e-9), math.nan)
        assert value == pytest.approx(half if mature and curve[-1] > 0 else math.nan, nan_ok=True)


def test_groups_have_curves_of_their_own(draw: Callable[..., Tables]) -> None:
    tables = draw()
    span = (m("2024-01"), m("2025-12"))
    curves = win_curve(tables, span, by=("team",))
    north = curves[curves["team"] == "North"].drop(columns="team").reset_index(drop=True)
    pd.testing.assert_frame_equal(north, win_curve(tables, span, Owner("North")))
    assert len(curves) == 4 * len(win_curve(tables, span, COMPANY))  # North, South, East and those without a team
