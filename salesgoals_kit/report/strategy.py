"""The answers that a strategy report begins with: what to change, what to keep, what it is worth, who is at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.answers import Answer, Answers
from salesgoals_kit.insight.contrast import RATE, Finding
from salesgoals_kit.kpis.needs import available
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.blocks import Block, folded, group, heading, paragraph
from salesgoals_kit.report.gist import Gist
from salesgoals_kit.report.rep import Section
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Count, Message, Money, Rate, Value, say

# What the parts of the report speak of: the funnel, who stays and what he pays, channels, time, prices.
MEASURES = ("margin", "win_rate", "cycle_days", "logo_churn", "grr", "nrr", "clv", "cac")


def headline(found: Answers, compared: int) -> Message:
    """Return what is to be done, in one sentence; of no comparisons that nothing can be told."""
    change, keep = found.change, found.keep
    if not compared:
        return say("strategy.headline_uncompared")
    if not change:
        return say("strategy.headline_keep", count=Count(len(keep))) if keep else say("strategy.headline_none")
    worth = change[0].worth
    if worth is None:
        return say("strategy.headline", count=Count(len(change)))
    return say("strategy.headline_worth", count=Count(len(change)), gain=Money(worth.mid), of=found.of)


def lead(found: Sequence[Finding], compared: int) -> Message:
    """Return how many comparisons were made, and how many differences luck alone would not leave."""
    if not compared:
        return say("strategy.lead_uncompared")
    said = {"compared": Count(compared), "count": Count(len(found))}
    return Message("strategy.lead" if found else "strategy.lead_none", {**said, "rate": Rate(RATE)})


def answers_block(texts: Texts, found: Answers, compared: int) -> Block:
    """Return what to change and what to keep, few of each, with worth and what is there; the rest folded away.

    It is what the reader came for, and stands above the page's list of contents. Where nothing was ``compared`` neither
    is known.
    """
    if not compared:
        head = heading(texts, say("strategy.heading_uncompared"), name="strategy change")
        return replace(group(head, paragraph(texts, say("strategy.uncompared"), soft=True)), leads=True)
    blocks = [*_part(texts, "change", found.change, found), *_part(texts, "keep", found.keep, found)]
    if found.rest:
        rest = [paragraph(texts, *one.said, *_worth(one, found)) for one in found.rest]
        blocks.append(folded(texts, say("strategy.rest", count=Count(len(found.rest))), *rest))
    return replace(group(*blocks), leads=True)


def measures(tables: Tables, owner: Owner) -> tuple[str, ...]:
    """Return the KPIs that the report speaks of, as far as the data has them."""
    return tuple(name for name in available(tables, owner) if name in MEASURES)


def method() -> Message:
    """Return how a finding is told from luck, for the provenance."""
    return say("strategy.method", rate=Rate(RATE))


def _part(texts: Texts, name: str, found: Sequence[Answer], all_: Answers) -> list[Block]:
    """Return one part: a heading, then each answer with what it is worth and what is there to act on it.

    What is not known, or not there, of several is said once, at the end.
    """
    head = heading(texts, Message(f"strategy.heading_{name}", {}), name=f"strategy {name}")
    if not found:
        return [head, paragraph(texts, Message(f"strategy.none_to_{name}", {}), soft=True)]
    blocks = [head]
    for place, one in enumerate(found, start=1):
        first, *more = one.said
        blocks.append(heading(texts, first, level=3, name=f"{name} {place}"))
        told = (*more, *_worth(one, all_), *one.there)
        blocks += [paragraph(texts, *told)] if told else []
    last = _last(found, all_) if name == "change" else ()
    return [*blocks, paragraph(texts, *last, soft=True)] if last else blocks


def _last(change: Sequence[Answer], found: Answers) -> tuple[Message, ...]:
    """Return what is missing of what has to change: a worth, an initiative."""
    unknown = [one for one in change if one.worth is None]
    said = (say("strategy.worth_unknown", count=Count(len(unknown))),) if unknown else ()
    return said if found.unagreed is None else (*said, found.unagreed)


def _worth(one: Answer, found: Answers) -> tuple[Message, ...]:
    if one.worth is None or one.gain is None:
        return ()
    name = "strategy.worth_kept" if one.good else "strategy.worth"
    bar = one.worth
    said: dict[str, Value] = {"gain": Money(bar.mid), "low": Money(bar.low), "high": Money(bar.high), "of": found.of}
    return (Message(name, {**said, "chance": Chance(one.gain)}),)


def gist(found: Answers) -> Gist:
    """Return what a mail takes of it: what to change and what to keep, each with what it is worth."""
    change = [_in_one(one, found) for one in found.change]
    change += [found.unagreed] if found.unagreed is not None else []
    parts = [("change", change), ("keep", [_in_one(one, found) for one in found.keep])]
    sections = [Section(name, Message(f"strategy.heading_{name}", {}), sentences=tuple(said)) for name, said in parts]
    return Gist(sections=tuple(section for section in sections if section.sentences))


def _in_one(one: Answer, found: Answers) -> Message:
    return say("mail.said", sentences=(*one.said, *_worth(one, found), *one.there))
