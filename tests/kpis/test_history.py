"""Which months are whole, and what is combined of them: history, growth, baseline."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.baseline import baseline
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.growth import growth, period_values
from salesgoals_kit.kpis.measure import History, history, measure
from salesgoals_kit.kpis.needs import available
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import LENGTH, month_name, month_number, month_start, parse_period
from salesgoals_kit.words import Count, Name, say

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]


def m(text: str) -> int:
    return parse_period(text).first


def won(day: date, amount: int = 100, **more: Any) -> dict[str, Any]:
    return {"deal_id": f"{day} {more}", "status": "won", "closed_at": day, "amount": amount, **more}


def months_of(found: History) -> list[str]:
    return [month_name(month_number(month)) for month in found.frame["month"].dt.date]


def every_day(first: date, last: date) -> list[dict[str, Any]]:
    return [won(first + timedelta(days=i)) for i in range((last - first).days + 1)]


@pytest.mark.parametrize(("first", "begins"), [(7, "2024-01"), (8, "2024-02")])
def test_a_table_that_begins_after_the_first_week_has_its_first_month_in_part(
    make_tables: MakeTables, first: int, begins: str
) -> None:
    tables = make_tables(date(2024, 3, 31), deals=every_day(date(2024, 1, first), date(2024, 3, 31)))
    assert months_of(history("revenue", tables))[0] == begins


@pytest.mark.parametrize(("as_of", "ends"), [(date(2024, 3, 30), "2024-02"), (date(2024, 3, 31), "2024-03")])
def test_the_month_of_as_of_counts_only_once_it_has_ended(make_tables: MakeTables, as_of: date, ends: str) -> None:
    tables = make_tables(as_of, deals=every_day(date(2024, 1, 1), date(2024, 3, 31)))
    assert months_of(history("revenue", tables))[-1] == ends


def test_no_kpi_shows_a_part_month(draw: Callable[..., Tables]) -> None:
    for revenue, owner in (("deals", Owner("South")), ("mrr", COMPANY)):
        tables = draw(7, revenue, as_of=date(2025, 6, 17))
        for name in available(tables, owner):
            months = months_of(history(name, tables, owner))
            assert all(month < "2025-06" for month in months)
            assert months == sorted(months)


def test_months_after_a_table_stops_are_unknown_not_zero(make_tables: MakeTables) -> None:
    deals = every_day(date(2024, 1, 1), date(2024, 6, 30))
    days = [date(2024, 1, 1) + timedelta(days=i) for i in range(91)]
    leads = [{"lead_id": f"{day}", "created_at": day, "qualified_at": day} for day in days]
    found = history("qualified_leads", make_tables(date(2024, 6, 30), deals=deals, leads=leads))
    assert months_of(found) == ["2024-01", "2024-02", "2024-03"]  # the 91st day is 31 March
    assert found.notes == (say("kpis.stops_early", table="leads", last="2024-03"),)


def test_the_month_in_which_a_daily_table_stops_is_a_part_month(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 6, 30), deals=every_day(date(2024, 1, 1), date(2024, 4, 12)))
    assert months_of(history("revenue", tables))[-1] == "2024-03"  # 18 silent days in April, never one before


def test_the_last_month_that_ended_is_a_part_month_too_where_the_export_is_older(make_tables: MakeTables) -> None:
    """Deals exported on 12 June, looked at on 30 June: June ended, but two thirds of it are not in the data."""
    tables = make_tables(date(2024, 6, 30), deals=every_day(date(2024, 1, 1), date(2024, 6, 12)))
    found = history("revenue", tables)
    assert months_of(found)[-1] == "2024-05"
    assert say("kpis.stops_early", table="deals", last="2024-05") in found.notes


def test_the_month_of_the_last_event_of_a_sparse_table_is_whole(make_tables: MakeTables) -> None:
    deals = [won(date(2024, month, 5)) for month in range(1, 5)]
    found = history("revenue", make_tables(date(2024, 6, 30), deals=deals))
    assert months_of(found)[-1] == "2024-04"  # 25 silent days are nothing new


def test_a_month_without_a_sale_within_the_history_is_zero(make_tables: MakeTables) -> None:
    deals = [won(date(2024, 1, 2)), won(date(2024, 3, 2), 300)]
    assert history("revenue", make_tables(date(2024, 3, 31), deals=deals)).frame["value"].tolist() == [1.0, 0.0, 3.0]


def test_a_teams_history_begins_with_its_own_first_event(make_tables: MakeTables) -> None:
    deals = [*every_day(date(2024, 1, 1), date(2024, 6, 30)), won(date(2024, 3, 9), team="New")]
    tables = make_tables(date(2024, 6, 30), deals=deals)
    found = history("revenue", tables, Owner("New"))
    assert months_of(found) == ["2024-04", "2024-05", "2024-06"]  # March in part; what follows is truly zero
    assert found.frame["value"].tolist() == [0.0, 0.0, 0.0]


def test_a_team_without_a_deal_has_no_history_and_it_is_said(make_tables: MakeTables) -> None:
    deals = [{**row, "team": "North"} for row in every_day(date(2024, 1, 1), date(2024, 2, 29))]
    found = history("revenue", make_tables(date(2024, 2, 29), deals=deals), Owner("South"))
    assert found.frame.empty
    assert say("kpis.no_own_events", name=Name("South")) in found.notes


def test_a_reps_history_runs_from_hiring_to_leaving(make_tables: MakeTables) -> None:
    reps = [{"rep": "Ann", "hired_on": date(2024, 2, 1), "left_on": date(2024, 5, 20)}]
    deals = [*every_day(date(2024, 1, 1), date(2024, 6, 30)), won(date(2024, 4, 1), 700, rep="Ann")]
    found = history("revenue", make_tables(date(2024, 6, 30), deals=deals, reps=reps), Owner(rep="Ann"))
    assert months_of(found) == ["2024-02", "2024-03", "2024-04"]  # May she was not there to its end
    assert found.frame["value"].tolist() == [0.0, 0.0, 7.0]


def test_rolling_spans_end_with_each_month(draw: Callable[..., Tables]) -> None:
    tables = draw()
    found = history("nrr", tables, length=3)
    last = measure("nrr", tables, [(m("2025-10"), m("2025-12"))])["value"].item()
    assert found.frame["value"].iloc[-1] == last
    assert len(found.frame) < len(history("nrr", tables).frame)


def test_frames_carry_dates_and_never_periods(draw: Callable[..., Tables]) -> None:
    frame = history("revenue", draw()).frame
    assert frame.columns.tolist() == ["month", "numerator", "denominator", "value"]
    assert frame["month"].dtype == "datetime64[us]"


def made(kpi: str, numbers: list[float], denominators: list[float] | None = None, first: str = "2023-04") -> History:
    months = pd.to_datetime([month_start(m(first) + i) for i in range(len(numbers))])
    below = denominators or [math.nan] * len(numbers)
    values = [n / d if denominators else n for n, d in zip(numbers, below, strict=True)]
    frame = pd.DataFrame({"month": months, "numerator": numbers, "denominator": below, "value": values})
    return History(kpi, COMPANY, frame, ())


def test_growth_compares_whole_quarters_with_the_one_before_and_a_year_before() -> None:
    # 2023-04 to 2024-08: Q2 6, Q3 15, Q4 24, Q1 33, Q2 42; July and August are a part quarter and are left out.
    found = growth(made("revenue", [float(i) for i in range(1, 18)]), CATALOGUE["revenue"], "quarter")
    assert found["period"].tolist() == ["2023Q2", "2023Q3", "2023Q4", "2024Q1", "2024Q2"]
    assert found["value"].tolist() == [6, 15, 24, 33, 42]
    assert found["growth"].iloc[1:].tolist() == [15 / 6 - 1, 24 / 15 - 1, 33 / 24 - 1, 42 / 33 - 1]
    assert found["growth_on_year"].iloc[-1] == 42 / 6 - 1
    assert found[["growth", "growth_on_year"]].iloc[0].isna().all()


def test_a_fiscal_year_from_april_is_named_for_the_year_it_ends_in() -> None:
    found = period_values(made("revenue", [1.0] * 17), CATALOGUE["revenue"], "year", fiscal_year_starts=4)
    assert found.to_dict("records") == [
        {"period": "2024", "first": m("2023-04"), "last": m("2024-03"), "value": 12.0}
    ]  # April 2023 to March 2024; the five months after it are no year


def test_fiscal_quarters_may_begin_in_any_month() -> None:
    found = period_values(made("revenue", [1.0] * 7), CATALOGUE["revenue"], "quarter", fiscal_year_starts=2)
    assert found["period"].tolist() == [
        "2024Q2",
        "2024Q3",
    ]  # May to July, August to October 2023; April is the end of Q1


def test_months_are_combined_as_the_kpi_says() -> None:
    rates = made("margin", [10.0, 90.0, 0.0], [100.0, 100.0, 200.0])
    assert period_values(rates, CATALOGUE["margin"], "quarter")["value"].item() == 0.25  # 100 / 400; the mean is 0.333
    assert period_values(made("mrr", [3.0, 9.0, 5.0]), CATALOGUE["mrr"], "quarter")["value"].item() == 5.0
    churn = made("logo_churn", [1.0, 3.0, 2.0], [100.0, 100.0, 100.0])
    assert period_values(churn, CATALOGUE["logo_churn"], "quarter")["value"].item() == 0.03  # the worst month


def test_a_recomputed_kpi_wants_spans_of_the_periods_length(draw: Callable[..., Tables]) -> None:
    tables = draw()
    with pytest.raises(ValueError, match="nrr by quarter needs a history of length 3, not 1"):
        period_values(history("nrr", tables), CATALOGUE["nrr"], "quarter")
    quarters = period_values(history("nrr", tables, length=3), CATALOGUE["nrr"], "quarter")
    spans = list(zip(quarters["first"], quarters["last"], strict=True))
    assert quarters["value"].tolist() == measure("nrr", tables, spans)["value"].tolist()


def test_growth_from_nothing_is_missing() -> None:
    found = growth(made("revenue", [0.0, 5.0, -2.0, 4.0]), CATALOGUE["revenue"], "month")
    assert found["growth"].isna().tolist() == [True, True, False, True]


def test_the_base_is_the_same_period_a_year_before(make_tables: MakeTables) -> None:
    deals = [won(date(2023 + i // 12, i % 12 + 1, 2), 100 * (i + 1)) for i in range(24)]
    found = baseline(make_tables(date(2024, 12, 31), deals=deals), COMPANY, parse_period("2025Q1"), "revenue")
    # Quarters of 2023: 6, 15, 24, 33; of 2024: 42, 51, 60, 69. Median of the eight (33 + 42) / 2.
    assert (found.base, found.base_period) == (42.0, parse_period("2024Q1"))
    assert found.totals["value"].tolist() == [6, 15, 24, 33, 42, 51, 60, 69]
    assert (found.lower, found.median, found.upper) == (21.75, 37.5, 53.25)  # quartiles as numpy has them
    assert found.growth["year"]["growth"].iloc[-1] == 222 / 78 - 1
    assert say("kpis.no_base", period="2025Q1") not in found.notes


def test_without_a_year_the_base_is_the_latest_whole_period_and_says_so(make_tables: MakeTables) -> None:
    deals = [won(date(2024, month, 2)) for month in range(1, 9)]
    found = baseline(make_tables(date(2024, 8, 31), deals=deals), COMPANY, parse_period("2024Q4"), "revenue")
    assert found.base_period == parse_period("2024Q2")  # the third quarter has not ended
    assert say("kpis.base_not_a_year_before", base="2024Q2", wanted="2023Q4") in found.notes
    assert say("kpis.few_quarters", count=Count(2)) in found.notes


def test_without_any_whole_period_there_is_no_base(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 2, 29), deals=[won(date(2024, 1, 2)), won(date(2024, 2, 2))])
    found = baseline(tables, COMPANY, parse_period("2025"), "revenue")
    assert (found.base, found.base_period) == (None, None)
    assert math.isnan(found.median)
    assert say("kpis.no_base", period="2025") in found.notes


def test_a_baseline_of_every_kpi_has_only_whole_periods(draw: Callable[..., Tables], make_company: MakeCompany) -> None:
    tables = draw(fiscal_year_starts=4)
    for name in available(tables):
        found = baseline(tables, COMPANY, parse_period("2026Q4", 4), name)
        for grain, rows in found.growth.items():
            assert ((rows["last"] - rows["first"]) == LENGTH[grain] - 1).all()
            assert (rows["last"] <= m("2025-12")).all()
