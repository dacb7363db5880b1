"""Handing a mail to a mail server, so that one knows what became of it whenever the line breaks.

A mail's text and the dot that ends it are two steps. What breaks before the dot is sent has delivered nothing: a server
drops a text without its end (RFC 5321, 3.8 and 4.1.1.4). What breaks after it may or may not have been delivered.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from salesgoals_kit.run.mail_server import LONGEST, MailServer

END = b".\r\n"
NOT_LOGGED_IN = (530, 534, 535, 538)  # RFC 4954: about whoever sends, not about a mail
TOO_LARGE = 552
_ENDS = re.compile(rb"\r\n|\r|\n")
_DOT = re.compile(rb"(?m)^\.")


@dataclass(frozen=True)
class Patience:
    """Seconds to wait: for the answer to a command, and for a mail's text to be sent and taken.

    RFC 5321, 4.5.3.2.6: ten minutes for the latter, since who gives up too early cannot know what became of the mail.
    """

    command: float = 60.0
    end: float = 600.0


@dataclass(frozen=True)
class Verdict:
    """What became of a mail: ``sent``, ``queued`` (try again), ``parked`` (refused) or ``uncertain``, and why."""

    state: str
    reason: str = ""


class NoLine(Exception):
    """The server cannot be used for any mail; ``lasting``: trying again does not help until somebody mends it."""

    def __init__(self, reason: str, *, lasting: bool = False) -> None:
        self.reason = reason
        self.lasting = lasting
        super().__init__(reason)


class Line:
    """A line to the mail server: opened when it is needed, used for one mail after the other, opened anew if lost.

    ``ended`` tells whether the end of the last mail's text has been on its way.
    """

    def __init__(self, server: MailServer, patience: Patience | None = None) -> None:
        self._server = server
        self._patience = patience or Patience()
        self._smtp: smtplib.SMTP | None = None
        self.ended = False

    def send(self, sender: str, recipient: str, message: bytes, claim: Callable[[], bool]) -> Verdict | None:
        """Hand in a mail, and return what became of it; None where ``claim`` says that somebody else has it.

        ``claim`` is called when the server has taken sender and recipient, just before it is asked for the text.
        Raises NoLine where the server cannot be used.
        """
        self.ended = False
        used, smtp = self._smtp is not None, self._opened()
        text = as_text(message)
        try:
            refused = self._addressed(smtp, sender, recipient, len(text))
        except (OSError, smtplib.SMTPException) as error:
            refused = self._lost(error, "queued")
        if refused is not None and refused.state == "queued" and used and self._smtp is None:
            return self.send(sender, recipient, message, claim)  # some servers take so many mails a line, and hang up
        if refused is not None:
            return refused
        if not claim():
            self._again(smtp)
            return None
        return self._told(smtp, text)

    def close(self) -> None:
        """End the line, politely if it still stands."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
        self.drop()

    def drop(self) -> None:
        """End the line without a word."""
        if self._smtp is not None:
            self._smtp.close()
        self._smtp = None

    def _addressed(self, smtp: smtplib.SMTP, sender: str, recipient: str, size: int) -> Verdict | None:
        """Name sender and recipient; return why the mail is not taken, None if it is."""
        most = smtp.esmtp_features.get("size", "")
        if most.isdigit() and 0 < int(most) < size:
            return Verdict("parked", f"the mail has {size} bytes, and the server takes {most}")
        code, said = smtp.mail(sender, [f"size={size}"] if smtp.has_extn("size") else [])
        if code != 250:
            if code >= 500 and code != TOO_LARGE:
                self.drop()
                raise NoLine(f"refuses the sender: {self._words(code, said)}", lasting=True)
            return self._refused(smtp, code, said)
        code, said = smtp.rcpt(recipient)
        return None if code in (250, 251) else self._refused(smtp, code, said)

    def _told(self, smtp: smtplib.SMTP, text: bytes) -> Verdict:
        """Send the text, then its end, and return the answer."""
        try:
            code, said = smtp.docmd("DATA")
            if code != 354:
                return self._refused(smtp, code, said)
            self._wait(smtp, self._patience.end)  # the time for all of the text
            smtp.send(text)
            self._still_listens(smtp)
        except (OSError, smtplib.SMTPException) as error:
            return self._lost(error, "queued")
        self.ended = True
        try:
            smtp.send(END)
            code, said = smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            return self._lost(error, "uncertain")
        self._wait(smtp, self._patience.command)
        if 200 <= code < 300:
            return Verdict("sent", self._words(code, said))
        return self._refused(smtp, code, said)

    def _still_listens(self, smtp: smtplib.SMTP) -> None:
        """Raise OSError where the server has hung up, or spoken, before the end of the text: it has not taken it."""
        if smtp.sock is None:
            raise OSError("it has hung up")
        smtp.sock.setblocking(False)
        try:
            said = smtp.sock.recv(LONGEST)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        finally:
            self._wait(smtp, self._patience.end)
        raise OSError(f"it broke in with {self._server.plainly(said)!r}" if said else "it has hung up")

    def _wait(self, smtp: smtplib.SMTP, seconds: float) -> None:
        if smtp.sock is not None:
            smtp.sock.settimeout(seconds)

    def _refused(self, smtp: smtplib.SMTP, code: int, said: bytes) -> Verdict:
        """Return what a refusal means; raises NoLine where it is no mail's own."""
        words = self._words(code, said)
        if code == 421:
            self.drop()
        else:
            self._again(smtp)
        if code in NOT_LOGGED_IN:
            self.drop()
            raise NoLine(f"wants a login: {words}", lasting=True)
        if 500 <= code < 600:
            return Verdict("parked", words)
        return Verdict("queued" if 400 <= code < 500 or not self.ended else "uncertain", words)

    def _again(self, smtp: smtplib.SMTP) -> None:
        """Make the line ready for the next mail."""
        try:
            smtp.rset()
        except (OSError, smtplib.SMTPException):
            self.drop()

    def _lost(self, error: Exception, state: str) -> Verdict:
        self.drop()
        when = "after the end of the mail's text" if state == "uncertain" else "before the end of the mail's text"
        return Verdict(state, f"the line was lost {when}: {self._of(error)}")

    def _opened(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = self._open()
            except (OSError, smtplib.SMTPException, ValueError) as error:
                raise self._no_line(error) from None  # its frames know the password
        return self._smtp

    def _open(self) -> smtplib.SMTP:
        server = self._server
        where = (server.host, server.port)
        checked = ssl.create_default_context()
        if server.security == "tls":
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(*where, timeout=self._patience.command, context=checked)
        else:
            smtp = smtplib.SMTP(*where, timeout=self._patience.command)
        try:
            smtp.ehlo_or_helo_if_needed()
            if server.security == "starttls":
                smtp.starttls(context=checked)
                smtp.ehlo_or_helo_if_needed()
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _no_line(self, error: Exception) -> NoLine:
        if isinstance(error, ssl.SSLCertVerificationError):
            told = f"its certificate is not trusted: {self._server.plainly(error.verify_message)}"
            return NoLine(told, lasting=True)
        if isinstance(error, smtplib.SMTPNotSupportedError):
            if self._server.security == "starttls" and "STARTTLS" in str(error):
                return NoLine("does not offer STARTTLS, and nothing is sent in clear", lasting=True)
            return NoLine(f"cannot do what is needed: {self._of(error)}", lasting=True)
        if isinstance(error, smtplib.SMTPAuthenticationError):
            told = f"refuses user or password: {self._of(error)}"
            return NoLine(told, lasting=error.smtp_code >= 500)
        if isinstance(error, smtplib.SMTPResponseException):
            return NoLine(f"turns us away: {self._of(error)}", lasting=error.smtp_code >= 500)
        return NoLine(f"cannot be reached: {self._of(error)}")

    def _of(self, error: Exception) -> str:
        if isinstance(error, smtplib.SMTPResponseException):
            return self._words(error.smtp_code, error.smtp_error)
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return self._server.plainly(str(said) or type(error).__name__)

    def _words(self, code: int, said: bytes | str) -> str:
        return f"{code} {self._server.plainly(said)}".strip()


def as_text(message: bytes) -> bytes:
    r"""Return a message as DATA takes it, without the end: lines end with CRLF, a dot that begins one is doubled.

    >>> as_text(b"a\n.\nb")
    b'a\r\n..\r\nb\r\n'
    """
    text = _DOT.sub(b"..", _ENDS.sub(b"\r\n", message))
    return text if text.endswith(b"\r\n") else text + b"\r\n"
