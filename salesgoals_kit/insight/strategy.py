"""All comparisons of one strategy report, judged together, and what to keep and to change of what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.insight.answers import Answers, answers
from salesgoals_kit.insight.channels import Channels, channels
from salesgoals_kit.insight.coaching import Coaching, coaching
from salesgoals_kit.insight.contrast import Contrast, Finding, findings
from salesgoals_kit.insight.cycle import CycleReport, cycle_report
from salesgoals_kit.insight.gaming import Gaming, gaming
from salesgoals_kit.insight.leaving import Entering, Leaving, entering, leaving, moments_of
from salesgoals_kit.insight.losses import Losses, losses
from salesgoals_kit.insight.margin import Margin, margin_report
from salesgoals_kit.insight.shift import Shift, best_shift
from salesgoals_kit.insight.strengths import Strengths, strengths
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.rows import FinalRow, GoalRow

Past = tuple[Sequence[GoalRow], Sequence[FinalRow]]


@dataclass(frozen=True, eq=False)
class Compared:
    """What a strategy report compares, part by part."""

    losses: Losses
    strengths: Strengths
    coaching: Coaching
    channels: Channels
    leaving: Leaving
    cycle: CycleReport
    margin: Margin
    gaming: Gaming

    @property
    def contrasts(self) -> tuple[Contrast, ...]:
        """All comparisons, in the order of the parts."""
        return tuple(one for part in fields(Compared) for one in getattr(self, part.name).contrasts)

    @property
    def compared(self) -> int:
        """How many comparisons were made."""
        return len(self.contrasts)


@dataclass(frozen=True, eq=False)
class Strategy(Compared):
    """What a strategy report compares, with the ``findings`` among all of it and the ``answers`` from them.

    ``entering``: customers who come to a moment at which customers leave; ``moved``: what the most promising move of
    spend would do, None where there are no two channels.
    """

    entering: Entering
    moved: Shift | None
    findings: tuple[Finding, ...]
    answers: Answers


def strategy(tables: Tables, owner: Owner = COMPANY, agreed: Sequence[GoalRow] = (), past: Past = ((), ())) -> Strategy:
    """Return what a strategy report of an owner says.

    ``agreed``: goals of the period to come, whose initiatives are what is there to act on a finding; ``past``: goals
    and final figures of earlier periods.
    """
    parts = compared(tables, owner, past)
    found = findings(parts.contrasts)
    state = state_of(lever_inputs(tables, owner), tables.company.discount_rate)
    return Strategy(
        **vars(parts),
        entering=entering(tables, moments_of(found), owner),
        moved=best_shift(tables, owner, parts.channels),
        findings=found,
        answers=answers(found, state, owner, agreed),
    )


def compared(tables: Tables, owner: Owner = COMPANY, past: Past = ((), ())) -> Compared:
    """Return all parts of an owner's report that compare anything; ``past`` as of `strategy`."""
    return Compared(
        losses=losses(tables, owner),
        strengths=strengths(tables, owner),
        coaching=coaching(tables, owner),
        channels=channels(tables, owner),
        leaving=leaving(tables, owner),
        cycle=cycle_report(tables, owner),
        margin=margin_report(tables, owner),
        gaming=gaming(tables, owner, *past),
    )


def contrasts_of(tables: Tables, owner: Owner = COMPANY) -> tuple[Contrast, ...]:
    """Return all comparisons that a strategy report of an owner makes."""
    return compared(tables, owner).contrasts
