"""What of the ledger a review looks at beside its owner's rows: people's goals, earlier figures, kept promises."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.follow.promises import kind_of
from salesgoals_kit.follow.versions import before_this
from salesgoals_kit.goals.settled import whole_goals
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.run.following import goals_of_period
from salesgoals_kit.run.work import Work
from salesgoals_kit.store.decided import Promise
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import FinalRow, GoalRow

TEMPLATE = "review"
PEOPLE, EARLIER, PROMISES = "people", "earlier", "promises"
NAMES = (PEOPLE, EARLIER, PROMISES)


@dataclass(frozen=True)
class Remembered:
    """Everybody's revenue goals of the period, the versions of its figures before this review, and past promises."""

    goals: Sequence[GoalRow]
    earlier: Sequence[FinalRow]
    promises: Sequence[Promise]


def remembered(work: Work) -> Remembered:
    """Return what a review may know of the ledger beside what is visible of its owner."""
    work.visible.looked_at.update(NAMES)
    about = (work.period.name, work.template, work.as_of)
    return Remembered(
        goals=people_goals(work.ledger, work.period, work.as_of),
        earlier=before_this(
            _own(work.ledger.final_versions(work.period.name, work.as_of), work.owner), work.ref.hash, work.as_of
        ),
        promises=work.ledger.promises(*about),
    )


def digests_for(
    ledger: Ledger, period: Period, template: str, as_of: date, snapshot: str, owners: Iterable[Owner]
) -> dict[Owner, dict[str, str]]:
    """Return hashes of what `remembered` would give each owner; of another template than the review nothing."""
    if template != TEMPLATE:
        return {owner: {} for owner in owners}
    goals = people_goals(ledger, period, as_of)
    people = digest([repr((r.owner, r.level, r.value, r.backfilled, r.set_after_the_fact)) for r in goals])
    promised = ledger.promises(period.name, template, as_of)
    kept = digest([repr((g.owner, g.period, g.kpi, g.value, g.chance, kind_of(g), f.value)) for g, f in promised])
    finals = ledger.final_versions(period.name, as_of)
    found = {}
    for owner in owners:
        before = before_this(_own(finals, owner), snapshot, as_of)
        earlier = digest([repr((row.kpi, row.version, row.value)) for row in before])
        found[owner] = {PEOPLE: people, EARLIER: earlier, PROMISES: kept}
    return found


def digest(told: Sequence[str]) -> str:
    """Return a hash of what is told; of nothing, nothing."""
    return hashlib.sha256(repr(told).encode()).hexdigest() if told else ""


def people_goals(ledger: Ledger, period: Period, as_of: date) -> list[GoalRow]:
    """Return the revenue goals of people in a period; who agreed on all of its months has their sum, as in tracking."""
    rows = [row for row in goals_of_period(ledger, period, as_of) if row.owner.rep is not None]
    proposed = [row for row in rows if row.period == period.name and row.level != "agreed"]
    return [*proposed, *whole_goals(rows, period)]


def _own(finals: Iterable[FinalRow], owner: Owner) -> list[FinalRow]:
    return [row for row in finals if row.owner == owner]
