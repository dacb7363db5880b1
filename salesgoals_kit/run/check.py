"""`salesgoals check`: the company file, the data and the files of goals, with every fault of each at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from salesgoals_kit.errors import Fault, ParamError, SalesGoalsError
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.agree import check_goals, goal_files
from salesgoals_kit.run.work import open_company, snapshot_of, teams_in


def check_all(company_file: str, files: Sequence[Path]) -> list[str]:
    """Return what was found in lines; raise SalesGoalsError with every fault of the data or of the files of goals."""
    company = open_company(company_file)
    ref = snapshot_of(company)
    texts = Texts(company.locale, company.language, company.currency)
    lines = [f"{company.name}: {company.folder / Path(company_file).name} is well formed"]
    for name, rows in ref.manifest.tables.items():
        lines.append(f"  {name}: {rows.read} rows read, {rows.kept} kept, {rows.rejected} rejected")
    if any(rows.rejected for rows in ref.manifest.tables.values()):
        lines.append(f"  rejected rows, each with its reason: {ref.folder / 'rejected.csv'}")
    lines += [f"  {texts.text(note)}" for note in ref.manifest.notes]
    lines.append(f"  data from {ref.first_day} to {ref.last_day}; teams: {', '.join(teams_in(company, ref)) or 'none'}")
    faults: list[Fault] = []
    for file in files or goal_files(company):
        try:
            lines.append(f"{file}: {check_goals(file, company, ref)} goals, well formed")
        except SalesGoalsError as error:
            faults += error.faults or [Fault(str(file), error.title)]
    if faults:
        raise ParamError("The files of goals have faults.", faults)
    return lines
