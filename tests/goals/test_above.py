"""What is asked of each team from above: the branch of the company's own tree, whatever was agreed for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.above import Asked, asked_from_above, goal_to_carry, judged_by, standing, tree_of
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.people import people_of
from salesgoals_kit.goals.times import parts_of
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import Team
from salesgoals_kit.report.reppages import rep_pages
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow
from salesgoals_kit.words import Message, say

Q1 = parse_period("2026Q1")
REVENUE = CATALOGUE["revenue"]
TEAMS: Mapping[str, str | None] = {"North": None, "South": None, "East": "South", "New": None}
PEOPLE = {"ann": "North", "bob": "North", "cid": "South", "eve": "East"}


def agreed(owner: Owner, value: float) -> GoalRow:
    told = {"template": AGREED_BY_HUMANS, "as_of": date(2025, 12, 1), "kpi": "revenue", "level": "agreed"}
    return GoalRow(owner=owner, period="2026Q1", value=value, **told)  # type: ignore[arg-type]


def cents(value: float) -> int:
    return round(value * 100)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("book"))


def company_of(teams: Mapping[str, str | None]) -> Company:
    made = Company.model_validate(
        {"version": 1, "name": "Acme", "country": "DE", "sources": {"deals": {"path": "deals.csv"}}}
    )
    return made.model_copy(update={"teams": [Team(name=name, parent=parent) for name, parent in teams.items()]})


@pytest.fixture(scope="module")
def small() -> Tables:
    """Four people in three teams, one of them below another; nobody is in the fourth."""
    rng = np.random.default_rng(3)
    days = [date(2023, 1, 2) + timedelta(days=day) for day in range(0, 1090, 2)]
    reps = [list(PEOPLE)[i % len(PEOPLE)] for i in range(len(days))]
    deals: dict[str, Any] = {
        "deal_id": [f"D{i:04}" for i in range(len(days))],
        "status": ["won" if draw < 0.7 else "lost" for draw in rng.random(len(days))],
        "created_at": [day - timedelta(days=20) for day in days],
        "closed_at": days,
        "amount": rng.integers(100_000, 900_000, len(days)),
        "rep": reps,
        "team": [PEOPLE[rep] for rep in reps],
    }
    people = pd.DataFrame({"rep": list(PEOPLE), "team": list(PEOPLE.values()), "hired_on": [date(2020, 1, 1)] * 4})
    return tables_from_frames({"deals": pd.DataFrame(deals), "reps": people}, company_of(TEAMS), date(2025, 12, 31))


def asked_of(tables: Tables, book: Book, *rows: GoalRow) -> dict[str, Asked]:
    return asked_from_above(tables, Q1, book, ((), ()), rows)


def test_the_sample_s_teams_are_asked_for_what_the_company_s_tree_gives_them(book: Book) -> None:
    """The tree down to the reps and the one without them share out alike; the teams come to the company's target."""
    names = ("North", "Central", "South", "Key Accounts")
    tables = tables_from_frames(sample_tables(), company_of(dict.fromkeys(names)), LAST_DAY)
    goal = goal_to_carry(tables, COMPANY, Q1, book)
    assert goal == outlook_of(tables, COMPANY, REVENUE, Q1, book).goal(0.5)
    assert goal is not None
    asked = asked_of(tables, book)
    assert set(asked) == set(names) and {one.goal for one in asked.values()} == {goal}
    assert sum(cents(one.share.value) for one in asked.values()) == cents(goal)
    whole = tree_of(tables, COMPANY, Q1, book, goal, ((), ()))
    assert {name: one.share for name, one in asked.items()} == {str(s.owner.team): s for s in whole.below(COMPANY)}
    central = tree_of(tables, Owner("Central"), Q1, book, asked["Central"].share.value, ((), ()))
    assert [(s.owner, s.value) for s in central.below(Owner("Central"))] == [
        (s.owner, s.value) for s in whole.below(Owner("Central"))
    ]


def test_what_was_agreed_stands_at_every_level(small: Tables, book: Book) -> None:
    before = asked_of(small, book)
    assert not any(one.agreed for one in before.values())
    rows = [agreed(COMPANY, 400_000.0), agreed(Owner("South"), 90_000.0)]
    asked = asked_of(small, book, *rows)
    assert all(one.agreed for one in asked.values())
    assert (asked["South"].share.value, asked["South"].goal, asked["South"].share.agreed) == (90_000.0, 400_000.0, True)
    assert asked["North"].share.value == 310_000.0
    assert asked["East"].share.parent == Owner("South") and asked["East"].goal == 90_000.0
    assert 0 < asked["East"].share.value < 90_000.0
    assert asked["New"].share.value == 0.0  # nobody is in it
    whole = tree_of(small, COMPANY, Q1, book, 400_000.0, ((), ()), rows)
    assert {name: one.share for name, one in asked.items()} == {
        str(share.owner.team): share for share in whole.shares[1:] if share.owner.rep is None
    }
    assert asked == {name: one for name, one in asked_of(small, book, *rows, agreed(Owner(rep="ann"), 5.0)).items()}


