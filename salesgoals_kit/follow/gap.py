"""The gap between a goal and its figure, split over what the goal was made of; the parts add up to the minor unit.

From the goal to what had been expected is what was *asked* beyond business as usual. From there to the figure the
drivers are moved from what was frozen to what they came to, and each has its Shapley value (`follow.shapley`) of the
product that `follow.identity` makes of them. What the product leaves is *other*, and nothing where it is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from salesgoals_kit.company import Company
from salesgoals_kit.follow.identity import Case, Factor, identity_of
from salesgoals_kit.follow.parts import ASKED, CHAIN, NOBODYS, OTHER, SLIPPED, UNITS, Part, led
from salesgoals_kit.follow.shapley import shapley, whole_parts
from salesgoals_kit.follow.verdict import KpiReview
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.overdue import Slips
from salesgoals_kit.periods import Period
from salesgoals_kit.store.rows import DriverRow, OutlookRow
from salesgoals_kit.words import Count, Message, Money, Number, Value, say

SPLIT = ("revenue", "mrr", "arr", "margin")  # what is made of the drivers that are frozen
OF_A_RATE = 1000  # a rate is split to the tenth of a percentage point
SMALL = 0.005  # of what was expected: a goal that asks for less than this beyond it asks for nothing more
LEFT_OUT = {"arr": "mrr"}  # twelve times the other, so said once


@dataclass(frozen=True)
class Gap:
    """A figure's way from its ``goal`` (None: it had none) over what was ``expected`` to the ``actual``, in its unit.

    ``parts`` are whole numbers of 1 / ``scale``; they come to actual - goal (to actual - expected without a goal), each
    rounded to that scale. Without parts ``lacking`` says what they would need.
    """

    kpi: Kpi
    goal: float | None
    expected: float | None
    actual: float
    parts: tuple[Part, ...]
    scale: int
    notes: tuple[Message, ...] = ()
    lacking: tuple[Message, ...] = ()

    def amount(self, part: Part) -> float:
        """Return a part in the KPI's unit."""
        return part.whole / self.scale

    @property
    def begins(self) -> float:
        """What the parts start from, to the minor unit: the goal, else what was expected."""
        start = self.goal if self.goal is not None else self.expected if self.expected is not None else self.actual
        return round(start * self.scale) / self.scale

    @property
    def ends(self) -> float:
        """The figure to the minor unit."""
        return round(self.actual * self.scale) / self.scale

    @property
    def moved(self) -> int:
        """How far the drivers moved the figure from what was expected, in minor units."""
        return sum(part.whole for part in self.parts if part.name != ASKED)

    @property
    def heaviest(self) -> Part | None:
        """The driver that did most to move the figure to the side of the expectation where it ended; None: none did."""
        return self.strongest(self.moved)

    def strongest(self, side: int) -> Part | None:
        """Return the driver that did most to one side: above the expectation where ``side`` is positive, else below.

        Leads, their quality and how many deals came of them count as one: leads of a period show largely in the next,
        so that the last takes off again what the first has added.
        """
        chain = [part for part in self.parts if part.name in CHAIN]
        moved = [part for part in self.parts if part.name not in (*NOBODYS, *CHAIN)]
        found = [part for part in (*moved, *led(chain)) if part.whole * side > 0]
        return max(found, key=lambda part: abs(part.whole), default=None)


@dataclass(frozen=True)
class Frozen:
    """What a split starts from: the drivers and outlooks that were frozen, and what the drivers came to."""

    company: Company
    period: Period
    then: Iterable[DriverRow]
    outlooks: Iterable[OutlookRow]
    now: Mapping[str, float | None]
    slips: Slips | None = None
    paid: float | None = None


def gaps(kpis: Iterable[KpiReview], frozen: Frozen) -> tuple[Gap, ...]:
    """Return the gap of each figure that can be split and is decided: revenue, recurring revenue, margin."""
    decided = {one.kpi.name: one for one in kpis if one.standing != "open" and one.actual is not None}
    asked = [name for name in SPLIT if name in decided and not _said_by(name, decided)]
    return tuple(gap for name in asked if (gap := _gap(decided[name], frozen)) is not None)


def _said_by(name: str, decided: Mapping[str, KpiReview]) -> bool:
    other = decided.get(LEFT_OUT.get(name, ""))
    return other is not None and (other.main is not None or decided[name].main is None)


