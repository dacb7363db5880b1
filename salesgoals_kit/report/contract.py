"""The contract that every mail of the kit keeps, whoever made it: read from the bytes that would be sent.

Nothing is queued that breaks it. The figures are those of the field: Gmail cuts off a message's HTML at 102 KB, a line
has at most 998 characters and a header says one thing (RFC 5322), pictures are parts of the mail (RFC 2392).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.policy import SMTP
from email.utils import getaddresses, parsedate_to_datetime
from io import BytesIO
from urllib.parse import unquote

from PIL import Image, UnidentifiedImageError

from salesgoals_kit.errors import Fault
from salesgoals_kit.report.markup import Markup, read_markup

MOST_BYTES = 80 * 1024  # of the HTML as it is sent; Gmail cuts at 102 KB
LONGEST_LINE = 998
ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Language", "Auto-Submitted")
AT_MOST_ONCE = ("Cc", "Bcc", "Sender", "Reply-To", "Return-Path", "X-Auto-Response-Suppress")
MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]+>")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")  # BCP 47
ENCODINGS = ("7bit", "quoted-printable", "base64")
FOLDED = re.compile(r"\r?\n[ \t]")
PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class _Parts:
    """The parts that a mail of the kit has."""

    text: EmailMessage
    html: EmailMessage
    pictures: tuple[EmailMessage, ...]


def check_contract(message: EmailMessage) -> list[Fault]:
    """Return every way in which a mail breaks the contract; an empty list where it keeps it.

    It is read from the bytes that would be sent. What cannot be written at all is a fault too.
    """
    faults = list(_raw(message))
    try:
        data = message.as_bytes(policy=SMTP)
    except Exception as error:  # the library stumbles over what is not well formed in ways of its own
        return [*faults, Fault("message", f"cannot be written: {error!r:.200}")]
    if not data.isascii():
        faults.append(
            Fault("message", "bytes beyond ASCII", "quoted-printable or base64, which every server passes on")
        )
    if any(len(line) > LONGEST_LINE for line in data.split(b"\r\n")):
        faults.append(Fault("message", f"a line of more than {LONGEST_LINE} characters"))
    sent = message_from_bytes(data, _class=EmailMessage, policy=SMTP)
    faults += _headers(data)
    faults += [Fault("message", f"defect: {type(one).__name__}") for part in sent.walk() for one in part.defects]
    parts, shape = _shape(sent)
    faults += shape
    return faults if parts is None else [*faults, *_contents(parts)]


def _raw(message: EmailMessage) -> Iterator[Fault]:
    """Give headers that would be more than one line, as they were put in."""
    for name, value in message.raw_items():
        if re.search(r"[\r\n\x00]", FOLDED.sub(" ", str(value))):
            yield Fault(f"header {name}", "more than one line", "one line")


def _headers(data: bytes) -> Iterator[Fault]:
    """Give what is wrong with the headers; they are read as they were written, for the library mends some of them."""
    written = [(name.lower(), FOLDED.sub(" ", str(value))) for name, value in message_from_bytes(data).items()]
    count = Counter(name for name, _ in written)
    for name in ONCE:
        if count[name.lower()] != 1:
            yield Fault(f"header {name}", f"stands {count[name.lower()]} times", "once")
    for name in AT_MOST_ONCE:
        if count[name.lower()] > 1:
            yield Fault(f"header {name}", f"stands {count[name.lower()]} times", "at most once")
    said = {name: _decoded(value) for name, value in written}
    for name, value in said.items():
        if any(unicodedata.category(letter) == "Cc" for letter in value):
            yield Fault(f"header {name}", "holds a control character", "one line of letters")
    yield from _values({name: said.get(name.lower(), "").strip() for name in ONCE})


def _decoded(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, HeaderParseError):
        return value


def _values(said: Mapping[str, str]) -> Iterator[Fault]:
    if not said["Subject"]:
        yield Fault("header Subject", "is empty", "the finding")
    if not MESSAGE_ID.fullmatch(said["Message-ID"]):
        yield Fault("header Message-ID", repr(said["Message-ID"][:80]), "<something@a.domain>")
    if said["Auto-Submitted"] != "auto-generated":
        yield Fault("header Auto-Submitted", repr(said["Auto-Submitted"]), "auto-generated")
    yield from _address("From", said["From"])
    yield from _address("To", said["To"])
    yield from _date(said["Date"])


def _address(name: str, written: str) -> Iterator[Fault]:
    found = getaddresses([written])
    if len(found) != 1 or not re.fullmatch(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+", found[0][1]):
        yield Fault(f"header {name}", repr(written[:80]), "one address")


def _date(written: str) -> Iterator[Fault]:
    try:
        zoned = parsedate_to_datetime(written).tzinfo is not None
    except (ValueError, TypeError):
        zoned = False
    if not zoned:
        yield Fault("header Date", repr(written[:60]), "a day and a time with its zone")


def _shape(sent: EmailMessage) -> tuple[_Parts | None, list[Fault]]:
    """Return the parts of a mail, None where they are not those of the kit's."""
    inner: Sequence[Message] = [sent]
    if sent.get_content_type() == "multipart/mixed":
        inner = list(sent.iter_parts())
    loose = [part for part in inner[1:] if part.get_content_disposition() != "attachment" or not part.get_filename()]
    faults = [Fault("parts", f"{part.get_content_type()} beside the letter", "an attachment") for part in loose]
    first = inner[0] if inner else sent
    both = list(first.iter_parts()) if isinstance(first, EmailMessage) and first.is_multipart() else []
    if first.get_content_type() != "multipart/alternative" or len(both) != 2:
        return None, [*faults, Fault("parts", first.get_content_type(), "multipart/alternative of text and HTML")]
    related = both[1].get_content_type() == "multipart/related"
    letter = list(both[1].iter_parts()) if related else [both[1]]
    kinds = [both[0].get_content_type(), letter[0].get_content_type() if letter else ""]
    if kinds != ["text/plain", "text/html"]:
        return None, [*faults, Fault("parts", ", ".join(kinds), "text/plain, then text/html")]
    parts = [part for part in (both[0], *letter) if isinstance(part, EmailMessage)]
    return _Parts(parts[0], parts[1], tuple(parts[2:])), faults


