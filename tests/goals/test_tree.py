"""Goal trees: sums to the cent, bounds, equal chances; worked by hand, against a slow twin, and with bad input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.carriers import Tree
from salesgoals_kit.goals.nodes import Node, Previous, pro_rata
from salesgoals_kit.goals.own import Rule, Terms
from salesgoals_kit.goals.shares import steps_of
from salesgoals_kit.goals.tree import share_tree
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import Chances
from salesgoals_kit.words import Message

REVENUE, LEADS = CATALOGUE["revenue"], CATALOGUE["qualified_leads"]
NORTH, SOUTH = Owner("North"), Owner("South")
REPS = [Owner("North", name) for name in ("ann", "bob", "cid")]
Read = Callable[[Message], str]


def outlook_of(owner: Owner, draws: Any, kpi: str = "revenue") -> Outlook:
    return Outlook(
        kpi=kpi,
        owner=owner,
        period=parse_period("2026Q1"),
        better="higher",
        draws=np.asarray(draws, dtype=np.float64),
        counts=None,
        method="combination",
        step=1.0 if kpi == "qualified_leads" else None,
        calibrated=False,
        history_months=48,
        yearly_season=True,
        notes=(),
        unit=CATALOGUE[kpi].unit,
    )


def node(owner: Owner, parent: Owner | None, draws: Any = None, *, kpi: str = "revenue", **given: Any) -> Node:
    return Node(owner, parent, None if draws is None else outlook_of(owner, draws, kpi), **given)


def terms_of(**given: Any) -> Terms:
    return Terms(**{"chances": Chances(), "max_change": 0.2, **given})


def team(*draws: Any, previous: Sequence[Previous | None] = (None, None, None), **given: Any) -> list[Node]:
    """Team North with its reps, by their draws."""
    top = np.sum([draw for draw in draws if draw is not None], axis=0)
    reps = zip(REPS, draws, previous, strict=False)
    return [node(NORTH, None, top), *(node(rep, NORTH, draw, previous=last, **given) for rep, draw, last in reps)]


def values(tree: Tree) -> list[float]:
    return [share.value for share in tree.shares[1:]]


def ids(tree: Tree) -> set[str]:
    return {message.id for split in tree.splits for message in split.messages} | {note.id for note in tree.notes}


def cents(value: float) -> int:
    return round(value * 100)


FLAT = [100.0] * 10, [200.0] * 10, [300.0] * 10


def test_a_gap_is_shared_by_what_everyone_can_carry() -> None:
    """Own values 100, 200, 300; 660.01 is 60.01 more: 10.00, 20.00 and 30.01, so the last cent goes to the third."""
    tree = share_tree(660.01, team(*FLAT), REVENUE, terms_of())
    assert values(tree) == [110.0, 220.0, 330.01]
    split = tree.splits[0]
    assert (split.bottom_up, split.gap, split.assigned, split.given, split.unassigned) == (
        600,
        60.01,
        660.01,
        660.01,
        0,
    )
    assert [share.before for share in tree.shares] == [1.0] * 4
    assert [share.chance for share in tree.shares] == [0.0] * 4
    assert ids(tree) == {"tree.gap", "tree.medians_alike", "tree.rule_potential", "tree.unbounded"}


def test_a_goal_below_the_sum_is_a_relief_that_is_shared_likewise(read: Read) -> None:
    tree = share_tree(540.0, team(*FLAT), REVENUE, terms_of())
    assert values(tree) == [90.0, 180.0, 270.0]
    assert tree.splits[0].gap == -60.0
    assert read(tree.splits[0].messages[0]) == (
        "Team North is to bring €540. By their own outlooks those below propose €600, €60.00 more: everyone is "
        "relieved of a part of that."
    )


def test_no_goal_changes_by_more_than_the_last_one_allows(read: Read) -> None:
    """Ann's last goal of 80 allows 96 at most; Bob's 210 and Cid's 260 allow 252 and 312: 14 more for them, as 2 to 3.

    By 200 and 300 the gap of 60 + 4 is shared: to 96, 225.60, 338.40; Cid is held at 312, and Bob takes the rest.
    """
    last = [Previous(80.0), Previous(210.0), Previous(260.0)]
    tree = share_tree(650.0, team(*FLAT, previous=last), REVENUE, terms_of())
    assert values(tree) == [96.0, 242.0, 312.0]
    assert [share.held for share in tree.shares] == [None, "most", None, "most"]
    assert tree.shares[1].change == pytest.approx(0.2)
    assert (
        read(tree.shares[1].remarks[0])
        == "ann is held at the most that may be added to the goal of €80.00 a year before"
    )


def test_what_bounds_leave_over_is_said_and_who_would_have_to_take_it(read: Read) -> None:
    last = [Previous(80.0), Previous(200.0), Previous(260.0)]
    tree = share_tree(1000.0, team(*FLAT, previous=last), REVENUE, terms_of())
    split = tree.splits[0]
    assert values(tree) == [96.0, 240.0, 312.0]
    assert (split.given, split.unassigned) == (648.0, 352.0)
    assert split.takers == ((REPS[0], 58.67), (REPS[1], 117.33), (REPS[2], 176.0))
    told = next(read(message) for message in split.messages if message.id == "tree.unassigned")
    assert told.startswith("Nobody carries €352 of it, because no goal may change by more than 20%. Beyond that")
    low = share_tree(100.0, team(*FLAT, previous=last), REVENUE, terms_of())
    assert values(low) == [64.0, 160.0, 208.0]
    assert low.splits[0].unassigned == -332.0 and "tree.beyond" in ids(low)
    assert [share.held for share in low.shares[1:]] == ["least"] * 3


def test_who_had_no_goal_is_bounded_by_his_own_value_where_others_are() -> None:
    tree = share_tree(800.0, team(*FLAT, previous=[Previous(100.0), Previous(200.0), None]), REVENUE, terms_of())
    assert values(tree) == [120.0, 240.0, 360.0]
    assert tree.splits[0].unassigned == 80.0


def test_bounds_are_for_as_many_full_times() -> None:
    """Half as much time as when the goal of 200 was set: 100, and 20 % more."""
    last = Previous(200.0, carry=1.0)
    tree = share_tree(1000.0, team([100.0] * 5, previous=[last], carry=0.5), REVENUE, terms_of())
    assert values(tree) == [120.0]
    assert tree.shares[1].change == pytest.approx(0.2)


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 5), st.floats(0, 5), st.integers(0, 10**6))
def test_overshooting_raises_no_goal(one: float, other: float, goal: int) -> None:
    """No ratchet: by outlook and last goal alone, what was reached last time moves nothing."""
    trees = [
        share_tree(goal / 100, team(*FLAT, previous=[Previous(100.0, reached * 100.0)] * 3), REVENUE, terms_of())
        for reached in (one, other)
    ]
    assert values(trees[0]) == values(trees[1])


def test_an_overshoot_is_named_and_said_to_have_no_say(read: Read) -> None:
    tree = share_tree(600.0, team(*FLAT, previous=[Previous(90.0, 140.0), None, None]), REVENUE, terms_of())
    assert read(tree.notes[-1]).startswith("More than the goal of a year before was reached by ann.")


def agreed_for_bob(value: float) -> list[Node]:
    """Team North with flat outlooks; Bob's goal is agreed."""
    return [replace(one, agreed=value) if one.owner == REPS[1] else one for one in team(*FLAT)]


