"""Made-up companies as canonical frames, and the same ones in which all that came after a day is another."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from salesgoals_kit.data.contract import TABLES

FIRST, AS_OF, LAST = date(2024, 1, 1), date(2024, 7, 31), date(2024, 12, 31)
Row = dict[str, Any]
World = dict[str, list[Row]]
TEAMS, REPS = ("East", "West"), ("Ann", "Bob", "Cleo", "Dan")
UNDATED = (
    *("amount", "stage", "rep", "team", "expected_close_at", "cost", "list_price", "term_months"),
    *("channel", "deal_type", "product", "family", "region", "account_id"),
)
MONEY = ("amount", "cost", "list_price", "mrr")


class Maker:
    """Draws rows by chance."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def day(self, first: date, last: date) -> date:
        """A day between two, both inclusive."""
        return first + timedelta(days=self.chance.randint(0, (last - first).days))

    def later(self) -> date:
        """A day after as_of."""
        return self.day(AS_OF + timedelta(days=1), LAST)

    def maybe(self, value: Any, likely: float = 0.7) -> Any:
        """The value, or nothing."""
        return value if self.chance.random() < likely else None

    def pick(self, *values: Any) -> Any:
        """One of the values."""
        return self.chance.choice(values)

    def field(self, name: str) -> Any:
        """A field of a deal that has no date of its own."""
        if name in MONEY:
            return self.maybe(self.chance.randint(0, 10**6))
        if name == "expected_close_at":
            return self.maybe(self.day(FIRST, LAST + timedelta(days=90)))
        if name == "term_months":
            return self.maybe(float(self.chance.randint(1, 36)))
        words = {"rep": REPS, "team": TEAMS, "stage": ("New", "Offer", "Signed")}
        return self.maybe(self.pick(*words.get(name, ("x", "y", "z"))))

    def change(self, deal: str, field: str, changed_at: date) -> Row:
        """A row of deal_changes; amounts in minor units."""
        value = self.day(FIRST, LAST) if field in ("closed_at", "expected_close_at") else self.field(field)
        return {
            "deal_id": deal,
            "field": field,
            "value": None if value is None else str(value),
            "changed_at": changed_at,
        }

    def deal(self, name: str) -> Row:
        """A deal, with what its row says today."""
        created = self.maybe(self.day(FIRST, LAST), 0.85)
        closed = self.maybe(self.day(created or FIRST, LAST), 0.7)
        status = "open" if closed is None else self.pick("won", "lost")
        fields = {field: self.field(field) for field in UNDATED}
        return {"deal_id": name, "status": status, "created_at": created, "closed_at": closed, **fields}

    def world(self) -> World:
        """A whole company."""
        deals = [self.deal(f"D{i}") for i in range(self.chance.randint(1, 12))]
        names = [deal["deal_id"] for deal in deals]
        fields = ("stage", "amount", "expected_close_at", "closed_at", "rep")
        changes = [self.change(self.pick(*names), self.pick(*fields), self.day(FIRST, LAST)) for _ in range(20)]
        return {
            "deals": deals,
            "deal_changes": changes,
            "stage_events": [self.event(self.pick(*names), self.day(FIRST, LAST)) for _ in range(10)]
            + [self.event(names[0], LAST)],  # the last day with data
            "leads": [self.lead(f"L{i}") for i in range(6)],
            "activities": [self.activity(f"T{i}") for i in range(5)],
            "accounts": [self.account(f"A{i}") for i in range(3)],
            "invoices": [self.invoice(f"I{i}") for i in range(5)],
            "subscriptions": [self.subscription(f"S{i}") for i in range(6)],
            "churn_events": [self.churn(f"C{i}") for i in range(3)],
            "spend": [
                {"month": date(2024, m, 1), "channel": "x", "amount": self.chance.randint(1, 999)} for m in range(5, 12)
            ],
            "reps": [self.rep(name) for name in REPS],
            "assignments": [row for name in REPS for row in self.assignments(name)],
        }

    def event(self, deal: str, entered_at: date) -> Row:
        """A row of stage_events."""
        return {"deal_id": deal, "stage": self.pick("New", "Offer", "Signed"), "entered_at": entered_at}

    def lead(self, name: str) -> Row:
        """A lead."""
        created = self.day(FIRST, LAST)
        row = {"lead_id": name, "created_at": created, "rep": self.pick(*REPS), "team": self.maybe("East", 0.3)}
        return {**row, "qualified_at": self.maybe(self.day(created, LAST)), **self.learned()}

    def learned(self) -> Row:
        """What is learned of a lead."""
        flags = {flag: self.pick(True, False, None) for flag in ("budget", "authority", "need", "timing")}
        return {"deal_id": self.maybe(f"D{self.chance.randint(0, 9)}"), **flags}

    def activity(self, name: str) -> Row:
        """An activity."""
        return {"activity_id": name, "rep": self.pick(*REPS), "kind": "call", "happened_at": self.day(FIRST, LAST)}

    def account(self, name: str) -> Row:
        """An account, which has no dates at all."""
        row = {field: self.pick("x", "y", None) for field in ("industry", "size", "region", "segment")}
        return {"account_id": name, "name": "N", "churn_flag": self.pick(True, False, None), **row}

    def invoice(self, name: str) -> Row:
        """An invoice or a credit note."""
        amount = self.chance.randint(-999, 9999)
        return {
            "invoice_id": name,
            "account_id": "A1",
            "invoiced_at": self.day(FIRST, LAST),
            "amount": amount,
            "rep": "Ann",
        }

    def subscription(self, name: str) -> Row:
        """A subscription."""
        start = self.day(FIRST, LAST)
        row = {"subscription_id": name, "account_id": "A1", "started_at": start, "mrr": self.chance.randint(0, 999)}
        return {**row, "ended_at": self.maybe(self.day(start, LAST))}

    def churn(self, name: str) -> Row:
        """A churn event."""
        return {"event_id": name, "account_id": "A1", "churned_at": self.day(FIRST, LAST)}

    def rep(self, name: str) -> Row:
        """A rep."""
        hired = self.maybe(self.day(FIRST, LAST))
        return {
            "rep": name,
            "team": self.pick(*TEAMS),
            "hired_on": hired,
            "left_on": self.maybe(self.day(hired or FIRST, LAST)),
        }

    def assignments(self, name: str) -> list[Row]:
        """Two teams, one after the other, the second half the time beside a third."""
        moved = self.day(FIRST + timedelta(days=1), LAST)
        share = self.pick(None, 0.6)
        rows = [{"rep": name, "team": "East", "from": FIRST, "to": moved, "share": None}]
        rows.append({"rep": name, "team": "West", "from": moved, "to": None, "share": share})
        return (
            rows if share is None else [*rows, {"rep": name, "team": "East", "from": moved, "to": None, "share": 0.4}]
        )


