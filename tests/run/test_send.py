"""Which reports go out, when, and what the command says of it."""

from __future__ import annotations

import json
import os
import time
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest
from typer.testing import CliRunner

from salesgoals_kit.cli import app
from salesgoals_kit.errors import ParamError, SalesGoalsError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.contract import check_contract
from salesgoals_kit.run import outgoing as module
from salesgoals_kit.run.check import check_all
from salesgoals_kit.run.mail_server import VARIABLE
from salesgoals_kit.run.outgoing import Asked, outgoing
from salesgoals_kit.run.send import How, send
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import VARIABLE as DATABASE
from tests.run.mails import House, address, rep_page, team
from tests.run.scripted import free_port, scripted

REPS = [("ann", "Team 00", "ann@acme.test"), ("bob", "Team 01", "bob@acme.test")]
LEADERS = MAIL = (
    "mail: {from: goals@acme.test, allow_domains: [acme.test], recipients: {_company: {'*': [ceo@acme.test]}}}"
)
LINKED = "mail: {from: goals@acme.test, allow_domains: [acme.test], url: 'https://reports.acme.test/x/'}"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DATABASE, raising=False)
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path / "acme", 2).lay(LEADERS, REPS)


def would(house: House, **asked: object) -> list[str]:
    said: list[str] = []
    send(str(house.file), Asked(**asked), How(dry_run=True), said.append)  # type: ignore[arg-type]
    return said


def titles(house: House, **asked: object) -> list[tuple[str, str, str | None]]:
    company = open_company(str(house.file))
    found = outgoing(company, Asked(**asked), lambda _: None)  # type: ignore[arg-type]
    return [(one.place.template, one.period, one.owner.name) for one in found]


def test_a_dry_run_says_who_would_get_what_and_does_nothing(house: House) -> None:
    house.reports().report(COMPANY)
    house.report(Owner(team(0)), "goal_setting", "2026Q1", reps=[rep_page("ann", team(0)), rep_page("cid", team(0))])
    assert would(house) == [
        f"would send: goal_setting 2026Q1 Team 00 to {address(0)}",
        "would send: goal_setting 2026Q1 ann to ann@acme.test",
        "would send: review 2025Q4 the company to ceo@acme.test",
        f"would send: review 2025Q4 Team 00 to {address(0)}",
        f"would send: review 2025Q4 Team 01 to {address(1)}",
    ]
    assert would(house, team="Team 01") == [f"would send: review 2025Q4 Team 01 to {address(1)}"]
    assert would(house, team="_company") == ["would send: review 2025Q4 the company to ceo@acme.test"]
    assert would(house, templates=("tracking",)) == ["there is nothing to send"]
    with pytest.raises(ParamError, match="no such team"):
        would(house, team="Team 99")


def test_the_latest_period_of_each_template_goes_out_and_an_older_one_when_it_is_named(house: House) -> None:
    for template, period in (("goal_setting", "2025Q4"), ("goal_setting", "2026Q1"), ("review", "2025Q4")):
        house.report(Owner(team(0)), template, period)
    assert titles(house) == [("goal_setting", "2026Q1", "Team 00"), ("review", "2025Q4", "Team 00")]
    assert titles(house, periods=("2025Q4",)) == [
        ("goal_setting", "2025Q4", "Team 00"),
        ("review", "2025Q4", "Team 00"),
    ]
    with pytest.raises(ParamError, match=r"(?s)2026Q9.*|revue"):
        titles(house, periods=("2026Q9",), templates=("revue",))


def test_what_is_no_news_is_left_out_unless_it_is_named(house: House) -> None:
    old = house.report(Owner(team(0)), "review")
    house.report(Owner(team(1)), "tracking")
    house.report(Owner(team(1)), "review")
    long_ago = time.time() - module.NEWS_FOR - 3600
    os.utime(old, (long_ago, long_ago))
    said = would(house)
    assert said == [
        "not sent: tracking 2025Q4 team-01: its period is reviewed",
        "not sent: review 2025Q4 team-00: it was made 7 days ago; name its period to send it",
        f"would send: review 2025Q4 Team 01 to {address(1)}",
    ]
    assert would(house, team=team(1)) == [said[0], said[2]], "of other teams nothing is said"
    assert len(would(house, periods=("2025Q4",))) == 3


