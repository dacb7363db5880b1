"""Goal trees from tables: who is there, for how much of the period, with what outlook."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.asked import Calendar
from salesgoals_kit.goals.board import outlook_of
from salesgoals_kit.goals.carried import Known, goal_tree
from salesgoals_kit.goals.carriers import Tree
from salesgoals_kit.goals.full_times import Carry, carries
from salesgoals_kit.goals.nodes import Previous
from salesgoals_kit.goals.own import Terms
from salesgoals_kit.goals.phase import phase, rephase
from salesgoals_kit.goals.weeks import unevenness
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.daily import daily_sales
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.policies import Team
from salesgoals_kit.words import Message

Q1, YEAR = parse_period("2026Q1"), parse_period(2026)
REVENUE = CATALOGUE["revenue"]
LAST = date(2025, 12, 31)


def company_of(*tables: str, **teams: str | None) -> Company:
    made = Company.model_validate(
        {"version": 1, "name": "Acme", "country": "DE", "sources": {name: {"path": f"{name}.csv"} for name in tables}}
    )
    return made.model_copy(update={"teams": [Team(name=name, parent=parent) for name, parent in teams.items()]})


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return Book(tmp_path_factory.mktemp("book"))


@pytest.fixture(scope="module")
def sample() -> Tables:
    return tables_from_frames(sample_tables(), company_of("deals", "subscriptions", "invoices"), LAST_DAY)


@pytest.fixture(scope="module")
def whole(sample: Tables, book: Book) -> Tree:
    return goal_tree(sample, COMPANY, Q1, book, REVENUE, 3_600_000.01)


def adds_up(tree: Tree, per_unit: int = 100) -> None:
    for split in tree.splits:
        carried = sum(round(share.value * per_unit) for share in tree.below(split.owner))
        assert carried + round(split.unassigned * per_unit) == round(split.assigned * per_unit)


def said(tree: Tree) -> list[Message]:
    messages = [*tree.notes, *(message for split in tree.splits for message in split.messages)]
    return messages + [message for share in tree.shares for message in (share.sentence, *share.remarks)]


def test_the_sample_company_s_goal_goes_down_to_its_reps(whole: Tree, read: Callable[[Message], str]) -> None:
    adds_up(whole)
    assert whole.shares[0].owner == COMPANY and whole.shares[0].value == 3_600_000.01
    assert {share.owner.team for share in whole.shares if share.depth == 1} == {
        "North",
        "Central",
        "South",
        "Key Accounts",
    }
    reps = [share for share in whole.shares if share.depth == 2]
    assert len(reps) == 25 and all(share.owner.kind == "rep" for share in reps)
    assert "erik.solberg" not in {share.owner.rep for share in reps}  # left in 2023
    assert all(share.before is not None and share.before >= 0.65 for share in reps)
    assert all(read(message) for message in said(whole))


def test_a_team_s_tree_is_the_branch_of_the_company_s(sample: Tables, whole: Tree, book: Book) -> None:
    north = whole.share(Owner("North"))
    assert north is not None
    alone = goal_tree(sample, Owner("North"), Q1, book, REVENUE, north.value)
    assert {s.owner: s.value for s in alone.shares} == {
        s.owner: s.value for s in whole.shares if s.owner.team == "North"
    }


def test_medians_of_reps_are_below_the_median_of_their_sum(whole: Tree) -> None:
    """Sales of a rep are skewed: the middle of the sum is above the sum of the middles."""
    for split in whole.splits[1:]:
        assert split.sum_of_medians is not None and split.median_of_sum is not None
        assert split.sum_of_medians < split.median_of_sum


def test_equal_chances_of_the_sample_s_reps(sample: Tables, book: Book) -> None:
    terms = Terms(sample.company.chances, 0.2, "equal_chance")
    tree = goal_tree(sample, Owner("Central"), Q1, book, REVENUE, 1_000_000.0, terms=terms)
    adds_up(tree)
    common = tree.splits[0].common
    assert common is not None
    for share in tree.below(Owner("Central")):
        assert common <= (share.chance or 0.0) <= common + 0.01  # some draws are equal, 0 of them mostly


def test_recurring_revenue_is_shared_among_teams_alone(sample: Tables, book: Book) -> None:
    tree = goal_tree(sample, COMPANY, Q1, book, CATALOGUE["mrr"], 1_400_000.0)
    adds_up(tree)
    assert [share.depth for share in tree.shares] == [0, 1, 1, 1, 1]
    assert "tree.teams_only" in [note.id for note in tree.notes]


def test_spend_of_no_team_is_not_asked_of_the_teams(sample: Tables, book: Book) -> None:
    """Most of what winning customers costs is of no team: the teams' figures are a part of the company's."""
    tree = goal_tree(sample, COMPANY, Q1, book, CATALOGUE["cac"], 3_000.0)
    split = tree.splits[0]
    assert "tree.rates_apart" in [message.id for message in split.messages]
    assert split.assigned < 1_000 < 3_000
    assert split.given == pytest.approx(split.assigned, rel=1e-12)


def test_what_cannot_be_counted_is_not_shared(sample: Tables, book: Book, read: Callable[[Message], str]) -> None:
    tree = goal_tree(sample, COMPANY, Q1, book, CATALOGUE["nrr"], 1.0)
    assert [share.owner for share in tree.shares] == [COMPANY]
    assert [note.id for note in tree.notes] == ["tree.not_shared"]
    assert all(read(message) for message in said(tree))


def test_the_sample_s_year_is_phased_and_phased_anew(sample: Tables, book: Book) -> None:
    """The outlook of a year; then, half of it over, of the months left. December is a strong month in the sample."""
    outlook = outlook_of(sample, COMPANY, REVENUE, YEAR, book)
    found = phase(14_000_000.0, outlook, REVENUE, Calendar("DE", None, unevenness(daily_sales(sample), "DE")))
    months = [one.value for one in found.of("month")]
    assert sum(round(value * 100) for value in months) == 1_400_000_000
    np.testing.assert_allclose(months, np.median(outlook.months, axis=0) / outlook.quantile(0.5) * 14e6, rtol=0.25)
    assert all(one.chance is not None and 0 < one.chance < 1 for one in found.of("week"))
    rest = outlook_of(sample, COMPANY, REVENUE, Period("year", YEAR.first + 6, YEAR.last), book)
    reached = {YEAR.first + i: 1_000_000.0 for i in range(6)}
    anew = rephase(14_000_000.0, YEAR, reached, rest, REVENUE)
    assert sum(round(one.value * 100) for one in anew.of("month")) == 1_400_000_000


PEOPLE = {"ann": "North", "bob": "North", "cid": "South", "eve": "East"}


def deals_of(people: dict[str, Any], since: date = date(2023, 1, 2)) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    rows = []
    for day in range(0, (LAST - since).days + 1, 2):
        rep = [*people, None][day // 2 % (len(people) + 1)]
        closed = since + timedelta(days=day)
        rows.append(
            {
                "deal_id": f"D{day:04}",
                "status": "won" if rng.random() < 0.7 else "lost",
                "created_at": closed - timedelta(days=20),
                "closed_at": closed,
                "amount": int(rng.integers(100_000, 900_000)),
                "rep": rep,
                "team": people.get(str(rep)),
            }
        )
    return pd.DataFrame(rows)


def small(
    deals: pd.DataFrame,
    people: dict[str, str],
    *,
    teams: dict[str, str | None] | None = None,
    hired: dict[str, date] | None = None,
    **more: Any,
) -> Tables:
    """Return tables in which everybody was hired in 2020, unless ``hired`` later."""
    began = {rep: date(2020, 1, 1) for rep in people} | (hired or {})
    reps = pd.DataFrame([{"rep": rep, "team": team, "hired_on": began[rep]} for rep, team in people.items()])
    named = {"North": None, "South": None, "East": "South"} if teams is None else teams
    return tables_from_frames({"deals": deals, "reps": reps, **more}, company_of("deals", **named), LAST)


def test_teams_below_teams(book: Book, read: Callable[[Message], str]) -> None:
    tables = small(deals_of(PEOPLE), PEOPLE)
    tree = goal_tree(tables, COMPANY, Q1, book, REVENUE, 120_000.0)
    adds_up(tree)
    depths = {share.owner: share.depth for share in tree.shares}
    assert depths[Owner("East")] == 2 and depths[Owner("East", "eve")] == 3 and depths[Owner("South", "cid")] == 2
    top = tree.split(COMPANY)
    assert top is not None and top.unowned is not None  # a fifth of the sales are nobody's
    assert "tree.unowned" in [message.id for message in top.messages]
    assert "tree.only_one" in [message.id for split in tree.splits for message in split.messages]
    assert all(read(message) for message in said(tree))


def test_a_newcomer_has_a_share_for_his_time_and_is_not_asked_for_more(book: Book) -> None:
    """Zoe came this week: her outlook is that of a sibling, and she carries what she is there for."""
    here = {**PEOPLE, "dan": "North"}
    tables = small(deals_of(here), {**here, "zoe": "North"}, hired={"zoe": date(2025, 12, 29)})
    assert outlook_of(tables, Owner("North", "zoe"), REVENUE, Q1, book).method == "borrowed"
    away = {"zoe": [(date(2026, 1, 1), date(2026, 2, 14))]}
    tree = goal_tree(tables, Owner("North"), Q1, book, REVENUE, 90_000.0, known=Known(away=away))
    zoe, ann = tree.share(Owner("North", "zoe")), tree.share(Owner("North", "ann"))
    assert zoe is not None and ann is not None
    assert zoe.carry == pytest.approx(32 / 63)  # working days from 16 February on, of the quarter's
    assert zoe.factor == pytest.approx(zoe.carry)
    assert 0 < zoe.value < 0.8 * ann.value and zoe.chance is not None
    adds_up(tree)


def test_a_newcomer_beside_two_has_a_share_for_his_time_and_no_chance(book: Book) -> None:
    """Zoe's outlook would be Ann's or Bob's."""
    tables = small(deals_of(PEOPLE), {**PEOPLE, "zoe": "North"}, hired={"zoe": date(2025, 12, 29)})
    zoe = goal_tree(tables, Owner("North"), Q1, book, REVENUE, 90_000.0).share(Owner("North", "zoe"))
    assert zoe is not None
    assert (zoe.value, zoe.chance) == (30_000.0, None)


