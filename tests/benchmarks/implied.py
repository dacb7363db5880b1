"""Which findings what is planted in the sample company implies, and which findings are the planted effects themselves.

A finding is false when nothing planted implies it: neither the five effects of `Planted` nor `Background`. What is
implied, by the finding's effect:

- ``stage``: the leak in its team and stage, and that other teams look better there; the same of the coached rep's
  team and stage, whose deals are part of his team's. Nothing changes over time, so nothing against the past.
- ``segment`` (win rate): the leaking team, its reps and its regions less, others more; the coached rep less, his team
  less, others more; channels and types of deals by how they convert; products and families, which go with types of
  deals, either way; reps who were new of late less.
- ``coaching``: the coached rep in his stage, and that others look better there; reps of the leaking team in the leak's
  stage, and others better there; reps who were new less.
- ``leaving``: the channel planted more, other channels less. ``moment``: the month planted.
- ``channel``: leads' conversion and cost differ between all channels.
- ``cycle``: Key Accounts longer, other teams shorter; the larger accounts, which are theirs, longer, others shorter;
  types of deals, and the products that go with them, either way.
- ``bunching``: that wins are put off to the quarter's end, which is so in every team. ``slipping``, ``discount``: none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from salesgoals_kit.data.sample import Planted
from salesgoals_kit.insight.contrast import Contrast

Fields = Mapping[str, str]
REGIONS = {"North": ("Nordics", "Baltics"), "Central": ("DACH", "Benelux"), "South": ("Italy", "Iberia")}
SMALLER = ("Small", "Medium")  # accounts; the larger ones are mostly those of Key Accounts
NEW = 24  # months before the last day: who was hired since then was new within what a report looks at
WITH_TYPES = ("deal_type", "product", "family")


@dataclass(frozen=True)
class World:
    """What is planted, and who is who: all teams each rep has been in, and who was new of late (``NEW`` months)."""

    planted: Planted
    teams: Mapping[str, frozenset[str]]
    new: frozenset[str]

    @property
    def leak(self) -> tuple[str, str] | None:
        """Team and stage of the leak."""
        return None if self.planted.leak is None else (self.planted.leak.team, self.planted.leak.stage)

    @property
    def coached(self) -> tuple[str, str] | None:
        """Rep and stage worth coaching."""
        return None if self.planted.coaching is None else (self.planted.coaching.rep, self.planted.coaching.stage)

    @property
    def weak_teams(self) -> frozenset[str]:
        """Teams that win less than others: the leaking one, the coached rep's."""
        found = (self.planted.leak, self.planted.coaching)
        return frozenset(one.team for one in found if one is not None)


def fields_of(contrast: Contrast) -> dict[str, str]:
    """Return a contrast's subject by name; a dimension and its value as one.

    >>> from salesgoals_kit.words import say
    >>> subject = (("dimension", "channel"), ("value", "Events"))
    >>> fields_of(Contrast("leaving", subject, 1.0, 1.0, 1.0, 1.0, True, say("x")))
    {'channel': 'Events'}
    """
    found = dict(contrast.subject)
    if {"dimension", "value"} <= set(found):
        found[found.pop("dimension")] = found.pop("value")
    return found


def planted_effect(contrast: Contrast, planted: Planted) -> str | None:
    """Return which planted effect a finding is: leak, channel, moment, coaching; None: none of them."""
    if contrast.good:
        return None
    told = fields_of(contrast)
    wanted: dict[str, tuple[str, dict[str, str]]] = {}
    if planted.leak:
        wanted["leak"] = ("stage", {"team": planted.leak.team, "stage": planted.leak.stage})
    if planted.coaching:
        wanted["coaching"] = ("coaching", {"rep": planted.coaching.rep, "stage": planted.coaching.stage})
    if planted.channel:
        wanted["channel"] = ("leaving", {"channel": planted.channel.channel})
    if planted.moment:
        wanted["moment"] = ("moment", {"month": str(planted.moment.month)})
    for name, (effect, subject) in wanted.items():
        if contrast.effect == effect and subject.items() <= told.items() and told.get("against") != "past":
            return name
    return None


