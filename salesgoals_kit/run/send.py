"""`salesgoals send`: the latest reports go to whom they belong, each once; a line of cron's after `due` is enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, RunError, SalesGoalsError
from salesgoals_kit.report.index import check_folder
from salesgoals_kit.run.lock import Busy, alone
from salesgoals_kit.run.mail_server import mail_server
from salesgoals_kit.run.mailing import Planned, Writer, mail_settings, planned, write_files
from salesgoals_kit.run.outbox_text import standing_json, standing_line, standing_text
from salesgoals_kit.run.outgoing import Asked
from salesgoals_kit.run.people import people_of
from salesgoals_kit.run.posting import Manner, Posted, post
from salesgoals_kit.run.recipients import Recipients
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.outbox import Outbox

Tell = Callable[[str], None]
LEFT_TO_HUMANS = ("parked", "uncertain")
NOT_HIS = "it does not go to this address any more"
LOCK_FOLDER = "outbox"  # beside the ledger's file, or below the company's store


@dataclass(frozen=True)
class How:
    """What is to be done with the mails: sent, unless they are to be told only, or written to a folder.

    ``release``: the states, ``uncertain`` or ``parked``, from which mails go out again.
    """

    dry_run: bool = False
    to: Path | None = None
    release: Sequence[str] = ()


def send(company_file: str, asked: Asked, how: How, tell: Tell) -> bool:
    """Send what is asked for and not sent yet, say what became of it, and return whether nothing is left to be done.

    Raises ParamError with every fault of the settings and the recipients before anything is queued.
    """
    company = open_company(company_file)
    mail_settings(company)
    check_folder(company.reports_folder, company.name)
    people = people_of(company)
    plan = list(planned(company, people, asked, tell))
    if how.dry_run:
        return _would(company, plan, tell)
    if how.to is not None:
        return _written(company, plan, how.to, tell)
    return _sent(company, plan, Recipients(mail_settings(company), people), how, tell)


def status(company_file: str, *, as_json: bool) -> str:
    """Return how the mails stand; what a process that is gone was at is uncertain by then."""
    company = open_company(company_file)
    with open_store(company) as store:
        outbox = Outbox(store)
        try:
            with holding(company, outbox):
                outbox.recover()
        except RunError:
            pass  # somebody is sending
        found = outbox.standing()
    return standing_json(found) if as_json else standing_text(found, company.zone)


@contextmanager
def holding(company: Company, outbox: Outbox) -> Iterator[None]:
    """Hold the outbox alone; raises RunError where somebody else sends."""
    engine = outbox.store.engine
    here = Path(str(engine.url.database)).parent if engine.dialect.name == "sqlite" else company.store_folder
    try:
        with alone(here / LOCK_FOLDER, "salesgoals send", 0), outbox.alone():
            yield
    except Busy as error:
        faults = [Fault(fault.where, fault.found, todo="wait for it to end") for fault in error.faults]
        raise RunError("Somebody is sending.", faults) from None


def _would(company: Company, plan: Sequence[Planned], tell: Tell) -> bool:
    with open_store(company) as store:
        outbox = Outbox(store)
        states = {one.to: one.state for one in outbox.standing() if one.state != "superseded"} if plan else {}
    for report, to in ((one.report, address) for one in plan for address in one.to):
        tell(f"{states.get(to, 'would send')}: {report.title} to {to.recipient}")
    if not plan:
        tell("there is nothing to send")
    return True


def _written(company: Company, plan: Sequence[Planned], folder: Path, tell: Tell) -> bool:
    writer, good = Writer(company, datetime.now(UTC)), True
    for one in plan:
        try:
            for path in write_files(writer.mails(one.report, one.to), folder):
                tell(f"wrote {path}")
        except SalesGoalsError as error:
            good = _failed(one, error, tell)
    if not plan:
        tell("there is nothing to send")
    return good


def _failed(one: Planned, error: SalesGoalsError, tell: Tell) -> bool:
    tell(f"failed: {one.report.title}: {' '.join(str(error).split())}")
    return False


def _sent(company: Company, plan: Sequence[Planned], recipients: Recipients, how: How, tell: Tell) -> bool:
    server, manner = mail_server(), Manner(mail_settings(company).sender)
    with open_store(company) as store:
        outbox = Outbox(store)
        with holding(company, outbox):
            earlier = {one.id for one in outbox.standing(LEFT_TO_HUMANS) if one.state not in how.release}
            outbox.recover()
            for state in how.release:
                tell(f"{outbox.release(state)} {state} mails are to go out again")
            _withhold(outbox, recipients)
            good = _queue(company, outbox, plan, tell)
            posted = post(outbox, server, manner)
            return _told(outbox, company, posted, earlier, tell) and good


def _withhold(outbox: Outbox, recipients: Recipients) -> None:
    """Park what waits for somebody whom it would not be queued for any more: people move, addresses are mended."""
    for mail in outbox.standing(("queued",)):
        if not recipients.gets(mail.to.owner, mail.to.template, mail.to.recipient):
            outbox.settle(mail, "parked", NOT_HIS)


def _queue(company: Company, outbox: Outbox, plan: Sequence[Planned], tell: Tell) -> bool:
    """Queue what is not in the outbox yet, a report at a time; one that makes no sound mail keeps no other from it."""
    writer, good = Writer(company, datetime.now(UTC)), True
    known = outbox.known(to for one in plan for to in one.to)
    for one in plan:
        new = [to for to in one.to if to not in known]
        try:
            if new:
                outbox.queue(writer.mails(one.report, new))
        except SalesGoalsError as error:
            good = _failed(one, error, tell)
    return good


def _told(outbox: Outbox, company: Company, posted: Posted, earlier: set[int], tell: Tell) -> bool:
    """Say what became of the mails, and return whether all went out but those that were left to humans earlier."""
    if posted.trouble:
        tell(posted.trouble)
    left = outbox.standing(("queued", *LEFT_TO_HUMANS))
    new = [one for one in left if one.id not in earlier]
    for one in new:
        tell(standing_line(one, company.zone))
    counts = Counter(one.state for one in new)
    tell(", ".join([f"{posted.counts['sent']} sent", *(f"{counts[state]} {state}" for state in sorted(counts))]))
    if len(new) < len(left):
        tell(f"{len(left) - len(new)} from earlier are parked or uncertain: see `salesgoals send --status`")
    return not new