def frames_of(world: World) -> dict[str, pd.DataFrame]:
    """Return a world as pandas frames with canonical columns; a table without rows keeps its columns."""
    return {name: pd.DataFrame(rows, columns=list(TABLES[name].names)) for name, rows in world.items()}


def write_world(world: World, folder: Path) -> None:
    """Write a world as CSV files as a system would export them: amounts in currency units."""
    folder.mkdir(parents=True)
    for name, rows in world.items():
        exported = pd.DataFrame(
            [_exported(row) for row in rows], columns=[c for c in TABLES[name].names if c != "currency"]
        )
        exported.to_csv(folder / f"{name}.csv", index=False)


def _exported(row: Row) -> Row:
    whole = {key: f"{value / 100:.2f}" if key in MONEY and value is not None else value for key, value in row.items()}
    if row.get("field") == "amount" and row["value"] is not None:
        whole["value"] = f"{int(row['value']) / 100:.2f}"
    return whole


def scrambled(world: World, seed: int) -> World:
    """Return the world in which everything that happened or was learned after as_of is another.

    What had been written by as_of stays. A field of a closed deal that was written later only is not known for then,
    so its row's value is another too; that it *was* written later stays.
    """
    maker = Maker(seed)
    closed = {deal["deal_id"] for deal in world["deals"] if _closed(deal)}
    other = {name: [row for row in rows if _happened(name, row)] for name, rows in world.items()}
    other["deals"] = [_another_deal(deal, world, maker) for deal in other["deals"]]
    other["deals"] += [
        {**maker.deal(f"N{i}"), "created_at": maker.later(), "closed_at": None, "status": "open"} for i in range(3)
    ]
    other["deal_changes"] += _later_changes(world, closed, maker)
    free = [deal["deal_id"] for deal in world["deals"] if deal["deal_id"] not in closed]
    other["stage_events"] += [{**row, "stage": "Lost"} for row in world["stage_events"] if row["entered_at"] > AS_OF]
    other["stage_events"] += [maker.event(name, maker.later()) for name in free]
    other["leads"] = [_another_lead(lead, maker) for lead in other["leads"]]
    other["leads"].append({**maker.lead("LN"), "created_at": maker.later(), "qualified_at": None})
    other["accounts"] = [{**maker.account(row["account_id"]), "name": row["name"]} for row in other["accounts"]]
    for name, date_name in (("subscriptions", "ended_at"), ("reps", "left_on"), ("assignments", "to")):
        other[name] = [_another_end(row, date_name, maker) for row in other[name]]
    other["stage_events"].append(maker.event(other["deals"][-1]["deal_id"], LAST))  # of one nobody had heard of
    for name, begin in (("invoices", "invoiced_at"), ("subscriptions", "started_at"), ("churn_events", "churned_at")):
        made = {"invoices": maker.invoice, "subscriptions": maker.subscription, "churn_events": maker.churn}[name]
        other[name].append(
            {**made("new"), begin: maker.later(), **({"ended_at": None} if name == "subscriptions" else {})}
        )
    other["spend"].append({"month": date(2024, 8, 1), "channel": "new", "amount": maker.chance.randint(1, 999)})
    return other