def test_a_start_without_sales_does_not_tell_that_nothing_will_come(book: Book) -> None:
    """Zoe has been there for three months and has sold nothing; Yan has for six years."""
    people = {**PEOPLE, "yan": "North", "zoe": "North"}
    tables = small(deals_of(PEOPLE), people, hired={"zoe": date(2025, 9, 25)})
    tree = goal_tree(tables, Owner("North"), Q1, book, REVENUE, 90_000.0)
    ann, yan, zoe = (tree.share(Owner("North", rep)) for rep in ("ann", "yan", "zoe"))
    assert ann is not None and yan is not None and zoe is not None
    assert (yan.value, yan.chance) == (0.0, 1.0)
    assert zoe.chance is None and zoe.value == 22_500.0  # a quarter, as one of four
    assert "tree.without_history" in [message.id for message in tree.splits[0].messages]


def test_all_reps_are_new(book: Book) -> None:
    """The team's sales are those of reps who have left: the new ones borrow from them, or go by full times alone."""
    new = {"ann": date(2025, 12, 29), "bob": date(2025, 12, 29)}
    half = {Owner("North", "ann"): Carry(1.0, 0.0), Owner("North", "bob"): Carry(0.5, 0.0)}
    for deals in (deals_of({"old": "North"}), deals_of({"old": "North"}).assign(rep=None)):
        tables = small(deals, dict.fromkeys(new, "North"), teams={"North": None}, hired=new)
        tree = goal_tree(tables, Owner("North"), Q1, book, REVENUE, 90_000.0, known=Known(carry=half))
        adds_up(tree)
        assert [share.owner.rep for share in tree.shares] == [None, "ann", "bob"]
        assert all(share.value > 0 for share in tree.shares)
    assert [share.value for share in tree.shares] == [90_000.0, 60_000.0, 30_000.0]
    assert "tree.all_new" in [message.id for message in tree.splits[0].messages]


