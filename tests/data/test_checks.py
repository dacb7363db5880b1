"""A row that breaks a rule is set aside with table, line, column, value and reason; the others are kept."""

from __future__ import annotations

import pytest

from salesgoals_kit.words import Count, Name, say
from tests.data.conftest import DEALS, Border

GOOD = "1,won,2026-01-01,2026-03-31,1\n"


@pytest.mark.parametrize(
    ("row", "column", "value", "reason"),
    [
        ("2,won,2026-01-01,2026-03-31,much", "amount", "much", "not an amount as declared (decimal '.')"),
        ("2,won,2026-01-01,2026-03-31,1.005", "amount", "1.005", "finer than EUR allows (2 decimals)"),
        ("2,won,2026-01-01,2026-03-31,99999999999999999999", "amount", "99999999999999999999", "too large"),
        ("2,won,2026-01-01,2026-03-31,-5", "amount", "'-5", "negative; a deal has no credit notes, an invoice has"),
        ("2,won,2026-04-01,2026-03-31,1", "closed_at", "2026-03-31", "closed before it was created on 2026-04-01"),
        ("2,won,2026-01-01,,1", "closed_at", "", "a deal that is won needs the day on which it closed"),
        ("2,won,2026-02-30,2026-03-31,1", "created_at", "2026-02-30", "not a date of the form %Y-%m-%d"),
        ("2,won,1066-10-14,2026-03-31,1", "created_at", "1066-10-14", "outside 1970 to 2200"),
        ("2,open,2999-01-01,,1", "created_at", "2999-01-01", "outside 1970 to 2200"),
        (",won,2026-01-01,2026-03-31,1", "deal_id", "", "empty, but needed"),
        ("2,,2026-01-01,,1", "status", "", "empty, but needed"),
        ("2,pending,2026-01-01,2026-03-31,1", "status", "pending", "not one of open, won, lost"),
        ("1,lost,2026-01-01,2026-03-31,1", "deal_id", "1", "the id stands already in line 2"),
        ("1,won,2026-01-01,2026-03-31,1", "deal_id", "1", "the same row stands in line 2"),
        ("2,won,2026-01-01", "", "2 | won | 2026-01-01", "the line has 3 cells, the header has 5"),
        (
            "2,won,2026-01-01,2026-03-31,1,a",
            "",
            "2 | won | 2026-01-01 | 2026-03-31 | 1 | a",
            "the line has 6 cells, the header has 5",
        ),
    ],
)
def test_a_deal_that_breaks_a_rule_is_set_aside(border: Border, row: str, column: str, value: str, reason: str) -> None:
    border.file("deals", DEALS + GOOD + row + "\n")
    assert list(border.kept()["deal_id"]) == ["1"]
    assert border.rejected() == [{"table": "deals", "line": "3", "column": column, "value": value, "reason": reason}]


def test_a_row_with_several_faults_is_one_row_with_all_of_them(border: Border) -> None:
    border.file("deals", DEALS + GOOD + "2,pending,soon,2026-03-31,1\n")
    assert border.rejected() == [
        {
            "table": "deals",
            "line": "3",
            "column": "status; created_at",
            "value": "pending; soon",
            "reason": "not one of open, won, lost; not a date of the form %Y-%m-%d",
        }
    ]


def test_of_rows_with_one_id_the_first_is_kept(border: Border) -> None:
    """An export with a row for each product of a deal: 3 rows, 1 deal."""
    rows = "1,won,2026-01-01,2026-03-31,1\n1,won,2026-01-01,2026-03-31,2\n1,won,2026-01-01,2026-03-31,1\n"
    border.file("deals", DEALS + rows)
    assert list(border.kept()["amount"]) == [100]
    assert [row["reason"] for row in border.rejected()] == [
        "the id stands already in line 2",
        "the same row stands in line 2",
    ]