def test_what_was_agreed_stands_and_the_others_share_what_it_leaves(read: Read) -> None:
    """660 less 220 agreed leaves 440 for 100 and 300: 40 more, as 1 to 3."""
    tree = share_tree(660.0, agreed_for_bob(220.0), REVENUE, terms_of())
    assert values(tree) == [110.0, 220.0, 330.0]
    tree = share_tree(660.0, agreed_for_bob(180.0), REVENUE, terms_of())
    assert values(tree) == [120.0, 180.0, 360.0]
    assert [share.agreed for share in tree.shares] == [False, False, True, False]
    told = next(read(message) for message in tree.splits[0].messages if message.id == "tree.agreed")
    assert told == "Agreed, so it stands, and the others share what it leaves: bob (€180)."


def test_an_agreed_goal_is_bound_by_no_last_one_and_no_rule() -> None:
    last = [Previous(100.0), Previous(200.0), Previous(300.0)]
    nodes = [replace(one, agreed=20.0) if one.owner == REPS[1] else one for one in team(*FLAT, previous=last)]
    assert values(share_tree(480.0, nodes, REVENUE, terms_of())) == [115.0, 20.0, 345.0]
    even = share_tree(480.0, nodes, REVENUE, terms_of(rule="equal_chance"))
    assert even.shares[2].value == 20.0 and even.splits[0].unassigned == 0.0


