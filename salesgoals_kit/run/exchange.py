"""Goals out to a workbook or a CRM, and back from whichever file they were agreed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.files import whole
from salesgoals_kit.run.agree import agree_file
from salesgoals_kit.run.crm import COLUMNS, TO_FILL, crm_faults, write_crm
from salesgoals_kit.run.planned import plan_record
from salesgoals_kit.run.sheet import Record
from salesgoals_kit.run.sheet_agree import agree_workbook
from salesgoals_kit.run.sheet_write import workbook_faults, write_workbook

WORKBOOK = ".xlsx"
TITLE = "The goals are not written."


def agree(company: str, file: Path, by: str | None, on: str | None, initiative: str | None = None) -> list[str]:
    """Freeze the goals of a YAML file or a workbook, and return what was done in lines."""
    if file.suffix.lower() == WORKBOOK:
        return agree_workbook(company, file, by, on, initiative)
    options = {"--agreed-by": by, "--agreed-on": on, "--initiative": initiative}
    given = [name for name, value in options.items() if value is not None]
    if given:
        faults = [Fault(name, "given beside a YAML file", "a workbook", "the file itself says it") for name in given]
        raise ParamError("The goals cannot be agreed.", faults)
    return agree_file(company, file)


def export(
    company: str, period: str, teams: Sequence[str], as_of: str | None, xlsx: Path | None, crm: tuple[str, Path] | None
) -> list[str]:
    """Write the goals of a period to a workbook, to a file for a CRM, or both, and return what was done in lines.

    Raises ParamError with the faults of both; then nothing was written.
    """
    outputs = [("--xlsx", xlsx), ("--crm", None if crm is None else crm[1])]
    files = [(option, file) for option, file in outputs if file is not None]
    if not files:
        fault = Fault("--xlsx, --crm", "neither is given", "one of them, or both")
        raise ParamError("There is nothing to write to.", [fault])
    faults = [*_named_wrong(xlsx, crm), *(fault for option, file in files for fault in _no_place(option, file))]
    if faults:
        raise ParamError(TITLE, faults)
    record, emails = plan_record(company, period, teams, as_of)
    faults = [] if xlsx is None else workbook_faults(record)
    faults += [] if crm is None else crm_faults(record, emails)
    if faults:
        raise ParamError(TITLE, faults)
    try:
        return _written(record, emails, xlsx, crm)
    except OSError as error:
        raise ParamError(TITLE, [_unwritable(", ".join(str(file) for _, file in files), error)]) from None


def _written(record: Record, emails: Mapping[str, str], xlsx: Path | None, crm: tuple[str, Path] | None) -> list[str]:
    """Write both files beside their places, and put them there when both are whole."""
    told = []
    with ExitStack() as unfinished:
        if crm is not None:
            system, file = crm
            goals = write_crm(record, emails, system, unfinished.enter_context(whole(file)))
            told.append(f"wrote {goals} goals of reps ({_states(record)}) to {file}")
            told += [TO_FILL[system]] if system in TO_FILL else []
        if xlsx is not None:
            write_workbook(record, unfinished.enter_context(whole(xlsx)))
            told.append(_wrote(record, xlsx))
    return told


def _states(record: Record) -> str:
    """Return how many of the reps' goals are agreed, and how many are but proposed."""
    goals = [month for row in record.rows for month in row.months if row.owner.rep is not None]
    agreed = sum(month.agreed for month in goals)
    return f"{agreed or 'none'} agreed, {len(goals) - agreed or 'none'} only proposed"


def _named_wrong(xlsx: Path | None, crm: tuple[str, Path] | None) -> Iterator[Fault]:
    if xlsx is not None and xlsx.suffix.lower() != WORKBOOK:
        yield Fault("--xlsx", str(xlsx), f"a name that ends in {WORKBOOK}")
    if crm is not None and crm[0] not in COLUMNS:
        yield Fault("--crm", repr(crm[0]), f"one of {', '.join(COLUMNS)}")
    if xlsx is not None and crm is not None and xlsx.resolve() == crm[1].resolve():
        yield Fault("--crm", str(crm[1]), "another file than --xlsx")


def _unwritable(where: str, error: OSError) -> Fault:
    return Fault(where, f"it cannot be written: {error.strerror or error}", todo="choose another place")


def _no_place(option: str, file: Path) -> list[Fault]:
    """Return why a file cannot be written to its place."""
    try:
        return list(_in_the_way(option, file))
    except OSError as error:
        return [_unwritable(f"{option} {file}", error)]


def _in_the_way(option: str, file: Path) -> Iterator[Fault]:
    if file.exists():
        todo = "choose another name, or remove it: it may hold what somebody has written"
        yield Fault(f"{option} {file}", "there is such a file already", todo=todo)
    if not file.parent.is_dir():
        yield Fault(f"{option} {file.parent}", "there is no such folder")


def _wrote(record: Record, file: Path) -> str:
    goals = [month for row in record.rows for month in row.months]
    agreed = sum(month.agreed for month in goals)
    unknown = sum(month.proposal is None for month in goals)
    more = f", {unknown} without a proposal" if unknown else ""
    return f"wrote {len(record.rows)} owners with {len(goals)} goals ({agreed} agreed before{more}) to {file}"
