"""Real mail servers take the mails of 50 teams; what goes wrong on the way, and senders that are killed."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.errors import RunError
from salesgoals_kit.report.contract import check_contract
from salesgoals_kit.run import send as sending
from salesgoals_kit.run.folders import ReportPlace
from salesgoals_kit.run.lock import alone
from salesgoals_kit.run.mail_server import VARIABLE
from salesgoals_kit.run.outgoing import Asked
from salesgoals_kit.run.posting import Manner
from salesgoals_kit.run.seal import write_seal
from salesgoals_kit.run.send import LOCK_FOLDER, How, send, status
from salesgoals_kit.store.engine import VARIABLE as DATABASE
from tests.browser import Browser, sideways
from tests.campaign.mails import campaign, kill_of
from tests.mailing import resolved
from tests.run.mail_servers import PASSWORD, QUOTED, USER, Drop, aiosmtpd, certificate, locked, opensmtpd
from tests.run.mails import House, address, team
from tests.run.scripted import free_port, scripted

TEAMS = 50
KILLS = 8


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try again at once, three times as ever."""
    monkeypatch.delenv(DATABASE, raising=False)
    monkeypatch.setattr(sending, "Manner", lambda sender: Manner(sender, pauses=(0.0, 0.01, 0.02)))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return certificate(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A company of three teams with a review each."""
    return House(tmp_path / "acme", 3).lay().reports()


@pytest.fixture
def many(tmp_path: Path) -> House:
    return House(tmp_path / "acme", TEAMS).lay().reports()


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    return Drop(tmp_path / "boxes")


class Run:
    """`salesgoals send` in this process, to a server at a port."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._patch = monkeypatch
        self.said: list[str] = []

    def __call__(self, house: House, url: str, *release: str) -> bool:
        self._patch.setenv(VARIABLE, url)
        self.said.clear()
        return send(str(house.file), Asked(), How(release=release), self.said.append)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    yield Run(monkeypatch)


def states(house: House) -> list[str]:
    return [line.partition(":")[0] for line in status(str(house.file), as_json=False).splitlines() if ": " in line]


def check(mails: dict[str, list[EmailMessage]], count: int) -> None:
    """Everybody has one mail, his own, and it keeps the contract."""
    assert sorted(mails) == [address(number) for number in range(count)]
    for number in range(count):
        (mail,) = mails[address(number)]
        assert check_contract(mail) == []
        assert (mail["To"], mail["From"]) == (address(number), "goals@acme.test")
        body, page = mail.get_body(("html",)), next(mail.iter_attachments())
        assert body is not None
        assert team(number) in body.get_content()
        assert team(number) in page.get_content()
        whole = "\n".join([str(mail["Subject"]), body.get_content(), page.get_content()])
        assert set(re.findall(r"Team \d\d", whole)) == {team(number)}, "nobody else's team is named"


def test_a_server_with_starttls_and_login_takes_the_mails_of_50_teams(
    many: House, drop: Drop, run: Run, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(keys[1]))
    with aiosmtpd(drop, **locked(drop, *keys)) as port:
        url = f"smtp://{USER}:{QUOTED}@127.0.0.1:{port}"
        assert run(many, url), run.said
        assert run.said == [f"{TEAMS} sent"]
        assert drop.logins == 1
        assert run(many, url)
        assert run.said == ["0 sent"]
    check(drop.mails(), TEAMS)
    assert len(drop.ids()) == TEAMS == sum(drop.ids().values())


@pytest.mark.service
def test_opensmtpd_delivers_the_mails_of_50_teams_to_maildirs(
    many: House, run: Run, browser: Browser, tmp_path: Path
) -> None:
    everybody = [address(number) for number in range(TEAMS)]
    with opensmtpd(everybody[1:]) as (port, mails):
        assert not run(many, f"smtp://127.0.0.1:{port}")
        assert run.said[-1] == f"{TEAMS - 1} sent, 1 parked"
        assert f"to {everybody[0]}, 1 try: 5" in run.said[0], "it knows no such recipient"
        for _ in range(100):
            if sum(map(len, mails().values())) >= TEAMS - 1:
                break
            time.sleep(0.1)
        found = mails()
    assert sorted(found) == everybody[1:]
    for number in range(1, TEAMS):
        (mail,) = found[address(number)]
        assert mail["Received"]
        assert check_contract(_as_sent(mail)) == []
        assert team(number) in str(mail["Subject"])
        seen = tmp_path / f"{number}.html"
        seen.write_text(resolved(mail), "utf-8")
        if number < 3:  # all are made alike
            assert browser.look(seen, _wrong_on_a_phone, width=390) == [0, []]
    assert browser.ran == []


def _wrong_on_a_phone(page: Any) -> list[Any]:
    """Return by how many pixels a mail is too wide, and its pictures that are not shown."""
    missing = page.evaluate("[...document.images].filter(one => !one.naturalWidth).map(one => one.alt)")
    return [sideways(page), missing]


def _as_sent(mail: EmailMessage) -> EmailMessage:
    """Return a mail without what the server put on top of it."""
    for name in ("Received", "Return-Path", "Delivered-To"):
        del mail[name]
    return mail


def test_a_password_goes_nowhere_but_to_the_server(
    house: House, drop: Drop, run: Run, keys: tuple[Path, Path], capfd: pytest.CaptureFixture[str]
) -> None:
    """The server's certificate is nobody's that we know, and then the password is wrong."""
    with aiosmtpd(drop, **locked(drop, *keys)) as port:
        assert not run(house, f"smtp://{USER}:{QUOTED}@127.0.0.1:{port}")
        assert "its certificate is not trusted" in run.said[0]
        assert drop.logins == 0
        said = [*run.said]
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(keys[1]))
            assert not run(house, f"smtp://{USER}:{QUOTED}x@127.0.0.1:{port}")
        assert "refuses user or password: 535" in run.said[0]
        said += run.said
    assert drop.mails() == {}
    said += [status(str(house.file), as_json=True), *capfd.readouterr()]
    kept = b"".join(file.read_bytes() for file in house.folder.rglob("*") if file.is_file())
    for secret in (PASSWORD, QUOTED):
        assert secret not in "\n".join(said)
        assert secret.encode() not in kept
    assert states(house) == ["queued"] * 3, "what a server is to blame for keeps no mail from being sent later"


