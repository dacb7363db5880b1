"""From reports to mails: who gets which, each as the message that goes out, or as a file that a mail program opens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from email.policy import SMTP
from pathlib import Path

from slugify import slugify

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, ParamError, SalesGoalsError
from salesgoals_kit.files import whole
from salesgoals_kit.policies import Mail
from salesgoals_kit.report.contract import check_contract
from salesgoals_kit.report.mail import Letter, compose
from salesgoals_kit.run.folders import COMPANY_SLUG
from salesgoals_kit.run.outgoing import Asked, Outgoing, outgoing
from salesgoals_kit.run.people import People
from salesgoals_kit.run.recipients import Recipients, domain_of
from salesgoals_kit.run.work import check_teams
from salesgoals_kit.store.mails import Addressed, Queued

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Planned:
    """A report, or a rep's page, and whom it goes to."""

    report: Outgoing
    to: tuple[Addressed, ...]


def mail_settings(company: Company) -> Mail:
    """Return the company's mail settings; raises ParamError where it has none."""
    if company.mail is None:
        fault = Fault("mail", "this key is missing in company.yaml", "mail: {from: goals@your.domain}")
        raise ParamError("Mails cannot be sent.", [fault])
    return company.mail


def planned(company: Company, people: People, asked: Asked, tell: Tell) -> Iterator[Planned]:
    """Give what goes to whom; say what goes to nobody. Raises ParamError with every fault of the recipients."""
    recipients = Recipients(mail_settings(company), people)
    if asked.team not in (None, COMPANY_SLUG):
        check_teams([str(asked.team)], [team.name for team in people.teams])
    for report in outgoing(company, asked, tell):
        template = report.place.template
        if report.rep is None:
            addresses = recipients.of(report.owner, template)
            if not addresses:
                tell(f"not sent: {report.title}: nobody is named for it")
        else:
            address = recipients.of_rep(str(report.owner.rep))
            addresses = () if address is None else (address,)
        if addresses:
            to = (Addressed(report.owner, template, report.period, one, report.digest) for one in addresses)
            yield Planned(report, tuple(to))


class Writer:
    """Writes the messages of a company's reports; the letter of a report is made once for all who get it."""

    def __init__(self, company: Company, when: datetime) -> None:
        self._company = company
        self._mail = mail_settings(company)
        self._when = when

    def mails(self, report: Outgoing, to: Iterable[Addressed]) -> list[Queued]:
        """Return the messages to these recipients; raises SalesGoalsError where one would not be a sound mail."""
        letter = report.letter(self._mail.url)
        return [self._mail_to(letter, one) for one in to]

    def _mail_to(self, letter: Letter, to: Addressed) -> Queued:
        message_id = to.message_id(self._company.name, domain_of(self._mail.sender))
        sender = self._mail.sender
        try:
            message = compose(letter, sender=sender, recipient=to.recipient, message_id=message_id, when=self._when)
            faults = check_contract(message)
        except ValueError as error:
            faults = [Fault(to.recipient, str(error))]
        if faults:
            raise SalesGoalsError("A mail would not be shown as it should.", faults)
        return Queued(to, message_id, letter.subject, message.as_bytes(policy=SMTP))


def write_files(mails: Iterable[Queued], folder: Path) -> list[Path]:
    """Write messages as .eml files into a folder, and return their paths; raises ParamError where it cannot be."""
    written = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for mail in mails:
            path = folder / _file_name(mail)
            with whole(path) as unfinished:
                unfinished.write_bytes(mail.message)
            written.append(path)
    except OSError as error:
        fault = Fault(str(folder), str(error.strerror or error), "a folder that can be written to", "another --to")
        raise ParamError("The mails cannot be written.", [fault]) from None
    return written


def _file_name(mail: Queued) -> str:
    """Return a name that says what the mail is, and that no other mail has."""
    to = mail.to
    whose = slugify(to.owner.name or "company", max_length=30)
    parts = [to.period, to.template, whose, slugify(to.recipient, max_length=40), mail.message_id[1:9]]
    return "-".join(part for part in parts if part) + ".eml"
