"""Goals out to a workbook or a CRM, and back from whichever file they were agreed in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.run.agree import agree_file
from salesgoals_kit.run.crm import write_crm
from salesgoals_kit.run.planned import plan_record
from salesgoals_kit.run.sheet import Record
from salesgoals_kit.run.sheet_agree import agree_workbook
from salesgoals_kit.run.sheet_write import write_workbook

WORKBOOK = ".xlsx"


def agree(company: str, file: Path, by: str | None, on: str | None) -> list[str]:
    """Freeze the goals of a YAML file or a workbook, and return what was done in lines."""
    if file.suffix.lower() == WORKBOOK:
        return agree_workbook(company, file, by, on)
    given = [name for name, value in (("--agreed-by", by), ("--agreed-on", on)) if value is not None]
    if given:
        faults = [Fault(name, "given beside a YAML file", "a workbook", "the file itself says it") for name in given]
        raise ParamError("The goals cannot be agreed.", faults)
    return agree_file(company, file)


def export(
    company: str, period: str, teams: Sequence[str], as_of: str | None, xlsx: Path | None, crm: tuple[str, Path] | None
) -> list[str]:
    """Write the goals of a period to a workbook, to a file for a CRM, or both, and return what was done in lines."""
    if xlsx is None and crm is None:
        fault = Fault("--xlsx, --crm", "neither is given", "one of them, or both")
        raise ParamError("There is nothing to write to.", [fault])
    if xlsx is not None and xlsx.suffix.lower() != WORKBOOK:
        raise ParamError(
            "The workbook is not written.", [Fault("--xlsx", str(xlsx), f"a name that ends in {WORKBOOK}")]
        )
    record, emails = plan_record(company, period, teams, as_of)
    told = [] if crm is None else write_crm(record, emails, *crm)
    if xlsx is not None:
        write_workbook(record, xlsx)
        told.append(_wrote(record, xlsx))
    return told


def _wrote(record: Record, file: Path) -> str:
    goals = [month for row in record.rows for month in row.months]
    agreed = sum(month.agreed for month in goals)
    unknown = sum(month.proposal is None for month in goals)
    more = f", {unknown} without a proposal" if unknown else ""
    return f"wrote {len(record.rows)} owners with {len(goals)} goals ({agreed} agreed before{more}) to {file}"
