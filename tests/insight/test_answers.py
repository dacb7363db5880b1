"""What to keep and to change: what a finding is worth, how sure that is, and what is there to act on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from salesgoals_kit.goals.levers import Move, gain
from salesgoals_kit.insight.answers import FEW, Answer, Answers, answers
from salesgoals_kit.insight.contrast import Contrast, Finding
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import Chance, Message, Money, Name, say
from tests.goals.states import flows, plain_state

DRAWS = 2000
STATE = plain_state(DRAWS, wins=flows(DRAWS, once=(0, 1200.0)))


def _finding(
    p: float = 1e-4, win: float | None = 1.1, *, good: bool = False, name: str = "North", effect: str = "stage"
) -> Finding:
    move = None if win is None else Move(win=win)
    said = say("insight.test")
    return Finding(Contrast(effect, (("team", name),), 0.9, 0.8, 1.0, p, good=good, said=said, move=move), p)


def _goal(kpi: str = "win_rate", level: str = "agreed", **initiative: object) -> GoalRow:
    return GoalRow(
        owner=COMPANY,
        period="2026Q1",
        template="agree",
        as_of=date(2025, 12, 31),
        kpi=kpi,
        level=level,
        value=0.3,
        initiative=initiative or None,
    )


def _answers(*found: Finding, goals: tuple[GoalRow, ...] = ()) -> Answers:
    return answers(found, STATE, COMPANY, goals)


def test_a_finding_is_worth_what_the_driver_model_gains() -> None:
    worth = _answers(_finding()).change[0].worth
    assert worth is not None
    true = float(gain(STATE, Move(win=1.1)).mean())  # of 1,200 a year a tenth, less what is under way
    assert 100 < true <= 120
    assert worth.mid == pytest.approx(true, rel=0.02)
    # p = 0.0001 two-sided is z = 3.89: the difference is known to a relative 1 / 3.89
    assert (worth.high - worth.low) / 2 == pytest.approx(1.2816 * true / 3.89, rel=0.05)


def test_what_is_good_is_worth_what_it_would_lose() -> None:
    found = _answers(_finding(good=True, win=0.9))
    assert not found.change
    worth = found.keep[0].worth
    assert worth is not None
    assert worth.mid == pytest.approx(-float(gain(STATE, Move(win=0.9)).mean()), rel=0.02)
    assert found.keep[0].there == ()


def test_a_surer_difference_is_worth_more_surely() -> None:
    sure, barely = (_answers(_finding(p)).change[0] for p in (1e-9, 0.04))
    assert sure.gain == 1.0
    assert barely.gain == pytest.approx(0.98, abs=0.01)  # z = 2.05: P(Z > -2.05)


def test_few_are_shown_first_and_none_is_lost() -> None:
    found = _answers(*(_finding(win=1 + i / 100, name=str(i)) for i in range(1, 6)), _finding(win=None, name="none"))
    assert [one.finding.contrast.subject[0][1] for one in found.change] == ["5", "4", "3"]
    assert [one.finding.contrast.subject[0][1] for one in found.rest] == ["2", "1", "none"]
    assert len(found.change) == FEW
    assert found.rest[-1].worth is None


def test_findings_about_one_subject_are_one_answer() -> None:
    """What to change are three different things: a team's stage and its win rate are one of them."""
    south = [_finding(win=1 + i / 100, name="South", effect=effect) for i, effect in ((2, "stage"), (9, "segment"))]
    found = _answers(*south, _finding(win=1.05), _finding(good=True, win=0.9, name="South"))
    assert [len(one.findings) for one in found.change] == [2, 1]
    first = found.change[0]
    assert [one.contrast.effect for one in first.findings] == ["segment", "stage"]
    assert len(first.said) == 2
    assert first.worth == _answers(south[1]).change[0].worth  # they overlap: the larger one, not the sum
    assert [one.good for one in found.keep] == [True]  # what is good of it is another matter
    assert sum(len(one.findings) for one in (*found.keep, *found.change, *found.rest)) == 4


