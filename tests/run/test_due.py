"""What is due on a day, and that it is made once: small made-up companies, most with a stand-in for the runner."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.snapshot import make_snapshot
from salesgoals_kit.errors import Fault, ParamError, SalesGoalsError
from salesgoals_kit.goals.deadline import final_on
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.content import Provenance, make_content
from salesgoals_kit.run import due as due_module
from salesgoals_kit.run import params, work
from salesgoals_kit.run.batch import Request
from salesgoals_kit.run.due import make_due, plan_due
from salesgoals_kit.run.folders import place_of, slugs
from salesgoals_kit.run.job import PUBLISHED, Job
from salesgoals_kit.run.lock import Busy
from salesgoals_kit.run.making import Result
from salesgoals_kit.run.occasions import Day, occasions
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.record import Done
from salesgoals_kit.run.seal import write_seal
from salesgoals_kit.run.work import open_company, teams_in
from salesgoals_kit.store.engine import VARIABLE, open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.words import say
from tests.run.command import salesgoals_here

FIRST = date(2023, 1, 2)
ACME: dict[str, Any] = {"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}}
REVIEW, AHEAD = ["review"], ["baseline", "goal_setting"]


def quietly(done: int, total: int, what: str) -> None:
    """Show nothing."""


def company_of(**given: Any) -> Company:
    return Company.model_validate({**ACME, **given})


def asked(company: Company, today: date, *promised: str, last: date | None = None) -> list[tuple[str, str, str]]:
    """Template, period and as_of of all that a day asks for; the data has arrived unless it is said to end sooner."""
    day = Day(today, FIRST, last or today - timedelta(days=1))
    periods = [parse_period(name, company.fiscal_year_starts) for name in promised]
    found = occasions(company, day, periods, ["revenue", "cycle_days"])
    return [(o.template, o.period.name, o.as_of.isoformat()) for o in found if o.needs <= day.last_day]


def templates(company: Company, today: date, period: str) -> list[str]:
    return [template for template, name, _ in asked(company, today) if name == period and template != "tracking"]


@pytest.mark.parametrize(
    ("today", "is_due"),
    [("2026-03-17", False), ("2026-03-18", True), ("2026-03-25", True), ("2026-03-31", True), ("2026-04-01", False)],
)
def test_goals_are_due_from_so_many_days_before_a_period_until_the_day_before(today: str, is_due: bool) -> None:
    found = templates(company_of(), date.fromisoformat(today), "2026Q2")
    assert found == (["baseline", "goal_setting", "strategy"] if is_due else [])


def test_goals_follow_the_companys_own_year_and_periods() -> None:
    fiscal = company_of(fiscal_year_starts=2, schedule={"periods": ["quarter", "year"], "goal_setting_days": 3})
    found = asked(fiscal, date(2026, 1, 30))
    assert [name for template, name, _ in found if template == "goal_setting"] == ["2027Q1", "2027"]
    assert not templates(fiscal, date(2026, 3, 30), "2026Q2"), "the calendar's quarters are not its own"


def test_a_window_longer_than_a_month_holds_two_of_them() -> None:
    company = company_of(schedule={"periods": ["month"], "goal_setting_days": 40})
    goals = [row for row in asked(company, date(2026, 1, 25)) if row[0] == "goal_setting"]
    assert goals == [("goal_setting", "2026-02", "2026-01-24"), ("goal_setting", "2026-03", "2026-01-24")]


@pytest.mark.parametrize(("settle", "today", "is_due"), [(5, 5, False), (5, 6, True), (0, 1, True), (10, 10, False)])
def test_a_review_is_due_when_the_figures_have_settled(settle: int, today: int, is_due: bool) -> None:
    found = asked(company_of(settle_days=settle), date(2026, 1, today))
    assert (("review", "2025Q4", f"{date(2025, 12, 31) + timedelta(days=settle)}") in found) is is_due


def test_a_review_is_due_again_when_figures_that_take_longer_are_final() -> None:
    company = company_of(cycle={"horizon_days": 60}, settle_days=5)
    late = final_on("cycle_days", parse_period("2025Q4"), company)
    assert late == date(2026, 3, 6)
    before, after = asked(company, late), asked(company, late + timedelta(days=1))
    assert ("review", "2025Q4", "2026-01-05") in before
    assert [row for row in after if row[0] == "review"] == [("review", "2025Q4", "2026-03-06")]


def test_a_review_waits_for_data_and_not_for_the_calendar_alone() -> None:
    company = company_of()
    assert not asked(company, date(2026, 2, 1), last=date(2025, 12, 30))
    found = asked(company, date(2026, 2, 1), last=date(2025, 12, 31))
    assert found == [("review", "2025Q4", "2026-01-05")]


@pytest.mark.parametrize(("last", "as_of"), [("2026-02-28", "2026-01-05"), ("2026-03-01", "2026-03-06")])
def test_a_later_review_waits_for_the_days_it_counts_and_not_for_those_of_settling(last: str, as_of: str) -> None:
    company = company_of(cycle={"horizon_days": 60}, settle_days=5)
    found = asked(company, date(2026, 3, 10), last=date.fromisoformat(last))
    assert [row for row in found if row[0] == "review"] == [("review", "2025Q4", as_of)]


def test_older_periods_are_reviewed_only_if_goals_were_set_for_them() -> None:
    found = asked(company_of(), date(2026, 1, 20), "2025Q2", "2025", "2026Q1")
    assert [name for template, name, _ in found if template == "review"] == ["2025Q2", "2025Q4"]


def test_nothing_is_asked_of_a_period_before_the_data() -> None:
    assert not [row for row in asked(company_of(), date(2023, 2, 1)) if row[0] == "review"]


def test_reviews_come_before_the_goals_that_learn_from_them() -> None:
    company = company_of(schedule={"periods": ["month"]})
    order = [template for template, _, _ in asked(company, date(2026, 1, 25))]
    assert order == ["review", "baseline", "goal_setting", "strategy", "tracking"]


@pytest.mark.parametrize(
    ("schedule", "today", "enough"),
    [
        ({}, "2026-02-09", "2026-02-08"),  # a Monday: the week that ended on Sunday
        ({}, "2026-02-12", "2026-02-08"),
        ({"weekday": "thursday"}, "2026-02-12", "2026-02-11"),
        ({"tracking": "daily"}, "2026-02-12", "2026-02-11"),
        ({"tracking": "monthly"}, "2026-02-12", "2026-01-31"),
        ({}, "2026-01-03", "2026-01-01"),  # the week is cut where the period starts
    ],
)
def test_tracking_follows_the_running_period_once_a_week(schedule: Any, today: str, enough: str) -> None:
    on = date.fromisoformat(today)
    found = occasions(company_of(schedule=schedule), Day(on, FIRST, on), [], [])
    assert [o.enough.isoformat() for o in found if o.template == "tracking"] == [enough]


def test_tracking_goes_by_the_weeks_the_data_reaches_and_can_be_left_out() -> None:
    """Data that lags three days makes one report a week too, not one on each of the days between."""
    enough = [
        o.enough
        for day in range(9, 16)
        for o in occasions(company_of(), Day(date(2026, 2, day), FIRST, date(2026, 2, day - 3)), [], [])
        if o.template == "tracking"
    ]
    assert len(set(enough)) == 2
    assert not [row for row in asked(company_of(schedule={"tracking": "never"}), date(2026, 2, 9)) if "trac" in row[0]]


ALL = (None, "North", "South")  # the company as a whole, and every team


class House:
    """A small company in a folder, and a stand-in for the runner that writes what the runner would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "company.yaml"
        self.said: list[str] = []
        self.requests: list[Request] = []
        self.failing: set[str] = set()
        self.busy: set[str] = set()
        self.busy_since: datetime | None = None
        self.write()

    def write(self, *teams: str, last: str = "2026-03-19", **given: Any) -> House:
        """Write the company file and its deals: one a week and team from FIRST to the last day."""
        teams = teams or ("North", "South")
        weeks = [FIRST + timedelta(days=7 * i) for i in range(200)]
        days = [day for day in weeks if day < date.fromisoformat(last)] + [date.fromisoformat(last)]
        lines = [f"{team}{day},won,{day},{day},{100 + i % 7},{team}" for i, day in enumerate(days) for team in teams]
        (self.folder / "d.csv").write_text("deal_id,status,created_at,closed_at,amount,team\n" + "\n".join(lines))
        told = {**ACME, "store": "store", "reports": "reports", **given}
        self.file.write_text(json.dumps(told), "utf-8")
        return self

    @property
    def company(self) -> Company:
        return open_company(str(self.file))

    def due(self, today: str | None, *, dry_run: bool = False) -> list[str]:
        """Make what is due and return the lines that were said."""
        self.said, self.requests = [], []
        self.failed = make_due(str(self.file), today, jobs=1, dry_run=dry_run, show=quietly, tell=self.said.append)
        return "\n".join(self.said).splitlines()

    def run(self, request: Request, jobs: int, show: object, options: Options | None = None) -> Result:
        assert options is None or not options.pdf
        self.requests.append(request)
        if request.period in self.busy:
            raise Busy(Fault("2025Q4", "somebody is at it"), self.busy_since)
        ref = make_snapshot(self.company)
        known = teams_in(self.company, ref)
        wanted = [Owner(name) for name in request.teams] or [COMPANY, *(Owner(name) for name in known)]
        return Result(self.folder, tuple(self.report(request, owner, ref.hash, known) for owner in wanted))

    def report(self, request: Request, owner: Owner, snapshot: str, known: list[str]) -> Done:
        period = parse_period(request.period, self.company.fiscal_year_starts)
        as_of = date.fromisoformat(str(request.as_of))
        place = place_of(self.company.reports_folder, period.name, owner, request.template, slugs(known))
        place.folder.mkdir(parents=True, exist_ok=True)
        job = Job(request.template, owner, period.name, {}, self.folder, place)
        if owner.name in self.failing:
            for ending in ("json", "html"):
                place.file(ending).unlink(missing_ok=True)
            record = {"owner": {"team": owner.team, "rep": None}, "error": "as it should"}
            place.file("failed.json").write_text(json.dumps(record), "utf-8")
            return Done(job, "failed", (), {}, error="as it should")
        said = say("setting.nothing_lead")
        content = make_content(
            self.company, period, template=request.template, owner=owner, as_of=as_of, snapshot=snapshot,
            headline=said, lead=said, provenance=Provenance(kit="1"),
            preliminary=request.template == "review" and as_of < final_on("revenue", period, self.company),
        )  # fmt: skip
        place.file("failed.json").unlink(missing_ok=True)
        place.file("json").write_text(content.as_json(), "utf-8")
        place.file("html").write_text("a page", "utf-8")
        place.file("ipynb").write_text("a notebook", "utf-8")
        write_seal(place.seal, {}, {ending: place.file(ending) for ending in PUBLISHED}, frozen=False)
        return Done(job, "made", (), {})

    def by_hand(self, template: str, period: str, as_of: str) -> None:
        """Somebody runs a template himself."""
        self.run(Request(str(self.file), template, period, (), as_of), 1, quietly)

    def promise(self, period: str, *teams: str) -> None:
        """Freeze a goal of the company and of teams for a period."""
        row = {"period": period, "template": "goal_setting", "as_of": date(2024, 1, 1), "kpi": "revenue"}
        Ledger(open_store(self.company)).freeze_goals(
            GoalRow(owner=owner, level="target", value=1.0, money=True, **row)  # type: ignore[arg-type]
            for owner in (COMPANY, *map(Owner, teams))
        )

    def asked(self) -> list[tuple[str, str, tuple[str | None, ...]]]:
        return [(request.template, request.period, request.teams) for request in self.requests]


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.delenv(VARIABLE, raising=False)
    made = House(tmp_path)
    monkeypatch.setattr(params, "TEMPLATES", ("baseline", "goal_setting", "review"))
    monkeypatch.setattr(due_module, "run_request", made.run)
    yield made


