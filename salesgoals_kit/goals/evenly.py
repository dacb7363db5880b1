"""An amount shared out so that everyone has the same chance of making his share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from salesgoals_kit.forecast.outlook import SLACK, Outlook
from salesgoals_kit.goals.shares import Steps, share_out

Ladder = npt.NDArray[np.int64]


def ladder(outlook: Outlook, steps: Steps) -> Ladder:
    """Return for 1, 2, … of the draws the most ambitious attainable value, in steps, that so many of them reach.

    The KPI is an amount of which more is better; a value is never below 0.
    """
    exact = np.sort(outlook.draws)[::-1]
    near = np.floor(exact * steps.per_unit + 0.5)
    too_high = near / steps.per_unit > exact + SLACK / 2 * np.abs(exact)
    return np.asarray(np.maximum(near - too_high, 0), dtype=np.int64)


def share_evenly(total: int, ladders: Sequence[Ladder], weights: Sequence[float]) -> tuple[tuple[int, ...], float]:
    """Return shares in steps that add up to ``total``, and the chance that all have in common.

    No share has a lower chance than that, and one step more would give nobody a higher one: the chances are the same
    but for one attainable step. What is beyond all draws has no chance and is shared by ``weights`` on top of them;
    what all draws reach is certain for all, and shared in the proportion of what each is certain of.
    """
    rungs = np.stack(ladders)
    sums = rungs.sum(axis=0)
    draws = rungs.shape[1]
    if total > sums[0]:
        more = share_out(total - int(sums[0]), weights if any(weights) else [1.0] * len(rungs))
        return tuple(int(top) + extra for top, extra in zip(rungs[:, 0], more, strict=True)), 0.0
    if total <= sums[-1]:
        return share_out(total, [float(rung) for rung in rungs[:, -1]]), 1.0
    above = int(np.count_nonzero(sums >= total)) - 1
    room = rungs[:, above] - rungs[:, above + 1]
    more = share_out(total - int(sums[above + 1]), [float(one) for one in room])
    shares = tuple(int(low) + extra for low, extra in zip(rungs[:, above + 1], more, strict=True))
    return shares, (above + 1) / draws