def _gap(one: KpiReview, frozen: Frozen) -> Gap | None:
    assert one.actual is not None
    goal = None if one.main is None else one.main.goal
    expected = one.expected
    if goal is None and expected is None:
        return None
    scale = frozen.company.minor_units if one.kpi.unit == "money" else OF_A_RATE
    if expected is None:
        return Gap(one.kpi, goal, None, one.actual, (), scale, lacking=(say("gap.no_outlook", kpi=one.kpi.title),))
    case = _case(one.kpi.name, expected, one.actual, frozen)
    found = identity_of(case)
    if isinstance(found, str):
        lacks = say("gap.no_driver", kpi=one.kpi.title, driver=Message(f"gap.part_{found}"))
        return Gap(one.kpi, goal, expected, one.actual, (), scale, lacking=(lacks,))
    then, now = [f.then for f in found.factors], [f.now for f in found.factors]
    raw = shapley(found.value, then, now)
    other = one.actual - expected - sum(raw)
    parts = _parts(found.factors, raw, other, (goal, expected, one.actual), scale)
    if case.revenue == "invoices":
        parts = tuple(replace(part, unit="money") if part.name == "price" else part for part in parts)
    return Gap(one.kpi, goal, expected, one.actual, parts, scale, _notes(case, frozen, parts))


def _parts(
    factors: tuple[Factor, ...],
    raw: tuple[float, ...],
    other: float,
    ends: tuple[float | None, float, float],
    scale: int,
) -> tuple[Part, ...]:
    """Return the parts as whole minor units that come to the ends, each rounded to such."""
    goal, expected, actual = (None if end is None else round(end * scale) for end in ends)
    assert expected is not None
    assert actual is not None
    wholes = whole_parts([amount * scale for amount in (*raw, other)], actual - expected)
    asked = [] if goal is None else [Part(ASKED, expected - goal)]
    moved = [
        Part(f.name, whole, f.then, f.now, f.implied, UNITS.get(f.name, ""))
        for f, whole in zip(factors, wholes, strict=False)
    ]
    return (*asked, *moved, *([Part(OTHER, wholes[-1])] if wholes[-1] else ()))


def _case(kpi: str, expected: float, actual: float, frozen: Frozen) -> Case:
    return Case(
        kpi=kpi,
        revenue=frozen.company.revenue,
        expected=expected,
        actual=actual,
        then={row.name: row.value for row in frozen.then},
        now={name: value for name, value in frozen.now.items() if value is not None},
        foreseen={row.kpi: middle_of(row) for row in frozen.outlooks},
        slipped=None if frozen.slips is None else frozen.slips.slipped,
        paid=frozen.paid,
        months=len(frozen.period.months),
    )


def size_of(gap: Gap, whole: int) -> Value:
    """Return how large so many of a gap's minor units are, without a sign; of a rate in percentage points."""
    if gap.kpi.unit == "money":
        return Money(abs(whole) / gap.scale)
    return say("gap.points", count=Number(abs(whole) / gap.scale * 100, 1))


def middle_of(outlook: OutlookRow) -> float:
    """Return the middle of a frozen outlook: what had been expected."""
    return float(outlook.record["quantiles"]["50"])


def _notes(case: Case, frozen: Frozen, parts: tuple[Part, ...]) -> tuple[Message, ...]:
    """Return what slipped, and what could not be told apart."""
    names = {part.name for part in parts}
    said = _slipped(frozen) if case.revenue == "deals" and case.kpi == "revenue" else []
    if "due" in names:
        said.append(say("gap.no_leads"))
    if frozen.period.grain != "year" and made_up(parts):
        said.append(say("gap.leads_later"))
    if names & {"due", "without_lead"} and SLIPPED not in names and frozen.slips is not None:
        said.append(say("gap.usual_unknown"))
    return tuple(said)


def made_up(parts: Iterable[Part]) -> bool:
    """Return whether deals for each qualified lead took off again what leads had added, or made up for their lack."""
    amounts = {part.name: part.whole for part in parts}
    return amounts.get("leads", 0) * amounts.get("deals_a_lead", 0) < 0


def _slipped(frozen: Frozen) -> list[Message]:
    found = frozen.slips
    if found is None:
        return [say("gap.no_expected_days")]
    blind = [] if found.moved else [say("gap.moved_unseen")]
    if not found.slipped:
        return [say("gap.none_slipped", due=Count(found.due), period=frozen.period.name), *blind]
    waiting = Count(found.slipped - found.won - found.lost)
    told = say(
        "gap.slipped",
        count=Count(found.slipped),
        due=Count(found.due),
        period=frozen.period.name,
        amount=Money(found.amount),
        won=Count(found.won),
        lost=Count(found.lost),
        open=waiting,
    )
    return [told, *blind]
