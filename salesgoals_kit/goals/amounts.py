"""How much, in plain words: a limit, a value or a change, with its sign and unit, and what that is for a KPI."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.limits import impossible_change, impossible_value
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import AT_LEAST, AT_MOST, CURRENCIES, LIMITS, SIZES, UNITS
from salesgoals_kit.goals.when import is_year
from salesgoals_kit.goals.written import Unit
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi

LARGE = 1000  # a change in money of so much is no percentage
_WRITTEN = "eur usd gbp pln chf sek nok dkk czk huf ron jpy cad aud nzd inr brl"
_CODES = frozenset(_WRITTEN.split())
_OWN_UNIT = {"money": "money", "days": "days", "count": "count", "times": "times"}
_AFTER = {"rate": "pp", "days": "days", "count": "leads", "times": "times", "money": "EUR (or the like)"}


@dataclass(frozen=True)
class Amount:
    """A number as it was said: with its ``sign`` and ``unit``, if any, and ``how``: a limit or "to" a value.

    ``currency``: the code or sign it was said in. ``size``: thousands, millions. ``high``: the other end of a range.
    ``first`` and ``after`` are the tokens it stands in.
    """

    number: float
    sign: int | None
    unit: str | None
    size: float | None
    currency: str | None
    first: int
    after: int
    how: str | None = None
    high: Amount | None = None

    @property
    def total(self) -> float:
        """The number in its size, without its sign."""
        return self.number * (self.size or 1)


def amount(text: Text, i: int) -> Amount | None:
    """Return the amount that begins at a token; None where none does.

    amount = [ limit ] one [ ( "to" | "-" ) one ] | "between" one "and" one
    one    = [ sign ] [ currency ] number [ size ] [ currency ] [ unit ]
    """
    between = text.is_word(i, ("between",))
    limit = None if between else text.phrase(i, LIMITS)
    at = i + 1 if between else limit[1] if limit else i
    low = _one(text, at)
    limited = limit is not None and limit[0] in (AT_MOST, AT_LEAST)
    if low is None or (is_year(text, at) and low.unit is None and not limited):
        return None
    high = None
    if text.is_word(low.after, ("and",) if between else ("to", "-")) and not is_year(text, low.after + 1):
        high = _one(text, low.after + 1)
    found = replace(low, first=i, how=limit[0] if limit else None)
    return found if high is None else _range(found, high)


def meaning(goal: Goal, said: Amount, direction: int | str | None, text: Text, currency: str) -> Goal:
    """Return the goal with the number that was said: a value, a change, or the easier end of a range.

    ``direction``: up or down (1, -1) as a verb says, None for "improve", "" where there is none.

    Raises ParamError for what can be read in two ways or cannot be.
    """
    kpi = CATALOGUE[goal.kpi]
    _check_currency(said, text, currency)
    if said.how in (AT_MOST, AT_LEAST) and (said.how == AT_MOST) != (kpi.better == "lower"):
        right = AT_LEAST if kpi.better == "higher" else AT_MOST
        _refuse(text, said, f"of {kpi.name} {kpi.better} is better, so a goal is no {said.how!r}", f"write {right!r}")
    if said.how is not None:
        return _valued(goal, kpi, said, text)
    signs = _signs(kpi, said, direction, text)
    if signs is None:
        return _plain(goal, kpi, said, text)
    if direction != "" and said.sign is None and said.unit in (None, *_own(kpi)) and not _by(text, said):
        one, two = f"to {_shown(said)}", f"by {_shown(said)}"
        _twice(text, said, "a value or a change", f"{kpi.name} {one}", f"{kpi.name} {two}")
    return _changing(goal, kpi, said, signs, text)


def _signs(kpi: Kpi, said: Amount, direction: int | str | None, text: Text) -> int | None:
    """Return which way a change goes; None where the number is no change."""
    better = 1 if kpi.better == "higher" else -1
    wanted = better if direction is None else None if direction == "" else int(direction)
    if said.sign is not None and wanted is not None and said.sign != wanted:
        up, down = f"{kpi.name} +{_shown(said)}", f"{kpi.name} -{_shown(said)}"
        _twice(text, said, "up or down: the sign and the verb differ", up, down)
    return wanted if said.sign is None else said.sign


def _changing(goal: Goal, kpi: Kpi, said: Amount, sign: int, text: Text) -> Goal:
    unit = _unit_of_change(kpi, said, sign, text)
    ends = [sign * said.total]
    if said.high is not None:
        ends.append((said.high.sign or sign) * said.high.total)
    for end in ends:
        wrong = impossible_change(kpi, end, unit)
        if wrong:
            _refuse(text, said, wrong, "look at its unit")
    ends.sort(reverse=kpi.better == "lower")  # the easier end first
    return replace(goal, change=ends[0], unit=unit, stretch=ends[1] if len(ends) > 1 else None)


def _unit_of_change(kpi: Kpi, said: Amount, sign: int, text: Text) -> Unit:
    mark = "+" if sign > 0 else "-"
    if said.unit == "percent":
        return "percent"
    if said.unit == "points":
        return "points"
    if said.unit in _own(kpi) or (kpi.unit == "money" and (said.size or said.total >= LARGE)):
        return "absolute"
    if said.unit is not None:
        _refuse(text, said, f"{kpi.name} is not counted in {said.unit}", f"write {kpi.name} {mark}{said.number:g} %")
    number = f"{kpi.name} {mark}{said.number:g}"
    return _twice(text, said, "per cent or not", f"{number} %", f"{number} {_AFTER[kpi.unit]}")


def _plain(goal: Goal, kpi: Kpi, said: Amount, text: Text) -> Goal:
    """Return what a number is that neither a sign, a verb nor a limit says anything about."""
    if said.unit == "points":
        _twice(text, said, "up or down", f"{kpi.name} +{said.number:g}pp", f"{kpi.name} -{said.number:g}pp")
    if said.unit == "percent" and kpi.unit != "rate":
        _twice(text, said, "up or down", f"{kpi.name} +{said.number:g} %", f"{kpi.name} -{said.number:g} %")
    if kpi.unit == "rate":
        mark = "+" if kpi.better == "higher" else "-"
        number = f"{said.number:g} %"
        _twice(text, said, "a value or a change", f"{kpi.name} at {number}", f"{kpi.name} {mark}{number}")
    return _valued(goal, kpi, said, text)


def _valued(goal: Goal, kpi: Kpi, said: Amount, text: Text) -> Goal:
    ends = [_value(kpi, said, text)]
    if said.high is not None:
        ends.append(_value(kpi, replace(said.high, unit=said.high.unit or said.unit), text))
    for end in ends:
        wrong = impossible_value(kpi, end)
        if wrong:
            _refuse(text, said, wrong, "look at its unit")
    ends.sort(reverse=kpi.better == "lower")
    return replace(goal, value=ends[0], stretch=ends[1] if len(ends) > 1 else None)


def _value(kpi: Kpi, said: Amount, text: Text) -> float:
    value = said.total * (said.sign or 1)
    if said.unit == "points" or (said.unit is not None and kpi.unit != "rate" and said.unit not in _own(kpi)):
        _refuse(text, said, f"a value of {kpi.name} is not counted in {said.unit}", f"write {_example(kpi)}")
    if kpi.unit != "rate":
        return value
    if said.unit is None:
        percent, share = f"{value:g} %", f"{value * 100:g} %"
        _twice(text, said, "per cent or a share", f"{kpi.name} at {percent}", f"{kpi.name} at {share}")
    return value / 100


def _own(kpi: Kpi) -> tuple[str, ...]:
    return (_OWN_UNIT[kpi.unit],) if kpi.unit in _OWN_UNIT else ()


def _example(kpi: Kpi) -> str:
    return f"it in {kpi.unit}" if kpi.unit != "rate" else "it in per cent"


def _one(text: Text, i: int) -> Amount | None:
    at, sign = i, None
    if text.is_word(at, ("+", "-")):
        sign, at = 1 if text.at(at).text == "+" else -1, at + 1
    currency, at = _currency(text, at)
    if text.at(at).kind != "number":
        return None
    number, at = text.at(at).value, at + 1
    size = text.phrase(at, SIZES)
    at = size[1] if size else at
    behind, at = _currency(text, at)
    unit = text.phrase(at, UNITS)
    currency = currency or behind
    kind = "money" if currency else unit[0] if unit else None
    after = unit[1] if unit and not currency else at
    return Amount(number, sign, kind, size[0] if size else None, currency, i, after)


def _currency(text: Text, i: int) -> tuple[str | None, int]:
    token = text.at(i)
    code = CURRENCIES.get(token.text) or (token.text.upper() if token.text in _CODES else None)
    return (code, i + 1) if code else (None, i)


def _range(low: Amount, high: Amount) -> Amount:
    """Return a range: what only its second end says of unit, size and currency holds for both, as a sign of its first.

    A sign of the first end alone holds for the second.
    """
    unit, size, currency = low.unit or high.unit, low.size or high.size, low.currency or high.currency
    other = replace(high, unit=unit, size=high.size or size, currency=currency, sign=high.sign or low.sign)
    return replace(low, unit=unit, size=size, currency=currency, after=high.after, high=other)


def _by(text: Text, said: Amount) -> bool:
    return said.first > 0 and text.is_word(said.first - 1, ("by",))


def _shown(said: Amount) -> str:
    return f"{said.total:g}{' %' if said.unit == 'percent' else 'pp' if said.unit == 'points' else ''}"


def _check_currency(said: Amount, text: Text, currency: str) -> None:
    if said.currency is not None and said.currency != currency:
        _refuse(text, said, f"an amount in {said.currency}", f"the company counts in {currency}; write it in that")


def _refuse(text: Text, said: Amount, found: str, todo: str) -> NoReturn:
    where = f"goal {text.marked(said.first, said.after)!r}"
    raise ParamError("The goal cannot be read.", [Fault(where, found, todo=todo)])


def _twice(text: Text, said: Amount, which: str, one: str, two: str) -> NoReturn:
    where = f"goal {text.marked(said.first, said.after)!r}"
    raise ParamError(
        "The goal can be read in two ways.",
        [Fault(where, f"it is {which}", f"{one!r} or {two!r}", "write the one that is meant")],
    )
