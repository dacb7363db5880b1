"""Deals and leads as they stood on days of the past: what was known of each by the end of the day, and no more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.landmarks import FAR, Ints, Log, People, days_of, log_of, numbers, words
from salesgoals_kit.periods import day_number

LATELY = 30  # days in which activities are counted
BANT = ("budget", "authority", "need", "timing")
DEAL_WORDS = ("stage", "deal_type", "channel", "team")
DEAL_NUMBERS = ("age", "in_stage", "amount", "touches", "silent", "slips", "overdue", "tenure", "left")
LEAD_WORDS = ("channel", "team")
LEAD_NUMBERS = ("age", "qualified", "since_qualified", *BANT, "touches", "silent", "tenure", "left")


@dataclass(frozen=True, eq=False)
class _Touches:
    """Activities for deals or for leads."""

    log: Log | None

    def add(self, frame: pd.DataFrame) -> None:
        """Add how many there were lately, and how many days ago the last was (NaN: there never was one)."""
        if self.log is None:
            frame["touches"] = frame["silent"] = np.nan
            return
        ids, day = frame["id"], frame["day"].to_numpy("int64")
        frame["touches"] = self.log.count(ids, day - LATELY, day).astype("float64")
        frame["silent"] = day - numbers(self.log.values("happened_at_day", self.log.last(ids, day)))


@dataclass(frozen=True, eq=False)
class Leads:
    """Leads by row, and what happened to them when."""

    rows: pd.DataFrame
    touches: _Touches
    people: People

    @staticmethod
    def of(tables: Tables, rows: pd.DataFrame) -> Leads:
        """Return the leads of these rows."""
        log = log_of(tables, "activities", "lead_id", "happened_at_day", ())
        return Leads(rows, _Touches(log), People.of(tables))

    def stood(self, which: Ints, day: Ints) -> pd.DataFrame:
        """Return these leads as they stood on these days."""
        rows = self.rows.iloc[which].reset_index(drop=True)
        born = days_of(rows["created_at_day"], FAR)
        frame = pd.DataFrame({"id": rows["id"], "born": born, "day": day, "age": (day - born).astype("float64")})
        since = day - days_of(rows["qualified_at_day"], FAR)
        qualified = since >= 0
        frame["qualified"] = qualified * 1.0
        frame["since_qualified"] = np.where(qualified, since, np.nan)
        for answer in BANT:
            frame[answer] = np.where(qualified, numbers(rows[answer]), np.nan)
        for word in LEAD_WORDS:
            frame[word] = words(rows[word])
        self.touches.add(frame)
        return frame.assign(tenure=self.people.tenure(rows["rep"], day), left=self.people.gone(rows["rep"], day))


@dataclass(frozen=True, eq=False)
class Deals:
    """Deals by row, and what was written about them when. Who differs from ``team_then`` has a team of his own."""

    rows: pd.DataFrame
    team_then: pd.Series
    people: People
    touches: _Touches
    stages: Log | None
    amounts: Log | None
    reps: Log | None
    expected: Log | None
    slips: Log | None

    @staticmethod
    def of(tables: Tables, rows: pd.DataFrame, closed: Ints) -> Deals:
        """Return the deals of these rows; ``closed``: the day numbers of closing, late where there is none."""
        people = People.of(tables)
        by_rep = people.team(rows["rep"], np.minimum(closed, day_number(tables.as_of)))
        expected, slips = _expectations(_changes(tables, "expected_close_at"))
        touches = _Touches(log_of(tables, "activities", "deal_id", "happened_at_day", ()))
        logs = (_stages(tables), _changes(tables, "amount"), _changes(tables, "rep"), expected, slips)
        return Deals(rows, by_rep, people, touches, *logs)

    def stood(self, which: Ints, day: Ints) -> pd.DataFrame:
        """Return these deals as they stood on these days."""
        rows = self.rows.iloc[which].reset_index(drop=True)
        ids, born = rows["id"], days_of(rows["created_at_day"], FAR)
        frame = pd.DataFrame({"id": ids, "born": born, "day": day, "age": (day - born).astype("float64")})
        frame["deal_type"], frame["channel"] = words(rows["deal_type"]), words(rows["channel"])
        self._add_stage(frame)
        self._add_amount(frame)
        self._add_expected(frame)
        self.touches.add(frame)
        rep = self._rep(rows["rep"], ids, day)
        own = words(rows["team"]).ne(self.team_then.iloc[which].reset_index(drop=True)) & rows["team"].notna()
        frame["team"] = words(np.where(own, rows["team"], self._team(rep, day, rows["team"])))
        return frame.assign(tenure=self.people.tenure(rep, day), left=self.people.gone(rep, day))

    def _team(self, rep: pd.Series, day: Ints, today: pd.Series) -> pd.Series:
        known = self.people.places is not None or bool(self.people.always)
        return self.people.team(rep, day) if known else words(today)

    def _rep(self, row: pd.Series, ids: pd.Series, day: Ints) -> pd.Series:
        """Return who had each deal: by what was written; the row's own where nothing ever was; None: unknown."""
        if self.reps is None:
            return words(row)
        place = self.reps.last(ids, day)
        ever = self.reps.count(ids, np.full(len(ids), -1), np.full(len(ids), FAR)) > 0
        found = np.where(ever, self.reps.values("value", place), row.astype(object).to_numpy())
        return words(found)

    def _add_stage(self, frame: pd.DataFrame) -> None:
        if self.stages is None:
            frame["stage"], frame["in_stage"] = words(np.full(len(frame), None)), np.nan
            return
        place = self.stages.last(frame["id"], frame["day"].to_numpy("int64"))
        frame["stage"] = words(self.stages.values("stage", place))
        since = numbers(self.stages.values("day", place))
        frame["in_stage"] = frame["day"] - since

    def _add_amount(self, frame: pd.DataFrame) -> None:
        """Add the logarithm of a deal's amount beside the middle of those of its type that were open that day."""
        if self.amounts is None:
            frame["amount"] = np.nan
            return
        place = self.amounts.last(frame["id"], frame["day"].to_numpy("int64"))
        amount = pd.Series(numbers(self.amounts.values("value", place)))
        known = amount.where(amount > 0)
        usual = known.groupby([frame["day"], frame["deal_type"].fillna("")]).transform("median")
        frame["amount"] = np.log(known / usual)

    def _add_expected(self, frame: pd.DataFrame) -> None:
        """Add how often the expected closing was put off, and by how many days it was over."""
        if self.expected is None:
            frame["slips"] = frame["overdue"] = np.nan
            return
        day = frame["day"].to_numpy("int64")
        moved = 0 if self.slips is None else self.slips.count(frame["id"], np.full(len(day), -1), day)
        place = self.expected.last(frame["id"], day)
        frame["overdue"] = np.maximum(day - numbers(self.expected.values("expects", place)), 0.0)
        frame["slips"] = np.where(place >= 0, moved, np.nan)


