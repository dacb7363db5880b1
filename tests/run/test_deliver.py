"""One mail and one server: whatever it says, and wherever the line breaks, one knows what became of the mail."""

from __future__ import annotations

import base64
import logging
import smtplib
import threading
from email import message_from_bytes

import pytest

from salesgoals_kit.errors import ParamError
from salesgoals_kit.run.deliver import Line, NoLine, Patience, Verdict, as_text
from salesgoals_kit.run.interrupt import Interrupted
from salesgoals_kit.run.mail_server import VARIABLE, MailServer, mail_server
from tests.run.scripted import HANG_UP, SILENCE, Scripted, free_port, scripted

PASSWORD = "s3cret+pass"
MAIL = b"Subject: x\r\nMessage-ID: <1@acme.test>\r\n\r\nfirst\r\n.\r\n..second\r\n"
LARGE = MAIL + (b"a" * 900 + b"\r\n") * 10_000  # more than any buffer on the way holds
SHORT = Patience(command=30, end=30)
SENDER, TO = "goals@acme.test", "ann@acme.test"


def sent(server: Scripted, mail: bytes = MAIL, claim: bool = True) -> Verdict | None:
    line = Line(MailServer("127.0.0.1", server.port, "none"), SHORT)
    try:
        return line.send(SENDER, TO, mail, lambda: claim)
    finally:
        line.close()


def test_a_mail_arrives_as_it_is() -> None:
    with scripted() as server:
        assert sent(server) == Verdict("sent", "250 taken")
        assert server.commands == ["EHLO", "MAIL", "RCPT", "DATA", "QUIT"]
    assert server.heard[1:3] == [f"mail FROM:<{SENDER}> size={len(MAIL) + 2}", f"rcpt TO:<{TO}>"]
    (taken,) = server.taken
    assert taken.removesuffix(b".\r\n").replace(b"\r\n.", b"\r\n") == MAIL


@pytest.mark.parametrize(
    "text", [b"", b".", b"a\r.\rb", b"a\n.\n", b"\r\n.\r\n", b"..", b"a\r\n.\r\n.\r\n", b"\n\n.\nQUIT"]
)
def test_no_text_ends_itself(text: bytes) -> None:
    written = as_text(text)
    assert b"\r\n.\r\n" not in b"\r\n" + written
    assert written.endswith(b"\r\n")
    assert written.count(b"\n") == written.count(b"\r") == written.count(b"\r\n")


@pytest.mark.parametrize(
    ("verb", "said", "state"),
    [
        ("MAIL", "451 later", "queued"),
        ("MAIL", "552 too large", "parked"),
        ("RCPT", "451 4.7.1 greylisted", "queued"),
        ("RCPT", "550 5.1.1 no such user", "parked"),
        ("RCPT", "421 closing", "queued"),
        ("DATA", "451 later", "queued"),
        ("DATA", "554 no", "parked"),
        ("DATA", HANG_UP, "queued"),
        ("MAIL", HANG_UP, "queued"),
        ("END", "451 disk is full", "queued"),
        ("END", "550 looks like spam", "parked"),
        ("END", "354 what", "uncertain"),
        ("END", HANG_UP, "uncertain"),
        ("END", "x" * 10_000, "uncertain"),
    ],
)
def test_what_a_server_says_decides_what_became_of_a_mail(verb: str, said: str, state: str) -> None:
    with scripted({verb: [said]}) as server:
        verdict = sent(server)
        assert verdict is not None and verdict.state == state, verdict
        assert verdict.reason
        assert server.commands.count("DATA") == (verb in ("DATA", "END"))


def test_after_a_refused_mail_the_line_takes_the_next_one() -> None:
    with scripted({"RCPT": ["550 no such user"], "END": ["451 later"]}) as server:
        line = Line(MailServer("127.0.0.1", server.port, "none"), SHORT)
        states = [line.send(SENDER, TO, MAIL, lambda: True) for _ in range(3)]
        line.close()
        assert [one.state for one in states if one] == ["parked", "queued", "sent"]
        assert server.connections == 1
        assert server.commands.count("RSET") == 2


def test_a_line_that_broke_is_opened_again_for_the_next_mail() -> None:
    with scripted({"END": [HANG_UP], "RCPT": ["250 well", "421 closing"]}) as server:
        line = Line(MailServer("127.0.0.1", server.port, "none"), SHORT)
        states = [line.send(SENDER, TO, MAIL, lambda: True) for _ in range(3)]
        line.close()
        assert [one.state for one in states if one] == ["uncertain", "queued", "sent"]
        assert server.connections == 3


