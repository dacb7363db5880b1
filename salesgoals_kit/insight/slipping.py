"""Expected days of closing that keep slipping: how often, how far, and which team stands out against the others."""

from __future__ import annotations

import math

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.insight.bunching import SIDE
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.ranks import by_people, tail
from salesgoals_kit.kpis.others import OTHERS, OWN
from salesgoals_kit.kpis.pipeline import FEW
from salesgoals_kit.kpis.slips import Slips
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Change, Count, Message, Name, Number, Rate, Value, say

EFFECT = "slipping"


def slipping(found: Slips, owner: Owner) -> tuple[Contrast, ...]:
    """Return how often each team puts off, beside the others with deals of the same type and age; a team's own alone.

    The estimate is moves / those expected, divided by the others' same ratio. The pattern has to hold for the deals
    (robust variance) and for the people (whole people dealt out at random), and the less sure of the two counts.
    """
    made = (_contrast(found, group, owner) for group in sorted(set(found.tests["group"]) - {OTHERS}))
    return tuple(one for one in made if one is not None)


def _contrast(found: Slips, group: str, owner: Owner) -> Contrast | None:
    units = found.units.assign(mine=found.units["group"] == group)
    sums = units.groupby("mine")[["deals", "moves", "expected"]].sum()
    if len(sums) < 2 or sums["deals"].min() < FEW or sums["expected"].min() <= 0 or sums["moves"].min() < 1:
        return None
    rate = dict(zip(sums.index, sums["moves"] / sums["expected"], strict=True))
    ratio = float(rate[True] / rate[False])
    test = found.tests[found.tests["group"] == group].iloc[0]
    excess, variance = float(test["excess"]), float(test["variance"])
    p = tail(excess, variance)
    people = units[(units["unit"] >= 0) & (units["expected"] > 0)]
    if 2 * people["deals"].sum() >= units["deals"].sum():
        moves, expected = people["moves"].to_numpy("float64"), people["expected"].to_numpy("float64")
        seed = seed_of("slipping", owner, group)
        p = max(p, by_people(moves, expected, people["mine"].to_numpy(dtype=bool), seed))
    name = str(owner.name) if group == OWN else group
    low, high = _range(ratio, excess, variance)
    said = _said(name, owner, (ratio, low, high))
    return Contrast(EFFECT, (("team", name),), ratio, low, high, p, ratio <= 1, said)


def _range(ratio: float, excess: float, variance: float) -> tuple[float, float]:
    """Return the middle 80 %: as many errors about the ratio, on its logarithm, as its excess has about itself."""
    z = abs(excess) / math.sqrt(variance) if variance > 0 else math.inf
    error = abs(math.log(ratio)) / z if z > 0 and math.isfinite(z) else 0.0
    return ratio * math.exp(-SIDE * error), ratio * math.exp(SIDE * error)


def _said(name: str, owner: Owner, found: tuple[float, float, float]) -> Message:
    ratio, low, high = found
    whose, way = "own" if owner.kind == "team" else "team", "more" if ratio > 1 else "fewer"
    values: dict[str, Value] = {"change": Rate(abs(ratio - 1)), "low": Change(low - 1), "high": Change(high - 1)}
    return Message(f"gaming.slipping_{whose}_{way}", {"name": Name(name), **values})


def slipping_said(found: Slips) -> Message:
    """Return how often the owner's deals slipped, by how much, and how many over a quarter's end."""
    if not found.moves:
        return say("gaming.never_slipped", deals=Count(found.deals))
    return say(
        "gaming.slipped",
        deals=Count(found.deals),
        share=Rate(found.slipped / found.deals),
        times=Number(found.moves / found.slipped, 1, "times"),
        days=Number(found.days / found.moves, 0, "days"),
        over=Rate(found.over / found.deals),
    )
