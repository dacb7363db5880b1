"""A review put together: what the tables say of the period, and all that the ledger holds of how it was to be."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from salesgoals_kit.follow.facts import Facts, facts, past_figures
from salesgoals_kit.follow.initiatives import Tried, initiatives, metrics_of
from salesgoals_kit.follow.promises import Kept, kept
from salesgoals_kit.follow.quota import Quota, held_to, quota
from salesgoals_kit.follow.review import Review, review
from salesgoals_kit.follow.verdict import outcomes
from salesgoals_kit.follow.versions import Version, versions
from salesgoals_kit.forecast.scores import score_frame, together
from salesgoals_kit.run.looking_back import remembered
from salesgoals_kit.run.work import Work


@dataclass(frozen=True, eq=False)
class Reviewed:
    """A period looked back at: its ``facts``, what came of its goals, and beside that what past promises came to.

    ``people`` is the attainment of reps, ``scores`` those of all the company's outlooks, this report's own among them.
    """

    facts: Facts
    found: Review
    people: Quota | None
    versions: tuple[Version, ...]
    tried: tuple[Tried, ...]
    kept: tuple[Kept, ...]
    scores: pd.DataFrame


def reviewed(work: Work) -> Reviewed:
    """Return the review of what a template works with."""
    known, ledger, goals = facts(work.tables, work.owner, work.period), remembered(work), work.visible.goals
    found = review(work.owner, work.period, work.as_of, work.company, facts=known, visible=work.visible)
    past = {name: past_figures(work.tables, work.owner, work.period, name) for name in metrics_of(goals)}
    own = score_frame(outcomes(found.kpis, work.visible.outlooks), work.company)
    return Reviewed(
        facts=known,
        found=found,
        people=quota(known.sales, held_to(work.tables, ledger.goals), work.period),
        versions=versions(found.kpis, ledger.earlier),
        tried=initiatives(goals, found.kpis, known.drivers, past),
        kept=kept(ledger.promises, goals, found.kpis),
        scores=together(work.past, own),
    )
