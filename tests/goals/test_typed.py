"""A goal that is written back in the grammar's words is read as the same goal: for every form, name and locale."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.goals.clock import Clock
from salesgoals_kit.goals.goal import Goal, asked_period, odd_steps
from salesgoals_kit.goals.limits import impossible_change, impossible_value
from salesgoals_kit.goals.plain import parse_goal
from salesgoals_kit.goals.typed import spelled, typed
from salesgoals_kit.goals.vocabulary import SAID, SPLITS
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Name, say
from tests.goals.test_plain import OWNERS as NAMED
from tests.goals.test_plain import READ

CLOCK = Clock(date(2025, 12, 31))
TEAMS = ["North", "Key Accounts", "by 2026", "Growth", "May", "Team 7", "R&D / Süd", "the “A” team", "20 %", "שלום"]
OWNERS = [COMPANY, *(Owner(team=name) for name in TEAMS), Owner(rep="elena.russo"), Owner(rep="North"), Owner(rep="5")]
ACME = Company.model_validate(
    {
        "version": 1,
        "name": "Acme",
        "sources": {"deals": {"path": "d.csv"}},
        "objectives": [{"id": "grow", "kpi": "revenue"}, {"id": "keep by 2026, or not", "kpi": "logo_churn"}],
    }
)


def read(written: str, company: Company = ACME, owners: list[Owner] = OWNERS) -> Goal:
    return parse_goal(written, company, CLOCK, owners=owners)


def back(goal: Goal, company: Company = ACME, owners: list[Owner] = OWNERS) -> Goal:
    """Return the goal that is read from what was written back of one."""
    return read(Texts.of(company).text(typed(goal, company)), company, owners)


@pytest.mark.parametrize("written", [case[0] for case in READ])
def test_what_is_read_is_written_back_and_read_again(written: str) -> None:
    goal = read(written, owners=NAMED)
    again = back(goal, owners=NAMED)
    assert again == replace(goal, period=asked_period(goal))
    assert back(again, owners=NAMED) == again


def test_a_goal_is_written_in_full() -> None:
    goal = read("Team North: win rate +5pp in Q2 by 2 “deal clinics” a week, for the objective grow")
    goal = replace(goal, base=parse_period("2025Q2"))
    assert Texts.of(ACME).text(typed(goal, ACME)) == (
        "win rate of team North +5 points in 2026Q2, counted from 2025Q2, for the objective grow, "
        'by “2 "deal clinics" a week”'
    )
    said = replace(Goal("mrr", COMPANY, parse_period("2026-06"), value=1234567.5), reason=Name("so agreed"))
    assert Texts.of(ACME).text(typed(said, ACME)) == (
        "monthly recurring revenue of the company at least 1,234,567.5 EUR in 2026-06, agreed because “so agreed”"
    )


def test_the_kit_s_own_initiatives_are_read_again() -> None:
    for name in CATALOGUE:
        if name != "coverage":
            goal = Goal(name, COMPANY, parse_period("2026Q1"), initiative=say(f"smart.initiative_{name}"))
            assert isinstance(back(goal).initiative, Name)


def test_every_kpi_has_a_word_to_be_written_with() -> None:
    assert set(SAID) == set(CATALOGUE)
    assert {read(f"{words} in 2026").kpi: words for words in SAID.values()} == SAID


@settings(max_examples=300, deadline=None)
@given(st.decimals(0, 10**12, places=6), st.sampled_from(["en_GB", "de_DE", "pl_PL", "fr_FR", "de_CH", "ar", "hi_IN"]))
@example(Decimal("1.234"), "en_GB")
@example(Decimal("1234"), "de_DE")
def test_a_number_is_spelled_so_that_it_is_read_in_one_way(number: Decimal, locale: str) -> None:
    company = ACME.model_copy(update={"locale": locale})
    assert read(f"cac at most {spelled(number, locale)} EUR in 2026", company).value == float(number)


WORDS = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="“”"), max_size=40)
FREE = WORDS.map(lambda words: " ".join(words.split())).filter(bool)


@st.composite
def goals(draw: st.DrawFn) -> Goal:
    """Give goals that can be: whatever the grammar can say in any combination."""
    kpi = CATALOGUE[draw(st.sampled_from(sorted(CATALOGUE)))]
    rate = kpi.unit == "rate"
    goal = Goal(
        kpi.name,
        owner=draw(st.sampled_from([None, *OWNERS])),
        period=draw(st.sampled_from([None, *map(parse_period, ("2026", "2026Q2", "2026-06", "2026-12"))])),
        initiative=draw(st.none() | FREE.map(Name)),
        reason=draw(st.none() | FREE.map(Name)),
        objective=draw(st.sampled_from([None, "grow", "keep by 2026, or not"])),
        split=draw(st.sampled_from([None, *SPLITS.values()])),
    )
    if goal.period is None:
        goal = replace(goal, day=draw(st.sampled_from([None, date(2026, 5, 15), date(2028, 2, 28)])))
    number = draw(st.sampled_from(["none", "value", "change"]))
    if number == "value":
        whole = st.integers(0, 10**7).map(float)
        shares = st.floats(0, 1) | st.fractions(0, 1, max_denominator=900).map(float)
        values = shares if rate else whole if kpi.unit == "count" else whole | st.floats(0, 1e9)
        ends = sorted(draw(st.lists(values, min_size=1, max_size=2, unique=True)), reverse=kpi.better == "lower")
        told = draw(st.none() | values) if len(ends) == 1 else None
        goal = replace(goal, value=ends[0], stretch=ends[1] if len(ends) > 1 else None, told=told)
    elif number == "change":
        unit: Any = draw(st.sampled_from(["percent", "points"] if rate else ["percent", "absolute"]))
        ends = sorted(draw(st.lists(st.floats(-99, 99), min_size=1, max_size=2, unique=True)))
        assume(not any(impossible_change(kpi, end, unit) for end in ends))
        ends = [end + 0.0 for end in (ends if kpi.better == "higher" else ends[::-1])]
        every: Any = draw(st.sampled_from([None, "year", "quarter", "month"]))
        goal = replace(goal, change=ends[0], unit=unit, stretch=ends[1] if len(ends) > 1 else None, every=every)
    asked = asked_period(goal)
    if asked is not None and draw(st.booleans()):
        base = asked.year_before()
        goal = replace(goal, base=None if odd_steps(goal, base) else base)
    return replace(goal, period=asked)


@settings(max_examples=500, deadline=None)
@given(
    goals(), st.sampled_from([("en_GB", "EUR"), ("de_DE", "EUR"), ("pl_PL", "PLN"), ("de_CH", "CHF"), ("en_US", "ALL")])
)
@example(Goal("win_rate", value=32 / 65, period=parse_period("2026-06")), ("en_GB", "EUR"))
@example(Goal("logo_churn", value=1 / 60, told=0.1 + 0.2), ("de_DE", "EUR"))
def test_any_goal_is_read_as_it_was_written_back(goal: Goal, place: tuple[str, str]) -> None:
    company = ACME.model_copy(update={"locale": place[0], "currency": place[1]})
    assume(goal.value is None or not impossible_value(goal.record, goal.value))
    again = back(goal, company)
    assert again == goal
    assert again.taken == ()


def test_shares_of_few_cases_are_written_as_such() -> None:
    for of in range(1, 120):
        for cases in np.arange(1, of + 1):
            goal = Goal("win_rate", value=float(cases) * (1 / of), period=parse_period("2026-06"))
            assert back(goal).value == goal.value