@pytest.mark.parametrize("rule", ["potential", "equal_chance"])
def test_more_is_agreed_below_than_is_asked_for(rule: Rule, read: Read) -> None:
    tree = share_tree(500.0, agreed_for_bob(650.0), REVENUE, terms_of(rule=rule))
    assert values(tree) == [0.0, 650.0, 0.0]
    assert (tree.splits[0].given, tree.splits[0].unassigned, tree.splits[0].takers) == (650.0, -150.0, ())
    told = next(read(message) for message in tree.splits[0].messages if message.id == "tree.agreed_beyond")
    assert told.startswith("What is agreed for those below comes to €150 more than is asked for")


@pytest.mark.parametrize("rule", ["potential", "equal_chance"])
def test_all_is_agreed_below_and_it_is_less(rule: Rule, read: Read) -> None:
    nodes = [one if one.parent is None else replace(one, agreed=100.0) for one in team(*FLAT)]
    tree = share_tree(500.0, nodes, REVENUE, terms_of(rule=rule))
    assert values(tree) == [100.0] * 3 and tree.splits[0].unassigned == 200.0
    told = next(read(message) for message in tree.splits[0].messages if message.id == "tree.agreed_less")
    assert told.startswith("What is agreed for those below leaves €200 that nobody carries")
    ids_ = [message.id for message in tree.splits[0].messages]
    assert "tree.gap_agreed" in ids_ and "tree.agreed_all" in ids_
    assert not {"tree.gap", "tree.agreed"} & set(ids_), "nobody is left to share anything"
    assert "tree.bounded" not in [note.id for note in tree.notes], "no last goal bounds what is agreed"


def test_equal_chances_by_hand() -> None:
    """Draws 1 to 10 and 10 to 100 (in units): both reach 7 and 70 in 4 of 10, together 77, and 6 and 60 in 5."""
    draws = np.arange(1.0, 11), np.arange(10.0, 101, 10)
    even = share_tree(77.0, team(*draws), REVENUE, terms_of(rule="equal_chance"))
    assert values(even) == [7.0, 70.0]
    assert [share.chance for share in even.shares[1:]] == [0.4, 0.4]
    assert even.splits[0].common == 0.4
    between = share_tree(70.0, team(*draws), REVENUE, terms_of(rule="equal_chance"))
    assert values(between) == [6.36, 63.64]  # 4 of the 11 that lie between 66 and 77, as 1 to 10
    assert [share.chance for share in between.shares[1:]] == [0.4, 0.4]
    beyond = share_tree(165.0, team(*draws), REVENUE, terms_of(rule="equal_chance"))
    assert values(beyond) == [15.0, 150.0] and beyond.splits[0].common == 0.0
    certain = share_tree(5.5, team(*draws), REVENUE, terms_of(rule="equal_chance"))
    assert values(certain) == [0.5, 5.0] and certain.splits[0].common == 1.0


