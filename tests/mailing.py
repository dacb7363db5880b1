"""What tests of mails share: a letter as it is sent, read back, and as a browser shows it."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html import unescape
from html.parser import HTMLParser

from salesgoals_kit.report.content import Content
from salesgoals_kit.report.contract import check_contract
from salesgoals_kit.report.mail import CID_HOST, Letter, compose, letter_of, rep_letter

WHEN = datetime(2026, 1, 2, 10, 12, tzinfo=UTC)
LINK = "https://reports.example.org/2026Q1/central/goal_setting.html"
PAGE = ("goal_setting.html", b"<!DOCTYPE html><title>Page</title>")


def sent(letter: Letter) -> EmailMessage:
    """Return a letter as a message to somebody."""
    return compose(
        letter, sender="goals@example.org", recipient="ann@example.org", message_id="<1@example.org>", when=WHEN
    )


def received(message: EmailMessage) -> EmailMessage:
    """Return a message as its reader's program reads it from the bytes that were sent."""
    read = message_from_bytes(message.as_bytes(policy=SMTP), _class=EmailMessage, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def letters(content: Content) -> list[Letter]:
    """Return the mails of a report and of its reps, with a link and with the page."""
    found = [letter_of(content, link=LINK), letter_of(content, page=PAGE)]
    return [*found, *(rep_letter(content, rep, page=PAGE) for rep in content.reps)]


def keep_the_contract(content: Content) -> None:
    """Fail with every fault of a report's mails and of its reps'."""
    for letter in letters(content):
        assert check_contract(sent(letter)) == []
        assert 0 < len(letter.subject) <= 130
        assert "\n" not in letter.subject


def shown(letter: Letter) -> str:
    """Return a letter's HTML with its pictures in it, as a mail reader shows it."""
    html = letter.html
    for image in letter.images:
        data = base64.b64encode(image.png).decode("ascii")
        html = html.replace(f"cid:{image.name}@{CID_HOST}", f"data:image/png;base64,{data}")
    return html


def resolved(message: EmailMessage) -> str:
    """Return the HTML of a mail that was read back, with its pictures in it, as a mail reader shows it."""
    body = message.get_body(("html",))
    assert body is not None
    html = str(body.get_content())
    for part in message.walk():
        if part.get_content_maintype() == "image":
            name, data = str(part["Content-ID"]).strip("<>"), base64.b64encode(part.get_content()).decode("ascii")
            assert f"cid:{name}" in html
            html = html.replace(f"cid:{name}", f"data:image/png;base64,{data}")
    assert "cid:" not in html
    return html


def words(html: str) -> Iterator[str]:
    """Give every sentence and number that a reader of the HTML sees, and what stands for pictures that are not shown.

    A second reading, simpler than the contract's own: it knows blocks, cells and what is hidden.
    """
    body = re.sub(r"(?s)<head>.*?</head>|<!--.*?-->|<div class=\"preheader\".*?</div>", "", html)
    yield from (plain(unescape(alt)) for alt in re.findall(r'<img[^>]*\balt="([^"]*)"', body))
    for piece in re.split(r"</?(?:p|h1|h2|td|th|tr|table|tbody|a|body|html|div|img)\b[^>]*>", body):
        text = _text(piece)
        if text:
            yield text


def plain(text: str) -> str:
    """Return a text without marks of direction, on one line."""
    return " ".join(re.sub("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]", "", text).split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def _text(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return plain("".join(parser.found))