@pytest.mark.parametrize("closing", [HANG_UP, "421 too many mails"])
def test_a_server_that_takes_one_mail_a_line_gets_them_all(closing: str) -> None:
    with scripted({"MAIL": ["250 well", closing] * 3}) as server:
        line = Line(MailServer("127.0.0.1", server.port, "none"), SHORT)
        states = [line.send(SENDER, TO, MAIL, lambda: True) for _ in range(3)]
        line.close()
        assert [one.state for one in states if one] == ["sent"] * 3
        assert server.connections == 3


def test_a_server_that_takes_no_sender_at_all_is_asked_but_once_a_line() -> None:
    with scripted({"MAIL": [HANG_UP, HANG_UP]}) as server:
        verdict = sent(server)
        assert verdict is not None and verdict.state == "queued"
        assert server.connections == 1


def test_a_line_lost_in_the_text_has_delivered_nothing() -> None:
    with scripted(in_text=10_000) as server:
        line = Line(MailServer("127.0.0.1", server.port, "none"), SHORT)
        verdict = line.send(SENDER, TO, LARGE, lambda: True)
        assert verdict is not None and verdict.state == "queued"
        assert "before the end of the mail's text" in verdict.reason
        assert (line.ended, server.taken) == (False, [])
        again = line.send(SENDER, TO, LARGE, lambda: True)
        line.close()
        assert again is not None and again.state == "sent"
        assert [message_from_bytes(mail)["Message-ID"] for mail in server.taken] == ["<1@acme.test>"]


def test_a_line_lost_after_the_end_may_have_delivered() -> None:
    with scripted({"END": [HANG_UP]}) as server:
        line = Line(MailServer("127.0.0.1", server.port, "none"), SHORT)
        verdict = line.send(SENDER, TO, MAIL, lambda: True)
        assert verdict is not None and verdict.state == "uncertain"
        assert "after the end of the mail's text" in verdict.reason
        assert line.ended


def test_a_server_that_does_not_answer_the_end_leaves_the_mail_uncertain() -> None:
    with scripted({"END": [SILENCE]}) as server:
        line = Line(MailServer("127.0.0.1", server.port, "none"), Patience(command=5, end=0.2))
        verdict = line.send(SENDER, TO, MAIL, lambda: True)
        assert verdict is not None and (verdict.state, "timed out" in verdict.reason) == ("uncertain", True)


def test_what_somebody_else_has_is_not_sent() -> None:
    with scripted() as server:
        assert sent(server, claim=False) is None
        assert "DATA" not in server.commands


def test_a_mail_that_is_too_large_for_the_server_is_not_offered() -> None:
    with scripted({"EHLO": ["250-here\r\n250 SIZE 50"]}) as server:
        verdict = sent(server)
        assert verdict == Verdict("parked", f"the mail has {len(MAIL) + 2} bytes, and the server takes 50")
        assert "MAIL" not in server.commands


@pytest.mark.parametrize(
    ("says", "told", "lasting"),
    [
        ({"GREETING": ["554 go away"]}, "turns us away: 554 go away", True),
        ({"GREETING": ["421 too many"]}, "turns us away: 421 too many", False),
        ({"GREETING": [HANG_UP]}, "cannot be reached", False),
        ({"MAIL": ["550 not you"]}, "refuses the sender: 550 not you", True),
        ({"MAIL": ["530 login first"]}, "530 login first", True),
        ({"RCPT": ["530 login first"]}, "wants a login: 530 login first", True),
    ],
)
def test_a_server_that_takes_no_mail_at_all_is_told_apart(says: dict[str, list[str]], told: str, lasting: bool) -> None:
    with scripted(says) as server, pytest.raises(NoLine, match=told) as caught:
        sent(server)
    assert caught.value.lasting is lasting


def test_a_server_that_is_down() -> None:
    line = Line(MailServer("127.0.0.1", free_port(), "none"), SHORT)
    with pytest.raises(NoLine, match="cannot be reached: Connection refused") as caught:
        line.send(SENDER, TO, MAIL, lambda: True)
    assert not caught.value.lasting


def test_no_password_and_no_mail_goes_out_in_clear_where_starttls_is_missing() -> None:
    with scripted({"EHLO": ["250-here\r\n250 AUTH PLAIN LOGIN"]}) as server:
        line = Line(MailServer("127.0.0.1", server.port, "starttls", "ann", PASSWORD), SHORT)
        with pytest.raises(NoLine, match="does not offer STARTTLS") as caught:
            line.send(SENDER, TO, MAIL, lambda: True)
        assert caught.value.lasting
    assert server.commands in (["EHLO"], ["EHLO", "STARTTLS"])


