"""What a report says of patterns that goals and their dates may have made: of teams, each with what explains it."""

from __future__ import annotations

from collections.abc import Sequence

from salesgoals_kit.insight.contrast import Finding
from salesgoals_kit.insight.gaming import Gaming
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, paragraph
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, say


def gaming_block(texts: Texts, found: Gaming, findings: Sequence[Finding] = ()) -> Block:
    """Return the patterns of an owner.

    ``findings``: those of the whole report; who does more of it than the others is told first.
    """
    mine = [one.contrast for one in findings if one.contrast in found.contrasts]
    sure = [one.said for one in mine if not one.good]  # beside a team that does more, all others do less
    head = _finding(found, len(sure))
    blocks: list[Block] = [heading(texts, head, name="gaming")]
    blocks += [bullets(texts, sure)] if sure else []
    blocks.append(paragraph(texts, say("gaming.no_verdict"), *found.lacking, soft=True))
    more: list[Block] = []
    for title, said in (
        (say("gaming.heading_ends"), found.ends),
        (say("gaming.heading_slips"), found.slips),
        (say("gaming.heading_goals"), (*found.held, *found.ratchet)),
    ):
        if said:
            more += [heading(texts, title, level=3), bullets(texts, said)]
    return group(*blocks, folded(texts, say("gaming.folded"), *more)) if more else group(*blocks)


def _finding(found: Gaming, sure: int) -> Message:
    if sure:
        return say("gaming.heading_seen", count=Count(sure))
    return say("gaming.heading_quiet") if found.contrasts else say("gaming.heading")
