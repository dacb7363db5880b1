"""What the environment holds that nobody is to read: the addresses of the database and of the mail server."""

from __future__ import annotations

import html
import json
import os
import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote, quote_plus

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

DATABASE, MAIL = "SALESGOALS_DATABASE_URL", "SALESGOALS_SMTP_URL"
HIDDEN = "***"
SHORTEST = 8  # letters of a password that is looked for by itself: a shorter one may be any word or number
_NAMED = re.compile(r"""\b(server at|on socket|user|role|database|host|host name) (["'])[^"']*\2( \([^)]*\))?""")
_PORT = re.compile(r"\bport \d+")


def without_secrets(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return a text with the addresses, and their passwords of eight letters or more, replaced by their variables.

    Whoever prints the environment in a notebook prints them; the text may be a notebook's JSON or a page's HTML.
    """
    for variable in (DATABASE, MAIL):
        for form in sorted({*_forms(environ.get(variable, ""))}, key=len, reverse=True):
            text = text.replace(form, f"${variable}")
    return text


def passwords(url: URL) -> list[str]:
    """Return every form in which a password of an address could turn up in a message, the longest first."""
    given = [url.password, *(url.query.get(name) for name in ("password", "sslpassword"))]
    words = [word for word in given if isinstance(word, str) and word]
    return sorted({form for word in words for form in (word, quote(word), quote_plus(word))}, key=len, reverse=True)


def said_without(said: str, url: URL) -> str:
    """Return what a server of databases said without the password and without where it is, which only its user knows.

    >>> said_without('connection to server at "10.1.2.3", port 5432 failed', make_url("postgresql://ann:secret@10.1.2.3"))
    'connection to server at ***, port *** failed'
    """
    for secret in passwords(url):
        said = said.replace(secret, HIDDEN)
    if url.get_backend_name() == "sqlite":
        return said
    said = _PORT.sub(f"port {HIDDEN}", _NAMED.sub(rf"\1 {HIDDEN}", said))
    return said.replace(url.host, HIDDEN) if url.host and len(url.host) > 3 else said


def _forms(address: str) -> Iterator[str]:
    """Yield an address and its password as they are written in texts, JSON and HTML; a file's is its name alone."""
    given = address.strip()
    if not given or given.startswith("sqlite"):
        return
    words = {given}
    try:
        url = make_url(given)
    except (ArgumentError, ValueError):  # what it is worth is told by who uses it
        url = None
    words |= {word for word in (passwords(url) if url is not None else ()) if len(word) >= SHORTEST}
    for word in words:
        yield from (word, json.dumps(word)[1:-1], html.escape(word), html.escape(word, quote=False))
