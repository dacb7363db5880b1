"""Which version of a final figure a review uses, and what earlier reviews had taken for final."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.follow.verdict import KpiReview
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.store.rows import FinalRow

DIGITS = 9  # of a figure that is no money: fewer than the ledger compares by, so that nothing is told that is not kept


@dataclass(frozen=True)
class Version:
    """A final figure: the ``number`` of its version, and the ``earlier`` ones that differ from it, the oldest first."""

    kpi: Kpi
    number: int
    actual: float
    earlier: tuple[FinalRow, ...]

    @property
    def before(self) -> FinalRow | None:
        """The version before this one; None of a first one."""
        return self.earlier[-1] if self.earlier else None


def versions(kpis: Iterable[KpiReview], finals: Iterable[FinalRow]) -> tuple[Version, ...]:
    """Return the version of each figure that is final; ``finals`` are those that stood before this review.

    A figure that comes to what a version once had is that version: what came after it is not for a review of older
    data.
    """
    rows = _by_version(finals)
    found = []
    for one in kpis:
        if one.standing == "final" and one.actual is not None:
            own = [row for row in rows if row.kpi == one.kpi.name]
            at = next((i for i, row in enumerate(own) if _same(row, one.actual)), len(own))
            number = own[at].version if at < len(own) else own[-1].version + 1 if own else 1
            found.append(Version(one.kpi, number, one.actual, tuple(own[:at])))
    return tuple(found)


def before_this(finals: Iterable[FinalRow], snapshot: str, as_of: date) -> tuple[FinalRow, ...]:
    """Return the versions that stood before a review of this snapshot and day was first made, however often it is made.

    ``finals`` are all versions of an owner's period. What the same review wrote, and what came after, is not for it.
    """
    rows = _by_version(row for row in finals if row.as_of <= as_of)
    own = [row for row in rows if (row.snapshot, row.as_of) == (snapshot, as_of)]
    first = {row.kpi: row.version for row in reversed(own)}
    return tuple(row for row in rows if row.version < first.get(row.kpi, row.version + 1))


def _by_version(rows: Iterable[FinalRow]) -> list[FinalRow]:
    return sorted(rows, key=lambda row: (row.kpi, row.version))


def _same(row: FinalRow, actual: float) -> bool:
    if row.value is None:
        return False
    if row.money:
        return round(row.value * row.minor_units) == round(actual * row.minor_units)
    return float(f"{row.value:.{DIGITS}g}") == float(f"{actual:.{DIGITS}g}")
