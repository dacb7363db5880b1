"""Ceilings, floor and plan from the tables; what the data lacks is said plainly, and the rest still works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.binding import Feasibility
from salesgoals_kit.goals.board import Board, Line
from salesgoals_kit.goals.capacity import Hire
from salesgoals_kit.goals.feasibility import board_feasibility, feasibility
from salesgoals_kit.goals.kin import series_of
from salesgoals_kit.kpis.baseline import baseline
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import PlannedHire, Team
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.words import Message

MakeOutlook = Callable[..., Outlook]
QUARTER = parse_period("2026Q1")
NORTH = Owner("North")
NEEDED = ("deals", "stage_events", "leads", "reps", "assignments", "costs", "spend")


@cache
def company() -> Company:
    return load_company(shipped("params", "company.yaml"), TABLES, CATALOGUE)


@cache
def sample() -> dict[str, pd.DataFrame]:
    return {name: table for name, table in make_sample(7).tables.items() if name in NEEDED}


def tables_with(without: tuple[str, ...] = (), **changed: pd.DataFrame) -> Tables:
    frames = {name: table for name, table in (sample() | changed).items() if name not in without}
    return tables_from_frames(frames, company(), LAST_DAY)


@pytest.fixture(scope="module")
def whole() -> Tables:
    return tables_with()


def spread(middle: float, width: float = 0.15) -> np.ndarray[Any, Any]:
    return middle * np.exp(width * np.random.default_rng(1).standard_normal(1000))


@pytest.fixture
def usual(make_outlook: MakeOutlook) -> Callable[..., tuple[Outlook, Outlook]]:
    """Give an outlook of revenue and one of its margin, as they are about those of the sample company's teams."""

    def make(owner: Owner = NORTH, middle: float = 800_000.0) -> tuple[Outlook, Outlook]:
        revenue = spread(middle)
        margins = 0.69 + 0.01 * np.random.default_rng(2).standard_normal(1000)
        counts = (revenue * margins, revenue)
        return (
            make_outlook(revenue, owner=owner, season=(1.0,) * 12),
            make_outlook(margins, "margin", owner=owner, counts=counts),
        )

    return make


def ids(found: Feasibility) -> set[str]:
    return {note.id.removeprefix("ceilings.") for note in found.notes}


def test_everything_stands_beside_the_outlook(
    whole: Tables, usual: Callable[..., tuple[Outlook, Outlook]], read: Callable[[Message], str]
) -> None:
    found = feasibility(whole, NORTH, QUARTER, *usual())
    assert [limit.name for limit in found.limits] == ["usual", "capacity", "funnel"]
    assert found.floor is not None
    assert found.floor.covered is not None
    assert found.capacity is not None
    assert found.capacity.headcount == 7
    assert found.plan is None
    told = [read(sentence) for sentence in found.sentences]
    assert told[0].startswith("7 people could carry about €") and "as much as 6." in told[0]
    assert told[1].startswith("The funnel can bring about €")
    assert told[2].startswith("Revenue of €")
    assert all(read(note) for note in found.notes)


def test_the_plan_and_its_initiatives_stand_there_too(
    whole: Tables, usual: Callable[..., tuple[Outlook, Outlook]], read: Callable[[Message], str]
) -> None:
    given = usual(COMPANY, 3_000_000.0)
    found = feasibility(whole, COMPANY, QUARTER, *given, initiatives=["partner fair"])
    assert found.plan is not None
    assert found.plan.value == 3_400_000  # of params/company.yaml
    assert found.initiatives == ("partner fair",)
    assert read(found.sentences[-1]) == "What is to supply the lift: partner fair"


@pytest.mark.parametrize(
    ("without", "note", "lacks"),
    [
        (("costs",), "no_costs", {"floor"}),
        (("spend",), "no_spend", set()),
        (("leads",), "no_leads", set()),
        (("reps", "assignments"), "no_reps", set()),
        (("reps",), "no_reps", set()),
    ],
)
def test_a_table_that_is_missing_is_said_and_the_rest_works(
    without: tuple[str, ...], note: str, lacks: set[str], usual: Callable[..., tuple[Outlook, Outlook]]
) -> None:
    owner = COMPANY if "assignments" in without else NORTH
    found = feasibility(tables_with(without), owner, QUARTER, *usual(owner))
    assert note in ids(found)
    there = {name for name in ("capacity", "funnel", "floor") if getattr(found, name) is not None}
    assert there == {"capacity", "funnel", "floor"} - lacks
    assert 0 <= found.at(700_000.0, 0.5).together <= 1


