"""`salesgoals goals agree`: what humans agreed is checked, given the chance it had, and frozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import Snapshot, SnapshotRef, make_snapshot, open_snapshot
from salesgoals_kit.data.teams import people_names, rep_names, team_names
from salesgoals_kit.errors import Fault, ForecastError, ParamError
from salesgoals_kit.follow.actuals import actual
from salesgoals_kit.goals.above import judged_by
from salesgoals_kit.goals.agreed import AgreedGoal, load_goals
from salesgoals_kit.goals.reading import agreed_row, goal_value, reading
from salesgoals_kit.goals.who import Owners
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.apart import apart
from salesgoals_kit.run.work import corrected_book, open_company, today
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, GoalRow


def agree_file(company_file: str, file: Path) -> list[str]:
    """Freeze every goal of a file, or none, and return what was done in lines.

    Raises ParamError with every fault of the file, StoreError where an agreed goal changes without a reason.
    """
    company = open_company(company_file)
    return agree_goals(company, lambda tables: load_goals(file, company, owners_of(tables), today(company)))


def agree_goals(company: Company, load: Callable[[Tables], list[AgreedGoal]]) -> list[str]:
    """Freeze every goal that is loaded, or none, and return what was done in lines.

    ``load`` is handed the tables of the last day with data.
    """
    ref = make_snapshot(company)
    ledger = Ledger(open_store(company))
    with open_snapshot(ref, company) as snapshot:
        tables = snapshot.at(ref.last_day)
        rows, told = _read(load(tables), snapshot, company, ledger)
        frozen = ledger.agree(rows)
        notes = apart(tables, ledger.goals(level="agreed", current=True), {(row.kpi, row.period) for row in rows})
    return [*told, f"{frozen.new} new, {frozen.changed} changed, {frozen.same} as they were", *notes]


def check_goals(file: Path, company: Company, ref: SnapshotRef) -> list[GoalRow]:
    """Return the goals in a file as rows without chances, or raise ParamError with every fault in it."""
    with open_snapshot(ref, company) as snapshot:
        goals = load_goals(file, company, owners_of(snapshot.at(ref.last_day)), today(company))
        return _read(goals, snapshot, company, None)[0]


def owners_of(tables: Tables) -> Owners:
    """Return everybody who may carry a goal: the company, its teams, its reps, and what they are called."""
    teams = [Owner(team=name) for name in team_names(tables)]
    reps = [Owner(rep=name) for name in rep_names(tables)]
    return Owners([COMPANY, *teams, *reps], people_names(tables))


def _read(
    goals: list[AgreedGoal], snapshot: Snapshot, company: Company, ledger: Ledger | None
) -> tuple[list[GoalRow], list[str]]:
    """Return the rows and how each change was read; every goal that cannot be read is a fault of one error.

    Without a ledger the rows have no chances.
    """
    texts = Texts(company.locale, company.language, company.currency)
    rows, told = [], []
    faults: list[Fault] = []
    for goal in goals:
        tables = snapshot.at(known_on(goal, snapshot.ref))
        try:
            base = _base(goal, tables)
            value = goal_value(goal, base)
            chance = None if ledger is None else _chance(goal, value, tables, ledger)
            rows.append(agreed_row(goal, value, chance, snapshot.ref.hash))
            said = reading(goal, base)
            told += [] if said is None else [texts.text(said)]
        except ParamError as error:
            faults += error.faults
    if faults:
        raise ParamError("The file of goals has faults.", faults)
    return rows, told


def known_on(goal: AgreedGoal, ref: SnapshotRef) -> date:
    """Return the day whose knowledge a goal's chance is made from: that of the agreement, before the period."""
    return max(min(goal.agreed_on, goal.period.start - timedelta(days=1), ref.last_day), ref.first_day)


def _base(goal: AgreedGoal, tables: Tables) -> float | None:
    if goal.value is not None:
        return None
    lacking = missing(goal.kpi, tables, goal.owner)
    if lacking:
        fault = Fault(goal.where, f"{goal.kpi} cannot be computed: the data lacks {', '.join(lacking)}")
        raise ParamError("A change has nothing to start from.", [fault])
    return actual(tables, goal.owner, goal.base, goal.kpi)


def _chance(goal: AgreedGoal, value: float, tables: Tables, ledger: Ledger) -> float | None:
    """Return the chance the goal had as things were when it was agreed; None where no outlook can be made."""
    if missing(goal.kpi, tables, goal.owner):
        return None
    book = corrected_book(tables.company, ledger, goal.period.name, AGREED_BY_HUMANS, tables.as_of)
    try:
        outlook = judged_by(tables, goal.owner, kpi_named(goal.kpi), goal.period, book)
    except ForecastError:
        return None
    return outlook.chance(value)


def goal_files(company: Company) -> Iterator[Path]:
    """Yield the files of agreed goals beside the company file, by name."""
    yield from sorted((company.folder / "goals").glob("*.yaml"))
