"""Revenue from deals in a running period: closed, open deals by their chances, and deals that do not exist yet."""

from __future__ import annotations

import numpy as np

from salesgoals_kit.follow.deals import Known, coming, known_deals, moment, open_at, opened
from salesgoals_kit.follow.running import Parts, Running
from salesgoals_kit.follow.tried import tried_deals
from salesgoals_kit.forecast.calibration import Correction
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.kpis.lives import NEVER
from salesgoals_kit.periods import day_number
from salesgoals_kit.words import Count, Message, say

FEWEST = 30  # wins of deals that had been seen open, under which nothing is told by deals


def deals_to_tell(running: Running, rest: Outlook) -> Known | None:
    """Return the deals by which the running period can be told; None where there are none, or too few were won."""
    if running.kpi.name != "revenue" or running.tables.company.revenue != "deals" or not running.splits(rest):
        return None
    known = known_deals(running.tables)
    return known if known is not None and _seen(known, won=True) >= FEWEST else None


def deal_parts(running: Running, rest: Outlook, known: Known) -> Parts:
    """Return the running period by its deals."""
    now, end = day_number(running.tables.as_of), day_number(running.period.end)
    at, own = moment(known, now, end), known.lives.of(running.owner, running.tables)
    rng = np.random.default_rng(seed_of("pace", running.owner, running.period.name, now))
    so_far = running.known(rest)[0]
    usual = rest.months * running.left(rest)
    draws = len(rest.draws)
    from_open = opened(at, own, rng, draws)
    from_new = coming(at, own, usual.sum(axis=1), rng)
    closed = float(so_far.sum())
    correction = tried_deals(running.tables, running.period)
    return Parts(
        closed=closed,
        opened=from_open,
        coming=from_new,
        draws=closed + from_open + from_new,
        months=_months(so_far, usual, from_open + from_new),
        correction=correction,
        deals=len(open_at(known.lives, now, own)),
        method=(_learned(known), _tried(correction)),
        notes=_notes(running, known),
    )


def _months(so_far: Array, usual: Array, brought: Array) -> Array:
    """Return the months of the period: what is known of each, and what comes in the proportions of the series' paths.

    Where a path has nothing it comes in the proportions of all paths together.
    """
    mean = usual.mean(axis=0)
    even = mean / mean.sum() if mean.sum() > 0 else np.full(len(mean), 1 / len(mean))
    total = usual.sum(axis=1, keepdims=True)
    share = np.divide(usual, total, out=np.broadcast_to(even, usual.shape).copy(), where=total > 0)
    months = np.broadcast_to(so_far, (len(usual), len(so_far))).copy()
    months[:, -usual.shape[1] :] += share * brought[:, None]
    return months


def _seen(known: Known, *, won: bool) -> int:
    """Return how many different deals that were seen open on a landmark have been won, or lost, since."""
    deals = np.unique(known.landmarks.rows.deal)
    over = known.lives.closed[deals] < NEVER
    return int((over & (known.lives.won[deals] == won)).sum())


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


def _notes(running: Running, known: Known) -> tuple[Message, ...]:
    lives = known.lives
    deals = open_at(lives, day_number(running.tables.as_of), lives.of(running.owner, running.tables))
    undated, unpriced = (int(part.sum()) for part in (lives.created[deals] == NEVER, np.isnan(lives.amount[deals])))
    of = Count(len(deals))
    said = [] if lives.stage_names else [say("pace.no_stages")]
    said += [say("pace.without_creation", count=Count(undated), of=of)] if undated else []
    said += [say("pace.without_amount", count=Count(unpriced), of=of)] if unpriced else []
    return tuple(said)
