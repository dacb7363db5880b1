"""What was known at the end of a day: the one place through which every room sees the tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NoReturn

import narwhals as nw
import pandas as pd

from salesgoals_kit.company import Company
from salesgoals_kit.data.contract import TABLES, TEAM_DAY
from salesgoals_kit.data.coverage import coverage, unknown_deals, unknown_elsewhere
from salesgoals_kit.data.dated import OVERWRITTEN_LEADS, at_moment
from salesgoals_kit.data.frames import raw_from_frames
from salesgoals_kit.data.hindsight import FLAGS, deals_at
from salesgoals_kit.data.kept import Kept
from salesgoals_kit.data.membership import with_team
from salesgoals_kit.data.moment import Earlier, Frame, Moment, Raw
from salesgoals_kit.errors import DataError, Fault
from salesgoals_kit.periods import Period, day_number, day_of
from salesgoals_kit.policies import Team
from salesgoals_kit.words import Message

Keep = Callable[[str, Frame], Frame]


@dataclass(frozen=True)
class Tables:
    """What was known at the end of ``as_of``.

    ``frames`` has the canonical tables that the data has, each with all its canonical columns (null where the data
    lacks one), ``<date>_day`` and ``<date>_month`` beside every date, money in minor units, and for deals, leads,
    invoices and activities the team, null where none is known. ``coverage`` has the first and the last day with data
    per table, ``unknown`` what the tables cannot tell about the day.
    """

    as_of: date
    company: Company
    frames: Mapping[str, nw.LazyFrame[Any]]
    coverage: Mapping[str, tuple[date, date]]
    unknown: tuple[Message, ...]
    present: Mapping[str, frozenset[str]]
    kept: Kept = field(default_factory=Kept, init=False, compare=False, repr=False)
    whose = "all"

    def has(self, *names: str) -> bool:
        """Return whether the data has all these tables."""
        return all(name in self.frames for name in names)

    def frame(self, name: str) -> nw.LazyFrame[Any]:
        """Return one table, or raise DataError naming it."""
        if not self.has(name):
            self._missing(name)
        return self.frames[name]

    def columns(self, name: str) -> frozenset[str]:
        """Return the canonical columns that really came with the data; raises as `frame` does, but opens nothing."""
        if not self.has(name):
            self._missing(name)
        return self.present[name]

    def _missing(self, name: str) -> NoReturn:
        fault = Fault(f"sources.{name}", "there is no such table", todo="add it to company.yaml")
        raise DataError("A table is needed that the data does not have.", [fault])


def tables_from_frames(
    frames: Mapping[str, pd.DataFrame],
    company: Company,
    as_of: date,
    *,
    known_on: date | None = None,
    earlier: tuple[pd.DataFrame, date] | None = None,
) -> Tables:
    """Return the tables of pandas frames with canonical columns, money in minor units, as known at ``as_of``.

    ``known_on`` is the last day with data (``as_of`` unless given: nothing has been overwritten since); ``earlier`` is
    an older frame of deals and the day it was taken. In deal_changes an amount is minor units in digits, a date ISO.
    """
    raw = raw_from_frames(frames)
    known = as_of if known_on is None else known_on
    old = (
        None
        if earlier is None
        else Earlier(raw_from_frames({"deals": earlier[0]}).frames["deals"], day_number(earlier[1]))
    )
    return tables_at(raw, company, Moment(day_number(as_of), day_number(known), old))


def tables_at(raw: Raw, company: Company, moment: Moment, keep: Keep = lambda _, frame: frame) -> Tables:
    """Return the tables as known at the moment; ``keep`` may store a frame once it is worked out."""
    known = {name: at_moment(name, frame, moment) for name, frame in raw.frames.items() if name != "deals"}
    told: list[Message] = []
    if "deals" in raw.frames:
        found = keep("deals_found", deals_at(raw.frames, moment))
        told += unknown_deals(found, moment, _tellable(raw))
        known["deals"] = found.filter(nw.col("_born")).drop(*FLAGS)
    for name in TEAM_DAY:
        if name in known:
            known[name] = with_team(name, known[name], known, moment)
    shown = {name: keep(name, known[name].select(_names(name))) for name in TABLES if name in known}
    spans = {name: span for name, frame in shown.items() if (span := coverage(name, frame)) is not None}
    told += unknown_elsewhere(raw.present, moment)
    whole = _with_teams(company, shown)
    present = dict(raw.present)
    if moment.hindsight and "leads" in present:
        present["leads"] = present["leads"] - {*OVERWRITTEN_LEADS}
    return Tables(day_of(moment.as_of), whole, shown, spans, tuple(told), present)


def default_as_of(template: str, *, today: date, last_day: date, period: Period, settle_days: int) -> date:
    """Return the day a template looks from, unless it is told another.

    A baseline and goals are made before the period from what there is; a review looks back once the period's figures
    have settled, or earlier if it is asked to; tracking looks from within the period; anything else looks from
    yesterday, or the last day with data.

    >>> from salesgoals_kit.periods import parse_period
    >>> days = dict(today=date(2026, 3, 20), last_day=date(2026, 3, 18), period=parse_period("2026Q1"), settle_days=5)
    >>> [str(default_as_of(template, **days)) for template in ("goal_setting", "review", "tracking")]
    ['2025-12-31', '2026-03-19', '2026-03-18']
    """
    yesterday = today - timedelta(days=1)
    if template in ("baseline", "goal_setting"):
        return min(yesterday, last_day, period.start - timedelta(days=1))
    if template == "review":
        return min(yesterday, period.end + timedelta(days=settle_days))
    return min(yesterday, last_day, period.end) if template == "tracking" else min(yesterday, last_day)


def _tellable(raw: Raw) -> set[str]:
    """Return the fields of deals that the data has, or has had."""
    logged = {"amount", "stage", "rep", "expected_close_at"} if "deal_changes" in raw.frames else set()
    return {*raw.present["deals"], *logged, *({"stage"} if "stage_events" in raw.frames else ())}


def _names(name: str) -> list[str]:
    names = list(TABLES[name].frame_names)
    return names if "team" in names or name not in TEAM_DAY else [*names, "team"]


def _with_teams(company: Company, shown: Mapping[str, Frame]) -> Company:
    """Return the company with the teams of a teams table, where its file names none."""
    if company.teams or "teams" not in shown:
        return company
    rows = shown["teams"].select("team", "parent", "manager", "email").collect("pandas").to_native().sort_values("team")
    cells = rows.astype(object).where(rows.notna(), None).to_dict("records")
    teams = [Team(name=c["team"], parent=c["parent"], manager=c["manager"], email=c["email"]) for c in cells]
    return company.model_copy(update={"teams": teams})
