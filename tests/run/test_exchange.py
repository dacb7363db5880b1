"""Out to a workbook and back: into the files that git keeps and the ledger, all of it or nothing."""

from __future__ import annotations

import csv
import re
import shutil
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from salesgoals_kit.cli import app, main
from salesgoals_kit.errors import ParamError, SalesGoalsError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.crm import crm_faults, crm_rows
from salesgoals_kit.run.exchange import agree, export
from salesgoals_kit.run.goal_files import written_goals
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.planned import plan_record
from salesgoals_kit.run.sheet import MonthGoal, Record, SheetRow
from salesgoals_kit.run.sheet_read import read_workbook
from salesgoals_kit.run.work import BOOK, open_company
from salesgoals_kit.store.engine import VARIABLE, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.words import Money

COMPANY_FILE = """
version: 1
name: Acme
sources:
  deals: {path: deals.csv}
  reps: {path: reps.csv}
store: store
reports: reports
teams: [{name: North}, {name: Far North, parent: North}]
"""
AS_OF = "2025-06-30"


def write(file: Path, rows: list[dict[str, object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company of two teams, one below the other, and three reps, with the workbook of its third quarter."""
    folder = tmp_path_factory.mktemp("house")
    deals: list[dict[str, object]] = []
    for i in range(360):
        created = date(2023, 1, 1) + timedelta(days=int(2.5 * i))
        closed = created + timedelta(days=10 + i % 9)
        team = "Far North" if i % 3 == 2 else "North"
        deals.append({"deal_id": i, "status": "won" if i % 4 else "lost", "created_at": created, "closed_at": closed})
        deals[-1] |= {"amount": 1000 + 10 * (i % 50), "team": team, "rep": f"r{i % 3}"}
    write(folder / "deals.csv", [row for row in deals if str(row["closed_at"]) <= AS_OF])
    reps = [("r0", "North", "r0@example.org"), ("r1", "North", ""), ("r2", "Far North", "r2@example.org")]
    write(folder / "reps.csv", [{"rep": rep, "team": team, "email": email} for rep, team, email in reps])
    (folder / "company.yaml").write_text(COMPANY_FILE, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        told = export(str(folder / "company.yaml"), "2025Q3", [], AS_OF, folder / "goals.xlsx", None)
        fitted_once(folder, tmp_path_factory.mktemp("agreed") / "house")
    assert told == [f"wrote 6 owners with 18 goals (0 agreed before) to {folder / 'goals.xlsx'}"]
    return folder


def fitted_once(folder: Path, copy: Path) -> None:
    """Agree on the workbook in a copy of the company, and keep the outlooks of the months that chances were made of."""
    shutil.copytree(folder, copy)
    assert (
        agree(str(copy / "company.yaml"), copy / "goals.xlsx", "Ann", AS_OF)[0] == "24 new, 0 changed, 0 as they were"
    )
    shutil.copytree(copy / "store" / BOOK, folder / "store" / BOOK, dirs_exist_ok=True)


@pytest.fixture
def house(exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(VARIABLE, raising=False)
    return Path(shutil.copytree(exported, tmp_path / "house"))


def put(house: Path, **cells: Any) -> None:
    book = load_workbook(house / "goals.xlsx")
    for place, value in cells.items():
        book["revenue"][place] = value
    book.save(house / "goals.xlsx")


def agreed(house: Path, by: str | None = "Ann", on: str | None = AS_OF, initiative: str | None = None) -> list[str]:
    return agree(str(house / "company.yaml"), house / "goals.xlsx", by, on, initiative)


def goals_of(house: Path, period: str) -> dict[str, dict[str, Any]]:
    found = written_goals(house / "goals" / f"{period}.yaml")
    return {str(next(iter(goal["owner"].values()))): goal for goal in found}


def refused(house: Path, **how: Any) -> list[str]:
    with pytest.raises(SalesGoalsError) as error:
        agreed(house, **how)
    return [str(fault) for fault in error.value.faults]


def test_the_tree_is_exported_in_order_and_its_months_add_up(house: Path) -> None:
    record, goals = read_workbook(house / "goals.xlsx", "Acme")
    far = Owner("Far North")
    assert [(row.owner, row.above) for row in record.rows] == [
        (COMPANY, None),
        (Owner("North"), COMPANY),
        (Owner("North", "r0"), Owner("North")),
        (Owner("North", "r1"), Owner("North")),
        (far, Owner("North")),
        (Owner("Far North", "r2"), far),
    ]
    assert (record.period, record.as_of, record.company) == ("2025Q3", AS_OF, "Acme")
    assert all(month.chance is not None and 0 < month.chance < 1 for row in record.rows for month in row.months)
    assert len(goals) == 18
    found, _ = plan_record(str(house / "company.yaml"), "2025Q3", ["Far North"], AS_OF)
    assert [(row.owner, row.above) for row in found.rows] == [(far, None), (Owner("Far North", "r2"), far)]
    for rows in (record.rows, found.rows):  # what those below carry adds up to the goal above, in cents
        for top in rows:
            below = [row for row in rows if row.above == top.owner]
            assert not below or sum(map(cents, below)) == cents(top)


def test_a_team_that_is_named_twice_or_lies_in_another_stands_once(house: Path) -> None:
    alone, _ = plan_record(str(house / "company.yaml"), "2025Q3", ["North"], AS_OF)
    found, _ = plan_record(str(house / "company.yaml"), "2025Q3", ["Far North", "North", "North"], AS_OF)
    assert found.rows == alone.rows


YAML = "version: 1\ngoals:\n"
LINE = "  - {kpi: revenue, owner: %s, period: %s, value: %s, agreed_on: 2025-06-30, agreed_by: Bo}\n"


def test_those_below_share_out_what_was_agreed_above_them(house: Path) -> None:
    company = str(house / "company.yaml")
    (house / "goals").mkdir()
    for period, owner, value in (
        ("2025Q3", "{team: Far North}", 12345.67),
        ("2025-07", "{team: North}", 777.77),  # a month alone: the rest is as proposed
        ("2025-08", "{rep: r0}", 50),
    ):
        file = house / "goals" / f"{period}.yaml"
        file.write_text(YAML + LINE % (owner, period, value), "utf-8")
        agree(company, file, None, None)
    found, _ = plan_record(company, "2025Q3", [], AS_OF)
    rows = {row.owner.name: row for row in found.rows}
    assert [row.owner.name for row in found.rows] == [None, "North", "r0", "r1", "Far North", "r2"]
    assert cents(rows["Far North"]) == cents(rows["r2"]) == 1234567
    assert rows["North"].months[0].proposal == 777.77
    alone, _ = plan_record(company, "2025Q3", ["Far North"], AS_OF)
    assert [cents(row) for row in alone.rows] == [1234567, 1234567]
    assert rows["r0"].months[1].proposal == 50
    below = {row.owner: row.months for row in found.rows}
    assert all(month.agreed for month in below[Owner("Far North")]) and not below[Owner("Far North", "r2")][0].agreed


def test_a_month_agreed_above_changes_what_those_below_carry_together(house: Path) -> None:
    company, file = str(house / "company.yaml"), house / "goals" / "2025-07.yaml"
    file.parent.mkdir()
    file.write_text(YAML + LINE % ("{team: North}", "2025-07", 777.77), "utf-8")
    agree(company, file, None, None)
    found, _ = plan_record(company, "2025Q3", [], AS_OF)
    (north,) = (row for row in found.rows if row.owner == Owner("North"))
    assert sum(cents(row) for row in found.rows if row.above == north.owner) == cents(north)


def cents(row: SheetRow) -> int:
    return sum(round((month.proposal or 0.0) * 100) for month in row.months)


def test_a_workbook_becomes_files_and_rows_of_the_ledger(house: Path) -> None:
    put(house, G11=4321.05, H11="a new colleague: starts")
    told = agreed(house)
    assert told[0] == "24 new, 0 changed, 0 as they were"
    assert sorted(file.name for file in (house / "goals").iterdir()) == [
        "2025-07.yaml",
        "2025-08.yaml",
        "2025-09.yaml",
        "2025Q3.yaml",
    ]
    one = goals_of(house, "2025-07")["r0"]
    assert one["value"] == 4321.05 and one["reason"] == "a new colleague: starts"
    assert (one["agreed_on"], one["agreed_by"]) == (AS_OF, "Ann")
    total = goals_of(house, "2025Q3")["r0"]
    months = [goals_of(house, f"2025-0{i}")["r0"]["value"] for i in (7, 8, 9)]
    assert round(total["value"] * 100) == sum(round(value * 100) for value in months)
    assert total["reason"] == "2025-07: a new colleague: starts"
    rows = Ledger(open_store(open_company(str(house / "company.yaml")))).goals(period="2025-07", level="agreed")
    assert {row.owner.name: row.value for row in rows}["r0"] == 4321.05
    again = agreed(house)  # once more: nothing is written
    assert again[0] == "0 new, 0 changed, 24 as they were" and not [line for line in again if line.startswith("wrote")]
    file = house / "company.yaml"
    export(str(file), "2025Q3", [], AS_OF, house / "again.xlsx", None)  # what was agreed stands in for proposals
    record, _ = read_workbook(house / "again.xlsx", "Acme")
    assert record.rows[2].months[0].proposal == 4321.05
    assert all(month.agreed for row in record.rows for month in row.months)


THEIRS = """# Goals for July, agreed with everybody.
version: 1
goals:
  - {kpi: win_rate, owner: {team: North}, period: 2025-07, value: 0.7, agreed_on: 2025-06-30, agreed_by: Bo}  # hers
  - kpi: revenue
    owner: {rep: r0}
    period: 2025-07
    value: 3000
    objective: grow
    initiative: {what: call more}
    agreed_on: 2025-06-30
    agreed_by: Bo
"""


def theirs(house: Path) -> Path:
    file = house / "company.yaml"
    file.write_text(file.read_text("utf-8") + "objectives: [{id: grow, kpi: revenue}]\n", "utf-8")
    (house / "goals").mkdir()
    (house / "goals" / "2025-07.yaml").write_text(THEIRS, "utf-8")
    return house / "goals" / "2025-07.yaml"


def test_a_goal_that_stands_there_changes_for_a_reason_alone(house: Path) -> None:
    file = theirs(house)
    (fault,) = refused(house)
    assert fault.startswith("revenue!G11: 2025-07.yaml has 3000 and the workbook ")
    assert fault.endswith("; expected a reason; write it in the column of reasons beside the goal")
    assert file.read_text("utf-8") == THEIRS and len(list(file.parent.iterdir())) == 1
    put(house, G11=2500, H11="he is away")
    agreed(house)
    text = file.read_text("utf-8")
    assert text.startswith(THEIRS[: THEIRS.index("  - kpi: revenue")])
    one = goals_of(house, "2025-07")["r0"]
    assert (one["value"], one["reason"], one["objective"]) == (2500, "he is away", "grow")
    assert one["initiative"] == {"what": "call more"}


def test_what_is_going_to_be_done_is_written_to_every_goal_that_does_not_say_it(house: Path) -> None:
    file = theirs(house)
    put(house, G11=3000, H11="as it was")
    agreed(house)
    assert "initiative" not in goals_of(house, "2025Q3")["r0"]
    (fault,) = refused(house, initiative=" ")
    assert fault == "--initiative: nothing; expected what is going to be done"
    assert agreed(house, initiative="weekly  reviews")[0] == "0 new, 23 changed, 2 as they were"
    one, other = goals_of(house, "2025Q3")["r0"], goals_of(house, "2025-07")["r0"]
    assert one["initiative"] == {"what": "weekly reviews"} and one["reason"] == "2025-07: as it was"
    assert goals_of(house, "2025-08")["r0"]["reason"] == "The initiative is added."
    assert other["initiative"] == {"what": "call more"} and "agreed_by: Bo" in file.read_text("utf-8")
    again = agreed(house, initiative="weekly reviews")
    assert again[0] == "0 new, 0 changed, 25 as they were" and not [line for line in again if line.startswith("wrote")]
    done = CliRunner().invoke(app, ["check", "--company", str(house / "company.yaml")])
    assert done.exit_code in (0, 3)
    lines = done.output.replace("\u2068", "").replace("\u2069", "").splitlines()
    judged = [line for line in lines if "Revenue" in line or "Closed" in line]
    assert len(judged) == 3 and not any("fails S" in line or ", S (" in line for line in judged), done.output
    parts = [line.split(",")[0].strip() for line in lines if "judged with" in line]
    assert parts == ["6 goals are parts of others"] * 3 + ["3 goals are parts of others"]


def test_nothing_is_written_when_anything_is_wrong(house: Path) -> None:
    file = theirs(house)
    proposed = load_workbook(house / "goals.xlsx")["revenue"]["E13"].value
    put(house, G11=2500, H11="he is away", G12="x", E13=5)
    assert [fault.split(":")[0] for fault in refused(house)] == ["revenue!E13", "revenue!G12"]
    put(house, G12=None, E13=proposed)
    file.write_text(THEIRS.replace("value: 3000", "valu: 3000"), "utf-8")
    assert any("there is no such key" in fault for fault in refused(house))
    assert len(list(file.parent.iterdir())) == 1


def test_a_ledger_that_refuses_leaves_the_files_alone(house: Path) -> None:
    agreed(house)
    shutil.rmtree(house / "goals")
    put(house, G11=1.0, H11="so be it", G5=load_workbook(house / "goals.xlsx")["revenue"]["E5"].value)
    told = agreed(house)  # a reason beside it: the ledger takes the other goal
    assert told[0] == "0 new, 2 changed, 22 as they were"
    shutil.rmtree(house / "goals")
    put(house, G11=None, H11=None)  # and back again without one: it does not
    with pytest.raises(SalesGoalsError, match="reason"):
        agreed(house)
    assert list((house / "goals").iterdir()) == []


def test_who_agreed_and_other_places_are_asked_for(house: Path) -> None:
    assert len(refused(house, by=" ", on="soon")) == 2
    assert "not after today" in refused(house, on="2999-01-01")[0]
    (house / "goals").mkdir()
    (house / "goals" / "ours.yaml").write_text(THEIRS.replace("    objective: grow\n", ""), "utf-8")
    assert any("the goal of 2025-07 stands in ours.yaml" in fault for fault in refused(house))
    with pytest.raises(ParamError, match="the file itself says it"):
        agree(str(house / "company.yaml"), house / "goals" / "ours.yaml", "Ann", None)


def test_an_owner_who_has_gone_is_told_with_his_cell(house: Path) -> None:
    file = house / "reps.csv"
    file.write_text(file.read_text("utf-8").replace("r1,", "r9,"), "utf-8")
    faults = refused(house)
    assert faults[0].startswith("revenue!G14: there is no rep 'r1'; expected an owner that the data has")


def test_the_command_line(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["goals", *words, "--company", str(house / "company.yaml")])

    done = run("agree", str(house / "goals.xlsx"), "--agreed-by", "Ann", "--agreed-on", AS_OF)
    assert done.exit_code == 0 and "24 new" in done.output
    period = ("export", "--period", "2025Q3", "--as-of", AS_OF)
    done = run(*period, "--team", "Far North", "--crm", "hubspot", str(house / "far.csv"))
    assert done.exit_code == 0 and (house / "far.csv").read_text("utf-8").count("r2@example.org") == 3
    for words in (period, (*period, "--xlsx", str(house / "no.csv")), (*period, "--crm", "sap", str(house / "x.csv"))):
        assert isinstance(run(*words).exception, ParamError)


def test_what_cannot_be_exported_is_one_error_and_nothing_is_written(
    house: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    there = sorted(house.iterdir())

    def refusal(*words: str) -> str:
        company = ("--company", str(house / "company.yaml"))
        monkeypatch.setattr("sys.argv", ["salesgoals", "goals", "export", *words, *company])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2 and sorted(house.iterdir()) == there
        return capsys.readouterr().err

    far, out = ("--period", "2025Q3", "--team", "Far North"), ("--xlsx", str(house / "new.xlsx"))
    day = ("--as-of", AS_OF)
    told = refusal("--period", "nonsense", "--as-of", "x", *out)
    assert "period: 'nonsense': this is no period" in told and "as_of: 'x': this is no day" in told
    assert "cannot be written" in refusal(*far, *day, "--xlsx", str(house / f"{'x' * 300}.xlsx"))
    assert "cannot be written" in refusal(*far, *day, "--xlsx", str(house / f"{'x' * 245}.xlsx"))
    assert "team 'Far North': " in refusal(*far, "--as-of", "2023-01-20", *out)
    for name in ("reps.csv", "deals.csv"):
        text = (house / name).read_text("utf-8")
        (house / name).write_text(re.sub(r"\br2\b", "r\x07", text), "utf-8")
    assert "rep 'r\\x07': the sign '\\x07', which a workbook cannot hold" in refusal(*far, *day, *out)
    (house / "deals.csv").write_text(text.replace("amount", "note"), "utf-8")
    assert "the data lacks deals.amount; expected an outlook of revenue" in refusal("--period", "2025Q3", *day, *out)


def crm_record(rep: str = "r0", proposal: float | None = 1234.5) -> Record:
    months = (MonthGoal("2025-07", proposal, 0.5), MonthGoal("2025-12", 7.0, 0.5))
    rows = (SheetRow(Owner("North"), "revenue", months), SheetRow(Owner("North", rep), "revenue", months))
    return Record("Acme", "EUR", 100, "en_GB", "en", "2025", AS_OF, "9f2c", rows)


def test_rows_for_a_crm_by_hand() -> None:
    record, emails = crm_record(), {"r0": "r0@example.org"}
    assert list(crm_rows(record, emails, "salesforce")) == [
        ("", "r0@example.org", "", "1234.50", "EUR", "2025-07-01"),
        ("", "r0@example.org", "", "7.00", "EUR", "2025-12-01"),
    ]
    known = crm_record("00599000000Hofh")
    assert next(crm_rows(known, {"00599000000Hofh": "a@b.c"}, "salesforce"))[0] == "00599000000Hofh"
    assert list(crm_rows(record, emails, "hubspot"))[1] == (
        "revenue 2025",
        "r0@example.org",
        "7.00",
        "2025-12-01T00:00:00Z",
        "2026-01-01T00:00:00Z",
    )
    yen = list(crm_rows(replace(record, minor_units=1, currency="JPY"), emails, "salesforce"))
    assert [row[3] for row in yen] == ["1234", "7"]


@pytest.mark.parametrize(
    ("record", "emails", "said"),
    [
        (crm_record(), {}, "rep 'r0': no e-mail address; expected reps.email"),
        (crm_record(), {"r0": "=cmd@example.org"}, "the e-mail address '=cmd@example.org'"),
        (crm_record(), {"r0": "nowhere"}, "the e-mail address 'nowhere'"),
        (crm_record(proposal=None), {"r0": "r0@example.org"}, "no goal for 2025-07"),
        (replace(crm_record(), rows=()), {}, "there is nobody to give a goal to"),
    ],
)
def test_what_a_crm_could_not_take_is_told(record: Record, emails: dict[str, str], said: str) -> None:
    assert said in "".join(map(str, crm_faults(record, emails)))


def test_the_faults_of_both_files_are_told_before_either_is_written(house: Path) -> None:
    company, there = str(house / "company.yaml"), sorted(house.iterdir())

    def faults(xlsx: Path, crm: tuple[str, Path]) -> list[str]:
        with pytest.raises(ParamError) as refusal:
            export(company, "2025Q3", ["Far North"], AS_OF, xlsx, crm)
        assert sorted(house.iterdir()) == there
        return [str(fault) for fault in refusal.value.faults]

    told = faults(house / "goals.xlsx", ("hubspot", house / "none" / "far.csv"))
    assert ["such a file already" in told[0], "no such folder" in told[1], len(told)] == [True, True, 2]
    told = faults(house / "goals.xls", ("sap", house / "far.csv"))
    assert ["ends in .xlsx" in told[0], "one of salesforce, hubspot" in told[1], len(told)] == [True, True, 2]
    assert "another file than --xlsx" in faults(house / "a.xlsx", ("hubspot", house / "." / "a.xlsx"))[0]


MONTHS = {"2025-07": "July 2025", "2025-08": "August 2025", "2025-09": "September 2025"}
PAGES = {
    None: "_company/goal_setting",
    "North": "north/goal_setting",
    "Far North": "far-north/goal_setting",
    "r0": "north/reps/r0",
    "r1": "north/reps/r1",
    "r2": "far-north/reps/r2",
}


def made(house: Path, *teams: str) -> list[tuple[str, ...]]:
    """Run the real goal setting, and return why each report was made."""
    request = Request(str(house / "company.yaml"), "goal_setting", "2025Q3", teams, AS_OF)
    result = run_request(request, 2, lambda done, total, what: None, Options())
    assert result.failed == 0, [one.error for one in result.outcomes]
    return [one.why for one in result.outcomes]


def cells_of(house: Path, name: str | None) -> list[str]:
    """Return a page's rows and sentences as lines, cells apart by a bar."""
    page = (house / "reports" / "2025Q3" / f"{PAGES[name]}.html").read_text("utf-8")
    page = re.sub(r"<(style|svg|script).*?</\1>", "", page, flags=re.DOTALL)
    page = re.sub(r"</t[dh]>", "|", re.sub(r"</(tr|p|h\d|li|caption)>", "\n", page))
    text = unescape(re.sub(r"<[^>]+>", "", page)).replace("\u00a0", " ")
    return [re.sub(r"\s*\|\s*", "|", line).strip() for line in text.splitlines()]


def test_page_workbook_and_ledger_show_one_number_for_everybody_and_every_month(house: Path) -> None:
    """Also where a team, a rep on sick leave and another one agreed on other months than were proposed."""
    company, texts = str(house / "company.yaml"), Texts()
    put(house, G8=20000, H8="a fair", G12=2500, H12="on sick leave", G20=9999.99, H20="a large deal")
    told = agreed(house, initiative="call more")
    assert [line.split(":")[0] + line[line.rindex(":") :] for line in told if line.startswith("note")] == [
        "note: €8,707.86 more than the goal",
        "note: €10,053.02 nobody carries",
        "note: €6,315.93 more than the goal",
    ]
    assert told[2].startswith(
        "note: team North, revenue 2025Q3: €42,541.68 agreed, its 3 teams and reps have €32,488.66"
    )
    assert set(made(house)) == {("new",)}
    export(company, "2025Q3", [], AS_OF, house / "again.xlsx", None)
    record, goals = read_workbook(house / "again.xlsx", "Acme")
    ledger = Ledger(open_store(open_company(company))).goals(kpi="revenue", level="agreed", current=True)
    frozen = {(row.owner.name, row.period): row.value for row in ledger}
    assert {(goal.owner.name, goal.month): goal.value for goal in goals} == {
        key: value for key, value in frozen.items() if key[1] in MONTHS
    }
    for row in record.rows:
        name = row.owner.name
        lines = cells_of(house, name)
        for month in row.months:
            assert month.agreed and month.proposal is not None
            shown = f"{MONTHS[month.month]}, agreed|{texts.amount(month.proposal)}|"
            assert sum(line.startswith(shown) for line in lines) == 1, (name, shown)
        assert cents(row) == round(frozen[name, "2025Q3"] * 100)
        goal = texts.text(Money(frozen[name, "2025Q3"])).replace("\u00a0", " ")
        said = (
            f"Your goal for 2025Q3: {goal} of revenue, as agreed" if row.owner.rep else f"{goal} in revenue is the goal"
        )
        assert any(line.startswith(said) for line in lines), (name, said)
        above = cells_of(house, None if row.owner.kind == "team" else row.owner.team)
        carried = [line.split("|")[1] for line in above if line.split("|")[0].endswith(str(name)) and "|" in line]
        assert row.owner == COMPANY or texts.amount(frozen[name, "2025Q3"]) in carried


def test_a_report_is_made_again_when_one_month_is_agreed(house: Path) -> None:
    """The month stands, the others share what it leaves of the goal that is but proposed."""
    company, file = str(house / "company.yaml"), house / "goals" / "2025-08.yaml"
    assert made(house, "Far North") == [("new",)]
    assert made(house, "Far North") == [("unchanged",)]
    before, _ = plan_record(company, "2025Q3", [], AS_OF)
    file.parent.mkdir()
    file.write_text(YAML + LINE % ("{rep: r2}", "2025-08", 1234), "utf-8")
    agree(company, file, None, None)
    assert made(house, "Far North") == [("changed", "agreed")]
    after, _ = plan_record(company, "2025Q3", [], AS_OF)
    assert [cents(row) for row in after.rows] == [cents(row) for row in before.rows]
    (mine,) = (row for row in after.rows if row.owner.rep == "r2")
    assert [(month.agreed, month.proposal) for month in mine.months][1] == (True, 1234.0)
    lines, texts = cells_of(house, "r2"), Texts()
    for month in mine.months:
        title = MONTHS[month.month] + (", agreed" if month.agreed else "")
        assert sum(line.startswith(f"{title}|{texts.amount(month.proposal or 0)}|") for line in lines) == 1, lines


def test_months_that_are_all_agreed_are_the_goal_of_the_period_everywhere(house: Path) -> None:
    company = str(house / "company.yaml")
    (house / "goals").mkdir()
    for month, value in (("2025-07", 3000), ("2025-08", 4000), ("2025-09", 5000.5)):
        file = house / "goals" / f"{month}.yaml"
        file.write_text(YAML + LINE % ("{team: Far North}", month, value), "utf-8")
        agree(company, file, None, None)
    found, _ = plan_record(company, "2025Q3", [], AS_OF)
    rows = {row.owner.name: row for row in found.rows}
    assert cents(rows["Far North"]) == cents(rows["r2"]) == 1200050
    assert sum(cents(row) for row in found.rows if row.above == Owner("North")) == cents(rows["North"])
    made(house, "Far North")
    lines = cells_of(house, "Far North")
    assert any(line.startswith("€12K in revenue is the goal") for line in lines)
    assert any(
        line.startswith("September 2025, agreed|€5,000|") or "September 2025, agreed|€5,001|" in line for line in lines
    )


def test_a_reason_alone_and_a_day_to_come_are_told(house: Path) -> None:
    put(house, H11="so it is")
    told = agreed(house)
    assert [line for line in told if "H11" in line] == [
        "note: revenue!H11: a reason without an override beside it; the goal stays as it was exported, with this reason"
    ]
    file = house / "goals" / "2026-01.yaml"
    text = YAML + LINE % ("{rep: r0}", "2026-01", 5) + LINE % ("{rep: nobody}", "2026-01", 5)
    file.write_text(text.replace("2025-06-30", "2999-12-31"), "utf-8")
    with pytest.raises(ParamError) as refusal:
        agree(str(house / "company.yaml"), file, None, None)
    assert [str(fault).split(" is after")[0].split(";")[0] for fault in refusal.value.faults] == [
        "2026-01.yaml, line 3, goals.0.agreed_on: 2999-12-31",
        "2026-01.yaml, line 4, goals.1.owner: there is no rep 'nobody'",
        "2026-01.yaml, line 4, goals.1.agreed_on: 2999-12-31",
    ]


def test_a_file_for_a_crm_says_how_much_of_it_is_agreed(house: Path) -> None:
    company, far = str(house / "company.yaml"), ["Far North"]
    told = export(company, "2025Q3", far, AS_OF, None, ("hubspot", house / "far.csv"))
    assert told == [f"wrote 3 goals of reps (none agreed, 3 only proposed) to {house / 'far.csv'}"]
    file = house / "goals" / "2025-08.yaml"
    file.parent.mkdir()
    file.write_text(YAML + LINE % ("{rep: r2}", "2025-08", 1234), "utf-8")
    agree(company, file, None, None)
    told = export(company, "2025Q3", far, AS_OF, None, ("hubspot", house / "one.csv"))
    assert told == [f"wrote 3 goals of reps (1 agreed, 2 only proposed) to {house / 'one.csv'}"]


def test_a_rep_may_be_named_as_he_is_called(house: Path) -> None:
    """Where one rep alone is called so; two of a name are told apart by their ids, and one goal is not agreed twice."""
    reps = [("r0", "North", "Ann Ek"), ("r1", "North", "Bo Ek"), ("r2", "Far North", "Bo Ek")]
    write(house / "reps.csv", [{"rep": rep, "team": team, "name": name} for rep, team, name in reps])
    file = house / "goals" / "2025-08.yaml"
    file.parent.mkdir()
    file.write_text(YAML + LINE % ("{rep: Ann Ek}", "2025-08", 1234), "utf-8")
    company = str(house / "company.yaml")
    assert agree(company, file, None, None) == ["1 new, 0 changed, 0 as they were"]
    (row,) = Ledger(open_store(open_company(company))).goals(period="2025-08", level="agreed")
    assert row.owner == Owner(rep="r0")
    done = CliRunner().invoke(app, ["check", "--company", company])
    assert done.exit_code in (0, 3) and "1 goals, well formed" in done.output
    file.write_text(
        YAML + "".join(LINE % (f"{{rep: {rep}}}", "2025-08", 1) for rep in ("Ann Ek", "r0", "Bo Ek", "Cy")), "utf-8"
    )
    with pytest.raises(ParamError) as refusal:
        agree(company, file, None, None)
    assert [str(fault) for fault in refusal.value.faults] == [
        "2025-08.yaml, line 5, goals.2.owner: 2 reps are called 'Bo Ek'; name one of 'r1', 'r2'",
        "2025-08.yaml, line 6, goals.3.owner: there is no rep 'Cy'; there are r0 (Ann Ek), r1 (Bo Ek), r2 (Bo Ek)",
        "2025-08.yaml, line 4, goals.1: a goal for the same KPI, owner and period stands on line 3; "
        "keep one of the two",
    ]


def test_goals_in_files_that_do_not_add_up_are_told_by_check_too(house: Path) -> None:
    (house / "goals").mkdir()
    file = house / "goals" / "2025Q3.yaml"
    owners = {"{company: true}": 100, "{team: North}": 90.5, "{rep: r0}": 80, "{rep: r1}": 20, "{team: Far North}": 50}
    file.write_text(YAML + "".join(LINE % (owner, "2025Q3", value) for owner, value in owners.items()), "utf-8")
    expected = [
        "note: the company, revenue 2025Q3: €100.00 agreed, its only team has €90.50 agreed together: "
        "€9.50 nobody carries",
        "note: team North, revenue 2025Q3: €90.50 agreed, its 3 teams and reps have €150.00 agreed together: "
        "€59.50 more than the goal",
    ]
    done = CliRunner().invoke(app, ["check", "--company", str(house / "company.yaml")])
    assert [line for line in done.output.splitlines() if line.startswith("note")] == expected
    assert agree(str(house / "company.yaml"), file, None, None)[1:] == expected
