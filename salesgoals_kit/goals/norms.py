"""What others design for, beside the company's own figure: with source and year, and never as good or bad.

The populations differ from this company and from each other, so a norm is a number to think about, no yardstick.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from salesgoals_kit.goals.carriers import Share
from salesgoals_kit.goals.own import ADD_UP
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.funnel import Coverage
from salesgoals_kit.kpis.makeup import RAMP_MONTHS, RAMP_SOURCE
from salesgoals_kit.words import Count, Message, Money, Number, Rate, Value, say

MEANT_TO_MAKE = (Rate(0.6), Rate(0.7))  # of the reps; the source says "60 %, 70 % or more"
MEANT_SOURCE = "Alexander Group, Quota Setting Practices (2026)"
RULE_OF_THUMB = 3.0  # times what is still to be won
RULE_SOURCE = "Omega Point 2026"


def share_norm(chances: Sequence[float]) -> Message | None:
    """Return the share of reps that can be expected to make their goals, and what pay plans are designed for.

    ``chances`` are those of each rep's own goal; the share expected is their mean. None where there are none.
    """
    known = [chance for chance in chances if math.isfinite(chance)]
    if not known:
        return None
    low, high = MEANT_TO_MAKE
    share = Rate(sum(known) / len(known))
    return say("norms.share", share=share, reps=Count(len(known)), low=low, high=high, source=MEANT_SOURCE)


def wanted_share(shares: Sequence[Share], over: float = 1.0) -> Message | None:
    """Return at which goal of the whole more reps could be expected to make theirs; None where no more would.

    ``shares`` are those of a tree, the top first. Were each rep asked for what his own outlook proposes (its chance is
    the one that the company wants for a rep's goal), so many would. Where others carry a part of it, too, the whole
    goal is less in the same proportion. ``over``: at every level those below are asked for so many times the goal.
    """
    reps = [one for one in shares if one.owner.kind == "rep" and one.chance is not None and one.before is not None]
    carried, own = (math.fsum(getattr(one, name) for one in reps) for name in ("value", "bottom_up"))
    if not reps or own <= 0 or carried <= own or CATALOGUE[reps[0].kpi].over_period not in ADD_UP:
        return None
    goal, share = shares[0].value, math.fsum(one.before or 0.0 for one in reps) / len(reps)
    leaves = {one.owner for one in shares} - {one.parent for one in shares}
    lower = (
        own / over ** max(one.depth for one in reps) if leaves == {one.owner for one in reps} else goal * own / carried
    )
    said: dict[str, Value] = {"goal": Money(lower), "share": Rate(share), "less": Money(goal - lower)}
    return Message("norms.share_wanted", {**said, "owner": owner_words(shares[0].owner)})


def coverage_norm(found: Coverage) -> Message | None:
    """Return the coverage that the own win rate needs (1 / win rate), the one there is, and the rule of thumb.

    None where the win rate is not known. The rule of thumb is a win rate of one third, turned over.
    """
    if not math.isfinite(found.needed):
        return None
    said: dict[str, Value] = {
        "needed": Number(found.needed, 1, "times"),
        "rule": Number(RULE_OF_THUMB, 0, "times"),
        "assumed": Rate(1 / RULE_OF_THUMB),
        "own": Rate(1 / found.needed),
        "source": RULE_SOURCE,
    }
    if not math.isfinite(found.value):
        return Message("norms.coverage_needed", said)
    return Message("norms.coverage", {**said, "there": Number(found.value, 1, "times")})


def ramp_norm(months: float, low: float, high: float, hires: int) -> Message:
    """Return how long a new rep takes here, with the range it was estimated in, and what others have measured."""
    return say(
        "norms.ramp",
        months=Number(months, 1, "months"),
        low=Number(low, 1, "months"),
        high=Number(high, 1, "months"),
        hires=Count(hires),
        usual=Number(RAMP_MONTHS, 1, "months"),
        source=RAMP_SOURCE,
    )
