"""Real and public data sets, with their quirks, against what is known of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from tests.data.conftest import Border, collected

HERE = Path(__file__).parent
# Won by month of closing from 2017-03 on, as the data's description has it.
WON = [1134672, 721932, 1025713, 1338466, 696932, 1050059, 1235264, 731980, 938943, 1131573]


def _company(name: str, store: Path) -> Company:
    return load_company(HERE / f"{name}.yaml", TABLES, ["revenue"]).model_copy(update={"store": str(store)})


def _all(company: Company, *tables: str) -> list[pd.DataFrame]:
    ref = make_snapshot(company)
    assert all(facts.rejected == 0 for facts in ref.manifest.tables.values())
    with open_snapshot(ref, company) as snapshot:
        return [collected(snapshot.at(ref.last_day), table) for table in tables]


def test_maven_reconciles_to_the_cent(real: Path, tmp_path: Path) -> None:
    [deals] = _all(_company("maven", tmp_path), "deals")
    won = deals[deals["status"] == "won"]
    assert len(deals) == 8800
    assert deals["status"].value_counts().to_dict() == {"won": 4238, "lost": 2473, "open": 2089}
    assert won["amount"].sum() == 10_005_534_00
    assert list(won.groupby("closed_at_month")["amount"].sum() // 100) == WON
    cycle = deals["closed_at_day"].astype("Int32") - deals["created_at_day"].astype("Int32")
    assert round(cycle.mean(), 2) == 47.99


def test_maven_s_gtxpro_is_mapped_and_its_prospects_are_kept(real: Path, tmp_path: Path) -> None:
    [deals] = _all(_company("maven", tmp_path), "deals")
    assert (deals["product"] == "GTX Pro").sum() == 1480
    assert deals["list_price"].notna().all()
    assert set(deals.loc[deals["product"] == "GTX Pro", "list_price"]) == {482100}
    prospecting = deals[deals["stage"] == "Prospecting"]
    assert len(prospecting) == 500
    assert prospecting["created_at"].isna().all()


def test_maven_s_teams_are_the_regional_offices(real: Path, tmp_path: Path) -> None:
    deals, reps = _all(_company("maven", tmp_path), "deals", "reps")
    assert set(deals["team"]) == {"Central", "East", "West"}
    assert len(reps) == 35
    teams = dict(zip(reps["rep"], reps["team"], strict=True))
    assert all(teams[rep] == team for rep, team in zip(deals["rep"], deals["team"], strict=True))


def test_maven_in_september_knows_no_deal_s_future(real: Path, tmp_path: Path) -> None:
    """Won by the end of September 2017: the first seven months."""
    company = _company("maven", tmp_path)
    ref = make_snapshot(company)
    with open_snapshot(ref, company) as snapshot:
        deals = collected(snapshot.at(date(2017, 9, 30)), "deals")
    assert deals.loc[deals["status"] == "won", "amount"].sum() == sum(WON[:7]) * 100
    still_open = deals[deals["status"] == "open"]
    assert still_open[["amount", "stage", "rep", "team", "closed_at"]].isna().all(axis=None)


def test_ravenstack_s_three_churns_disagree_as_they_should(real: Path, tmp_path: Path) -> None:
    subscriptions, accounts, events = _all(
        _company("ravenstack", tmp_path), "subscriptions", "accounts", "churn_events"
    )
    assert (len(subscriptions), len(accounts), len(events)) == (5000, 500, 600)
    assert accounts["churn_flag"].sum() == 110
    assert events["account_id"].nunique() == 352
    assert subscriptions["ended_at"].notna().sum() == 486
    assert (subscriptions["mrr"] == 0).sum() == 778


def _headers(real: Path, border: Border, file: str, **rules: Any) -> None:
    border.there("deals", str(real / "crm_export_headers" / file), **rules)


def test_salesforce_s_field_names_are_mapped(real: Path, border: Border) -> None:
    """A status from two flags, spelt as the file has them; ids and values are hashes, days have a time."""
    pairs = {(True, True): "won", (False, True): "lost", (False, False): "open"}
    columns = {
        "deal_id": "id",
        "rep": "owner_id",
        "closed_at": "close_date",
        "created_at": "created_date",
        "stage": "stage_name",
    }
    values: dict[str, dict[Any, Any]] = {"status": {"from": ["is_won", "is_closed"], **pairs}}
    read = {"dates": "%Y-%m-%d %H:%M:%S"}
    _headers(real, border, "sf_opportunity_data.csv", columns=columns, values=values, read=read)
    facts = border.made().manifest.tables["deals"]
    lines = (real / "crm_export_headers" / "sf_opportunity_data.csv").read_text().strip().count("\n")
    assert facts.read == facts.kept + facts.rejected == lines
    assert facts.kept > 0


def test_hubspot_s_deals_without_a_stage_are_set_aside_with_the_reason(real: Path, border: Border) -> None:
    """The export of HubSpot's connector has no usable stage: nothing is kept, every row says why."""
    columns = {"deal_id": "deal_id", "created_at": "property_createdate", "amount": "property_amount"}
    values = {"status": {"from": "deal_pipeline_stage_id", "closedwon": "won"}}
    _headers(real, border, "hs_deal_data.csv", columns=columns, values=values, read={"dates": "%Y-%m-%d %H:%M:%S"})
    with pytest.raises(Exception, match="no row that was kept says when anything happened"):
        border.made()


def test_cdnow_s_purchases_are_read_by_their_widths(real: Path, border: Border) -> None:
    names = ["master", "customer", "day", "cds", "dollars"]
    read = {"header": False, "names": names, "widths": [6, 5, 9, 3, 8], "dates": "%Y%m%d"}
    columns = {"account_id": "customer", "invoiced_at": "day", "quantity": "cds", "amount": "dollars"}
    border.there("invoices", str(real / "cdnow" / "CDNOW_sample.txt"), read=read, columns=columns, id="line")
    invoices = border.kept("invoices")
    assert len(invoices) == 6919
    assert invoices["amount"].sum() == 244_091_94
    assert invoices["account_id"].nunique() == 2357
    assert invoices["account_id"].str.len().eq(4).all(), "ids keep their leading zeros"
    assert (invoices["amount"] == 0).sum() == 8