def test_sales_that_name_no_rep_end_with_the_team(book: Book) -> None:
    deals = deals_of(PEOPLE).drop(columns="rep")
    tree = goal_tree(small(deals, PEOPLE), Owner("North"), Q1, book, REVENUE, 90_000.0)
    assert tree.splits == () and [note.id for note in tree.notes][-1] == "tree.teams_only"


def test_last_goals_bound_and_are_shown(book: Book) -> None:
    tables = small(deals_of(PEOPLE), PEOPLE)
    last = {Owner("North", "ann"): Previous(20_000.0, 60_000.0, 1.0), Owner("North", "bob"): Previous(30_000.0)}
    tree = goal_tree(tables, Owner("North"), Q1, book, REVENUE, 90_000.0, known=Known(previous=last))
    assert [share.value for share in tree.shares[1:]] == [24_000.0, 36_000.0]
    assert tree.splits[0].unassigned == 30_000.0
    assert "tree.no_ratchet" in [note.id for note in tree.notes]


def test_full_times_of_who_moves_and_shares_his_time() -> None:
    assignments = pd.DataFrame(
        [
            {"rep": "ann", "team": "North", "from": date(2020, 1, 1), "to": date(2025, 12, 1), "share": 1.0},
            {"rep": "ann", "team": "South", "from": date(2025, 12, 1), "to": None, "share": 0.5},
            {"rep": "bob", "team": "North", "from": date(2020, 1, 1), "to": None, "share": 1.0},
        ]
    )
    tables = small(deals_of(PEOPLE), {"ann": "North", "bob": "North"}, assignments=assignments)
    assert carries(tables, COMPANY, Q1) == {
        Owner("North", "bob"): Carry(1.0, 1.0),
        Owner("South", "ann"): Carry(0.5, 0.5),
    }


