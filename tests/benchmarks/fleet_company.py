"""A made-up company with any number of teams, as files: the sample company again and again, of one seed after another.

A sample has four teams. Each copy gets names and ids of its own, so that nothing joins across copies: team ``North`` of
the third is ``North 3``, its deal ``410001`` is ``410001-3``. Of the last copy only as many teams are kept as are
wanted, with the reps who never worked for another, and what is theirs. Spend and costs are added up over the copies: a
large company has no more channels than a small one. The same number of teams and seed give the same bytes.

Above 24 teams only every fourth activity is kept, unless ``thin`` says otherwise; the other tables are whole. Reckoned
from the size of one sample, 250 teams then have 0.8 million activities in place of 3.1, and files of 570 MB, not 670.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pandas as pd
import yaml

from salesgoals_kit.data.sample import make_sample
from salesgoals_kit.data.sample.files import write_files
from salesgoals_kit.run.folders import shipped

PER_COPY = 4
WHOLE_UP_TO = 24  # teams; above, activities are thinned
THINNED = 4  # every so manieth activity is kept
SAMPLES = "../.salesgoals/sample/"  # where the sample's company file has its data
SUMMED = {"spend": ["month", "channel", "team"], "costs": ["month", "category", "team", "kind", "counted_in"]}
OWN = {"deal_id", "lead_id", "account_id", "activity_id", "event_id", "invoice_id", "subscription_id", "rep"}
CHANGED_BEFORE = pd.Timestamp("2025-09-30")  # the earliest day whose knowledge a benchmark's report is made with

Frames = dict[str, pd.DataFrame]


def make_fleet(folder: Path, teams: int, seed: int = 7, thin: bool | None = None) -> Path:
    """Write a company of so many teams into a folder, and return its company file.

    The data is in ``data``, the store will be in ``store`` and the reports in ``reports``. What was made before with
    the same numbers is left as it is.
    """
    thinned = teams > WHOLE_UP_TO if thin is None else thin
    company = folder / "fleet.yaml"
    made = folder / "fleet.json"
    what = json.dumps({"teams": teams, "seed": seed, "thin": thinned})
    if company.exists() and made.exists() and made.read_text("utf-8") == what:
        return company
    shutil.rmtree(folder / "data", ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    named = _write_data(folder, teams, seed, thinned)
    company.write_text(_company_file(named), "utf-8")
    made.write_text(what, "utf-8")
    return company


def _write_data(folder: Path, teams: int, seed: int, thin: bool) -> pd.DataFrame:
    """Write all copies one below the other; return the table of teams."""
    parts = folder / ".parts"
    shared: dict[str, list[pd.DataFrame]] = {name: [] for name in SUMMED}
    named = []
    for number, size in enumerate(_sizes(teams), 1):
        tables = copy_of(seed + number - 1, number, size, thin)
        for name in SUMMED:
            shared[name].append(tables.pop(name))
        named.append(tables["teams"])
        _append(tables, parts, folder / "data")
    _append({name: _added(name, frames) for name, frames in shared.items()}, parts, folder / "data")
    return pd.concat(named)


def _sizes(teams: int) -> Iterator[int]:
    """Yield how many teams each copy has."""
    for start in range(0, teams, PER_COPY):
        yield min(PER_COPY, teams - start)


def _append(tables: Frames, parts: Path, data: Path) -> None:
    """Write tables as the sample's files are written, below what the folder's files hold already."""
    write_files(tables, parts)
    for part in sorted(parts.iterdir()):
        target = data / part.name
        with part.open("rb") as new, target.open("ab") as all_of_it:
            if all_of_it.tell():
                new.readline()  # the header stands there
            shutil.copyfileobj(new, all_of_it)
    shutil.rmtree(parts)


def _added(name: str, frames: list[pd.DataFrame]) -> pd.DataFrame:
    keys = SUMMED[name]
    added = pd.concat(frames).groupby(keys, dropna=False, sort=False)["amount"].sum().reset_index()
    return added[frames[0].columns.to_list()]


def copy_of(seed: int, number: int, size: int, thin: bool) -> Frames:
    """Return a sample's tables with names of their own, and with the first of its teams only."""
    tables = dict(_sample(seed))
    if thin:
        tables["activities"] = tables["activities"].iloc[::THINNED].reset_index(drop=True)
    if size < PER_COPY:
        tables = _cut(tables, tables["teams"]["team"].to_list()[:size])
    return {name: _renamed(name, table, number) for name, table in tables.items()}


@lru_cache(maxsize=2)
def _sample(seed: int) -> Frames:
    return make_sample(seed).tables


def _renamed(name: str, table: pd.DataFrame, number: int) -> pd.DataFrame:
    new = {column: table[column] + f"-{number}" for column in table.columns if column in OWN}
    if "team" in table.columns:
        new["team"] = table["team"] + f" {number}"
    if name == "reps":
        new["email"] = table["rep"] + f"-{number}@example.com"
    if name == "deal_changes":
        new["value"] = table["value"].where(table["field"] != "rep", table["value"] + f"-{number}")
    return table.assign(**new)


