"""The mail server: its address from the environment, whether the line is encrypted, and what is never shown.

``smtp://user:password@host:587`` asks for STARTTLS, ``smtps://user:password@host`` begins with TLS; both check the
server's certificate. A server on this machine that wants no password is talked to as it is, any other only with
``?tls=none``; with a password there is no way around encryption. The password is in no message and in no repr.
"""

from __future__ import annotations

import base64
import ipaddress
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, quote, quote_plus, unquote, urlsplit

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.store.secret import MAIL

VARIABLE = MAIL
EXPECTED = "smtp://user:password@host:587 or smtps://user:password@host"
QUOTED = "in the user and the password write signs other than letters and digits as %40, %2F, …"
LONGEST = 300  # letters of what a server says
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True)
class MailServer:
    """Where mails are handed in, and how."""

    host: str
    port: int
    security: Security
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def where(self) -> str:
        """How it is called in messages."""
        return f"mail server {self.host}:{self.port}"

    def plainly(self, said: str | bytes) -> str:
        """Return what it said in one line of reasonable length and without the password, in whatever form."""
        told = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        for secret in self._secrets():
            told = told.replace(secret, "***")
        printable = "".join(sign if sign.isprintable() else " " for sign in told)
        return " ".join(printable.split())[:LONGEST]

    def _secrets(self) -> list[str]:
        if not self.password:
            return []
        raw = (self.password, f"\0{self.user}\0{self.password}")
        coded = [base64.b64encode(one.encode()).decode() for one in raw]
        forms = {self.password, quote(self.password), quote_plus(self.password), *coded}
        return sorted({*forms, *(form.rstrip("=") for form in coded)}, key=len, reverse=True)


def mail_server(environ: Mapping[str, str] = os.environ) -> MailServer:
    """Return the server that the environment names; raises ParamError, which never shows the address."""
    address = environ.get(VARIABLE, "").strip()
    if not address:
        raise _wrong("it is not set", EXPECTED, "or write the mails into a folder with --to DIR")
    try:
        url = urlsplit(address)
        host, port = url.hostname or "", url.port
        asked = parse_qsl(url.query, keep_blank_values=True, strict_parsing=bool(url.query))
    except ValueError:
        raise _wrong("it is no address of a mail server", EXPECTED, QUOTED) from None
    if url.scheme not in ("smtp", "smtps") or url.path not in ("", "/") or url.fragment or not _is_host(host):
        raise _wrong("it is no address of a mail server", EXPECTED, QUOTED)
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if bool(user) != bool(password):
        raise _wrong("of user and password it has only one", "both or neither", QUOTED)
    if not (user + password).isascii():
        raise _wrong("user or password have letters beyond ASCII, which SMTP's login may not have", "ASCII")
    security = _security(url, asked, is_here=_is_here(host), credentials=bool(user))
    usual = 465 if security == "tls" else 587 if user else 25
    return MailServer(host, port or usual, security, user, password)


def _security(url: SplitResult, asked: list[tuple[str, str]], *, is_here: bool, credentials: bool) -> Security:
    if url.scheme == "smtps":
        if asked:
            raise _wrong("smtps:// is TLS and takes nothing after a question mark", "smtps://user:password@host")
        return "tls"
    if asked not in ([], [("tls", "none")], [("tls", "starttls")]):
        raise _wrong("what stands after the question mark is not known", "?tls=starttls or ?tls=none", QUOTED)
    if asked == [("tls", "none")] and credentials:
        raise _wrong("it has a password and ?tls=none", "a password only with encryption", "leave ?tls=none out")
    if asked:
        return "none" if asked == [("tls", "none")] else "starttls"
    return "none" if is_here and not credentials else "starttls"


def _is_host(host: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_address(host))
    return bool(_HOST.fullmatch(host))


def _is_here(host: str) -> bool:
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def _wrong(found: str, expected: str, todo: str = "") -> ParamError:
    return ParamError("The mail server's address cannot be used.", [Fault(VARIABLE, found, expected, todo)])
