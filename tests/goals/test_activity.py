"""A goal in money becomes deals, leads and activities by the reps' own rates, held to the hours there are."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.activity import ActivityPlan, activity_plan
from salesgoals_kit.goals.chain import Chain
from salesgoals_kit.goals.doing import activity_sentences
from salesgoals_kit.goals.now import now_of
from salesgoals_kit.kpis.presence import in_several
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import Message

MakeCompany = Callable[..., Company]
Read = Callable[[Message], str]
FAR, Q1 = date(2025, 12, 31), parse_period("2026Q1")
MINUTES = {"hours_per_week": 30, "minutes": {"call": 6, "email": 4, "meeting": 60}}
ANN = Owner("North", "Ann")


def frames(seed: int = 1, reps: int = 4, deals: int = 400) -> dict[str, pd.DataFrame]:
    """Return a year of two teams: deals of 1,000 euros, 40 % won, half of them through leads, five calls to each."""
    rng = random.Random(seed)
    names = ["Ann", "Bob", "Cid", "Dot"][:reps]
    team_of = dict(zip(names, ["North", "North", "South", "South"], strict=False))
    rows, leads, done = [], [], []
    for i in range(deals):
        created = date(2025, 1, 1) + timedelta(days=rng.randrange(330))
        closed = created + timedelta(days=rng.randrange(1, 60))
        rep, is_open = rng.choice(names), closed > FAR
        status = "open" if is_open else "won" if rng.random() < 0.4 else "lost"
        rows.append({"deal_id": f"D{i}", "status": status, "created_at": created, "rep": rep, "team": team_of[rep]})
        rows[-1] |= {"closed_at": None if is_open else closed, "amount": 100_000}
        if rng.random() < 0.5:
            leads.append({"lead_id": f"L{i}", "deal_id": f"D{i}", "rep": rep, "created_at": created})
            leads[-1] |= {"qualified_at": created, "team": team_of[rep]}
        if rng.random() < 0.5:
            leads.append({"lead_id": f"V{i}", "deal_id": None, "rep": rep, "created_at": created})
            leads[-1] |= {"qualified_at": created, "team": team_of[rep]}
        done += [
            {"activity_id": f"A{i}{kind}{n}", "rep": rep, "kind": kind, "happened_at": created}
            for kind, number in (("call", 5), ("meeting", 1))
            for n in range(number)
        ]
    people = [{"rep": name, "team": team_of[name], "hired_on": date(2020, 1, 1)} for name in names]
    made = {"deals": rows, "leads": leads, "activities": done, "reps": people}
    return {name: pd.DataFrame(table) for name, table in made.items()}


@pytest.fixture
def tables(make_company: MakeCompany) -> Tables:
    return tables_from_frames(frames(), make_company(activity=MINUTES, country="DE"), FAR)


def ids(plan: ActivityPlan) -> set[str]:
    return {note.id for note in plan.notes}


def test_a_chain_by_hand() -> None:
    """20,000 at 1,000 a deal are 20 deals, at one in four 80 opportunities; half come from leads, 0.8 convert."""
    one = np.ones(1)
    chain = Chain(1000 * one, 0.25 * one, 0.5 * one, 0.8 * one, {"call": 0.2 * one, "meeting": 2 * one})
    found = {name: float(draws[0]) for name, draws in chain.needed(20_000).items()}
    assert found == {"won": 20, "opportunities": 80, "qualified_leads": 50, "call": 400, "meeting": 40}
    without = Chain(one, one, None, one, {}).needed(3)
    assert set(without) == {"won", "opportunities"}


def test_ranges_hold_what_the_company_was_made_of(tables: Tables) -> None:
    plan = activity_plan(tables, ANN, Q1, 20_000, level=0.98)
    truth = {"won": 20, "opportunities": 50, "qualified_leads": 50, "call": 250, "meeting": 50}
    for name, number in truth.items():
        step = plan.step(name)
        assert step is not None and step.needed.low <= number * 1.001 and step.needed.high >= number * 0.999, step
        assert step.needed.low <= step.needed.middle <= step.needed.high
        assert step.week.middle == pytest.approx(step.needed.middle / plan.weeks)
    assert plan.weeks == 63 / 5  # 64 weekdays, less New Year: Good Friday is in April
    narrow = activity_plan(tables, ANN, Q1, 20_000, level=0.5)
    for wide, less in zip(plan.steps, narrow.steps, strict=True):
        assert wide.needed.low <= less.needed.low <= less.needed.high <= wide.needed.high


def test_ratios_are_taken_draw_by_draw_as_a_naive_twin_does(tables: Tables) -> None:
    from salesgoals_kit.goals.chain import pools

    made = pools(tables)
    assert made is not None
    chain, calls = made.chain("Ann", "North"), []
    for i in range(len(chain.size)):
        calls.append(9_000 / chain.size[i] / chain.win[i] / chain.yields["call"][i])
    step = activity_plan(tables, ANN, Q1, 9_000).step("call")
    assert step is not None
    assert (step.needed.low, step.needed.high) == pytest.approx(tuple(np.quantile(calls, [0.1, 0.9])))


def test_hours_bind_and_say_by_how_much(make_company: MakeCompany, read: Read) -> None:
    company = make_company(activity={**MINUTES, "hours_per_week": 2}, country="DE")
    plan = activity_plan(tables_from_frames(frames(), company, FAR), ANN, Q1, 20_000)
    hours = plan.hours
    assert hours is not None and hours.bind and hours.there == pytest.approx(2 * 12.6)
    call, meeting = plan.step("call"), plan.step("meeting")
    assert call is not None and meeting is not None and call.capped is not None and meeting.capped is not None
    assert hours.needed.middle == pytest.approx(call.needed.middle * 0.1 + meeting.needed.middle, rel=0.02)
    assert hours.short == hours.needed.middle - hours.there
    assert hours.carried.middle == pytest.approx(20_000 * hours.there / hours.needed.middle, rel=0.01)
    assert call.capped.middle < call.week.middle
    assert call.capped.middle * 0.1 + meeting.capped.middle <= 2 * 1.02
    said = [read(sentence) for sentence in activity_sentences(plan)]
    assert any("more than the 25 there are" in text and "carry" in text for text in said), said
    assert any("the hours there are allow" in text for text in said)


def test_more_money_never_needs_less_and_more_hours_never_carry_less(make_company: MakeCompany) -> None:
    made, rng = frames(), random.Random(5)

    def with_hours(there: float) -> Tables:
        return tables_from_frames(made, make_company(activity={**MINUTES, "hours_per_week": there}), FAR)

    before: list[float] = []
    for there in sorted(rng.uniform(0.1, 60) for _ in range(8)):
        tables, carried = with_hours(there), []
        plans = [activity_plan(tables, ANN, Q1, goal) for goal in sorted(10 ** rng.uniform(0, 6) for _ in range(12))]
        for low, high in pairwise(plans):
            assert low.hours is not None and high.hours is not None and low.hours.binds <= high.hours.binds
            for one, two in zip(low.steps, high.steps, strict=True):
                assert (one.needed.low, one.needed.high) < (two.needed.low, two.needed.high)
            carried = [low.hours.carried.low, low.hours.carried.middle, low.hours.carried.high]
        assert not before or all(less < more for less, more in zip(before, carried, strict=True))
        before = carried


def test_a_rep_without_history_takes_the_team_s_rates(make_company: MakeCompany, read: Read) -> None:
    made = frames()
    new = pd.DataFrame([{"rep": "New", "team": "North", "hired_on": date(2025, 12, 1)}])
    made["reps"] = pd.concat([made["reps"], new], ignore_index=True)
    tables = tables_from_frames(made, make_company(activity=MINUTES), FAR)
    plan, old = activity_plan(tables, Owner("North", "New"), Q1, 9_000), activity_plan(tables, ANN, Q1, 9_000)
    assert "activity.takes_team" in ids(plan) and "activity.takes_team" not in ids(old)
    assert [step.cases for step in plan.steps] == [0] * len(plan.steps)
    (won, old_won) = (plan.step("opportunities"), old.step("opportunities"))
    assert won is not None and old_won is not None
    assert won.needed.high - won.needed.low > old_won.needed.high - old_won.needed.low
    assert any("New has decided no deal yet" in read(note) for note in plan.notes)


def test_all_are_new_or_alone(make_company: MakeCompany) -> None:
    made = frames(reps=1)
    alone = activity_plan(tables_from_frames(made, make_company(activity=MINUTES), FAR), ANN, Q1, 9_000)
    assert "activity.team_of_one" in ids(alone) and len(alone.steps) == 5
    made["deals"]["rep"] = "Gone"
    made["deals"]["team"] = "South"
    new = activity_plan(tables_from_frames(made, make_company(activity=MINUTES), FAR), ANN, Q1, 9_000)
    assert "activity.takes_company" in ids(new)


def without(*names: str, **changed: Any) -> dict[str, pd.DataFrame]:
    made = frames()
    for name in names:
        del made[name]
    for table, column in changed.items():
        made[table] = made[table].drop(columns=column)
    return made


def all_lost() -> dict[str, pd.DataFrame]:
    made = frames()
    made["deals"]["status"] = made["deals"]["status"].replace("won", "lost")
    return made


def test_what_is_lacking_is_said_and_the_rest_works(make_company: MakeCompany, read: Read) -> None:
    def plan(made: dict[str, pd.DataFrame], goal: float = 9_000, **settings: Any) -> ActivityPlan:
        company = make_company(**{"activity": MINUTES, **settings})
        return activity_plan(tables_from_frames(made, company, FAR), ANN, Q1, goal)

    cases = [
        (plan(without("activities")), "activity.no_activities", ["won", "opportunities", "qualified_leads"]),
        (plan(without("leads")), "activity.no_leads", ["won", "opportunities", "call", "meeting"]),
        (plan(without(leads="qualified_at")), "activity.no_leads", ["won", "opportunities", "call", "meeting"]),
        (plan(without("deals")), "activity.no_deals", []),
        (plan(all_lost()), "activity.nothing_won", []),
        (plan(frames(), revenue="deals", activity={"minutes": {"call": 6}}), "activity.no_minutes", None),
        (plan(frames(), activity={"minutes": {"fax": 6, "call": 1, "meeting": 9}}), "activity.kind_unseen", None),
        (plan(frames(), 0), "activity.goal_zero", None),
    ]
    for found, note, steps in cases:
        assert note in ids(found), note
        assert steps is None or [step.name for step in found.steps] == steps
        for sentence in activity_sentences(found):
            read(sentence)
    assert all(step.needed.high == 0 for step in cases[-1][0].steps)
    assert plan(frames(), activity={"minutes": {}}).hours is None
    sources = {name: {"path": "x.csv"} for name in ("deals", "subscriptions", "invoices")}
    assert ids(plan(frames(), revenue="mrr", sources=sources)) == {"activity.mrr"}
    assert "activity.invoices" in ids(plan(frames(), revenue="invoices", sources=sources))


def test_what_cannot_be_asked_is_refused_with_every_fault(tables: Tables) -> None:
    with pytest.raises(ParamError) as refused:
        activity_plan(tables, ANN, Q1, float("nan"), level=1.0)
    assert len(refused.value.faults) == 2
    for owner in (COMPANY, Owner("North"), Owner("North", "Nobody")):
        with pytest.raises(ParamError, match="worked out for reps"):
            activity_plan(tables, owner, Q1, 1.0)


def test_what_is_done_now_is_counted_as_a_naive_twin_does(make_company: MakeCompany) -> None:
    """Of the last 91 days, in weeks of working days; the leads and deals of others, and older ones, do not count."""
    made = frames(seed=7)
    found = now_of(tables_from_frames(made, make_company(activity=MINUTES), FAR), "Ann", "North")
    first = FAR - timedelta(days=90)
    weeks = sum((first + timedelta(days=i)).weekday() < 5 for i in range(91)) / 5
    assert weeks == 13
    deals, leads, done = (made[name].to_dict("records") for name in ("deals", "leads", "activities"))
    ends = {"won": "closed_at", "opportunities": "created_at"}
    counts = {"won": 0, "opportunities": 0, "qualified_leads": 0, "call": 0, "meeting": 0}
    for step, day in ends.items():
        for row in deals:
            at = row[day]
            fits = row["rep"] == "Ann" and (step != "won" or row["status"] == "won")
            counts[step] += fits and at is not None and not pd.isna(at) and first <= at <= FAR
    ended = max(row["happened_at"] for row in done)  # more than two weeks before: the table is taken to end there
    for row in done:
        counts[row["kind"]] += row["rep"] == "Ann" and ended - timedelta(days=90) <= row["happened_at"] <= ended
    last = max(row["qualified_at"] for row in leads)
    counts["qualified_leads"] = sum(
        row["rep"] == "Ann" and last - timedelta(days=90) <= row["qualified_at"] <= last for row in leads
    )
    assert FAR - ended > timedelta(days=14) < FAR - last
    assert {step: round(value * 13) for step, value in found.weekly.items()} == counts
    assert (found.first, found.last) == (min(ended, last) - timedelta(days=90), FAR)


def test_a_week_now_counts_the_weeks_that_somebody_was_there(make_company: MakeCompany) -> None:
    """Twenty calls in the two weeks since he came are ten a week; who has done nothing has done nothing."""
    deals = pd.DataFrame({"deal_id": ["1"], "status": ["won"], "rep": ["Ann"], "amount": [100]})
    deals = deals.assign(created_at=date(2025, 6, 2), closed_at=date(2025, 12, 1))
    calls = pd.DataFrame({"activity_id": [str(i) for i in range(20)], "rep": "Bob", "kind": "call"})
    calls = calls.assign(happened_at=date(2025, 12, 29))
    early = pd.DataFrame(
        {"activity_id": ["early"], "rep": ["Ann"], "kind": ["call"], "happened_at": [date(2025, 1, 2)]}
    )
    hired = {"Ann": date(2020, 1, 1), "Bob": date(2025, 12, 18)}
    reps = pd.DataFrame({"rep": list(hired), "team": "North", "hired_on": list(hired.values())})
    made = {"deals": deals, "activities": pd.concat([early, calls]), "reps": reps}
    tables = tables_from_frames(made, make_company(activity=MINUTES), FAR)
    bob, ann = (now_of(tables, rep, "North") for rep in ("Bob", "Ann"))
    assert bob.weekly["call"] == pytest.approx(20 / 2)  # ten working days from 18 December, no holidays known
    assert ann.weekly["call"] == 0.0 and ann.weekly["won"] == pytest.approx(1 / 13)
    assert now_of(tables, "nobody", "North").weekly == {}


def test_a_week_now_leaves_out_the_weeks_that_somebody_was_away(make_company: MakeCompany) -> None:
    """Thirteen calls in 31 working days are 2.1 a week, whatever the 34 days away were; who was not there has none."""
    deals = pd.DataFrame({"deal_id": ["1"], "status": ["won"], "rep": ["Cid"], "amount": [100]})
    deals = deals.assign(created_at=date(2025, 6, 2), closed_at=date(2025, 12, 1))
    calls = pd.DataFrame({"activity_id": [str(i) for i in range(13)], "rep": "Ann", "kind": "call"})
    calls = calls.assign(happened_at=[date(2025, 10, 3), *[date(2025, 12, 30)] * 12])
    early = pd.DataFrame({"activity_id": ["e"], "rep": ["Ann"], "kind": ["call"], "happened_at": [date(2025, 1, 2)]})
    reps = pd.DataFrame({"rep": ["Ann", "Bob"], "team": "North", "hired_on": date(2020, 1, 1)})
    away = [
        {"rep": "Ann", "from": "2025-10-13", "to": "2025-11-27"},  # 34 of 65 working days
        {"rep": "Bob", "from": "2025-07-01", "to": "2026-06-30"},
    ]
    made = {"deals": deals, "activities": pd.concat([early, calls]), "reps": reps}
    tables = tables_from_frames(made, make_company(activity=MINUTES, away=away), FAR)
    assert now_of(tables, "Ann", "North").weekly["call"] == pytest.approx(13 / ((65 - 34) / 5))
    assert now_of(tables, "Bob", "North").weekly == {}


def test_a_week_now_of_who_is_in_two_teams_is_what_he_does_for_both(make_company: MakeCompany) -> None:
    """Calls name no team: 26 in thirteen weeks are two a working week in either team, and not four and none."""
    deals = pd.DataFrame({"deal_id": ["1"], "status": ["won"], "rep": ["Ann"], "amount": [100]})
    deals = deals.assign(created_at=date(2025, 6, 2), closed_at=date(2025, 12, 1))
    days = [date(2025, 1, 2), *[FAR - timedelta(days=3 * i) for i in range(26)]]
    calls = pd.DataFrame({"activity_id": [str(i) for i in range(27)], "rep": "Ann", "kind": "call"})
    reps = pd.DataFrame({"rep": ["Ann"], "team": "North", "hired_on": date(2020, 1, 1)})
    places = pd.DataFrame(
        {"rep": "Ann", "team": ["North", "South"], "from": date(2020, 1, 1), "to": None, "share": 0.5}
    )
    made = {"deals": deals, "activities": calls.assign(happened_at=days), "reps": reps, "assignments": places}
    tables = tables_from_frames(made, make_company(activity=MINUTES), FAR)
    for team in ("North", "South"):
        assert now_of(tables, "Ann", team).weekly["call"] == pytest.approx(2.0)
    left = places.assign(to=pd.Series([None, date(2025, 12, 31)], dtype="object"))
    assert in_several(tables) == ("Ann",)
    assert in_several(tables_from_frames({**made, "assignments": left}, make_company(), FAR)) == ()
