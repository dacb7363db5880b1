"""A report is made again when something that it comes from has changed, and only then; the runs say what it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from salesgoals_kit.owners import Owner
from salesgoals_kit.run import inputs as room
from salesgoals_kit.run.agree import agree_file
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.folders import ReportPlace, shipped
from salesgoals_kit.run.making import Result
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.record import read_run
from salesgoals_kit.run.seal import reason_to_make, write_seal
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow
from tests.run.sample import with_a_part_of_the_sample

ENDINGS = ("html", "json")


def seal(place: ReportPlace, inputs: dict[str, str], *, frozen: bool) -> None:
    write_seal(place.seal, inputs, {ending: place.file(ending) for ending in ENDINGS}, frozen=frozen)


@pytest.fixture
def place(tmp_path: Path) -> ReportPlace:
    """A report of two files, sealed, that came from two things."""
    found = ReportPlace(tmp_path, "review")
    for ending in ENDINGS:
        found.file(ending).write_text(f"the {ending}")
    seal(found, {"figures": "1", "kit": "a"}, frozen=True)
    return found


SAME = {"figures": "1", "kit": "a"}


def test_a_whole_report_of_the_same_is_not_made_again(place: ReportPlace) -> None:
    assert reason_to_make(place, SAME, in_ledger=True) == ("unchanged",)
    assert reason_to_make(place, {**SAME, "snapshot": "another"}, in_ledger=True) == ("unchanged",)


def test_what_changed_is_named(place: ReportPlace) -> None:
    assert reason_to_make(place, {"figures": "2", "kit": "b"}, in_ledger=True) == ("changed", "figures", "kit")
    assert reason_to_make(place, {"figures": "1"}, in_ledger=True) == ("changed", "kit")


def test_one_that_looked_beyond_what_it_was_handed_comes_from_the_whole_snapshot(place: ReportPlace) -> None:
    seal(place, {**SAME, "snapshot": "x"}, frozen=False)
    assert reason_to_make(place, {**SAME, "snapshot": "y"}, in_ledger=True) == ("changed", "snapshot")


def _no_page(place: ReportPlace) -> None:
    place.file("html").unlink()


def _other_page(place: ReportPlace) -> None:
    place.file("html").write_text("the page of somebody else")


def _no_seal(place: ReportPlace) -> None:
    place.seal.unlink()


def _torn_seal(place: ReportPlace) -> None:
    place.seal.write_text('{"inputs": {')


@pytest.mark.parametrize("harm", [_no_page, _other_page, _no_seal, _torn_seal])
def test_what_is_half_is_made_again(place: ReportPlace, harm: Callable[[ReportPlace], None]) -> None:
    harm(place)
    assert reason_to_make(place, SAME, in_ledger=True) == ("broken",)


def test_what_is_not_there_is_new_unless_it_failed(place: ReportPlace) -> None:
    for file in (place.file("html"), place.file("json"), place.seal):
        file.unlink(missing_ok=True)
    assert reason_to_make(place, SAME, in_ledger=True) == ("new",)
    place.file("failed.json").write_text("{}")
    assert reason_to_make(place, SAME, in_ledger=True) == ("failed",)


def test_what_the_ledger_has_lost_is_made_again(place: ReportPlace) -> None:
    assert reason_to_make(place, SAME, in_ledger=False) == ("broken",)
    seal(place, SAME, frozen=False)
    assert reason_to_make(place, SAME, in_ledger=False) == ("unchanged",)


def quietly(done: int, total: int, what: str) -> None:
    """Show nothing."""


def run(
    house: Path, template: str, *teams: str, period: str = "", as_of: str = "2025-12-31", force: bool = False
) -> Result:
    period = period or ("2026Q1" if template != "review" else "2025Q4")
    request = Request(str(house / "params/company.yaml"), template, period, teams, as_of)
    result = run_request(request, 2, quietly, Options(force=force))
    assert result.failed == 0
    return result


def why(result: Result) -> dict[str | None, tuple[str, ...]]:
    return {one.job.owner.team: one.why for one in result.outcomes}


@pytest.fixture(scope="module")
def house(house: Path) -> Path:
    """The sample company of which a few tables are known, and a few people of each team."""
    return with_a_part_of_the_sample(house, "deals", "deal_changes", "reps", "assignments", "accounts")


@pytest.fixture(scope="module")
def normal(house: Path) -> Result:
    """The baseline of the company and its four teams."""
    return run(house, "baseline")


def test_the_first_run_makes_all_and_the_second_nothing(normal: Result, house: Path) -> None:
    assert set(why(normal).values()) == {("new",)}
    before = {one.job.place.file("html"): one.job.place.file("html").stat().st_mtime_ns for one in normal.outcomes}
    again = run(house, "baseline")
    assert {one.state for one in again.outcomes} == {"unchanged"}
    assert {file: file.stat().st_mtime_ns for file in before} == before
    assert "5 unchanged" in again.index.read_text("utf-8")
    told = read_run(house / "reports" / "2026Q1")["baseline"]["reports"]
    assert {report["state"] for report in told.values()} == {"unchanged"}
    assert all(re.fullmatch("[0-9a-f]{64}", report["inputs"]["figures"]) for report in told.values())


def test_another_teams_report_is_left_when_one_teams_data_changes(normal: Result, house: Path) -> None:
    """A deal of South's that was won two years ago: South and the company, and nobody else."""
    file = house / ".salesgoals" / "sample" / "deals.csv"
    lines = file.read_text("cp1252").splitlines()
    heads = lines[0].split(";")
    rep = next(line.split(",")[0] for line in (file.parent / "reps.csv").read_text().splitlines() if ",South," in line)
    cells = dict.fromkeys(heads, "") | {
        "Record ID": "one more", "Deal Stage": "Closed Won", "Amount": "12345,00", "Deal owner": rep,
        "Create Date": "02.10.2023", "Close Date": "14.11.2023", "Booking Team": "South",
    }  # fmt: skip
    with file.open("a", encoding="cp1252", newline="") as deals:
        deals.write(";".join(cells[head] for head in heads) + "\n")
    changed = run(house, "baseline")
    assert why(changed) == {
        None: ("changed", "figures"),
        "South": ("changed", "figures"),
        "North": ("unchanged",),
        "Central": ("unchanged",),
        "Key Accounts": ("unchanged",),
    }


