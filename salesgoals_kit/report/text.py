"""Messages and their typed values as plain text or escaped HTML, in the company's words, numbers and currency."""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from babel import Locale
from babel.lists import format_list
from markupsafe import Markup, escape

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.report import formats
from salesgoals_kit.report.quantities import chance_message
from salesgoals_kit.words import (
    PLACEHOLDER,
    Chance,
    Change,
    Count,
    Message,
    Money,
    Name,
    Number,
    Points,
    Rate,
    Value,
    catalogue,
    say,
)

_MONTH_NAME = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DIRECTIONS = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
_SENTENCE_ENDS = (".", "!", "?")
_ISOLATED = "\u2068{}\u2069"


@dataclass(frozen=True)
class Texts:
    """The company's way of saying things: ``language`` for words, ``locale`` for numbers, ``currency`` for money.

    Where the locale is of another language than the words (English words, Polish numbers), the names of months follow
    the words. A value that is missing or not a number, and an id that the catalogue lacks, raise SalesGoalsError: a
    sentence has no holes.
    """

    locale: str = "en_GB"
    language: str = "en"
    currency: str = "EUR"

    @classmethod
    def of(cls, company: Company) -> Texts:
        """Return the texts of a company."""
        return cls(company.locale, company.language, company.currency)

    @cached_property
    def figures(self) -> Locale:
        """The locale that numbers and money are written in."""
        return Locale.parse(self.locale)

    @cached_property
    def words(self) -> Locale:
        """The locale of words: plurals, lists, names of months."""
        if self.figures.language == self.language:
            return self.figures
        return Locale.parse("en_GB" if self.language == "en" else self.language)

    @property
    def tag(self) -> str:
        """The language as HTML and mails name it (BCP 47): ``pt-BR``."""
        return self.language.replace("_", "-")

    @property
    def direction(self) -> str:
        """``ltr`` or ``rtl``."""
        return str(self.words.text_direction)

    def text(self, value: Value) -> str:
        r"""Return plain text.

        >>> Texts().text(Chance(0.8)), Texts("pl_PL").text(Money(1_243_210))
        ('A chance of about 80\xa0%', '1,24\xa0mln\xa0€')
        """
        return self._begun(str(self._show(value, markup=False)), value)

    def html(self, value: Value) -> Markup:
        """Return HTML in which nothing but the isolation of names is markup.

        >>> Texts().html(Name("<b>&"))
        Markup('<bdi>&lt;b&gt;&amp;</bdi>')
        """
        return Markup(self._begun(str(self._show(value, markup=True)), value))

    def amount(self, amount: float, *, cents: bool = False) -> str:
        """Return money in full, as tables and goals have it: whole units, or to the minor unit."""
        return formats.money(_known(amount), self.currency, self.figures, cents=cents)

    def percent(self, fraction: float, places: int, *, signed: bool = False) -> str:
        """Return a fraction in per cent with so many decimals, so that a column lines up."""
        return formats.percent(_known(fraction), self.figures, places, signed=signed)

    def number(self, value: float, places: int, unit: str = "") -> str:
        """Return a number with so many decimals, so that a column lines up, and what it counts."""
        shown = formats.number(_known(value), self.figures, places, fixed=True)
        return self._with_unit(unit, formats.rounded(value, places), shown) if unit else shown

    def _begun(self, shown: str, value: Value) -> str:
        """Return the sentence with a capital, unless it begins with a name or a code, which stay as they are."""
        opening = value
        while isinstance(opening, Message):
            hole = PLACEHOLDER.match(self._wording(opening))
            if hole is None:
                break
            opening = opening.values[hole[1]]
            opening = opening[0] if isinstance(opening, tuple) and opening else opening
        return shown[:1].upper() + shown[1:] if isinstance(opening, (Message, Chance)) else shown

    def _show(self, value: Value, *, markup: bool) -> str | Markup:
        if isinstance(value, Message):
            return self._sentence(value, markup=markup)
        if isinstance(value, tuple):
            joined = self._list([str(self._show(part, markup=markup)) for part in value])
            return Markup(joined) if markup else joined
        if isinstance(value, Name):
            return self._name(value.text, markup=markup)
        plain = self._quantity(value)
        return escape(plain) if markup else plain

    def _list(self, parts: list[str]) -> str:
        """Return parts as the language lists them; whole sentences just follow one another."""
        if not parts:
            return self._refused("()", "an empty list")
        if all(part.endswith(_SENTENCE_ENDS) for part in parts):
            return " ".join(parts)
        return format_list(parts, locale=self.words)

    def _sentence(self, message: Message, *, markup: bool) -> str | Markup:
        wording = self._wording(message)
        if markup:
            wording = str(escape(wording))
        missing = sorted(set(PLACEHOLDER.findall(wording)) - set(message.values))
        if missing:
            return self._refused(message.id, f"no value for {', '.join(missing)}")
        try:
            shown = PLACEHOLDER.sub(lambda hole: str(self._show(message.values[hole[1]], markup=markup)), wording)
        except SalesGoalsError as error:
            inner = [Fault(f"{message.id} > {fault.where}", fault.found, fault.expected) for fault in error.faults]
            raise SalesGoalsError(error.title, inner) from None
        return Markup(shown) if markup else shown

    def _wording(self, message: Message) -> str:
        wording = catalogue(self.language).get(message.id)
        if wording is None:
            return self._refused(
                message.id, "this id is not in the catalogue", f"salesgoals_kit/catalogues/{self.language}"
            )
        if isinstance(wording, str):
            return wording
        amount = self._amount(message.values.get(wording["by"]), f"{message.id}, {wording['by']}")
        return wording.get(self.words.plural_form(amount), wording["other"])

    def _amount(self, value: Value | None, where: str) -> Decimal | int:
        """Return what a plural goes by: a count, a number as it will be printed, or the length of a list."""
        if isinstance(value, Count):
            return int(value.value)
        if isinstance(value, Number):
            return formats.rounded(_known(value.value), value.decimals).normalize()
        if isinstance(value, tuple):
            return len(value)
        return int(self._refused(where, f"{value!r}", "a Count, a Number or a list to form the plural by"))

    def _quantity(self, value: Value) -> str:
        if isinstance(value, str):
            found = _MONTH_NAME.fullmatch(value)
            return formats.month(date(int(found[1]), int(found[2]), 1), self.words) if found else tidy(value)
        if isinstance(value, date):
            return formats.day(value, self.words)
        if isinstance(value, Chance):
            return str(self._show(chance_message(value.value), markup=False))
        if isinstance(value, (Number, Points)):
            return self._counted(value)
        return self._amount_of(value)

    def _amount_of(self, value: Value) -> str:
        if isinstance(value, Money):
            return formats.compact_money(_known(value.amount), self.currency, self.figures)
        if isinstance(value, Count):
            return formats.number(_known(value.value), self.figures)
        if isinstance(value, Rate):
            return formats.percent(_known(value.value), self.figures)
        if isinstance(value, Change):
            return formats.percent(_known(value.value), self.figures, signed=True)
        return self._refused(repr(value), type(value).__name__, "one of the typed values of words.py")

    def _counted(self, value: Number | Points) -> str:
        """Return a number and the word for what it counts, in its plural."""
        if isinstance(value, Points):
            amount, shown = formats.points(_known(value.value), self.figures)
            return self._with_unit("points", amount, shown)
        shown = formats.number(_known(value.value), self.figures, value.decimals)
        amount = formats.rounded(value.value, value.decimals)
        return self._with_unit(value.unit, amount, shown) if value.unit else shown

    def _with_unit(self, unit: str, amount: Decimal, shown: str) -> str:
        size = abs(amount)
        decimals = max(0, -int(size.normalize().as_tuple().exponent))
        by = Number(float(size), decimals)
        return str(self._show(Message(f"report.unit_{unit}", {"by": by, "number": shown}), markup=False))

    def _name(self, text: str, *, markup: bool) -> str | Markup:
        kept = tidy(text, directions=markup)
        if not kept:
            return self._show(say("report.no_name"), markup=markup)
        if markup:
            return Markup("<bdi>{}</bdi>").format(kept)
        return _ISOLATED.format(kept) if _reads_from_the_right(kept) else kept

    def _refused(self, where: str, found: str, expected: str = "") -> str:
        raise SalesGoalsError("A sentence of the report cannot be worded.", [Fault(where, found, expected)])


def tidy(text: str, *, directions: bool = False) -> str:
    r"""Return a text from data on one line, without control characters; ``directions``: marks of direction stay.

    >>> tidy("a\nb\x00  c")
    'a b c'
    """
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    kept = "".join(_printable(letter) for letter in spaced)
    return " ".join((kept if directions else kept.translate(_DIRECTIONS)).split())


def _printable(letter: str) -> str:
    category = unicodedata.category(letter)
    return "" if category == "Cc" else "\ufffd" if category == "Cs" else letter


def _reads_from_the_right(text: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in text)


def _known(value: float) -> float:
    if value is None or not math.isfinite(value):
        raise SalesGoalsError("A sentence of the report cannot be worded.", [Fault("value", repr(value), "a number")])
    return float(value)
