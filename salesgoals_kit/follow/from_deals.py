"""Revenue from deals in a running period: closed, open deals by their chances, and deals that do not exist yet."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.follow.deals import Known, coming, known_deals, moment, open_at, opened, quick_sizes, share_to_come
from salesgoals_kit.follow.running import Parts, Running, spread_over
from salesgoals_kit.follow.tried import tried_deals
from salesgoals_kit.forecast.calibration import Correction
from salesgoals_kit.forecast.model import DRAWS
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.kpis.deal_lives import NEVER, UNKNOWN, Ints
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, day_number
from salesgoals_kit.words import Count, Message, say

FEWEST = 30  # wins of deals that had been seen open, under which nothing is told by deals
UNOWNED = 0.1  # share of the open deals of which nobody knows whose they are, above which a part cannot be told so


@dataclass(frozen=True, eq=False)
class Told:
    """What an owner's deals tell of the days that are left in a period; money in currency units.

    ``opened``: draws of what open deals bring; ``deals``: how many are open. ``share``: what part of all that comes is
    from deals not created yet, ``sizes`` what such brought. ``correction``: what tries on the past call for.
    """

    opened: Array
    deals: int
    share: float
    sizes: Array
    correction: Correction
    method: tuple[Message, ...]
    notes: tuple[Message, ...]


@handed
def told_by_deals(tables: Tables, owner: Owner, period: Period) -> Told | Message:
    """Return what deals tell of a period that is running at as_of; or why they tell nothing."""
    known = known_deals(tables)
    if known is None:
        return say("pace.no_creation")
    wins, own = _seen(known, won=True), known.lives.of(owner, tables)
    if wins < FEWEST:
        return say("pace.too_few_wins", wins=Count(wins), few=Count(FEWEST))
    now = day_number(tables.as_of)
    if owner.kind != "company" and _unowned(known, now) > UNOWNED:
        return say("pace.owners_unknown")
    at = moment(known, now, day_number(period.end))
    correction = tried_deals(tables, period)
    rng = np.random.default_rng(seed_of("pace", owner, period.name, now))
    deals = open_at(known, now, own)
    return Told(
        opened=opened(at, own, rng, DRAWS),
        deals=len(deals),
        share=share_to_come(at, own),
        sizes=quick_sizes(at, own),
        correction=correction,
        method=(_learned(known), _tried(correction)),
        notes=_notes(known, deals),
    )


def deal_parts(running: Running, rest: Outlook, told: Told) -> Parts:
    """Return the running period by its deals."""
    so_far = running.known(rest)[0]
    usual = rest.months * running.left(rest)
    rng = np.random.default_rng(seed_of("coming", running.owner, running.period.name, running.tables.as_of.isoformat()))
    from_open = np.resize(told.opened, len(usual))
    from_new = coming(usual.sum(axis=1), told.share, told.sizes, rng)
    closed = float(so_far.sum())
    return Parts(
        closed=closed,
        opened=from_open,
        coming=from_new,
        draws=closed + from_open + from_new,
        months=spread_over(so_far, usual, from_open + from_new),
        correction=told.correction,
        deals=told.deals,
        method=told.method,
        notes=told.notes,
    )


def _seen(known: Known, *, won: bool) -> int:
    """Return how many different deals that were seen open on a landmark have been won, or lost, since."""
    deals = np.unique(known.landmarks.rows.deal)
    over = known.lives.closed[deals] < NEVER
    return int((over & (known.lives.won[deals] == won)).sum())


def _unowned(known: Known, now: int) -> float:
    deals = open_at(known, now, np.ones(len(known.lives.created), dtype=bool))
    return float((known.lives.team[deals] == UNKNOWN).mean()) if len(deals) else 0.0


def _learned(known: Known) -> Message:
    won, lost = Count(_seen(known, won=True)), Count(_seen(known, won=False))
    return say("pace.learned", won=won, lost=lost)


def _tried(correction: Correction) -> Message:
    tries, quarters = Count(correction.scores), Count(correction.periods)
    if not correction.scores:
        return say("pace.untried")
    effect = correction.message.values.get("effect")
    if effect is None:
        return say("pace.tried", tries=tries, quarters=quarters)
    return say("pace.tried_corrected", tries=tries, quarters=quarters, effect=effect)


def _notes(known: Known, deals: Ints) -> tuple[Message, ...]:
    lives, of = known.lives, Count(len(deals))
    undated, unpriced = (int(part.sum()) for part in (lives.created[deals] == NEVER, np.isnan(lives.amount[deals])))
    said = [] if lives.stage_names else [say("pace.no_stages")]
    said += [say("pace.without_creation", count=Count(undated), of=of)] if undated else []
    said += [say("pace.without_amount", count=Count(unpriced), of=of)] if unpriced else []
    return tuple(said)
