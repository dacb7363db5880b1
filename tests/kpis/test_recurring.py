"""Recurring revenue: who is a customer, who is lost and when, the bridge that adds up; by hand and beside a twin."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.bridge import PARTS, churn_definitions, mrr_bridge
from salesgoals_kit.kpis.measure import history, measure
from salesgoals_kit.kpis.spans import month_spans
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number, month_end, month_start, parse_period
from salesgoals_kit.words import Count, say

MakeTables = Callable[..., Tables]
MakeCompany = Callable[..., Company]
YEAR_END = date(2024, 12, 31)


def m(text: str) -> int:
    return parse_period(text).first


def subscription(account: str, start: date, end: date | None, mrr: int, **more: Any) -> dict[str, Any]:
    name = f"{account} {start} {mrr}"
    return {"subscription_id": name, "account_id": account, "started_at": start, "ended_at": end, "mrr": mrr, **more}


HISTORIES = [
    subscription("stays", date(2024, 1, 1), None, 10_000),
    subscription("grows", date(2024, 1, 1), date(2024, 3, 10), 5_000),
    subscription("grows", date(2024, 3, 10), None, 8_000),  # a change of price: one ended, one begun, no lapse
    subscription("leaves", date(2024, 1, 1), date(2024, 2, 15), 4_000),
    subscription("pauses", date(2024, 1, 1), date(2024, 2, 20), 3_000),
    subscription("pauses", date(2024, 3, 21), None, 3_000),  # 30 days without: a pause
    subscription("returns", date(2024, 1, 1), date(2024, 2, 20), 2_000),
    subscription("returns", date(2024, 3, 22), None, 2_500),  # 31 days without: lost, then new
    subscription("tries", date(2024, 1, 1), None, 0),  # never a customer
]


def test_the_bridge_by_hand(make_tables: MakeTables) -> None:
    bridge = mrr_bridge(make_tables(date(2024, 3, 31), subscriptions=HISTORIES))
    # January: all begin: 100 + 50 + 40 + 30 + 20 = 240.
    # February: leaves 40 and returns 20 churn (dated at the lapse), pauses contracts by 30: 240 - 60 - 30 = 150.
    # March: grows 30, pauses comes back 30, both expansion; returns is new with 25: 150 + 60 + 25 = 235.
    assert bridge[list(PARTS)].to_numpy().tolist() == [
        [0.0, 240.0, 0.0, 0.0, 0.0, 240.0],
        [240.0, 0.0, 0.0, 30.0, 60.0, 150.0],
        [150.0, 25.0, 60.0, 0.0, 0.0, 235.0],
    ]
    assert bridge["month"].dt.date.tolist() == [date(2024, 1, 1), date(2024, 2, 1), date(2024, 3, 1)]


def test_churn_and_retention_by_hand(make_tables: MakeTables) -> None:
    tables = make_tables(date(2024, 3, 31), subscriptions=HISTORIES)
    spans = [(m("2024-02"), m("2024-02")), (m("2024-03"), m("2024-03")), (m("2024-02"), m("2024-03"))]
    found = {name: measure(name, tables, spans).set_index(["first", "last"]) for name in ("logo_churn", "grr", "nrr")}
    february, march, both = spans
    # February: five customers, two lost. March: stays, grows and pauses (pausing is not leaving), none lost.
    assert found["logo_churn"]["numerator"].to_dict() == {february: 2, march: 0, both: 2}
    assert found["logo_churn"]["denominator"].to_dict() == {february: 5, march: 3, both: 5}
    assert found["logo_churn"].loc[both, "value"] == 0.4  # the worst month decides
    assert found["grr"]["value"].to_dict() == {february: 150 / 240, march: 1.0, both: 180 / 240}
    # Over both months pauses is netted to nothing; grows adds 30; what returns brings is new and not in it.
    assert found["nrr"]["value"].to_dict() == {february: 150 / 240, march: 210 / 150, both: 210 / 240}
    assert found["grr"].loc[both, "denominator"] == 240.0


@pytest.mark.parametrize(("as_of", "lost"), [(date(2024, 3, 15), 0), (date(2024, 3, 16), 1)])
def test_a_loss_is_final_once_the_pause_is_over_and_dated_at_the_lapse(
    make_tables: MakeTables, as_of: date, lost: int
) -> None:
    # The lapse is on 15 February. On 15 March 15 + 15 = 30 days have passed, on 16 March 31.
    rows = [*HISTORIES[:4], subscription("later", date(2024, 3, 1), None, 100)]
    tables = make_tables(as_of, subscriptions=rows)
    churn = measure("logo_churn", tables, [(m("2024-02"), m("2024-02"))])
    assert churn["numerator"].item() == lost
    bridge = mrr_bridge(tables).iloc[1]
    assert (bridge["churn"], bridge["contraction"]) == (40.0 * lost, 40.0 * (1 - lost))
    pending = say("kpis.churn_not_final", count=Count(1), since="2024-02")
    assert (pending in history("logo_churn", tables).notes) is (lost == 0)


def test_the_history_of_churn_ends_before_what_may_yet_become_a_loss(make_tables: MakeTables) -> None:
    late = subscription("late", date(2024, 1, 1), date(2024, 4, 20), 700)
    rows = [*HISTORIES, late, subscription("more", date(2024, 5, 2), None, 100)]
    tables = make_tables(date(2024, 5, 19), subscriptions=rows)  # 11 + 19 = 30 days so far: it may be a pause
    months = {name: history(name, tables).frame["month"].iloc[-1].month for name in ("mrr", "nrr", "logo_churn")}
    assert months == {"mrr": 4, "nrr": 4, "logo_churn": 3}
    final = history("logo_churn", make_tables(date(2024, 5, 20), subscriptions=rows))
    assert final.frame["month"].iloc[-1].month == 4
    assert final.frame["numerator"].iloc[-1] == 1


def test_the_pause_is_the_companys(make_tables: MakeTables, make_company: MakeCompany) -> None:
    for pause, lost in ((29, 3), (30, 2), (31, 1)):
        tables = make_tables(YEAR_END, make_company(pause_days=pause), subscriptions=HISTORIES)
        assert churn_definitions(tables).lost == lost


def test_one_that_comes_and_goes_within_a_month_is_in_no_rate_but_is_told(make_tables: MakeTables) -> None:
    rows = [*HISTORIES, subscription("brief", date(2024, 2, 3), date(2024, 2, 20), 9_900)]
    tables = make_tables(YEAR_END, subscriptions=rows)
    churn = measure("logo_churn", tables, [(m("2024-02"), m("2024-02"))])
    assert (churn["numerator"].item(), churn["denominator"].item()) == (2, 5)
    assert say("kpis.churn_within_a_month", count=Count(1)) in history("logo_churn", tables).notes


def test_mrr_and_arr_are_the_stock_at_the_end(make_tables: MakeTables) -> None:
    tables = make_tables(YEAR_END, subscriptions=HISTORIES)
    quarter = [(m("2024-01"), m("2024-03"))]
    assert measure("mrr", tables, quarter)["value"].item() == 235.0
    assert measure("arr", tables, quarter)["value"].item() == 12 * 235.0


def test_four_definitions_of_churn_stand_side_by_side(make_tables: MakeTables) -> None:
    accounts = [
        {"account_id": "leaves", "churn_flag": True},
        {"account_id": "grows", "churn_flag": False},
        {"account_id": "stays"},
    ]
    events = [
        {"event_id": "1", "account_id": "leaves", "churned_at": date(2024, 2, 16)},
        {"event_id": "2", "account_id": "leaves", "churned_at": date(2024, 2, 17)},
        {"event_id": "3", "account_id": "returns", "churned_at": date(2024, 2, 21)},
    ]
    found = churn_definitions(make_tables(YEAR_END, subscriptions=HISTORIES, accounts=accounts, churn_events=events))
    assert (found.flagged, found.with_event, found.subscriptions_ended, found.lost) == (1, 2, 4, 2)
    assert [part.id for part in found.sentence.values["others"]] == [  # type: ignore[union-attr]
        "kpis.churn_flagged",
        "kpis.churn_with_event",
        "kpis.churn_subscriptions_ended",
    ]
    alone = churn_definitions(make_tables(YEAR_END, subscriptions=HISTORIES))
    assert (alone.flagged, alone.with_event) == (None, None)


def test_retention_of_nothing_is_missing(make_tables: MakeTables) -> None:
    tables = make_tables(YEAR_END, subscriptions=HISTORIES)
    january = [(m("2024-01"), m("2024-01"))]
    assert all(math.isnan(measure(name, tables, january)["value"].item()) for name in ("grr", "nrr", "logo_churn"))


@dataclass
class Twin:
    """A day-by-day diary of every account, written without a thought for speed."""

    levels: dict[str, dict[int, int]]
    lost: dict[str, list[int]]
    spells: dict[str, list[tuple[int, int | None]]]


def _diary(rows: list[dict[str, Any]], as_of: int, pause: int) -> Twin:
    first = min(day_number(row["started_at"].date()) for row in rows) - 1
    levels: dict[str, dict[int, int]] = {row["account_id"]: dict.fromkeys(range(first, as_of + 1), 0) for row in rows}
    for row in rows:
        end = as_of + 1 if pd.isna(row["ended_at"]) else day_number(row["ended_at"].date())
        for day in range(day_number(row["started_at"].date()), end):
            levels[row["account_id"]][day] += row["mrr"]
    twin = Twin(levels, {}, {})
    for account, days in levels.items():
        lost: list[int] = []
        spells: list[tuple[int, int | None]] = []
        begun: int | None = None
        idle = 0
        for day in sorted(days):
            idle = 0 if days[day] > 0 else idle + 1
            if days[day] > 0 and begun is None:
                begun = day
            if begun is not None and idle == pause + 1:
                lost.append(day - pause)
                spells.append((begun, day - pause))
                begun = None
        twin.lost[account] = lost
        twin.spells[account] = spells + ([(begun, None)] if begun is not None else [])
    return twin


def _parts(twin: Twin, first: int, last: int) -> dict[str, int]:
    """The bridge and the counts of one span, account by account."""
    eve, final = day_number(month_start(first)) - 1, day_number(month_end(last))
    sums = dict.fromkeys((*PARTS, "at_start", "lost"), 0)
    for account, days in twin.levels.items():
        start, end = days.get(eve, 0), days[final]
        at_start = [spell for spell in twin.spells[account] if spell[0] <= eve and (spell[1] is None or spell[1] > eve)]
        gone = bool(at_start) and at_start[0][1] is not None and at_start[0][1] <= final
        sums["start"] += start
        sums["end"] += end
        sums["at_start"] += bool(at_start)
        sums["lost"] += gone
        if gone:
            sums["churn"] += start
            sums["new"] += end
        elif at_start:
            sums["expansion"] += max(end - start, 0)
            sums["contraction"] += max(start - end, 0)
        else:
            sums["new"] += end - start
    return sums


@pytest.mark.parametrize("pause", [0, 5, 30, 90])
def test_the_churn_machine_equals_a_naive_twin(draw: Callable[..., Tables], pause: int) -> None:
    tables = draw(pause, pause_days=pause)
    rows = tables.frame("subscriptions").collect("pandas").to_native().to_dict("records")
    twin = _diary(rows, day_number(tables.as_of), pause)
    assert churn_definitions(tables).lost == sum(bool(days) for days in twin.lost.values())
    months = [_parts(twin, month, month) for month in range(m("2024-01"), m("2025-12") + 1)]
    bridge = mrr_bridge(tables)
    assert (bridge[list(PARTS)] * 100).round().astype(int).to_dict("records") == [
        {part: month[part] for part in PARTS} for month in months[-len(bridge) :]
    ]
    spans = month_spans(m("2024-03"), m("2025-12"), 3)
    found = {name: measure(name, tables, spans) for name in ("logo_churn", "grr", "nrr", "mrr")}
    for i, (first, last) in enumerate(spans):
        quarter = _parts(twin, first, last)
        kept = quarter["start"] - quarter["contraction"] - quarter["churn"]
        grown = kept + quarter["expansion"]
        inside = months[first - m("2024-01") : last + 1 - m("2024-01")]
        rates = [_rate(month["lost"], month["at_start"]) for month in inside]
        worst = max((rate for rate in rates if not math.isnan(rate)), default=math.nan)
        assert found["logo_churn"]["value"][i] == pytest.approx(worst, nan_ok=True)
        assert found["grr"]["value"][i] == pytest.approx(_rate(kept, quarter["start"]), nan_ok=True)
        assert found["nrr"]["value"][i] == pytest.approx(_rate(grown, quarter["start"]), nan_ok=True)
        assert found["mrr"]["value"][i] == quarter["end"] / 100


def _rate(numerator: int, denominator: int) -> float:
    return numerator / denominator if denominator else math.nan


def test_every_bridge_adds_up_to_the_cent_and_hands_on_its_end(draw: Callable[..., Tables]) -> None:
    for seed in range(5):
        tables = draw(seed)
        for owner in (COMPANY, Owner("North"), Owner("South")):
            cents = (mrr_bridge(tables, owner)[list(PARTS)] * 100).round().astype(int)
            ends = cents["start"] + cents["new"] + cents["expansion"] - cents["contraction"] - cents["churn"]
            assert ends.tolist() == cents["end"].tolist()
            assert cents["start"].tolist()[1:] == cents["end"].tolist()[:-1]


def test_losses_of_single_months_add_up_to_all_losses(draw: Callable[..., Tables]) -> None:
    tables = draw(3)
    rows = tables.frame("subscriptions").collect("pandas").to_native().to_dict("records")
    lost = sum(len(days) for days in _diary(rows, day_number(tables.as_of), 30).lost.values())
    counted = measure("logo_churn", tables, month_spans(m("2024-01"), m("2025-12")))["numerator"].sum()
    told = next(n.values["count"] for n in history("logo_churn", tables).notes if n.id == "kpis.churn_within_a_month")
    assert counted + told.value == lost  # type: ignore[union-attr]


def test_a_subscription_without_end_is_active_today(make_tables: MakeTables) -> None:
    tables = make_tables(YEAR_END, subscriptions=[subscription("a", date(2024, 11, 21), None, 700)])
    assert measure("mrr", tables, [(m("2024-12"), m("2024-12"))])["value"].item() == 7.0
