"""The outbox: mails that are queued once, sent once as far as can be known, and never forgotten half-way.

A mail is ``queued``, ``sending`` from just before its text goes out until the server has answered, then ``sent``;
``parked`` where it was refused for good; ``uncertain`` where nobody can know whether it arrived, because the line or
the process broke before the answer; ``superseded`` where a newer one of the same report came before it went out. What
is uncertain goes out again only when somebody says so.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, Row, Select, case, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from salesgoals_kit.errors import Fault, RunError
from salesgoals_kit.owners import Owner
from salesgoals_kit.store.encode import identity
from salesgoals_kit.store.engine import Store
from salesgoals_kit.store.mails import Addressed, Queued, Standing
from salesgoals_kit.store.schema import OUTBOX, OUTBOX_MESSAGES, OUTBOX_TRIES

STATES = ("queued", "sending", "sent", "parked", "uncertain", "superseded")
FOUND = "the process that sent it ended before the server had answered"
RELEASED = "released"  # the outcome of a try that was none: somebody let it go out again
_LOCK = 7_305_132  # the first of the two numbers of PostgreSQL's lock; the second is the company's
_OURS = (OUTBOX.c.id, OUTBOX.c.state)


def _now() -> datetime:
    return datetime.now(UTC)


class Outbox:
    """One company's mails. ``clock`` says when a row is written."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = _now) -> None:
        self.store = store
        self._clock = clock

    def known(self, letters: Iterable[Addressed]) -> set[Addressed]:
        """Return those that are in the outbox and were not superseded."""
        keys = {letter.key(self.store.company): letter for letter in letters}
        found: set[Addressed] = set()
        with self.store.reading() as connection:
            for part in _parts([*keys]):
                there = (OUTBOX.c.key.in_(part), OUTBOX.c.state != "superseded")
                rows = connection.execute(select(OUTBOX.c.key).where(*there))
                found |= {keys[row.key] for row in rows}
        return found

    def queue(self, mails: Sequence[Queued]) -> int:
        """Queue all or none of what is not there yet, and return how many were new.

        A mail of the same report to the same recipient that has not gone out, or was refused, is superseded by a newer
        one. One that was superseded is queued again when it is what the report says again.
        """
        there = self.known(mail.to for mail in mails)
        new = {mail.to: mail for mail in mails if mail.to not in there}
        with self.store.plainly(), self.store.writing() as connection:
            for mail in new.values():
                self._supersede(connection, mail.to)
                letter = self._again(connection, mail) or self._insert(connection, mail)
                packed = zlib.compress(mail.message)
                connection.execute(insert(OUTBOX_MESSAGES).values(letter=letter, message=packed))
        return len(new)

    def _again(self, connection: Connection, mail: Queued) -> int | None:
        """Queue again what was superseded; None where there is no such mail."""
        superseded = (OUTBOX.c.key == mail.to.key(self.store.company), OUTBOX.c.state == "superseded")
        letter: int | None = connection.execute(select(OUTBOX.c.id).where(*superseded)).scalar()
        if letter is not None:
            self._settle(connection, letter, RELEASED, "the report says this again", None)
        return letter

    def _insert(self, connection: Connection, mail: Queued) -> int:
        to = mail.to
        cells = {
            "key": to.key(self.store.company),
            "company": self.store.company,
            "team": to.owner.team,
            "rep": to.owner.rep,
            "period": to.period,
            "template": to.template,
            "recipient": to.recipient,
            "content": to.content,
            "message_id": mail.message_id,
            "subject": mail.subject,
            "queued_at": self._clock(),
            "state": "queued",
        }
        made = connection.execute(insert(OUTBOX).values(**cells)).inserted_primary_key
        return int(made[0])  # type: ignore[index]

    def _supersede(self, connection: Connection, to: Addressed) -> None:
        same = (
            OUTBOX.c.company == self.store.company,
            OUTBOX.c.state.in_(("queued", "parked")),
            func.lower(OUTBOX.c.recipient) == to.recipient.lower(),
            OUTBOX.c.template == to.template,
            OUTBOX.c.period == to.period,
            OUTBOX.c.team.is_not_distinct_from(to.owner.team),
            OUTBOX.c.rep.is_not_distinct_from(to.owner.rep),
        )
        for row in connection.execute(select(*_OURS).where(*same)).all():
            self._settle(connection, row.id, "superseded", "a newer one was queued", None)

    def due(self) -> list[Standing]:
        """Return the mails that are to be tried now, in the order in which they were queued.

        One that was tried later than now is due: the clock has been set back, and its time to come may be years off.
        """
        now = self._clock()
        queued = self.standing(("queued",))
        return [
            one
            for one in queued
            if one.next_try_at is None or one.next_try_at <= now or (one.tried_at is not None and one.tried_at > now)
        ]

    def message(self, mail: Standing) -> bytes:
        """Return a message as it was queued; it is kept until it is sent or superseded."""
        with self.store.reading() as connection:
            query = select(OUTBOX_MESSAGES.c.message).where(OUTBOX_MESSAGES.c.letter == mail.id)
            return zlib.decompress(connection.execute(query).scalar_one())

    def claim(self, mail: Standing) -> bool:
        """Commit that a mail is being sent; False where somebody else has taken it."""
        with self.store.plainly(), self.store.writing() as connection:
            ours = (OUTBOX.c.id == mail.id, OUTBOX.c.state == "queued")
            return connection.execute(update(OUTBOX).where(*ours).values(state="sending")).rowcount == 1

    def settle(self, mail: Standing, state: str, reason: str = "", next_try_at: datetime | None = None) -> None:
        """Commit what came of a try: ``sent``, ``parked``, ``uncertain``, or ``queued`` to be tried again."""
        with self.store.plainly(), self.store.writing() as connection:
            self._settle(connection, mail.id, state, reason, next_try_at)

    def _settle(
        self, connection: Connection, letter: int, state: str, reason: str, next_try_at: datetime | None
    ) -> None:
        tried = {"letter": letter, "outcome": state, "reason": reason or None, "tried_at": self._clock()}
        connection.execute(insert(OUTBOX_TRIES).values(**tried, next_try_at=next_try_at))
        now = "queued" if state == RELEASED else state
        connection.execute(update(OUTBOX).where(OUTBOX.c.id == letter).values(state=now))
        if state in ("sent", "superseded"):
            connection.execute(delete(OUTBOX_MESSAGES).where(OUTBOX_MESSAGES.c.letter == letter))

    def recover(self) -> int:
        """Make uncertain what is found ``sending``, and return how many; only for who holds the outbox alone."""
        return self._turn("sending", "uncertain", FOUND)

    def release(self, state: str) -> int:
        """Let what is ``uncertain`` or ``parked`` go out again, with the same Message-ID, and return how many."""
        return self._turn(state, RELEASED, "")

    def _turn(self, state: str, into: str, reason: str) -> int:
        with self.store.plainly(), self.store.writing() as connection:
            rows = connection.execute(select(*_OURS).where(self._own(), OUTBOX.c.state == state)).all()
            for row in rows:
                self._settle(connection, row.id, into, reason, None)
        return len(rows)

    def standing(self, states: Sequence[str] = STATES) -> list[Standing]:
        """Return the mails in these states as they stand, in the order in which they were queued."""
        with self.store.reading() as connection:
            return [_standing(row) for row in connection.execute(self._query(states))]

    def _query(self, states: Sequence[str]) -> Select[tuple[object, ...]]:
        tries = OUTBOX_TRIES.c
        own = select(OUTBOX.c.id).where(self._own(), OUTBOX.c.state.in_(states))
        tried = func.sum(case((tries.outcome.in_(("queued", "sent", "parked", "uncertain")), 1), else_=0))
        released = func.max(case((tries.outcome == RELEASED, tries.tried_at)))
        last = (
            select(tries.letter, func.max(tries.id).label("id"), tried.label("tries"), released.label("released"))
            .where(tries.letter.in_(own))
            .group_by(tries.letter)
            .subquery()
        )
        latest = (tries.outcome, tries.reason, tries.tried_at, tries.next_try_at)
        return (
            select(OUTBOX, *latest, func.coalesce(last.c.tries, 0).label("tries"), last.c.released)
            .outerjoin(last, last.c.letter == OUTBOX.c.id)
            .outerjoin(OUTBOX_TRIES, tries.id == last.c.id)
            .where(self._own(), OUTBOX.c.state.in_(states))
            .order_by(OUTBOX.c.id)
        )

    def _own(self) -> ColumnElement[bool]:
        return OUTBOX.c.company == self.store.company

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the company's outbox in a database that other machines may reach; raises RunError where one does.

        In a file it is the caller's lock that holds it: a lock of SQLite's would keep all others from the ledger.
        """
        if self.store.engine.dialect.name != "postgresql":
            yield
            return
        number = int(identity(self.store.company)[:8], 16) - 2**31
        with self.store.plainly():
            holding = self.store.engine.connect()
        try:
            with self.store.plainly():
                asked = text("SELECT pg_try_advisory_lock(:room, :company)")
                held = holding.execute(asked, {"room": _LOCK, "company": number}).scalar()
                holding.commit()
            if not held:
                fault = Fault("outbox", "another machine is sending", todo="wait for it to end")
                raise RunError("The outbox is held.", [fault])
            yield
        finally:
            _close(holding)


def _close(holding: Connection) -> None:
    """Close a connection, and with it let go of its locks; one that is gone holds none."""
    try:
        holding.close()
    except DBAPIError:
        holding.invalidate()


def _standing(row: Row[tuple[object, ...]]) -> Standing:
    to = Addressed(Owner(row.team, row.rep), row.template, row.period, row.recipient, row.content)
    known = (row.id, to, row.message_id, row.subject, row.state, row.queued_at)
    since = row.released or row.queued_at
    return Standing(*known, since, row.tries, row.reason or "", row.tried_at, row.next_try_at)


def _parts(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    """Give the keys in parts that a database takes as one question."""
    for start in range(0, len(keys), 500):
        yield keys[start : start + 500]