def test_teams_that_are_a_part_of_themselves_are_told_before_anything_is_forecast(book: Book) -> None:
    tables = small(deals_of(PEOPLE), PEOPLE, teams={"North": "South", "South": "North", "East": "West"})
    with pytest.raises(ParamError) as caught:
        goal_tree(tables, COMPANY, Q1, book, REVENUE, 1.0)
    assert [fault.where for fault in caught.value.faults] == ["team North", "team South", "team East"]
    alone = goal_tree(tables, Owner("East"), Q1, book, REVENUE, 20_000.0)  # the others still have theirs
    assert [share.value for share in alone.shares] == [20_000.0, 20_000.0]


def test_a_company_without_teams_is_shared_among_its_reps(book: Book) -> None:
    deals = deals_of(PEOPLE).drop(columns="team")
    reps = pd.DataFrame([{"rep": rep, "hired_on": date(2020, 1, 1)} for rep in PEOPLE])
    tables = tables_from_frames({"deals": deals, "reps": reps}, company_of("deals"), LAST)
    tree = goal_tree(tables, COMPANY, Q1, book, REVENUE, 150_000.0)
    adds_up(tree)
    assert [share.owner for share in tree.shares] == [COMPANY, *(Owner(None, rep) for rep in PEOPLE)]
    assert all(share.chance is not None for share in tree.shares)


def test_an_impossible_goal_is_refused(book: Book) -> None:
    with pytest.raises(ParamError, match="negative"):
        goal_tree(small(deals_of(PEOPLE), PEOPLE), Owner("North"), Q1, book, REVENUE, -1.0)


def test_no_history_at_all(book: Book) -> None:
    with pytest.raises(ParamError, match="nobody in the tree has an outlook"):
        goal_tree(small(deals_of(PEOPLE).head(0), PEOPLE), COMPANY, Q1, book, REVENUE, 1.0)


def test_a_team_that_nobody_is_in_carries_nothing(book: Book, read: Callable[[Message], str]) -> None:
    """New has neither people nor sales; in Old everybody has left; East is below South, which has people of its own."""
    people = {"ann": "North", "bob": "North", "cid": "South", "eve": "East"}
    deals = deals_of({**people, "old": "Old"})
    named: dict[str, str | None] = {"North": None, "South": None, "East": "South", "New": None, "Old": None}
    tables = small(deals, people, teams=named)
    assert outlook_of(tables, Owner("New"), REVENUE, Q1, book).method == "borrowed"
    last = {Owner("New"): Previous(40_000.0), Owner("North"): Previous(60_000.0)}
    for known in (None, Known(previous=last)):
        tree = goal_tree(tables, COMPANY, Q1, book, REVENUE, 150_000.0, known=known)
        adds_up(tree)
        new, old, south = (tree.share(Owner(team)) for team in ("New", "Old", "South"))
        assert new is not None and old is not None and south is not None
        assert (new.value, new.chance, old.value, new.carry) == (0.0, None, 0.0, 0.0)
        assert south.value > 0
        note = next(note for note in tree.notes if note.id == "tree.nobody_in")
        assert "New" in read(note) and "Old" in read(note) and "South" not in read(note)
        assert all(read(message) for message in said(tree))
    even = goal_tree(
        tables, COMPANY, Q1, book, REVENUE, 150_000.0, terms=Terms(tables.company.chances, 0.2, "equal_chance")
    )
    adds_up(even)
    assert [share.value for share in even.shares if share.owner.team in ("New", "Old")] == [0.0, 0.0]


def test_who_is_in_no_team_is_named(book: Book, read: Callable[[Message], str]) -> None:
    people: dict[str, Any] = {"ann": "North", "zed": None}
    tables = small(deals_of(people), people, teams={"North": None})
    tree = goal_tree(tables, COMPANY, Q1, book, REVENUE, 90_000.0)
    assert Owner(None, "zed") not in {share.owner for share in tree.shares}
    assert [read(note) for note in tree.notes if note.id == "tree.in_no_team"] == [
        "In no team, and so without a goal here: zed."
    ]
