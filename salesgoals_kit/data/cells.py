"""A cell's text as a typed value, in SQL, by our own rules; what does not fit the declared form is null, with a reason.

An expression takes the cell as it stands (a number or a date that was typed in the file is marked, see excel.TYPED)
and gives the value, null where the cell is empty or wrong. Amounts never pass through floating point.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.company import Company
from salesgoals_kit.data.contract import Column
from salesgoals_kit.data.engine import listed, text
from salesgoals_kit.sources import Read

FIRST, LAST = date(1970, 1, 1), date(2200, 12, 31)
_MARK = "chr(31)"
_GROUPS = {" ": r"[ \x{00A0}\x{202F}]", "'": r"['\x{2019}]", ",": ",", ".": r"\."}
_TRUTHS = {"true": ("true", "yes", "1"), "false": ("false", "no", "0")}


@dataclass(frozen=True)
class Typed:
    """A cell in SQL: its value, why it is wrong (read only where the value is null), and the moment a date tells."""

    value: str
    reason: str
    moment: str = ""


def clean(cell: str, missing: tuple[str, ...]) -> str:
    """Return a cell without the spaces around it, null where it is empty or one of the words for missing."""
    bare = f"trim({cell}, ' \t\r\n' || chr(160))"
    words = listed(("", *(word.strip() for word in missing)))
    return f"CASE WHEN ltrim({bare}, {_MARK}) NOT IN {words} THEN {bare} END"


def shown(cell: str) -> str:
    """Return a cell as a human reads it."""
    return f"ltrim({cell}, {_MARK})"


def typed(column: Column, cell: str, read: Read, company: Company) -> Typed:
    """Return a cell of this kind of column."""
    if column.dated:
        return _date(column, cell, read, company)
    if column.kind == "money":
        return _money(cell, read, company)
    if column.kind == "number":
        return Typed(f"try_cast({_plain(cell, read)} AS DOUBLE)", text(f"not a number as declared ({_signs(read)})"))
    if column.kind == "flag":
        word = f"lower({shown(cell)})"
        cases = " ".join(f"WHEN {word} IN {listed(words)} THEN {truth}" for truth, words in _TRUTHS.items())
        return Typed(f"CASE {cases} END", text("neither true nor false"))
    if column.kind == "choice":
        value = f"CASE WHEN {shown(cell)} IN {listed(column.choices)} THEN {shown(cell)} END"
        return Typed(value, text(f"not one of {', '.join(column.choices)}"))
    return Typed(shown(cell), text("not a text"))


def _plain(cell: str, read: Read) -> str:
    """Return a number's text with a decimal point and without grouping signs, null where it is not as declared."""
    decimal = re.escape(read.decimal)
    whole = r"\d+"
    if read.thousands is not None:
        whole = rf"\d+|\d{{1,3}}({_GROUPS[read.thousands]}\d{{3}})+"
    form = rf"[-+]?(({whole})({decimal}\d+)?|{decimal}\d+)"
    bare = cell if read.thousands is None else f"regexp_replace({cell}, {text(_GROUPS[read.thousands])}, '', 'g')"
    written = f"replace({bare}, {text(read.decimal)}, '.')"
    native = rf"regexp_full_match({cell}, '\x1F[-+]?\d+(\.\d+)?')"
    return f"CASE WHEN {native} THEN {shown(cell)} WHEN regexp_full_match({cell}, {text(form)}) THEN {written} END"


def _signs(read: Read) -> str:
    grouped = f", thousands {read.thousands!r}" if read.thousands is not None else ""
    return f"decimal {read.decimal!r}{grouped}"


def _money(cell: str, read: Read, company: Company) -> Typed:
    """Return an amount in minor units, digit by digit."""
    plain = _plain(cell, read)
    digits = len(str(company.minor_units)) - 1
    decimals = f"rtrim(split_part({plain}, '.', 2), '0')"
    whole = f"split_part({plain}, '.', 1)"
    minor = f"try_cast({whole} || rpad({decimals}, {digits}, '0') AS BIGINT)"
    finer = text(f"finer than {company.currency} allows ({digits} decimals)")
    reason = (
        f"CASE WHEN {plain} IS NULL THEN {text(f'not an amount as declared ({_signs(read)})')} "
        f"WHEN length({decimals}) > {digits} THEN {finer} ELSE 'too large' END"
    )
    return Typed(f"CASE WHEN length({decimals}) <= {digits} THEN {minor} END", reason)


def _date(column: Column, cell: str, read: Read, company: Company) -> Typed:
    """Return a day; a zoned time becomes the day it was in the company's time zone."""
    form = read.dates
    if "%z" in form or "%Z" in form:
        zoned = f"try_strptime(regexp_replace({cell}, '[zZ]$', '+0000'), {text(form)})"
        told = f"timezone({text(company.timezone)}, {zoned})"
    else:
        told = f"try_strptime({cell}, {text(form)})"
    native = f"try_cast({shown(cell)} AS TIMESTAMP)"
    moment = f"CASE WHEN starts_with({cell}, {_MARK}) THEN {native} ELSE {told} END"
    day = f"CAST({moment} AS DATE)"
    if column.kind == "month":
        day = f"CAST(date_trunc('month', {moment}) AS DATE)"
    value = f"CASE WHEN {day} BETWEEN DATE '{FIRST}' AND DATE '{LAST}' THEN {day} END"
    outside = text(f"outside {FIRST.year} to {LAST.year}")
    reason = f"CASE WHEN {moment} IS NULL THEN {text(f'not a date of the form {form}')} ELSE {outside} END"
    return Typed(value, reason, moment)