def drawn(seed: int, reps: int, kpi: str, draws: int = 40) -> list[Node]:
    rng = np.random.default_rng(seed)
    made = [
        rng.poisson(rng.uniform(0.5, 30), draws).astype(float)
        if kpi == "qualified_leads"
        else rng.gamma(rng.uniform(0.5, 9), rng.uniform(1, 900), draws) * rng.integers(0, 2, draws)
        for _ in range(reps)
    ]
    below = [node(Owner("North", f"r{i}"), NORTH, one, kpi=kpi) for i, one in enumerate(made)]
    return [node(NORTH, None, np.sum(made, axis=0), kpi=kpi), *below]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.integers(1, 6), st.sampled_from(["revenue", "qualified_leads"]), st.floats(0.0, 1.6)
)
def test_chances_are_equal_but_for_one_step(seed: int, reps: int, kpi: str, ambition: float) -> None:
    """Nobody's share has less than the common chance, and with one step more nobody's would have more than it."""
    nodes = drawn(seed, reps, kpi)
    top = nodes[0].outlook
    assert top is not None
    steps = steps_of(CATALOGUE[kpi], 100)
    total = round(float(top.draws.mean()) * ambition * steps.per_unit)
    tree = share_tree(steps.value(total), nodes, CATALOGUE[kpi], terms_of(rule="equal_chance"))
    assert sum(steps.count(value) for value in values(tree)) == total
    common = tree.splits[0].common
    if common is None:  # nobody brings anything
        assert not top.draws.any()
        return
    for share, one in zip(tree.shares[1:], nodes[1:], strict=True):
        assert one.outlook is not None and share.chance is not None
        assert share.chance >= common
        if common < 1:
            assert one.outlook.chance(share.value + steps.value(1)) <= common


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.floats(0.1, 1.5))
def test_a_greedy_twin_has_the_same_least_chance(seed: int, reps: int, ambition: float) -> None:
    """Step after step to whoever has the best chance of one more: slow, and no better for the one with the least."""
    nodes = drawn(seed, reps, "qualified_leads", draws=20)
    outlooks = [one.outlook for one in nodes[1:] if one.outlook is not None]
    total = round(sum(float(outlook.draws.mean()) for outlook in outlooks) * ambition)
    if not any(outlook.draws.any() for outlook in outlooks):
        return
    twin = [0.0] * reps
    for _ in range(total):
        chances = [outlook.chance(has + 1) for outlook, has in zip(outlooks, twin, strict=True)]
        twin[chances.index(max(chances))] += 1
    tree = share_tree(float(total), nodes, LEADS, terms_of(rule="equal_chance"))
    least = min(outlook.chance(has) for outlook, has in zip(outlooks, twin, strict=True))
    assert min(share.chance or 0.0 for share in tree.shares[1:]) == least


def three_levels(rng: np.random.Generator, kpi: str, agreed: bool = False) -> list[Node]:
    """A company, two teams and one below the second, reps in each; some with a last goal, some without an outlook.

    With ``agreed`` some teams and reps have an agreed goal.
    """
    teams = {NORTH: COMPANY, SOUTH: COMPANY, Owner("East"): SOUTH}
    nodes = [node(COMPANY, None, rng.gamma(50, 100, 30).round(), kpi=kpi)]
    for owner, parent in teams.items():
        held = float(rng.integers(0, 3000)) if agreed and rng.random() < 0.4 else None
        last = some_goal(rng, 2000)
        nodes.append(node(owner, parent, rng.gamma(20, 100, 30).round(), kpi=kpi, previous=last, agreed=held))
        for i in range(int(rng.integers(0, 4))):
            draws = rng.gamma(5, 100, 30).round() if rng.random() < 0.8 else None
            rep = Owner(owner.team, f"{owner.team}{i}")
            carry, carried = float(rng.choice([0.0, 0.5, 1.0])), float(rng.choice([0.0, 0.5, 1.0]))
            last = some_goal(rng, 500)
            held = float(rng.integers(0, 800)) if agreed and rng.random() < 0.3 else None
            times = {"carry": carry, "carried": carried}
            nodes.append(node(rep, owner, draws, kpi=kpi, previous=last, agreed=held, **times))
    return nodes


def some_goal(rng: np.random.Generator, size: float) -> Previous | None:
    return Previous(float(np.round(rng.gamma(4, size / 4))), None, 1.0) if rng.random() < 0.5 else None


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 10**6),
    st.sampled_from(["revenue", "qualified_leads"]),
    st.sampled_from(["potential", "equal_chance"]),
    st.sampled_from([0.8, 1.0, 1.05, 1.37]),
    st.floats(0, 1),
    st.booleans(),
)
def test_trees_add_up(seed: int, goal: int, kpi: str, rule: Rule, over: float, change: float, agreed: bool) -> None:
    nodes = three_levels(np.random.default_rng(seed), kpi, agreed)
    per_unit = steps_of(CATALOGUE[kpi], 100).per_unit
    terms = terms_of(rule=rule, over=over, max_change=change)
    tree = share_tree(goal / per_unit, nodes, CATALOGUE[kpi], terms)
    assert [share.owner for share in tree.shares] and {s.owner for s in tree.shares} == {n.owner for n in nodes}
    for split in tree.splits:
        shares = tree.below(split.owner)
        given_ = sum(round(share.value * per_unit) for share in shares)
        assert given_ == round(split.given * per_unit)
        assert given_ + round(split.unassigned * per_unit) == round(split.assigned * per_unit)
        assert abs(split.assigned - split.goal * over) * per_unit <= 0.5 + 1e-6
        assert sum(round(share.bottom_up * per_unit) for share in shares) == round(split.bottom_up * per_unit)
        assert sum(round(part * per_unit) for _, part in split.takers) in (round(split.unassigned * per_unit), 0)
        own = tree.share(split.owner)
        assert own is not None and own.value == split.goal
        if any(share.previous for share in shares) and rule == "potential":
            bounds_hold(tree, split.owner, change, per_unit)
    assert all(share.value >= 0 for share in tree.shares)
    held = {one.owner: one.agreed for one in nodes if one.agreed is not None}
    assert {share.owner: share.value for share in tree.shares if share.agreed} == held


