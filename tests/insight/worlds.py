"""Companies whose chances are known: every prospect converts by a chance of its own, at one age."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.policies import Cycle

AS_OF = date(2025, 12, 31)
FIRST = pd.Timestamp("2022-01-01")
HORIZON = 120
BANT = ("budget", "authority", "need", "timing")
WEIGHTS = (1.2, 0.4, 0.8, -0.5)


def a_company() -> Company:
    sources = {"deals": {"path": "d.csv"}, "leads": {"path": "l.csv"}}
    company = Company.model_validate({"version": 1, "name": "Acme", "sources": sources})
    return company.model_copy(update={"cycle": Cycle(horizon_days=HORIZON)})


def tables_of(frames: dict[str, pd.DataFrame], as_of: date = AS_OF) -> Tables:
    return tables_from_frames(frames, a_company(), as_of)


def chance(odds: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-odds)))


def deal_world(seed: int, count: int = 3000, told: float = 1.0) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    """Return deals that are decided 100 days after they came, and the true chance of each by its id.

    Type, channel, activities in the first month and how long the rep has been here decide; ``told`` multiplies it.
    """
    rng = np.random.default_rng(seed)
    created = FIRST + pd.to_timedelta(np.sort(rng.integers(0, 1461, count)), unit="D")
    kind, channel = rng.choice(["new", "more", "renewal"], count), rng.choice(["web", "fair", "partner"], count)
    rep, calls = rng.choice([f"R{i}" for i in range(12)], count), rng.poisson(1.5, count)
    odds = -0.5 + told * (
        pd.Series(kind).map({"new": -1.0, "more": 0.2, "renewal": 1.4}).to_numpy()
        + pd.Series(channel).map({"web": 0.0, "fair": -0.6, "partner": 0.7}).to_numpy()
        + 0.5 * (np.log1p(calls) - 0.8)
    )
    ids = [f"D{i:05}" for i in range(count)]
    won, closed = rng.random(count) < chance(odds), created + pd.Timedelta(days=100)
    done = closed <= pd.Timestamp(AS_OF)
    deals = pd.DataFrame(
        {
            "deal_id": ids,
            "status": np.where(~done, "open", np.where(won, "won", "lost")),
            "created_at": created,
            "closed_at": pd.Series(closed).mask(~done),
            "amount": rng.integers(1000, 9000, count) * 100,
            "rep": rep,
            "team": pd.Series(rep).map({f"R{i}": ("North", "South", "East")[i % 3] for i in range(12)}),
            "deal_type": kind,
            "channel": channel,
        }
    )
    of = np.repeat(np.arange(count), calls)
    calls_made = {"activity_id": [f"A{i}" for i in range(len(of))], "rep": rep[of], "kind": "call"}
    activities = pd.DataFrame({**calls_made, "happened_at": created[of], "deal_id": np.array(ids)[of]})
    frames = {"deals": deals, "activities": activities[activities["happened_at"] <= pd.Timestamp(AS_OF)]}
    return frames, pd.Series(chance(odds), index=ids)


def lead_world(seed: int, count: int = 3000, told: float = 1.0) -> tuple[dict[str, pd.DataFrame], pd.Series]:
    """Return leads, qualified as they come, of which some become deals when they are nearly 120 days old."""
    rng = np.random.default_rng(seed)
    created = FIRST + pd.to_timedelta(np.sort(rng.integers(0, 1461, count)), unit="D")
    answers = {name: rng.random(count) < 0.5 for name in BANT}
    channel = rng.choice(["web", "fair"], count)
    odds = -1.0 + told * (
        sum(w * (answers[n] - 0.5) for n, w in zip(BANT, WEIGHTS, strict=True)) + 0.6 * (channel == "web")
    )
    became = rng.random(count) < chance(odds)
    born = created + pd.Timedelta(days=HORIZON - 1)
    dealt = became & (born <= pd.Timestamp(AS_OF))
    ids, deals = [f"L{i:05}" for i in range(count)], np.array([f"D{i:05}" for i in range(count)], dtype=object)
    leads = pd.DataFrame(
        {"lead_id": ids, "created_at": created, "qualified_at": created, "channel": channel, **answers}
    )
    leads["deal_id"] = [deal if made else None for deal, made in zip(deals, dealt, strict=True)]
    made = pd.DataFrame({"deal_id": deals, "status": "open", "created_at": born})[dealt]
    return {"leads": leads, "deals": made}, pd.Series(chance(odds), index=ids)
