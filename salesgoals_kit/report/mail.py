"""The mail that is made of a report's content, as a letter, and the letter as a message of e-mail.

It is no conversion of the page: Outlook, Gmail and phones show tables with inlined styles and pictures that are parts
of the mail, cut off what is longer than 102 KB, and run nothing.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, Policy
from email.utils import format_datetime
from urllib.parse import urlsplit

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.report.canvas import shortened
from salesgoals_kit.report.content import Chart, Content
from salesgoals_kit.report.contract import MESSAGE_ID
from salesgoals_kit.report.letters import Body, body_of, body_of_rep
from salesgoals_kit.report.rep import RepPage
from salesgoals_kit.report.written import html_of, plain_of, preheader_of
from salesgoals_kit.words import Name, say

LONGEST_SUBJECT, LONGEST_OWNER, LONGEST_PREHEADER = 120, 40, 200
CID_HOST = "salesgoals-kit"  # the right part of the pictures' ids
SHOWN = 460  # CSS pixels: the widest a chart is shown
_NO_FILE_NAME = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_FSI, _PDI = "\u2068", "\u2069"


@dataclass(frozen=True)
class Image:
    """A picture of a mail: the local part of its content id, a PNG, alternative text, and its size in CSS pixels."""

    name: str
    png: bytes
    alt: str
    width: int
    height: int


@dataclass(frozen=True)
class Letter:
    """A mail without addresses: what it says twice over, its pictures, and the whole page where it is attached."""

    subject: str
    preheader: str
    html: str
    text: str
    images: tuple[Image, ...]
    language: str
    attachment: tuple[str, bytes] | None


def letter_of(content: Content, *, link: str | None = None, page: tuple[str, bytes] | None = None) -> Letter:
    """Return the mail of a team's or the company's report.

    ``link``: where the page is to be read; ``page``: its file name and bytes, where it is to be attached. Raises
    SalesGoalsError for a link that is none of the web, and for a file name that is none.
    """
    _check(link, page)
    return _letter(body_of(content, link, None if page is None else page[0]), page)


def rep_letter(
    content: Content, rep: RepPage, *, link: str | None = None, page: tuple[str, bytes] | None = None
) -> Letter:
    """Return the mail of a rep's own page, of his own data alone; ``link`` and ``page`` as in `letter_of`."""
    _check(link, page)
    return _letter(body_of_rep(content, rep, link, None if page is None else page[0]), page)


def compose(letter: Letter, *, sender: str, recipient: str, message_id: str, when: datetime) -> EmailMessage:
    """Return a letter as a message; the same arguments give the same bytes.

    Raises ValueError for a header that would be more than one line, for a message id that is none, and for a time
    without a zone.
    """
    if not MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"{message_id!r} is no message id on one line, without a newline")
    if when.tzinfo is None:
        raise ValueError(f"{when!r} has no time zone")
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, recipient, _Subject(_one_line(letter.subject))
    message["Date"], message["Message-ID"] = format_datetime(when), message_id
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply, RN, NRN, DR"  # but not that it could not be delivered
    message.set_content(letter.text, cte=_encoding(letter.text))
    message.add_alternative(letter.html, subtype="html", cte=_encoding(letter.html))
    html = _parts(message)[1]
    for image in letter.images:
        name = f"{image.name}.png"
        html.add_related(image.png, "image", "png", cid=f"<{_cid(image)}>", disposition="inline", filename=name)
    if letter.attachment is not None:
        name, data = letter.attachment
        message.add_attachment(data, "text", "html", filename=name, params={"charset": "utf-8"})
    message["Content-Language"] = letter.language  # last: what is added above would take it into its first part
    _bound(message, message_id)
    return message