def _closed(deal: Row) -> bool:
    return deal["status"] != "open" and deal["closed_at"] is not None and deal["closed_at"] <= AS_OF


def _happened(name: str, row: Row) -> bool:
    """Tell whether a row could be seen at as_of (a deal without a creation day: if it had closed)."""
    if name == "deals":
        return _closed(row) if row["created_at"] is None else row["created_at"] <= AS_OF
    begin = {"reps": "hired_on", "accounts": ""}.get(name, next((c for c in TABLES[name].dates), ""))
    return not begin or row[begin] is None or row[begin] <= AS_OF


def _another_deal(deal: Row, world: World, maker: Maker) -> Row:
    name = deal["deal_id"]
    changes = [row for row in world["deal_changes"] if row["deal_id"] == name]
    before = {row["field"] for row in changes if row["changed_at"] <= AS_OF}
    after = {row["field"] for row in changes if row["changed_at"] > AS_OF}
    if any(row["deal_id"] == name and row["entered_at"] > AS_OF for row in world["stage_events"]):
        after.add("stage")
    if not _closed(deal) or "closed_at" in after:
        closed = maker.pick(None, maker.later())
        status = "open" if closed is None else maker.pick("won", "lost")
        return {**deal, "status": status, "closed_at": closed, **{field: maker.field(field) for field in UNDATED}}
    learned = [field for field in ("amount", "rep", "stage", "expected_close_at") if field in after]
    learned += [field for field in ("amount", "rep") if field in before and field not in after]
    return {**deal, **{field: maker.field(field) for field in learned}}


def _later_changes(world: World, closed: set[str], maker: Maker) -> list[Row]:
    """Every later change with another value on another day, and more of them for deals that had not closed."""
    later = [row for row in world["deal_changes"] if row["changed_at"] > AS_OF]
    more = [maker.change(row["deal_id"], row["field"], maker.later()) for row in later]
    open_deals = [deal["deal_id"] for deal in world["deals"] if deal["deal_id"] not in closed]
    fields = ("stage", "amount", "expected_close_at", "closed_at", "rep")
    return more + [maker.change(name, maker.pick(*fields), maker.later()) for name in open_deals]


def _another_lead(lead: Row, maker: Maker) -> Row:
    if lead["qualified_at"] is not None and lead["qualified_at"] <= AS_OF:
        return lead
    return {**lead, "qualified_at": maker.pick(None, maker.later()), **maker.learned()}


def _another_end(row: Row, name: str, maker: Maker) -> Row:
    if row[name] is not None and row[name] <= AS_OF:
        return row
    return {**row, name: maker.pick(None, maker.later())}
