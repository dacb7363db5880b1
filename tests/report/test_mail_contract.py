"""The contract of mails: a mail that keeps it has no fault, and each rule has a mail that breaks it."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from io import BytesIO

import pytest
from nbformat import NotebookNode
from PIL import Image

from salesgoals_kit.report.content import Content
from salesgoals_kit.report.contract import check_contract
from salesgoals_kit.report.mail import CID_HOST, Letter, letter_of
from tests.mailing import LINK, PAGE, sent


@pytest.fixture(scope="module")
def letter(report: tuple[NotebookNode, Content]) -> Letter:
    return letter_of(report[1], link=LINK, page=PAGE)


def where(message: EmailMessage) -> list[str]:
    return [fault.where for fault in check_contract(message)]


def test_a_mail_of_the_kit_keeps_it(letter: Letter) -> None:
    assert check_contract(sent(letter)) == []
    assert check_contract(sent(replace(letter, attachment=None))) == []
    assert check_contract(sent(replace(letter, attachment=None, images=(), html=_without_pictures(letter)))) == []


def _without_pictures(letter: Letter) -> str:
    start, end = letter.html.index("<img"), letter.html.rindex("<img")
    return letter.html[:start] + letter.html[letter.html.index(">", end) + 1 :]


P = "<p>{}</p>"
HTML: dict[str, tuple[str, str, str]] = {  # in place of, put, which is told as
    "a script": ("</h1>", "</h1><script>1</script>", "<script>"),
    "a drawing": ("</h1>", "</h1><svg></svg>", "<svg>"),
    "a form": ("</h1>", "</h1><form></form>", "<form>"),
    "an inner page": ("</h1>", "</h1><iframe></iframe>", "<iframe>"),
    "an embedded object": ("</h1>", "</h1><object></object>", "<object>"),
    "a style sheet from elsewhere": ("</title>", '</title><link rel="stylesheet">', "<link>"),
    "another base": ("</title>", '</title><base target="_top">', "<base>"),
    "a redirection": ("</title>", '</title><meta http-equiv="refresh">', "<meta>"),
    "an event": ("<h1 ", '<h1 onclick="x()" ', "<h1 onclick>"),
    "an event in capitals": ("<h1 ", '<h1 ONLOAD="x()" ', "<h1 onload>"),
    "another source": ("<img ", '<img srcset="x 2x" ', "<img srcset>"),
    "a background picture": ("<body ", '<body background="x" ', "<body background>"),
    "a script as a link": (f'href="{LINK}"', 'href="javascript:alert(1)"', "<a href>"),
    "a script as a link, written apart": (f'href="{LINK}"', 'href="java&#10;script:alert(1)"', "<a href>"),
    "data as a link": (f'href="{LINK}"', 'href="data:text/html,x"', "<a href>"),
    "a link without a scheme": (f'href="{LINK}"', 'href="//example.org/x"', "<a href>"),
    "a file as a link": (f'href="{LINK}"', 'href="file:///etc/passwd"', "<a href>"),
    "something loaded in a style": ("</style>", "p{background:url(https://example.org/x.png)}</style>", "style"),
    "an imported style": ("</style>", "@import 'x.css';</style>", "style"),
    "something loaded by an element": ("padding: 24px", "background-image: url(x);padding: 24px", "<td style>"),
    "an escaped load": ("padding: 24px", "background-image: u\\rl(x);padding: 24px", "<td style>"),
    "a flexible layout": ("padding: 24px", "display: flex;padding: 24px", "<td style>"),
    "a grid": ("padding: 24px", "display:inline-grid;padding: 24px", "<td style>"),
    "something that floats": ("padding: 24px", "float: left;padding: 24px", "<td style>"),
    "a colour that Outlook cannot look up": ("padding: 24px", "border-color: var(--x);padding: 24px", "<td style>"),
    "a width that Outlook cannot reckon": ("padding: 24px", "width: calc(1px + 1em);padding: 24px", "<td style>"),
    "a script in what readers take for a comment": ("</h1>", "</h1><![CDATA[><script>1</script>]]>", "html comment"),
    "an instruction": ("</h1>", "</h1><?xml version='1.0'?>", "html comment"),
    "a place of its own": ("padding: 24px", "position: absolute;padding: 24px", "<td style>"),
    "a colour without a background": (
        "background-color: #0b6e99;color: #ffffff",
        "color: #ffffff",
        "<td style>",
    ),
    "a table for nothing": ('<table class="wash" role="presentation"', '<table class="wash"', "<table>"),
    "a comment": ("</h1>", "</h1><!-- secret -->", "html comment"),
    "a comment for Outlook with a picture": ("</h1>", "</h1><!--[if mso]><img src=x><![endif]-->", "html comment"),
    "no language": ('lang="en"', "", "<html>"),
    "a language as no browser knows it": ('lang="en"', 'lang="pt_BR"', "<html>"),
    "no direction": ('dir="ltr"', "", "<html>"),
    "another charset": ('<meta charset="utf-8">', '<meta charset="iso-8859-1">', "<meta charset>"),
    "no heading": ("h1", "h3", "<h1>"),
    "two headings": ("</h1>", "</h1><h1>Agree</h1>", "<h1>"),
    "a number that the text lacks": ("</h1>", "</h1><p>123,456,789</p>", "text"),
    "a sentence that the text lacks": ("</h1>", "</h1><p>Agree on <b>nothing</b> at all.</p>", "text"),
}


@pytest.mark.parametrize(("old", "new", "told"), HTML.values(), ids=HTML)
def test_html_that_breaks_a_rule(letter: Letter, old: str, new: str, told: str) -> None:
    assert old in letter.html
    assert set(where(sent(replace(letter, html=letter.html.replace(old, new))))) == {told}


def img(letter: Letter) -> str:
    start = letter.html.index("<img")
    return letter.html[start : letter.html.index(">", start) + 1]


PICTURES: dict[str, Callable[[str], str]] = {
    "no alternative text": lambda tag: tag.replace(' alt="', ' title="', 1),
    "an empty alternative text": lambda tag: (
        tag[: tag.index('alt="') + 5] + tag[tag.index('"', tag.index('alt="') + 5) :]
    ),
    "no width": lambda tag: tag.replace(' width="', ' sizes="', 1),
    "a width in per cent": lambda tag: tag.replace(' width="460"', ' width="100%"', 1),
    "no background of its own": lambda tag: tag.replace("background-color: #ffffff;", "").replace(
        "color: #1b1f24;", ""
    ),
    "another background than its cell": lambda tag: tag.replace(
        "background-color: #ffffff", "background-color: #000000"
    ),
}


@pytest.mark.parametrize("break_", PICTURES.values(), ids=PICTURES)
def test_a_picture_that_breaks_a_rule(letter: Letter, break_: Callable[[str], str]) -> None:
    tag = img(letter)
    assert break_(tag) != tag
    found = where(sent(replace(letter, html=letter.html.replace(tag, break_(tag)))))
    assert len(found) == 1
    assert found[0].startswith("img cid:chart-")


@pytest.mark.parametrize("source", ["https://example.org/x.png", "data:image/png;base64,AAAA", "x.png", ""])
def test_a_picture_from_elsewhere(letter: Letter, source: str) -> None:
    name = letter.images[0].name
    found = where(sent(replace(letter, html=letter.html.replace(f"cid:{name}@{CID_HOST}", source))))
    assert sorted(found) == sorted([f"img {source}", f"picture {name}@{CID_HOST}"])


@pytest.mark.parametrize("given", ['bgcolor="#ffffff"', "background-color: #ffffff;padding: 12px 16px"])
def test_a_picture_whose_cell_lacks_a_background(letter: Letter, given: str) -> None:
    start = letter.html.rindex("<td", 0, letter.html.index("<img"))
    cell = letter.html[start : letter.html.index(">", start) + 1]
    assert given in cell
    found = where(sent(replace(letter, html=letter.html.replace(cell, cell.replace(given, "")))))
    assert found
    assert all(one.startswith("img cid:") for one in found)


def test_a_picture_that_is_asked_for_and_not_there_and_one_that_nobody_shows(letter: Letter) -> None:
    first, second = (f"{image.name}@{CID_HOST}" for image in letter.images)
    assert where(sent(replace(letter, images=letter.images[1:]))) == [f"cid:{first}"]
    unshown = letter.html.replace(f"cid:{second}", f"cid:{first}")
    assert where(sent(replace(letter, html=unshown))) == [f"picture {second}"]
    twice = replace(letter, images=(*letter.images, letter.images[0]))
    assert where(sent(twice)) == ["pictures"]


def _png(mode: str, kind: str = "PNG") -> bytes:
    held = BytesIO()
    Image.new(mode, (4, 4)).save(held, format=kind)
    return held.getvalue()


@pytest.mark.parametrize("data", [_png("RGBA"), _png("LA"), _png("RGB", "GIF"), b"<svg/>", _png("RGB")[:40], b""])
def test_a_picture_that_is_no_opaque_png(letter: Letter, data: bytes) -> None:
    image = replace(letter.images[0], png=data)
    assert where(sent(replace(letter, images=(image, *letter.images[1:])))) == [f"picture <{image.name}@{CID_HOST}>"]


def test_html_that_gmail_would_cut_off(letter: Letter) -> None:
    more = "<p>Agree</p>" * 8000
    assert where(sent(replace(letter, html=letter.html.replace("</h1>", f"</h1>{more}")))) == ["html"]


def test_a_text_that_says_nothing_or_something_else(letter: Letter) -> None:
    assert where(sent(replace(letter, text="\n"))) == ["text"]
    assert set(where(sent(replace(letter, text="Please see the HTML.")))) == {"text"}
    without = letter.text.replace("€1,144,600", "a lot")
    assert without != letter.text
    assert where(sent(replace(letter, text=without))) == ["text"]


HEADERS = {
    "Subject": ["", "   "],
    "Message-ID": ["none", "<a b@c>", "<@example.org>", "<a@>", "a@example.org", "<a@b@c>", "<ł@example.org>"],
    "Auto-Submitted": ["no"],
    "From": ["nobody", "a@example.org, b@example.org"],
    "To": ["", "a@example.org, b@example.org", "undisclosed-recipients:;"],
    "Date": ["yesterday", ""],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in HEADERS.items() for value in values])
def test_a_header_that_says_something_else(letter: Letter, name: str, value: str) -> None:
    message = sent(letter)
    del message[name]
    message._headers.append((name, value))  # type: ignore[attr-defined]  # the library takes some of them for none
    assert {f"header {name}", "message"} & set(where(message))


@pytest.mark.parametrize("name", ["Subject", "Message-ID", "From", "To", "Date", "Content-Language", "Auto-Submitted"])
def test_a_header_that_is_not_there(letter: Letter, name: str) -> None:
    message = sent(letter)
    del message[name]
    assert f"header {name}" in where(message)


@pytest.mark.parametrize(
    "value", ["Hello\r\nBcc: all@example.org", "Hello\nX: y", "Hello\r\n\r\n<b>body</b>", "a\x00b"]
)
def test_a_header_of_two_lines(letter: Letter, value: str) -> None:
    """The library refuses most of them; a header that was put in below it is found as well."""
    message = sent(letter)
    message._headers.append(("X-Team", value))  # type: ignore[attr-defined]
    assert "header X-Team" in where(message)


def test_a_header_that_stands_twice(letter: Letter) -> None:
    message = sent(letter)
    message._headers.append(("Subject", "Another"))  # type: ignore[attr-defined]
    assert "header Subject" in where(message)
    message = sent(letter)
    message._headers += [("Bcc", "x@example.org"), ("Bcc", "y@example.org")]  # type: ignore[attr-defined]
    assert "header Bcc" in where(message)


def _shaped(letter: Letter, change: Callable[[EmailMessage], None]) -> EmailMessage:
    message = sent(replace(letter, attachment=None))
    change(message)
    return message


def _only_text(message: EmailMessage) -> None:
    message.clear_content()
    message.set_content("Agree on it")


def _only_html(message: EmailMessage) -> None:
    message.clear_content()
    message.set_content("<p>Agree on it</p>", subtype="html")


def _other_order(message: EmailMessage) -> None:
    message.set_payload(list(reversed(list(message.iter_parts()))))


def _one_more(message: EmailMessage) -> None:
    message.add_alternative("BEGIN:VCALENDAR", subtype="calendar")


def _loose(message: EmailMessage) -> None:
    message.make_mixed()
    part = EmailMessage(policy=SMTP)
    part.set_content("<p>loose</p>", subtype="html")
    del part["MIME-Version"]
    message.attach(part)


def _empty(message: EmailMessage) -> None:
    message.set_payload([])


@pytest.mark.parametrize("change", [_only_text, _only_html, _other_order, _one_more, _loose, _empty])
def test_parts_that_are_not_those_of_a_mail(letter: Letter, change: Callable[[EmailMessage], None]) -> None:
    assert "parts" in where(_shaped(letter, change))


def _part(message: EmailMessage, kind: str) -> EmailMessage:
    found = message.get_body((kind,))
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize(("kind", "told"), [("plain", "text"), ("html", "html")])
def test_a_part_of_another_charset_or_sent_in_the_raw(letter: Letter, kind: str, told: str) -> None:
    message = sent(letter)
    part = _part(message, kind)
    part.set_param("charset", "iso-8859-2")
    assert told in where(message)
    message = sent(letter)
    part = _part(message, kind)
    text = base64.b64decode(str(part.get_payload())) if part["Content-Transfer-Encoding"] == "base64" else b"z\xc5\x82y"
    part.set_payload(text)
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = "8bit"
    assert {told, "message"} <= set(where(message))


def test_a_line_that_no_server_takes(letter: Letter) -> None:
    message = sent(letter)
    part = _part(message, "plain")
    part.set_payload("Agree " * 400)
    part.replace_header("Content-Transfer-Encoding", "7bit")
    assert "message" in where(message)


def test_what_cannot_be_written_is_a_fault_too(letter: Letter) -> None:
    message = sent(letter)
    _part(message, "plain").set_payload(object())  # type: ignore[call-overload]
    assert "message" in where(message)


def test_a_message_with_a_broken_part_is_a_fault_too(letter: Letter) -> None:
    message = sent(letter)
    _part(message, "html").set_payload("no base64, nor quoted =ZZ")
    assert where(message) != []
