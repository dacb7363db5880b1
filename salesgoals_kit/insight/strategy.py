"""All comparisons of one strategy report, judged together, and what to keep and to change of what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True, eq=False)
class Strategy:
    """What a strategy report compares, part by part, with the ``findings`` among all and the ``answers`` from them.

    ``entering``: customers who come to a moment at which customers leave; ``moved``: what the most promising move of
    spend would do, None where there are no two channels.
    """

    losses: Losses
    strengths: Strengths
    coaching: Coaching
    channels: Channels
    leaving: Leaving
    cycle: CycleReport
    margin: Margin
    gaming: Gaming
    entering: Entering
    moved: Shift | None
    findings: tuple[Finding, ...]
    answers: Answers

    @property
    def compared(self) -> int:
        """How many comparisons were made."""
        return sum(len(part.contrasts) for part in self._parts)

    @property
    def _parts(self) -> tuple[Losses | Strengths | Coaching | Channels | Leaving | CycleReport | Margin | Gaming, ...]:
        compared = (self.losses, self.strengths, self.coaching, self.channels)
        return (*compared, self.leaving, self.cycle, self.margin, self.gaming)


def strategy(
    tables: Tables,
    owner: Owner = COMPANY,
    agreed: Sequence[GoalRow] = (),
    past: tuple[Sequence[GoalRow], Sequence[FinalRow]] = ((), ()),
) -> Strategy:
    """Return what a strategy report of an owner says.

    ``agreed``: goals of the period to come, whose initiatives are what is there to act on a finding; ``past``: goals
    and final figures of earlier periods.
    """
    spread, left = channels(tables, owner), leaving(tables, owner)
    lost, strong, coached = losses(tables, owner), strengths(tables, owner), coaching(tables, owner)
    slow, margin, gamed = cycle_report(tables, owner), margin_report(tables, owner), gaming(tables, owner, *past)
    parts = (lost, strong, coached, spread, left, slow, margin, gamed)
    found = findings(one for part in parts for one in part.contrasts)
    state = state_of(lever_inputs(tables, owner), tables.company.discount_rate)
    return Strategy(
        losses=lost,
        strengths=strong,
        coaching=coached,
        channels=spread,
        leaving=left,
        cycle=slow,
        margin=margin,
        gaming=gamed,
        entering=entering(tables, moments_of(found), owner),
        moved=best_shift(tables, owner, spread),
        findings=found,
        answers=answers(found, state, owner, agreed),
    )


def contrasts_of(tables: Tables, owner: Owner = COMPANY) -> tuple[Contrast, ...]:
    """Return all comparisons that a strategy report of an owner makes."""
    compared = (losses, strengths, coaching, channels, leaving, cycle_report, margin_report, gaming)
    return tuple(one for part in compared for one in part(tables, owner).contrasts)
