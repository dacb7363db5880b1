"""Proposals keep their promises, and their sentences say what, by when, how much more and with what chance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.deadline import final_on
from salesgoals_kit.goals.propose import choose_base, propose
from salesgoals_kit.goals.wording import Base, does, goal_sentence
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.words import Message, catalogue

MakeOutlook = Callable[..., Outlook]
Read = Callable[[Message], str]
Q1, Q1_BEFORE, Q4 = parse_period("2026Q1"), parse_period("2025Q1"), parse_period("2025Q4")
HUNDRED = np.arange(1.0, 101.0)  # 1, 2, …, 100: the chance of at least g is (101 - g) / 100


def values(outlook: Outlook, company: Company, **base: Any) -> dict[str, float]:
    words = {"base": None, "base_period": None, **base}
    return {p.level: p.value for p in propose(outlook, kpi=CATALOGUE[outlook.kpi], company=company, **words)}


def test_each_level_is_the_most_ambitious_value_with_its_chance(make_outlook: MakeOutlook, company: Company) -> None:
    # at least 80 of the draws 1 … 100 are 21 or more, at least 50 are 51 or more, at least 20 are 81 or more
    assert values(make_outlook(HUNDRED), company) == {"commit": 21.0, "target": 51.0, "stretch": 81.0}
    # lower is better: 80 of them are at most 80
    assert values(make_outlook(HUNDRED, "cac"), company) == {"commit": 80.0, "target": 50.0, "stretch": 20.0}


def test_the_chances_are_the_company_s(make_outlook: MakeOutlook, make_company: Callable[..., Company]) -> None:
    own = make_company(chances={"commit": 0.9, "target": 0.6, "stretch": 0.3, "rep": 0.7})
    assert values(make_outlook(HUNDRED), own) == {"commit": 11.0, "target": 41.0, "stretch": 71.0}
    assert values(make_outlook(HUNDRED, owner=Owner("Central", "r1")), own) == {"rep": 31.0}


def test_a_count_keeps_more_than_it_promised(make_outlook: MakeOutlook, company: Company) -> None:
    # draws 3, 3, 3, 4: the chance of at least 4 is 25 %, of at least 3 is 100 %
    found = propose(
        make_outlook([3, 3, 3, 4], "qualified_leads", step=1.0), None, None, CATALOGUE["qualified_leads"], company
    )
    assert [(p.level, p.value, p.promised, p.chance) for p in found] == [
        ("commit", 3.0, 0.8, 1.0),
        ("target", 3.0, 0.5, 1.0),
        ("stretch", 4.0, 0.2, 0.25),
    ]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    draws=st.lists(st.floats(0.01, 1e9), min_size=1, max_size=60),
    kpi=st.sampled_from(["revenue", "cac", "clv", "nrr"]),
    factor=st.sampled_from([2.0, 4.0]),
)
def test_no_proposal_promises_more_than_it_has(
    make_outlook: MakeOutlook, company: Company, draws: list[float], kpi: str, factor: float
) -> None:
    found = propose(make_outlook(draws, kpi), None, None, CATALOGUE[kpi], company)
    assert all(p.chance >= p.promised for p in found)
    easiest_first = [p.value if CATALOGUE[kpi].better == "higher" else -p.value for p in found]
    assert easiest_first == sorted(easiest_first)
    doubled = propose(make_outlook([x * factor for x in draws], kpi), None, None, CATALOGUE[kpi], company)
    for one, two in zip(found, doubled, strict=True):
        assert two.value == pytest.approx(one.value * factor, abs=0.01 * factor)  # money moves in cents


def test_a_change_is_relative_and_of_a_rate_in_points(make_outlook: MakeOutlook, company: Company) -> None:
    revenue = propose(make_outlook([1_240_000]), 1_200_000, Q1_BEFORE, CATALOGUE["revenue"], company)[1]
    assert revenue.change == pytest.approx(1 / 30)
    assert (revenue.base, revenue.base_period) == (1_200_000, "2025Q1")
    rate = propose(make_outlook([0.31], "win_rate"), 0.27, Q1_BEFORE, CATALOGUE["win_rate"], company)[1]
    assert rate.change == pytest.approx(0.04)


@pytest.mark.parametrize("base", [None, float("nan")])
def test_without_a_base_there_is_no_change(make_outlook: MakeOutlook, company: Company, base: float | None) -> None:
    found = propose(make_outlook([5.0]), base, Q1_BEFORE, CATALOGUE["revenue"], company)[0]
    assert (found.base, found.base_period, found.change, found.sentence.id) == (
        None,
        None,
        None,
        "goals.sentence_chance",
    )


def test_the_base_is_the_year_before_else_the_period_before_else_none() -> None:
    figures: dict[Period, float] = {Q1_BEFORE: 1.0, Q4: 2.0}
    assert choose_base(Q1, figures.get) == Base(1.0, Q1_BEFORE)
    assert choose_base(Q1, {Q1_BEFORE: float("nan"), Q4: 2.0}.get) == Base(2.0, Q4)
    assert choose_base(Q1, {Q4: 2.0}.get) == Base(2.0, Q4)
    assert choose_base(Q1, lambda period: None) is None


def test_a_cohort_s_goal_is_due_when_its_deals_have_been_followed(
    make_outlook: MakeOutlook, make_company: Callable[..., Company]
) -> None:
    company = make_company(cycle={"horizon_days": 90}, settle_days=7)
    due = {
        k: propose(make_outlook([5.0], k), None, None, CATALOGUE[k], company)[0].deadline
        for k in ("revenue", "cycle_days")
    }
    # 31 March + 90 days: 30 of April, 31 of May and 29 of June
    assert due == {"revenue": date(2026, 3, 31), "cycle_days": date(2026, 6, 29)}
    assert final_on("cycle_days", Q1, company) == date(2026, 7, 6)
    assert final_on("revenue", Q1, company) == date(2026, 4, 7)
    # an account is lost once its pause of 30 days has passed: on the 31st day after 31 March at the earliest
    assert final_on("logo_churn", Q1, company) == final_on("clv", Q1, company) == date(2026, 5, 1)


SENTENCES = [
    (
        ("revenue", [1_240_000.0], 1_202_716.0, "2025Q1"),  # 1 240 000 / 1 202 716 = 1.0310
        "By 31 March 2026 team Central closes €1.24M in revenue, +3.1% on the same quarter of 2025; "
        "a chance of over 95%",
    ),
    (
        ("win_rate", [0.31], 0.27, "2025Q1"),  # 31 % / 27 % = 1.148
        "By 31 March 2026 team Central wins 31% of the deals that are decided, "
        "+4 points (+15% of the rate) on the same quarter of 2025; a chance of over 95%",
    ),
    (
        ("cac", [900.0], 1000.0, "2025Q4"),
        "By 31 March 2026 team Central spends at most €900 to win a customer, -10% on 2025Q4; a chance of over 95%",
    ),
    (
        ("revenue", [5_000.0], -200.0, "2025Q1"),
        "By 31 March 2026 team Central closes €5,000 in revenue, against -€200 in 2025Q1; a chance of over 95%",
    ),
    (
        ("margin", [0.1], -0.05, "2025Q1"),
        "By 31 March 2026 team Central keeps 10% of revenue as margin, +15 points on the same quarter of 2025; "
        "a chance of over 95%",
    ),
    (
        ("cycle_days", [41.0], None, None),
        "By 29 July 2026 team Central has half of its wins within at most 41 days of the deal's creation; "
        "a chance of over 95%",
    ),
    (
        ("qualified_leads", [1.0], None, None),
        "By 31 March 2026 team Central brings in 1 qualified lead; a chance of over 95%",
    ),
]


@pytest.mark.parametrize(("case", "sentence"), SENTENCES)
def test_the_sentence_says_what_by_when_how_much_more_and_how_likely(
    make_outlook: MakeOutlook, company: Company, read: Read, case: tuple[Any, ...], sentence: str
) -> None:
    kpi, draws, base, base_period = case
    period = parse_period(base_period) if base_period else None
    found = propose(make_outlook(draws, kpi), base, period, CATALOGUE[kpi], company)
    assert read(found[1].sentence) == sentence


def test_an_even_chance_is_said_so(make_outlook: MakeOutlook, company: Company, read: Read) -> None:
    found = propose(make_outlook(HUNDRED * 1000), None, None, CATALOGUE["revenue"], company)
    assert [read(p.sentence).split("; ")[1] for p in found] == [
        "a chance of about 80%",
        "an even chance",
        "a chance of about 20%",
    ]


def test_a_rate_of_few_cases_is_said_in_cases(make_outlook: MakeOutlook, company: Company, read: Read) -> None:
    outlook = make_outlook([0, 1 / 60, 1 / 60, 2 / 60], "logo_churn", step=1 / 60)
    found = {p.level: p for p in propose(outlook, None, None, CATALOGUE["logo_churn"], company)}
    # at most 1 of 60 happens in 3 of 4 draws, at most 2 of 60 in all of them, none in 1 of 4
    assert found["target"].value == pytest.approx(1 / 60)
    assert read(found["target"].sentence).startswith(
        "By 31 March 2026 team Central loses at most 1 of 60 accounts in any month; a chance of about 75%"
    )
    assert "at most 2 of 60 accounts" in read(found["commit"].sentence)
    assert "at most 0 of 60 accounts" in read(found["stretch"].sentence)
    one = make_outlook([0, 1], "logo_churn", step=1.0)
    assert "at most 0 of 1 account in" in read(propose(one, None, None, CATALOGUE["logo_churn"], company)[1].sentence)


def test_the_owner_is_the_company_a_team_or_a_rep(read: Read) -> None:
    what = does(CATALOGUE["revenue"], 5000.0)
    said = [read(goal_sentence(owner, Q1.end, what)) for owner in (COMPANY, Owner("Central"), Owner("Central", "Ann"))]
    assert said == [
        "By 31 March 2026 the company closes €5,000 in revenue",
        "By 31 March 2026 team Central closes €5,000 in revenue",
        "By 31 March 2026 Ann closes €5,000 in revenue",
    ]


@pytest.mark.parametrize("name", ['<b>&"', "x" * 300, "ł 🦊", "{value}", "'; DROP"])
def test_hostile_names_stand_in_the_sentence_as_they_are(read: Read, name: str) -> None:
    assert f"team {name} closes" in read(goal_sentence(Owner(name), Q1.end, does(CATALOGUE["revenue"], 1.0)))


@pytest.mark.parametrize("kpi", sorted(CATALOGUE))
@pytest.mark.parametrize("period", ["2026", "2026Q1", "2026-03"])
def test_every_kpi_has_its_wording_for_every_period(
    make_outlook: MakeOutlook, company: Company, read: Read, kpi: str, period: str
) -> None:
    whole = parse_period(period)
    for base in (whole.year_before(), whole.shifted(-1)):
        for step in (None, 1 / 60) if CATALOGUE[kpi].scale == "rate" else (None,):
            outlook = make_outlook([0.5], kpi, period=whole, step=step)
            for proposal in propose(outlook, 0.4, base, CATALOGUE[kpi], company):
                sentence = read(proposal.sentence)
                assert sentence.startswith("By ")
                assert "{" not in sentence


def test_a_year_s_goal_is_compared_with_the_year(make_outlook: MakeOutlook, company: Company, read: Read) -> None:
    year = parse_period("2026")
    found = propose(make_outlook([110.0], period=year), 100.0, year.year_before(), CATALOGUE["revenue"], company)
    assert ", +10% on 2025; " in read(found[0].sentence)


def test_lower_is_better_is_worded_at_most() -> None:
    for name, kpi in CATALOGUE.items():
        wordings = catalogue("en")[f"goals.does_{name}"]
        assert ("at most" in str(wordings)) == (kpi.better == "lower"), name