def test_a_negative_invoice_is_a_credit_note(border: Border) -> None:
    border.file("invoices", "invoice_id,account_id,invoiced_at,amount\n1,A,2026-01-05,-5\n")
    assert list(border.kept("invoices")["amount"]) == [-500]


def test_another_currency_waits_for_a_table_of_rates(border: Border) -> None:
    border.file(
        "deals", "deal_id,status,closed_at,currency\n1,won,2026-03-31,EUR\n2,won,2026-03-31,USD\n3,won,2026-03-31,\n"
    )
    assert list(border.kept()["deal_id"]) == ["1", "3"]
    reason = "not the company's currency, EUR; amounts in others wait for a table of rates"
    assert [(row["line"], row["value"], row["reason"]) for row in border.rejected()] == [("3", "USD", reason)]


def test_what_ends_does_not_end_before_it_begins(border: Border) -> None:
    border.file(
        "subscriptions",
        "subscription_id,account_id,started_at,ended_at,mrr\n1,A,2026-02-01,2026-01-01,5\n2,A,2026-02-01,,5\n",
    )
    border.file("reps", "rep,hired_on,left_on\nAnn,2026-02-01,2026-01-01\n")
    border.file("leads", "lead_id,created_at,qualified_at\n1,2026-02-01,2026-01-01\n")
    border.file("assignments", "rep,team,from,to\nAnn,East,2026-02-01,2026-02-01\n")
    assert {(row["table"], row["column"]): row["reason"] for row in border.rejected()} == {
        ("subscriptions", "ended_at"): "ended before it started on 2026-02-01",
        ("reps", "left_on"): "left before being hired on 2026-02-01",
        ("leads", "qualified_at"): "qualified before it was created on 2026-02-01",
        ("assignments", "to"): "ends (exclusively) no later than it begins, on 2026-02-01",
    }


def test_assignments_that_overlap_without_shares_are_set_aside(border: Border) -> None:
    """Ann is wholly in East until March, so not in West from February; from March she may be, half and half."""
    rows = "Ann,East,2026-01-01,2026-03-01,\nAnn,West,2026-02-01,2026-04-01,\n"
    rows += "Ann,West,2026-03-01,,0.5\nAnn,East,2026-03-01,,0.5\n"
    border.file("deals", DEALS + GOOD)
    border.file(
        "assignments",
        "rep,team,from,to,share\n"
        + rows
        + "Ann,North,2026-05-01,,0.1\nBob,East,2026-01-01,,\nBob,East,2026-01-01,,7\n",
    )
    assert len(border.kept("assignments")) == 4
    assert [(row["line"], row["column"], row["reason"]) for row in border.rejected()] == [
        ("3", "from", "overlaps with line 2: the shares add up to more than 1 (no share is 1)"),
        ("6", "from", "overlaps with line 4, 5: the shares add up to more than 1 (no share is 1)"),
        ("8", "share", "a share is above 0 and at most 1"),
    ]


def test_changes_are_typed_by_their_field(border: Border) -> None:
    """Amounts in minor units, days as ISO writes them, whatever the file's own form; an emptied field is kept."""
    rows = "1;amount;1,50;05.01.2026\n1;expected_close_at;31.03.2026;05.01.2026\n"
    rows += "1;rep;Ann;05.01.2026\n1;stage;;05.01.2026\n"
    bad = "1;amount;much;05.01.2026\n1;closed_at;2026-01-05;05.01.2026\n1;mood;good;05.01.2026\n"
    read = {"delimiter": ";", "decimal": ",", "dates": "%d.%m.%Y"}
    border.file("deals", DEALS + GOOD).file("deal_changes", "deal_id;field;value;changed_at\n" + rows + bad, read=read)
    kept = border.kept("deal_changes")
    assert dict(zip(kept["field"], kept["value"], strict=True)) == {
        "amount": "150",
        "expected_close_at": "2026-03-31",
        "rep": "Ann",
        "stage": None,
    }
    assert [(row["line"], row["column"], row["reason"]) for row in border.rejected()] == [
        ("6", "value", "not an amount as declared (decimal ',')"),
        ("7", "value", "not a date of the form %d.%m.%Y"),
        ("8", "field", "not one of stage, amount, expected_close_at, closed_at, rep"),
    ]


