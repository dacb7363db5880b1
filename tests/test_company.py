"""The company file: every fault at once, each with its place; YAML's traps closed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.documents import load_document
from salesgoals_kit.errors import ParamError

GOOD = """
version: 1
name: Acme
sources:
  deals: {path: deals.csv}
"""
TABLES = ("deals", "reps", "subscriptions", "invoices")
KPIS = ("revenue", "win_rate")


def read(tmp_path: Path, text: str) -> Company:
    file = tmp_path / "company.yaml"
    file.write_text(text, "utf-8")
    return load_company(file, TABLES, KPIS)


def fault_text(tmp_path: Path, text: str) -> str:
    with pytest.raises(ParamError) as caught:
        read(tmp_path, text)
    return str(caught.value)


def test_a_short_file_is_enough_and_paths_are_relative_to_it(tmp_path: Path) -> None:
    company = read(tmp_path, GOOD)
    assert (company.currency, company.minor_units, company.revenue) == ("EUR", 100, "deals")
    assert company.reports_folder == tmp_path.parent / "reports"


def test_ten_faults_are_told_at_once_each_with_its_line_and_path(tmp_path: Path) -> None:
    text = """
version: 1
name: Acme
currency: PLX
fiscal_year_starts: 13
country: no
timezone: Europe/Warschau
sources:
  dealz: {path: deals.csv}
  deals:
    path: deals.doc
    read: {delimiter: ";;", encoding: cp9999}
    lookup: {team: {table: nowhere, on: rep}}
