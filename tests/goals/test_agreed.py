"""What humans agreed is read as they meant it, or refused with every fault at its line."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.agreed import AgreedGoal, load_goals
from salesgoals_kit.goals.reading import agreed_row, goal_value, reading
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.words import Message

OWNERS = [COMPANY, Owner("Central"), Owner("West"), Owner("Central", "r1")]
WHOLE = """
version: 1
goals:
  - kpi: revenue
    owner: {team: Central}
    period: 2026Q1
    value: 1240000
    initiative: {what: coach discovery calls, owner: Ann, cost: 5000, metric: win_rate}
    objective: grow
    agreed_on: 2026-01-05
    agreed_by: Ann
    reason: a key account left
  - {kpi: win_rate, owner: {rep: r1}, period: 2026Q1, change: 5, unit: percent, agreed_on: 2025-12-20, agreed_by: Bo}
  - {kpi: logo_churn, owner: {company: true}, period: 2026Q1, value: 0.02, agreed_on: 2025-12-20, agreed_by: no}
"""
Load = Callable[..., list[AgreedGoal]]


@pytest.fixture
def load(tmp_path: Path, company: Company) -> Load:
    def write_and_load(text: str, name: str = "2026Q1.yaml", of: Company = company) -> list[AgreedGoal]:
        (tmp_path / name).write_text(textwrap.dedent(text), "utf-8")
        return load_goals(tmp_path / name, of, OWNERS)

    return write_and_load


def one(rest: str, owner: str = "{team: Central}", kpi: str = "revenue", period: str = "2026Q1") -> str:
    return (
        f"version: 1\ngoals:\n  - {{kpi: {kpi}, owner: {owner}, period: {period}, {rest}, "
        "agreed_on: 2025-12-20, agreed_by: Ann}\n"
    )


def test_a_whole_file_is_read(load: Load) -> None:
    revenue, win_rate, churn = load(WHOLE)
    assert (revenue.kpi, revenue.owner, revenue.period.name, revenue.value) == (
        "revenue",
        Owner("Central"),
        "2026Q1",
        1_240_000,
    )
    assert (revenue.value, revenue.agreed_on, revenue.agreed_by) == (1_240_000, date(2026, 1, 5), "Ann")
    assert (revenue.reason, revenue.objective) == ("a key account left", "grow")
    assert revenue.initiative is not None
    assert (revenue.initiative.what, revenue.initiative.cost, revenue.objective) == (
        "coach discovery calls",
        5000,
        "grow",
    )
    assert (win_rate.owner, win_rate.change, win_rate.unit, win_rate.base.name) == (
        Owner("Central", "r1"),
        5,
        "percent",
        "2025Q1",
    )
    assert (churn.owner, churn.value, churn.agreed_by) == (COMPANY, 0.02, "no")  # a name, not false
    assert revenue.where == "2026Q1.yaml, line 4, goals.0"


def test_a_year_may_be_written_as_a_number(load: Load) -> None:
    (goal,) = load(one("change: 3, unit: percent, base: 2024", period="2026"), "2026.yaml")
    assert (goal.period, goal.base) == (parse_period("2026"), parse_period("2024"))


def test_a_file_not_named_for_a_period_holds_any(load: Load) -> None:
    assert load(one("value: 5"), "goals.yaml")[0].period.name == "2026Q1"


def test_a_fiscal_year_is_the_company_s(load: Load, make_company: Callable[..., Company]) -> None:
    (goal,) = load(one("value: 5"), of=make_company(fiscal_year_starts=4))
    assert goal.period.start == date(2025, 4, 1)


FAULTS = [
    (one("value: 5", kpi="sales"), "goals.0.kpi: there is no KPI 'sales'; there are revenue, mrr, arr"),
    (one("value: 5", owner="{team: North}"), "goals.0.owner: there is no team 'North'; there are Central, West"),
    (one("value: 5", owner="{rep: r9}"), "goals.0.owner: there is no rep 'r9'; there are r1"),
    (one("value: 5", owner="{team: West, rep: r1}"), "an owner is one of {company: true}, {team: …} and {rep: …}"),
    (one("value: 5", owner="{company: false}"), "goals.0.owner.company: input should be True, not False"),
    (one("value: 5", owner="{}"), "an owner is one of"),
    (one("value: 5", period="2026Q5"), "goals.0.period: '2026Q5' is no period; write 2026, 2026Q1 or 2026-03"),
    (one("value: 5", period="2026Q2"), "2026Q2 stands in the file of 2026Q1; move it to 2026Q2.yaml"),
    (one("value: 5", period="true"), "goals.0.period: input should be a valid string, not True"),
    (one("value: 5, change: 3, unit: percent"), "goals.0.change: value and change both stand here; keep one"),
    (one("objective: grow"), "goals.0.change: a value or a change is missing"),
    (one("change: 3"), "a change needs its unit: percent, points or absolute"),
    (one("value: 3, unit: percent"), "unit and base go with a change, not with a value"),
    (one("value: 3, base: 2025Q1"), "unit and base go with a change, not with a value"),
    (one("change: 3, unit: pct"), "goals.0.unit: input should be 'percent', 'points' or 'absolute', not 'pct'"),
    (one("change: 3, unit: percent, base: 2025"), "a quarter is compared with an earlier quarter, and 2025 is none"),
    (one("change: 3, unit: percent, base: 2026Q2"), "compared with an earlier quarter, and 2026Q2 is none"),
    (one("change: 3, unit: percent, base: last"), "goals.0.base: 'last' is no period"),
    (one("change: 3, unit: points"), "points are for rates, and revenue is none; use percent or absolute"),
    (one("change: 3, unit: absolute", kpi="win_rate"), "the change of a rate is given in points or in percent of it"),
    (one("change: 120, unit: points", kpi="win_rate"), "a rate cannot change by 120 points"),
    (one("change: -101, unit: percent"), "revenue cannot fall by more than all there is, as by -101 % it would"),
    (one("value: -5"), "goals.0.value: revenue cannot be negative, as -5 is"),
    (one("value: 25", kpi="win_rate"), "goals.0.value: a rate is written as a fraction: 0.25 is 25 %; not 25"),
    (one("value: 105", kpi="nrr"), "a rate is written as a fraction"),
    (one("value: 2.5", kpi="qualified_leads"), "qualified_leads is counted in whole numbers, not 2.5"),
    (one("value: .inf"), "goals.0.value: input should be a finite number"),
    (one("value: .nan"), "goals.0.value: input should be a finite number"),
    (one("value: '5'"), "goals.0.value: input should be a valid number, not '5'"),
    (one("value: true"), "goals.0.value: input should be a valid number, not True"),
    (one("value: 5, objective: fly"), "company.yaml has no objective 'fly'; it has grow"),
    (one("value: 5, colour: red"), "goals.0.colour: there is no such key; look for a slip of the pen"),
    (one("value: 5, initiative: {cost: 5}"), "goals.0.initiative.what: this key is missing"),
    (
        one("value: 5, initiative: {what: x, cost: -5}"),
        "goals.0.initiative.cost: input should be greater",
    ),
    (
        one("value: 5").replace("2025-12-20", "20.12.2025"),
        "agreed_on: '20.12.2025' is no day; write it like 2026-01-05",
    ),
    (one("value: 5").replace("2025-12-20", "2025-02-30"), "'2025-02-30' is no day"),
    (one("value: 5").replace("2025-12-20", "2025"), "2025 is no day"),
    (one("value: 5").replace(", agreed_by: Ann", ""), "goals.0.agreed_by: this key is missing"),
    (one("value: 5").replace("version: 1", "version: 2"), "version: input should be 1, not 2"),
    ("version: 1\ngoals: {kpi: revenue}\n", "goals: input should be a valid list"),
    ("version: 1\n", "goals: this key is missing"),
    ("- 1\n", "no keys; expected version, goals"),
    ("", "no keys; expected version, goals"),
]


@pytest.mark.parametrize(("text", "said"), FAULTS)
def test_a_fault_is_told_at_its_place(load: Load, text: str, said: str) -> None:
    with pytest.raises(ParamError) as caught:
        load(text)
    assert said in str(caught.value)


def test_a_goal_that_stands_twice_is_told_with_both_lines(load: Load) -> None:
    goal = one("value: 5").splitlines()
    other = goal[2].replace("2026Q1", "' 2026Q1'")  # the same period, written with care
    with pytest.raises(
        ParamError, match=r"line 4, goals\.1: a goal for the same KPI, owner and period stands on line 3"
    ):
        load("\n".join([*goal, other.replace("value: 5", "value: 6")]))


def test_all_faults_are_told_at_once_in_the_file_s_order(load: Load) -> None:
    text = """
    version: 1
    goals:
      - kpi: sales
        owner: {team: North}
        period: 2026Q7
        value: .nan
        agreed_on: soon
        agreed_by: Ann
      - kpi: revenue
        owner: {team: West}
        period: 2026Q1
        value: -1
        change: 2
        agreed_on: 2026-01-05
      - {kpi: margin, owner: {team: West}, period: 2026Q1, value: 0.2, agreed_on: 2026-01-05, agreed_by: Bo}
      - {kpi: margin, owner: {team: West}, period: 2026Q1, value: 0.3, agreed_on: 2026-01-05, agreed_by: Bo}
    """
    with pytest.raises(ParamError) as caught:
        load(text)
    assert [fault.where for fault in caught.value.faults] == [
        "2026Q1.yaml, line 4, goals.0.kpi",
        "2026Q1.yaml, line 5, goals.0.owner",
        "2026Q1.yaml, line 6, goals.0.period",
        "2026Q1.yaml, line 7, goals.0.value",
        "2026Q1.yaml, line 8, goals.0.agreed_on",
        "2026Q1.yaml, line 10, goals.1.agreed_by",
        "2026Q1.yaml, line 13, goals.1.value",
        "2026Q1.yaml, line 17, goals.3",
    ]


def test_a_missing_file_and_a_file_that_is_not_yaml_are_told(company: Company, tmp_path: Path) -> None:
    with pytest.raises(ParamError, match="there is no such file"):
        load_goals(tmp_path / "2026Q1.yaml", company, OWNERS)
    (tmp_path / "2026Q1.yaml").write_text("goals: [", "utf-8")
    with pytest.raises(ParamError, match="not YAML"):
        load_goals(tmp_path / "2026Q1.yaml", company, OWNERS)


@pytest.mark.parametrize(
    ("rest", "kpi", "base", "value", "said"),
    [
        # +5 % of 20 % is 21 %, and +5 points on 20 % are 25 %: the sentence always names both
        (
            "change: 5, unit: percent",
            "win_rate",
            0.2,
            0.21,
            "+5% is read as a share of the rate: from 20% in 2025Q1 to 21%; read as points it would be 25%",
        ),
        (
            "change: 5, unit: points",
            "win_rate",
            0.2,
            0.25,
            "+5 points is read as percentage points: from 20% in 2025Q1 to 25%; "
            "read as a share of the rate it would be 21%",
        ),
        ("change: 2, unit: percent", "revenue", 50_000.0, 51_000.0, "+2% on the €50K of 2025Q1: the goal is €51K"),
        ("change: -3, unit: percent", "cac", 1000.0, 970.0, "-3% on the €1,000 of 2025Q1: the goal is €970"),
        (
            "change: 1000, unit: absolute",
            "revenue",
            50_000.0,
            51_000.0,
            "The €50K of 2025Q1 and the agreed change make the goal €51K",
        ),
        # 12 % more than 33 leads are 36.96: whole leads, and no easier than agreed
        ("change: 12, unit: percent", "qualified_leads", 33.0, 37.0, "+12% on the 33 of 2025Q1: the goal is 37"),
    ],
)
def test_a_change_is_read_on_its_base_and_said_so(
    load: Load, read: Callable[[Message], str], rest: str, kpi: str, base: float, value: float, said: str
) -> None:
    (goal,) = load(one(rest, kpi=kpi))
    assert goal_value(goal, base) == pytest.approx(value)
    message = reading(goal, base)
    assert message is not None
    assert read(message) == said


def test_a_plain_value_needs_no_base_and_no_reading(load: Load) -> None:
    (goal,) = load(one("value: 5"))
    assert (goal_value(goal, None), reading(goal, None)) == (5.0, None)


@pytest.mark.parametrize("base", [None, float("nan")])
def test_a_change_without_a_base_is_refused_at_its_line(load: Load, base: float | None) -> None:
    (goal,) = load(one("change: 5, unit: percent"))
    with pytest.raises(ParamError, match=r"line 3, goals\.0: revenue of 2025Q1 is not known; .*; give a value"):
        goal_value(goal, base)


def test_a_change_that_leads_beyond_what_can_be_is_refused(load: Load) -> None:
    (goal,) = load(one("change: 30, unit: points", kpi="win_rate"))
    with pytest.raises(ParamError, match="a rate is written as a fraction"):
        goal_value(goal, 0.8)


def test_an_agreed_goal_becomes_a_row_of_the_ledger(load: Load) -> None:
    goal = load(WHOLE)[0]
    row = agreed_row(goal, goal_value(goal, None), 0.45, "9f2c")
    assert (row.level, row.template, row.as_of, row.money, row.value) == (
        "agreed",
        "agree",
        date(2026, 1, 5),
        True,
        1_240_000,
    )
    assert (row.chance, row.snapshot, row.reason, row.objective) == (0.45, "9f2c", "a key account left", "grow")
    assert row.initiative == {"what": "coach discovery calls", "owner": "Ann", "cost": 5000.0, "metric": "win_rate"}


def test_hostile_names_of_owners_come_through(tmp_path: Path, company: Company) -> None:
    for name in ('<b>&"', "ł" * 300, "it's: {x}", "no", "12:30"):
        quoted = "'" + name.replace("'", "''") + "'"
        path = tmp_path / "2026Q1.yaml"
        path.write_text(one("value: 5", owner=f"{{team: {quoted}}}"), "utf-8")
        assert load_goals(path, company, [Owner(name)])[0].owner == Owner(name)