def test_columns_that_are_missing_are_said_and_the_rest_works(usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    deals = sample()["deals"]
    no_days = feasibility(tables_with(deals=deals.drop(columns="created_at")), NORTH, QUARTER, *usual())
    assert no_days.funnel is None
    assert "no_creation_days" in ids(no_days)
    assert no_days.capacity is not None
    no_reps = feasibility(tables_with(deals=deals.drop(columns="rep").assign(team="North")), NORTH, QUARTER, *usual())
    assert no_reps.capacity is None
    assert "nobody_known" in ids(no_reps)
    assert no_reps.funnel is not None
    no_stages = feasibility(tables_with(("stage_events",), deals=deals.drop(columns="stage")), NORTH, QUARTER, *usual())
    assert "no_stages" in ids(no_stages)
    assert no_stages.funnel is not None


def test_open_deals_of_nobody_are_no_dry_funnel(usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    deals = sample()["deals"]
    opened = deals["status"] == "open"
    nobodys = tables_with(deals=deals.assign(rep=deals["rep"].mask(opened), team=deals["team"].mask(opened)))
    found = feasibility(nobodys, NORTH, QUARTER, *usual())
    assert found is not None and found.funnel is None
    assert "owners_unknown" in ids(found)
    whole = feasibility(nobodys, COMPANY, QUARTER, *usual(COMPANY))
    assert whole is not None and whole.funnel is not None


def test_a_margin_nobody_knows_has_no_floor(whole: Tables, usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    found = feasibility(whole, NORTH, QUARTER, usual()[0])
    assert found.floor is None
    assert "no_margin" in ids(found)


def test_a_team_of_two_who_are_new(usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    """The company has no one else, and nothing is older than four months."""
    begins = pd.Timestamp("2025-09-01")
    rows = sample()["deals"]
    few = rows[(rows["created_at"] >= begins) & (rows["status"] != "open")].head(40)
    few = few.assign(rep=["ann" if i % 2 else "bob" for i in range(len(few))], team="North")
    days = pd.Series([begins, begins], dtype="datetime64[us]")
    reps = pd.DataFrame({"rep": ["ann", "bob"], "team": "North", "hired_on": days, "capacity": [1.0, 0.5]})
    tables = tables_from_frames({"deals": few, "reps": reps}, company(), LAST_DAY)
    for owner, note in ((NORTH, "all_young"), (Owner("North", "ann"), "floor_not_for_reps")):
        found = feasibility(tables, owner, QUARTER, *usual(owner))
        assert note in ids(found)
        assert found.capacity is not None
        assert np.isfinite(found.capacity.draws).all()
        assert found.capacity.ramp.low < 5 < found.capacity.ramp.high
        assert found.funnel is not None


@pytest.mark.parametrize(("revenue", "note"), [("mrr", "not_of_mrr"), ("invoices", "not_of_invoices")])
def test_revenue_that_is_not_of_deals_has_a_floor_only(
    revenue: str, note: str, usual: Callable[..., tuple[Outlook, Outlook]]
) -> None:
    table = {"mrr": "subscriptions", "invoices": "invoices"}[revenue]
    frames = sample() | {table: make_sample(7).tables[table]}
    other = company().model_copy(update={"revenue": revenue})
    found = feasibility(tables_from_frames(frames, other, LAST_DAY), NORTH, QUARTER, *usual())
    assert (found.capacity, found.funnel) == (None, None)
    assert note in ids(found)
    assert found.floor is not None


def test_other_kpis_have_no_ceilings(whole: Tables, make_outlook: MakeOutlook, read: Callable[[Message], str]) -> None:
    found = feasibility(whole, NORTH, QUARTER, make_outlook([0.4, 0.5], "win_rate"))
    assert [limit.name for limit in found.limits] == ["usual"]
    assert [read(note) for note in found.notes] == ["Win rate: people, funnel and costs set limits to revenue only"]


def test_a_period_that_is_over_has_no_ceilings(whole: Tables, usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    found = feasibility(whole, NORTH, parse_period("2025Q4"), *usual())
    assert ids(found) == {"period_over"}


def test_people_bind_where_most_have_left(usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    """The outlook still has the team that was; the ceiling has those who stayed."""
    reps, assignments = sample()["reps"], sample()["assignments"]
    teams = assignments[assignments["to"].isna() & (assignments["team"] == "North")]
    there = reps[reps["rep"].isin(teams["rep"]) & reps["left_on"].isna()]
    gone = there["rep"].iloc[:5]
    left = reps["left_on"].mask(reps["rep"].isin(gone), pd.Timestamp("2025-12-20"))
    found = feasibility(tables_with(reps=reps.assign(left_on=left)), NORTH, QUARTER, *usual())
    assert found.shares["capacity"] > 0.6
    binding = found.at(800_000.0, 0.5)
    assert binding.binds == "capacity"
    (way, *_) = binding.loosen
    assert way.id == "ceilings.loosen_capacity"


def test_the_funnel_binds_where_it_has_run_dry(usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    rows = sample()["deals"]
    dry = rows[~((rows["created_at"] >= pd.Timestamp("2025-06-01")) & (rows["status"] == "open"))]
    found = feasibility(tables_with(deals=dry), NORTH, QUARTER, *usual())
    assert found.shares["funnel"] > 0.6
    assert found.at(800_000.0, 0.5).binds == "funnel"


def test_a_hire_never_lowers_a_chance(whole: Tables, usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    year = parse_period("2026")
    outlook, margin = usual(NORTH, 3_500_000.0)
    outlook = replace(outlook, period=year)
    hires = (Hire(QUARTER.first, 1, "North"), Hire(QUARTER.first + 3, 2, "North"))
    few, more = (feasibility(whole, NORTH, year, outlook, margin, some) for some in ((), hires))
    for goal in (3_000_000.0, 3_500_000.0, 4_000_000.0):
        before, after = few.at(goal, 0.5), more.at(goal, 0.5)
        assert after.chances["capacity"] >= before.chances["capacity"]
        assert after.together >= before.together
    assert more.limits[1].quantile(0.5) > few.limits[1].quantile(0.5)
    elsewhere = feasibility(whole, NORTH, year, outlook, margin, (Hire(QUARTER.first, 9, "South"),))
    assert elsewhere.limits[1].draws.tolist() == few.limits[1].draws.tolist()
    with pytest.raises(ParamError):
        feasibility(whole, COMPANY, year, replace(outlook, owner=COMPANY), margin, (Hire(QUARTER.first, 9, "West"),))


def test_the_same_tables_give_the_same_ceilings(usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    one, other = (feasibility(tables_with(), NORTH, QUARTER, *usual()) for _ in range(2))
    for mine, theirs in zip(one.limits, other.limits, strict=True):
        assert mine.draws.tolist() == theirs.draws.tolist()
    assert one.sentences == other.sentences


def test_what_it_is_made_of_is_handed_to_a_report(usual: Callable[..., tuple[Outlook, Outlook]]) -> None:
    """A report that has its slice does not look at the tables again."""
    tables = tables_with()
    with tables.kept.asking() as handed:
        first = feasibility(tables, NORTH, QUARTER, *usual())
    blind = replace(tables, frames={})
    blind.kept.written = handed
    again = feasibility(blind, NORTH, QUARTER, *usual())
    assert again.sentences == first.sentences
    assert [limit.draws.tolist() for limit in again.limits] == [limit.draws.tolist() for limit in first.limits]
    assert sum(len(text) for text in handed.values()) < 300_000


def test_a_board_has_the_feasibility_of_its_revenue(
    whole: Tables, usual: Callable[..., tuple[Outlook, Outlook]]
) -> None:
    lines = tuple(
        Line(kpi, series_of(whole, NORTH, kpi, QUARTER), baseline(whole, NORTH, QUARTER, name), outlook, (), None)
        for (name, kpi), outlook in zip(
            ((name, CATALOGUE[name]) for name in ("revenue", "margin")), usual(), strict=True
        )
    )
    found = board_feasibility(whole, Board(NORTH, QUARTER, lines, ()))
    assert found is not None
    assert found.floor is not None
    assert board_feasibility(whole, Board(NORTH, QUARTER, (), ())) is None


def test_people_may_be_hired_for_a_team_that_nobody_is_in_yet(
    usual: Callable[..., tuple[Outlook, Outlook]], read: Callable[[Message], str]
) -> None:
    """New is to begin with two; All has teams below it, and nobody of its own."""
    teams = [
        Team(name="New"),
        Team(name="All"),
        *(team.model_copy(update={"parent": "All"}) for team in company().teams),
    ]
    hires = [PlannedHire(team=team, month="2026-01", count=2) for team in ("New", "All")]
    planned = company().model_copy(update={"teams": teams, "hires": hires})
    tables = replace(tables_with(), company=planned)
    before = feasibility(
        replace(tables, company=planned.model_copy(update={"hires": []})), COMPANY, QUARTER, *usual(COMPANY)
    )
    after = feasibility(tables, COMPANY, QUARTER, *usual(COMPANY))
    new = feasibility(tables, Owner("New"), QUARTER, *usual(Owner("New")))
    assert before.capacity is not None and after.capacity is not None and new.capacity is not None
    assert (after.capacity.draws >= before.capacity.draws).all()
    assert 0 < np.median(new.capacity.draws) < np.median(after.capacity.draws - before.capacity.draws)
    assert "hires_lent" in ids(after) and "hires_lent" in ids(new) and "hires_lent" not in ids(before)
    assert all(read(note) for note in after.notes)
    tried = feasibility(tables, Owner("All"), QUARTER, *usual(Owner("All")), hires=[Hire(QUARTER.first, 1, "All")])
    assert tried.capacity is not None
    with pytest.raises(ParamError, match="The planned hires cannot be used"):
        feasibility(tables, COMPANY, QUARTER, *usual(COMPANY), hires=[Hire(QUARTER.first, 1, "Nowhere")])
