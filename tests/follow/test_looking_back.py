"""What stands beside a review's goals: people, initiatives, kept promises, versions of final figures, forecasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.follow.facts import Facts, past_figures
from salesgoals_kit.follow.initiatives import Tried, initiatives, metric_of, metrics_of
from salesgoals_kit.follow.promises import Kept, kept
from salesgoals_kit.follow.quota import Quota, held_to, quota, sales_by_rep
from salesgoals_kit.follow.review import Review, review
from salesgoals_kit.follow.versions import before_this, versions
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.rows import FinalRow, GoalRow, OutlookRow
from salesgoals_kit.store.visible import Visible

MakeGoal = Callable[..., GoalRow]
MakeOutlook = Callable[..., OutlookRow]
See = Callable[..., Visible]

Q1 = parse_period("2026Q1")
SETTLED = date(2026, 4, 5)


def found_of(company: Company, seen: Visible, actuals: dict[str, float | None], as_of: date = SETTLED) -> Review:
    return review(Owner("Central"), Q1, as_of, company, facts=Facts(actuals), visible=seen)


# --- people


def own(rep: str, value: float, level: str = "rep", **given: Any) -> GoalRow:
    basic: dict[str, Any] = {"template": "goal_setting", "as_of": date(2025, 12, 31), "kpi": "revenue", **given}
    return GoalRow(owner=Owner(rep=rep), period="2026Q1", level=level, value=value, **basic)


def test_three_numbers_are_three_questions() -> None:
    sales = {"Ann": 300.0, "Bob": 90.0, "Cid": 50.0, "Dan": 70.0}
    goals = [own("Ann", 100.0), own("Bob", 100.0), own("Cid", 100.0), own("Cid", 50.0, "agreed"), own("Eve", 1.0)]
    found = quota(sales, goals, Q1)
    # Ann and, by what was agreed with him, Cid; Dan has no goal, Eve is somebody else's
    assert found == Quota(people=3, at_goal=2, sales=440.0, goals=250.0, late=0)
    assert found is not None
    assert [found.share, found.sold] == pytest.approx([2 / 3, 1.76])


def test_nobody_with_a_goal_is_no_attainment() -> None:
    assert quota({"Ann": 1.0}, [], Q1) is None
    assert quota({"Ann": 1.0}, [own("Ann", 0.0), replace(own("Ann", 5.0), period="2025Q4")], Q1) is None
    late = quota({"Ann": 1.0}, [own("Ann", 1.0, backfilled=True)], Q1)
    assert late is not None
    assert late.late == 1


def tables_of(rows: list[dict[str, Any]], **given: Any) -> Tables:
    company = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}, **given})
    return tables_from_frames({"deals": pd.DataFrame(rows)}, company, date(2026, 4, 30))


def test_what_people_sold_counts_wherever_they_sold_it() -> None:
    sold = [("Ann", "North", 10_000), ("Ann", "South", 4_000), ("Bob", "South", 700), ("Cid", "North", None)]
    won = {"status": "won", "closed_at": date(2026, 2, 3)}
    rows: list[dict[str, Any]] = [
        {**won, "deal_id": str(i), "amount": amount, "rep": rep, "team": team}
        for i, (rep, team, amount) in enumerate(sold)
    ]
    rows.append({**rows[0], "deal_id": "x", "closed_at": date(2026, 4, 2)})  # another quarter's
    assert sales_by_rep(tables_of(rows), Owner("North"), Q1) == {"Ann": 140.0, "Cid": 0.0}
    assert sales_by_rep(tables_of(rows), COMPANY, Q1) == {"Ann": 140.0, "Bob": 7.0, "Cid": 0.0}
    plain = [{name: cell for name, cell in row.items() if name not in ("rep", "team")} for row in rows]
    assert sales_by_rep(tables_of(plain), COMPANY, Q1) == {}


def test_who_sold_for_a_team_at_another_time_is_none_of_its_people() -> None:
    """Eve sold for the North years ago and now for the South, so her goal is the South's; Fay sells nothing now."""
    past, now = date(2023, 5, 2), date(2026, 2, 3)
    sold = [("Eve", "North", past), ("Eve", "South", now), ("Ann", "North", now), ("Fay", "South", past)]
    rows: list[dict[str, Any]] = [
        {"deal_id": str(i), "status": "won", "closed_at": day, "amount": 100 * 2**i, "rep": rep, "team": team}
        for i, (rep, team, day) in enumerate(sold)
    ]
    assert sales_by_rep(tables_of(rows), Owner("North"), Q1) == {"Ann": 4.0}
    assert sales_by_rep(tables_of(rows), Owner("South"), Q1) == {"Eve": 2.0}
    assert quota(sales_by_rep(tables_of(rows), Owner("North"), Q1), [own("Eve", 1.0)], Q1) is None


