"""What a template works with: the company, its tables as known at a day, the ledger's visible rows, the outlooks."""

from __future__ import annotations

import hashlib
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

import pandas as pd

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import write_sample
from salesgoals_kit.data.slices import Slices, digest_of_company, slices_of
from salesgoals_kit.data.snapshot import SnapshotRef, Unopened, find_snapshot, make_snapshot, open_snapshot
from salesgoals_kit.data.teams import team_names
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.forecast.calibration import learn
from salesgoals_kit.forecast.scored import keep_scores, kept_scores
from salesgoals_kit.forecast.scores import Outcome, score_frame
from salesgoals_kit.goals.feasibility import REVENUE
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period, month_name, parse_period
from salesgoals_kit.report.content import Content, Provenance, make_content
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.day import resolve_as_of
from salesgoals_kit.run.params import Params, check_params, find_company
from salesgoals_kit.state import digest_of_kit
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import FinalRow, GoalRow
from salesgoals_kit.store.visible import Visible

# What may be looked at beside the owner's ledger: past outlooks, everybody's goals then and now.
SCORES, CORRECTION, LAST_GOALS, AGREED, ABOVE = "scores", "correction", "last_goals", "agreed", "above"
BOOK = "book"  # below the store
SAMPLE_FOLDER = "sample"  # below the store; a source that lies there is made when it is first read


@dataclass(frozen=True)
class Work:
    """Everything a template works with; `close` it when done.

    ``handed``: the runner has worked out what the template will ask the tables for, so that the ``snapshot`` is opened
    only where it asks for more. What is looked at of the ``ledger`` is remembered in ``visible``.
    """

    template: str
    params: Params
    company: Company
    owner: Owner
    period: Period
    as_of: date
    ref: SnapshotRef
    tables: Tables
    ledger: Ledger
    visible: Visible
    texts: Texts
    snapshot: Unopened
    slices: Slices
    handed: bool

    @cached_property
    def book(self) -> Book:
        """The company's outlooks, corrected by what came of past ones."""
        self.visible.looked_at.add(CORRECTION)
        return corrected_book(self.company, self.ledger, self.period.name, self.template, self.as_of)

    @cached_property
    def past(self) -> pd.DataFrame:
        """The scores of the company's past outlooks that may be learned from."""
        self.visible.looked_at.add(SCORES)
        return past_scores(self.company, self.ledger, self.period.name, self.template, self.as_of)

    @cached_property
    def last_goals(self) -> tuple[list[GoalRow], list[FinalRow]]:
        """Everybody's revenue goals of the same period a year before, and what was reached."""
        self.visible.looked_at.add(LAST_GOALS)
        return last_goals(self.ledger, self.period, self.as_of)

    @cached_property
    def agreed(self) -> list[GoalRow]:
        """The revenue goals that were agreed for the period and for its months, whoever's."""
        self.visible.looked_at.add(AGREED)
        return agreed_goals(self.ledger, self.period, self.as_of)

    def at(self, as_of: date) -> Tables:
        """Return the tables as known at another day."""
        return self.snapshot.at(as_of)

    def close(self) -> None:
        """Let go of the data."""
        self.snapshot.close()

    def content(self, provenance: Provenance, **said: Any) -> Content:
        """Return the report's content: what is said, and whose it is, for when, known when, from which snapshot."""
        beyond = self.handed and self.snapshot.opened
        return make_content(
            self.company,
            self.period,
            template=self.template,
            owner=self.owner,
            as_of=self.as_of,
            snapshot=self.ref.hash,
            provenance=replace(provenance, beyond=beyond, ledger=tuple(sorted(self.visible.looked_at))),
            **said,
        )


