"""What others design for, beside the own figure."""

from __future__ import annotations

from salesgoals_kit.goals.carriers import Tree
from salesgoals_kit.goals.norms import coverage_norm, ramp_norm, share_norm, wanted_share
from salesgoals_kit.goals.ramp import Ramp
from salesgoals_kit.kpis.funnel import Coverage
from salesgoals_kit.report.blocks import Block, group, heading, leading, paragraph
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import say

FEW = 2  # norms; the others are opened


def norms_block(texts: Texts, tree: Tree | None, covered: Coverage | None, ramp: Ramp | None) -> Block:
    """Return the share of reps expected to make it, the coverage needed and the ramp, each beside a published norm."""
    reps = [] if tree is None else [share.chance for share in tree.shares if share.owner.kind == "rep"]
    said = [
        share_norm([chance for chance in reps if chance is not None]),
        None if tree is None else wanted_share(tree.shares, next((split.over for split in tree.splits), 1.0)),
        None if covered is None else coverage_norm(covered),
        None if ramp is None or not ramp.hires else ramp_norm(ramp.months, ramp.low, ramp.high, ramp.hires),
    ]
    known = [message for message in said if message is not None]
    head = heading(texts, say("norms.heading"), level=3)
    return group(head, leading(texts, known, FEW) if known else paragraph(texts, say("norms.none"), soft=True))
