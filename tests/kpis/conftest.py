"""Small tables for the measures: written by hand, or drawn at random; in pandas and in DuckDB."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import duckdb
import narwhals as nw
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.policies import Churn, Cycle, Team

Rows = list[dict[str, Any]]
FAR = date(2025, 12, 31)


def a_company(**changes: Any) -> Company:
    """Return a company that has every table of revenue, in euros, with what is given changed."""
    sources = {name: {"path": f"{name}.csv"} for name in ("deals", "invoices", "subscriptions")}
    written: dict[str, Any] = {"version": 1, "name": "Acme", "sources": sources}
    pause, horizon = changes.pop("pause_days", 30), changes.pop("horizon_days", 30)
    teams = [Team(name=name, parent=parent) for name, parent in changes.pop("teams", {}).items()]
    company = Company.model_validate({**written, **changes})
    return company.model_copy(
        update={"churn": Churn(pause_days=pause), "cycle": Cycle(horizon_days=horizon), "teams": teams}
    )


def tables_of(as_of: date = FAR, company: Company | None = None, **frames: Rows | pd.DataFrame) -> Tables:
    """Return tables of rows written as dictionaries; money in cents."""
    made = {name: rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows) for name, rows in frames.items()}
    return tables_from_frames(made, company or a_company(), as_of)


def in_duckdb(tables: Tables) -> Tables:
    """Return the same tables as DuckDB relations."""
    connection = duckdb.connect()
    frames = {}
    for name, frame in tables.frames.items():
        rows = frame.collect("pandas").to_native()
        connection.register(f"{name}_rows", rows)
        connection.execute(f'create table "{name}" as select * from {name}_rows')
        frames[name] = nw.from_native(connection.table(name))
    return replace(tables, frames=frames)


def some(rng: random.Random, words: list[str | None]) -> str | None:
    """Return one of the words."""
    return rng.choice(words)


def random_deals(rng: random.Random, number: int = 300) -> pd.DataFrame:
    """Return deals of two years, won, lost and open; nearly anything about them may be missing."""
    rows = []
    for i in range(number):
        created = date(2024, 1, 1) + timedelta(days=rng.randrange(720))
        closed = created + timedelta(days=int(rng.expovariate(1 / 25)))
        is_open = closed > FAR or rng.random() < 0.1
        rows.append(
            {
                "deal_id": f"D{i:04}",
                "status": "open" if is_open else rng.choice(["won", "lost"]),
                "created_at": created if rng.random() < 0.95 else None,
                "closed_at": None if is_open else closed,
                "amount": rng.randrange(100, 900_000) if rng.random() < 0.95 else None,
                "cost": rng.randrange(100, 500_000) if rng.random() < 0.8 else None,
                "list_price": rng.randrange(100, 900_000),
                "team": some(rng, ["North", "South", "East", None]),
                "rep": some(rng, ["Ann", "Bob", "Cid", None]),
                "channel": some(rng, ["web", "fair", None]),
                "product": some(rng, ["bolt", "nut"]),
                "region": some(rng, ["here", "there", None]),
                "deal_type": some(rng, ["new", "more"]),
                "account_id": some(rng, [*(f"A{n}" for n in range(80)), None]),
                "expected_close_at": rng.choice([FAR + timedelta(days=rng.randrange(200)), None]),
            }
        )
    return pd.DataFrame(rows)


def random_subscriptions(rng: random.Random, accounts: int = 40) -> pd.DataFrame:
    """Return subscriptions of two years that overlap, lapse for shorter and longer, come back, or cost nothing."""
    rows: Rows = []
    for account in range(accounts):
        for _ in range(rng.randrange(1, 6)):
            start = date(2024, 1, 3) + timedelta(days=rng.randrange(700))
            end = start + timedelta(days=rng.choice([0, 5, 20, 60, 200, 400]))
            rows.append(
                {
                    "subscription_id": f"S{len(rows):04}",
                    "account_id": f"A{account:02}",
                    "started_at": start,
                    "ended_at": end if rng.random() < 0.8 else None,
                    "mrr": rng.choice([0, 1_999, 5_000, 12_345]),
                    "team": some(rng, ["North", "South", None]),
                    "plan": some(rng, ["basic", "pro"]),
                }
            )
    return pd.DataFrame(rows)


def random_invoices(rng: random.Random) -> pd.DataFrame:
    """Return invoices and credit notes of two years."""
    return pd.DataFrame(
        {
            "invoice_id": f"I{i:03}",
            "account_id": f"A{rng.randrange(60)}",
            "invoiced_at": date(2024, 1, 2) + timedelta(days=rng.randrange(725)),
            "amount": rng.randrange(-20_000, 200_000),
            "cost": rng.randrange(100, 50_000) if rng.random() < 0.8 else None,
            "quantity": rng.randrange(1, 9),
            "team": some(rng, ["North", "South", "East", None]),
        }
        for i in range(300)
    )


def random_leads(rng: random.Random) -> pd.DataFrame:
    """Return leads of two years, half of them qualified within weeks."""
    rows = []
    for i in range(200):
        created = date(2024, 1, 2) + timedelta(days=rng.randrange(725))
        qualified = created + timedelta(days=rng.randrange(40))
        rows.append(
            {
                "lead_id": f"L{i:03}",
                "created_at": created,
                "qualified_at": qualified if rng.random() < 0.5 and qualified <= FAR else None,
                "team": some(rng, ["North", "South", "East", None]),
                "channel": some(rng, ["web", "fair", None]),
                "deal_id": some(rng, [f"D{rng.randrange(300):04}", None]),
            }
        )
    return pd.DataFrame(rows)


def random_outlays(rng: random.Random) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return two years of spend and of costs."""
    months = [date(2024 + i // 12, i % 12 + 1, 1) for i in range(24)]
    spend = [
        {"month": month, "channel": channel, "team": team, "amount": rng.randrange(10_000, 90_000)}
        for month in months
        for channel in ("web", "fair")
        for team in ("North", "South")
    ]
    costs = [
        {
            "month": month,
            "category": "wages",
            "team": team,
            "amount": rng.randrange(1_000, 9_000),
            "kind": "fixed",
            "counted_in": where,
        }
        for month in months
        for where in ("margin", "spend", "none")
        for team in ("North", None)
    ]
    return pd.DataFrame(spend), pd.DataFrame(costs)


def random_frames(seed: int) -> dict[str, pd.DataFrame]:
    """Return two years of every table that a measure reads."""
    rng = random.Random(seed)
    spend, costs = random_outlays(rng)
    return {
        "deals": random_deals(rng),
        "subscriptions": random_subscriptions(rng),
        "invoices": random_invoices(rng),
        "leads": random_leads(rng),
        "spend": spend,
        "costs": costs,
    }


TEAMS = {"North": None, "South": None, "East": "South"}


@pytest.fixture(scope="session")
def frames() -> dict[str, pd.DataFrame]:
    """Random frames, the same for every test; not to be changed."""
    return random_frames(7)


@pytest.fixture(scope="session")
def draw() -> Callable[..., Tables]:
    """Give random tables by seed, by how revenue is counted, and with frames changed."""

    def drawn(
        seed: int = 7, revenue: str = "deals", *, frames: Any = None, as_of: date = FAR, **settings: Any
    ) -> Tables:
        company = a_company(revenue=revenue, teams=TEAMS, **settings)
        return tables_of(as_of, company, **(random_frames(seed) if frames is None else frames))

    return drawn


@pytest.fixture(scope="session")
def make_company() -> Callable[..., Company]:
    """Give companies with settings changed."""
    return a_company


@pytest.fixture(scope="session")
def make_tables() -> Callable[..., Tables]:
    """Give tables of rows written by hand."""
    return tables_of


@pytest.fixture(scope="session")
def as_duckdb() -> Callable[[Tables], Tables]:
    """Give the same tables as DuckDB relations."""
    return in_duckdb