def test_what_failed_or_is_not_whole_is_never_sent(house: House) -> None:
    good = [house.report(Owner(team(0)), template) for template in ("review", "tracking", "strategy")]
    good[0].with_suffix(".html").write_text("edited by hand", "utf-8")
    good[1].with_name(".tracking.seal").unlink()
    failed = {"template": "strategy", "period": "2025Q4", "owner": {"team": team(0), "rep": None}, "error": "No\nway"}
    good[2].with_name("strategy.failed.json").write_text(json.dumps(failed), "utf-8")
    good[2].unlink()
    assert would(house, periods=("2025Q4",))[:-1] == [
        "not sent: strategy 2025Q4 team-00: it failed: No",
        "not sent: tracking 2025Q4 team-00: it is not whole; run it again",
        "not sent: review 2025Q4 team-00: it is not whole; run it again",
    ]


def test_the_same_content_made_again_is_the_same_mail_and_another_is_another(house: House) -> None:
    def digest() -> str:
        (one,) = outgoing(open_company(str(house.file)), Asked(), print)
        return one.digest

    path = house.report(Owner(team(0)))
    first, written = digest(), path.read_text("utf-8")
    record = json.loads(written)
    record["provenance"]["kit"], record["snapshot"] = "9.9", "f" * 64
    record["headline"]["text"] = "the same in other words"
    one = next(iter(outgoing(open_company(str(house.file)), Asked(), print)))
    again = module.Outgoing(one.place, one.period, one.owner, record, written, b"")
    assert again.digest == first
    values = record["headline"]["values"]
    values["value"] = {"money": 1e6 * (1 + 2e-16)}
    assert module.Outgoing(one.place, one.period, one.owner, record, written, b"").digest == first
    house.report(Owner(team(0)), amount=2e6)
    assert digest() != first


def test_files_hold_the_mails_and_nothing_is_recorded(house: House, tmp_path: Path) -> None:
    house.reports()
    house.report(Owner(team(0)), "goal_setting", "2026Q1", reps=[rep_page("ann", team(0))])
    said: list[str] = []
    assert send(str(house.file), Asked(), How(to=tmp_path / "eml"), said.append)
    files = sorted((tmp_path / "eml").iterdir())
    assert len(files) == len(said) == 4
    mails = [message_from_bytes(file.read_bytes(), policy=SMTP) for file in files]
    assert [fault for mail in mails for fault in check_contract(mail)] == []
    assert sorted(str(mail["To"]) for mail in mails) == ["ann@acme.test", address(0), address(0), address(1)]
    ann = next(mail for mail in mails if mail["To"] == "ann@acme.test")
    assert "Manager" not in ann.as_string()
    (page,) = ann.iter_attachments()
    assert page.get_filename() == "goal_setting-2026Q1-ann.html"
    assert "<title>Ann</title>" in page.get_content()
    assert would(house)[0].startswith("would send")


def test_a_page_is_linked_where_it_is_served_and_attached_where_it_is_not(house: House, tmp_path: Path) -> None:
    house.lay(LINKED, REPS)
    house.report(Owner(team(0)), "goal_setting", "2026Q1", reps=[rep_page("ann", team(0))])
    send(str(house.file), Asked(), How(to=tmp_path / "eml"), lambda _: None)
    texts = []
    for file in sorted((tmp_path / "eml").iterdir()):
        mail = message_from_bytes(file.read_bytes(), policy=SMTP)
        assert list(mail.iter_attachments()) == []
        body = mail.get_body(("plain",))
        assert body is not None
        texts.append(body.get_content())
    assert "https://reports.acme.test/x/2026Q1/team-00/reps/ann.html" in texts[0]
    assert "https://reports.acme.test/x/2026Q1/team-00/goal_setting.html" in texts[1]


