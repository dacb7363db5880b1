"""Made-up customers: under contract, buying without one, and taking to what is offered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from salesgoals_kit.insight.purchases import Buying

AS_OF = date(2025, 12, 31)
Frames = dict[str, pd.DataFrame]
MODEL = Buying(0.8, 6.0, 0.9, 3.0)  # of those who buy without a contract


def contracts(seed: int, accounts: int = 300, hazard: float = 0.04, mrr: int = 20_000) -> Frames:
    """Return accounts that begin through six years and leave by one rate; some of them are large."""
    rng = np.random.default_rng(seed)
    months = rng.integers(0, 70, accounts)
    stays = rng.geometric(hazard, accounts) if hazard else np.full(accounts, 999)
    start = [pd.Timestamp(2020, 1, 1) + pd.DateOffset(months=int(month)) for month in months]
    ends = [day + pd.DateOffset(months=int(stay)) for day, stay in zip(start, stays, strict=True)]
    ids = [f"A{i:04}" for i in range(accounts)]
    price = np.rint(mrr * np.exp(rng.normal(0, 0.3, accounts))).astype(int)
    subscriptions = pd.DataFrame({"subscription_id": ids, "account_id": ids, "started_at": start, "mrr": price})
    subscriptions["ended_at"] = [end if end <= pd.Timestamp(AS_OF) else pd.NaT for end in ends]
    sizes = ["large" if i % 3 == 0 else "tiny" if i < 5 else "small" for i in range(accounts)]
    return {"subscriptions": subscriptions, "accounts": pd.DataFrame({"account_id": ids, "size": sizes})}


def bought(seed: int, accounts: int = 400, price: float = 100.0) -> Frames:
    """Return invoices of customers that buy by the model of the other test, and spend by a gamma-gamma."""
    rng = np.random.default_rng(seed)
    rows = []
    for account in range(accounts):
        begun = AS_OF - timedelta(days=int(rng.integers(60, 700)))
        rate, leaves = rng.gamma(MODEL.r, 1 / MODEL.alpha), rng.beta(MODEL.a, MODEL.b)
        mean, day, number = rng.gamma(4.0) * price / 4, 0.0, 0
        while begun + timedelta(days=round(day)) <= AS_OF:
            amount = round(100 * mean * rng.gamma(3.0) / 3) + 1
            bill = {"invoice_id": f"{account}-{number}", "account_id": f"B{account:04}", "amount": amount}
            rows.append({**bill, "invoiced_at": begun + timedelta(days=round(day))})
            if number and rng.random() < leaves:
                break
            day, number = day + 7 * rng.exponential(1 / rate), number + 1
            if day > 5000:
                break
    return {"invoices": pd.DataFrame(rows)}


def takers(seed: int, lift: float = 0.6, base: float = 0.08, accounts: int = 240) -> Frames:
    """Return accounts that pay monthly; of large banks a share ``lift`` buys Extra, and grows, of others ``base``."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, Any]] = []
    subs: list[dict[str, Any]] = []
    deals: list[dict[str, Any]] = []
    for i in range(accounts):
        account = f"A{i:03}"
        industry, size = ("bank", "shop")[i % 2], ("large", "small", "small")[i % 3]
        rows.append({"account_id": account, "name": f"Name {i}", "industry": industry, "size": size})
        chance = lift if (industry, size) == ("bank", "large") else base
        grows, left = rng.random() < chance, rng.random() < 0.08
        start = {"account_id": account, "started_at": "2023-02-01", "mrr": 10_000, "team": ("N", "S")[i % 5 == 0]}
        ends = "2025-06-01" if grows or left else None
        subs.append({**start, "subscription_id": account, "ended_at": ends})
        if grows:
            subs.append({**start, "subscription_id": account + "x", "started_at": "2025-06-01", "mrr": 15_000})
        deal = {"account_id": account, "status": "won", "amount": 120_000, "team": start["team"]}
        deals.append({**deal, "deal_id": account, "product": "Base", "closed_at": "2023-01-20"})
        if rng.random() < chance:
            day = f"2025-{rng.integers(1, 12):02}-10"
            deals.append({**deal, "deal_id": account + "x", "product": "Extra", "closed_at": day, "amount": 60_000})
    frames = {"accounts": rows, "subscriptions": subs, "deals": deals}
    return {name: pd.DataFrame(made) for name, made in frames.items()}
