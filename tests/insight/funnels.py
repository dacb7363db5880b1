"""Companies whose deals go through three stages with known chances, for the parts that look for where they are lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.policies import Team

DAY = date(2023, 1, 1)
AS_OF = date(2025, 12, 31)
DAYS = (AS_OF - DAY).days
STAGES = ("Look", "Offer", "Sign")
KINDS = {"new": (0.6, 0.7, 0.8), "renewal": (0.9, 0.9, 0.95)}
TEAMS = {team: tuple(f"{team} {i}" for i in range(5)) for team in ("East", "North", "South", "West")}
Chance = Callable[[pd.DataFrame, int], Any]  # a factor of the chance to go on, for each deal, in a stage


def company(teams: Sequence[str] = tuple(TEAMS)) -> Company:
    """Return a company of these teams."""
    written = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}}
    return Company.model_validate(written).model_copy(update={"teams": [Team(name=name) for name in teams]})


def usual(deals: pd.DataFrame, stage: int) -> float:
    """Change nothing."""
    return 1.0


def at(stage: str, factor: float, **where: str) -> Chance:
    """Return what multiplies the chance in one stage, where the deals' columns have these values."""

    def changed(deals: pd.DataFrame, number: int) -> Any:
        there = np.ones(len(deals), dtype=bool)
        for name, value in where.items():
            there &= (deals[name] == value).to_numpy()
        return np.where(there & (STAGES[number] == stage), factor, 1.0)

    return changed


def funnel_frames(
    seed: int,
    count: int = 6000,
    chance: Chance = usual,
    *,
    teams: Mapping[str, Sequence[str]] = TEAMS,
    renewals: Mapping[str, float] | None = None,
    weights: Mapping[str, float] | None = None,
) -> dict[str, pd.DataFrame]:
    """Return deals, their stages, and the reps. ``renewals``: their share, by team; ``weights``: how busy reps are."""
    rng = np.random.default_rng(seed)
    people = [(team, rep) for team, reps in teams.items() for rep in reps]
    busy = np.array([(weights or {}).get(rep, 1.0) for _, rep in people])
    who = rng.choice(len(people), count, p=busy / busy.sum())
    deals = pd.DataFrame({"team": [people[i][0] for i in who], "rep": [people[i][1] for i in who]})
    share = np.array([(renewals or {}).get(team, 0.4) for team in deals["team"]])
    deals["deal_type"] = np.where(rng.random(count) < share, "renewal", "new")
    deals["product"] = rng.choice(["bolt", "nut"], count)
    deals["channel"] = rng.choice(["web", "fair"], count)
    deals["day"] = np.sort(rng.integers(0, DAYS, count))
    deals["deal_id"] = [f"D{i:05}" for i in range(count)]
    return {**_run(rng, deals, chance), "reps": _reps(people)}


def _run(rng: np.random.Generator, deals: pd.DataFrame, chance: Chance) -> dict[str, pd.DataFrame]:
    base = np.array([KINDS[kind] for kind in deals["deal_type"]])
    day, alive, told = deals["day"].to_numpy().copy(), np.ones(len(deals), dtype=bool), []
    for stage, name in enumerate(STAGES):
        seen = alive & (day <= DAYS)
        told.append(pd.DataFrame({"deal_id": deals["deal_id"][seen], "stage": name, "entered_at": _days(day[seen])}))
        goes = rng.random(len(deals)) < np.minimum(base[:, stage] * chance(deals, stage), 1.0)
        took = 1 + rng.exponential(np.where(goes, 12, 25)).astype(int)
        day = np.where(alive, day + took, day)
        alive &= goes
    shut = day <= DAYS
    status = np.where(shut, np.where(alive, "won", "lost"), "open")
    made = deals.drop(columns="day").assign(status=status, created_at=_days(deals["day"].to_numpy()))
    made["closed_at"] = pd.Series(_days(day)).where(shut)
    made["amount"] = np.where(deals["deal_type"] == "new", 100_000, 40_000)  # cents
    return {"deals": made, "stage_events": pd.concat(told, ignore_index=True)}


def _days(numbers: Any) -> Any:
    return (np.datetime64(DAY) + np.asarray(numbers).astype("timedelta64[D]")).astype("datetime64[s]")


def _reps(people: Sequence[tuple[str, str]]) -> pd.DataFrame:
    rows = [{"rep": rep, "team": team, "hired_on": DAY - timedelta(days=2000), "name": f"{rep} Smith"}
            for team, rep in people]  # fmt: skip
    return pd.DataFrame(rows)


def tables_of(frames: Mapping[str, pd.DataFrame], teams: Sequence[str] = tuple(TEAMS), as_of: date = AS_OF) -> Tables:
    """Return the tables of frames."""
    return tables_from_frames(dict(frames), company(teams), as_of)
