"""`salesgoals schedule`: a crontab line, or the two units of systemd, that run `salesgoals due` every day.

What stands in a path reaches neither cron, nor the shell, nor systemd as anything but itself; what one of them cannot
be told is refused.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.run.params import find_company
from salesgoals_kit.run.work import open_company
from salesgoals_kit.store.engine import VARIABLE

NAME = "salesgoals-due"
SECRET_FILE = "ledger.env"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
CRONS_LONGEST = 998  # Debian's cron takes commands of up to so many characters
NOT_IN_A_PROGRAM = "\"'\\$"  # signs that systemd does not take in the path of what it starts
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")

CRON = """\
# Sales goals: makes every day what is due; running it more often does no harm.
# To add it to your crontab:  (crontab -l; salesgoals schedule cron) | crontab -
# A file in /etc/cron.d needs a user's name before `cd`.
# Everything that is said goes to the log; on failure cron mails one line to MAILTO, if that is set here.
#MAILTO=you@example.org
# The time is that of {zone} where cron knows CRON_TZ, as cronie does. Debian's cron does not, and goes by the
# machine's time zone; which day it is, and so what is due, is decided by {zone} in any case.
CRON_TZ={zone}
{minute} {hour} * * * {command}
"""

SECRET = """\
# The ledger is the database that {variable} names; {who} does not know it, and it may hold a password. Write it
# into {file}, which only you may read (chmod 600), as a line
#   {variable}='postgresql://user:password@host/database'
"""

SERVICE = """\
[Unit]
Description=Sales goals: make what is due

[Service]
Type=oneshot
WorkingDirectory={folder}
Environment={path} LANG=C.UTF-8
{ledger}ExecStart={command}
Nice=10
# A run that takes all of the machine's memory is ended before the machine is:
#MemoryMax=4G
"""

TIMER = """\
[Unit]
Description=Sales goals: every day

[Timer]
OnCalendar=*-*-* {at}:00 {zone}
Persistent=true

[Install]
WantedBy=timers.target
"""

INSTALL = """\
# Sales goals: two units, {name}.service and {name}.timer.
# To write them as two files and start the timer:
#   salesgoals schedule systemd --to ~/.config/systemd/user
#   systemctl --user daemon-reload
#   systemctl --user enable --now {name}.timer
#   loginctl enable-linger            so that it runs while nobody is logged in
# In /etc/systemd/system the service needs a line User=NAME under [Service].
"""


@dataclass(frozen=True)
class Scheduled:
    """What a schedule runs and when: checked, with absolute paths."""

    company: Company
    program: tuple[str, ...]
    words: tuple[str, ...]
    at: str
    secret: Path | None  # a file that names the ledger's database; None: it is the store's own

    @property
    def path(self) -> str:
        """The PATH to run with: cron's and systemd's own are poor."""
        return f"{Path(self.program[0]).parent}:{SYSTEM_PATH}"


def cron_text(company_file: str, *, at: str, jobs: int) -> str:
    """Return lines for a crontab that run `salesgoals due` every day at a time.

    Raises ParamError with every fault: the time, a path that a crontab cannot hold.
    """
    due = _scheduled(company_file, at, jobs, forbidden="\n\r\\")
    store = due.company.store_folder
    log = shlex.quote(str(store / "due.log"))
    ledger = "" if due.secret is None else f"set -a && . ./{due.secret.name} && set +a && "
    run = f"{ledger}PATH={shlex.quote(due.path)} LANG=C.UTF-8 {shlex.join([*due.program, *due.words])}"
    folders = f"cd {shlex.quote(str(due.company.folder))} && mkdir -p {shlex.quote(str(store))}"
    failed = shlex.quote(f"salesgoals due failed; see {store / 'due.log'}")
    command = f"{folders} && {run} >> {log} 2>&1 || echo {failed}".replace("%", r"\%")
    if len(command) > CRONS_LONGEST:
        found, todo = f"makes a line of {len(command)} characters", "use systemd, or shorter paths"
        raise ParamError("cron cannot run this.", [Fault(company_file, found, f"at most {CRONS_LONGEST}", todo)])
    hour, minute = (int(part) for part in at.split(":"))
    told = "" if due.secret is None else SECRET.format(who="cron", variable=VARIABLE, file=due.secret)
    return told + CRON.format(zone=due.company.timezone, minute=minute, hour=hour, command=command)


def systemd_units(company_file: str, *, at: str, jobs: int) -> dict[str, str]:
    """Return the texts of the service and the timer by their file names.

    Raises ParamError with every fault: the time, a path that a unit cannot hold.
    """
    due = _scheduled(company_file, at, jobs, forbidden="\n\r")
    words = [*due.program, *due.words]
    if set(words[0]) & set(NOT_IN_A_PROGRAM):
        words = ["/bin/sh", "-c", 'exec "$0" "$@"', *words]
    service = SERVICE.format(
        folder=_specifiers(str(due.company.folder)),
        path=_systemd_word(f"PATH={due.path}"),
        ledger="" if due.secret is None else _environment_file(due.secret),
        command=" ".join(_systemd_word(word).replace("$", "$$") for word in words),
    )
    return {f"{NAME}.service": service, f"{NAME}.timer": TIMER.format(at=at, zone=due.company.timezone)}


def _environment_file(secret: Path) -> str:
    told = SECRET.format(who="systemd", variable=VARIABLE, file=secret)
    return f"{told}EnvironmentFile={_specifiers(str(secret))}\n"


def systemd_text(units: dict[str, str]) -> str:
    """Return both units as one text to read or to part, each under a line with its file's name."""
    parts = [f"# ---- {name} ----\n{text}" for name, text in units.items()]
    return "\n".join([INSTALL.format(name=NAME), *parts])


def write_units(units: dict[str, str], to: Path) -> list[Path]:
    """Write the units into a folder and return their paths."""
    try:
        to.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            (to / name).write_text(text, "utf-8", newline="\n")
    except OSError as error:
        fault = Fault(str(to), error.strerror or str(error), "a folder that can be written to", "name another: --to")
        raise ParamError("The units cannot be written.", [fault]) from None
    return [to / name for name in units]


def _scheduled(company_file: str, at: str, jobs: int, *, forbidden: str) -> Scheduled:
    file = find_company(company_file).resolve()
    company = open_company(str(file))
    program = _program()
    faults = [] if _TIME.fullmatch(at) else [Fault("at", repr(at), "a time of day like 05:00")]
    for path in (str(file), str(company.store_folder), *program):
        if any(sign in path for sign in forbidden):
            found = f"{path!r} has a line break or a backslash in it"
            faults.append(Fault("path", found, "one that can be written in this file", "give the folder another name"))
    if faults:
        raise ParamError("This cannot be scheduled.", faults)
    secret = company.folder / SECRET_FILE if os.environ.get(VARIABLE, "").strip() else None
    return Scheduled(company, program, ("due", "--company", str(file), "--jobs", str(jobs)), at, secret)


def _program() -> tuple[str, ...]:
    """Return what runs the kit: the command beside this Python, else the one on the PATH, else Python itself."""
    beside = Path(sys.executable).absolute().with_name("salesgoals")
    found = str(beside) if beside.is_file() else shutil.which("salesgoals")
    if found is not None:
        return (str(Path(found).absolute()),)
    return (str(Path(sys.executable).absolute()), "-c", "from salesgoals_kit.cli import main; main()")


def _systemd_word(word: str) -> str:
    """Return a word as a unit holds it: in quotes, with the signs that mean something there."""
    escaped = _specifiers(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _specifiers(text: str) -> str:
    return text.replace("%", "%%")
