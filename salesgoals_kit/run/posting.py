"""The mails of an outbox go out: each is claimed, handed in and settled; what fails for now is tried again."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from salesgoals_kit.run.deliver import Line, NoLine, Patience, Verdict
from salesgoals_kit.run.interrupt import undisturbed
from salesgoals_kit.run.mail_server import MailServer
from salesgoals_kit.store.mails import Standing
from salesgoals_kit.store.outbox import Outbox

FIRST, LATER, LONGEST = timedelta(minutes=5), 2, timedelta(hours=4)  # each wait is twice the one before
GIVEN_UP = timedelta(days=5)  # RFC 5321, 4.5.4.1: at least four or five days
INTERRUPTED = "sending was interrupted"


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Manner:
    """How mails are sent: from whom, the pauses before each round of tries of a run, and the clock."""

    sender: str
    pauses: Sequence[float] = (0.0, 1.0, 4.0)
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], datetime] = _now


@dataclass(frozen=True)
class Posted:
    """How many mails became what, and why the server could not be used, if it could not."""

    counts: Counter[str]
    trouble: str = ""


def post(outbox: Outbox, server: MailServer, manner: Manner) -> Posted:
    """Send what is due, one mail after the other, and return what became of it.

    Only for who holds the outbox alone: a mail that is found ``sending`` before is for `Outbox.recover`.
    """
    became: dict[int, str] = {}
    todo, trouble = outbox.due(), ""
    for pause in manner.pauses:
        if not todo:
            break
        time.sleep(pause)
        todo, no_line = _round(outbox, server, manner, todo, became)
        trouble = "" if no_line is None else no_line.reason
        if no_line is not None and no_line.lasting:
            break
    if trouble:
        for mail in todo:
            outbox.settle(mail, "queued", f"{server.where} {trouble}")
            became[mail.id] = "queued"
    return Posted(Counter(became.values()), f"{server.where} {trouble}" if trouble else "")


def _round(
    outbox: Outbox, server: MailServer, manner: Manner, todo: Sequence[Standing], became: dict[int, str]
) -> tuple[list[Standing], NoLine | None]:
    """Try each mail once, note what it became, and return what is to be tried again, and why the rest was not tried."""
    again: list[Standing] = []
    line = Line(server, manner.patience)
    try:
        for i, mail in enumerate(todo):
            try:
                verdict = _one(outbox, line, manner, mail)
            except NoLine as error:
                return [*again, *todo[i:]], error
            if verdict is not None:
                became[mail.id] = verdict.state
                again += [mail] if verdict.state == "queued" else []
    finally:
        line.close()
    return again, None


def _one(outbox: Outbox, line: Line, manner: Manner, mail: Standing) -> Verdict | None:
    """Send one mail and settle what became of it, also where somebody wants the process to end meanwhile."""
    claimed = False

    def claim() -> bool:
        nonlocal claimed
        claimed = outbox.claim(mail)
        return claimed

    try:
        verdict = line.send(manner.sender, mail.to.recipient, outbox.message(mail), claim)
    except NoLine as error:
        if claimed:
            outbox.settle(mail, "queued", error.reason)
        raise
    except BaseException:
        line.drop()
        if claimed:
            with undisturbed():
                outbox.settle(mail, "uncertain" if line.ended else "queued", INTERRUPTED)
        raise
    if verdict is None:
        return None
    verdict = _given_up(mail, verdict, manner.clock())
    again = manner.clock() + _wait(mail.tries) if verdict.state == "queued" else None
    outbox.settle(mail, verdict.state, verdict.reason, again)
    return verdict


def _wait(tries: int) -> timedelta:
    """Return how long a mail waits that has been tried so many times before.

    >>> [str(_wait(tries)) for tries in (0, 1, 2, 9, 99)]
    ['0:05:00', '0:10:00', '0:20:00', '4:00:00', '4:00:00']
    """
    return min(FIRST * int(LATER ** min(tries, 10)), LONGEST)


def _given_up(mail: Standing, verdict: Verdict, now: datetime) -> Verdict:
    if verdict.state != "queued" or now - mail.since < GIVEN_UP:
        return verdict
    return Verdict("parked", f"given up after {mail.tries + 1} tries; the last: {verdict.reason}")
