"""What to say of words that fit nowhere: where they stand, what was expected, and what may have been meant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.tokens import EXAMPLE, Text
from salesgoals_kit.goals.vocabulary import (
    DIRECTIONS,
    EVERY,
    FILLERS,
    KPIS,
    LIMITS,
    MEANS,
    MONTHS,
    NO_KPI,
    SAID,
    TIMES,
    TWO_READINGS,
    UNITS,
)
from salesgoals_kit.goals.whose import Names

_TABLES: tuple[Iterable[str], ...] = (KPIS, TWO_READINGS, DIRECTIONS, TIMES, LIMITS, UNITS, EVERY, MEANS, *MONTHS)
_GRAMMAR = {word for table in _TABLES for phrase in table for word in phrase.split() if len(word) > 2} - FILLERS
_TIMES = ("quarter", "month", "year", "first", "second", "third", "fourth", "until", "within", "during", "next")
KNOWN = frozenset(_GRAMMAR | set(_TIMES))
MANY = 12  # names that are listed
NEAR = 0.75  # how alike two words are, of one, by difflib's ratio


def lost(text: Text, i: int, names: Names, parts: Mapping[str, bool]) -> NoReturn:
    """Raise ParamError for a token that fits nowhere; ``parts`` are those of a goal, and whether each is read."""
    _refuse_two_goals(text, i, parts)
    _refuse_unknown_owner(text, i, names)
    if not parts["a KPI"]:
        refuse_no_kpi(text, i)
    missing = [name for name, read in parts.items() if not read]
    expected = f"{', '.join(missing) or 'the end'}, or what is going to be done: 'by …'"
    todo = ""
    near = meant(text.at(i).text)
    if near:
        todo = f"did you mean {near!r}?"
    elif not parts["a KPI"]:
        todo = f"the KPIs are {', '.join(SAID.values())}; a goal reads like {EXAMPLE!r}"
    where = f"goal {text.marked(i, i + 1)!r}"
    raise ParamError("The goal is not understood.", [Fault(where, "this is not understood here", expected, todo)])


def meant(word: str) -> str:
    """Return the word of the grammar that may have been meant; nothing where none is near.

    >>> meant("reveune"), meant("incease"), meant("nps")
    ('revenue', 'increase', '')
    """
    near = get_close_matches(word, sorted(KNOWN), 1, NEAR) if len(word) > 3 else []
    return near[0] if near else ""


def refuse_no_kpi(text: Text, i: int) -> None:
    """Refuse what is measured elsewhere but is no KPI here, from a token on, with what it is about."""
    for at in range(i, len(text.tokens)):
        found = text.phrase(at, NO_KPI)
        if found is not None:
            readings = " or ".join(f"{how!r} ({about})" for about, how in found[0])
            what = text.between(at, found[1])
            where = f"goal {text.marked(at, found[1])!r}"
            fault = Fault(where, f"{what!r} is no KPI here", readings, "write a goal for what it is about")
            raise ParamError("The goal names no KPI.", [fault])


def _refuse_two_goals(text: Text, i: int, parts: Mapping[str, bool]) -> None:
    """Refuse a sentence that goes on with another KPI."""
    if text.at(i).text not in ("and", "&"):
        return
    rest = range(i + 1, len(text.tokens))
    if not any(text.phrase(at, table) is not None for at in rest for table in (KPIS, TWO_READINGS, NO_KPI)):
        return
    where, todo = f"goal {text.marked(i, i + 1)!r}", "write a goal for each"
    if parts["a KPI"] and parts["a number"]:
        todo = f"check {text.between(0, i)!r} and {text.between(i + 1, len(text.tokens))!r} one after the other"
    raise ParamError("The goal says two things.", [Fault(where, "another goal follows", "one at a time", todo)])


def _refuse_unknown_owner(text: Text, i: int, names: Names) -> None:
    """Refuse a team or a rep that there is not: "team Nord", "the Nord team", "Nord: …"."""
    i += 1 if text.is_word(i, ("team", "rep")) else 0
    after = _name_ends(text, i)
    before, behind = text.at(i - 1).text if i else "", text.at(after).text
    kind = next((kind for kind in ("team", "rep") if kind in (before, behind)), "team" if behind == ":" else "")
    if not kind or not names.owners or text.at(i).kind not in ("word", "number", "quoted"):
        return
    there = names.of_kind(kind)
    said = text.quoted(i) or text.between(i, after)
    lowered = {name.lower(): name for name in there}
    near = get_close_matches(said.lower(), lowered, 1, 0.6)
    todo = f"did you mean {lowered[near[0]]!r}?" if near else ""
    where = f"goal {text.marked(i, after)!r}"
    fault = Fault(where, f"there is no {kind} {said!r}", _there(there, kind), todo)
    raise ParamError("The goal is not understood.", [fault])


def _there(names: list[str], kind: str) -> str:
    return f"one of {', '.join(names) or 'none'}" if len(names) <= MANY else f"one of the {len(names)} {kind}s"


def _name_ends(text: Text, i: int) -> int:
    """Return what follows a word and those that are joined to it by dots: ann.lee is one name."""
    after = i + 1
    while text.at(after).text == "." and text.at(after + 1).start == text.at(after - 1).end + 1:
        after += 2
    return after
