"""What a report says of feasibility: business as usual, people, funnel, costs and the plan, side by side."""

from __future__ import annotations

from salesgoals_kit.goals.binding import Binding, Feasibility
from salesgoals_kit.report.blocks import Block, group, heading, leading, paragraph
from salesgoals_kit.report.charts import OUTER, draw_ranges
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Money, say

FEW = 3  # sentences; the others are opened
UNKNOWN = tuple(
    f"ceilings.{name}"
    for name in (
        "nobody_known", "no_creation_days", "owners_unknown", "no_costs", "no_margin", "floor_not_for_reps",
        "not_of_mrr", "not_of_invoices", "period_over",
    )
)  # fmt: skip
TOLD = (*UNKNOWN, "ceilings.no_reps", "ceilings.no_leads", "ceilings.no_spend", "ceilings.leaving_unknown")


def binds_block(texts: Texts, found: Feasibility | None, binding: Binding | None) -> Block:
    """Return what binds a goal, everything it is held against as ranges, and what would loosen it."""
    if found is None or binding is None:
        return group(heading(texts, say("binds.heading_unknown")), paragraph(texts, say("binds.unknown")))
    lacking = lacking_of(found)
    head = heading(texts, binds_heading(binding), name="binds")
    binds = paragraph(texts, binding.message) if binding.binds is None else paragraph(texts, lead=binding.message)
    chart = draw_ranges(
        texts,
        spans(found, binding),
        "money",
        Level("target", binding.goal),
        finding=say("binds.alt", goal=Money(binding.goal), binds=binding.message),
        name="binds",
        caption=say("binds.caption", outer=OUTER, goal=Money(binding.goal)),
    )
    said = [*binding.loosen, *found.sentences, *lacking, *([say("binds.no_plan")] if found.plan is None else [])]
    return group(head, binds, chart, leading(texts, said, FEW))


def binds_heading(binding: Binding) -> Message:
    """Return what binds, as a heading says it."""
    return Message(f"binds.heading_{binding.binds or 'nothing'}", {})


def lacking_of(found: Feasibility) -> list[Message]:
    """Return why a ceiling or the floor is not known, and what each rests on where the data tells less than it could.

    They stand beside the limits, and not with how the numbers were made.
    """
    return [say("binds.lacking", why=note) if note.id in UNKNOWN else note for note in found.notes if note.id in TOLD]


def spans(found: Feasibility, binding: Binding) -> list[Span]:
    """Return a row for business as usual, each ceiling, the floor and the plan, as far as they are known."""
    rows = [
        Span(
            Message(f"binds.title_{limit.name}", {}),
            limit.quantile(0.1),
            limit.quantile(0.5),
            limit.quantile(0.9),
            tone="binds" if limit.name == binding.binds else "plain",
        )
        for limit in found.limits
    ]
    floor = None if found.floor is None else found.floor.value
    plan = None if found.plan is None else found.plan.value
    known = {"floor": floor, "plan": plan}
    return rows + [
        Span(Message(f"binds.title_{name}", {}), value, value, value)
        for name, value in known.items()
        if value is not None
    ]