def open_work(template: str, **given: object) -> Work:
    """Return what a template works with, from its parameters as they stand in its second cell.

    Raises ParamError with every parameter that is wrong, an unknown team included.
    """
    params = check_params(template, given)
    company = open_company(params.company)
    ref = find_snapshot(company, params.snapshot) if params.snapshot else make_snapshot(company)
    as_of = resolve_as_of(template, params, company, ref, today(company))
    owner = Owner(team=params.team)
    period = parse_period(params.period, company.fiscal_year_starts)
    ledger = Ledger(open_store(company))
    visible = ledger.visible(owner, period.name, template, as_of)
    snapshot = Unopened(ref, company)
    slices = slices_of(company, ref, as_of)
    handed = slices.tables(slice_name(template, owner, period.name), company, lambda: snapshot.at(as_of))
    with ExitStack() as stack:
        stack.callback(snapshot.close)
        tables, names = handed or (snapshot.at(as_of), team_names(snapshot.at(ref.last_day)))
        check_teams([params.team] if params.team else [], names)
        stack.pop_all()
    return Work(
        template=template,
        params=params,
        company=tables.company,
        owner=owner,
        period=period,
        as_of=as_of,
        ref=ref,
        tables=tables,
        ledger=ledger,
        visible=visible,
        texts=Texts(company.locale, company.language, company.currency),
        snapshot=snapshot,
        slices=slices,
        handed=handed is not None,
    )


def slice_name(template: str, owner: Owner, period: str) -> str:
    """Return the name of what a report is handed."""
    return f"{template}-{period}-{mark_of(owner)}"


def mark_of(owner: Owner) -> str:
    """Return how an owner's slices end: a name may hold anything."""
    return hashlib.sha256(repr(owner).encode()).hexdigest()[:16]


def past_scores(company: Company, ledger: Ledger, period: str, template: str, as_of: date) -> pd.DataFrame:
    """Return what a run may learn from, every final figure of the company with the outlook frozen before it, scored.

    Worked out once for all who may learn from the same.
    """
    found = ledger.digest_of_scores(period, template, as_of)
    policies = digest_of_company(company.model_copy(update={"teams": []}))  # whoever knows them, and who does not
    key = hashlib.sha256(repr((digest_of_kit(), policies, found)).encode()).hexdigest()
    kept = kept_scores(company.store_folder / BOOK, key) if found else None
    if kept is not None:
        return kept
    pairs = ledger.scorable(period, template, as_of)
    outcomes = (Outcome(said.record, came.value, said.backfilled) for said, came in pairs if came.value is not None)
    scores = score_frame(outcomes, company)
    if found and ledger.digest_of_scores(period, template, as_of) == found:  # else another run froze more meanwhile
        with suppress(OSError):  # who cannot write there works it out again
            keep_scores(company.store_folder / BOOK, key, scores)
    return scores


def last_goals(ledger: Ledger, period: Period, as_of: date) -> tuple[list[GoalRow], list[FinalRow]]:
    """Return the revenue goals that those of a period are compared with, and what was reached."""
    return ledger.of_period(period.year_before().name, REVENUE, as_of)


def agreed_goals(ledger: Ledger, period: Period, as_of: date) -> list[GoalRow]:
    """Return the revenue goals that were agreed for a period and for its months by a day."""
    names = dict.fromkeys([period.name, *map(month_name, period.months)])
    return [row for row in ledger.goals_of(list(names), REVENUE, as_of) if row.level == "agreed"]


def corrected_book(company: Company, ledger: Ledger, period: str, template: str, as_of: date) -> Book:
    """Return the company's book of outlooks, corrected by what a run may learn from past ones."""
    return Book(company.store_folder / BOOK, learn(past_scores(company, ledger, period, template, as_of)))


def open_company(path: str) -> Company:
    """Return the company of a file, found from here upwards; the sample company's data is made if it is not there."""
    company = load_company(find_company(path), TABLES, CATALOGUE)
    sample = company.store_folder / SAMPLE_FOLDER
    wanted = [
        source for source in company.sources.values() if sample in (company.folder / source.path).resolve().parents
    ]
    if wanted and not sample.exists():
        write_sample(sample)
    return company


def teams_in(company: Company, ref: SnapshotRef) -> list[str]:
    """Return the names of all teams in a snapshot; the rows are asked only where the company file names none."""
    if company.teams:
        return [team.name for team in company.teams]
    with open_snapshot(ref, company) as snapshot:
        return team_names(snapshot.at(ref.last_day))


def check_teams(wanted: list[str], known: list[str]) -> None:
    """Raise ParamError with every team that there is not."""
    expected = f"one of {', '.join(known)}" if known else "no team: the data knows the company alone"
    faults = [Fault("team", repr(name), expected) for name in wanted if name not in known]
    if faults:
        raise ParamError("There is no such team.", faults)


def today(company: Company) -> date:
    """Return today in the company's time zone."""
    return datetime.now(company.zone).date()
