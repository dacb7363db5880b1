"""What a report says of the goal tree: who carries what, with what chance, beside what own outlooks propose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from salesgoals_kit.goals.above import Asked
from salesgoals_kit.goals.carriers import Share, Tree
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading, paragraph
from salesgoals_kit.report.quantities import chance_message, quantity
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Name, Number, Value, say

FEW = 2  # sentences; the others are opened
EVERYBODY = 150  # who are listed one by one; of more, only the first below the owner


def carriers_block(
    texts: Texts, found: Tree | None, owner: Owner, names: Mapping[str, str], above: Asked | None = None
) -> Block:
    """Return who carries the goal, as a table, and how it was shared. ``names``: what the reps are called.

    ``above``: what the goal is a share of.
    """
    head = heading(texts, say("carriers.heading"))
    if found is None or not found.below(owner):
        return group(head, paragraph(texts, say("carriers.nobody")))
    first = [share for share in found.shares if share.depth == 1]
    shown = [_table(texts, found, names, first)]
    below = [share for share in found.shares if share.depth]
    deeper = len(below) - len(first)
    listed = not deeper or len(below) <= EVERYBODY
    if not listed:
        shown.append(paragraph(texts, say("carriers.elsewhere", count=Count(deeper)), soft=True))
    elif deeper:
        every = _table(texts, found, names, below, name="carriers_all")
        shown.append(folded(texts, say("folds.everybody"), every))
    own = [] if above is None else [above.share.sentence, *above.share.remarks]
    own += [message for split in found.splits if split.owner == owner for message in split.messages]
    further = [message for split in found.splits if split.owner != owner for message in split.messages]
    further += [remark for share in found.shares if share.depth for remark in share.remarks]
    shown.append(leading(texts, [called(message, names) for message in (*own, *found.notes)], FEW))
    if further and listed:
        each = bullets(texts, [called(message, names) for message in further])
        shown.append(folded(texts, say("carriers.further"), each))
    return group(head, *shown)


def beside_block(texts: Texts, found: Sequence[Tree], owner: Owner, names: Mapping[str, str]) -> Block:
    """Return who carries the agreed goals beside revenue, each as a table, and how it was shared."""
    return group(*(block for tree in found for block in _beside(texts, tree, owner, names)))


def _beside(texts: Texts, tree: Tree, owner: Owner, names: Mapping[str, str]) -> list[Block]:
    kpi = CATALOGUE[tree.kpi]
    value = quantity(tree.shares[0].value, kpi.unit)
    head = heading(texts, say("carriers.beside", kpi=kpi.title, value=value), level=3)
    said = [message for split in tree.splits for message in split.messages if split.owner == owner]
    told = bullets(texts, [called(message, names) for message in (*said, *tree.notes)])
    below = [share for share in tree.shares if share.depth]
    return [head, _table(texts, tree, names, below), told] if tree.below(owner) else [head, told]


def _table(
    texts: Texts, found: Tree, names: Mapping[str, str], shares: Sequence[Share], *, name: str = "carriers"
) -> Block:
    columns = [
        Column("owner", say("carriers.column_owner"), "message"),
        Column("value", say("carriers.column_goal"), "number"),
        Column("chance", say("carriers.column_chance"), "number"),
        Column("own", say("carriers.column_own"), "number"),
        Column("before", say("carriers.column_before"), "number"),
        Column("carry", say("carriers.column_carry"), "number"),
    ]
    rows = pd.DataFrame([_row(share, names) for share in shares], dtype="object")
    name = name if found.kpi == "revenue" else f"{name}_{found.kpi}"
    apart = any(split.unassigned for split in found.splits)
    kind = "carriers.caption_apart" if apart else "carriers.caption"
    kind = "carriers.caption_rate" if CATALOGUE[found.kpi].unit == "rate" else kind
    return table(texts, rows, columns, name=name, caption=Message(kind, {"period": Name(found.period.name)}))


def called(message: Message, names: Mapping[str, str]) -> Message:
    """Return a sentence in which reps are called by their names."""
    if message.id == "goals.rep":
        name = message.values["name"]
        assert isinstance(name, Name)
        return Message(message.id, {"name": Name(names.get(name.text, name.text))})
    return Message(message.id, {key: _called(value, names) for key, value in message.values.items()})


def _called(value: Value, names: Mapping[str, str]) -> Value:
    if isinstance(value, tuple):
        return tuple(_called(part, names) for part in value)
    return called(value, names) if isinstance(value, Message) else value


def _rep(share: Share, name: str) -> Message:
    """Return a rep's name; below a team that is below the owner it stands apart from the team's."""
    return say("carriers.rep" if share.depth == 1 else "carriers.rep_below", rep=Name(name))


def _row(share: Share, names: Mapping[str, str]) -> dict[str, Value | None]:
    unit = CATALOGUE[share.kpi].unit
    title = Name(share.owner.name or "")
    rep = share.owner.rep
    return {
        "owner": say("carriers.team", team=title) if rep is None else _rep(share, names.get(rep, rep)),
        "value": quantity(share.value, unit),
        "chance": None if share.chance is None else chance_message(share.chance, short=True),
        "own": quantity(share.bottom_up, unit),
        "before": None if share.before is None else chance_message(share.before, short=True),
        "carry": Number(share.carry, 1),
    }
