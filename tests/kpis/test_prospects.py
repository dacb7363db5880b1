"""Prospects as they stood: against the tables as they were known on that day, and with everything later taken away."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.prospects import Prospects, deal_prospects, lead_prospects
from salesgoals_kit.kpis.scope import native
from salesgoals_kit.kpis.standing import DEAL_NUMBERS, DEAL_WORDS, LEAD_NUMBERS, LEAD_WORDS
from salesgoals_kit.periods import day_number, day_of

ROOT = Path(__file__).parents[2]
LANDMARK = date(2024, 4, 30)
DEALS = [*DEAL_WORDS, *DEAL_NUMBERS]
LEADS = [*LEAD_WORDS, *LEAD_NUMBERS]
Make = Callable[..., Tables]


@pytest.fixture(scope="module")
def sample() -> dict[str, pd.DataFrame]:
    return make_sample(11).tables


@pytest.fixture(scope="module")
def company() -> Company:
    return load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)


@pytest.fixture(scope="module")
def tables(sample: dict[str, pd.DataFrame], company: Company) -> Tables:
    """The sample as it stands on its last day; what is worked out from it stays."""
    return tables_from_frames(sample, company, LAST_DAY)


def at(found: Prospects, day: date, columns: list[str]) -> pd.DataFrame:
    """Return the examples of one day by id."""
    rows = found.past[found.past["day"] == day_number(day)]
    return rows.set_index("id")[columns].sort_index()


def test_deals_of_the_past_stand_as_the_tables_of_that_day_have_them(
    sample: dict[str, pd.DataFrame], company: Company, tables: Tables
) -> None:
    """What `data.hindsight` finds for one day by its own way: which are open, stage, rep, amount, expected closing."""
    found = at(deal_prospects(tables), LANDMARK, DEALS)
    then = tables_from_frames(sample, company, LANDMARK, known_on=LAST_DAY)
    rows = native(then.frame("deals"))
    rows = rows[rows["status"] == "open"].set_index("deal_id").sort_index()
    assert list(found.index) == list(rows.index)
    changes = sample["deal_changes"]
    twice = set(changes.loc[changes.duplicated(["deal_id", "field", "changed_at"], keep=False), "deal_id"])
    clear = [deal for deal in rows.index if deal not in twice]
    assert len(clear) > 0.8 * len(rows)
    found, rows = found.loc[clear], rows.loc[clear]
    assert found["stage"].tolist() == rows["stage"].tolist()
    late = (pd.Timestamp(LANDMARK) - rows["expected_close_at"]).dt.days.clip(lower=0)
    assert found["overdue"].tolist() == late.tolist()
    hired = sample["reps"].set_index("rep")["hired_on"]
    tenure = (pd.Timestamp(LANDMARK) - rows["rep"].map(hired)).dt.days.clip(lower=0)
    assert found["tenure"].tolist() == tenure.tolist()
    assert np.isnan(found["amount"]).tolist() == rows["amount"].isna().tolist()
    for _, own in found.dropna(subset="amount").groupby("deal_type"):  # the usual amount is one number for each type
        usual = np.log(rows.loc[own.index, "amount"].to_numpy("float64")) - own["amount"]
        assert usual.std() < 1e-9
    assert found["team"].tolist() == [None if pd.isna(team) else team for team in rows["team"]]


def without_later(frames: dict[str, pd.DataFrame], day: date) -> dict[str, pd.DataFrame]:
    """Return the frames without what happened after the day, deals and leads themselves apart."""
    dated = {"deal_changes": "changed_at", "stage_events": "entered_at", "activities": "happened_at"}
    cut = {name: frame[frame[dated[name]] <= pd.Timestamp(day)] for name, frame in frames.items() if name in dated}
    return {**frames, **cut}


def test_nothing_that_happens_later_changes_what_stood(
    sample: dict[str, pd.DataFrame], company: Company, tables: Tables
) -> None:
    later = {
        **sample,
        "deals": sample["deals"].assign(
            amount=7, stage="Signed", expected_close_at=pd.Series(pd.NaT, index=sample["deals"].index)
        ),
    }
    leads = sample["leads"].copy()
    after = ~(leads["qualified_at"] <= pd.Timestamp(LANDMARK))
    for answer in ("budget", "authority", "need", "timing"):
        leads.loc[after, answer] = True
    later["leads"] = leads
    reps = sample["reps"].copy()
    reps.loc[reps["left_on"] > pd.Timestamp(LANDMARK), "left_on"] = pd.Timestamp(LANDMARK) + pd.Timedelta(days=1)
    later["reps"] = reps
    cut = tables_from_frames(without_later(later, LANDMARK), company, LAST_DAY)
    for prospects, columns in ((deal_prospects, DEALS), (lead_prospects, LEADS)):
        a, b = (at(prospects(seen), LANDMARK, columns) for seen in (tables, cut))
        # a closing written down later than the day it names keeps a deal open; those changes are taken away here
        shared = a.index.intersection(b.index)
        assert len(shared) >= 0.99 * len(a) > 100
        pd.testing.assert_frame_equal(a.loc[shared], b.loc[shared])


def test_what_is_filled_in_when_a_deal_is_won_is_left_out_and_said(
    sample: dict[str, pd.DataFrame], company: Company
) -> None:
    deals = sample["deals"].copy()
    deals.loc[deals["status"] != "won", "channel"] = None
    deals.loc[deals["status"] == "open", "deal_type"] = None
    found = deal_prospects(tables_from_frames({**sample, "deals": deals}, company, LAST_DAY))
    assert not {"channel", "deal_type"} & {*found.words}
    assert found.now["channel"].isna().all()
    assert [note.values["field"].id for note in found.notes] == ["scoring.field_deal_type", "scoring.field_channel"]  # type: ignore[union-attr]
    leads = sample["leads"].copy()
    leads.loc[leads["deal_id"].isna(), "rep"] = None
    found = lead_prospects(tables_from_frames({**sample, "leads": leads}, company, LAST_DAY))
    assert not {"tenure", "left"} & {*found.numbers}, "only leads that became deals have a rep"


def test_an_amount_and_a_stage_without_a_day_are_not_used(sample: dict[str, pd.DataFrame], company: Company) -> None:
    bare = {name: sample[name] for name in ("deals", "reps", "teams")}
    found = deal_prospects(tables_from_frames(bare, company, LAST_DAY))
    assert not {"stage", "in_stage", "amount", "slips", "overdue", "touches", "silent"} & {*found.words, *found.numbers}
    assert found.now["value"].notna().any(), "what it is worth today is known all the same"


def test_seen_from_the_past_only_the_past_is_there(
    sample: dict[str, pd.DataFrame], company: Company, tables: Tables
) -> None:
    """At an as_of in the past, examples are those that had had their time, and who is open is known by what stood."""
    as_of = date(2024, 4, 30)
    then = tables_from_frames(sample, company, as_of, known_on=LAST_DAY)
    past, today = deal_prospects(then), lead_prospects(then)
    assert max(past.past["day"].max(), today.past["day"].max()) + past.horizon <= day_number(as_of)
    assert past.now["channel"].isna().all(), "of open deals of the past no channel is known"
    assert "channel" not in past.words
    assert {"age", "qualified"} <= {*today.numbers}
    later = lead_prospects(tables).past
    assert set(today.now["id"]) == set(later.loc[later["day"] == day_number(as_of), "id"]), "no end of theirs is told"


def twin(frames: dict[str, list[dict[Any, Any]]], deal: str, day: date) -> dict[str, Any]:
    """Return what stood of one deal, found by looking through the rows."""
    found: dict[str, Any] = {}
    own = {name: [row for row in rows if row["deal_id"] == deal] for name, rows in frames.items()}
    by_then = [(one["entered_at"].date(), one["stage"]) for one in own["stage_events"]]
    by_then = sorted(event for event in by_then if event[0] <= day)
    found["stage"] = by_then[-1][1] if by_then else None
    found["in_stage"] = (day - by_then[-1][0]).days if by_then else None
    done = [one["happened_at"].date() for one in own["activities"]]
    found["touches"] = sum(day - timedelta(days=30) < one <= day for one in done)
    found["silent"] = min(((day - one).days for one in done if one <= day), default=None)
    written = sorted((one["changed_at"].date(), one["value"]) for one in own["deal_changes"])
    values = [value for when, value in written if when <= day]
    found["slips"] = sum(b > a for a, b in pairwise(values)) if values else None
    return found


def random_history(seed: int) -> dict[str, pd.DataFrame]:
    """Return deals whose stages run to and fro, and what was done and written about them."""
    rng = random.Random(seed)
    begin = date(2024, 1, 1)
    deals, events, done, changes = [], [], [], []
    for number in range(60):
        deal, created = f"D{number:02}", begin + timedelta(days=rng.randrange(500))
        closed = created + timedelta(days=rng.randrange(200))
        status = rng.choice(["won", "lost"])
        deals.append({"deal_id": deal, "status": status, "created_at": created, "closed_at": closed, "rep": "Ann"})
        days = rng.sample(range(150), 12)  # no two on one day
        events += [(deal, rng.choice("ABC"), created + timedelta(days=day)) for day in days[:4]]
        done += [(f"{deal}-{day}", "Ann", "call", created + timedelta(days=day), deal) for day in days]
        for day in days[:5]:
            expects = f"{begin + timedelta(days=rng.randrange(700)):%Y-%m-%d}"
            changes.append((deal, "expected_close_at", expects, created + timedelta(days=day)))
    frames = {
        "deals": pd.DataFrame(deals),
        "stage_events": pd.DataFrame(events, columns=["deal_id", "stage", "entered_at"]),
        "activities": pd.DataFrame(done, columns=["activity_id", "rep", "kind", "happened_at", "deal_id"]),
        "deal_changes": pd.DataFrame(changes, columns=["deal_id", "field", "value", "changed_at"]),
    }
    for frame in frames.values():
        for column in frame.columns[frame.columns.str.endswith("_at")]:
            frame[column] = pd.to_datetime(frame[column])
    return frames


@pytest.mark.parametrize("seed", range(3))
def test_a_naive_look_finds_the_same(seed: int, make_tables: Make, as_duckdb: Callable[[Tables], Tables]) -> None:
    frames = random_history(seed)
    tables = make_tables(**frames)
    found = deal_prospects(tables)
    assert len(found.past) > 100
    records = {name: rows.to_dict("records") for name, rows in frames.items()}
    ends = {row["deal_id"]: row for row in records["deals"]}
    examples: list[dict[Any, Any]] = found.past.sample(60, random_state=seed).to_dict("records")
    for row in examples:
        wanted = twin(records, row["id"], day_of(row["day"]))
        for name, value in wanted.items():
            assert pd.isna(row[name]) if value is None else row[name] == value, (row["id"], row["day"], name)
        end, deal = pd.Timestamp(day_of(row["day"] + found.horizon)), ends[row["id"]]
        assert row["converted"] == (deal["status"] == "won" and deal["closed_at"] <= end)
    pd.testing.assert_frame_equal(deal_prospects(as_duckdb(tables)).past, found.past)


def test_a_closing_that_was_written_later_had_not_happened(make_tables: Make) -> None:
    dated = {"created_at": date(2025, 1, 1)}
    deals = [{"deal_id": f"D{i}", "status": "won", "closed_at": date(2025, 2, 20), **dated} for i in range(2)]
    deals.append({"deal_id": "E", "status": "lost", "closed_at": date(2025, 1, 5), **dated})
    written = [{"deal_id": "D0", "field": "closed_at", "value": "2025-02-20", "changed_at": date(2025, 3, 4)}]
    days = deal_prospects(make_tables(deals=deals, deal_changes=written)).past.groupby("id")["day"].apply(list)
    ends = [day_number(day) for day in (date(2025, 1, 31), date(2025, 2, 28))]
    assert days["D0"] == ends
    assert days["D1"] == ends[:1]


def test_a_lead_converts_when_its_deal_is_made_and_its_answers_count_when_it_is_qualified(make_tables: Make) -> None:
    leads = [
        {"lead_id": "A", "created_at": date(2025, 1, 10), "qualified_at": date(2025, 1, 20), "deal_id": "D"},
        {"lead_id": "B", "created_at": date(2025, 1, 30), "qualified_at": date(2025, 2, 3), "deal_id": None},
        {"lead_id": "C", "created_at": date(2025, 1, 30), "qualified_at": None, "deal_id": "gone"},
    ]
    leads = [{**lead, "budget": True} for lead in leads]
    dated = {"created_at": date(2025, 2, 20), "amount": 70_000}
    deals = [{"deal_id": "D", "status": "won", "closed_at": date(2025, 4, 1), **dated}]
    deals += [{"deal_id": "E", "status": "lost", "closed_at": date(2025, 1, 3), "created_at": date(2025, 1, 1)}]
    found = lead_prospects(make_tables(leads=leads, deals=deals))
    ends = [day_number(day) for day in (date(2025, 1, 31), date(2025, 2, 28))]
    rows = found.past.set_index(["id", "day"]).sort_index()
    there = [("A", ends[0]), ("B", ends[0]), ("B", ends[1]), ("C", ends[0]), ("C", ends[1])]
    assert list(rows.index) == there, "after 30 days it is a prospect no more"
    assert rows["converted"].tolist() == [1, 0, 0, 0, 0]
    assert [None if np.isnan(cell) else cell for cell in rows["budget"]] == [1, None, 1, None, None]
    assert rows["since_qualified"].iloc[0] == 11
    assert found.old == 2
    assert found.now.empty