def test_what_is_due_is_made_for_everybody_and_a_second_call_makes_nothing(acme: House) -> None:
    lines = acme.due("2026-03-20")
    assert acme.asked() == [("review", "2025Q4", ALL), ("baseline", "2026Q2", ALL), ("goal_setting", "2026Q2", ALL)]
    assert lines == [
        "made review 2025Q4 as of 2026-01-05: the company, North, South",
        "made baseline 2026Q2 as of 2026-03-19: the company, North, South",
        "made goal_setting 2026Q2 as of 2026-03-19: the company, North, South",
        "not installed: strategy, tracking",
        f"Open {acme.folder}",
    ]
    assert acme.due("2026-03-20") == ["not installed: strategy, tracking", "nothing is due"]
    assert not acme.requests
    acme.write(last="2026-03-26")
    assert "nothing is due" in acme.due("2026-03-27"), "newer data is not a reason to set goals again"


def test_a_machine_that_was_off_makes_up_for_what_still_makes_sense(acme: House) -> None:
    acme.due("2026-03-31")
    assert [row[:2] for row in acme.asked()] == [
        ("review", "2025Q4"),
        ("baseline", "2026Q2"),
        ("goal_setting", "2026Q2"),
    ]
    acme.write(last="2026-06-01").due("2026-06-02")
    assert [row[:2] for row in acme.asked()] == [("review", "2026Q1")], "goals of a period that has begun are too late"