def bounds_hold(tree: Tree, owner: Owner, change: float, per_unit: int) -> None:
    for share in tree.below(owner):
        if share.agreed:
            continue
        base = share.bottom_up
        if share.previous is not None:
            base = share.previous.goal * share.previous.times(share.carry)
        assert share.value <= base * (1 + change) + 1e-9
        assert share.value >= base * (1 - change) - 1 / per_unit - 1e-9


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(0, 10**6), st.integers(0, 10**5))
def test_a_higher_goal_lowers_no_share_by_more_than_a_step(seed: int, goal: int, more: int) -> None:
    """Rounding aside; the rest of a step may move on (the Alabama paradox)."""
    rng = np.random.default_rng(seed)
    nodes = team(*(rng.gamma(5, 100, 30) for _ in range(3)), previous=[some_goal(rng, 500) for _ in range(3)])
    low, high = (share_tree(total / 100, nodes, REVENUE, terms_of()) for total in (goal, goal + more))
    assert all(cents(b) >= cents(a) - 1 for a, b in zip(values(low), values(high), strict=True))


def test_medians_do_not_add_up() -> None:
    """Two even-chance values of 0 come to an even-chance value of 10 together: one of the two brings it, nearly."""
    first, second = [0.0, 0.0, 0.0, 10.0, 10.0], [10.0, 10.0, 0.0, 0.0, 0.0]
    split = share_tree(10.0, team(first, second), REVENUE, terms_of()).splits[0]
    assert (split.sum_of_medians, split.median_of_sum) == (0.0, 10.0)


def test_over_assignment_is_explicit(read: Read) -> None:
    tree = share_tree(600.0, team(*FLAT), REVENUE, terms_of(over=1.1))
    assert values(tree) == [110.0, 220.0, 330.0]
    assert tree.splits[0].over == 1.1 and tree.splits[0].assigned == 660.0
    told = next(read(message) for message in tree.splits[0].messages if message.id == "tree.over")
    assert told == "Those below are asked for €660 together, 110% of the goal of €600."


def test_ramping_and_part_time_reps_get_goals_for_their_time() -> None:
    """Bob's figures come from half a full time and he carries three quarters: his outlook counts by 1.5."""
    nodes = team([100.0] * 5, [100.0] * 5)
    nodes[2] = node(REPS[1], NORTH, [100.0] * 5, carry=0.75, carried=0.5)
    tree = share_tree(500.0, nodes, REVENUE, terms_of())
    assert values(tree) == [200.0, 300.0]
    assert tree.shares[2].bottom_up == 150.0
    assert [message.id for message in tree.shares[2].remarks] == ["tree.pro_rata_more"]
    away = node(REPS[1], NORTH, [100.0] * 5, carry=0.0, carried=0.5)
    assert values(share_tree(500.0, [*nodes[:2], away], REVENUE, terms_of())) == [500.0, 0.0]


def test_scaling_an_outlook_scales_its_chances() -> None:
    half = pro_rata(outlook_of(NORTH, [10.0, 20.0, 30.0, 40.0]), 0.5)
    assert [half.chance(value) for value in (5.0, 5.01, 20.0)] == [1.0, 0.75, 0.25]
    assert pro_rata(half, 1.0) is half


def test_who_has_no_history_has_a_share_by_full_times(read: Read) -> None:
    """Ann's 100 for a full time make 50 for Bob's half."""
    nodes = [*team([100.0] * 5), node(REPS[1], NORTH, carry=0.5)]
    tree = share_tree(300.0, nodes, REVENUE, terms_of())
    assert values(tree) == [200.0, 100.0]
    assert (tree.shares[2].bottom_up, tree.shares[2].chance) == (50.0, None)
    assert tree.splits[0].sum_of_medians is None
    assert read(tree.shares[2].sentence) == "bob carries €100; without a history the chance is not known"
    assert "tree.without_history" in ids(tree)


