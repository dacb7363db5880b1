"""What moved the margin: price, volume, mix and cost apart; and what discounts go with."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.contrast import Contrast
from salesgoals_kit.insight.discounting import Depth, depths, discounting
from salesgoals_kit.kpis.covered import Span
from salesgoals_kit.kpis.discounts import Discounts, discounts
from salesgoals_kit.kpis.pricevolume import Split, margin_split
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, last_whole_month
from salesgoals_kit.words import Count, Message, Money, Rate, say


@dataclass(frozen=True)
class Margin:
    """What moved an owner's margin. ``split``: None where it cannot be split. ``depths``: win rates by discount.

    ``notes`` go with the split, ``warnings`` with the discounts. ``contrasts``: whether deeper discounts are won more
    often; whether that is a finding is for the report to decide. ``minor_units``: what the split's money is divided by.
    """

    owner: Owner
    split: Split | None
    minor_units: int
    depths: tuple[Depth, ...]
    contrasts: tuple[Contrast, ...]
    notes: tuple[Message, ...]
    warnings: tuple[Message, ...]
    lacking: tuple[Message, ...]

    def money(self, amount: int) -> Money:
        """Return minor units as money."""
        return Money(amount / self.minor_units)


def latest_year(tables: Tables) -> Span:
    """Return the last twelve whole months."""
    last = last_whole_month(tables.as_of)
    return last - YEAR + 1, last


def margin_report(tables: Tables, owner: Owner = COMPANY, months: Span | None = None) -> Margin:
    """Return what moved the margin of the months (the last twelve unless given), on the same months a year before."""
    split = margin_split(tables, months or latest_year(tables), owner)
    given = discounts(tables, owner)
    lacking = [] if split is not None else [say("margin.no_split")]
    lacking += [] if given is not None else [say("margin.no_list_price")]
    return Margin(
        owner=owner,
        split=split,
        minor_units=tables.company.minor_units,
        depths=() if given is None else depths(given),
        contrasts=() if given is None else discounting(given),
        notes=() if split is None else tuple(_notes(split, tables.company.revenue)),
        warnings=() if given is None else tuple(_warnings(given)),
        lacking=tuple(lacking),
    )


def _notes(found: Split, revenue: str) -> list[Message]:
    said = [say("margin.from_invoices") if found.source == "invoices" else say("margin.from_deals")]
    said += [say("margin.other_revenue")] if revenue != found.source else []
    rows = Count(found.rows)
    said += [say("margin.uncosted", count=Count(found.uncosted), of=rows)] if found.uncosted else []
    unmeasured = {"count": Count(found.unmeasured), "of": rows}
    said += [Message(f"margin.unmeasured_{found.source}", unmeasured)] if found.unmeasured else []
    said += [say("margin.credits", count=Count(found.credits))] if found.credits else []
    states = found.products["state"]
    new, gone = int((states == "new").sum()), int((states == "gone").sum())
    said += [say("margin.new_and_gone", new=Count(new), gone=Count(gone))] if new or gone else []
    losing = found.products.loc[found.products["now"] < 0, "product"]
    said += [say("margin.losing", count=Count(len(losing)))] if len(losing) else []
    return said


def _warnings(found: Discounts) -> list[Message]:
    said = [say("margin.given_away", share=Rate(1 - found.paid / found.listed))] if found.paid < found.listed else []
    unknown = found.won + found.lost - found.won_known - found.lost_known
    if unknown:
        said.append(say("margin.unlisted", count=Count(unknown), of=Count(found.won + found.lost)))
    return [*said, say("margin.not_at_random")] if found.won_known + found.lost_known else said