def test_a_failed_report_is_due_again_and_alone(acme: House) -> None:
    acme.failing = {"South"}
    assert "failed review 2025Q4 as of 2026-01-05: South" in acme.due("2026-02-10")
    assert acme.failed == 1
    acme.failing = set()
    assert acme.due("2026-02-10")[0] == "made review 2025Q4 as of 2026-01-05: South"
    assert acme.asked() == [("review", "2025Q4", ("South",))]


@pytest.mark.parametrize("name", ["review.html", "review.json", ".review.seal"])
def test_a_report_that_is_not_whole_is_due_again(acme: House, name: str) -> None:
    acme.due("2026-02-10")
    (acme.folder / "reports/2025Q4/north" / name).unlink()
    acme.due("2026-02-10")
    assert acme.asked() == [("review", "2025Q4", ("North",))]


def test_a_mixture_of_two_reports_is_due_again(acme: House) -> None:
    acme.due("2026-02-10")
    (acme.folder / "reports/2025Q4/north/review.html").write_text("another page", "utf-8")
    acme.due("2026-02-10")
    assert acme.asked() == [("review", "2025Q4", ("North",))]


def test_a_period_that_another_run_is_at_does_not_stop_the_others(acme: House) -> None:
    acme.busy = {"2025Q4"}
    lines = acme.due("2026-03-20")
    assert lines[0] == "busy review 2025Q4 as of 2026-01-05: 2025Q4: somebody is at it"
    assert [line.split()[:2] for line in lines[1:3]] == [["made", "baseline"], ["made", "goal_setting"]]
    assert acme.failed == 0
    acme.busy_since = datetime.now(UTC) - timedelta(hours=23)
    acme.due("2026-03-20")
    assert acme.failed == 0
    acme.busy_since -= timedelta(hours=2)
    acme.due("2026-03-20")
    assert acme.failed == 3, "a run that has been at it for more than a day hangs, and cron should say so"


