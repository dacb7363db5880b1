"""Goals in plain words: what is read, what is refused with both readings, and where in the text."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from salesgoals_kit.company import Company
from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.clock import Clock
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.plain import parse_goal
from salesgoals_kit.goals.tokens import tokens
from salesgoals_kit.goals.vocabulary import KPIS, TWO_READINGS
from salesgoals_kit.goals.when import when
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.policies import Objective
from salesgoals_kit.words import Name

NEW_YEAR = date(2025, 12, 31)
OWNERS = [COMPANY, Owner("North"), Owner("Key Accounts"), Owner("Key"), Owner("Sales"), Owner(rep="elena.russo")]
OWNERS += [Owner(rep="Ash"), Owner("Ash")]
ACME = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}})
ACME = ACME.model_copy(update={"objectives": [Objective(id="grow", kpi="revenue")]})


def parsed(written: str, as_of: date = NEW_YEAR, period: str | None = None, **company: Any) -> Goal:
    acme = ACME.model_copy(update=company)
    clock = Clock(as_of, acme.fiscal_year_starts)
    named = None if period is None else parse_period(period)
    return parse_goal(written, acme, clock, named, OWNERS)


def parts(written: str, **given: Any) -> dict[str, Any]:
    """Return what was said, periods and initiatives by their names."""
    said = {name: value for name, value in vars(parsed(written, **given)).items() if value is not None}
    del said["taken"]  # is no part of the goal
    return {
        name: value.name if isinstance(value, Period) else value.text if isinstance(value, Name) else value
        for name, value in said.items()
    }


def refused(written: str, **given: Any) -> str:
    with pytest.raises(ParamError) as error:
        parsed(written, **given)
    return str(error.value)


def percent(kpi: str, change: float, **more: Any) -> dict[str, Any]:
    return {"kpi": kpi, "change": change, "unit": "percent", **more}


def points(change: float, **more: Any) -> dict[str, Any]:
    return {"kpi": "win_rate", "change": change, "unit": "points", **more}


READ = [
    (
        "MRR +2% yoy by 2026-06 by quarterly reviews with the top accounts",
        percent("mrr", 2, every="year", period="2026-06", initiative="quarterly reviews with the top accounts"),
    ),
    ("monthly churn < 2% by 2026-06", {"kpi": "logo_churn", "value": 0.02, "period": "2026-06"}),
    ("CAC -3% mom", percent("cac", -3, every="month")),
    (
        "win rate +5pp in 2026Q2 by coaching discovery calls",
        {
            "kpi": "win_rate",
            "change": 5,
            "unit": "points",
            "period": "2026Q2",
            "initiative": "coaching discovery calls",
        },
    ),
    (
        "by the end of the second quarter we grow annual recurring revenue by 3 % by re-evaluating our customer "
        "retention strategy",
        percent("arr", 3, period="2026Q2", initiative="re-evaluating our customer retention strategy"),
    ),
    ("let us generate more revenue", {"kpi": "revenue"}),
    ("monthly recurring revenue +2 % year on year", percent("mrr", 2, every="year")),
    ("monthly churn below 2 %", {"kpi": "logo_churn", "value": 0.02}),
    ("profit margin +5 % year on year", percent("margin", 5, every="year")),
    ("CLV +10 % year on year", percent("clv", 10, every="year")),
    ("qualified leads entering the funnel +12 % year on year", percent("qualified_leads", 12, every="year")),
    ("win rate +5 % year on year", percent("win_rate", 5, every="year")),
    ("CAC \u22123 % month on month", percent("cac", -3, every="month")),
    (
        "cycle \u22124 to \u22126 %, by type of deal",
        percent("cycle_days", -4, stretch=-6, split="deal_type"),
    ),
    ("Win\u00a0rate +5\u00a0per\u202fcent in Q2 2026", percent("win_rate", 5, period="2026Q2")),
    ("reduce CAC by 3 percent by the end of June", percent("cac", -3, period="2026-06")),
    ("improve cycle by 5 days next quarter", {"kpi": "cycle_days", "change": -5, "unit": "absolute"}),
    ("revenue 12k in 2026Q1", {"kpi": "revenue", "value": 12_000, "period": "2026Q1"}),
    ("revenue to \u20ac1.2m next year", {"kpi": "revenue", "value": 1_200_000, "period": "2026"}),
    ("revenue at least 1 200 000 EUR in FY2026", {"kpi": "revenue", "value": 1_200_000, "period": "2026"}),
    ("revenue +5k in 2026Q1", {"kpi": "revenue", "change": 5_000, "unit": "absolute", "period": "2026Q1"}),
    ("MRR between 1.2 and 1.4m in 2026Q2", {"kpi": "mrr", "value": 1.2e6, "stretch": 1.4e6, "period": "2026Q2"}),
    ("cycle 40\u201350 days", {"kpi": "cycle_days", "value": 50, "stretch": 40}),
    ("MRR +2% on 2025Q1 in 2026Q1", percent("mrr", 2, base="2025Q1", period="2026Q1")),
    ("MRR +2% yoy by 30 June 2026", percent("mrr", 2, every="year", period="2026-06")),
    ("MRR +2% yoy by 15.06.2026", percent("mrr", 2, every="year", day=date(2026, 6, 15))),
    ("MRR +2% yoy by 06/15/2026", percent("mrr", 2, every="year", day=date(2026, 6, 15))),
    ("revenue by 2026", {"kpi": "revenue", "period": "2026"}),
    ("grow revenue by 5% by 2026 by hiring", percent("revenue", 5, period="2026", initiative="hiring")),
    (
        "Q2 revenue +5% yoy via trade fairs",
        percent("revenue", 5, every="year", period="2026Q2", initiative="trade fairs"),
    ),
    (
        "win rate +2pp by 10 more role plays, in 2026Q2",
        {
            "kpi": "win_rate",
            "change": 2,
            "unit": "points",
            "period": "2026Q2",
            "initiative": "10 more role plays",
        },
    ),
    (
        "logo_churn under 2% by calling customers in June and July by 2026-08",
        {"kpi": "logo_churn", "value": 0.02, "period": "2026-08", "initiative": "calling customers in June and July"},
    ),
    ("CAC below 2000 in 2026Q1", {"kpi": "cac", "value": 2000, "period": "2026Q1"}),
    ("qualified leads 120 in March", {"kpi": "qualified_leads", "value": 120, "period": "2026-03"}),
    ("logo churn below 2% per month by 2026-06", {"kpi": "logo_churn", "value": 0.02, "period": "2026-06"}),
    ("logo churn below 2% each month in 2026Q2", {"kpi": "logo_churn", "value": 0.02, "period": "2026Q2"}),
    ("MRR at least 100k a month by 2026-06", {"kpi": "mrr", "value": 100_000, "period": "2026-06"}),
    ("revenue 1.2m a year in 2026", {"kpi": "revenue", "value": 1_200_000, "period": "2026"}),
    ("nrr >= 105% in 2026", {"kpi": "nrr", "value": 1.05, "period": "2026"}),
    ("NRR to 105 in 2026", {"kpi": "nrr", "value": 1.05, "period": "2026"}),  # as a share it could not be
    # whose it is
    ("Team North: win rate +5pp in Q2", points(5, owner=Owner("North"), period="2026Q2")),
    ("the North team raises its win rate by 5 percentage points", points(5, owner=Owner("North"))),
    ("North's win rate +5pp", points(5, owner=Owner("North"))),
    ("the North team's win rate +5pp", points(5, owner=Owner("North"))),
    ("win rate +5pp for North", points(5, owner=Owner("North"))),
    ("win rate of team Key Accounts +5pp", points(5, owner=Owner("Key Accounts"))),
    ("Key: win rate +5pp", points(5, owner=Owner("Key"))),
    ("elena.russo: win rate +5pp", points(5, owner=Owner(rep="elena.russo"))),
    ("Elena Russo wins 5 % more revenue", percent("revenue", 5, owner=Owner(rep="elena.russo"))),
    ("team Sales: sales +5 %", percent("revenue", 5, owner=Owner("Sales"))),
    ("rep Ash: sales +5 %", percent("revenue", 5, owner=Owner(rep="Ash"))),
    ("the company grows its win rate by 5pp", points(5, owner=COMPANY)),
    ("Acme: win rate +5pp", points(5, owner=COMPANY)),
    ("our team: win rate +5pp by training team North", points(5, initiative="training team North")),
    # from, to, and how many more
    ("win rate from 20 % to 25 % in 2026Q2", {"kpi": "win_rate", "told": 0.2, "value": 0.25, "period": "2026Q2"}),
    ("raise revenue from 1.2 to 1.5m", {"kpi": "revenue", "told": 1_200_000, "value": 1_500_000}),
    ("cut the sales cycle from 60 to 55 days", {"kpi": "cycle_days", "told": 60, "value": 55}),
    ("MRR from 2000 to 3000 EUR", {"kpi": "mrr", "told": 2000, "value": 3000}),
    ("win rate between 25 % and 30 %", {"kpi": "win_rate", "value": 0.25, "stretch": 0.3}),
    ("monthly churn at most 1 of 60", {"kpi": "logo_churn", "value": 1 / 60}),
    ("double the qualified leads", percent("qualified_leads", 100)),
    ("halve monthly churn", percent("logo_churn", -50)),
    ("bring in 20 more qualified leads", {"kpi": "qualified_leads", "change": 20, "unit": "absolute"}),
    ("sales cycle 5 days less", {"kpi": "cycle_days", "change": -5, "unit": "absolute"}),
    ("growth of sales by 5 %", percent("revenue", 5)),
    ("reduce the sales cycle by at least 5 days", {"kpi": "cycle_days", "change": -5, "unit": "absolute"}),
    ("sales cycle below 8 weeks", {"kpi": "cycle_days", "value": 56}),
    ("EUR 250k revenue", {"kpi": "revenue", "value": 250_000}),
    ("revenue 250,000 \u20ac", {"kpi": "revenue", "value": 250_000}),
    ("revenue \u20ac1,250,000", {"kpi": "revenue", "value": 1_250_000}),
    ("revenue of 1.2 million euros", {"kpi": "revenue", "value": 1_200_000}),
    ("CAC no more than 2,000 per customer", {"kpi": "cac", "value": 2000}),
    ("win rate at least 46,5 %", {"kpi": "win_rate", "value": 0.465}),
    # by when
    ("MRR +5 % in H1 2026", percent("mrr", 5, period="2026Q2")),
    ("MRR +5 % in the first half of 2026", percent("mrr", 5, period="2026Q2")),
    ("MRR +5 % by the end of H2", percent("mrr", 5, period="2026Q4")),
    ("MRR +5 % within 6 months", percent("mrr", 5, period="2026-06")),
    ("MRR +5 % within half a year", percent("mrr", 5, period="2026-06")),
    ("MRR +5 % in the next two quarters", percent("mrr", 5, period="2026Q2")),
    ("revenue +5 % over the next 3 months", percent("revenue", 5, period="2026Q1")),
    ("revenue +5 % in the next 12 months", percent("revenue", 5, period="2026")),
    ("MRR +5 % within two weeks", percent("mrr", 5, day=date(2026, 1, 14))),
    ("MRR +5 % until year end", percent("mrr", 5, period="2026")),
    ("MRR +5 % by EOQ", percent("mrr", 5, period="2026Q1")),
    ("MRR +5 % by 30 June by onboarding calls", percent("mrr", 5, period="2026-06", initiative="onboarding calls")),
    ("MRR +5 % by June 30th", percent("mrr", 5, period="2026-06")),
    ("MRR +5 % by the 15th of May", percent("mrr", 5, day=date(2026, 5, 15))),
    ("MRR +5 % by 29 February 2028", percent("mrr", 5, period="2028-02")),
    ("MRR +5 % in Q2 FY26", percent("mrr", 5, period="2026Q2")),
    ("MRR +5 % by Q2'26", percent("mrr", 5, period="2026Q2")),
    ("MRR +5 % by June next year", percent("mrr", 5, period="2026-06")),
    ("sales cycle within 50 days", {"kpi": "cycle_days", "value": 50}),
    (
        "sales cycle -5 days within 90 days",
        {"kpi": "cycle_days", "change": -5, "unit": "absolute", "period": "2026-03"},
    ),
    # how, what for and why
    ("MRR +5 % with quarterly reviews", percent("mrr", 5, initiative="quarterly reviews")),
    ("MRR +5 % by \u201ccalls, by 2027\u201d in 2026", percent("mrr", 5, initiative="calls, by 2027", period="2026")),
    ("win rate +5pp by role plays every month", points(5, initiative="role plays every month")),
    ("MRR +5 % in 2026 (by calling)", percent("mrr", 5, period="2026", initiative="calling")),
    ("MRR up by a third party tool", {"kpi": "mrr", "initiative": "a third party tool"}),
    ("MRR up by ten days of coaching", {"kpi": "mrr", "initiative": "ten days of coaching"}),
    ("MRR +100 to 150 %", percent("mrr", 100, stretch=150)),
    ("MRR +5 % through Q2 campaigns", percent("mrr", 5, initiative="Q2 campaigns")),
    (
        "MRR +5 % by hiring, for the objective grow, agreed because the board asked",
        percent("mrr", 5, initiative="hiring", objective="grow", reason="the board asked"),
    ),
    ("MRR +2 % yoy counted from 2024Q2 in 2026Q2", percent("mrr", 2, every="year", base="2024Q2", period="2026Q2")),
]


@pytest.mark.parametrize(("written", "expected"), READ, ids=[case[0] for case in READ])
def test_what_is_said_is_read(written: str, expected: dict[str, Any]) -> None:
    found = parts(written)
    assert {name: found.get(name) for name in expected} == expected
    assert set(found) - {"period"} == set(expected) - {"period"}


TWICE = [
    ("churn below 2%", ["monthly churn below 2 %", "gross revenue retention above 95 %"]),
    ("revenue +5", ["revenue +5 %", "revenue +5 EUR"]),
    ("cycle -5", ["cycle_days -5 %", "cycle_days -5 days"]),
    ("win rate +5", ["win_rate +5 %", "win_rate +5 pp"]),
    ("win rate 25%", ["win_rate at 25 %", "win_rate +25 %"]),
    ("win rate above 0.25", ["win_rate at 0.25 %", "win_rate at 25 %"]),
    ("revenue 5% in 2026", ["revenue +5 %", "revenue -5 %"]),
    ("grow revenue 500k", ["revenue to 500000", "revenue +500000 EUR"]),
    ("cut the sales cycle 5 days", ["cycle_days to 5 days", "cycle_days -5 days"]),
    ("raise win rate by 5 % to 25", ["a range (give both a unit)", "'to 25' alone"]),
    ("win rate +5pp in 2026Q2 by action plans, North", ["'North: …'", "'by “action plans, North”'"]),
    ("qualified_leads by 50", ["qualified_leads +50 leads", "qualified_leads -50 leads"]),
    ("cycle_days by 10", ["cycle_days +10 days", "cycle_days -10 days"]),
    ("grow revenue by 2026", ["'in 2026' (the year)", "'2 026' (so many)"]),
    ("CAC to 2000", ["'in 2000' (the year)", "'2 000' (so many)"]),
    ("MRR +2% by 02/03/2026", ["2026-03-02", "2026-02-03"]),
    ("revenue +5% yoy by 2026-03", ["in 2026-03", "in 2026Q1"]),
    ("revenue 1.500 in 2026Q1", ["1500", "1.5"]),
    ("reduce revenue by +5%", ["revenue +5 %", "revenue -5 %"]),
    ("profit +5%", ["profit margin +5 %", "revenue +5 %"]),
    (
        "revenue 100k per month in 2026",
        ["revenue 100000 in 2026-12', and so in each month of 2026", "revenue 1200000 in 2026'"],
    ),
    ("qualified leads 120 a quarter in 2026", ["qualified leads 120 in 2026Q4", "qualified leads 480 in 2026'"]),
    ("win rate above 25% every month in 2026Q2", ["win rate at 25 % in 2026-06", "win rate at 25 % in 2026Q2'"]),
    ("revenue at least 1.2m a year in 2026Q2", ["in the year that holds 2026Q2", "revenue 1200000 in 2026Q2'"]),
    ("revenue 100k a month", ["revenue 100000 in 2026-01", "revenue 300000 in 2026Q1"]),
    ("retention 90%", ["gross revenue retention", "net revenue retention"]),
    ("revenue +5% in H1 2026", ["'in 2026Q2'", "a goal for each of 2026Q1 and 2026Q2"]),
    ("revenue +5% in the next two quarters", ["'in 2026Q2'", "a goal for each of 2026Q1 and 2026Q2"]),
    ("revenue 2m within 4 months", ["'in 2026-04'", "2026-01, 2026-02, 2026-03 and 2026-04"]),
    ("revenue +5% by December 2026", ["in 2026-12", "in 2026Q4", "in 2026'"]),
    ("win rate +3pp this quarter", ["2025Q4", "2026Q1"]),  # on its last day
    ("grow revenue from 1.5m to 1.2m", ["from 1500000 to 1200000", "from 1200000 to 1500000"]),
    ("Ash: win rate +3pp", ["team \u201cAsh\u201d", "rep \u201cAsh\u201d"]),
    ("win rate to 0.5", ["win_rate at 0.5 %", "win_rate at 50 %"]),
]


@pytest.mark.parametrize(("written", "readings"), TWICE, ids=[case[0] for case in TWICE])
def test_what_can_be_read_in_two_ways_is_refused_with_both(written: str, readings: list[str]) -> None:
    said = refused(written)
    assert "two ways" in said
    assert all(reading in said for reading in readings), said


REFUSED = [
    ("revenue blow 5%", "»blow«"),
    ("revenue and margin +5%", "»and«"),
    ("revenue margin +5%", "revenue and margin"),
    ("sell more", "»sell«"),
    ("+5% yoy", "no KPI is named"),
    ("", "nothing"),
    ("x" * 5000, "5000 letters"),
    ("win rate +500% by 2026-13", "no period"),
    ("MRR +2% by 31.02.2026", "no day 2026-02-31"),
    ("win rate above 120 %", "120 % is more than all there is"),
    ("CAC -120%", "cannot fall by more than all there is"),
    ("revenue +5pp", "points are for rates"),
    ("revenue above $5m", "the company counts in EUR"),
    ("revenue below 5m", "write 'at least'"),
    ("churn a month above 2%", "write 'at most'"),
    ("MRR +2% on 2025 in 2026Q1", "a quarter is compared with an earlier quarter"),
    ("MRR +2% yoy mom", "there is one already"),
    ("MRR +2% in 2026Q1 in 2026Q2", "one deadline"),
    ("MRR +2% in 2026Q1 by \u201ccalls\u201d, by 2026Q2", "one deadline"),
    ("MRR +2% +3% in 2026Q1", "one number"),
    ("reduce revenue", "higher is better"),
    ("revenue in days 5 days", "»in« days"),
    ("revenue 5 days", "not counted in days"),
    ("MRR yoy", "a comparison without a number"),
    ("MRR +2% by", "»"),
    ("reveune +5%", "did you mean 'revenue'?"),
    ("incease MRR by 5 %", "did you mean 'increase'?"),
    ("raise NPS to 40", "the KPIs are revenue, monthly recurring revenue"),
    ("\U0001f680", "a goal reads like 'win rate +5pp"),
    ("win 10 more deals in Q1", "»deals«"),
    ("100 new customers", "'new customers' is no KPI here"),
    ("revenue +5% and churn -1pp", "check 'revenue +5%' and 'churn -1pp' one after the other"),
    ("win rate +5pp to 47 %", "'+5pp' or 'to 47 %'"),
    ("team Nord: win rate +5pp", "there is no team 'Nord'; expected one of North, Key Accounts, Key, Sales"),
    ("the Nord team: win rate +5pp", "did you mean 'North'?"),
    ("Nord: win rate +5pp", "did you mean 'North'?"),
    ("rep elena.ruso: win rate +5pp", "did you mean 'elena.russo'?"),
    ("North: win rate +5pp of team Key", "one owner"),
    ("win rate +5pp, for the objective fly", "no such objective; expected one of grow"),
    ("MRR +5% by 29 February 2026", "»29 February 2026«': there is no day 2026-02-29"),
    ("win rate +5pp by mid June", "write the end of a period: 'by the end of June'"),
    ("MRR +2% yoy counted from 2025-05 by 2026-06", "no whole number of years"),
    ("win rate 2 times", "win_rate is not counted in times"),
    ("MRR +2% in 2026 by " + "calling " * 80, "at most 500"),
    ("grow revenue by a third in 2026", "»a third« in 2026': how much is said in words"),
    ("grow revenue by ten percent in 2026", "»ten percent«"),
    ("grow revenue by roughly 10 % in 2026", "»roughly 10 %«"),
    ("grow revenue by another million by hiring in 2026", "»another million by hiring«"),
    ("cut the sales cycle by two weeks in 2026", "»two weeks«"),
    ("grow revenue by ten in 2026", "a number in digits with its unit"),
    ("grow revenue by 10 % to 500k in 2026", "'10 %' or 'to 500000'"),
    ("grow revenue by 10 % to 500000 in 2026", "two numbers in two units"),
    ("grow revenue by 500k to 10 % in 2026", "two numbers in two units"),
]


@pytest.mark.parametrize(("written", "said"), REFUSED, ids=[case[0][:40] for case in REFUSED])
def test_what_is_not_understood_is_shown_in_its_place(written: str, said: str) -> None:
    assert said in refused(written)


def test_a_period_beside_the_sentence_settles_which_one_ends_then() -> None:
    assert parts("revenue +5% yoy by 2026-03", period="2026Q1")["period"] == "2026Q1"
    assert parts("revenue +5% yoy", period="2026Q1")["period"] == "2026Q1"
    assert "2026Q2 on 2026-06-30" in refused("revenue +5% yoy by 2026-03", period="2026Q2")


def test_numbers_are_read_as_the_locale_writes_them() -> None:
    assert parts("revenue 1,500 in 2026Q1")["value"] == 1500
    assert parts("revenue 1.500 in 2026Q1", locale="de_DE")["value"] == 1500
    assert "two ways" in refused("revenue 1,500 in 2026Q1", locale="de_DE")
    assert parts("win rate +1,5 %")["change"] == parts("win rate +1.5 %", locale="pl_PL")["change"] == 1.5
    assert parts("revenue 1.234.567,5 in 2026Q1", locale="de_DE")["value"] == 1234567.5


def test_times_are_relative_to_the_day_and_to_the_fiscal_year() -> None:
    may = date(2026, 5, 12)

    def name(said: str, starts: int = 1) -> str:
        found = when(tokens(said), 0, Clock(may, starts))
        assert found is not None
        assert found[0].period is not None
        return found[0].period.name

    assert [name(said) for said in ("this quarter", "next month", "the end of the year", "Q1", "second quarter")] == [
        "2026Q2",
        "2026-06",
        "2026",
        "2027Q1",
        "2026Q2",
    ]
    assert [name(said) for said in ("May", "end of April", "June 2027")] == ["2026-05", "2027-04", "2027-06"]
    # a year that starts in April and is named for the one it ends in: May 2026 lies in the first quarter of 2027
    assert [name(said, 4) for said in ("this quarter", "this year", "Q1", "Q4")] == [
        "2027Q1",
        "2027",
        "2027Q1",
        "2027Q4",
    ]


def test_every_kpi_has_its_words_and_none_means_two() -> None:
    assert set(KPIS.values()) == set(CATALOGUE)
    assert not set(KPIS) & set(TWO_READINGS)
    for kpi, record in CATALOGUE.items():
        for phrase in (kpi, kpi.replace("_", " ").upper()):
            assert parsed(f"{phrase} {'+' if record.better == 'higher' else '-'}3% in 2026Q1").kpi == kpi


SAID = ("MRR", "win rate", "churn", "+", "-", "5", "2%", "by", "in", "to", "2026", "2026Q2", "yoy", "below", "and", "k")
PIECES = st.lists(st.sampled_from((*SAID, "June", "hiring", ",", "1.500", "\u22123", "of", "the end")), max_size=9)


@settings(max_examples=300, deadline=None)
@given(PIECES.map(" ".join) | st.text(max_size=40))
@example("by by by")
@example("\ud800 MRR")
def test_whatever_is_typed_is_read_or_refused(written: str) -> None:
    try:
        found = parsed(written)
    except ParamError as error:
        assert error.faults
    else:
        assert found.kpi in CATALOGUE
        assert found == parsed(written)


@settings(max_examples=200, deadline=None)
@given(
    kpi=st.sampled_from(["mrr", "arr", "win_rate", "cac", "grr", "margin", "clv"]),
    change=st.integers(1, 99),
    sign=st.sampled_from(["+", "-", "\u2212"]),
    unit=st.sampled_from(["%", " %", " percent", " per cent"]),
    every=st.sampled_from([("", None), (" yoy", "year"), (" month on month", "month")]),
    due=st.sampled_from([("", None), (" by 2026-06", "2026-06"), (" in Q3 2027", "2027Q3"), (" until 2026", "2026")]),
    how=st.sampled_from(["", "coaching", "more calls with the top accounts", "re-writing e-mails"]),
)
def test_the_parts_are_read_in_any_combination(
    kpi: str, change: int, sign: str, unit: str, every: Any, due: Any, how: str
) -> None:
    tail = f" by {how}" if how else ""
    first = f"{kpi} {sign}{change}{unit}{every[0]}{due[0]}{tail}"
    second = f"{due[0].strip()} {kpi} {sign}{change}{unit}{every[0]}{tail}"
    expected = percent(kpi, change if sign == "+" else -change)
    expected |= {k: v for k, v in (("every", every[1]), ("period", due[1]), ("initiative", how or None)) if v}
    assert parts(first) == parts(second) == expected
