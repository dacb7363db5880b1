"""How much, in plain words: numbers with sign, unit and size, and the limits, ranges and steps made of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import AT_LEAST, AT_MOST, CURRENCIES, EXACTLY, LIMITS, MORE, SIZES, TIMES, UNITS
from salesgoals_kit.goals.when import is_year

_WRITTEN = "eur usd gbp pln chf sek nok dkk czk huf ron jpy cad aud nzd inr brl"
_CODES = frozenset(_WRITTEN.split())
LARGE = 1000  # from which on a bare number is no per cent, day or times, whatever unit stands beside it
OWN = "own"  # a unit that was not said: whatever the KPI is counted in


@dataclass(frozen=True)
class Amount:
    """A number as it was said: with its ``sign`` and ``unit``, if any, and ``how``: a limit or "to" a value.

    ``currency``: the code or sign it was said in. ``size``: thousands, millions. ``high``: the other end of a range.
    ``told``: what it is said to start from. ``first`` and ``after`` are the tokens it stands in.
    """

    number: Decimal
    sign: int | None
    unit: str | None
    size: int | None
    currency: str | None
    first: int
    after: int
    how: str | None = None
    high: Amount | None = None
    told: Amount | None = None

    @property
    def total(self) -> Decimal:
        """The number in its size, without its sign."""
        return self.number * (self.size or 1)

    @property
    def shown(self) -> str:
        """The number and its unit, as it is written."""
        sizes = {"percent": " %", "points": "pp", "days": " days", "count": " leads"}
        return f"{digits(self.total)}{sizes.get(self.unit or '', '')}{f' {self.currency}' if self.currency else ''}"


def digits(number: Decimal) -> str:
    """Return a number in digits, all of them and none for nothing.

    >>> digits(Decimal("1.50") * 1000000), digits(Decimal("0.0200"))
    ('1500000', '0.02')
    """
    return format(number.normalize(), "f")


def amount(text: Text, i: int) -> Amount | None:
    """Return the amount that begins at a token; None where none does.

    amount = [ limit ] one [ ( "to" | "-" ) one ] | "between" one "and" one | "from" one "to" one | "double" | …
    one    = [ sign ] [ currency ] number [ size ] [ currency ] [ "more" | "fewer" ] [ unit ] [ "more" | "fewer" ] |
             number "of" number
    """
    if text.at(i).text in TIMES:
        percent = TIMES[text.at(i).text]
        return Amount(Decimal(abs(percent)), 1 if percent > 0 else -1, "percent", None, None, i, i + 1)
    between, started = text.is_word(i, ("between",)), text.is_word(i, ("from",))
    limit = None if between or started else text.phrase(i, LIMITS)
    at = i + 1 if between or started else limit[1] if limit else i
    low = _one(text, at)
    limited = between or started or (limit is not None and limit[0] in (AT_MOST, AT_LEAST))
    if low is None or (is_year(text, at) and low.unit is None and not limited):
        return None
    high = _high(text, low, between=between, surely=started)
    if started:
        return None if high is None else _steps(text, i, low, high)
    found = replace(low, first=i, how=EXACTLY if between else limit[0] if limit else None)
    return found if high is None else _range(text, found, high)


def _high(text: Text, low: Amount, *, between: bool, surely: bool) -> Amount | None:
    """Return the second number of a range; ``surely``: it may look like a year, and be a limit."""
    if not text.is_word(low.after, ("and",) if between else ("to", "-")):
        return None
    return None if is_year(text, low.after + 1) and not surely else _one(text, low.after + 1)


def _one(text: Text, i: int) -> Amount | None:
    at, sign = i, None
    if text.is_word(at, ("+", "-")):
        sign, at = 1 if text.at(at).text == "+" else -1, at + 1
    currency, at = _currency(text, at)
    if text.at(at).kind != "number":
        return None
    number, at = text.at(at).value, at + 1
    if text.is_word(at, ("of",)) and text.at(at + 1).kind == "number" and text.at(at + 1).value >= number > 0:
        return Amount(number / text.at(at + 1).value * 100, sign, "percent", None, currency, i, at + 2)
    size = text.phrase(at, SIZES)
    at = size[1] if size else at
    behind, at = _currency(text, at)
    currency = currency or behind
    if text.is_word(at, ("week", "weeks")):
        return Amount(7 * number, sign, "days", None, None, i, at + 1)
    more, at = _more(text, at)
    unit = text.phrase(at, UNITS)
    at = unit[1] if unit and not currency else at
    if more is None and unit is not None:
        more, at = _more(text, at)
    kind = "money" if currency else unit[0] if unit else OWN if more else None
    return Amount(number, sign or more, kind, size[0] if size else None, currency, i, at)


def _more(text: Text, i: int) -> tuple[int | None, int]:
    """Return the sign of "5 more" and "5 days less"; "less than" is a limit."""
    sign = MORE.get(text.at(i).text)
    return (None, i) if sign is None or text.is_word(i + 1, ("than",)) else (sign, i + 1)


def _currency(text: Text, i: int) -> tuple[str | None, int]:
    token = text.at(i)
    known = token.text in _CODES or (token.kind == "word" and token.text.upper() == text.currency)
    code = CURRENCIES.get(token.text) or (token.text.upper() if known else None)
    return (code, i + 1) if code else (None, i)


def _alike(text: Text, low: Amount, high: Amount) -> tuple[Amount, Amount]:
    """Return two numbers that belong together: what only one says of unit, size and currency holds for both."""
    unit, size, currency = low.unit or high.unit, low.size or high.size, low.currency or high.currency
    apart = None not in (low.unit, high.unit) and low.unit != high.unit
    if apart or _large(low, unit) or _large(high, unit):
        one, two = f"{'+' if low.sign == 1 else '-' if low.sign else ''}{low.shown}", f"to {high.shown}"
        where = f"goal {text.marked(low.first, high.after)!r}"
        fault = Fault(where, "two numbers in two units", f"{one!r} or {two!r}", "write the one that is meant")
        raise ParamError("The goal says two things.", [fault])
    return (
        replace(low, unit=unit, size=size, currency=currency),
        replace(high, unit=unit, size=high.size or size, currency=currency),
    )


def _large(one: Amount, unit: str | None) -> bool:
    """Return whether a number without a unit is too large for the other one's: "by 10 % to 500k" are no 500k %."""
    return one.unit is None and unit in ("percent", "points", "days", "times") and one.total >= LARGE


