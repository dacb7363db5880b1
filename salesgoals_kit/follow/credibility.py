"""How far a group's own counts are to be believed beside what was to be expected of it."""

from __future__ import annotations

import numpy as np

from salesgoals_kit.kpis.lives import Floats


def drawn_in(seen: Floats, expected: Floats) -> Floats:
    """Return each group's factor on what was expected, drawn in to 1 by what of its difference chance would show.

    (seen + k) / (expected + k), where 1/k is the spread of the true factors beyond that of Poisson counts, by moments
    (Buhlmann & Straub 1970); all are 1 where there is none. A group of which nothing was expected has 1.
    """
    some = expected > 0
    if int(some.sum()) < 2:
        return np.ones(expected.shape)
    count, of = seen[some], expected[some]
    beyond = float(np.sum((count - of) ** 2 / of)) - (len(of) - 1)
    room = float(np.sum(of) - np.sum(of**2) / np.sum(of))
    spread = max(0.0, beyond / room) if room > 0 else 0.0
    factor = np.ones(expected.shape)
    factor[some] = (count * spread + 1) / (of * spread + 1)
    return factor