def test_a_goal_above_is_agreed_only_where_humans_agreed_on_that_one(small: Tables, book: Book) -> None:
    """East is asked by South, whose own goal may be agreed while the company's is not, and the other way round."""
    company, south = agreed(COMPANY, 400_000.0), agreed(Owner("South"), 90_000.0)
    asked = asked_of(small, book, company)
    assert (asked["East"].agreed, asked["South"].agreed, asked["North"].agreed) == (False, True, True)
    asked = asked_of(small, book, south)
    assert (asked["East"].goal, asked["East"].agreed, asked["South"].agreed) == (90_000.0, True, False)


def test_months_that_are_all_agreed_stand_as_their_sum(small: Tables, book: Book) -> None:
    south = Owner("South")
    months = [replace(agreed(south, 30_000.0), period=name) for name in ("2026-01", "2026-02", "2026-03")]
    whole = [agreed(south, 90_000.0)]
    assert asked_of(small, book, *months) == asked_of(small, book, *whole) != asked_of(small, book, *months[:2])
    assert asked_of(small, book, *months[:2]) == asked_of(small, book)
    assert goal_to_carry(small, south, Q1, book, agreed=months) == 90_000.0
    goal = 400_000.0
    trees = [tree_of(small, COMPANY, Q1, book, goal, ((), ()), rows).shares for rows in (months, whole)]
    assert trees[0] == trees[1]


def test_a_goal_to_carry_is_agreed_else_asked_else_proposed(small: Tables, book: Book) -> None:
    north, new = Owner("North"), Owner("New")
    assert goal_to_carry(small, north, Q1, book) == asked_of(small, book)["North"].share.value
    assert goal_to_carry(small, north, Q1, book, agreed=[agreed(north, 7.0)]) == 7.0
    assert goal_to_carry(small, COMPANY, Q1, book) == outlook_of(small, COMPANY, REVENUE, Q1, book).goal(0.5)
    assert goal_to_carry(small, new, Q1, book) is None  # the two others are too few to be like one of them
    assert goal_to_carry(small, COMPANY, Q1, book, agreed=[agreed(COMPANY, 0.0)]) is None


def test_without_an_outlook_of_the_company_nothing_is_asked(small: Tables, book: Book) -> None:
    empty = tables_from_frames({"reps": pd.DataFrame({"rep": ["ann"], "team": ["North"]})}, company_of(TEAMS), LAST_DAY)
    assert asked_of(empty, book) == {}
    assert asked_of(small, book, agreed(COMPANY, -1.0)) == {}


def test_a_rep_s_agreed_goal_goes_to_his_places_by_his_full_times() -> None:
    north, south = Owner("North", "ann"), Owner("South", "ann")
    parts = {north: 0.75, south: 0.25}
    rows = [agreed(Owner(rep="ann"), 100.0), agreed(Owner("North"), 7.0), agreed(Owner(rep="gone"), 3.0)]
    assert standing(rows, [north, south], parts) == {north: 75.0, south: 25.0, Owner("North"): 7.0}
    assert standing(rows[:1], [south], {south: 0.25}) == {south: 25.0}
    assert standing(rows[:1], [north], {}) == {north: 100.0}