def _letter(body: Body, page: tuple[str, bytes] | None) -> Letter:
    images = tuple(_image(body, chart) for chart in body.charts)
    preheader = cut(preheader_of(body), LONGEST_PREHEADER)
    return Letter(
        subject=_subject(body),
        preheader=preheader,
        html=html_of(body, preheader, images, lambda image: f"cid:{_cid(image)}"),
        text=plain_of(body),
        images=images,
        language=body.texts.tag,
        attachment=page,
    )


def _subject(body: Body) -> str:
    """Return the finding, then whose it is and of which period; of a long one the finding is shortened."""
    owner = Name(cut(body.whose.text, LONGEST_OWNER))
    said = body.texts.text(body.headline)

    def whole(finding: str) -> str:
        return body.texts.text(say("mail.subject", finding=finding, owner=owner, period=body.period))

    left = LONGEST_SUBJECT - (len(whole(said)) - len(said))
    return whole(cut(said, max(left, 40)))


def _image(body: Body, chart: Chart) -> Image:
    png = base64.b64decode(chart.png, validate=True)
    name = f"chart-{hashlib.sha256(png).hexdigest()[:16]}"
    width = min(SHOWN, round(chart.width * SHOWN / chart.width))
    return Image(name, png, body.texts.text(chart.alt), width, round(chart.height * width / chart.width))


def _cid(image: Image) -> str:
    return f"{image.name}@{CID_HOST}"


def cut(text: str, most: int) -> str:
    """Return a text of at most so many characters, not ending in half a letter or within a name that is set apart.

    >>> cut("Key accounts, northern region", 12)
    'Key account…'
    """
    short = shortened(text, most)
    if short == text:
        return text
    if short.count(_FSI) > short.count(_PDI):
        return shortened(text, most - 1) + _PDI
    kept = short[:-1]
    while kept and (unicodedata.combining(kept[-1]) or kept[-1] in "\u200d\ufe0f"):
        kept = kept[:-1]
    return f"{kept}…"


class _Subject(str):
    """A subject that is written as it is read: of words in part beyond ASCII the library loses spaces (Python 3.11)."""

    name = "Subject"

    def fold(self, *, policy: Policy) -> str:
        """Return the header as it is sent, in encoded words where it takes them (RFC 2047)."""
        plain = self.isascii() and "=?" not in self  # what looks like an encoded word would be read as one
        charset = "us-ascii" if plain else "utf-8"
        written = Header(str(self), charset, header_name=self.name).encode(linesep=policy.linesep)
        return f"{self.name}: {written}{policy.linesep}"


def _one_line(text: str) -> str:
    if any(unicodedata.category(letter) == "Cc" for letter in text):
        raise ValueError(f"{text!r} holds a newline or another control character")
    return text


def _encoding(text: str) -> str:
    """Return what takes less room: quoted-printable, or base64 where most letters are none of ASCII."""
    return "base64" if sum(ord(letter) > 127 for letter in text) * 6 > len(text) else "quoted-printable"


def _parts(message: EmailMessage) -> list[MIMEPart]:
    return [part for part in message.iter_parts() if isinstance(part, MIMEPart)]


def _bound(message: EmailMessage, message_id: str) -> None:
    """Give every multipart a boundary that is a function of the message id; neither encoding can hold ``=_``."""
    mark = hashlib.sha256(message_id.encode("utf-8", "replace")).hexdigest()[:24]
    several = [part for part in message.walk() if part.is_multipart()]
    for place, part in enumerate(several):
        part.set_boundary(f"=_{mark}_{place}")


def _check(link: str | None, page: tuple[str, bytes] | None) -> None:
    faults = []
    if link is not None and (urlsplit(link).scheme not in ("http", "https") or re.search(r"\s", link)):
        faults.append(Fault("link", repr(link), "an address that begins with https:// or http://"))
    if page is not None and (not page[0].strip() or _NO_FILE_NAME.search(page[0])):
        faults.append(Fault("page", repr(page[0]), "a plain file name"))
    if faults:
        raise SalesGoalsError("The mail cannot be made.", faults)
