"""What stands above all else on a running period's page: what is lacking, what acts most in time, who is off track."""

from __future__ import annotations

import numpy as np

from salesgoals_kit.follow.tracking import REVENUE, Tracking
from salesgoals_kit.report.acting import LITTLE
from salesgoals_kit.report.blocks import Block, bullets
from salesgoals_kit.report.onway import owner_name
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.tracking import OFF
from salesgoals_kit.words import Count, Message, Money, Name, Rate, Value, say


def upfront_block(texts: Texts, found: Tracking) -> Block | None:
    """Return why revenue comes to what it does, what acts most in time, and who is off track; None without anything."""
    said = [*_why(found), *_lever(found), *_off(found)]
    return bullets(texts, said) if said else None


def beside(found: Tracking) -> list[Message]:
    """Return why revenue comes to what it does and who is off track: what a mail says beside what to do."""
    return [*_why(found), *_off(found)]


def _why(found: Tracking) -> list[Message]:
    """Return what open deals and new ones bring of what is still needed, and what is lacking then."""
    going, goal, flow = found.paces.get(REVENUE), found.revenue, found.so_far.get(REVENUE)
    if going is None or goal is None or flow is None or not going.opened.any() or going.days_left <= 0:
        return []
    left = goal.goal - flow.actual
    if left <= 0:
        return []
    said: dict[str, Value] = {
        "left": Money(left),
        "opened": Money(float(np.median(going.opened))),
        "coming": Money(float(np.median(going.coming))),
    }
    if not goal.gap:
        return [Message("tracking.why", said)]
    return [Message("tracking.why_lacking", {**said, "gap": Money(goal.gap)})]


def _lever(found: Tracking) -> list[Message]:
    """Return the lever that brings most in time, and how much of what is lacking that is."""
    best = next((one for one in found.levers if one.acts), None)
    gap = None if found.revenue is None else found.revenue.gap
    if best is None or not gap or best.mean < LITTLE * gap:
        return []
    share = Rate(min(best.mean / gap, 1.0))
    return [say("tracking.best_lever", lever=best.title, mid=Money(best.mid), share=share)]


def _off(found: Tracking) -> list[Message]:
    """Return which teams are off track; of reps how many, as a few deals decide that."""
    off = [one for one in found.below if one.goal is not None and one.state in OFF]
    if not off:
        return []
    said: dict[str, Value] = {"count": Count(len(off)), "of": Count(sum(one.goal is not None for one in found.below))}
    if any(one.owner.kind == "rep" for one in off):
        return [Message("tracking.reps_off", said)]
    names = tuple(Name(owner_name(one.owner, found.names)) for one in off)
    return [Message("tracking.teams_off", {**said, "names": names})]
