"""What a review may know of people's goals and of promises, and that it is made again when any of that changes."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.follow.quota import quota
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.run.looking_back import PEOPLE, PROMISES, digests_for, people_goals
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import FinalRow, GoalRow

Q1, SETTLED, TEAM = parse_period("2026Q1"), date(2026, 4, 5), Owner("Central")
BEFORE = datetime(2025, 12, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    given = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, "store": str(tmp_path)}
    return Ledger(open_store(Company.model_validate(given)), clock=lambda: BEFORE)


def goal(rep: str, value: float, **given: Any) -> GoalRow:
    basic: dict[str, Any] = {"owner": Owner("Central", rep), "period": "2026Q1", "template": "goal_setting"}
    basic |= {"as_of": date(2025, 12, 15), "kpi": "revenue", "level": "rep", "money": True, "chance": 0.6}
    return GoalRow(value=value, **{**basic, **given})


def agreed(rep: str, value: float, **given: Any) -> GoalRow:
    told = {"owner": Owner(rep=rep), "agreed_on": date(2025, 12, 18), "agreed_by": "Ann", "reason": "said so"}
    return goal(rep, value, level="agreed", **{**told, **given})


def digests(ledger: Ledger, as_of: date = SETTLED, period: str = "2026Q1") -> dict[str, str]:
    return digests_for(ledger, parse_period(period), "review", as_of, "aa", [TEAM])[TEAM]


def test_people_are_held_to_what_tracking_held_them_to(ledger: Ledger) -> None:
    """Bob agreed on each month, and Cid on two of three; Dan on the quarter."""
    ledger.freeze(
        [goal("bob", 90.0), goal("cid", 50.0), goal("dan", 40.0), goal("eve", 1.0, owner=TEAM, level="target")]
    )
    months = ["2026-01", "2026-02", "2026-03"]
    ledger.agree([agreed("bob", 10.0, period=month) for month in months])
    ledger.agree([agreed("cid", 10.0, period=month) for month in months[:2]])
    ledger.agree([agreed("dan", 70.0)])
    found = people_goals(ledger, Q1, SETTLED)
    sold = {"bob": 31.0, "cid": 45.0, "dan": 69.0, "fay": 5.0}
    people = quota(sold, found, Q1)
    assert people is not None
    assert (people.people, people.at_goal, people.goals, people.sales) == (3, 1, 150.0, 145.0)
    assert quota(sold, people_goals(ledger, Q1, date(2025, 12, 17)), Q1) != people, "not agreed by then"
    assert all(row.owner.rep is not None for row in found)


def test_a_review_is_made_again_when_a_goal_or_promise_it_looks_at_is_another(ledger: Ledger) -> None:
    told = [digests(ledger)]
    ledger.freeze([goal("bob", 90.0)])
    told.append(digests(ledger))
    ledger.agree([agreed("bob", 30.0, period=month) for month in ("2026-01", "2026-02", "2026-03")])
    told.append(digests(ledger))
    assert len({one[PEOPLE] for one in told}) == 3
    assert digests(ledger, date(2025, 12, 14)) == digests(ledger, date(2025, 12, 1)), "nothing was known yet"
    ledger.agree([agreed("dan", 70.0)])
    came = FinalRow(
        owner=Owner(rep="dan"), period="2026Q1", template="review", as_of=SETTLED, kpi="revenue", value=71.0,
        final_on=SETTLED, money=True, snapshot="aa",
    )  # fmt: skip
    ledger.freeze([came])
    later = date(2026, 7, 5)
    plain = digests(ledger, later, "2026Q2")
    assert plain[PROMISES]
    does = {"what": "demos"}
    ledger.agree([agreed("dan", 70.0, initiative=does)])
    assert digests(ledger, later, "2026Q2")[PROMISES] != plain[PROMISES], "it counts on an initiative now"