def implied(contrast: Contrast, world: World) -> bool:
    """Return whether anything planted implies a finding."""
    judge = _JUDGES.get(contrast.effect)
    if judge is None:
        raise ValueError(f"nobody has said what implies {contrast.effect!r}")
    return judge(fields_of(contrast), contrast.good, world)


def _stage(told: Fields, good: bool, world: World) -> bool:
    if "team" not in told or told.get("against") == "past":
        return False
    weak = {world.leak} if world.leak else set()
    if world.planted.coaching:
        weak.add((world.planted.coaching.team, world.planted.coaching.stage))
    here = [team for team, stage in weak if stage == told["stage"]]
    return (told["team"] in here and not good) or (good and any(team != told["team"] for team in here))


def _segment(told: Fields, good: bool, world: World) -> bool:
    name = list(told)[-1]  # whose it is stands before it
    within_a_team = "team" in told and name == "region"
    return name in _SEGMENTS and not within_a_team and _SEGMENTS[name](told[name], good, world)


def _team(value: str, good: bool, world: World) -> bool:
    weak = world.weak_teams
    return (value in weak and not good) or (good and bool(weak - {value}))


def _rep(value: str, good: bool, world: World) -> bool:
    less = value in world.new or (world.coached is not None and value == world.coached[0])
    less = less or (world.leak is not None and world.leak[0] in world.teams.get(value, frozenset()))
    if not good:
        return less
    elsewhere = world.leak is not None and world.teams.get(value, frozenset()) != {world.leak[0]}
    return elsewhere or (world.coached is not None and value != world.coached[0])


def _region(value: str, good: bool, world: World) -> bool:
    weak = {region for team in world.weak_teams for region in REGIONS.get(team, ())}
    return (value in weak and not good) or (good and bool(weak - {value}))


def _by(rates: Mapping[str, float], value: str, good: bool) -> bool:
    """Return whether a value's rate is above the mean of the others' where it is said to be, or below."""
    others = [rate for name, rate in rates.items() if name != value]
    return value in rates and good == (rates[value] > sum(others) / len(others))


_SEGMENTS: dict[str, Callable[[str, bool, World], bool]] = {
    "rep": _rep,
    "channel": lambda value, good, world: _by(world.planted.background.channel_wins, value, good),
    "deal_type": lambda value, good, world: _by(world.planted.background.type_wins, value, good),
    "product": lambda value, good, world: True,
    "family": lambda value, good, world: True,
    "region": _region,
    "team": _team,
}


def _coaching(told: Fields, good: bool, world: World) -> bool:
    rep, stage = told["rep"], told["stage"]
    coached = world.coached is not None and world.coached[1] == stage
    leak = world.leak[0] if world.leak is not None and world.leak[1] == stage else None
    places = world.teams.get(rep, frozenset())
    if good:
        beside = world.coached is not None and coached and rep != world.coached[0]
        return beside or (leak is not None and places != {leak})
    own = world.coached is not None and coached and rep == world.coached[0]
    return own or rep in world.new or leak in places


def _leaving(told: Fields, good: bool, world: World) -> bool:
    if world.planted.channel is None or "channel" not in told:
        return False
    return good != (told["channel"] == world.planted.channel.channel)


def _moment(told: Fields, good: bool, world: World) -> bool:
    return not good and world.planted.moment is not None and told["month"] == str(world.planted.moment.month)


def _channel(told: Fields, good: bool, world: World) -> bool:
    return told["channel"] in world.planted.background.leads_in_vain


def _cycle(told: Fields, good: bool, world: World) -> bool:
    if set(told) & {*WITH_TYPES}:
        return True
    if "team" in told:
        return good != (told["team"] in world.planted.background.longer)
    return "size" in told and good == (told["size"] in SMALLER)


_JUDGES: dict[str, Callable[[Fields, bool, World], bool]] = {
    "stage": _stage,
    "segment": _segment,
    "coaching": _coaching,
    "leaving": _leaving,
    "moment": _moment,
    "channel": _channel,
    "cycle": _cycle,
    "bunching": lambda told, good, world: not good and world.planted.background.rush > 0,
    "slipping": lambda told, good, world: False,
    "discount": lambda told, good, world: False,
}
