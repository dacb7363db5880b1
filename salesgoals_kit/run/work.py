"""What a template works with: the company, its tables as known at a day, the ledger's visible rows, the outlooks."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, default_as_of
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import write_sample
from salesgoals_kit.data.snapshot import Snapshot, SnapshotRef, find_snapshot, make_snapshot, open_snapshot
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.run.params import Params, check_params, find_company
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger


@dataclass(frozen=True)
class Work:
    """Everything a template is handed. Close it when done: it holds the run's one connection."""

    template: str
    params: Params
    company: Company
    owner: Owner
    period: Period
    as_of: date
    ref: SnapshotRef
    tables: Tables
    book: Book
    ledger: Ledger
    at: Callable[[date], Tables]
    close: Callable[[], None]


def open_work(template: str, **given: object) -> Work:
    """Return what a template works with, from its parameters as they stand in its second cell.

    Raises ParamError with every parameter that is wrong, an unknown team included.
    """
    params = check_params(given)
    company = open_company(params.company)
    ref = find_snapshot(company, params.snapshot) if params.snapshot else snapshot_of(company)
    as_of = resolve_as_of(template, params, company, ref, datetime.now(company.zone).date())
    with ExitStack() as stack:
        snapshot: Snapshot = stack.enter_context(open_snapshot(ref, company))
        tables = snapshot.at(as_of)
        _check_team(params, tables)
        ledger = Ledger(stack.enter_context(open_store(company)))
        return Work(
            template=template,
            params=params,
            company=company,
            owner=Owner(team=params.team),
            period=parse_period(params.period, company.fiscal_year_starts),
            as_of=as_of,
            ref=ref,
            tables=tables,
            book=Book(company.store_folder / "book"),
            ledger=ledger,
            at=snapshot.at,
            close=stack.pop_all().close,
        )
    raise AssertionError("unreachable")  # pragma: no cover
