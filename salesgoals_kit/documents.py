"""A YAML file that a human wrote, read by YAML 1.2's core rules, with the line of every value.

YAML 1.1, which most loaders still speak, reads ``no`` as false, ``12:30`` as 750 and ``2026-01-05`` as a date.
Here they stay the text they look like. A key that stands twice is a fault, not a silent overwrite.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from salesgoals_kit.errors import Fault, ParamError

Place = tuple[Hashable, ...]


@dataclass(frozen=True)
class Document:
    """The content of a file, and the line (from 1) on which each value stands, by its path."""

    path: Path
    content: Any
    lines: dict[Place, int]

    def where(self, place: Place) -> str:
        """Return ``file, line 12, teams.0.manager`` for a path; the nearest line above one that is missing."""
        dotted = ".".join(str(step) for step in place) or "the file"
        return f"{self.path.name}, line {self.line(place)}, {dotted}"

    def line(self, place: Place) -> int:
        """Return the line of a path, or of the nearest one above it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)


class _Core(yaml.SafeLoader):
    """SafeLoader with the scalars of YAML 1.2's core schema only."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 (the loader's own hook)


for _tag, _form, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.inf|\.nan", list("-+.0123456789")),
):
    _Core.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_form})$"), _first)


def _integer(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int:
    return int(node.value)  # decimal, leading zeros too; YAML 1.1 would read 010 as 8


_Core.add_constructor("tag:yaml.org,2002:int", _integer)


def load_document(path: Path) -> Document:
    """Return the content of one YAML file with its lines.

    Raises ParamError with the line where the text is not YAML or a key stands twice.
    """
    try:
        loader = _Core(path.read_text("utf-8-sig"))
        node = loader.get_single_node()
    except FileNotFoundError:
        raise ParamError("A file is missing.", [Fault(str(path), "there is no such file")]) from None
    except OSError as error:
        raise ParamError("A file cannot be read.", [Fault(str(path), str(error.strerror))]) from None
    except UnicodeDecodeError as error:
        fault = Fault(str(path), f"byte {error.start} is not UTF-8", todo="save the file as UTF-8")
        raise ParamError("A file cannot be read.", [fault]) from None
    except yaml.YAMLError as error:
        raise ParamError("A file is not YAML.", [Fault(str(path), str(error).replace("\n", " "))]) from None
    lines: dict[Place, int] = {}
    faults: list[Fault] = []
    content = _value(loader, node, (), path, lines, faults) if node is not None else None
    if faults:
        raise ParamError("A file cannot be used as written.", faults)
    return Document(path, content, lines)


def _value(
    loader: _Core, node: yaml.Node, place: Place, path: Path, lines: dict[Place, int], faults: list[Fault]
) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        return [_value(loader, item, (*place, i), path, lines, faults) for i, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    found: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = _key(loader, key_node)
        if key in found:
            where = f"{path.name}, line {key_node.start_mark.line + 1}, {'.'.join(str(s) for s in (*place, key))}"
            faults.append(Fault(where, "this key stands here a second time", todo="keep one of the two"))
        found[key] = _value(loader, value_node, (*place, key), path, lines, faults)
    return found


def _key(loader: _Core, node: yaml.Node) -> Hashable:
    if isinstance(node, yaml.SequenceNode):
        return tuple(_key(loader, item) for item in node.value)
    key: Hashable = loader.construct_object(node)
    return key