def test_no_traceback_of_the_command_shows_a_password(house: House) -> None:
    url = f"smtp://{USER}:{QUOTED}@127.0.0.1:{free_port()}"
    code, out, err = house.send(url=url)
    assert (code, "Connection refused" in out) == (1, True), err
    (house.folder / "store" / "ledger.sqlite").write_bytes(b"no database" * 1000)
    code, out, err = house.send(url=url)
    assert code == 2
    for secret in (PASSWORD, QUOTED, "s3cret"):
        assert secret not in out + err


def test_a_server_that_is_down_gets_the_mails_when_it_is_up_again(house: House, drop: Drop, run: Run) -> None:
    assert not run(house, f"smtp://127.0.0.1:{free_port()}")
    assert "cannot be reached: Connection refused" in run.said[0]
    assert run.said[-1] == "0 sent, 3 queued"
    with aiosmtpd(drop) as port:
        assert run(house, f"smtp://127.0.0.1:{port}")
    check(drop.mails(), 3)


def test_greylisting_is_waited_for_and_the_others_go_first(house: House, drop: Drop, run: Run) -> None:
    drop.says = {address(0): ["451 4.7.1 greylisted"], address(1): ["451 4.7.1 greylisted"] * 9}
    with aiosmtpd(drop) as port:
        assert not run(house, f"smtp://127.0.0.1:{port}")
        assert run.said[0].startswith(f"queued: review 2025Q4 Team 01 to {address(1)}, 3 tries, again from ")
        assert run.said[0].endswith("451 4.7.1 greylisted")
        assert run.said[1:] == ["2 sent, 1 queued"]
        drop.says.clear()
        assert not run(house, f"smtp://127.0.0.1:{port}"), "its time has not come"
        assert run.said[-1] == "0 sent, 1 queued"
    assert list(drop.mails()) == [address(0), address(2)]


def test_a_rejected_recipient_is_parked_and_keeps_no_mail_from_the_others(house: House, drop: Drop, run: Run) -> None:
    drop.says = {address(1): ["550 5.1.1 no such user"]}
    with aiosmtpd(drop) as port:
        url = f"smtp://127.0.0.1:{port}"
        assert not run(house, url)
        assert run.said[0] == f"parked: review 2025Q4 Team 01 to {address(1)}, 1 try: 550 5.1.1 no such user"
        assert run(house, url), "a human has been told already"
        assert "1 from earlier are parked or uncertain" in run.said[-1]
        assert run(house, url, "parked")
    check(drop.mails(), 3)


def test_a_line_lost_in_the_text_is_tried_again_and_one_lost_after_it_is_not(house: House, run: Run) -> None:
    large = "x" * 8_000_000
    page = house.folder / "reports" / "2025Q4" / "team-00" / "review.html"
    page.write_text(page.read_text("utf-8") + f"<!-- {large} -->", "utf-8")
    _seal_again(page)
    with scripted({"END": ["250 taken", "hang up"]}, in_text=5_000) as server:
        assert not run(house, f"smtp://127.0.0.1:{server.port}")
        assert run.said[-1] == "2 sent, 1 uncertain"
        assert "the line was lost after the end of the mail's text" in run.said[0]
        assert server.commands.count("DATA") == 4, "the first was tried twice, the uncertain one once"
        assert run(house, f"smtp://127.0.0.1:{server.port}"), "and not again, until it is released"
        assert run(house, f"smtp://127.0.0.1:{server.port}", "uncertain")
    ids = [line for mail in server.taken for line in mail.splitlines() if line.startswith(b"Message-ID:")]
    assert len(ids) == len(set(ids)) == 3


def _seal_again(page: Path) -> None:
    place = ReportPlace(page.parent, "review")
    write_seal(place.seal, {}, {ending: place.file(ending) for ending in ("json", "html")}, frozen=False)


def test_after_kills_nobody_has_two_and_nothing_is_missing_but_what_is_uncertain() -> None:
    kills = [kill_of(number, seed=7, teams=5) for number in range(1, KILLS + 1)]
    found = list(campaign(kills, teams=5, pause=0.02))
    assert [(came.kill, came.wrong) for came in found if came.wrong] == []
    assert any(came.killed for came in found)


def test_two_senders_are_never_at_it_at_once(house: House, drop: Drop, run: Run) -> None:
    said = pytest.raises(RunError, match=r"(?s)Somebody is sending.*salesgoals send, process \d+")
    with aiosmtpd(drop) as port, alone(house.folder / "store" / LOCK_FOLDER, "salesgoals send", 0), said:
        run(house, f"smtp://127.0.0.1:{port}")
    assert drop.mails() == {}
