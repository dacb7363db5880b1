"""The clauses of a goal in plain words, one production of the grammar in `goals.plain` after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.amounts import Amount, amount
from salesgoals_kit.goals.goal import Goal, part
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import DIRECTIONS, EVERY, FILLERS, KPIS, LIMITS, ON, SPLITS, TWO_READINGS
from salesgoals_kit.goals.when import Clock, When, is_year, when
from salesgoals_kit.periods import LENGTH, Grain

_UNTIL = ("by", "until", "till", "to")
_DURING = ("in", "during", "for", "within")
_MEANS = ("through", "via")


@dataclass
class Read:
    """What was understood so far; each part at most once."""

    text: Text
    clock: Clock
    kpi: tuple[str, int, int] | None = None
    direction: tuple[int | None, int, int] | None = None
    amount: Amount | None = None
    every: tuple[Grain, int, int] | None = None
    base: tuple[When, int, int] | None = None
    due: tuple[When, int, int] | None = None
    until: bool = False
    split: str | None = None
    initiative: str | None = None


def clause(read: Read, i: int) -> int:
    """Return the token after the clause that begins here."""
    if read.text.at(i).kind == "stop":
        return i + 1
    for form in (_kpi, _every, _means, _due, _amount, _compared, _direction, _filler):
        after = form(read, i)
        if after is not None:
            return after
    return _lost(read, i)


def _kpi(read: Read, i: int) -> int | None:
    found, double = read.text.phrase(i, KPIS), read.text.phrase(i, TWO_READINGS)
    if double is not None and (found is None or double[1] > found[1]):
        readings = " or ".join(f"{how!r} ({reading})" for reading, how in double[0])
        where = f"goal {read.text.marked(i, double[1])!r}"
        raise ParamError(
            "The goal can be read in two ways.", [Fault(where, "it may mean several things", readings, "write one")]
        )
    if found is None:
        return None
    if read.kpi is not None and read.kpi[0] != found[0]:
        _again(read, i, found[1], "one KPI", f"a goal for each of {read.kpi[0]} and {found[0]}")
    read.kpi = (found[0], i, found[1])
    return found[1]


def _one_comparison(read: Read, i: int, after: int) -> None:
    if read.every is not None or read.base is not None:
        _again(read, i, after, "one comparison", "on what it is compared once")


def _every(read: Read, i: int) -> int | None:
    found = read.text.phrase(i, EVERY)
    if found is None:
        return None
    _one_comparison(read, i, found[1])
    read.every = (found[0], i, found[1])
    return found[1]


def once(read: Read, goal: Goal) -> Goal:
    """Return a goal of a value without its "a month": a value comes once, a change alone comes again.

    It says nothing new of a period just as long, nor of a KPI that is counted by the month. Else it is one of two
    things: ParamError with both.
    """
    kpi = goal.record
    if read.every is None or goal.value is None or goal.every is None:
        return goal
    monthly = goal.every == "month" and (kpi.over_period == "every_month" or kpi.name == "mrr")
    if monthly or (goal.period is not None and goal.period.grain == goal.every):
        return replace(goal, every=None)
    where = f"goal {read.text.marked(*read.every[1:])!r}"
    one, two = _each_or_all(goal, goal.value, goal.every)
    fault = Fault(where, f"it is in each {goal.every} or in all", f"{one!r} or {two!r}", "write the one that is meant")
    raise ParamError("The goal can be read in two ways.", [fault])


def _each_or_all(goal: Goal, value: float, every: Grain) -> tuple[str, str]:
    """Return both readings, the first of the last part of the period: each part is a goal of its own."""
    name, rate = goal.kpi, goal.record.unit == "rate"
    said = f"{value * 100:.12g} %" if rate else f"{value:.12g}"
    if goal.period is None:
        return f"{name} {said} in one {every}, which is named", f"{name} {said} in a period that is named"
    length, whole = LENGTH[every], len(goal.period.months)
    if length > whole:
        return f"{name} {said} in the {every} that holds {goal.period.name}", f"{name} {said} in {goal.period.name}"
    total = f"{value * whole / length:.12g}" if goal.record.over_period == "sum" else said
    each = f"{name} {said} in {part(goal.period, every).name}, and so in each {every} of {goal.period.name}"
    return each, f"{name} {total} in {goal.period.name}"


def _amount(read: Read, i: int) -> int | None:
    at = i + 1 if read.text.is_word(i, ("by",)) else i
    said = amount(read.text, at)
    if said is None:
        return None
    if read.amount is not None:
        _again(read, i, said.after, "one number", "a goal for each")
    read.amount = said
    return said.after


def _compared(read: Read, i: int) -> int | None:
    word = read.text.phrase(i, dict.fromkeys(ON))
    found = None if word is None else when(read.text, word[1], read.clock)
    if found is None:
        return None
    _one_comparison(read, i, found[1])
    read.base = (found[0], i, found[1])
    return found[1]


def _due(read: Read, i: int) -> int | None:
    until, during = read.text.is_word(i, _UNTIL), read.text.is_word(i, _DURING)
    found = when(read.text, i + 1 if until or during else i, read.clock)
    if found is None:
        return None
    if read.due is not None:
        _again(read, i, found[1], "one deadline", "the one that holds")
    _check_year(read, i, found[1])
    read.due, read.until = (found[0], i, found[1]), until
    return found[1]


def _check_year(read: Read, i: int, after: int) -> None:
    """Refuse a number that may be a year or how much: "CAC to 2000", "grow revenue by 2026", where no other is said."""
    text, first = read.text, read.text.at(i).text
    at = after - 1 if is_year(text, after - 1) and after - i <= 2 else None
    if at is None or first in _DURING or (first == "by" and read.direction is None) or read.amount is not None:
        return
    if any(amount(text, later) is not None for later in range(after, len(text.tokens))):
        return
    year, where = text.at(at).text, f"goal {text.marked(i, after)!r}"
    readings = f"'in {year}' (the year) or '{year[0]} {year[1:]}' (so many)"
    fault = Fault(where, f"{year} is a year or an amount", readings, "write the one that is meant")
    raise ParamError("The goal can be read in two ways.", [fault])


def _means(read: Read, i: int) -> int | None:
    """Take what is going to be done, or by what the goal is split; "by" before a time or a number is neither."""
    text = read.text
    per = text.is_word(i, ("by", "per"))
    split = text.phrase(i + 1, SPLITS) if per else None
    if split is not None and _ends(read, split[1]):
        read.split = split[0]
        return split[1]
    if not text.is_word(i, ("by", *_MEANS)) or when(text, i + 1, read.clock) is not None:
        return None
    said = amount(text, i + 1)
    if said is not None and read.amount is None and _ends(read, said.after):
        return None
    after = next(at for at in range(i + 1, len(text.tokens) + 1) if _ends_words(read, at))
    if after == i + 1:
        return _lost(read, i + 1)
    if read.initiative is not None:
        _again(read, i, after, "one initiative", "both in one")
    read.initiative = text.between(i + 1, after)
    return after


def _direction(read: Read, i: int) -> int | None:
    word = read.text.at(i).text
    if word not in DIRECTIONS:
        return None
    if read.direction is not None and read.direction[0] != DIRECTIONS[word]:
        _again(read, i, i + 1, "one direction", "up or down")
    read.direction = (DIRECTIONS[word], i, i + 1)
    return i + 1


def _filler(read: Read, i: int) -> int | None:
    after = i + 1 if read.text.at(i).text in FILLERS or read.text.is_word(i, LIMITS) else None
    if after is not None and read.text.is_word(i, LIMITS) and not _leads_on(read, after):
        return None
    return after


def _leads_on(read: Read, i: int) -> bool:
    """Return whether a word like "reach" or "to" comes before what it belongs to: "to grow", "reach more"."""
    return read.text.at(i).text in {*DIRECTIONS, *FILLERS} or read.text.phrase(i, KPIS) is not None


def _ends(read: Read, i: int) -> bool:
    """Return whether a clause ends before this token."""
    text = read.text
    if text.at(i).kind in ("end", "stop") or when(text, i, read.clock) is not None:
        return True
    marks = (*_UNTIL, *_DURING, *_MEANS, "per")
    return text.is_word(i, marks) or text.phrase(i, EVERY) is not None or text.phrase(i, dict.fromkeys(ON)) is not None


def _ends_words(read: Read, i: int) -> bool:
    """Return whether the words of an initiative end before this token."""
    text = read.text
    if text.at(i).kind == "end" or (text.at(i).text in (".", "!", "?", ";") and text.at(i + 1).kind == "end"):
        return True
    at = i + 1 if text.at(i).text in (",", ";") else i
    if text.is_word(at, (*_UNTIL, *_DURING)):
        found = when(text, at + 1, read.clock)
        if found is not None and read.due is None and _ends(read, found[1]):
            return True
    if at == i:
        return False
    said = amount(text, at)
    return (said is not None and read.amount is None) or text.phrase(at, EVERY) is not None


def _again(read: Read, i: int, after: int, expected: str, todo: str) -> NoReturn:
    where = f"goal {read.text.marked(i, after)!r}"
    raise ParamError("The goal says two things.", [Fault(where, "there is one already", expected, f"write {todo}")])


def _lost(read: Read, i: int) -> NoReturn:
    missing = [
        name for name, part in (("a KPI", read.kpi), ("a number", read.amount), ("a deadline", read.due)) if not part
    ]
    expected = f"{', '.join(missing) or 'the end'}, or what is going to be done: 'by …'"
    where = f"goal {read.text.marked(i, i + 1)!r}"
    raise ParamError("The goal is not understood.", [Fault(where, "this is not understood here", expected)])
