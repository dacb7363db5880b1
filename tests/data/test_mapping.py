"""Foreign columns and values become ours as the company file says; what it does not list is a fault."""

from __future__ import annotations

from datetime import datetime

from salesgoals_kit.words import Count, say
from tests.data.conftest import DEALS, Border

GOOD = "1,won,2026-01-01,2026-03-31,1\n"


def test_one_foreign_column_may_feed_several_of_ours(border: Border) -> None:
    columns = {"rep": "owner", "team": "owner", "account_id": "account"}
    border.file("deals", "deal_id,status,closed_at,owner,account\n1,won,2026-01-05,Ann,A\n", columns=columns)
    deal = border.kept().iloc[0]
    assert (deal["rep"], deal["team"], deal["account_id"]) == ("Ann", "Ann", "A")


def test_a_column_that_is_not_named_maps_to_itself(border: Border) -> None:
    border.file("deals", "deal_id,status,closed_at,stage,mood\n1,won,2026-01-05,Signed,good\n")
    assert border.kept().iloc[0]["stage"] == "Signed"
    assert border.made().manifest.tables["deals"].present == ("closed_at", "deal_id", "stage", "status")


def test_a_status_comes_from_stage_names_and_an_unlisted_one_is_a_fault(border: Border) -> None:
    rows = "1,Won!,2026-01-05\n2,Wonn,2026-01-05\n3,Talking,\n4,,2026-01-05\n"
    values = {"status": {"from": "Deal Stage", "Won!": "won", "Talking": "open"}}
    border.file("deals", "deal_id,Deal Stage,closed_at\n" + rows, values=values, columns={"stage": "Deal Stage"})
    kept = border.kept()
    assert list(kept["status"]) == ["won", "open"]
    assert list(kept["stage"]) == ["Won!", "Talking"]
    assert [(row["column"], row["value"], row["reason"]) for row in border.rejected()] == [
        ("status", "Wonn", "not in the list of values of the company file"),
        ("status", "", "empty, but needed"),
    ]


def test_a_status_may_come_from_several_columns(border: Border) -> None:
    """Salesforce tells it in two flags; their spelling (TRUE, true) does not matter, their combination does."""
    rows = "1,TRUE,True,2026-01-05\n2,false,TRUE,2026-01-05\n3,FALSE,false,\n4,TRUE,FALSE,2026-01-05\n"
    pairs = {(True, True): "won", (False, True): "lost", (False, False): "open"}
    border.file("deals", "deal_id,is_won,is_closed,closed_at\n" + rows)
    border.sources["deals"]["values"] = {"status": {"from": ["is_won", "is_closed"], **pairs}}
    assert list(border.kept()["status"]) == ["won", "lost", "open"]
    assert [row["value"] for row in border.rejected()] == ["true, false"]


def test_values_of_a_renamed_column_are_mapped_before_it_is_looked_up(border: Border) -> None:
    """GTXPro is written GTX Pro in the list of products, whose prices have decimal commas."""
    border.file("products", "name;price;line\nGTX Pro;1.048,50;GTX\n", helper=True, columns={"product": "name"})
    border.helpers["products"]["read"] = {"delimiter": ";", "decimal": ",", "thousands": "."}
    border.file("deals", "deal_id,status,closed_at,item\n1,won,2026-01-05,GTXPro\n2,won,2026-01-05,\n")
    border.sources["deals"] |= {"columns": {"product": "item"}, "values": {"product": {"GTXPro": "GTX Pro"}}}
    border.sources["deals"]["lookup"] = {
        "list_price": {"table": "products", "on": "product", "take": "price"},
        "family": {"table": "products", "on": "product", "take": "line"},
    }
    kept = border.kept()
    assert list(kept["list_price"]) == [104850, None]
    assert list(kept["family"]) == ["GTX", None]
    assert border.made().manifest.notes == ()


def test_a_lookup_that_finds_nothing_leaves_null_and_is_counted(border: Border) -> None:
    border.file("reps", "rep,team\nAnn,East\n")
    border.file(
        "deals", "deal_id,status,closed_at,rep\n1,won,2026-01-05,Ann\n2,won,2026-01-05,Zoe\n3,won,2026-01-05,\n"
    )
    border.sources["deals"]["lookup"] = {"team": {"table": "reps", "on": "rep"}}
    assert list(border.kept()["team"]) == ["East", None, None]
    assert (
        say("data.lookup_missed", table="deals", column="team", other="reps", count=Count(1))
        in border.made().manifest.notes
    )


def test_rows_that_are_set_aside_are_not_looked_up(border: Border) -> None:
    """The second row of Ann is a duplicate; Bob's has an impossible day."""
    border.file("reps", "rep,team,hired_on\nAnn,East,2020-01-01\nAnn,West,2020-01-01\nBob,East,never\n")
    border.file("deals", "deal_id,status,closed_at,rep\n1,won,2026-01-05,Ann\n2,won,2026-01-05,Bob\n")
    border.sources["deals"]["lookup"] = {"team": {"table": "reps", "on": "rep"}}
    assert list(border.kept()["team"]) == ["East", None]


