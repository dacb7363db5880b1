"""Agreed goals written into the files that git keeps: what stands in them stays as it is, comments too."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from salesgoals_kit.documents import load_document
from salesgoals_kit.errors import Fault, ParamError

NEW = "# Goals that humans agreed; `salesgoals goals agree` freezes them.\nversion: 1\ngoals:\n"
PLAIN = re.compile(r"[A-Za-z][A-Za-z_]*")
WORDS = ("true", "false", "null", "yes", "no", "on", "off")


@dataclass(frozen=True)
class Edit:
    """A goal to be written: in place of the ``at``-th in the file, or (None) after the last."""

    goal: Mapping[str, Any]
    at: int | None


def read_text(file: Path) -> str:
    """Return a file as it is, line ends included; the text of a new one where there is none."""
    if not file.exists():
        return NEW
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return opened.read()


def edited(file: Path, edits: Sequence[Edit]) -> str:
    """Return the text of a file of goals with these goals in it; everything else stays, to the letter.

    A goal that is replaced loses the comments within it, and keeps those around it. Raises ParamError where goals
    stand in brackets, so that there is no line to write one on.
    """
    text = read_text(file)
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)  # a file that is no mapping has been refused before
    goals = next(value for key, value in node.value if key.value == "goals")
    end = "\r\n" if "\r\n" in text else "\n"
    if not isinstance(goals, yaml.SequenceNode) or not goals.value:
        indent, items, start = "  ", [], goals.start_mark.index
        text, after = _emptied(text, goals, start)
    elif goals.flow_style:
        todo = "write each goal on a line of its own that begins with a dash"
        raise ParamError(
            "The goals cannot be written.", [Fault(f"{file.name}, goals", "the goals stand in brackets", todo=todo)]
        )
    else:
        indent = " " * goals.start_mark.column
        items = [(item.start_mark.index, _last(item, text)) for item in goals.value]
        after = _line_end(text, items[-1][1])
    new = "".join(f"{end}{indent}- {flow(edit.goal)}" for edit in edits if edit.at is None)
    text = text[:after] + new + text[after:] if new else text
    for edit in sorted((edit for edit in edits if edit.at is not None), key=lambda edit: -(edit.at or 0)):
        start, stop = items[edit.at or 0]
        text = text[:start] + flow(edit.goal) + text[stop:]
    return text if text.endswith("\n") else text + end


def written_goals(file: Path) -> list[dict[str, Any]]:
    """Return the goals in a file as they are written there; none where there is no such file."""
    return list(load_document(file).content["goals"] or []) if file.exists() else []


def flow(goal: Mapping[str, Any]) -> str:
    """Return a goal on one line, without the keys that say nothing.

    >>> flow({"kpi": "revenue", "owner": {"rep": "no"}, "period": "2026-01", "value": 1234.5})
    '{kpi: revenue, owner: {rep: "no"}, period: 2026-01, value: 1234.5}'
    """
    return "{" + ", ".join(f"{key}: {_value(value)}" for key, value in goal.items() if value is not None) + "}"


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return flow(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)
    text = str(value)
    if re.fullmatch(r"\d{4}(Q[1-4]|-\d\d(-\d\d)?)", text) or (PLAIN.fullmatch(text) and text.lower() not in WORDS):
        return text
    return str(yaml.safe_dump(text, default_style='"', allow_unicode=True, width=float("inf"))).rstrip("\n")


def _last(node: yaml.Node, text: str) -> int:
    """Return where the last sign of a value ends: a block's own end lies beyond the comments that follow it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _last(last[1] if isinstance(last, tuple) else last, text)
    return len(text[: node.end_mark.index].rstrip())


def _line_end(text: str, at: int) -> int:
    """Return where the line ends in which a value ends."""
    found = re.compile(r"[ \t]*(#[^\r\n]*)?").match(text, at)
    return found.end() if found else at


def _emptied(text: str, goals: yaml.Node, start: int) -> tuple[str, int]:
    """Return the text without the brackets that stand for no goals, and where the first goal goes."""
    text = text[:start].rstrip(" ") + text[goals.end_mark.index :] if isinstance(goals, yaml.SequenceNode) else text
    return text, _line_end(text, len(text[:start].rstrip()) if text[:start].rstrip().endswith(":") else start)
