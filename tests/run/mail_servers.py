"""Real mail servers of the tests' own: aiosmtpd, which asks for STARTTLS and a login, and Debian's OpenSMTPD."""

from __future__ import annotations

import asyncio
import mailbox
import os
import pwd
import random
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.run.scripted import free_port

USER, PASSWORD = "goals", "s3cret+pass/word"
SELF_SIGNED = (
    "-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1 "
    "-addext subjectAltName=IP:127.0.0.1"
)
QUOTED = "s3cret%2Bpass%2Fword"


@dataclass
class Drop:
    """What an aiosmtpd does with its mails: a file each, once the server has taken it.

    ``says``: by recipient, what is answered to RCPT, the first time, the second …; ``pause``: the longest it takes over
    a mail, before it is kept and again before that is said.
    """

    folder: Path
    says: dict[str, list[str]] = field(default_factory=dict)
    pause: float = 0.0
    offered: int = 0
    kept: int = 0
    logins: int = 0

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        told = self.says.get(address)
        if told:
            return told.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 well"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.offered += 1
        await asyncio.sleep(self.pause * random.random())
        for recipient in envelope.rcpt_tos:
            self.keep(recipient, cast(bytes, envelope.original_content))
        await asyncio.sleep(self.pause * random.random())
        return "250 taken"

    def keep(self, recipient: str, message: bytes) -> None:
        """Keep it in the recipient's maildir, whole or not at all."""
        self.folder.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(self.folder / recipient).add(message)
        self.kept += 1

    def login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        good = isinstance(given, LoginPassword) and (given.login, given.password) == (USER.encode(), PASSWORD.encode())
        self.logins += good
        return AuthResult(success=good, handled=False)

    def mails(self) -> dict[str, list[EmailMessage]]:
        """Return what each recipient has."""
        boxes = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return {box.name: read_box(box) for box in boxes}

    def ids(self) -> Counter[tuple[str, str]]:
        """Return how often each recipient has each Message-ID."""
        return Counter((who, str(mail["Message-ID"])) for who, mails in self.mails().items() for mail in mails)


def read_box(box: Path) -> list[EmailMessage]:
    """Return what lies in a maildir."""
    files = sorted(file for name in ("new", "cur") for file in box.glob(f"{name}/*"))
    return [message_from_bytes(file.read_bytes(), policy=POLICY) for file in files]


@contextmanager
def aiosmtpd(drop: Drop, **given: Any) -> Iterator[int]:
    """Run one that hands its mails to ``drop``, and give its port."""
    controller = Controller(drop, hostname="127.0.0.1", port=free_port(), ready_timeout=30, **given)
    controller.start()
    try:
        yield int(controller.port)
    finally:
        controller.stop()


def locked(drop: Drop, key: Path, certificate: Path) -> dict[str, Any]:
    """Return what an aiosmtpd is to be given that wants STARTTLS first, and then a login."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    login = {"authenticator": drop.login, "auth_required": True, "auth_require_tls": True}
    return {"tls_context": context, "require_starttls": True, **login}


def certificate(folder: Path) -> tuple[Path, Path]:
    """Return a key and a certificate for 127.0.0.1 that it signs itself; skipped where openssl is not installed."""
    if shutil.which("openssl") is None:
        absent("openssl is not installed")
    key, signed = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        ["openssl", "req", *SELF_SIGNED.split(), "-keyout", str(key), "-out", str(signed)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return key, signed


def absent(reason: str) -> None:
    """Skip; under CI fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


CONFIG = """\
table users file:{folder}/users
listen on 127.0.0.1 port {port} hostname acme.test
action "keep" maildir "{folder}/boxes/%{{dest:lowercase}}" virtual <users>
match from any for domain "acme.test" action "keep"
"""


@contextmanager
def opensmtpd(recipients: list[str]) -> Iterator[tuple[int, Callable[[], dict[str, list[EmailMessage]]]]]:
    """Run Debian's OpenSMTPD, which delivers to a maildir for each recipient; give its port, and what each has.

    It has one place for its queue, and runs for root alone: skipped where it is not installed.
    """
    program = shutil.which("smtpd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None or os.geteuid() != 0:
        absent("OpenSMTPD is not installed, or this is not root")
    user = pwd.getpwnam("nobody")
    folder, port = Path(tempfile.mkdtemp(prefix="sgm-", dir="/var/tmp")), free_port()
    (folder / "boxes").mkdir()
    (folder / "users").write_text("".join(f"{one} {user.pw_name}\n" for one in recipients), "utf-8")
    (folder / "smtpd.conf").write_text(CONFIG.format(folder=folder, port=port), "utf-8")
    for path in (folder, folder / "boxes"):
        os.chown(path, user.pw_uid, user.pw_gid)
        path.chmod(0o755)
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([str(program), "-d", "-f", str(folder / "smtpd.conf")], stdout=log, stderr=log)
    try:
        _wait_for(port, server, folder / "log")
        yield port, lambda: {box.name: read_box(box) for box in sorted((folder / "boxes").iterdir())}
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(10)
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    absent(f"OpenSMTPD does not start: {log.read_text('utf-8', 'replace')[-500:]}")
