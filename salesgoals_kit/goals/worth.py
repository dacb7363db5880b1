"""How many cases of its own a member's group is worth to it: by how much members differ beyond what chance gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from salesgoals_kit.forecast.scale import beyond_chance
from salesgoals_kit.forecast.series import Array

GRID = 4000


@dataclass(frozen=True)
class Worth:
    """The moments: the ``spread`` beyond chance, the ``room`` for it, and the degrees of freedom they come from.

    ``least`` is the fewest cases a group is worth. ``counted``: cases are counted in a rate, and a member that differs
    entirely has only zeros or ones.
    """

    spread: float
    room: float
    freedom: int
    least: float
    counted: bool

    @property
    def cases(self) -> float:
        """What the moments give; infinite where members do not differ beyond chance, or nobody can tell."""
        if self.spread <= 0 or self.room <= 0:
            return float(np.inf)
        differ = self.spread / self.room
        return max(self.least, 1 / min(1.0, differ) - 1 if self.counted else 1 / differ)

    def draws(self, rng: np.random.Generator, draws: int) -> Array:
        """Return what it may be, in draws: members may differ although it does not show.

        The spread with its chance part is a chi-square of ``freedom``, scaled by 1 + room x difference / freedom; the
        posterior of that scale under its usual prior, cut off where the difference would be negative (Tiao & Tan
        1965), is drawn from a grid. Infinite where nobody can tell.
        """
        if self.freedom <= 0 or self.room <= 0:
            return np.full(draws, np.inf)
        most = 1 / (self.least + 1) if self.counted else 1 / self.least
        edges = np.concatenate([[0.0], np.geomspace(1e-7 * most, most, GRID)])
        differ, step = (edges[1:] + edges[:-1]) / 2, np.diff(edges)
        scale = 1 + self.room * differ / self.freedom
        seen = max(0.0, self.spread + self.freedom)
        log = -(self.freedom / 2 + 1) * np.log(scale) - seen / (2 * scale) + np.log(step)
        chance = np.exp(log - log.max())
        drawn = differ[np.searchsorted(np.cumsum(chance) / chance.sum(), rng.random(draws)).clip(max=GRID - 1)]
        return np.asarray(1 / drawn - 1 if self.counted else 1 / drawn)


def worth_of(
    groups: Sequence[tuple[Array, Array]], variances: Sequence[float], least: float, *, counted: bool
) -> Worth:
    """Return what a group's figure is worth, from several groups together.

    Each group is what came of its members' cases, and the cases; ``variances`` are those of one case in each.
    """
    spread = room = 0.0
    freedom = 0
    for (hits, of), variance in zip(groups, variances, strict=True):
        if len(of) > 1:
            more, there = beyond_chance(hits / of, of, float(hits.sum() / of.sum()), variance)
            spread, room = spread + more, room + there - (len(of) - 1 if counted else 0)
            freedom += len(of) - 1
    return Worth(spread, room, freedom, least, counted)
