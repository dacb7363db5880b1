"""`salesgoals check`: the company file, the data and the files of goals, with every fault of each at once."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.data.snapshot import SnapshotRef, make_snapshot, open_snapshot
from salesgoals_kit.data.teams import teams_with_rows, without_team
from salesgoals_kit.errors import Fault, ParamError, SalesGoalsError
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.agree import check_goals, goal_files
from salesgoals_kit.run.apart import apart
from salesgoals_kit.run.people import people_of
from salesgoals_kit.run.recipients import Recipients
from salesgoals_kit.run.verdicts import file_verdicts
from salesgoals_kit.run.work import open_company, teams_in
from salesgoals_kit.store.rows import GoalRow

MOST_REASONS = 5
MOST_LOST = 0.1  # of a table's rows without a team: a few are of people who have left, more are a fault


def check_all(company_file: str, files: Sequence[Path]) -> tuple[list[str], bool]:
    """Return what was found in lines, and whether every goal is SMART.

    Raises SalesGoalsError with every fault of the data, or of the recipients of mails and the files of goals.
    """
    company = open_company(company_file)
    ref = make_snapshot(company)
    texts = Texts(company.locale, company.language, company.currency)
    lines = [f"{company.name}: {company.folder / Path(company_file).name} is well formed"]
    for name, rows in ref.manifest.tables.items():
        lines.append(f"  {name}: {rows.read} rows read, {rows.kept} kept, {rows.rejected} rejected")
    if any(rows.rejected for rows in ref.manifest.tables.values()):
        lines += [f"    {count} x {reason}" for reason, count in _reasons(ref.folder / "rejected.csv")]
        lines.append(f"  rejected rows, each with its reason: {ref.folder / 'rejected.csv'}")
    lines += [f"  {texts.text(note)}" for note in ref.manifest.notes]
    lines.append(f"  data from {ref.first_day} to {ref.last_day}; teams: {', '.join(teams_in(company, ref)) or 'none'}")
    lines += _idle(company, ref)
    faults = _wrong_recipients(company)
    smart = True
    goals: list[GoalRow] = []
    for file in files or goal_files(company):
        try:
            its = check_goals(file, company, ref)
            goals += its
            lines.append(f"{file}: {len(its)} goals, well formed")
            said, passed = file_verdicts(file, company, ref)
            lines += said
            smart = smart and passed
        except SalesGoalsError as error:
            faults += error.faults or [Fault(str(file), error.title)]
    if faults:
        raise ParamError("The recipients of mails or the files of goals have faults.", faults)
    with open_snapshot(ref, company) as snapshot:
        return [*lines, *apart(snapshot.at(ref.last_day), goals)], smart


def _wrong_recipients(company: Company) -> list[Fault]:
    try:
        if company.mail is not None:
            Recipients(company.mail, people_of(company))
    except ParamError as error:
        return list(error.faults)
    return []


def _reasons(rejected: Path) -> list[tuple[str, int]]:
    """Return the most frequent reasons for which rows were set aside, with an example of each."""
    with rejected.open(encoding="utf-8", newline="") as file:
        rows = [(row["table"], row["column"], row["reason"], row["value"]) for row in csv.DictReader(file)]
    counts = Counter(row[:3] for row in rows).most_common(MOST_REASONS)
    examples = {row[:3]: row[3] for row in reversed(rows)}
    return [(f"{table}.{column} {examples[table, column, why]!r}: {why}", n) for (table, column, why), n in counts]


def _idle(company: Company, ref: SnapshotRef) -> list[str]:
    """Return a warning for every team that is declared and no row belongs to, and for rows that belong to no team."""
    with open_snapshot(ref, company) as snapshot:
        tables = snapshot.at(ref.last_day)
        used, lost = teams_with_rows(tables), without_team(tables) if company.teams else {}
    warnings = [
        f"  warning: {count} of {rows} {table} ({count / rows:.0%}) belong to no team and count for the company alone; "
        f"map a team column, or give reps or assignments their teams"
        for table, (count, rows) in lost.items()
        if count > MOST_LOST * rows
    ]
    return warnings + [
        f"  warning: no row belongs to team {team.name!r}; map a team column, or give reps or assignments their teams"
        for team in company.teams
        if team.name not in used
    ]
