"""The canonical tables: which columns each has, of what kind, and what makes a row whole.

Inside the kit a column has one name and an id is a string. ``kind`` is one of

- ``id``, ``text``: a string
- ``money``: whole minor units (int64), rejected when finer than the currency
- ``date``: a day; the snapshot adds ``<name>_day`` (int32 days from 1970-01-01) and ``<name>_month`` (int32 months)
- ``month``: the first day of a month, with the same two companions
- ``number``: a float; ``flag``: true or false; ``choice``: one of ``choices``
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["id", "text", "money", "date", "month", "number", "flag", "choice"]


@dataclass(frozen=True)
class Column:
    """One column of a canonical table."""

    name: str
    kind: Kind
    required: bool = False
    choices: tuple[str, ...] = ()
    nullable: bool = True  # a required column need not be: the column has to be there, its cells may still be empty

    @property
    def dated(self) -> bool:
        """Whether it is a day or a month, and so has companions ``<name>_day`` and ``<name>_month``."""
        return self.kind in ("date", "month")

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The names it has in a frame: its own and its companions'."""
        return (self.name, f"{self.name}_day", f"{self.name}_month") if self.dated else (self.name,)


@dataclass(frozen=True)
class Table:
    """One canonical table; ``key`` is unique, and empty where rows need no name."""

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical names of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def frame_names(self) -> tuple[str, ...]:
        """The names of all columns of a frame, companions included."""
        return tuple(name for column in self.columns for name in column.frame_names)

    @property
    def dates(self) -> tuple[str, ...]:
        """The names of its days and months."""
        return tuple(column.name for column in self.columns if column.dated)


def _table(name: str, columns: str, key: str = "", **choices: tuple[str, ...]) -> Table:
    """Read ``name:kind`` words; ``!`` after the kind marks a required column, ``!?`` one whose cells may be empty."""
    found = []
    for word in columns.split():
        title, _, kind = word.partition(":")
        plain: Kind = kind.rstrip("!?")  # type: ignore[assignment]
        found.append(Column(title, plain, "!" in kind, choices.get(title, ()), not kind.endswith("!")))
    return Table(name, (*found, Column("currency", "text")), tuple(key.split()))


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        _table(
            "deals",
            "deal_id:id! status:choice! rep:id created_at:date closed_at:date amount:money team:id account_id:id "
            "stage:text channel:text deal_type:text product:text family:text region:text cost:money list_price:money "
            "term_months:number expected_close_at:date",
            "deal_id",
            status=("open", "won", "lost"),
        ),
        _table(
            "deal_changes",
            "deal_id:id! field:choice! value:text!? changed_at:date!",
            field=("stage", "amount", "expected_close_at", "closed_at", "rep"),
        ),
        _table("stage_events", "deal_id:id! stage:text! entered_at:date!"),
        _table(
            "leads",
            "lead_id:id! created_at:date! channel:text team:id rep:id qualified_at:date deal_id:id "
            "budget:flag authority:flag need:flag timing:flag",
            "lead_id",
        ),
        _table(
            "activities",
            "activity_id:id! rep:id! kind:text! happened_at:date! deal_id:id lead_id:id",
            "activity_id",
        ),
        _table(
            "accounts",
            "account_id:id! name:text industry:text size:text region:text segment:text churn_flag:flag",
            "account_id",
        ),
        _table("churn_events", "event_id:id! account_id:id! churned_at:date! reason:text", "event_id"),
        _table(
            "invoices",
            "invoice_id:id! account_id:id! invoiced_at:date! amount:money! cost:money quantity:number list_price:money "
            "team:id rep:id product:text family:text region:text",
            "invoice_id",
        ),
        _table(
            "subscriptions",
            "subscription_id:id! account_id:id! started_at:date! ended_at:date mrr:money! team:id plan:text",
            "subscription_id",
        ),
        _table("spend", "month:month! channel:text! amount:money! team:id"),
        _table(
            "costs",
            "month:month! category:text! amount:money! team:id kind:choice! counted_in:choice!",
            kind=("fixed", "variable"),
            counted_in=("margin", "spend", "none"),
        ),
        _table(
            "reps",
            "rep:id! team:id hired_on:date left_on:date capacity:number manager:text name:text email:text",
            "rep",
        ),
        _table("assignments", "rep:id! team:id! from:date! to:date share:number"),
        _table("teams", "team:id! manager:text email:text parent:id", "team"),
    )
}

SOURCES_OF_REVENUE = ("deals", "invoices", "subscriptions")

# The dates on which something happened, in contrast to those that were planned or agreed ahead (an expected close,
# the end of a contract, a rep's last day, the month of a budget). The last of them is the last day with data.
EVENTS: dict[str, tuple[str, ...]] = {
    "deals": ("created_at", "closed_at"),
    "deal_changes": ("changed_at",),
    "stage_events": ("entered_at",),
    "leads": ("created_at", "qualified_at"),
    "activities": ("happened_at",),
    "churn_events": ("churned_at",),
    "invoices": ("invoiced_at",),
    "subscriptions": ("started_at",),
}

# The tables whose days are those on which something was written down: the last of them is the last day with data. A
# meeting or a subscription may stand in the data weeks before its day, and says nothing about how new an export is.
RECORDED = ("deals", "deal_changes", "stage_events", "leads", "invoices")

# The tables whose rows belong to a team, and the day on which the rep's team is asked for.
TEAM_DAY = {"deals": "closed_at", "leads": "created_at", "invoices": "invoiced_at", "activities": "happened_at"}

# What a snapshot keeps beside the canonical columns and no frame of `Tables` shows: ``seq`` orders the rows of one
# table in time (the time of day and the line included), and the typed values of deal_changes.
ORDERED = ("deal_changes", "stage_events", "assignments")
TYPED_VALUES = ("value_amount", "value_date", "value_date_day", "value_date_month")
