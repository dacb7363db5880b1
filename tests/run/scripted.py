"""A mail server that says what a test tells it to, and hangs up where it is told to."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader

USUAL = {
    "GREETING": "220 here",
    "EHLO": "250-here\r\n250-SIZE 30000000\r\n250 8BITMIME",
    "DATA": "354 go on",
    "END": "250 taken",
    "QUIT": "221 bye",
}
HANG_UP, SILENCE = "hang up", "silence"  # instead of an answer


@dataclass
class Scripted:
    """``says``: by command (GREETING and END besides) what is answered, the first time, the second …; then as usual.

    ``in_text``: the bytes of a mail's text after which it hangs up.
    """

    says: dict[str, list[str]] = field(default_factory=dict)
    in_text: int | None = None
    heard: list[str] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    @property
    def commands(self) -> list[str]:
        return [line.split()[0].upper() for line in self.heard]

    def serve(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            with connection, suppress(OSError):
                self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        with connection.makefile("rb") as lines:
            going = self._answer(connection, "GREETING")
            while going and (line := lines.readline()):
                self.heard.append(line.decode().strip())
                verb = self.commands[-1]
                going = self._answer(connection, verb) and verb != "QUIT"
                if going and verb == "DATA" and self._last.startswith("354"):
                    going = self._take(connection, lines)

    def _take(self, connection: socket.socket, lines: BufferedReader) -> bool:
        text = self._text(lines)
        if text is None:
            return False
        if (self.says.get("END") or [USUAL["END"]])[0].startswith("2"):
            self.taken.append(text)
        return self._answer(connection, "END")

    def _text(self, lines: BufferedReader) -> bytes | None:
        got: list[bytes] = []
        size = 0
        while not got or got[-1] != b".\r\n":
            got.append(lines.readline())
            size += len(got[-1])
            if not got[-1]:
                return None
            if self.in_text is not None and size >= self.in_text:
                self.in_text = None
                return None
        return b"".join(got)

    _last = ""

    def _answer(self, connection: socket.socket, verb: str) -> bool:
        """Answer; False: it hangs up."""
        told = self.says.get(verb)
        self._last = told.pop(0) if told else USUAL.get(verb, "250 well")
        if self._last == HANG_UP:
            return False
        if self._last == SILENCE:
            connection.recv(1)  # until the other one hangs up
            return False
        connection.sendall(self._last.encode() + b"\r\n")
        return True


@contextmanager
def scripted(says: dict[str, list[str]] | None = None, in_text: int | None = None) -> Iterator[Scripted]:
    """Run one until the block ends."""
    server = Scripted(says or {}, in_text)
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        server.port = int(listening.getsockname()[1])
        thread = threading.Thread(target=server.serve, args=(listening,), daemon=True)
        thread.start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