def test_a_rep_is_a_subject_of_his_own_and_the_reports_team_is_none() -> None:
    team, stages = ("team", "South"), (("stage", "Offer"), ("stage", "Look"))
    people = [_about(team, ("rep", rep), stage) for rep in ("a", "b") for stage in stages]
    teams = [_about(team, stage) for stage in stages]
    assert sorted(len(one.findings) for one in _all(answers((*people, *teams), STATE, COMPANY))) == [2, 2, 2]
    own = _all(answers((*people, *teams), STATE, Owner("South")))
    assert sorted(len(one.findings) for one in own) == [1, 1, 2, 2]
    alone = _all(answers((_about(team), _about(team)), STATE, Owner("South")))
    assert [len(one.findings) for one in alone] == [2]


def _about(*subject: tuple[str, str]) -> Finding:
    one = _finding()
    return replace(one, contrast=replace(one.contrast, subject=subject))


def _all(found: Answers) -> list[Answer]:
    return [*found.change, *found.keep, *found.rest]


def test_what_the_model_cannot_move_has_no_worth() -> None:
    nothing = _answers(_finding(win=1.0)).change[0]
    assert (nothing.worth, nothing.gain) == (None, None)


def test_the_same_findings_are_worth_the_same_whatever_else_is_found() -> None:
    alone, beside = _answers(_finding()), _answers(_finding(name="South"), _finding())
    mine = next(one for one in beside.change if one.finding.contrast.subject[0][1] == "North")
    assert alone.change[0].worth == mine.worth


def test_what_nobody_is_at_is_said() -> None:
    for goals in ((), (_goal(),), (_goal("revenue", what="x"),), (_goal(level="target", what="x"),)):
        found = _answers(_finding(), _finding(effect="cycle", name="South"), goals=goals)
        assert [one.there for one in found.change] == [(), ()]
        assert found.unagreed is not None
        kpis = found.unagreed.values["kpis"]
        assert isinstance(kpis, tuple)
        assert [one.id for one in kpis if isinstance(one, Message)] == ["kpis.title_win_rate", "kpis.title_cycle_days"]
    assert _answers(_finding(), goals=(_goal(what="x"),)).unagreed is None
    assert _answers(_finding(good=True)).unagreed is None


def test_an_initiative_is_told_with_what_it_lacks() -> None:
    goals = (_goal(what="call back within a day", cost=50.0),)
    there = _answers(_finding(), goals=goals).change[0].there
    said = {message.id: message.values for message in there}
    assert said["strategy.initiative"]["what"] == Name("call back within a day")
    assert said["strategy.has_cost"]["cost"] == Money(50.0)
    lacking = said["strategy.lacks"]["what"]
    assert isinstance(lacking, tuple)
    assert [one.id for one in lacking] == ["strategy.lack_owner", "strategy.lack_metric"]


def test_an_initiative_pays_as_often_as_its_worth_is_above_its_cost() -> None:
    worth = float(np.median(gain(STATE, Move(win=1.1))))
    whole = {"what": "x", "owner": "Ann", "metric": "win rate"}
    for cost, chance in ((0.0, 1.0), (worth, 0.5), (100 * worth, 0.0)):
        there = _answers(_finding(), goals=(_goal(**whole, cost=cost),)).change[0].there
        assert [message.id for message in there][-1] == "strategy.pays"
        found = there[-1].values["chance"]
        assert isinstance(found, Chance)
        assert found.value == pytest.approx(chance, abs=0.03)


def test_patterns_to_ask_about_are_no_answers() -> None:
    found = _answers(_finding(win=None, effect="bunching"), _finding(good=True, win=None, effect="slipping"))
    assert (found.keep, found.change, found.rest) == ((), (), ())


def test_nothing_found_is_nothing_to_do() -> None:
    found = _answers()
    assert (found.keep, found.change, found.rest) == ((), (), ())
