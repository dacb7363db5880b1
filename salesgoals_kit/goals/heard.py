"""What was read of a goal in plain words so far, and what every clause asks: a time here, an end, twice, nowhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.ahead import ahead
from salesgoals_kit.goals.amounts import Amount, amount
from salesgoals_kit.goals.clock import Clock, When
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.unknown import lost
from salesgoals_kit.goals.vocabulary import EVERY, KPIS, MEANS, ON
from salesgoals_kit.goals.when import when
from salesgoals_kit.goals.whose import Names
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Grain

UNTIL = ("by", "until", "till", "to", "through")
DURING = ("in", "during", "for", "within")
ON_WORDS = dict.fromkeys(ON)


@dataclass
class Read:
    """What was understood so far; each part at most once."""

    text: Text
    clock: Clock
    names: Names = field(default_factory=Names)
    objectives: tuple[str, ...] = ()
    kpi: tuple[str, int, int] | None = None
    owner: tuple[Owner, int, int] | None = None
    direction: tuple[int | None, int, int] | None = None
    amount: Amount | None = None
    every: tuple[Grain, int, int] | None = None
    base: tuple[When, int, int] | None = None
    due: tuple[When, int, int] | None = None
    until: bool = False
    split: str | None = None
    initiative: str | None = None
    objective: str | None = None
    reason: str | None = None


def time_at(read: Read, i: int) -> tuple[When, int, bool] | None:
    """Return the time that begins here with the word before it, what follows, and whether it is a limit."""
    until = read.text.is_word(i, UNTIL)
    away = ahead(read.text, i, read.clock)
    if away is not None:
        return None if _counts_days(read, i, away[1]) else away
    found = when(read.text, i + 1 if until or read.text.is_word(i, DURING) else i, read.clock)
    return None if found is None else (*found, until)


def _counts_days(read: Read, i: int, after: int) -> bool:
    """Return whether "within 50 days" is how long the sales cycle is to be, as nothing else is said of it."""
    text, places = read.text, range(len(read.text.tokens))
    cycle = any((found := text.phrase(at, KPIS)) is not None and found[0] == "cycle_days" for at in places)
    days = text.is_word(i, ("within",)) and text.is_word(after - 1, ("day", "days"))
    return days and cycle and not any(amount(text, at) for at in places if not i <= at < after)


def ends(read: Read, i: int) -> bool:
    """Return whether a clause ends before this token."""
    text = read.text
    if text.at(i).kind in ("end", "stop") or when(text, i, read.clock) is not None:
        return True
    marks = (*UNTIL, *DURING, *MEANS, "per")
    return text.is_word(i, marks) or text.phrase(i, EVERY) is not None or text.phrase(i, ON_WORDS) is not None


def again(read: Read, i: int, after: int, expected: str, todo: str) -> NoReturn:
    """Raise ParamError for a part that is there already."""
    where = f"goal {read.text.marked(i, after)!r}"
    raise ParamError("The goal says two things.", [Fault(where, "there is one already", expected, f"write {todo}")])


def astray(read: Read, i: int) -> NoReturn:
    """Raise ParamError for a token that fits nowhere."""
    parts = {"a KPI": bool(read.kpi), "a number": bool(read.amount), "a deadline": bool(read.due)}
    lost(read.text, i, read.names, parts)