chances: {commit: 0.2}
plan: [{kpi: revenu, period: 2026Q7, value: 12000000}]
teams: [{name: A, parent: B}, {name: B, parent: A}]
settle_days: "5"
setle_days: 5
"""
    told = fault_text(tmp_path, text)
    expected = (
        "line 4, currency: 'PLX' is no currency",
        "line 5, fiscal_year_starts: ",
        "line 6, country: string should match pattern '^[A-Z]{2}$', not 'no'",
        "line 7, timezone: 'Europe/Warschau' is no time zone",
        "line 11, sources.deals.path: a file of this kind cannot be read",
        "line 12, sources.deals.read.delimiter: ",
        "line 12, sources.deals.read.encoding: Python knows no encoding 'cp9999'",
        "line 14, chances.stretch: the chances must be 0 < stretch < target < commit < 1",
        "line 15, plan.0.kpi: there is no KPI 'revenu'; there are revenue, win_rate",
        "line 15, plan.0.period: '2026Q7' is no period",
        "line 16, teams.0.parent: 'A' would be a part of itself",
        "line 17, settle_days: input should be a valid integer, not '5'",
        "line 18, setle_days: there is no such key",
    )
    for words in expected:
        assert words in told
    assert len(told.splitlines()) >= 1 + len(expected)


def test_rules_across_fields_are_told_with_their_place(tmp_path: Path) -> None:
    text = GOOD + (
        "revenue: mrr\nteams: [{name: North}]\n"
        "mail: {from: a@example.org, recipients: {Nord: {review: [b@example.org]}, _company: {}}}\n"
        "hires: [{team: North, month: 2026-03}, {team: Nroth, month: 2026-03}]\n"
    )
    told = fault_text(tmp_path, text)
    assert "revenue: revenue is counted from mrr, but sources has no subscriptions" in told
    assert "mail.recipients.Nord: there is no such team" in told
    assert "mail.recipients._company" not in told
    assert "hires.1.team: there is no such team in teams (there are North)" in told
    assert "hires.0" not in told


def test_addresses_of_mails_and_teams_are_judged_at_once_each_with_its_line(tmp_path: Path) -> None:
    told = fault_text(
        tmp_path,
        GOOD + "teams: [{name: North}]\nmail:\n  from: goals@example.org\n"
        "  recipients:\n    Nord: {review: [b@example.org]}\n"
        "    North:\n      review:\n      - ann@example.org\n      - Ann <a@example.org>\n",
    )
    assert "mail.recipients.Nord: there is no such team" in told
    assert "mail.recipients.North.review.1: 'Ann <a@example.org>' is no address; write name@domain" in told
    assert len([line for line in told.splitlines() if "mail." in line]) == 2


@pytest.mark.parametrize(("key", "value"), [("from", "goals@acme"), ("url", "reports.example.org"), ("url", "ftp://x")])
def test_a_sender_and_an_address_of_reports_say_how_they_are_written(tmp_path: Path, key: str, value: str) -> None:
    mail = {"from": "goals@example.org", key: value}
    told = fault_text(tmp_path, GOOD + "mail: {" + ", ".join(f"{one}: '{said}'" for one, said in mail.items()) + "}\n")
    how = "name@domain" if key == "from" else "https://reports.example.org"
    assert f"mail.{key}: {value!r} is no address" in told
    assert f"write {how}" in told or f"write it as {how}" in told


def test_without_teams_in_the_file_any_may_be_hired_for(tmp_path: Path) -> None:
    path = tmp_path / "company.yaml"
    path.write_text(GOOD + "hires: [{team: Nroth, month: 2026-03}]\n", encoding="utf-8")
    assert load_company(path, ("deals",), ("revenue",)).hires[0].team == "Nroth"


def test_a_lookup_needs_its_table(tmp_path: Path) -> None:
    text = GOOD.replace("{path: deals.csv}", "{path: deals.csv, lookup: {team: {table: nowhere, on: rep}}}")
    assert "needs a table 'nowhere', which is neither a source nor a helper" in fault_text(tmp_path, text)


def test_a_source_the_kit_has_no_table_for_is_a_fault(tmp_path: Path) -> None:
    assert "sources.dealz: the kit has no table of this name" in fault_text(
        tmp_path, GOOD + "  dealz: {path: deals.csv}\n"
    )


def test_yaml_keeps_words_that_only_look_like_something_else(tmp_path: Path) -> None:
    file = tmp_path / "traps.yaml"
    file.write_text("a: no\nb: 12:30\nc: 2026-01-05\nd: 010\ne: yes\nf: 1_000\ng: 0x1f\nh: true\ni: 2026Q1\n", "utf-8")
    content = load_document(file).content
    assert content == {
        "a": "no", "b": "12:30", "c": "2026-01-05", "d": 10, "e": "yes", "f": "1_000", "g": "0x1f",
        "h": True, "i": "2026Q1",
    }  # fmt: skip


def test_a_key_that_stands_twice_is_a_fault_at_any_depth(tmp_path: Path) -> None:
    told = fault_text(tmp_path, GOOD + "churn: {pause_days: 3, pause_days: 4}\nname: B\n")
    assert "line 6, churn.pause_days: this key stands here a second time" in told
    assert "line 7, name: this key stands here a second time" in told


def test_keys_of_several_columns_are_lists(tmp_path: Path) -> None:
    text = GOOD.replace(
        "{path: deals.csv}",
        "{path: d.csv, values: {status: {from: [is_won, is_closed], [true, true]: won, [false, true]: lost}}}",
    )
    values = read(tmp_path, text).sources["deals"].values["status"]
    assert values.source == ("is_won", "is_closed")
    assert values.pairs == {("true", "true"): "won", ("false", "true"): "lost"}


def test_a_file_that_is_not_yaml_names_the_line(tmp_path: Path) -> None:
    assert "line 3" in fault_text(tmp_path, "version: 1\nname: [Acme\nsources: {}}")


def test_a_missing_file_and_an_empty_file_say_so(tmp_path: Path) -> None:
    with pytest.raises(ParamError, match="there is no such file"):
        load_company(tmp_path / "none.yaml", TABLES, KPIS)
    assert "The company file is empty." in fault_text(tmp_path, "")


def test_an_alias_is_read_where_it_points(tmp_path: Path) -> None:
    text = GOOD.replace("{path: deals.csv}", "&d {path: deals.csv}") + "  invoices: *d\n"
    assert read(tmp_path, text).sources["invoices"].path == Path("deals.csv")


def test_the_schema_completes_every_key_the_model_has() -> None:
    schema = Company.model_json_schema()
    assert set(schema["properties"]) == set(Company.model_fields) - {"folder"}
    json.dumps(schema)


def test_where_the_file_stands_is_not_a_key_of_it(tmp_path: Path) -> None:
    assert "folder: there is no such key" in fault_text(tmp_path, GOOD + "folder: /tmp\n")