def test_a_change_of_the_company_file_or_the_template_changes_all(
    normal: Result, house: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(house, "baseline", "North")
    file = house / "params" / "company.yaml"
    file.write_text(file.read_text("utf-8").replace("value: 3400000", "value: 3500000"), "utf-8")
    assert why(run(house, "baseline", "North"))["North"] == ("changed", "company")
    edited = tmp_path / "baseline.ipynb"
    edited.write_text(shipped("notebooks", "baseline.ipynb").read_text("utf-8") + "\n", "utf-8")
    monkeypatch.setattr(room, "shipped", lambda kind, name: edited)
    assert why(run(house, "baseline", "North"))["North"] == ("changed", "template")


def test_what_is_set_for_the_next_period_makes_nothing_again(house: Path) -> None:
    """Neither the review before it, of the same day, nor the baseline of the same period shows the new goals."""
    team = "Key Accounts"
    goals = [
        GoalRow(
            owner=Owner(team), period="2025Q4", template="goal_setting", as_of=date(2025, 9, 30), kpi="revenue",
            level=level, value=value, money=True, chance=chance,
        )
        for level, value, chance in (("commit", 400_000.0, 0.8), ("target", 500_000.0, 0.5))
    ]  # fmt: skip
    Ledger(open_store(open_company(str(house / "params/company.yaml")))).freeze(goals)
    asked = [("review", "2025Q4"), ("baseline", "2026Q1"), ("goal_setting", "2026Q1")]

    def all_of_them() -> list[tuple[str, ...]]:
        return [why(run(house, template, team, period=period))[team] for template, period in asked]

    all_of_them()
    assert all_of_them() == [("unchanged",)] * 3


def test_a_review_is_made_again_when_goals_are_agreed_or_the_ledger_is_lost(normal: Result, house: Path) -> None:
    run(house, "review", "Central", "North")
    assert {one.state for one in run(house, "review", "Central", "North").outcomes} == {"unchanged"}
    goals = house / "goals.yaml"
    goal = "kpi: revenue, owner: {team: Central}, period: 2025Q4, value: 900000, agreed_on: 2025-09-20, agreed_by: Ann"
    goals.write_text(f"version: 1\ngoals: [{{{goal}}}]\n", "utf-8")
    agree_file(str(house / "params/company.yaml"), goals)
    agreed = run(house, "review", "Central", "North")
    assert why(agreed) == {"Central": ("changed", "goals"), "North": ("unchanged",)}
    for file in (house / ".salesgoals").glob("ledger.sqlite*"):
        file.unlink()
    lost = run(house, "review", "Central", "North")
    assert {found[0] for found in why(lost).values()} <= {"broken", "changed"}
    assert why(lost)["North"] == ("broken",)
    ledger = Ledger(open_store(open_company(str(house / "params/company.yaml"))))
    assert not ledger.goals(Owner("North"))
    assert {one.state for one in run(house, "review", "Central", "North").outcomes} == {"unchanged"}
