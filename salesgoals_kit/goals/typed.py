"""A goal written back in the words of the grammar in `goals.plain`, so that it is read as the same goal again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from babel.numbers import get_decimal_symbol, get_group_symbol

from salesgoals_kit.company import Company
from salesgoals_kit.goals.goal import Goal, asked_period
from salesgoals_kit.goals.vocabulary import SAID, SPLITS
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Message, Name, say

_EVERY = {"month": "month on month", "quarter": "quarter on quarter", "year": "year on year"}
_UNITS = {"money": "", "days": " days", "count": " leads", "times": " times"}
LONGEST = 6  # digits of a share in per cent
MANY = 100_000  # cases, of which a share may be said
_MARKS = ("\u201c\u201d", "\u00ab\u00bb", '""')
_GROUPS = (",", ".", " ", "'")


def typed(goal: Goal, company: Company) -> Message:
    """Return the goal as it is typed for `parse_goal`: whose, how much, on what, by when, for what, how and why.

    Numbers stand in full, as the company's locale writes them; what is free text stands between quotation marks.
    """
    said = say("typed.goal", words=Name(", ".join(_clauses(goal, company))))
    if goal.initiative is not None:
        said = say("typed.by", goal=said, initiative=goal.initiative)
    if goal.reason is not None:
        said = say("typed.because", goal=said, reason=goal.reason)
    return said


def _clauses(goal: Goal, company: Company) -> Iterator[str]:
    owner = "" if goal.owner is None else f" of {_owner(goal.owner)}"
    every = "" if goal.every is None else f" {_EVERY[goal.every]}"
    period = asked_period(goal)
    due = f" in {period.name}" if period is not None else "" if goal.day is None else f" by {goal.day.isoformat()}"
    yield f"{SAID[goal.kpi]}{owner}{_amount(goal, company)}{every}{due}"
    if goal.split is not None:
        yield f"by {next(words for words, name in SPLITS.items() if name == goal.split)}"
    if goal.base is not None:
        yield f"counted from {goal.base.name}"
    if goal.objective is not None:
        yield f"for the objective {_name(goal.objective)}"


def _owner(owner: Owner) -> str:
    return "the company" if owner == COMPANY else f"{owner.kind} {_name(str(owner.name))}"


def _name(name: str) -> str:
    """Return a name, between quotation marks where it is more than letters."""
    if re.fullmatch(r"[^\W\d_]+(?:[ .-][^\W\d_]+)*", name):
        return name
    marks = next(marks for marks in _MARKS if not set(marks) & set(name) or marks == _MARKS[-1])
    return f"{marks[0]}{name}{marks[1]}"


def _amount(goal: Goal, company: Company) -> str:
    if goal.change is not None:
        end = "" if goal.stretch is None else f" to {_change(goal, goal.stretch, company)}"
        return f" {_change(goal, goal.change, company)}{end}"
    if goal.value is None:
        return ""
    value = _value(goal, goal.value, company)
    if goal.stretch is not None:
        ends = sorted((goal.value, goal.stretch))
        return f" between {_value(goal, ends[0], company)} and {_value(goal, ends[1], company)}"
    if goal.told is not None:
        return f" from {_value(goal, goal.told, company)} to {value}"
    return f" {'at least' if goal.record.better == 'higher' else 'at most'} {value}"


def _value(goal: Goal, value: float, company: Company) -> str:
    exact = Decimal(repr(value))
    if goal.record.unit == "rate":
        cases = _cases(value) if len(exact.normalize().as_tuple().digits) > LONGEST else None
        return cases or f"{spelled(exact * 100, company.locale)} %"
    return f"{spelled(exact, company.locale)}{_unit(goal, company)}"


def _cases(value: float) -> str | None:
    """Return a share as so many of so few, if it is one: 32 of 65."""
    share = Fraction(value).limit_denominator(MANY)
    exact = share.numerator > 0 and share.numerator / share.denominator == value
    return f"{share.numerator} of {share.denominator}" if exact else None


def _change(goal: Goal, change: float, company: Company) -> str:
    number = spelled(Decimal(repr(abs(change))), company.locale)
    unit = {"percent": " %", "points": " points"}.get(goal.unit or "") or _unit(goal, company)
    return f"{'-' if change < 0 else '+'}{number}{unit}"


def _unit(goal: Goal, company: Company) -> str:
    return f" {company.currency}" if goal.record.unit == "money" else _UNITS[goal.record.unit]


def spelled(number: Decimal, locale: str) -> str:
    """Return a number with all its digits, in groups of three, so that it is read in one way alone.

    >>> spelled(Decimal("1200000.5"), "en_GB"), spelled(Decimal("1.234"), "en_GB"), spelled(Decimal("1234"), "de_DE")
    ('1,200,000.5', '1.2340', '1.234')
    """
    mark = get_decimal_symbol(locale) if get_decimal_symbol(locale) in ".," else "."
    group = get_group_symbol(locale)
    group = group if group in _GROUPS and group != mark else " "
    whole, _, part = format(abs(number), "f").partition(".")
    part = part.rstrip("0")
    part += "0" if len(part) == 3 else ""  # three digits behind a mark may be a group
    grouped = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", group, whole)
    return f"{'-' if number < 0 else ''}{grouped}{mark if part else ''}{part}"
