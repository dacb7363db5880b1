"""Mails are queued once, claimed once, and what became of each is kept, on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from salesgoals_kit.errors import RunError, StoreError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.store.engine import Store
from salesgoals_kit.store.mails import Addressed, Queued
from salesgoals_kit.store.outbox import FOUND, Outbox

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
TO = Addressed(Owner("Central"), "review", "2025Q4", "ann@example.org", "c0ffee")
HOUR = timedelta(hours=1)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(store: Store, clock: Clock) -> Outbox:
    return Outbox(store, clock)


def mail(to: Addressed = TO, text: str = "Hello") -> Queued:
    return Queued(to, to.message_id("Acme", "example.org"), f"Review {to.period}", text.encode())


def state(outbox: Outbox) -> list[tuple[str, str]]:
    return [(one.to.recipient, one.state) for one in outbox.standing()]


def test_a_mail_is_queued_once_and_kept_as_it_was(outbox: Outbox) -> None:
    assert outbox.queue([mail(text="Zażółć\r\n" * 100)]) == 1
    assert outbox.queue([mail(text="other bytes of the same report")]) == 0
    (one,) = outbox.due()
    assert outbox.message(one) == ("Zażółć\r\n" * 100).encode()
    assert (one.to, one.message_id, one.state, one.tries) == (TO, mail().message_id, "queued", 0)
    assert outbox.known([TO, replace(TO, content="other")]) == {TO}


def test_who_and_what_make_the_key_and_the_message_id() -> None:
    others = [
        TO,
        replace(TO, owner=Owner("North")),
        replace(TO, owner=Owner("Central", "ann")),
        replace(TO, owner=COMPANY),
        replace(TO, template="tracking"),
        replace(TO, period="2026Q1"),
        replace(TO, recipient="bob@example.org"),
        replace(TO, content="decaf"),
    ]
    assert len({one.message_id("Acme", "example.org") for one in others}) == len(others)
    assert len({one.key(company) for one in others for company in ("Acme", "Bolt")}) == 2 * len(others)
    assert replace(TO, recipient="Ann@Example.org").key("Acme") == TO.key("Acme")


def test_a_mail_is_claimed_once_and_its_bytes_go_when_it_is_sent(outbox: Outbox) -> None:
    outbox.queue([mail()])
    (one,) = outbox.due()
    assert outbox.claim(one)
    assert not outbox.claim(one), "a second sender finds it taken"
    assert outbox.due() == []
    outbox.settle(one, "sent")
    assert state(outbox) == [(TO.recipient, "sent")]
    with outbox.store.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM outbox_messages")).scalar() == 0
    assert outbox.queue([mail()]) == 0, "what was sent is not queued again"


def test_a_temporary_failure_waits_for_its_time(outbox: Outbox, clock: Clock) -> None:
    outbox.queue([mail()])
    for count in (1, 2):
        (one,) = outbox.due()
        outbox.claim(one)
        outbox.settle(one, "queued", f"451 try {count}", clock.now + HOUR)
        assert outbox.due() == []
        clock.now += HOUR
    (one,) = outbox.due()
    assert (one.tries, one.reason, one.next_try_at) == (2, "451 try 2", START + 2 * HOUR)
    assert (one.tried_at, one.since) == (START + HOUR, START)


def test_a_clock_that_was_ahead_keeps_no_mail_from_going_out(outbox: Outbox, clock: Clock) -> None:
    clock.now += 24 * 365 * HOUR
    outbox.queue([mail()])
    (one,) = outbox.due()
    outbox.claim(one)
    outbox.settle(one, "queued", "451", clock.now + HOUR)
    clock.now = START
    assert [found.id for found in outbox.due()] == [one.id]


def test_what_is_found_sending_is_uncertain_until_it_is_released(outbox: Outbox, clock: Clock) -> None:
    outbox.queue([mail(), mail(replace(TO, recipient="bob@example.org"))])
    first, _ = outbox.due()
    outbox.claim(first)
    assert outbox.recover() == 1
    assert state(outbox) == [("ann@example.org", "uncertain"), ("bob@example.org", "queued")]
    (one,) = outbox.standing(["uncertain"])
    assert (one.reason, one.tries) == (FOUND, 1)
    assert [found.to.recipient for found in outbox.due()] == ["bob@example.org"]
    clock.now += HOUR
    assert outbox.release("uncertain") == 1
    again = outbox.due()[0]
    assert (again.message_id, again.since, again.next_try_at) == (first.message_id, START + HOUR, None)
    assert outbox.message(again) == mail().message
    assert outbox.recover() == 0


def test_a_newer_mail_of_a_report_supersedes_what_has_not_gone_out(outbox: Outbox) -> None:
    outbox.queue([mail(), mail(replace(TO, owner=COMPANY)), mail(replace(TO, recipient="bob@example.org"))])
    outbox.queue([mail(replace(TO, content="newer")), mail(replace(TO, owner=COMPANY, content="newer"))])
    found = [(one.to.owner.team, one.to.recipient[:3], one.to.content, one.state) for one in outbox.standing()]
    assert found == [
        ("Central", "ann", "c0ffee", "superseded"),
        (None, "ann", "c0ffee", "superseded"),
        ("Central", "bob", "c0ffee", "queued"),
        ("Central", "ann", "newer", "queued"),
        (None, "ann", "newer", "queued"),
    ]


def test_what_was_sent_or_is_uncertain_is_not_superseded(outbox: Outbox) -> None:
    outbox.queue([mail(), mail(replace(TO, recipient="bob@example.org"))])
    for one, became in zip(outbox.due(), ("sent", "uncertain"), strict=True):
        outbox.claim(one)
        outbox.settle(one, became)
    outbox.queue([mail(replace(TO, content="2")), mail(replace(TO, content="2", recipient="bob@example.org"))])
    assert [one.state for one in outbox.standing()] == ["sent", "uncertain", "queued", "queued"]


def test_what_was_refused_is_superseded_however_the_address_is_written(outbox: Outbox) -> None:
    outbox.queue([mail()])
    (one,) = outbox.due()
    outbox.claim(one)
    outbox.settle(one, "parked", "550")
    outbox.queue([mail(replace(TO, content="2", recipient="Ann@example.org"))])
    outbox.queue([mail(replace(TO, content="3"))])
    assert [one.state for one in outbox.standing()] == ["superseded", "superseded", "queued"]


def test_what_was_superseded_goes_out_when_it_is_what_the_report_says_again(outbox: Outbox, clock: Clock) -> None:
    first, second = mail(), mail(replace(TO, content="2"), "Other")
    outbox.queue([first])
    outbox.queue([second])
    clock.now += HOUR
    assert outbox.known([TO, second.to]) == {second.to}
    assert outbox.queue([replace(first, message=b"Hello again")]) == 1
    assert [one.state for one in outbox.standing()] == ["queued", "superseded"]
    (one,) = outbox.due()
    assert (outbox.message(one), one.message_id, one.since) == (b"Hello again", first.message_id, START + HOUR)
    assert outbox.queue([first]) == 0


def test_all_are_queued_or_none(outbox: Outbox) -> None:
    broken = replace(mail(replace(TO, recipient="bob@example.org")), subject=None)  # type: ignore[arg-type]
    with pytest.raises(StoreError):
        outbox.queue([mail(), broken])
    assert outbox.standing() == []


@pytest.fixture
def tried(outbox: Outbox) -> Iterator[Outbox]:
    outbox.queue([mail()])
    (one,) = outbox.due()
    outbox.settle(one, "queued", "451")
    yield outbox


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE outbox SET recipient = 'eve@example.org'",
        "UPDATE outbox SET state = 'sent', content = 'x'",
        "DELETE FROM outbox",
        "UPDATE outbox_messages SET message = NULL",
        "UPDATE outbox_tries SET reason = 'fine'",
        "DELETE FROM outbox_tries",
    ],
)
def test_the_database_itself_lets_nothing_change_but_states(tried: Outbox, change: str) -> None:
    with pytest.raises(SQLAlchemyError, match="what is frozen never changes"), tried.store.writing() as connection:
        connection.execute(text(change))
    (one,) = tried.standing()
    assert (one.to, one.reason) == (TO, "451")


def test_there_is_no_state_but_those(tried: Outbox) -> None:
    with pytest.raises(SQLAlchemyError), tried.store.writing() as connection:
        connection.execute(text("UPDATE outbox SET state = 'lost'"))


def test_two_senders_never_hold_an_outbox_that_other_machines_reach(outbox: Outbox, store: Store) -> None:
    if store.engine.dialect.name == "sqlite":
        with outbox.alone(), Outbox(store).alone():
            return  # a file is held by the lock beside it
    other = Outbox(replace(store, company="Bolt"))
    with outbox.alone(), other.alone():
        with pytest.raises(RunError, match="another machine is sending"), Outbox(store).alone():
            pass
        outbox.queue([mail()])
    with Outbox(store).alone():
        assert len(outbox.due()) == 1


def test_companies_that_share_a_database_do_not_see_each_others_mails(outbox: Outbox, store: Store) -> None:
    outbox.queue([mail()])
    other = Outbox(replace(store, company="Bolt"))
    assert other.standing() == []
    assert other.known([TO]) == set()
    assert other.queue([mail()]) == 1
    assert (other.recover(), other.release("parked")) == (0, 0)
