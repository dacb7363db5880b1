"""The sample company: the same for the same seed, legal in every row, and alive in the ways that goals depend on."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from salesgoals_kit.data.contract import TABLES, Column
from salesgoals_kit.data.sample import FIRST_DAY, LAST_DAY, REORGANISED_ON, Sample, make_sample, sample_tables

LAST = pd.Timestamp(LAST_DAY)
AHEAD = {("deals", "expected_close_at")}  # the only days that may lie after the last
DTYPES = {"money": "Int64", "date": "datetime64[ns]", "month": "datetime64[ns]", "number": "float64", "flag": "boolean"}
REFERENCES = (  # table, column, the table whose key it names
    *((table, "rep", "reps") for table in ("deals", "leads", "activities", "invoices", "assignments")),
    *((table, "team", "teams") for table in ("deals", "leads", "invoices", "subscriptions", "spend", "costs")),
    *((table, "team", "teams") for table in ("reps", "assignments")),
    *((table, "account_id", "accounts") for table in ("deals", "invoices", "subscriptions", "churn_events")),
    *((table, "deal_id", "deals") for table in ("deal_changes", "stage_events", "leads", "activities")),
    ("activities", "lead_id", "leads"),
)


@cache
def made(seed: int = 7, plant: bool = True) -> Sample:
    return make_sample(seed, plant)


def table(name: str) -> pd.DataFrame:
    return made().tables[name]


def test_the_same_seed_makes_the_same_company_and_another_seed_another() -> None:
    again, other = sample_tables(seed=7), sample_tables(seed=8)
    for name, frame in made().tables.items():
        pd.testing.assert_frame_equal(frame, again[name])
    assert not table("deals").equals(other["deals"])


def test_all_tables_of_the_contract_are_there_and_none_is_empty() -> None:
    assert set(made().tables) == set(TABLES)
    assert all(len(frame) for frame in made().tables.values())


@pytest.mark.parametrize("plant", [True, False])
@pytest.mark.parametrize("name", TABLES)
def test_every_cell_is_of_its_column_s_kind(name: str, plant: bool) -> None:
    frame, contract = made(plant=plant).tables[name], {column.name: column for column in TABLES[name].columns}
    assert set(frame.columns) <= set(contract)
    for column in contract.values():
        if column.required:
            assert frame[column.name].notna().all() or (name, column.name) == ("deal_changes", "value")
        if column.name in frame:
            check_cells(frame[column.name], column)
    if TABLES[name].key:
        assert not frame.duplicated(list(TABLES[name].key)).any()


def check_cells(cells: pd.Series, column: Column) -> None:
    assert str(cells.dtype) == DTYPES.get(column.kind, "object"), column
    known = cells.dropna()
    if column.kind in ("id", "text", "choice"):
        assert known.map(lambda cell: isinstance(cell, str) and cell == cell.strip() != "").all(), column
    if column.choices:
        assert set(known) <= set(column.choices)
    if column.kind == "month":
        assert (known.dt.day == 1).all()
    if column.kind == "date":
        assert (known == known.dt.normalize()).all()


@pytest.mark.parametrize(("name", "column", "named"), REFERENCES)
def test_what_a_row_names_is_there(name: str, column: str, named: str) -> None:
    (key,) = TABLES[named].key
    assert set(table(name)[column].dropna()) <= set(table(named)[key])


def test_days_are_in_order() -> None:
    for name, earlier, later in (
        ("deals", "created_at", "closed_at"),
        ("leads", "created_at", "qualified_at"),
        ("subscriptions", "started_at", "ended_at"),
        ("reps", "hired_on", "left_on"),
        ("assignments", "from", "to"),
    ):
        known = table(name).dropna(subset=[earlier, later])
        assert (known[earlier] <= known[later]).all(), name
        assert len(known), name


def test_nothing_happens_after_the_last_day() -> None:
    for name, contract in TABLES.items():
        for column in contract.columns:
            if column.kind in ("date", "month") and column.name in table(name) and (name, column.name) not in AHEAD:
                assert table(name)[column.name].max() <= LAST, (name, column.name)
    assert (table("deals")["expected_close_at"] > LAST).any()


def test_a_deal_is_closed_on_a_day_or_open_and_has_no_negative_amount() -> None:
    deals = table("deals")
    assert ((deals["status"] == "open") == deals["closed_at"].isna()).all()
    assert (deals["amount"].dropna() > 0).all()
    assert deals.loc[deals["status"] == "won", ["amount", "cost"]].notna().all(axis=None)


def test_the_company_is_of_the_size_it_claims() -> None:
    deals, reps = table("deals"), table("reps")
    assert 28 <= len(reps) <= 36
    assert len(table("teams")) == 4
    won = deals[deals["status"] == "won"]
    assert set(won["closed_at"].dt.year) == {2022, 2023, 2024, 2025}
    assert won["closed_at"].min() >= pd.Timestamp(FIRST_DAY)
    assert (deals["created_at"] < pd.Timestamp(FIRST_DAY)).any(), "some deals are under way at the start"
    assert (table("subscriptions")["started_at"] < pd.Timestamp(FIRST_DAY)).any()
    created = (
        deals[deals["created_at"] >= pd.Timestamp(FIRST_DAY)].groupby(deals["created_at"].dt.to_period("M")).size()
    )
    assert 150 <= created.mean() <= 250
    assert 0.75e6 <= won["amount"].sum() / 48 / 100 <= 1.35e6
    assert (deals["product"].nunique(), deals["family"].nunique()) == (6, 3)
    assert set(deals["deal_type"]) == {"new", "expansion", "renewal"}
    assert table("stage_events")["stage"].nunique() == 5


def test_reps_join_move_share_leave_and_work_part_time() -> None:
    reps, parts = table("reps"), table("assignments")
    assert reps["hired_on"].between(pd.Timestamp(FIRST_DAY), LAST).sum() >= 10
    assert reps["left_on"].notna().sum() >= 5
    assert (reps["capacity"] < 1).any()
    came, went = (parts[parts[end] == pd.Timestamp(REORGANISED_ON)].set_index("rep")["team"] for end in ("from", "to"))
    assert len(came) >= 4
    assert (came != went[came.index]).all(), "they all change teams on one day"
    assert (parts["share"] < 1).any()


def test_a_rep_is_assigned_once_over_for_as_long_as_he_is_there() -> None:
    parts = table("assignments")
    for day in pd.date_range(FIRST_DAY, LAST_DAY, freq="7D"):
        there = parts[(parts["from"] <= day) & (parts["to"].isna() | (parts["to"] > day))]
        reps = table("reps").query("hired_on <= @day and (left_on.isna() or left_on > @day)")
        shares = there.groupby("rep")["share"].sum()
        assert set(shares.index) == set(reps["rep"])
        assert ((shares - 1).abs() < 1e-9).all()


def test_the_dirt_of_a_real_crm_is_there() -> None:
    deals, reps = table("deals"), table("reps").set_index("rep")
    is_open = deals["status"] == "open"
    gone = deals["rep"].map(reps["left_on"])
    assert 0.01 < deals["account_id"].isna().mean() < 0.1, "missing accounts"
    assert 0.03 < deals.loc[is_open, "amount"].isna().mean() < 0.2, "open deals without an amount"
    assert (deals["closed_at"] > gone).any(), "deals closed in the name of one who had left"
    assert gone[is_open].notna().any(), "open deals of one who has left"
    assert (deals.loc[is_open, "expected_close_at"] < LAST).any(), "expected days that have passed"
    for column in ("channel", "product", "region", "term_months"):
        assert deals[column].isna().any(), column
    assert table("leads")["rep"].isna().any()


def test_what_deals_say_is_what_was_written_last() -> None:
    deals = table("deals").set_index("deal_id")
    changes = table("deal_changes")
    assert changes["changed_at"].is_monotonic_increasing
    for field in ("stage", "rep", "amount", "expected_close_at", "closed_at"):
        rows = changes[changes["field"] == field]
        last = rows.groupby("deal_id")["value"].last().reindex(deals.index)
        told = deals[field]
        if field == "amount":
            told = told.astype("string").astype(object)
        if field in ("expected_close_at", "closed_at"):
            told = told.dt.strftime("%Y-%m-%d")
        assert last.fillna("nothing").tolist() == told.fillna("nothing").tolist()
        if field != "closed_at":
            assert (rows.groupby("deal_id").size() > 1).any(), f"{field} is overwritten somewhere"


def test_a_deal_is_written_down_when_it_is_created() -> None:
    changes, created = table("deal_changes"), table("deals").set_index("deal_id")["created_at"]
    for field in ("stage", "rep", "expected_close_at"):
        first = changes[changes["field"] == field].groupby("deal_id")["changed_at"].min()
        assert (first == created[first.index]).all()
        assert len(first) == len(created)


def test_stages_are_entered_one_after_the_other_before_the_deal_closes() -> None:
    order = ["Qualification", "Discovery", "Proposal", "Negotiation", "Contract"]
    events = table("stage_events").merge(table("deals"), on="deal_id", suffixes=("", "_now"))
    events["place"] = events["stage"].map(order.index)
    assert (events["place"] == events.groupby("deal_id").cumcount()).all()
    assert ((events["created_at"] <= events["entered_at"]) & ~(events["closed_at"] < events["entered_at"])).all()
    latest = events.groupby("deal_id").tail(1)
    assert (latest["stage"] == latest["stage_now"]).all()
    assert (latest.loc[latest["status"] == "won", "stage"] == "Contract").all()


def test_subscriptions_of_an_account_do_not_overlap_and_change_their_price() -> None:
    rows = table("subscriptions").sort_values(["account_id", "started_at"])
    following = rows.groupby("account_id")["started_at"].shift(-1)
    assert (rows.loc[following.notna(), "ended_at"] <= following.dropna()).all()
    assert ((rows["ended_at"] == following) & (rows["mrr"] != rows.groupby("account_id")["mrr"].shift(-1))).sum() > 500
    assert (rows["mrr"] > 0).all()
    gap = (following - rows["ended_at"]).dt.days
    assert gap.between(1, 30).any(), "pauses that are no churn"
    assert (gap > 30).any(), "customers who leave and come back"


def test_deals_that_are_won_start_what_is_paid() -> None:
    deals, subscriptions = table("deals"), table("subscriptions")
    won = deals[(deals["status"] == "won") & (deals["deal_type"] == "new") & (deals["closed_at"] < "2025-12-01")]
    software = won[(won["family"] == "Software") & won["account_id"].notna()].set_index("account_id")
    first = subscriptions.sort_values("started_at").groupby("account_id").first().reindex(software.index)
    assert (first["started_at"] > software["closed_at"]).all()
    assert ((first["started_at"] - software["closed_at"]).dt.days <= 14).all()
    assert (first["mrr"] * 12 == software["amount"]).mean() > 0.97  # a few amounts were corrected later
    services = won[(won["family"] == "Services") & won["account_id"].notna()]
    billed = table("invoices")
    assert set(services["account_id"]) <= set(billed.loc[billed["family"] == "Services", "account_id"])


def test_credit_notes_are_negative_invoices() -> None:
    invoices = table("invoices")
    notes = invoices["amount"] < 0
    assert 0.005 < notes.mean() < 0.06
    assert (invoices.loc[notes, "cost"] <= 0).all()


def test_only_those_who_work_here_do_anything() -> None:
    done = table("activities").merge(table("reps"), on="rep")
    assert (done["happened_at"] >= done["hired_on"]).all()
    assert (done["left_on"].isna() | (done["happened_at"] < done["left_on"])).all()
    assert set(done["kind"]) == {"call", "email", "meeting"}


@pytest.mark.parametrize("plant", [True, False])
@pytest.mark.parametrize("seed", [7, 1])
def test_season_trend_and_rush_are_always_there(seed: int, plant: bool) -> None:
    deals = made(seed, plant).tables["deals"]
    won = deals[deals["status"] == "won"]
    by_month = won.groupby(won["closed_at"].dt.to_period("M"))["amount"].sum().astype(float)
    usual = by_month.groupby(pd.PeriodIndex(by_month.index).month).mean() / by_month.mean()
    assert usual[[7, 8]].mean() < 0.85, "a slow summer"
    assert usual[[10, 11, 12]].mean() > 1.05, "a busy end of the year"
    years = won.groupby(won["closed_at"].dt.year)["amount"].sum().astype(float)
    assert 0.03 < (years[2025] / years[2022]) ** (1 / 3) - 1 < 0.16, "it grows"
    closed = deals[deals["status"] != "open"]
    left = (closed["closed_at"].dt.to_period("Q").dt.end_time.dt.normalize() - closed["closed_at"]).dt.days
    late = (left < 10).groupby(closed["status"]).mean()
    assert late["won"] > 1.5 * late["lost"], "a rush at the quarter's end"