def _range(text: Text, low: Amount, high: Amount) -> Amount:
    """Return a range; a sign of the first end alone holds for the second."""
    one, two = _alike(text, low, high)
    if low.unit is not None and high.unit is None and text.is_word(low.first - 1, ("by",)):
        readings = f"a range (give both a unit) or the value that it is to come to ('to {high.shown}' alone)"
        where = f"goal {text.marked(low.first, high.after)!r}"
        fault = Fault(where, "it is a range, or a change and what it comes to", readings, "write one")
        raise ParamError("The goal can be read in two ways.", [fault])
    return replace(one, after=high.after, high=replace(two, sign=two.sign or one.sign))


def _steps(text: Text, i: int, low: Amount, high: Amount) -> Amount:
    """Return a value that is to be reached, with what it is said to start from."""
    told, goal = _alike(text, low, high)
    return replace(goal, first=i, how=EXACTLY, told=told)


def refuse(text: Text, said: Amount, found: str, todo: str) -> NoReturn:
    """Raise ParamError for an amount that cannot be."""
    where = f"goal {text.marked(said.first, said.after)!r}"
    raise ParamError("The goal cannot be read.", [Fault(where, found, todo=todo)])


def twice(text: Text, said: Amount, which: str, one: str, two: str) -> NoReturn:
    """Raise ParamError for an amount that can be read in two ways, with both."""
    where = f"goal {text.marked(said.first, said.after)!r}"
    raise ParamError(
        "The goal can be read in two ways.",
        [Fault(where, f"it is {which}", f"{one!r} or {two!r}", "write the one that is meant")],
    )
