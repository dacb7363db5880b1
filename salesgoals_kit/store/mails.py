"""Mails as the outbox keeps them: what one is known by, one to be queued, and how one stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from salesgoals_kit.owners import Owner
from salesgoals_kit.store.encode import identity


@dataclass(frozen=True)
class Addressed:
    """What a mail is known by: whose report of which template and period, to whom, and a hash of what it says."""

    owner: Owner
    template: str
    period: str
    recipient: str
    content: str

    def key(self, company: str) -> str:
        """Return the name under which it is queued once."""
        whose = (self.owner.team, self.owner.rep)
        return identity("mail", company, *whose, self.template, self.period, self.recipient.lower(), self.content)

    def message_id(self, company: str, domain: str) -> str:
        """Return the Message-ID, the same however often it is sent."""
        return f"<{self.key(company)[:40]}@{domain}>"


@dataclass(frozen=True)
class Queued:
    """A mail to be queued: its message is kept as it is, so that it goes out the same each time."""

    to: Addressed
    message_id: str
    subject: str
    message: bytes


@dataclass(frozen=True)
class Standing:
    """A mail in the outbox, how often it was tried, and what came of the last try."""

    id: int
    to: Addressed
    message_id: str
    subject: str
    state: str
    queued_at: datetime
    since: datetime  # when it was queued, or last released
    tries: int = 0
    reason: str = ""
    tried_at: datetime | None = None
    next_try_at: datetime | None = None
