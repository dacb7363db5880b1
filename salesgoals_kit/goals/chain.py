"""From money to activities and back: the rates of one rep as draws, and what a goal needs of each step by them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import once
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.goals.shrink import Pool, paces, rates, sizes
from salesgoals_kit.kpis.conversions import Conversions, conversions

WON, OPPORTUNITIES, LEADS = "won", "opportunities", "qualified_leads"


@dataclass(frozen=True, eq=False)
class Chain:
    """One rep's rates, a value a draw. They are draws of means: the luck of single deals is not in them.

    ``size``: money for each deal won; ``win``: deals won of those decided; ``led``: of the deals decided, those that
    came through a lead; ``convert``: of qualified leads, those that become deals; ``yields``: opportunities for each
    activity of a kind. None, or left out, where nothing is known.
    """

    size: Array
    win: Array
    led: Array | None
    convert: Array | None
    yields: dict[str, Array]

    def needed(self, goal: float) -> dict[str, Array]:
        """Return what a goal in money needs of each step in a period that is like the usual one, in draws.

        Deals won are goal / size; opportunities won / win rate; qualified leads the opportunities that come through
        leads / conversion, so that renewals and more business with customers need none as long as they keep their
        share; activities opportunities / yield. Ratios are taken draw by draw.
        """
        won = goal / self.size
        opportunities = won / self.win
        found = {WON: won, OPPORTUNITIES: opportunities}
        if self.led is not None and self.convert is not None:
            found[LEADS] = opportunities * self.led / self.convert
        return found | {kind: opportunities / rate for kind, rate in self.yields.items()}


@dataclass(frozen=True, eq=False)
class Pools:
    """The company's pools that a rep's chain is made of; None where there is nothing to estimate from."""

    size: Pool
    win: Pool
    led: Pool | None
    convert: Pool | None
    yields: dict[str, Pool]

    def chain(self, rep: str, team: str | None) -> Chain:
        """Return a rep's chain; one without cases of his own has his team's, with what reps differ by."""

        def drawn(pool: Pool | None) -> Array | None:
            return None if pool is None else pool.draws(rep, team)

        return Chain(
            size=self.size.draws(rep, team),
            win=self.win.draws(rep, team),
            led=drawn(self.led),
            convert=drawn(self.convert),
            yields={kind: pool.draws(rep, team) for kind, pool in self.yields.items()},
        )


@once
def pools(tables: Tables) -> Pools | None:
    """Return the pools of a company's counts; None where no deal was won, or none with an amount."""
    found = conversions(tables)
    size, win = sizes("size", found.sizes, "total", "deals", "squares"), rates("win", found.units, "won", "decided")
    if not size.known or not win.known:
        return None
    led, convert = rates("led", found.units, "led", "traced"), rates("convert", found.units, "converted", "qualified")
    both = led.known and convert.known
    yields = {kind: paces(f"yield of {kind}", _beside(found, kind), "opened", "count") for kind in found.kinds}
    known = {kind: pool for kind, pool in yields.items() if pool.known}
    return Pools(size, win, led if both else None, convert if both else None, known)


def _beside(found: Conversions, kind: str) -> pd.DataFrame:
    """Return rep, team, opportunities opened and activities of a kind, for who has had any of the activity."""
    done = found.activities[found.activities["kind"] == kind]
    opened = {(_key(r), _key(t)): n for r, t, n in found.units[["rep", "team", "opened"]].itertuples(index=False)}
    counts = [opened.get((_key(r), _key(t)), 0) for r, t in done[["rep", "team"]].itertuples(index=False)]
    return done.assign(opened=np.array(counts, dtype="int64"))


def _key(name: object) -> object:
    return None if pd.isna(name) else name  # type: ignore[call-overload]