def shared(share: float = 0.5) -> Tables:
    """Ann works for North and South, and sells there by turns; the others for one team."""
    rng = np.random.default_rng(3)
    days = [date(2023, 1, 2) + timedelta(days=day) for day in range(0, 1090, 2)]
    reps = [list(PEOPLE)[i % len(PEOPLE)] for i in range(len(days))]
    teams = [("North", "South")[i // 4 % 2] if rep == "ann" else PEOPLE[rep] for i, rep in enumerate(reps)]
    deals = pd.DataFrame({"deal_id": [f"D{i:04}" for i in range(len(days))], "closed_at": days, "rep": reps})
    deals = deals.assign(created_at=[day - timedelta(days=20) for day in days], team=teams)
    deals = deals.assign(status="won", amount=rng.integers(100_000, 900_000, len(days)))
    people = pd.DataFrame({"rep": list(PEOPLE), "team": list(PEOPLE.values()), "hired_on": [date(2020, 1, 1)] * 4})
    places = [("ann", "North", share), ("ann", "South", 1 - share)]
    places += [(rep, team, 1.0) for rep, team in PEOPLE.items() if rep != "ann"]
    spans = pd.DataFrame(places, columns=["rep", "team", "share"]).assign(**{"from": date(2020, 1, 1), "to": None})
    frames = {"deals": deals, "reps": people, "assignments": spans}
    return tables_from_frames(frames, company_of(TEAMS), date(2025, 12, 31))


def test_who_is_in_two_teams_has_the_same_part_in_each_team_s_tree_as_in_the_company_s(book: Book) -> None:
    """Of sixty thousand agreed a quarter is in South: each team says its part, and the parts are the whole."""
    tables, ann = shared(0.75), Owner(rep="ann")
    north, south = Owner("North", "ann"), Owner("South", "ann")
    assert parts_of(tables, COMPANY, Q1) == {north: pytest.approx(0.75), south: pytest.approx(0.25)}
    assert parts_of(tables, Owner("South"), Q1) == {south: pytest.approx(0.25)}
    rows = [agreed(ann, 60_000.0)]
    whole = tree_of(tables, COMPANY, Q1, book, 400_000.0, ((), ()), rows)
    values = {share.owner: share.value for share in whole.shares}
    assert (values[north], values[south]) == (45_000.0, 15_000.0)
    for team, part in (("North", 45_000.0), ("South", 15_000.0)):
        tree = tree_of(tables, Owner(team), Q1, book, values[Owner(team)], ((), ()), rows)
        assert {share.owner: share.value for share in tree.shares if share.owner.rep} == {
            owner: value for owner, value in values.items() if owner.rep and owner in {s.owner for s in tree.shares}
        }
        (one,) = (one for one in people_of(tables, tree, book, Owner(team), rows) if one.share.owner.rep == "ann")
        share = next(share for share in tree.shares if share.owner.rep == "ann")
        assert (one.share.value, one.whole, one.share.chance) == (part, 60_000.0, share.chance)


def test_agreed_months_of_who_is_in_two_teams_are_shared_out_as_well(book: Book) -> None:
    tables, rows = shared(), [replace(agreed(Owner(rep="ann"), 20_000.0), period="2026-01")]
    for team in ("North", "South"):
        tree = tree_of(tables, Owner(team), Q1, book, 150_000.0, ((), ()), rows)
        (one,) = (one for one in people_of(tables, tree, book, Owner(team), rows) if one.share.owner.rep == "ann")
        assert one.phasing is not None and one.whole is None
        assert one.phasing.of("month")[0].value == pytest.approx(10_000.0, abs=0.01)


def test_of_two_who_share_a_goal_neither_reads_what_the_other_has(small: Tables, book: Book) -> None:
    tree = tree_of(small, Owner("North"), Q1, book, 100_000.0, ((), ()))
    people = people_of(small, tree, book, Owner("North"))
    assert len(people) == 2
    assert [one.above for one in people] == [None, None]
    pages = rep_pages(people, {})
    assert [page.lead.values["part"] for page in pages] == [say("rep.lead_part")] * 2


def test_who_is_in_one_team_has_no_parts(small: Tables) -> None:
    assert parts_of(small, COMPANY, Q1) == {}


def test_a_rep_s_goal_is_judged_by_what_his_page_shows(small: Tables, book: Book) -> None:
    """By the outlook of his place in the tree, for his full times; other measures and owners by their own."""
    tree = tree_of(small, Owner("North"), Q1, book, 100_000.0, ((), ()))
    for name in ("ann", "bob"):
        share = tree.share(Owner("North", name))
        assert share is not None and share.chance is not None
        found = judged_by(small, Owner(rep=name), REVENUE, Q1, book)
        assert found.chance(share.value) == share.chance
    win_rate = CATALOGUE["win_rate"]
    plain = outlook_of(small, Owner(rep="ann"), win_rate, Q1, book)
    assert np.array_equal(judged_by(small, Owner(rep="ann"), win_rate, Q1, book).draws, plain.draws)
    assert judged_by(small, Owner("North"), REVENUE, Q1, book).owner == Owner("North")


def test_what_is_asked_can_be_written_down_and_read(small: Tables, book: Book, read: Callable[[Message], str]) -> None:
    asked = asked_of(small, book)
    assert from_json(to_json(asked)) == asked
    assert read(asked["North"].share.sentence).startswith("Team North carries €")
