"""Numbers, money and dates as a locale writes them, rounded to what is known; no words but those of the locale.

A space inside a quantity is one that does not break, a minus is the sign and not a hyphen, and zero has no sign.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_compact_currency, format_currency, format_decimal, get_currency_precision

NO_BREAK = "\u00a0"
MINUS = "\u2212"
DASH = "\u2013"
_WRITTEN_OUT_BELOW = 10_000
_WITH_CENTS_BELOW = 100


def rounded(value: float | Decimal, places: int) -> Decimal:
    """Return a number with so many decimals, halves away from zero, and never minus zero.

    >>> rounded(2.675, 2), rounded(-0.004, 2)
    (Decimal('2.68'), Decimal('0.00'))
    """
    exact = value if isinstance(value, Decimal) else Decimal(repr(float(value)))
    near = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return near if near else abs(near)


def significant(value: float, digits: int = 3) -> Decimal:
    """Return a number with so many significant digits.

    >>> int(significant(1_243_210))
    1240000
    """
    return Decimal(f"{value:.{digits - 1}e}")


def number(
    value: float | Decimal, locale: Locale, places: int = 0, *, fixed: bool = False, signed: bool = False
) -> str:
    r"""Return a number with at most so many decimals; ``fixed``: with exactly so many, so that a column lines up.

    >>> number(12345.5, Locale("pl"), 2), number(1234.5, Locale("en"), 2, fixed=True)
    ('12\xa0345,5', '1,234.50')
    """
    near = rounded(value, places)
    whole = locale.decimal_formats[None].pattern.split(";")[0].split(".")[0]
    decimals = "." + ("0" if fixed else "#") * places if places else ""
    written = format_decimal(near, whole + decimals, locale=locale).replace("-", MINUS)
    return f"+{written}" if signed and near > 0 else written


def percent(fraction: float, locale: Locale, places: int | None = None, *, signed: bool = False) -> str:
    r"""Return a fraction in per cent; without ``places`` rounded to what is known.

    >>> percent(0.314, Locale("en")), percent(0.0231, Locale("pl")), percent(0.3, Locale("en"), 1, signed=True)
    ('31\xa0%', '2,3\xa0%', '+30.0\xa0%')
    """
    exact = Decimal(repr(float(fraction))) * 100
    free = min(_decimals_known(exact), 1 if signed else 2) if places is None else places
    written = number(exact, locale, free, fixed=places is not None, signed=signed)
    if locale.percent_formats[None].pattern.startswith("%"):
        return f"%{written}"
    return f"{written}{NO_BREAK}%"


def points(difference: float, locale: Locale, *, fixed: bool = False) -> tuple[Decimal, str]:
    """Return a difference of two fractions in percentage points, as a number (for the plural) and as text.

    >>> points(0.04, Locale("en"))
    (Decimal('4.0'), '+4')
    """
    near = rounded(Decimal(repr(float(difference))) * 100, 1)
    return near, number(near, locale, 1, fixed=fixed, signed=True)


def money(amount: float, currency: str, locale: Locale, *, cents: bool = False) -> str:
    r"""Return an amount in whole currency units, or to the minor unit.

    >>> money(1_243_210.5, "EUR", Locale("pl")), money(-9.5, "EUR", Locale("en"), cents=True)[-4:]
    ('1\xa0243\xa0211\xa0€', '9.50')
    """
    places = get_currency_precision(currency) if cents else 0
    pattern = re.sub(r"\.0+", "." + "0" * places if places else "", locale.currency_formats["standard"].pattern)
    near = rounded(amount, places)
    return format_currency(near, currency, pattern, locale=locale, currency_digits=False).replace("-", MINUS)


def compact_money(amount: float, currency: str, locale: Locale) -> str:
    """Return an amount with three significant digits; small amounts written out, the smallest with cents.

    >>> [compact_money(x, "EUR", Locale("en")) for x in (1_243_210, 352_400, 999_999, 1_243, 9.5, 0)]
    ['€1.24M', '€352K', '€1M', '€1,240', '€9.50', '€0']
    """
    near = significant(amount)
    if abs(near) < _WITH_CENTS_BELOW:
        return money(amount, currency, locale, cents=rounded(amount, 2) != 0)
    if abs(near) < _WRITTEN_OUT_BELOW:
        return money(float(near), currency, locale)
    short = format_compact_currency(int(near), currency, locale=locale, fraction_digits=2).replace("-", MINUS)
    if sum(letter.isdigit() for letter in short) > 3:  # no word for this size in the locale (German has none for 1 000)
        return money(float(near), currency, locale)
    return short.replace(" ", NO_BREAK)


def day(when: date, locale: Locale) -> str:
    r"""Return a date in the long form.

    >>> day(date(2026, 3, 31), Locale("en", "GB")), day(date(2026, 3, 31), Locale("pl"))
    ('31\xa0March 2026', '31\xa0marca 2026')
    """
    written = format_date(when, "long", locale=locale)
    return re.sub(r"^(\d{1,2}\.?) ", rf"\1{NO_BREAK}", written)


def month(when: date, locale: Locale, *, short: bool = False) -> str:
    """Return the month of a date with its year; ``short``: abbreviated and without the year.

    >>> month(date(2026, 3, 1), Locale("en")), month(date(2026, 3, 1), Locale("en"), short=True)
    ('March 2026', 'Mar')
    """
    if short:
        return format_date(when, "LLL", locale=locale)
    return format_skeleton("yMMMM", when, locale=locale)


def _decimals_known(exact: Decimal) -> int:
    """Two digits are known of a rate: 31 %, 2.3 %, 0.45 %."""
    if abs(exact) >= 10 or not exact:
        return 0
    return 1 if abs(exact) >= 1 else 2
