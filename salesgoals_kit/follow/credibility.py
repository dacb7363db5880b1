"""How far a group's own counts are to be believed beside what was to be expected of it."""

from __future__ import annotations

import numpy as np

from salesgoals_kit.kpis.deal_lives import Floats


def drawn_in(seen: Floats, expected: Floats) -> Floats:
    """Return each group's factor on what was expected, drawn in to 1 by what of its difference chance would show.

    (seen + k) / (expected + k), where 1/k is the spread of the true factors (`beyond`); all are 1 where there is none.
    A group of which nothing was expected has 1.
    """
    spread, some = beyond(seen, expected), expected > 0
    factor = np.ones(expected.shape)
    factor[some] = (seen[some] * spread + 1) / (expected[some] * spread + 1)
    return factor


def beyond(seen: Floats, expected: Floats) -> float:
    """Return the variance of groups' true factors on what was expected, beyond that of Poisson counts; at least 0.

    By moments (Buhlmann & Straub 1970); 0 where there is but one group.
    """
    some = expected > 0
    count, of = seen[some], expected[some]
    room = float(np.sum(of) - np.sum(of**2) / np.sum(of)) if len(of) > 1 else 0.0
    if room <= 0:
        return 0.0
    return max(0.0, (float(np.sum((count - of) ** 2 / of)) - (len(of) - 1)) / room)