def _contents(parts: _Parts) -> Iterator[Fault]:
    for name, part in (("text", parts.text), ("html", parts.html)):
        if part.get_content_charset() != "utf-8":
            yield Fault(name, f"charset {part.get_content_charset()}", "utf-8")
        if str(part["Content-Transfer-Encoding"] or "7bit").lower() not in ENCODINGS:
            yield Fault(name, f"sent as {part['Content-Transfer-Encoding']}", ", ".join(ENCODINGS))
    size = len(str(parts.html.get_payload()).encode("ascii", "replace"))
    if size > MOST_BYTES:
        yield Fault("html", f"{size} bytes", f"at most {MOST_BYTES}")
    try:
        text, html = str(parts.text.get_content()), str(parts.html.get_content())
    except (LookupError, ValueError) as error:
        yield Fault("parts", f"cannot be read: {error}")
        return
    found = read_markup(html)
    yield from found.faults
    yield from _document(found)
    yield from _pictures(found, parts.pictures)
    yield from _said_in_text(found, text)


def _document(found: Markup) -> Iterator[Fault]:
    root = found.root or {}
    if not LANGUAGE.fullmatch(root.get("lang", "")) or root.get("dir") not in ("ltr", "rtl"):
        yield Fault("<html>", f"lang {root.get('lang')!r}, dir {root.get('dir')!r}", "a language and its direction")
    if found.charsets != ["utf-8"]:
        yield Fault("<meta charset>", repr(found.charsets), "utf-8, once")
    if len(found.headings) != 1 or not found.headings[0].strip():
        yield Fault("<h1>", f"{len(found.headings)} headings", "the finding, once")


def _pictures(found: Markup, parts: Sequence[EmailMessage]) -> Iterator[Fault]:
    asked = [unquote(source.removeprefix("cid:")) for source in found.pictures if source.startswith("cid:")]
    given = [str(part["Content-ID"] or "").strip() for part in parts]
    names = [name[1:-1] for name in given if MESSAGE_ID.fullmatch(name)]
    if len(names) != len(given) or len(set(names)) != len(names):
        yield Fault("pictures", f"content ids {given}", "each with one of its own")
    yield from (Fault(f"cid:{name}", "is no part of the mail") for name in asked if name not in names)
    yield from (Fault(f"picture {name}", "is not shown") for name in names if name not in asked)
    for name, part in zip(given, parts, strict=True):
        yield from _png(name, part)


def _png(name: str, part: EmailMessage) -> Iterator[Fault]:
    data = part.get_payload(decode=True)
    if part.get_content_type() != "image/png" or not isinstance(data, bytes) or not data.startswith(PNG):
        yield Fault(f"picture {name}", part.get_content_type(), "a PNG")
        return
    try:
        with Image.open(BytesIO(data)) as image:
            image.load()
            clear = image.mode in ("LA", "RGBA", "PA") or "transparency" in image.info
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError) as error:
        yield Fault(f"picture {name}", f"cannot be read: {error}")
        return
    if clear:
        yield Fault(f"picture {name}", "is not opaque", "a background of its own, which no dark mode turns over")


def _said_in_text(found: Markup, text: str) -> Iterator[Fault]:
    """Give what the HTML says and the text does not; both are held against each other without marks of direction."""
    plain = _bare(text)
    if not plain:
        yield Fault("text", "is empty", "what the HTML says")
    else:
        missing = [said for said in found.seen if _bare(said) and _bare(said) not in plain]
        yield from (Fault("text", f"does not say {_bare(said)[:60]!r}", "what the HTML says") for said in missing)


def _bare(text: str) -> str:
    kept = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return " ".join(kept.split()).casefold()
