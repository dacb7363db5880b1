"""What the content of a running period's report carries: its figures, its outlooks, and how they were made."""

from __future__ import annotations

from typing import Any

import numpy as np

from salesgoals_kit.company import Company
from salesgoals_kit.follow.pace import Pace
from salesgoals_kit.follow.state import GoalState
from salesgoals_kit.follow.tracking import Tracking
from salesgoals_kit.report.acting import acts
from salesgoals_kit.report.content import KeyFigure
from salesgoals_kit.report.gist import Gist, Stand
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.rep import Section
from salesgoals_kit.report.tracking import card, picked
from salesgoals_kit.report.upfront import beside
from salesgoals_kit.words import Message, say


def methods(found: Tracking) -> list[Message]:
    """Return how each figure of a running period was made, once, under the names of the KPIs that were made so."""
    told = [(one.kpi, note) for one in _known(found) for note in one.method]
    notes = [note for i, (_, note) in enumerate(told) if note not in [earlier for _, earlier in told[:i]]]
    names = [tuple(Message(f"kpis.title_{kpi}", {}) for kpi, other in told if other == note) for note in notes]
    return [say("setting.method", kpi=kpis, notes=(note,)) for kpis, note in zip(names, notes, strict=True)]


def outlooks(found: Tracking) -> tuple[dict[str, Any], ...]:
    """Return what the ledger freezes: what could be expected of each KPI that is followed, as long as it is open."""
    return tuple(one.outlook.as_record() for one in _known(found) if one.days_left > 0)


def calibrated(found: Tracking) -> bool:
    """Return whether every chance is corrected by past scores."""
    return bool(_known(found)) and all(one.outlook.calibrated for one in _known(found))


def figures(found: Tracking) -> tuple[KeyFigure, ...]:
    """Return what is known so far of each KPI, as the content carries it; none of it is final."""
    return tuple(
        KeyFigure(
            kpi=one.kpi,
            title=Message(f"kpis.title_{one.kpi}", {}),
            shown=quantity(one.closed, one.outlook.unit),
            period=found.period.name,
            unit=one.outlook.unit,
            value=one.closed,
        )
        for one in _known(found)
        if np.isfinite(one.closed)
    )


def findings(found: Tracking) -> tuple[Message, ...]:
    """Return how each goal stands, in a sentence each."""
    return tuple(one.sentence for one in found.goals)


def _known(found: Tracking) -> list[Pace]:
    return [one for one in found.paces.values() if one is not None and np.isfinite(one.outlook.draws).all()]


def set_late(found: Tracking) -> bool:
    """Return whether any goal was recorded or agreed after its period had begun."""
    return any(one.late for one in found.goals)


def gist(found: Tracking, company: Company) -> Gist:
    """Return what a mail takes of it: how the goals that matter most stand, why it comes to this, and what to do."""
    parts = [
        ("why", say("mail.heading_known"), beside(found)),
        ("acts", say("mail.heading_acts"), acts(found, company)),
    ]
    return Gist(
        say("tracking.heading_goals"),
        tuple(_stand(one) for one in picked(found.goals)),
        tuple(Section(name, head, sentences=tuple(said)) for name, head, said in parts if said),
    )


def _stand(one: GoalState) -> Stand:
    """Return a goal as a mail has it: with what came so far, and the chance it was set with."""
    shown, unit = card(one), one.kpi.unit
    said = [] if one.pace is None or not np.isfinite(one.pace.closed) else [
        say("mail.so_far", value=quantity(one.pace.closed, unit))
    ]  # fmt: skip
    if one.promised is not None:
        said.append(say("mail.promised", chance=chance_message(one.promised, short=True)))
    return Stand(say("mail.goal_of", kpi=one.kpi.title), shown.value, shown.chance, shown.state, tuple(said))