def test_the_companys_own_report_is_due_again_alone_too(acme: House) -> None:
    """The teams' stay as of the earlier day; by another they would come out otherwise."""
    acme.due("2026-03-20")
    (acme.folder / "reports/2026Q2/_company/goal_setting.html").unlink()
    acme.write(last="2026-03-26").due("2026-03-27")
    assert acme.asked() == [("goal_setting", "2026Q2", (None,))]


def test_a_new_team_is_due_but_not_for_periods_long_reviewed(acme: House) -> None:
    acme.promise("2025Q2", "North", "South")
    acme.due("2026-02-10")
    assert [row[1] for row in acme.asked()] == ["2025Q2", "2025Q4"]
    acme.write("North", "South", "West").due("2026-02-10")
    assert acme.asked() == [("review", "2025Q4", ("West",))]


def test_an_older_period_is_reviewed_for_those_who_had_goals(acme: House) -> None:
    acme.by_hand("review", "2025Q4", "2026-01-05")
    acme.promise("2025Q2", "North")
    acme.by_hand("review", "2025Q2", "2025-11-02")  # the last of its figures is final
    for name in ("north", "south"):
        (acme.folder / "reports/2025Q2" / name / "review.json").unlink()
        (acme.folder / "reports/2025Q2" / name / "review.html").unlink()
    acme.due("2026-02-10")
    assert acme.asked() == [("review", "2025Q2", ("North",))]