def test_lookups_go_through_several_tables(border: Border) -> None:
    border.file("offices", "office,area\nBerlin,North\n", helper=True)
    border.file(
        "reps", "rep,office\nAnn,Berlin\n", lookup={"team": {"table": "offices", "on": "office", "take": "area"}}
    )
    border.file("deals", "deal_id,status,closed_at,rep\n1,won,2026-01-05,Ann\n")
    border.sources["deals"]["lookup"] = {"team": {"table": "reps", "on": "rep"}}
    border.sources["deals"]["values"] = {"team": {"North": "N"}}
    assert list(border.kept()["team"]) == ["N"]


def test_tables_that_look_each_other_up_are_a_fault(border: Border) -> None:
    border.file("reps", "rep\nAnn\n", lookup={"team": {"table": "deals", "on": "rep"}})
    border.file("deals", "deal_id,status,closed_at,rep\n1,won,2026-01-05,Ann\n")
    border.sources["deals"]["lookup"] = {"team": {"table": "reps", "on": "rep"}}
    message = border.refused()
    assert "sources.reps.lookup: the table waits, in the end, for itself" in message
    assert "sources.deals.lookup: the table waits, in the end, for itself" in message


def test_a_lookup_by_a_column_that_is_not_there_is_a_fault(border: Border) -> None:
    border.file("products", "item,price\nA,1\n", helper=True)
    border.file("deals", "deal_id,status,product\n1,open,A\n")
    border.sources["deals"]["lookup"] = {"list_price": {"table": "products", "on": "product", "take": "sales"}}
    message = border.refused()
    assert "helpers.products: products.csv has no column 'product'" in message
    assert "helpers.products: products.csv has no column 'sales'" in message


def test_rows_without_an_id_are_numbered_by_their_line(border: Border) -> None:
    border.file("deals", DEALS + GOOD)
    border.file("activities", "rep,kind,happened_at\nAnn,call,2026-01-05\nAnn,call,2026-01-05\n", id="line")
    assert list(border.kept("activities")["activity_id"]) == ["2", "3"]


def test_a_table_whose_rows_have_no_id_is_not_numbered(border: Border) -> None:
    border.file("deals", DEALS + GOOD).file("spend", "month,channel,amount\n", id="line")
    assert "sources.spend.id: this table's rows have no id; leave id out" in border.refused()


def test_a_value_that_the_contract_does_not_have_is_a_fault_of_the_mapping(border: Border) -> None:
    border.file("deals", DEALS + GOOD, values={"status": {"won": "victory"}})
    border.file("leads", "lead_id,created_at\n", values={"channel": {"x": "y"}})
    message = border.refused()
    assert "sources.deals.values.status.won: 'victory'; expected one of open, won, lost" in message
    assert (
        "sources.leads.values.channel: leads.csv has no column 'channel'; name it under columns, or give from"
        in message
    )


def test_keys_have_as_many_values_as_from_names_columns(border: Border) -> None:
    border.file("deals", "deal_id,a,b\n1,x,y\n")
    border.sources["deals"]["values"] = {"status": {"from": ["a", "b"], "x": "won"}}
    assert "sources.deals.values.status.x: a key of 1 values; expected 2, as from names columns" in border.refused()


def test_the_close_date_of_an_open_deal_is_its_expected_date(border: Border) -> None:
    """A CRM has one close date for all; of the open deal it says what is hoped for, even in the past."""
    rows = "1,open,2026-01-01,2026-06-30,1\n2,won,2026-01-01,2026-03-31,1\n3,open,2026-01-01,,1\n"
    rows += "4,open,2026-02-01,2026-01-01,1\n"
    border.file("deals", DEALS + rows)
    kept = border.kept()
    assert list(kept["closed_at"]) == [None, datetime(2026, 3, 31), None, None]
    assert list(kept["expected_close_at"]) == [datetime(2026, 6, 30), None, None, datetime(2026, 1, 1)]
    ref = border.made()
    assert ref.manifest.notes == (say("data.expected_dates_moved", count=Count(2)),)
    assert ref.last_day.isoformat() == "2026-03-31", "an expected day is not a day with data"


def test_an_expected_date_of_its_own_is_not_written_over(border: Border) -> None:
    rows = "1,open,2026-06-30,2026-07-31\n2,open,2026-06-30,\n3,won,2026-01-05,\n"
    border.file("deals", "deal_id,status,closed_at,expected_close_at\n" + rows)
    kept = border.kept()
    assert list(kept["expected_close_at"]) == [datetime(2026, 7, 31), None, None]
    assert list(kept["closed_at"]) == [None, None, datetime(2026, 1, 5)]
    assert border.made().manifest.notes == (say("data.close_dates_dropped", count=Count(2)),)
