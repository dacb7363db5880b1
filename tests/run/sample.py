"""A part of the sample company: what a few of its reps did, in all its tables and all its teams."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from salesgoals_kit.data.sample import sample_tables
from salesgoals_kit.data.sample.files import write_files
from salesgoals_kit.run.work import SAMPLE_FOLDER

Frames = dict[str, pd.DataFrame]
OF_DEALS = ("deal_changes", "stage_events")
OF_ACCOUNTS = ("accounts", "churn_events", "subscriptions")
FEW = 2  # reps of a team: a report takes a third of the time


@cache
def a_part_of_the_sample(reps: int = FEW, teams: tuple[str, ...] = ()) -> Frames:
    """Give the deals, leads and customers of so many reps of each team, those who have been there longest.

    Of all teams unless some are named. Teams, spend and costs are those of the whole company.
    """
    frames = sample_tables()
    here = frames["reps"][frames["reps"]["left_on"].isna()].sort_values("hired_on")
    here = here[here["team"].isin(teams)] if teams else here
    chosen = {*here.groupby("team").head(reps)["rep"]}
    changes, own = frames["deal_changes"], frames["deals"]
    others = changes.loc[(changes["field"] == "rep") & ~changes["value"].isin(chosen), "deal_id"]
    own = own[own["rep"].isin(chosen) & ~own["deal_id"].isin(others)]
    deals, accounts = {*own["deal_id"]}, {*own["account_id"].dropna()}
    frames |= {name: _of(frames[name], "deal_id", deals) for name in ("deals", *OF_DEALS)}
    frames |= {name: _of(frames[name], "account_id", accounts) for name in (*OF_ACCOUNTS, "invoices")}
    frames |= {name: _of(frames[name], "rep", chosen) for name in ("reps", "assignments", "leads", "activities")}
    frames["invoices"] = _of(frames["invoices"], "rep", chosen, besides=True)
    frames["leads"] = _of(frames["leads"], "deal_id", deals, besides=True)
    for name, known in (("deal_id", deals), ("lead_id", {*frames["leads"]["lead_id"]})):
        frames["activities"] = _of(frames["activities"], name, known, besides=True)
    return frames


def _of(frame: pd.DataFrame, column: str, known: Collection[object], *, besides: bool = False) -> pd.DataFrame:
    """Return the rows of what is known, and ``besides`` those that name nothing."""
    return frame[frame[column].isin(known) | (frame[column].isna() & besides)]


def with_a_part_of_the_sample(house: Path, *tables: str) -> Path:
    """Write it where a company's file looks for the sample company, and return the house; all tables or only some."""
    file = house / "params" / "company.yaml"
    frames = a_part_of_the_sample()
    if tables:
        given = yaml.safe_load(file.read_text("utf-8"))
        given["sources"] = {name: given["sources"][name] for name in tables}
        file.write_text(yaml.safe_dump(given, sort_keys=False), "utf-8")
        frames = {name: frames[name] for name in tables}
    write_files(frames, house / ".salesgoals" / SAMPLE_FOLDER)
    return house
