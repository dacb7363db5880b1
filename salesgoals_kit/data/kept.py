"""What has been worked out from a company's tables, each thing once: in memory, and as the slice a report is handed.

A function with ``@once`` is worked out once in a process. One with ``@handed`` is, besides, part of a slice: a run
works it out for all owners, and a report finds what it asks for without looking at the tables again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import wraps
from inspect import signature
from typing import Any, ParamSpec, Protocol, TypeVar, runtime_checkable

from salesgoals_kit.data.notation import from_json, to_json

P = ParamSpec("P")
R = TypeVar("R")
UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, ImportError)


@runtime_checkable
class HasKept(Protocol):
    """Tables, or something that looks at them for one owner."""

    @property
    def kept(self) -> Kept:
        """What has been worked out from them."""

    @property
    def whose(self) -> str:
        """For whom they are looked at."""


@dataclass
class Kept:
    """Results by what was asked. ``written`` are those of a slice, as JSON; ``asked`` what a slice would consist of.

    ``many``: all teams will be asked for, so that what can be found for all at once is cheaper so.
    """

    written: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, None] = field(default_factory=dict)
    depth: int = 0
    many: bool = False

    def get(self, key: str, work_out: Callable[[], Any], *, handed: bool) -> Any:
        """Return a result: found before, read from the slice, or worked out now.

        Only what is asked for from outside belongs to a slice, not what it was worked out from.
        """
        if handed and not self.depth:
            self.asked[key] = None
        if key in self.found:
            return self.found[key]
        if key in self.written:
            with suppress(*UNREADABLE):
                self.found[key] = from_json(self.written[key])
                return self.found[key]
        self.depth += 1
        try:
            self.found[key] = work_out()
        finally:
            self.depth -= 1
        return self.found[key]

    @contextmanager
    def asking(self) -> Iterator[dict[str, str]]:
        """Give a slice, which is filled at the end: everything that was asked for inside, as JSON, in a fixed order."""
        slice_: dict[str, str] = {}
        self.asked = {}
        yield slice_
        for key in sorted(self.asked):
            if key in self.found:  # what raised an error is worked out again, and raises it again
                slice_[key] = self.written.get(key) or to_json(self.found[key])


def once(function: Callable[P, R]) -> Callable[P, R]:
    """Work a function out once for the same tables, owner and (plain) arguments; its result must not be changed."""
    return _remembered(function, handed=False)


def handed(function: Callable[P, R]) -> Callable[P, R]:
    """Work a function out once, as `once` does; its result is part of what a report is handed."""
    return _remembered(function, handed=True)


def _remembered(function: Callable[P, R], *, handed: bool) -> Callable[P, R]:
    name = f"{function.__module__.partition('.')[2]}.{function.__name__}"
    asks = signature(function)

    @wraps(function)
    def remembered(*args: P.args, **named: P.kwargs) -> R:
        given = asks.bind(*args, **named)
        given.apply_defaults()
        kept = next(value.kept for value in given.arguments.values() if isinstance(value, HasKept))
        told = ", ".join(_told(value) for value in given.arguments.values())
        found: R = kept.get(f"{name}({told})", lambda: function(*args, **named), handed=handed)
        return found

    return remembered


def _told(value: object) -> str:
    return value.whose if isinstance(value, HasKept) else repr(value).replace("\t", "\\t").replace("\n", "\\n")