def test_a_preliminary_review_is_not_the_review(acme: House) -> None:
    acme.by_hand("review", "2025Q4", "2026-01-03")
    acme.due("2026-01-06")
    assert acme.asked() == [("review", "2025Q4", ALL)]
    assert acme.requests[0].as_of == "2026-01-05"


def test_a_review_that_was_preliminary_by_earlier_settings_is_made_again(acme: House) -> None:
    acme.write(settle_days=10).by_hand("review", "2025Q4", "2026-01-05")
    acme.write(settle_days=5).due("2026-02-10")
    assert acme.asked() == [("review", "2025Q4", ALL)]


def test_a_review_made_before_the_data_had_arrived_is_made_again_once(acme: House) -> None:
    acme.write(last="2025-12-20").by_hand("review", "2025Q4", "2026-01-05")
    assert acme.due("2026-01-09") == [
        "waiting since 2026-01-06: review 2025Q4, for data up to 2025-12-31; it ends on 2025-12-20",
        "not installed: strategy, tracking",
        "nothing is due",
    ]
    acme.write(last="2026-01-08")
    assert acme.due("2026-01-09")[0] == "made review 2025Q4 as of 2026-01-05: the company, North, South"
    assert "nothing is due" in acme.due("2026-01-09")


def test_a_review_is_made_again_when_cycles_have_been_followed(acme: House) -> None:
    acme.write(cycle={"horizon_days": 60}).due("2026-03-06")
    assert acme.requests[0].as_of == "2026-01-05"
    assert "nothing is due" in acme.due("2026-03-06")
    acme.due("2026-03-07")
    assert [request.as_of for request in acme.requests] == ["2026-03-06"]
    assert "nothing is due" in acme.due("2026-03-08")


def test_a_draft_of_goals_from_long_before_does_not_count(acme: House) -> None:
    acme.by_hand("baseline", "2026Q2", "2026-03-10")
    acme.by_hand("goal_setting", "2026Q2", "2026-01-10")
    acme.due("2026-03-20")
    assert [row[0] for row in acme.asked()] == ["review", "goal_setting"]


def test_goals_wait_for_the_month_before_and_are_then_set_once(acme: House) -> None:
    """A late export must not freeze goals that nobody corrects when it has come."""
    lines = acme.write(last="2026-02-27").due("2026-03-20")
    assert [row[0] for row in acme.asked()] == ["review"]
    waits = [line for line in lines if line.startswith("waiting since 2026-03-")]
    assert [line.partition(": ")[2] for line in waits] == [
        f"{template} 2026Q2, for data up to 2026-02-28; it ends on 2026-02-27"
        for template in ("baseline", "goal_setting")
    ]
    acme.write(last="2026-02-28").due("2026-03-21")
    assert [(request.template, request.as_of) for request in acme.requests] == [
        ("baseline", "2026-02-28"),
        ("goal_setting", "2026-02-28"),
    ]
    assert "nothing is due" in acme.due("2026-03-22")


