"""The table of expected verdicts on the sample company: the mission's examples, its two sentences, and bad input."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from salesgoals_kit.cli import app
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.clock import Clock
from salesgoals_kit.goals.evidence import Evidence
from salesgoals_kit.goals.known import evidence_for
from salesgoals_kit.goals.nearest import letters_of
from salesgoals_kit.goals.plain import parse_goal
from salesgoals_kit.goals.smart import Verdict, check
from salesgoals_kit.goals.typed import typed
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.agree import owners_of
from salesgoals_kit.run.work import open_company

END = date(2025, 12, 31)
CENTRAL = Owner("Central")
Judge = Callable[..., "Judged"]


@dataclass(frozen=True)
class Judged:
    """A verdict, what it rests on, and its better version as it is typed and as it is read."""

    verdict: Verdict
    evidence: Evidence
    typed: str
    sentence: str

    @property
    def failed(self) -> str:
        return "".join(letter.letter for letter in self.verdict.failed)


@pytest.fixture(scope="module")
def judge(house: Path) -> Iterator[Judge]:
    """Judge goals in plain words on the sample company, as of its last day unless another is given."""
    company = open_company(str(house / "params" / "company.yaml"))
    ref = make_snapshot(company)
    book = Book(house / "book")
    with open_snapshot(ref, company) as snapshot:

        def judged(written: str, owner: Owner = CENTRAL, as_of: date = END, **given: Any) -> Judged:
            goal = parse_goal(written, company, Clock(as_of), owners=owners_of(snapshot.at(as_of)))
            goal = replace(goal, owner=goal.owner or owner, **given)
            evidence = evidence_for(goal, snapshot.at, as_of, ref.first_day, lambda period, day: book)
            verdict = check(goal, evidence)
            said = "" if verdict.sentence is None else Texts.of(company).text(verdict.sentence)
            words = "" if verdict.better is None else Texts.of(company).text(typed(verdict.better, company))
            return Judged(verdict, evidence, words, said.replace("\u00a0", " ").replace("\u2212", "-"))

        yield judged


EXAMPLES = [
    (
        "monthly recurring revenue +2 % year on year",
        "SAT",
        ["By 31 March 2026 team Central reaches", "on the same quarter"],
    ),
    ("monthly churn below 2 %", "ST", ["loses at most", "by calling customers before the month"]),
    ("profit margin +5 % year on year", "S", ["keeps", "of revenue as margin"]),
    ("CLV +10 % year on year", "ST", ["reaches a customer lifetime value of"]),
    (
        "qualified leads entering the funnel +12 % year on year",
        "ST",
        ["qualified leads, +", "by spending on the channels"],
    ),
    ("win rate +5 % year on year", "ST", ["wins 44 % of the deals that are decided", "+5 % of the rate"]),
    ("CAC \u22123 % month on month", "ST", ["spends at most", "-8.7 % on December 2025"]),
    ("cycle \u22124 to \u22126 %, by type of deal", "SMT", ["By 27 September 2026", "within at most 54 days"]),
]


@pytest.mark.parametrize(("written", "failed", "said"), EXAMPLES, ids=[case[0][:20] for case in EXAMPLES])
def test_the_mission_s_examples_come_back_completed(judge: Judge, written: str, failed: str, said: list[str]) -> None:
    found = judge(written)
    assert set(failed) <= set(found.failed), "a fragment has no deadline or no initiative"
    better = found.verdict.better
    assert better is not None
    assert all(letter.passed for letter in letters_of(better, found.evidence))
    assert better.initiative is not None
    assert better.period is not None
    assert all(part in found.sentence for part in said), found.sentence


def test_let_us_generate_more_revenue_fails(judge: Judge) -> None:
    found = judge("let us generate more revenue")
    assert found.failed == "SMAT"
    assert found.sentence.startswith("By 31 March 2026 team Central closes")
    assert "through the team's own conversion rates; an even chance" in found.sentence


def test_a_smart_sentence_passes_with_the_year_and_the_base_filled_in(judge: Judge) -> None:
    found = judge(
        "by the end of the second quarter we grow annual recurring revenue by 3 % by re-evaluating our customer "
        "retention strategy"
    )
    assert found.failed == ""
    assert found.verdict.goal.period is not None
    assert found.verdict.goal.period.name == "2026Q2"
    assert found.sentence.startswith("By 30 June 2026 team Central reaches")
    assert "+3 % on 2025Q4, by re-evaluating our customer retention strategy" in found.sentence


GOALS = [
    ("MRR +2% yoy by 2026-06 by quarterly reviews with the top accounts", "A", "+9"),  # business as usual brings more
    ("monthly churn < 2% by 2026-06", "SR", "at most"),
    ("CAC -3% mom", "ST", "-8.7 % on December 2025"),
    ("CAC -3% mom by 2026-06 by moving spend to what converts", "", "-17 % on December 2025"),
    ("win rate +5pp in 2026Q2 by coaching discovery calls", "", "wins 47 % of the deals"),
]


@pytest.mark.parametrize(("written", "failed", "said"), GOALS, ids=[case[0][:24] for case in GOALS])
def test_goals_in_plain_words_get_their_verdicts(judge: Judge, written: str, failed: str, said: str) -> None:
    found = judge(written)
    assert found.failed == failed
    assert said in found.sentence


MORE = [
    ("Grow MRR by 5% in H1 2026 by upselling the Pro plan", "", "By 30 June 2026 team Central reaches"),
    ("Increase win rate from 42 % to 46 % in Q2 2026 by coaching", "", "wins 46 % of the deals"),
    ("win rate from 20 % to 25 % in 2026Q2 by role plays", "AR", "By 30 June 2026 team Central wins"),
    ("Reduce CAC by 6% within 6 months by pausing paid search", "", "By 30 June 2026 team Central spends at most"),
    ("ARR +5 % until year end by quarterly business reviews", "", "By 31 December 2026"),
    ("MRR +4% by 30 June by onboarding calls", "", "By 30 June 2026 team Central reaches"),
    ("the North team raises its win rate by 5 points in Q2 by coaching", "", "By 30 June 2026 team North wins"),
    ("Key Accounts: MRR +3% by 2026Q2 by quarterly reviews", "", "team Key Accounts reaches"),
    ("elena.russo: revenue 120k in 2026Q1 by calling", "", "elena.russo closes \u20ac120K"),
    ("the company grows MRR by 5 % in 2026Q2 by reviews", "", "the company reaches"),
    ("double the qualified leads by Q4 2026 by webinars", "A", "brings in"),
    ("revenue of 950,000 \u20ac in 2026Q1 by cross-selling", "", "closes \u20ac950K"),
    ("CAC no more than 2,000 per customer by June", "SAR", "spends at most"),
    ("grow monthly churn by 2 % by 2026-06 by calling", "R", "loses at most 0.86 %"),
    ("revenue -5% in 2026Q1 by dropping small deals", "AR", "closes"),
    ("revenue +0% in 2026Q1 by holding on", "AR", "closes"),
    ("MRR +5% by 15 May 2026 by calling", "T", "By 31 May 2026"),
    ("revenue to 10bn in 2026Q1 by magic", "A", "closes \u20ac1.15M"),
]


@pytest.mark.parametrize(("written", "failed", "said"), MORE, ids=[case[0][:32] for case in MORE])
def test_goals_as_managers_write_them_get_their_verdicts(judge: Judge, written: str, failed: str, said: str) -> None:
    found = judge(written)
    assert found.failed == failed
    assert said in found.sentence


@pytest.mark.parametrize("written", [case[0] for case in (*EXAMPLES, *GOALS, *MORE)])
def test_a_better_version_passes_as_it_is_typed(judge: Judge, written: str) -> None:
    better = judge(written)
    again = judge(better.typed, COMPANY)
    assert again.failed == ""
    assert again.sentence == better.sentence
    assert again.typed == better.typed


def test_a_step_the_wrong_way_is_told_as_one(judge: Judge) -> None:
    reasons = judge("grow monthly churn by 2 % by 2026-06 by calling").verdict.letters[3].reasons
    assert reasons[0].id == "smart.r_asks_more"


def test_what_a_goal_is_said_to_start_from_is_held_against_the_data(judge: Judge) -> None:
    said = [judge(f"win rate from {told} % to 46 % in 2026Q2").verdict.letters[1].reasons for told in (42, 30)]
    assert "smart.m_told" in [reason.id for reason in said[0]]
    assert "smart.m_told_differs" in [reason.id for reason in said[1]]


def test_the_company_s_goal_is_judged_on_the_company(judge: Judge) -> None:
    found = judge("monthly churn below 2 % in 2026Q1 by calling customers before their renewal", COMPANY)
    assert found.evidence.owner == COMPANY
    assert "the company loses at most" in found.sentence


def test_a_kpi_without_data_gives_way_to_the_nearest_that_there_is(judge: Judge) -> None:
    found = judge("MRR +2% yoy in 2026Q1 by quarterly reviews", Owner(rep="elena.russo"))  # no rep has subscriptions
    assert set(found.failed) == {"M", "A"}
    assert found.verdict.letters[1].reasons[0].id == "smart.m_lacks"
    assert found.verdict.better is not None
    assert found.verdict.better.kpi == "revenue"
    assert found.sentence.startswith("By 31 March 2026 elena.russo closes")


def test_a_goal_in_the_past_moves_to_the_next_period(judge: Judge) -> None:
    found = judge("win rate +5% yoy in 2025Q2 by coaching discovery calls")
    assert found.failed == "T"
    assert "is past" not in found.sentence
    assert found.sentence.startswith("By 31 March 2026")


def test_a_running_period_has_the_chance_it_had_before_it_began(judge: Judge) -> None:
    found = judge("win rate +5% yoy in 2025Q4 by coaching discovery calls", as_of=date(2025, 11, 15))
    assert found.evidence.known_on == date(2025, 9, 30)
    assert "T" not in found.failed
    assert any(said.id == "smart.t_running" for said in found.verdict.letters[4].reasons)


def test_goals_check_prints_the_verdict_and_ends_with_its_code(house: Path, judge: Judge) -> None:
    company = str(house / "params" / "company.yaml")

    def run(*words: str) -> tuple[int, str, BaseException | None]:
        done = CliRunner().invoke(app, ["goals", "check", *words, "--company", company])
        return done.exit_code, done.output.replace("\u00a0", " "), done.exception

    code, said, _ = run("win rate +5pp in 2026Q2 by coaching discovery calls", "--team", "Central")
    assert code == 0, said
    assert "as of 31 December 2025, as: win rate of team Central +5 points in 2026Q2, counted from 2025Q2" in said
    assert "Not said, so taken: 2025Q2 to count from and the objective grow" in said
    assert [line.split()[0] for line in said.splitlines()[2:7]] == [
        "Specific",
        "Measurable",
        "Achievable",
        "Relevant",
        "Time-bound",
    ]
    assert "It is SMART: By 30 June 2026 team Central wins" in said
    code, said, _ = run("let us generate more revenue", "--team", "Central", "--objective", "grow")
    assert code == 3
    assert "Better: By 31 March 2026 team Central closes" in said
    assert "for the owner to confirm" in said
    better = next(line for line in said.splitlines() if line.startswith("To type it: "))
    code, again, _ = run(better.removeprefix("To type it: "))
    assert code == 0, again
    assert "Not said" not in again
    code, said, _ = run("revenue 90000 in 2026Q1 by calling", "--rep", "Elena Russo")
    assert code in (0, 3) and "revenue of rep elena.russo at least" in said
    told = (Path(__file__).parents[2] / "docs" / "goals.md").read_text("utf-8")
    code, said, _ = run("win rate +5 % year on year", "--team", "Central", "--as-of", "2025-12-31")
    assert code == 3
    assert figures_apart(said) in figures_apart(told)
    _, _, error = run("churn below 2%", "--team", "Nowhere", "--objective", "fly")
    assert isinstance(error, ParamError)
    assert [fault.where.split()[0] for fault in error.faults] == ["goal", "team", "objective"]


def test_all_that_is_wrong_beside_a_goal_is_told_at_once(house: Path, judge: Judge) -> None:
    company = str(house / "params" / "company.yaml")

    def wrong(goal: str, **beside: str) -> tuple[str, list[str]]:
        words = [word for name, value in beside.items() for word in (f"--{name.replace('_', '-')}", value)]
        error = CliRunner().invoke(app, ["goals", "check", goal, *words, "--company", company]).exception
        assert isinstance(error, ParamError)
        return error.title, [fault.where.split()[0] for fault in error.faults]

    _, told = wrong("churn below 2%", as_of="x", period="soon", base="then", team="Nowhere", objective="fly")
    assert told == ["as_of", "period", "base", "goal", "team", "objective"]
    _, told = wrong("win rate +5pp in 2026Q2 by calling", base="then", by="writing", as_of="1999-01-01", rep="nobody")
    assert told == ["as_of", "base", "rep", "by"]
    assert wrong("win rate +5% yoy in 2026Q2", base="2025Q3", team="Nowhere")[1] == ["team", "base"]
    twice = "team North: win rate +5pp by calling, for the objective grow, agreed because of it"
    _, told = wrong(twice, team="Central", by="writing", objective="keep-customers", reason="so")
    assert told == ["team", "objective", "by", "reason"]
    title, told = wrong("churn below 2%", objective="fly")
    assert (title, told) == ("The goal can be read in two ways.", ["goal", "objective"])


def figures_apart(text: str) -> str:
    """Return a text without its digits, which another version of a package may round otherwise."""
    return re.sub(r"\d+", "#", text.replace("\u2068", "").replace("\u2069", ""))


def test_check_judges_every_file_of_goals(house: Path, judge: Judge) -> None:
    file = house / "2026Q2.yaml"
    agreed = "owner: {team: Central}, period: 2026Q2, agreed_on: 2025-12-20, agreed_by: Ann"
    good = f"{{kpi: win_rate, change: 5, unit: points, initiative: {{what: coaching discovery calls}}, {agreed}}}"
    bad = f"{{kpi: mrr, change: 2, unit: percent, {agreed}}}"
    company = str(house / "params" / "company.yaml")
    file.write_text(f"version: 1\ngoals: [{good}, {bad}]\n", "utf-8")
    done = CliRunner().invoke(app, ["check", str(file), "--company", company])
    assert done.exit_code == 3, done.output
    assert "Win rate of team Central, 2026Q2: SMART" in done.output
    assert "fails S (" in done.output
    assert "Better: By 30 June 2026 team Central reaches" in done.output.replace("\u00a0", " ")


def test_check_counts_the_parts_of_other_goals_and_judges_the_rest(house: Path, judge: Judge) -> None:
    agreed = "agreed_on: 2025-12-20, agreed_by: Ann"
    lines = [
        f"{{kpi: revenue, owner: {{{owner}}}, period: {period}, value: {value}, {agreed}}}"
        for owner, period, value in (
            ("team: Central", "2026Q2", 100000),
            ("team: Central", "2026-04", 30000),  # a part
            ("rep: elena.russo", "2026Q2", 10000),  # a part: she is in the team
            ("rep: elena.russo", "2026-05", 3000),  # a part of both
            ("rep: elena.russo", "2026-07", 3000),
            ("company: true", "2026Q2", 300000),
            ("team: North", "2026Q2", 100000),
        )
    ]
    lines += [
        f"{{kpi: win_rate, owner: {{team: Central}}, period: {period}, value: 0.4, {agreed}}}"  # a rate has no parts
        for period in ("2026Q2", "2026-04")
    ]
    file = house / "ours.yaml"
    file.write_text(f"version: 1\ngoals: [{', '.join(lines)}]\n", "utf-8")
    done = CliRunner().invoke(app, ["check", str(file), "--company", str(house / "params" / "company.yaml")])
    assert done.exit_code == 3, done.output
    said = done.output[done.output.index("9 goals, well formed") :].splitlines()[1:]
    assert len(said) == 7
    assert said[-1].replace("\u2068", "").replace("\u2069", "").startswith("  3 goals are parts of others")