def _changes(tables: Tables, field: str) -> Log | None:
    return log_of(tables, "deal_changes", "deal_id", "changed_at_day", ("value",), field=field)


def _expectations(written: Log | None) -> tuple[Log | None, Log | None]:
    """Return the expected days of closing as they were written, and those alone that put one off."""
    if written is None:
        return None, None
    days = pd.to_datetime(written.rows["value"]) - pd.Timestamp("1970-01-01")
    moved = written.rows.assign(expects=days.dt.days.astype("float64"))
    later = moved["expects"] > moved.groupby("deal_id")["expects"].shift()
    return Log(moved, written.ids, written.keys), Log.of(moved[later], "deal_id", "changed_at_day")


def _stages(tables: Tables) -> Log | None:
    """Return the stages that deals entered; of two entered on one day the one that usually comes later is the last."""
    events = log_of(tables, "stage_events", "deal_id", "entered_at_day", ("stage",))
    if events is None:
        changes = _changes(tables, "stage")
        if changes is None:
            return None
        rows = changes.rows.rename(columns={"value": "stage", "changed_at_day": "day"})
    else:
        rows = events.rows.rename(columns={"entered_at_day": "day"})
    since = rows["day"] - rows.groupby("deal_id")["day"].transform("min")
    usual = since.astype("float64").groupby(rows["stage"]).mean()
    return Log.of(rows.assign(usual=rows["stage"].map(usual)), "deal_id", "day", ("usual", "stage"))