def test_teams_whose_names_read_alike_do_not_lend_each_other_their_reports(acme: House) -> None:
    acme.write("North").due("2026-02-10")
    acme.write("north!").due("2026-02-10")
    assert acme.asked() == [("review", "2025Q4", ("north!",))]


def test_a_dry_run_makes_nothing_and_may_look_ahead(acme: House) -> None:
    lines = acme.due("2026-03-31", dry_run=True)
    assert any(line.startswith("would make goal_setting 2026Q2") for line in lines)
    assert any(
        "goal_setting 2100Q1, for data up to 2099-11-30" in line for line in acme.due("2099-12-31", dry_run=True)
    )
    assert not acme.requests
    assert not (acme.folder / "reports").exists()
    with pytest.raises(ParamError, match=r"(?s)2099-12-31; expected a day up to .*; look ahead with --dry-run"):
        acme.due("2099-12-31")


@pytest.mark.parametrize(("given", "words"), [("soon", "'soon'"), (FIRST.isoformat(), "a day after 2023-01-02")])
def test_a_day_that_cannot_be_asked_about_is_refused(acme: House, given: str, words: str) -> None:
    with pytest.raises(ParamError, match=words):
        acme.due(given)


def test_the_reports_of_another_company_stop_it(acme: House) -> None:
    acme.due("2026-02-10")
    acme.write(name="Other")
    with pytest.raises(SalesGoalsError, match="holds reports of Acme"):
        acme.due("2026-02-10")


