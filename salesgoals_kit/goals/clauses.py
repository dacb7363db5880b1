"""The clauses of a goal in plain words, one production of the grammar in `goals.plain` after the other."""

from __future__ import annotations

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.aims import means, objective, reason
from salesgoals_kit.goals.amounts import amount
from salesgoals_kit.goals.heard import DURING, ON_WORDS, Read, again, astray, time_at
from salesgoals_kit.goals.vocabulary import (
    BRING_IN,
    DIRECTIONS,
    EACH_CUSTOMER,
    EVERY,
    FILLERS,
    KPIS,
    LIMITS,
    TIMES,
    TWO_READINGS,
)
from salesgoals_kit.goals.when import is_year, when
from salesgoals_kit.goals.whose import BEFORE, bare_owner, marked_owner
from salesgoals_kit.owners import Owner


def clause(read: Read, i: int) -> int:
    """Return the token after the clause that begins here."""
    if read.text.at(i).kind == "stop":
        return i + 1
    forms = (objective, reason, _marked, _kpi, _every, means, _due, _amount, _compared, _direction, _bare, _filler)
    for form in forms:
        after = form(read, i)
        if after is not None:
            return after
    return astray(read, i)


def _marked(read: Read, i: int) -> int | None:
    return _owned(read, i, marked_owner(read.text, i, read.names))


def _bare(read: Read, i: int) -> int | None:
    at = i + 1 if read.text.is_word(i, BEFORE) else i  # "of sales" are sales, whatever a team is called
    kpi = any(read.text.phrase(at, table) for table in (KPIS, TWO_READINGS))
    return None if kpi else _owned(read, i, bare_owner(read.text, at, read.names))


def _owned(read: Read, i: int, found: tuple[Owner, int] | None) -> int | None:
    if found is None:
        return None
    if read.owner is not None and read.owner[0] != found[0]:
        again(read, i, found[1], "one owner", "a goal for each")
    read.owner = (found[0], i, found[1])
    return found[1]


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
        again(read, i, found[1], "one KPI", f"a goal for each of {read.kpi[0]} and {found[0]}")
    read.kpi = (found[0], i, found[1])
    return found[1]


def _every(read: Read, i: int) -> int | None:
    found = read.text.phrase(i, EVERY)
    if found is None:
        return None
    if read.every is not None and read.every[0] != found[0]:
        again(read, i, found[1], "one comparison", "on what it is compared once")
    read.every = (found[0], i, found[1])
    return found[1]


def _amount(read: Read, i: int) -> int | None:
    at = i + 1 if read.text.is_word(i, ("by",)) else i
    said = amount(read.text, at)
    if said is None:
        return None
    if read.amount is not None:
        again(read, i, said.after, "one number", "one of them, or a goal for each")
    read.amount = said
    return said.after


def _compared(read: Read, i: int) -> int | None:
    word = read.text.phrase(i, ON_WORDS)
    found = None if word is None else when(read.text, word[1], read.clock)
    if found is None:
        return None
    if read.base is not None:
        again(read, i, found[1], "one comparison", "on what it is compared once")
    read.base = (found[0], i, found[1])
    return found[1]


def _due(read: Read, i: int) -> int | None:
    found = time_at(read, i)
    if found is None:
        return None
    if read.due is not None:
        again(read, i, found[1], "one deadline", "the one that holds")
    _check_year(read, i, found[1])
    read.due, read.until = (found[0], i, found[1]), found[2]
    return found[1]


def _check_year(read: Read, i: int, after: int) -> None:
    """Refuse a number that may be a year or how much: "CAC to 2000", "grow revenue by 2026", where no other is said."""
    text, first = read.text, read.text.at(i).text
    at = after - 1 if is_year(text, after - 1) and after - i <= 2 else None
    if at is None or first in DURING or (first == "by" and read.direction is None) or read.amount is not None:
        return
    if any(amount(text, later) is not None for later in range(after, len(text.tokens))):
        return
    year, where = text.at(at).text, f"goal {text.marked(i, after)!r}"
    readings = f"'in {year}' (the year) or '{year[0]} {year[1:]}' (so many)"
    fault = Fault(where, f"{year} is a year or an amount", readings, "write the one that is meant")
    raise ParamError("The goal can be read in two ways.", [fault])


def _direction(read: Read, i: int) -> int | None:
    word = read.text.at(i).text
    if word not in DIRECTIONS:
        return None
    if read.direction is not None and read.direction[0] != DIRECTIONS[word]:
        again(read, i, i + 1, "one direction", "up or down")
    read.direction = (DIRECTIONS[word], i, i + 1)
    return i + 1


def _leads_on(read: Read, i: int) -> bool:
    """Return whether a word like "reach" or "to" comes before what it belongs to: "to grow", "reach more"."""
    return read.text.at(i).text in {*DIRECTIONS, *FILLERS, *TIMES} or read.text.phrase(i, KPIS) is not None


def _filler(read: Read, i: int) -> int | None:
    cost = read.kpi is not None and read.kpi[0] == "cac"
    words = read.text.phrase(i, {**BRING_IN, **(EACH_CUSTOMER if cost else {})})
    if words is not None:
        return words[1]
    after = i + 1 if read.text.at(i).text in FILLERS or read.text.is_word(i, LIMITS) else None
    if after is not None and read.text.is_word(i, LIMITS) and not _leads_on(read, after):
        return None
    return after