def test_the_value_column_of_changes_has_to_be_there(border: Border) -> None:
    border.file("deals", DEALS + GOOD).file("deal_changes", "deal_id,field,changed_at\n")
    assert "deal_changes.csv has no column 'value'" in border.refused()


def test_unknown_reps_and_teams_are_kept_and_counted(border: Border) -> None:
    border.rest["teams"] = [{"name": "East"}]
    border.file("deals", "deal_id,status,rep,team\n1,open,Ann,East\n2,open,Zoe,West\n3,open,Zoe,\n")
    border.file("leads", "lead_id,created_at\n1,2026-01-01\n").file("reps", "rep,team\nAnn,East\n")
    ref = border.made()
    assert ref.manifest.tables["deals"].kept == 3
    assert ref.manifest.notes == (
        say("data.unknown_reps", table="deals", count=Count(2)),
        say("data.unknown_teams", table="deals", count=Count(1)),
        say("data.unlisted_teams", table="deals", teams=Name("West")),
    )


def test_of_many_unknown_teams_those_with_the_most_rows_are_named(border: Border) -> None:
    border.rest["teams"] = [{"name": "East"}]
    rows = [f"{i},open,{team},2026-01-05" for i, team in enumerate(["East", *"ABCDEF", "F"])]
    border.file("deals", "\n".join(["deal_id,status,team,created_at", *rows]) + "\n")
    told = border.made().manifest.notes[-1]
    assert told == say("data.unlisted_teams", table="deals", teams=Name("F, A, B, C, D, …"))


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("East,\nWest,North\n", "parent of 'West' is 'North', which is no team"),
        ("East,West\nWest,East\n", "'East' would be a part of itself"),
    ],
)
def test_a_teams_table_has_to_form_a_tree(border: Border, rows: str, fault: str) -> None:
    border.file("deals", DEALS + GOOD).file("teams", "team,parent\n" + rows)
    assert f"sources.teams: {fault}" in border.refused()


def test_a_teams_table_that_disagrees_with_the_company_file_is_a_fault(border: Border) -> None:
    border.rest["teams"] = [{"name": "East", "manager": "Ann"}, {"name": "West", "manager": "Bea"}]
    border.file("deals", DEALS + GOOD).file("teams", "team,manager\nEast,Ann\nWest,Cleo\n")
    assert "sources.teams: manager of 'West' is 'Cleo', but 'Bea' in the company file" in border.refused()


def test_a_formula_or_a_script_as_a_name_stays_data_and_runs_nowhere(border: Border) -> None:
    """As an account's name both are kept as they are; what is set aside is made safe for a spreadsheet."""
    formula, script = '=HYPERLINK("http://x")', "<script>alert(1)</script>"
    border.file("deals", DEALS + GOOD)
    names = "".join(f'{i},"{cell.replace(chr(34), chr(34) * 2)}",\n' for i, cell in enumerate((formula, script)))
    flags = "".join(f'{i},x,"{cell}"\n' for i, cell in enumerate(("=1+1", "+1", "-1", "@x", "plain"), 5))
    border.file("accounts", "account_id,name,churn_flag\n" + names + flags)
    assert list(border.kept("accounts")["name"]) == [formula, script]
    assert [row["value"] for row in border.rejected()] == ["'=1+1", "'+1", "'-1", "'@x", "plain"]


def test_a_team_called_like_a_path_is_data(border: Border) -> None:
    border.file("deals", "deal_id,status,closed_at,team\n1,won,2026-01-05,../../x\n")
    assert list(border.kept()["team"]) == ["../../x"]