def test_who_is_in_two_teams_is_held_to_what_was_agreed_with_him() -> None:
    """What was proposed for Bob is his share of the North's goal, and what he sold is what he sold for both."""
    rows = [{"deal_id": "1", "status": "won", "closed_at": date(2026, 2, 3), "amount": 100, "rep": "Bob", "team": "N"}]
    company = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}})
    half: dict[str, Any] = {"rep": "Bob", "from": date(2020, 1, 1), "to": None, "share": 0.5}
    frames = {
        "deals": pd.DataFrame(rows),
        "reps": pd.DataFrame([{"rep": "Bob"}, {"rep": "Ann"}]),
        "assignments": pd.DataFrame(
            [{**half, "team": "N"}, {**half, "team": "S"}, {**half, "rep": "Ann", "team": "N"}]
        ),
    }
    tables = tables_from_frames(frames, company, date(2026, 4, 30))
    goals = [own("Bob", 1.0), own("Ann", 1.0), own("Bob", 9.0, "agreed")]
    assert held_to(tables, goals) == goals[1:]
    assert held_to(tables_of(rows), goals) == goals, "nobody is known to be in two"


# --- initiatives


def tried(company: Company, seen: Visible, actuals: dict[str, float | None], **given: Any) -> Tried:
    kpis = found_of(company, seen, actuals).kpis
    (one,) = initiatives(seen.goals, kpis, given.get("now", {}), given.get("past", {}))
    return one


@pytest.mark.parametrize(
    ("actual", "verdict"), [(192.0, "moved"), (189.0, "as_ever"), (20.0, "as_ever"), (4.0, "worse")]
)
def test_a_metric_moved_where_chance_hardly_brings_it(
    company: Company, goal: MakeGoal, outlook: MakeOutlook, visible: See, actual: float, verdict: str
) -> None:
    # the outlook holds 1 … 200 alike likely, so that 5 % of it lie above 190
    row = goal(level="agreed", initiative={"what": "demos", "owner": "Ann", "cost": 12.5, "metric": "Revenue"})
    one = tried(company, visible(row, outlook()), {"revenue": actual})
    assert (one.what, one.owner, one.cost, one.verdict) == ("demos", "Ann", 12.5, verdict)
    assert one.sentence.id == f"gap.try_{verdict}"


def test_lower_is_better_turns_the_tail_round(
    company: Company, goal: MakeGoal, outlook: MakeOutlook, visible: See
) -> None:
    row = goal("cac", level="agreed", initiative={"what": "cheaper fairs"})
    assert tried(company, visible(row, outlook("cac")), {"cac": 5.0}).verdict == "moved"


def test_without_an_outlook_the_past_tells_if_it_is_long_enough(company: Company, goal: MakeGoal, visible: See) -> None:
    row = goal(level="agreed", initiative={"what": "demos"})
    past = [float(value) for value in range(30)]
    best = tried(company, visible(row), {"revenue": 31.0}, past={"revenue": past})
    assert (best.verdict, round(31 * (best.tail or 0), 9)) == ("moved", 1)
    second = tried(company, visible(row), {"revenue": 28.5}, past={"revenue": past})
    assert (second.verdict, round(31 * (second.tail or 0), 9)) == ("as_ever", 2)
    short = tried(company, visible(row), {"revenue": 31.0}, past={"revenue": past[:10]})
    assert (short.verdict, short.sentence.id) == ("cannot_tell", "gap.try_short")


@pytest.mark.parametrize(
    ("metric", "actuals", "now", "why"),
    [
        ("demos held", {"revenue": 1.0}, {}, "no_measure"),
        ("win rate", {"revenue": 1.0}, {}, "no_figure"),
        ("win rate", {"win_rate": 0.9}, {"decided": 7.0}, "few"),
    ],
)
def test_what_cannot_be_told_is_said(
    company: Company, goal: MakeGoal, visible: See, metric: str, actuals: dict[str, float | None],
    now: dict[str, float | None], why: str,
) -> None:  # fmt: skip
    row = goal(level="agreed", initiative={"what": "coaching", "metric": metric})
    one = tried(company, visible(row), actuals, now=now)
    assert (one.verdict, one.tail, one.sentence.id) == ("cannot_tell", None, f"gap.try_{why}")
    assert "{" not in Texts.of(company).text(one.sentence)


def test_a_metric_is_named_as_the_field_names_it(goal: MakeGoal) -> None:
    rows = [goal(initiative={"what": "x", "metric": name}) for name in ("close_rate", "ARR", "how we feel")]
    assert [kpi.name if (kpi := metric_of(row)) else None for row in rows] == ["win_rate", "arr", None]
    assert metrics_of([*rows, goal(), goal("margin", initiative={"what": "x"})]) == ("win_rate", "arr", "margin")


