"""What of the ledger may be scored: the outlook that stood, beside the final figure that was known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from salesgoals_kit.company import Company
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.engine import Store, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import FinalRow, OutlookRow

CENTRAL, WEST = Owner("Central"), Owner("West")
SETTLED, MAY, JULY = date(2026, 4, 5), date(2026, 5, 1), date(2026, 7, 5)
IN_TIME, LATE = datetime(2025, 12, 20, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC)
SINCE = datetime(2026, 7, 10, tzinfo=UTC)


def outlook(middle: float = 100.0, **given: Any) -> OutlookRow:
    basic: dict[str, Any] = {"owner": CENTRAL, "period": "2026Q1", "template": "goal_setting", "kpi": "revenue"}
    row = {"as_of": date(2025, 12, 15), "method": "m", "record": {"middle": middle}}
    return OutlookRow(**{**basic, **row, **given})


def final(value: float | None = 90.0, **given: Any) -> FinalRow:
    basic: dict[str, Any] = {"owner": CENTRAL, "period": "2026Q1", "template": "review", "kpi": "revenue"}
    row = {"as_of": SETTLED, "final_on": SETTLED, "value": value, "money": True}
    return FinalRow(**{**basic, **row, **given})


def seen(ledger: Ledger, as_of: date = JULY, period: str = "2026Q3", template: str = "goal_setting") -> list[Any]:
    """Return whose outlook stood, where its middle was, whether it was late, and what came."""
    return [
        (said.owner.team, said.kpi, said.record["middle"], said.backfilled, came.value)
        for said, came in ledger.scorable(period, template, as_of)
    ]


def test_every_owner_and_kpi_with_an_outlook_and_a_figure_is_paired(ledger: Ledger) -> None:
    outlooks = [outlook(1.0), outlook(2.0, owner=WEST), outlook(3.0, owner=COMPANY), outlook(4.0, kpi="arr")]
    finals = [final(10.0), final(20.0, owner=WEST), final(30.0, owner=COMPANY), final(40.0, kpi="arr")]
    ledger.freeze([*outlooks, outlook(5.0, kpi="mrr"), outlook(6.0, period="2026Q2")])
    ledger.freeze([*finals, final(70.0, kpi="cac")])  # no figure of mrr and of the second quarter, no outlook of cac
    assert sorted(seen(ledger), key=str) == [
        ("Central", "arr", 4.0, False, 40.0),
        ("Central", "revenue", 1.0, False, 10.0),
        ("West", "revenue", 2.0, False, 20.0),
        (None, "revenue", 3.0, False, 30.0),
    ]


def test_a_figure_that_became_final_later_is_not_seen(ledger: Ledger) -> None:
    ledger.freeze([outlook(), final()])
    assert seen(ledger, date(2026, 4, 4)) == []
    assert len(seen(ledger, SETTLED)) == 1


def test_a_later_correction_of_a_figure_is_seen_from_its_own_day(ledger: Ledger) -> None:
    ledger.freeze([outlook(), final(90.0)])
    ledger.freeze([final(95.0, as_of=MAY)])
    assert [row[-1] for day in (SETTLED, MAY) for row in seen(ledger, day)] == [90.0, 95.0]


def test_the_hash_of_what_may_be_learned_from_changes_with_it_and_with_nothing_else(ledger: Ledger) -> None:
    def found(as_of: date = JULY) -> str:
        return ledger.digest_of_scores("2026Q3", "goal_setting", as_of)

    ledger.freeze([outlook(), outlook(kpi="arr"), final(kpi="mrr")])
    assert found() == "", "an outlook without a figure, and a figure without an outlook"
    ledger.freeze([final()])
    one = found()
    ledger.freeze([outlook(owner=WEST), outlook(period="2026Q2"), outlook(period="2026Q3"), final(kpi="cac")])
    assert found() == one
    ledger.freeze([final(95.0, as_of=MAY)])
    assert found() != one
    assert found(SETTLED) == one, "what was known then"
    corrected = found()
    ledger.freeze([final(owner=WEST)])
    assert found() not in {"", one, corrected}


def test_the_outlook_that_stood_is_the_latest_made_in_time(store: Store) -> None:
    Ledger(store, lambda: IN_TIME).freeze([outlook(1.0)])
    Ledger(store, lambda: IN_TIME).freeze([outlook(2.0, as_of=date(2025, 12, 19))])
    Ledger(store, lambda: LATE).freeze([outlook(3.0, as_of=date(2025, 12, 31), snapshot="corrected")])
    Ledger(store, lambda: SINCE).freeze([final()])
    assert seen(Ledger(store)) == [("Central", "revenue", 2.0, False, 90.0)]


def test_an_outlook_that_was_only_ever_backfilled_is_marked(store: Store) -> None:
    Ledger(store, lambda: LATE).freeze([outlook(1.0)])
    Ledger(store, lambda: SINCE).freeze([final()])
    assert seen(Ledger(store)) == [("Central", "revenue", 1.0, True, 90.0)]


def test_what_the_same_template_found_of_the_same_period_is_left_out_whoever_s_it_is(ledger: Ledger) -> None:
    """Reviews of a quarter run side by side: none may depend on which of them was done first."""
    rows = [outlook(), outlook(owner=WEST), final(), final(owner=WEST)]
    ledger.freeze([*rows, outlook(period="2025Q4"), final(period="2025Q4")])
    assert [said.period for said, _ in ledger.scorable("2026Q1", "review", JULY)] == ["2025Q4"]
    assert [said.period for said, _ in ledger.scorable("2026Q1", "goal_setting", JULY)] == ["2025Q4"]
    assert [said.period for said, _ in ledger.scorable("2026Q1", "agree", JULY)] == ["2025Q4", "2026Q1", "2026Q1"]


def test_a_rep_who_moved_is_paired_with_what_had_been_expected_of_him(ledger: Ledger) -> None:
    ledger.freeze([outlook(owner=Owner("Central", "r1")), final(owner=Owner("West", "r1"))])
    ((said, came),) = ledger.scorable("2026Q3", "goal_setting", JULY)
    assert (said.owner.team, came.owner.team, came.value) == ("Central", "West", 90.0)


def test_an_undefined_figure_comes_as_missing(ledger: Ledger) -> None:
    ledger.freeze([outlook(), final(None)])
    assert [row[-1] for row in seen(ledger)] == [None]


def test_another_company_in_the_same_database_teaches_nothing(
    store: Store, make_company: Callable[..., Company], environ: dict[str, str]
) -> None:
    with open_store(make_company(name="Beta"), environ) as other:
        Ledger(other, lambda: IN_TIME).freeze([outlook(), final()])
        assert len(seen(Ledger(other))) == 1
        assert seen(Ledger(store)) == []


def test_the_order_is_the_same_however_rows_were_frozen(
    make_company: Callable[..., Company], environ: dict[str, str], tmp_path: Path
) -> None:
    """Frozen one by one and the last first, and all at once in a ledger elsewhere (in PostgreSQL it is the same)."""
    rows = [replace(row, owner=Owner(f"team {i}")) for i in range(12) for row in (outlook(float(i)), final(float(i)))]
    with open_store(make_company(), environ) as store:
        for row in reversed(rows):
            Ledger(store, lambda: IN_TIME).freeze([row])
        backwards = seen(Ledger(store))
    with open_store(make_company(store=str(tmp_path / "elsewhere")), environ) as store:
        Ledger(store, lambda: IN_TIME).freeze(rows)
        assert seen(Ledger(store)) == backwards
    assert len(backwards) == 12
