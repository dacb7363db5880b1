"""What a report of a running period says to do: another round of strategy, levers that still act, or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.company import Company
from salesgoals_kit.follow.act import InTime
from salesgoals_kit.follow.tracking import REVENUE, Tracking
from salesgoals_kit.report.blocks import Block, bullets, group, heading, paragraph
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.tracking import OFF
from salesgoals_kit.words import Chance, Count, Message, Money, Name, Rate, say

FEW = 3  # levers in a mail
LITTLE = 0.01  # of what is lacking: a lever that brings less is none to speak of


def act_block(texts: Texts, found: Tracking, company: Company) -> Block:
    """Return what to do: whether it takes another round of strategy, which levers still act in time, which do not."""
    name = "replan" if found.replan else "act" if found.levers else "keep"
    blocks = [heading(texts, Message(f"tracking.heading_{name}", {}), name="tracking act")]
    blocks += [paragraph(texts, lead=said) for said in _replan(found, company)]
    if not found.levers:
        beside = _all_the_same(found)
        return group(*blocks, paragraph(texts, _nothing_to_do(found)), *([bullets(texts, beside)] if beside else []))
    acting, little, late = _by_use(found)
    blocks += _gap(texts, found, acting)
    if acting:
        blocks.append(heading(texts, say("tracking.heading_acting"), level=3))
        blocks.append(bullets(texts, [_lever(one) for one in acting]))
    if late or little:
        said = [one.sentence for one in late]
        said += [say("tracking.little", levers=tuple(one.title for one in little))] if little else []
        blocks += [heading(texts, say("tracking.heading_late"), level=3), bullets(texts, said)]
    return group(*blocks, paragraph(texts, say("tracking.levers_made"), soft=True))


def acts(found: Tracking, company: Company) -> list[Message]:
    """Return what to do in a few sentences: what is too unlikely, then the levers that bring most in time."""
    acting = _by_use(found)[0]
    if not found.levers:
        return [*_replan(found, company), _nothing_to_do(found), *_all_the_same(found)]
    return [*_replan(found, company), *map(_lever, acting[:FEW])] or [_nothing_to_do(found)]


def _replan(found: Tracking, company: Company) -> list[Message]:
    """Return which goals have so small a chance that another round of strategy is called for."""
    if not found.replan:
        return []
    goals = tuple(say("tracking.replan_goal", kpi=one.kpi.title, now=Chance(one.now or 0.0)) for one in found.replan)
    replan = Chance(company.replan_below)
    return [say("tracking.replan", goals=goals, count=Count(len(goals)), replan=replan)]


def _by_use(found: Tracking) -> tuple[list[InTime], list[InTime], list[InTime]]:
    """Return the levers that act, those that act and bring next to nothing of what is lacking, and those too late."""
    gap = 0.0 if found.revenue is None else found.revenue.gap or 0.0
    acting = [one for one in found.levers if one.acts and one.mean >= LITTLE * gap]
    little = [one for one in found.levers if one.acts and one not in acting]
    return acting, little, [one for one in found.levers if not one.acts]


def _gap(texts: Texts, found: Tracking, acting: Sequence[InTime]) -> list[Block]:
    """Return by how much the goal is missed in the middle, and how much of that one lever brings at most."""
    gap = None if found.revenue is None else found.revenue.gap
    if not gap:
        return []
    if not acting:
        return [paragraph(texts, say("tracking.gap", gap=Money(gap)))]
    share = Rate(min(max(one.mean for one in acting) / gap, 1.0))
    return [paragraph(texts, say("tracking.gap_lever", gap=Money(gap), share=share))]


def _lever(one: InTime) -> Message:
    how = "tracking.as_in_better" if one.realistic else "tracking.as_usual_goal"
    return say("tracking.lever", sentence=one.sentence, how=Message(how, {}))


def _nothing_to_do(found: Tracking) -> Message:
    goal = found.revenue
    if goal is None:
        return say("tracking.act_no_goal")
    if found.as_of >= found.period.end:
        return say("tracking.act_over")
    if goal.pace is None:
        return say("tracking.act_unknown")
    if goal.state in ("met", "on_track"):
        return say("tracking.act_keep", kpi=goal.kpi.title)
    return say("tracking.act_nothing")


def _all_the_same(found: Tracking) -> list[Message]:
    """Return what is not on track beside revenue: other goals, and teams whose shortfall others make up for."""
    risky = tuple(one.kpi.title for one in found.goals if one.state == "at_risk" and one.kpi.name != REVENUE)
    off = [one for one in found.below if one.goal is not None and one.state in OFF and one.owner.kind == "team"]
    said = [say("tracking.act_at_risk", goals=risky)] if risky else []
    said += [say("tracking.act_teams", names=tuple(Name(str(one.owner.team)) for one in off))] if off else []
    return said
