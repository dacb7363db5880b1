"""A goal in plain words as tokens: numbers, words, signs and dates, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from babel.numbers import get_decimal_symbol

from salesgoals_kit.errors import Fault, ParamError

V = TypeVar("V")
LONGEST_PHRASE = 5  # words
LONGEST_TEXT = 1500  # letters: a goal is a sentence, and one that is written back is longer
LONGEST_WORDS = 500  # of what is going to be done, and why
_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\t\n\r\u3000"), " ")
_DASHES = dict.fromkeys(map(ord, "\u2212\u2010\u2011\u2012\u2013\u2014\ufe63\uff0d"), "-")
_QUOTES = {ord("\u2019"): "'", ord("\uff05"): "%", ord("\uff0b"): "+"}
_DIRECTIONS = dict.fromkeys(map(ord, "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"))
EXAMPLE = "win rate +5pp in 2026Q2 by coaching discovery calls"
_FORMS = re.compile(
    r"""
    (?P<quoted>\u201c[^\u201c\u201d]*\u201d | "[^"]*" | \u00ab[^\u00ab\u00bb]*\u00bb)
  | (?P<half>\d{4}[- ]?h[12](?!\w))
  | (?P<day>\d{4}-\d\d-\d\d(?!\d))
  | (?P<period>\d{4}[- ]?q\d(?!\w) | \d{4}-\d\d(?![\d%]))
  | (?P<date>\d{1,2}[./]\d{1,2}[./]\d{4}(?!\d) | \d{1,2}/\d{4}(?!\d))
  | (?P<ordinal>\d{1,2}(?:st|nd|rd|th)(?!\w))
  | (?P<number>(?:\d{1,3}(?:[ ,.']\d{3})+(?!\d)(?:[.,]\d+)? | \d+(?:[.,]\d+)?))
  | (?P<word>[ymq]/[ymq](?!\w) | [^\W\d_](?:[^\W_]|')*)
  | (?P<sign><=|>=|[-+<>=\u2264\u2265%\u20ac$\u00a3])
  | (?P<stop>[,;:.!?()])
  | (?P<space>\s+ | _)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind, its letters in lower case, where it stands, and a number's value, exactly."""

    kind: str
    text: str
    start: int
    end: int
    value: Decimal = Decimal(0)


@dataclass(frozen=True)
class Text:
    """What was typed, and its tokens; ``currency`` is the code of the company's own."""

    written: str
    tokens: tuple[Token, ...]
    currency: str = ""

    def at(self, i: int) -> Token:
        """Return a token; beyond the last one an empty one of kind ``end``."""
        return self.tokens[i] if i < len(self.tokens) else Token("end", "", len(self.written), len(self.written))

    def phrase(self, i: int, phrases: Mapping[str, V]) -> tuple[V, int] | None:
        """Return what the longest phrase of a table that begins at a token stands for, and the token after it."""
        for length in range(min(LONGEST_PHRASE, len(self.tokens) - i), 0, -1):
            words = " ".join(token.text for token in self.tokens[i : i + length])
            if words in phrases:
                return phrases[words], i + length
        return None

    def is_word(self, i: int, words: Container[str]) -> bool:
        """Return whether a token is one of these words."""
        return self.at(i).text in words and self.at(i).kind in ("word", "sign")

    def marked(self, first: int, after: int) -> str:
        """Return the text with the tokens from one to before another marked.

        >>> tokens("churn blow 2%").marked(1, 2)
        'churn »blow« 2%'
        """
        start, end = self.at(first).start, self.at(max(first, after - 1)).end
        return f"{self.written[:start]}»{self.written[start:end]}«{self.written[end:]}"

    def between(self, first: int, after: int) -> str:
        """Return the text as it was typed, from one token to before another, with plain spaces."""
        return " ".join(self.written[self.at(first).start : self.at(after - 1).end].split())

    def quoted(self, i: int) -> str | None:
        """Return what stands between quotation marks here, if anything does."""
        token = self.at(i)
        inside = " ".join(self.written[token.start + 1 : token.end - 1].split()) if token.kind == "quoted" else ""
        return inside or None


def tokens(written: str, locale: str = "en_GB", currency: str = "") -> Text:
    """Return a text as tokens; numbers are read as the locale writes them, marks of direction are left out.

    Raises ParamError for a text that is empty or far too long, and for a number that can be read in two ways.

    >>> [token.text for token in tokens("MRR +2% yoy").tokens]
    ['mrr', '+', '2', '%', 'yoy']
    """
    written = written.translate(_DIRECTIONS)
    if not written.strip() or len(written) > LONGEST_TEXT:
        found = "nothing" if not written.strip() else f"{len(written)} letters"
        expected = f"one sentence of at most {LONGEST_TEXT} letters, like {EXAMPLE!r}"
        raise ParamError("This is no goal.", [Fault("goal", found, expected)])
    plain = written.translate({**_SPACES, **_DASHES, **_QUOTES})
    lowered = "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in plain)
    made: list[Token] = []
    for match in _FORMS.finditer(lowered):
        kind = str(match.lastgroup)
        if kind == "space" or _joins(lowered, match):
            continue
        value = _number(match.group(), locale, written) if kind == "number" else Decimal(0)
        made.append(Token(kind, match.group(), match.start(), match.end(), value))
    return Text(written, tuple(made), currency)


def _joins(text: str, match: re.Match[str]) -> bool:
    """Return whether a hyphen only joins two words, as in year-on-year."""
    before, after = text[: match.start()][-1:], text[match.end() :][:1]
    return match.group() == "-" and before.isalpha() and after.isalpha()


def _number(text: str, locale: str, written: str) -> Decimal:
    """Return a number as the locale writes it; one that reads as two numbers is a fault.

    >>> [str(_number(text, "en_GB", "")) for text in ("12 000", "1,200.5", "1,5")]
    ['12000', '1200.5', '1.5']
    """
    tight = text.replace(" ", "").replace("'", "")
    marks = [mark for mark in tight if mark in ".,"]
    if not marks:
        return Decimal(tight)
    if len(set(marks)) == 2 or len(marks) > 1:
        decimal = marks[-1] if marks[-1] not in marks[:-1] else ""
        grouped = "".join("." if mark == decimal else "" if mark in ".," else mark for mark in tight)
        return Decimal(grouped)
    mark, digits = marks[0], len(tight) - tight.index(marks[0]) - 1
    if digits != 3 or len(tight) - digits > 4 or tight[0] == "0":
        return Decimal(tight.replace(mark, "."))  # groups have three digits, and what is before them one to three
    if mark != get_decimal_symbol(locale):
        return Decimal(tight.replace(mark, ""))
    whole = tight.replace(mark, "")
    part = tight.replace(",", ".").rstrip("0").rstrip(".")
    found = f"{text!r} is {part} as {locale} writes numbers, or {whole} with its thousands marked"
    raise ParamError(
        "The goal can be read in two ways.",
        [Fault(f"goal {written!r}", found, "one reading", f"write {whole} or {part}")],
    )