def _cut(tables: Frames, kept: list[str]) -> Frames:
    """Return what belongs to some teams of a sample: their reps of always, those reps' deals, and what hangs on them.

    Spend, and costs that are no team's, are taken by the number of teams.
    """
    away = tables["assignments"].loc[~tables["assignments"]["team"].isin(kept), "rep"]
    reps = tables["reps"]["rep"][~tables["reps"]["rep"].isin(away)]
    changes = tables["deal_changes"]
    passed = changes.loc[(changes["field"] == "rep") & ~changes["value"].isin(reps), "deal_id"]
    deals = tables["deals"][_in(tables["deals"], reps, kept) & ~tables["deals"]["deal_id"].isin(passed)]
    leads = _of(tables["leads"][_in(tables["leads"], reps, kept)], "deal_id", deals)
    cut = {
        **tables,
        "deals": deals,
        "leads": leads,
        "activities": _of(_of(tables["activities"], "deal_id", deals), "lead_id", leads),
        **{name: tables[name][_in(tables[name], reps, kept)] for name in ("invoices", "reps", "assignments")},
    }
    cut["activities"] = cut["activities"][cut["activities"]["rep"].isin(reps)]
    for name in ("deal_changes", "stage_events"):
        cut[name] = _of(tables[name], "deal_id", deals)
    for name in ("teams", "subscriptions"):
        cut[name] = tables[name][tables[name]["team"].isin(kept)]
    known = pd.concat([cut[name][["account_id"]] for name in ("deals", "invoices", "subscriptions")])
    for name in ("accounts", "churn_events"):
        cut[name] = _of(tables[name], "account_id", known)
    share = len(kept) / PER_COPY
    for name in SUMMED:
        cut[name] = _shared(tables[name], kept, share)
    return {name: table.reset_index(drop=True) for name, table in cut.items()}


def _in(table: pd.DataFrame, reps: pd.Series, teams: list[str]) -> pd.Series:
    """Return which rows are of some reps and teams; one that names no rep, or no team, is judged by the other."""
    of_rep = table["rep"].isin(reps) | table["rep"].isna()
    return of_rep & (table["team"].isin(teams) | table["team"].isna())


def _of(table: pd.DataFrame, column: str, others: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that name one of the others' ids, or none at all."""
    return table[table[column].isin(others[column]) | table[column].isna()]


def _shared(table: pd.DataFrame, kept: list[str], share: float) -> pd.DataFrame:
    of_all = table["team"].isna()
    amount = table["amount"].mask(of_all, (table["amount"] * share).round().astype("Int64"))
    return table.assign(amount=amount)[of_all | table["team"].isin(kept)]


def _company_file(teams: pd.DataFrame) -> str:
    """Return the sample's company file for all these teams, with plans of their size."""
    sample, _, _ = shipped("params", "company.yaml").read_text("utf-8").partition("\nteams:\n")
    head = {"name": f"Fleet of {len(teams)}", "store": "store", "reports": "reports"}
    for key, value in head.items():
        sample = re.sub(rf"^{key}: \S.*$", f"{key}: {value}", sample, flags=re.MULTILINE)
    sample = re.sub(r"value: (\d+)", lambda plan: f"value: {int(plan[1]) * len(teams) // PER_COPY}", sample)
    listed = teams[["team", "manager", "email"]].rename(columns={"team": "name"}).to_dict("records")
    return sample.replace(SAMPLES, "data/") + "\n" + yaml.safe_dump({"teams": listed}, sort_keys=False, width=200)


def change_one_team(folder: Path, team: str) -> int:
    """Make the last deal that a rep of this team alone won 1,000.00 larger, as if its amount had been so throughout.

    Returns how many rows changed: the deal, and what the CRM remembers of this amount. The deal was won before any day
    whose knowledge counts in the benchmark, so that every report of the team and of the company has other figures.
    """
    assignments = pd.read_csv(folder / "data" / "assignments.csv", dtype=str)
    elsewhere = set(assignments.loc[assignments["team"] != team, "rep"])
    reps = set(assignments.loc[assignments["team"] == team, "rep"]) - elsewhere
    deals = folder / "data" / "deals.csv"
    rows = _read(deals, ";", "cp1252")
    place = {title: index for index, title in enumerate(rows[0])}
    won = [row for row in rows[1:] if row[place["Deal owner"]] in reps and row[place["Deal Stage"]] == "Closed Won"]
    closed = {id(row): pd.to_datetime(row[place["Close Date"]], format="%d.%m.%Y") for row in won}
    deal = max((row for row in won if closed[id(row)] < CHANGED_BEFORE), key=lambda row: closed[id(row)])
    before = float(deal[place["Amount"]].replace(",", "."))
    deal[place["Amount"]] = f"{before + 1000:.2f}".replace(".", ",")
    _write(deals, rows, ";", "cp1252")
    return 1 + _change_history(folder / "data" / "deal_changes.csv", deal[place["Record ID"]], before)


def _change_history(file: Path, deal: str, before: float) -> int:
    rows = _read(file, ",", "utf-8")
    found = [row for row in rows if row[:2] == [deal, "amount"] and float(row[2]) == before]
    for row in found:
        row[2] = f"{before + 1000:.2f}"
    _write(file, rows, ",", "utf-8")
    return len(found)


def _read(file: Path, delimiter: str, encoding: str) -> list[list[str]]:
    with file.open(encoding=encoding, newline="") as lines:
        return list(csv.reader(lines, delimiter=delimiter))


def _write(file: Path, rows: list[list[str]], delimiter: str, encoding: str) -> None:
    with file.open("w", encoding=encoding, newline="") as lines:
        csv.writer(lines, delimiter=delimiter, lineterminator="\n").writerows(rows)