def test_a_fault_of_the_recipients_is_told_before_anything_is_queued(house: House) -> None:
    house.lay("mail: {from: goals@acme.test, allow_domains: [other.test]}").reports()
    with pytest.raises(ParamError, match="Nothing is sent") as caught:
        would(house)
    assert str(caught.value).count("outside of allow_domains") == 2
    assert not list(house.folder.glob("store/*.sqlite"))


def test_the_command_ends_with_what_became_of_the_mails(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.reports()
    runner = CliRunner()
    told = ["send", "--company", str(house.file)]
    assert isinstance(runner.invoke(app, told).exception, ParamError), "no server is named"
    with scripted({"RCPT": ["550 no such user"]}) as server:
        monkeypatch.setenv(VARIABLE, f"smtp://127.0.0.1:{server.port}")
        first = runner.invoke(app, told)
        assert (first.exit_code, first.output.splitlines()[-1]) == (1, "1 sent, 1 parked")
        status = runner.invoke(app, [*told, "--status"])
        assert (status.exit_code, "550 no such user" in status.output) == (0, True)
        as_json = json.loads(runner.invoke(app, [*told, "--status", "--json"]).output)
        assert sorted(one["state"] for one in as_json) == ["parked", "sent"]
        again = runner.invoke(app, [*told, "--retry-parked"])
        assert (again.exit_code, again.output.splitlines()[-1]) == (0, "1 sent")
    for words in (["--json"], ["--dry-run", "--to", "x"], ["--status", "--retry-uncertain"]):
        assert runner.invoke(app, [*told, *words]).exit_code == 2


def test_a_newer_report_takes_the_place_of_one_that_waits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.report(Owner(team(0)))
    said: list[str] = []
    with scripted({"RCPT": ["451 later"] * 3}) as server:
        monkeypatch.setenv(VARIABLE, f"smtp://127.0.0.1:{server.port}")
        assert not send(str(house.file), Asked(), How(), said.append)
        house.report(Owner(team(0)), amount=2e6)
        assert send(str(house.file), Asked(), How(), said.append)
        assert said[-1] == "1 sent"
        (mail,) = server.taken
    assert b"2M" in mail


def test_a_mail_that_waits_goes_to_nobody_whom_it_would_not_be_queued_for_today(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.report(Owner(team(0)), "goal_setting", "2026Q1", reps=[rep_page("ann", team(0))])
    monkeypatch.setenv(VARIABLE, f"smtp://127.0.0.1:{free_port()}")
    assert not send(str(house.file), Asked(), How(), print)
    assert sorted(house.states()["queued"]) == ["ann@acme.test", address(0)]
    house.file.write_text(house.file.read_text("utf-8").replace(address(0), "mended@acme.test"), "utf-8")
    (house.folder / "reps.csv").write_text("rep,team,email\nbob,Team 01,bob@acme.test\n", "utf-8")
    with scripted() as server:
        monkeypatch.setenv(VARIABLE, f"smtp://127.0.0.1:{server.port}")
        assert not send(str(house.file), Asked(), How(), print)
        assert send(str(house.file), Asked(), How(release=("parked",)), print) is False
        assert [line for line in server.heard if line.startswith("rcpt")] == ["rcpt TO:<mended@acme.test>"]
    assert {state: sorted(whom) for state, whom in house.states().items()} == {
        "parked": ["ann@acme.test", address(0)],
        "sent": ["mended@acme.test"],
    }


def test_a_company_without_mail_settings_is_told_what_to_write(tmp_path: Path) -> None:
    house = House(tmp_path / "acme", 1).lay("")
    with pytest.raises(SalesGoalsError, match="mail: this key is missing"):
        would(house)


def test_check_tells_the_recipients_that_nothing_may_be_sent_to(tmp_path: Path) -> None:
    wrong = (
        "mail: {from: goals@acme.test, allow_domains: [acme.test], recipients: {Team 00: {review: [bob@acme.test]}}}"
    )
    house = House(tmp_path / "acme", 2).lay(wrong, REPS)
    with pytest.raises(ParamError, match="recipients of mails") as caught:
        check_all(str(house.file), [])
    (fault,) = caught.value.faults
    assert fault.where == "mail.recipients.Team 00.review"
    assert "rep of Team 01" in fault.found
