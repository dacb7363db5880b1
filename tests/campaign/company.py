"""A small company whose reports are made in seconds: the deals of three teams over two years."""

from __future__ import annotations

import csv
import random
from datetime import date, timedelta
from pathlib import Path

TEAMS = ("North", "Południe", "West & Co")
DEALS = 600
FIRST, LAST = date(2024, 1, 2), date(2025, 12, 30)
FILE = """version: 1
name: Campaign
currency: EUR
store: store
reports: reports
sources:
  deals: {path: deals.csv}
plan: [{kpi: revenue, period: 2026Q1, value: 400000}]
teams:
"""


def make_company(folder: Path) -> Path:
    """Write the company into a folder, and return its file; always the same bytes."""
    dice = random.Random(7)
    folder.mkdir(parents=True, exist_ok=True)
    days = (LAST - FIRST).days
    deals = [_deal(number, FIRST + timedelta(days=number * days // DEALS), dice) for number in range(DEALS)]
    _write(folder / "deals.csv", deals)
    company = folder / "company.yaml"
    company.write_text(FILE + "".join(f"  - {{name: {team}}}\n" for team in TEAMS), "utf-8")
    return company


def change_data(folder: Path) -> None:
    """Make the last deal that North won 1,000 larger: North's reports and the company's come out otherwise."""
    with (folder / "deals.csv").open(encoding="utf-8", newline="") as file:
        deals: list[dict[str, object]] = list(csv.DictReader(file))
    won = next(deal for deal in reversed(deals) if deal["status"] == "won" and deal["team"] == TEAMS[0])
    won["amount"] = int(str(won["amount"])) + 1000
    _write(folder / "deals.csv", deals)


def _deal(number: int, created: date, dice: random.Random) -> dict[str, object]:
    closed = created + timedelta(days=10 + dice.randrange(50))
    over = closed <= LAST
    return {
        "deal_id": f"D{number}",
        "status": ("won" if dice.random() < 0.6 else "lost") if over else "open",
        "created_at": created,
        "closed_at": closed if over else "",
        "amount": 1000 + 10 * dice.randrange(200),
        "team": TEAMS[number % len(TEAMS)],
        "rep": f"rep {number % 6}",
        "account_id": f"A{number % 200}",
    }


def _write(file: Path, rows: list[dict[str, object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