def test_past_figures_are_of_whole_periods_before() -> None:
    days = [date(2025, month, 2) for month in range(1, 13)] + [date(2026, 1, 2), date(2026, 4, 9)]
    rows = [{"deal_id": str(i), "status": "won", "closed_at": day, "amount": 100 * i} for i, day in enumerate(days)]
    tables = tables_of(rows)
    assert past_figures(tables, COMPANY, Q1, "revenue") == (3.0, 12.0, 21.0, 30.0)
    assert past_figures(tables, COMPANY, Q1, "mrr") == ()


# --- promises


def final(value: float | None, **given: Any) -> FinalRow:
    basic: dict[str, Any] = {"owner": Owner("Central"), "period": "2025Q4", "template": "review", "as_of": SETTLED}
    return FinalRow(kpi="revenue", value=value, final_on=date(2026, 1, 5), **{**basic, **given})


def test_chances_are_scored_by_kind(goal: MakeGoal) -> None:
    usual, lifted = goal(level="agreed", chance=0.8), goal(level="agreed", chance=0.3, initiative={"what": "x"})
    late = goal(level="agreed", chance=0.9, initiative={"what": "x"}, set_after_the_fact=True)
    pairs = [(usual, final(100.0)), (usual, final(99.0)), (lifted, final(120.0)), (late, final(120.0))]
    pairs += [(goal(level="agreed", chance=None), final(1.0)), (usual, final(None)), (goal(), final(120.0))]
    # (0.8 - 1)² and 0.8²; (0.3 - 1)²; (0.9 - 1)²
    assert [replace(one, brier=round(one.brier, 9)) for one in kept(pairs)] == [
        Kept("usual", 2, 1.6, 1, 0.34),
        Kept("initiative", 1, 0.3, 1, 0.49),
        Kept("late", 1, 0.9, 1, 0.01),
    ]
    assert kept([]) == ()


def test_this_periods_own_count_once_they_are_final(company: Company, goal: MakeGoal, visible: See) -> None:
    seen = visible(goal(level="agreed", chance=0.5))
    final_ones = found_of(company, seen, {"revenue": 100.0}).kpis
    assert [one.reached for one in kept([], seen.goals, final_ones)] == [1]
    early = found_of(company, seen, {"revenue": 100.0}, date(2026, 4, 2)).kpis
    assert kept([], seen.goals, early) == ()


# --- versions


def version(number: int, value: float | None, snapshot: str = "aa", as_of: date = SETTLED, **given: Any) -> FinalRow:
    return final(
        value, period="2026Q1", version=number, snapshot=snapshot, as_of=as_of, money=True, minor_units=100, **given
    )


def test_a_late_correction_is_a_second_version_beside_the_first(company: Company, goal: MakeGoal, visible: See) -> None:
    kpis = found_of(company, visible(goal()), {"revenue": 110.0, "margin": 0.25}).kpis
    first = versions(kpis, [])
    assert [(one.kpi.name, one.number, one.before) for one in first] == [("revenue", 1, None), ("margin", 1, None)]
    (second, _) = versions(kpis, [version(1, 100.0)])
    assert (second.number, second.before and second.before.value, second.actual) == (2, 100.0, 110.0)
    (same, _) = versions(kpis, [version(1, 110.004)])
    assert (same.number, same.before) == (1, None), "money is compared to the minor unit"
    (third, _) = versions(kpis, [version(1, 100.0), version(2, None)])
    assert (third.number, [row.value for row in third.earlier]) == (3, [100.0, None])


def test_a_preliminary_figure_has_no_version(company: Company, goal: MakeGoal, visible: See) -> None:
    assert versions(found_of(company, visible(goal()), {"revenue": 1.0}, date(2026, 4, 2)).kpis, []) == ()


def test_a_review_made_again_sees_what_it_saw() -> None:
    one, two, three = version(1, 100.0, "aa"), version(2, 110.0, "bb"), version(3, 120.0, "cc", date(2026, 5, 1))
    rows = [three, one, two]
    assert before_this(rows, "aa", SETTLED) == ()
    assert before_this(rows, "bb", SETTLED) == (one,)
    assert before_this(rows, "cc", date(2026, 5, 1)) == (one, two)
    assert before_this(rows, "dd", SETTLED) == (one, two), "a day sees what was known by then"


# --- forecasts


def test_what_tracking_forecast_stands_apart_from_what_goals_rest_on(
    company: Company, goal: MakeGoal, outlook: MakeOutlook, visible: See
) -> None:
    later = outlook(scale=2.0, template="tracking", as_of=date(2026, 2, 15))
    (one,) = found_of(company, visible(goal(), later, outlook()), {"revenue": 150.0}).kpis
    assert [(f.template, f.expected, f.low, f.high) for f in one.forecasts] == [
        ("goal_setting", 100.0, 20.0, 180.0),
        ("tracking", 200.0, 40.0, 360.0),
    ]
    assert (one.expected, round(one.percentile or 0, 9)) == (100.0, 0.75)
    (alone,) = found_of(company, visible(later), {"revenue": 150.0}).kpis
    assert (alone.expected, alone.percentile, len(alone.forecasts)) == (None, None, 1)