@pytest.mark.parametrize(
    ("zone", "is_due"),
    [("Pacific/Kiritimati", True), ("Europe/Berlin", True), ("UTC", False), ("America/New_York", False)],
)
def test_the_companys_time_zone_decides_which_day_it_is(
    acme: House, monkeypatch: pytest.MonkeyPatch, zone: str, is_due: bool
) -> None:
    """At 23:30 in Greenwich on the last day before a review is due, it is due in Berlin already."""

    class At(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime(2026, 1, 5, 23, 30, tzinfo=UTC).astimezone(tz)

    monkeypatch.setattr(work, "datetime", At)
    acme.write(last="2026-01-02", timezone=zone).due(None)
    assert bool(acme.requests) is is_due


def test_a_template_is_installed_once_its_notebook_is_there(acme: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(params, "TEMPLATES", (*params.TEMPLATES, "tracking"))
    there = acme.folder / "tracking.ipynb"

    def nowhere(kind: str, name: str) -> Path:
        raise ParamError("A part of the kit is missing.", [Fault(f"{kind}/{name}", "is not there")])

    with monkeypatch.context() as patch:
        patch.setattr(due_module, "shipped", nowhere)
        assert "tracking" in plan_due(acme.company, date(2026, 2, 10)).absent, "named, but not there"
    there.write_text("{}", "utf-8")
    monkeypatch.setattr(due_module, "shipped", lambda kind, name: there)
    acme.due("2026-02-10")
    assert acme.asked() == [("review", "2025Q4", ALL), ("tracking", "2026Q1", ALL)]
    assert "nothing is due" in acme.due("2026-02-13"), "one report a week"
    acme.due("2026-02-16")
    assert acme.asked() == [("tracking", "2026Q1", ALL)]


def settings(tmp_path: Path, written: str) -> Company:
    file = tmp_path / "company.yaml"
    file.write_text("version: 1\nname: A\nsources: {deals: {path: d.csv}}\nschedule: " + written, "utf-8")
    return load_company(file, ["deals"], ["revenue"])


@pytest.mark.parametrize("often", ["daily", "weekly", "monthly"])
def test_the_settings_of_before_are_accepted(tmp_path: Path, often: str) -> None:
    found = settings(tmp_path, f"{{tracking: {often}}}").schedule
    assert (found.tracking, found.periods, found.goal_setting_days, found.weekday) == (often, ["quarter"], 14, "monday")


def test_every_fault_of_the_settings_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ParamError) as caught:
        settings(tmp_path, "{periods: [month, month], goal_setting_days: 0, tracking: hourly, weekday: no, often: 3}")
    for words in (
        "schedule.periods: month stands here more than once",
        "schedule.goal_setting_days: input should be greater than or equal to 1",
        "schedule.tracking: input should be 'daily', 'weekly', 'monthly' or 'never'",
        "schedule.weekday: input should be 'monday'",
        "schedule.often: there is no such key",
    ):
        assert words in str(caught.value)


def test_an_editor_is_told_what_each_setting_means() -> None:
    told = Company.model_json_schema()["$defs"]["Schedule"]["properties"]
    assert set(told) == {"periods", "goal_setting_days", "tracking", "weekday"}
    assert all(setting["description"] for setting in told.values())


def salesgoals(folder: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    def call(*words: str) -> subprocess.CompletedProcess[str]:
        code = "from salesgoals_kit.cli import main; main()"
        environment = {**os.environ, "NO_COLOR": "1", "TERM": "dumb"}
        return subprocess.run(
            [sys.executable, "-c", code, *words],
            cwd=folder,
            capture_output=True,
            text=True,
            env=environment,
            check=False,
        )

    return call


def test_the_command_makes_real_reports_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some notebooks are run, and none a second time."""
    monkeypatch.delenv(VARIABLE, raising=False)
    House(tmp_path).write("North")
    call = salesgoals(tmp_path)
    first = call("due", "--company", "company.yaml", "--today", "2026-02-10")
    assert first.returncode == 0, first.stderr
    assert "made review 2025Q4 as of 2026-01-05: the company, North" in first.stdout
    assert "made tracking 2026Q1 as of 2026-02-09: the company, North" in first.stdout
    assert (tmp_path / "reports/2025Q4/north/review.html").stat().st_size > 1000
    assert (tmp_path / "reports/2026Q1/north/tracking.html").stat().st_size > 1000
    second = call("due", "--company", "company.yaml", "--today", "2026-02-10")
    assert second.returncode == 0, second.stderr
    assert second.stdout.splitlines() == ["nothing is due"]


REVIEWS_ALONE: dict[str, Any] = {"schedule": {"tracking": "never"}}  # of a company that has no goals to set yet


def test_data_that_arrives_late_renews_every_review_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """West has no deal and so the same figures; but its page, too, had said that the data ends before the review."""
    monkeypatch.delenv(VARIABLE, raising=False)
    given = {"teams": [{"name": "North"}, {"name": "West"}], **REVIEWS_ALONE}
    House(tmp_path).write("North", last="2025-12-20", **given)
    call = partial(salesgoals_here, tmp_path)
    told = ("run", "review", "--period", "2025Q4", "--as-of", "2026-01-05", "--company", "company.yaml")
    assert call(*told).returncode == 0
    page = tmp_path / "reports/2025Q4/west/review.html"
    ends = "The data ends on 20\xa0December 2025"
    assert ends in page.read_text("utf-8")
    House(tmp_path).write("North", last="2026-01-08", **given)
    lines = [call("due", "--company", "company.yaml", "--today", "2026-01-09").stdout.splitlines() for _ in range(2)]
    assert lines[0][0] == "made review 2025Q4 as of 2026-01-05: the company, North, West"
    assert ends not in page.read_text("utf-8")
    assert "nothing is due" in lines[1]


def test_a_users_mistake_is_exit_2_and_a_failed_report_exit_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    House(tmp_path).write("North", **REVIEWS_ALONE)
    call = partial(salesgoals_here, tmp_path)
    refused = call("due", "--company", "company.yaml", "--today", "soon")
    assert (refused.returncode, "Traceback" in refused.stderr) == (2, False)
    (tmp_path / "reports/2025Q4").mkdir(parents=True)
    for name in ("_company", "north"):
        (tmp_path / "reports/2025Q4" / name).write_text("a file where a folder should be", "utf-8")
    failed = call("due", "--company", "company.yaml", "--today", "2026-02-10")
    assert failed.returncode == 1, failed.stderr
    assert "failed review 2025Q4 as of 2026-01-05: the company, North" in failed.stdout