@pytest.mark.parametrize("rule", ["potential", "equal_chance"])
def test_a_team_in_which_all_are_new(rule: Rule, read: Read) -> None:
    nodes = [
        node(NORTH, None, [300.0] * 5),
        *(node(rep, NORTH, carry=c) for rep, c in zip(REPS, (1, 1, 0.5), strict=True)),
    ]
    tree = share_tree(500.0, nodes, REVENUE, terms_of(rule=rule))
    assert values(tree) == [200.0, 200.0, 100.0]
    assert "None of the 3 below has a history: the goal is shared by working time." in [
        read(message) for message in tree.splits[0].messages
    ]


def test_a_team_of_one(read: Read) -> None:
    tree = share_tree(120.0, team([100.0] * 5), REVENUE, terms_of())
    assert values(tree) == [120.0]
    assert "ann is the only one below team North: nobody else can take a part." in [
        read(message) for message in tree.splits[0].messages
    ]


@pytest.mark.parametrize("rule", ["potential", "equal_chance"])
def test_nobody_can_carry_it(rule: Rule) -> None:
    tree = share_tree(120.0, team([0.0] * 5, [0.0] * 5), REVENUE, terms_of(rule=rule))
    assert values(tree) == [0.0, 0.0]
    assert tree.splits[0].unassigned == 120.0 and "tree.nobody_can" in ids(tree)


def test_nobody_below() -> None:
    tree = share_tree(120.0, [node(NORTH, None, [100.0] * 5)], REVENUE, terms_of())
    assert [share.value for share in tree.shares] == [120.0] and tree.splits == ()


def test_every_fault_of_the_nodes_is_told_at_once() -> None:
    draws = [1.0, 2.0]
    nodes = [
        node(COMPANY, None, draws),
        node(NORTH, SOUTH, draws),
        node(SOUTH, NORTH, draws),
        node(REPS[0], Owner("West"), draws),
        node(REPS[1], COMPANY, draws),
        node(REPS[1], COMPANY, [1.0, 2.0, 3.0], carry=-1.0),
    ]
    with pytest.raises(ParamError) as caught:
        share_tree(1.0, nodes, REVENUE, terms_of())
    told = [str(fault) for fault in caught.value.faults]
    assert [text for text in told if "would be a part of itself" in text] == [
        "team North: would be a part of itself; expected a parent that is not below it",
        "team South: would be a part of itself; expected a parent that is not below it",
    ]
    assert any("its parent, team West, is not in the tree" in text for text in told)
    assert any("rep bob: stands here more than once" in text for text in told)
    assert any("-1.0" in text for text in told) and any("3 draws" in text for text in told)
    with pytest.raises(ParamError, match="nobody"):
        share_tree(1.0, [node(NORTH, SOUTH, draws), node(SOUTH, NORTH, draws)], REVENUE, terms_of())


def test_what_cannot_be_shared_out_is_refused() -> None:
    with pytest.raises(ParamError) as caught:
        share_tree(1.5, team([1.0]), CATALOGUE["win_rate"], terms_of(over=0.0))
    assert len(caught.value.faults) == 3
    with pytest.raises(ParamError, match="nobody in the tree has an outlook"):
        share_tree(1.0, [node(NORTH, None), node(REPS[0], NORTH)], REVENUE, terms_of())
    with pytest.raises(ParamError, match="not a number"):
        share_tree(float("nan"), team([1.0]), REVENUE, terms_of())


def test_all_sentences_are_read(read: Read) -> None:
    rng = np.random.default_rng(9)
    for rule in ("potential", "equal_chance"):
        for _ in range(20):
            nodes = three_levels(rng, "revenue")
            tree = share_tree(float(rng.integers(0, 9000)), nodes, REVENUE, terms_of(rule=rule))
            said = [*tree.notes, *(m for split in tree.splits for m in split.messages)]
            said += [m for share in tree.shares for m in (share.sentence, *share.remarks)]
            assert all(read(message) for message in said)
            assert len(tree.frame) == len(nodes)
