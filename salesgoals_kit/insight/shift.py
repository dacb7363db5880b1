"""What moving a tenth of one channel's spend to another does to margin, by the driver model, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.changes import Changes, Situation
from salesgoals_kit.goals.state import state_of
from salesgoals_kit.goals.whatif import conversions, shifted_spend
from salesgoals_kit.insight.audience import DRAWS, Audience, Draws, Range, range_of
from salesgoals_kit.insight.channels import Channels
from salesgoals_kit.kpis.channel_costs import channel_costs
from salesgoals_kit.kpis.channels import Channel, lead_channels
from salesgoals_kit.kpis.levers import lever_inputs
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Chance, Message, Money, Name, Rate, Value, say

TENTH = 0.1
SEEN = 24  # months in which a channel's spend is looked for that it would come to
SMOOTH = 3  # months that a channel's spend is averaged over there


@dataclass(frozen=True)
class Shift:
    """A part of a channel's spend moved to another, for good: ``amount`` a month in currency units.

    ``gain``: margin of the next twelve months; ``lifetime``: margin until the customers won in these months have left,
    where it is known how long customers of both channels stay. Each with the chance that it is a gain. ``beyond``: the
    channel that takes it has never had so much, so that nobody knows whether it would go on like this.
    """

    giving: str
    taking: str
    share: float
    amount: float
    gain: Range
    chance: float
    lifetime: Range | None
    lifetime_chance: float | None
    beyond: bool
    said: tuple[Message, ...]

    @property
    def gains(self) -> bool:
        """Whether it is likelier a gain than a loss, over the lifetime of customers where that is known."""
        return (self.lifetime or self.gain).middle > 0


def shift(
    tables: Tables, owner: Owner, found: Channels, giving: str, taking: str, share: float = TENTH
) -> Shift | None:
    """Return what moving a share of one channel's spend to another does; None where a channel has no spend or leads.

    Leads at the present cost each, won as often as that channel's (shrunk to what channels have in common); in the
    first year a lead that is won brings what such leads bring on average, over a lifetime what its channel's customers
    bring.
    """
    known = {one.name: one for one in lead_channels(tables, owner)}
    if giving not in known or taking not in known or giving == taking:
        return None
    amount = _spent(tables, owner, known[giving]) / YEAR * share
    state = state_of(lever_inputs(tables, owner), tables.company.discount_rate)
    changes = Changes(shift_from=giving, shift_to=taking, shift_amount=amount)
    margin = shifted_spend(state, changes, Situation(0.0, float("nan"), tuple(known.values())))[1]
    lifetime = _lifetime(owner, found, known, (giving, taking), amount)
    gain, of_life = range_of(margin), range_of(lifetime)
    assert gain is not None
    made = Shift(
        giving=giving,
        taking=taking,
        share=share,
        amount=amount,
        gain=gain,
        chance=float((margin > 0).mean()),
        lifetime=of_life,
        lifetime_chance=None if lifetime is None else float((lifetime > 0).mean()),
        beyond=_is_beyond(tables, owner, known[giving], known[taking], share),
        said=(),
    )
    return Shift(**{**vars(made), "said": _said(made)})


def best_shift(tables: Tables, owner: Owner, found: Channels, share: float = TENTH) -> Shift | None:
    """Return the move of a share of one channel's spend that promises most; None where there are no two channels.

    Most is what the customers of a lifetime bring in the middle, or of a year where lifetimes are not known. A channel
    that would have to take more than it ever had comes after all that would not and gain as well.
    """
    known = {one.name: one for one in lead_channels(tables, owner)}
    worths = {name: _worth_of(found.channel(name)) for name in known}
    all_known = all(worth is not None for worth in worths.values())
    yields = dict(zip(known, _yields(list(known.values())), strict=True))
    if all_known:
        yields = {name: value * (worths[name] or 0.0) for name, value in yields.items()}
    pairs = [
        (yields[taking] <= yields[giving], _is_beyond(tables, owner, known[giving], known[taking], share),
         -known[giving].spend * (yields[taking] - yields[giving]), giving, taking)
        for giving in known for taking in known if giving != taking
    ]  # fmt: skip
    if not pairs:
        return None
    *_, giving, taking = min(pairs)
    return shift(tables, owner, found, giving, taking, share)


def _yields(known: list[Channel]) -> list[float]:
    """Return the customers that a unit of currency wins in each channel, conversions shrunk."""
    rates = conversions(known) if known else []
    return [one.leads / one.spend * mean for one, (mean, _) in zip(known, rates, strict=True)]


def _worth_of(one: Audience | None) -> float | None:
    return None if one is None or one.worth is None else one.worth.middle


def _spent(tables: Tables, owner: Owner, channel: Channel) -> float:
    """Return what the owner spends on a channel in a year: of a team its part of the company's."""
    costs = channel_costs(tables, owner)
    if owner == COMPANY or costs is None:
        return channel.spend
    spent = float(costs.rows.loc[costs.rows["channel"] == channel.name, "spend"].sum())
    return spent * YEAR / (costs.last - costs.first + 1)


def _is_beyond(tables: Tables, owner: Owner, giving: Channel, taking: Channel, share: float) -> bool:
    """Return whether a channel would have more a month than it had in any quarter of the last two years."""
    costs = channel_costs(tables, owner)
    if costs is None:
        return False
    months = costs.monthly[costs.monthly["channel"] == taking.name].set_index("month")["spend"].sort_index()
    latest = months[months.index > costs.monthly["month"].max() - SEEN]
    most = float(latest.rolling(SMOOTH, min_periods=1).mean().max()) if len(latest) else 0.0
    return (taking.spend + giving.spend * share) / YEAR > most


def _lifetime(
    owner: Owner, found: Channels, known: dict[str, Channel], ends: tuple[str, str], amount: float
) -> Draws | None:
    """Return draws of what the customers of a year bring more over their lifetime; None where it is not known."""
    rates = dict(zip(known, conversions(list(known.values())), strict=True))
    rng = np.random.default_rng(seed_of("shift", repr(owner), *ends))
    parts = []
    for name in ends:
        one = found.channel(name)
        if one is None or one.worths is None:
            return None
        mean, spread = rates[name]
        won = np.maximum(mean + spread * rng.standard_normal(DRAWS), 0.0)
        parts.append(amount * YEAR * known[name].leads / known[name].spend * won * one.worths)
    return np.asarray(parts[1] - parts[0])


def _said(made: Shift) -> tuple[Message, ...]:
    moved: dict[str, Value] = {
        "share": Rate(made.share),
        "amount": Money(made.amount),
        "giving": Name(made.giving),
        "taking": Name(made.taking),
    }
    wording = "channels.shift" if made.gain.middle >= 0 else "channels.shift_costs"
    said = [Message(wording, {**moved, **_three(made.gain), "chance": Chance(made.chance)})]
    if made.lifetime is not None and made.lifetime_chance is not None:
        said.append(
            Message("channels.shift_lifetime", {**_three(made.lifetime), "chance": Chance(made.lifetime_chance)})
        )
    said += [say("channels.shift_beyond", taking=Name(made.taking))] if made.beyond else []
    return (*said, say("channels.shift_assumes"))


def _three(found: Range) -> dict[str, Value]:
    return {"gain": Money(found.middle), "low": Money(found.low), "high": Money(found.high)}