def test_a_server_that_repeats_the_password_is_quoted_without_it(caplog: pytest.LogCaptureFixture) -> None:
    """The line is told to be plain here, as no address could tell it, so that a script can play the server."""
    coded = base64.b64encode(f"\0ann\0{PASSWORD}".encode()).decode()
    says = {
        "EHLO": ["250-here\r\n250 AUTH PLAIN"],
        "AUTH": [f"535 bad: {PASSWORD} {coded} {PASSWORD.replace('+', '%2B')}"],
    }
    caplog.set_level(logging.DEBUG)
    with scripted(says) as server:
        given = MailServer("127.0.0.1", server.port, "none", "ann", PASSWORD)
        with pytest.raises(NoLine, match=r"refuses user or password: 535 bad: \*\*\* \*\*\* \*\*\*") as caught:
            Line(given, SHORT).send(SENDER, TO, MAIL, lambda: True)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__
    assert PASSWORD not in repr(given) + repr(caught.value) + caplog.text


@pytest.mark.parametrize("ended", [False, True], ids=["before the end of the text", "after it"])
def test_an_interruption_is_known_for_where_it_came(ended: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted() as server:
        line = Line(MailServer("127.0.0.1", server.port, "none"), SHORT)
        told, claimed = smtplib.SMTP.getreply, threading.Event()

        def interrupted(smtp: smtplib.SMTP) -> tuple[int, bytes]:
            if line.ended is ended and claimed.is_set():
                raise Interrupted(2)
            return told(smtp)

        def claim() -> bool:
            claimed.set()
            return True

        monkeypatch.setattr(smtplib.SMTP, "getreply", interrupted)
        with pytest.raises(Interrupted):
            line.send(SENDER, TO, MAIL, claim)
        assert line.ended is ended
        line.drop()


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("smtp://ann:s3cret@mail.acme.test", MailServer("mail.acme.test", 587, "starttls", "ann", "s3cret")),
        ("smtps://ann:s3cret@mail.acme.test", MailServer("mail.acme.test", 465, "tls", "ann", "s3cret")),
        ("smtp://mail.acme.test:2525", MailServer("mail.acme.test", 2525, "starttls")),
        ("smtp://mail.acme.test/?tls=none", MailServer("mail.acme.test", 25, "none")),
        ("smtp://localhost", MailServer("localhost", 25, "none")),
        ("smtp://[::1]:2525", MailServer("::1", 2525, "none")),
        ("smtp://localhost?tls=starttls", MailServer("localhost", 25, "starttls")),
        ("smtp://ann:s3cret@localhost", MailServer("localhost", 587, "starttls", "ann", "s3cret")),
        ("smtp://a%40b:p%2F%23@127.0.0.1:25", MailServer("127.0.0.1", 25, "starttls", "a@b", "p/#")),
    ],
)
def test_an_address_says_where_the_server_is_and_how_it_is_reached(address: str, found: MailServer) -> None:
    assert mail_server({VARIABLE: address}) == found


@pytest.mark.parametrize(
    "address",
    [
        "",
        "mail.acme.test",
        "http://mail.acme.test",
        "smtp://ann:s3cret@",
        "smtp://ann:s3cret@host:port",
        "smtp://ann:s3cret/x@host",
        "smtp://ann:12/s3cret@host",
        "smtp://ann:12?s3cret@host",
        "smtp://ann:12#s3cret@host",
        "smtp://ann:12?tls=s3cret@host",
        "smtp://ann@host",
        "smtp://:s3cret@host",
        "smtp://ann:s3cret@host?tls=none",
        "smtp://ann:s3cret@localhost?tls=none",
        "smtps://ann:s3cret@host?tls=none",
        "smtp://ann:s3cret@host?tls=starttls&tls=none",
        "smtp://ann:s3cretł@host",
        "smtp://ann:s3cret@[::1",
        "smtp://ann:s3cret@ho st",
    ],
)
def test_a_wrong_address_is_refused_without_being_shown(address: str) -> None:
    with pytest.raises(ParamError, match=VARIABLE) as caught:
        mail_server({VARIABLE: address})
    assert "s3cret" not in str(caught.value)
    assert "s3cret" not in repr(caught.value.__cause__)
