"""Deals as they stood on days of the past: what is learned from is what was known on such a day, and nothing later.

Every seventh day of the last three years is a landmark (van Houwelingen 2007); every 14th, 21st, … where deals are so
many that fewer tell enough. Each deal open on it is one row: its
stage, its age, its type and its team, and the days until it ended.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from salesgoals_kit.kpis.deal_lives import NEVER, UNKNOWN, Floats, Ints, Lives, Mask

STEP = 7  # days from one landmark to the next
MOST = 400_000  # rows; of more, landmarks are further apart
LOOK_BACK = 3 * 365  # days
AGES = 5  # classes of age in each stage, each with as many rows
SIZES = 5  # classes of what deals were put at in each stage, likewise
KNOWN = 0.9  # of the share of ended deals of which type or team is known: of open ones it must be nearly as many


@dataclass(frozen=True, eq=False)
class Standing:
    """How deals stood, one row each: ``deal`` (row of the lives), ``day``, and codes, each from 0 on.

    ``age``, ``size``: the class of age, and of what the deal was put at, within the stage. The last code of each field
    is that of the unknown.
    """

    deal: Ints
    day: Ints
    stage: Ints
    kind: Ints
    age: Ints
    size: Ints
    team: Ints

    def take(self, chosen: Mask | Ints) -> Standing:
        """Return these rows only."""
        return Standing(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, eq=False)
class Landmarks:
    """All rows in the order of their days, with ``until``, the days to the end (beyond all where there is none yet).

    ``ages``, ``sizes``: where classes of age and size end, a row for each stage. ``step``: days from one landmark to
    the next.
    ``typed``, ``teamed``: whether types and teams count.
    """

    lives: Lives
    rows: Standing
    until: Ints
    ages: Floats
    sizes: Floats
    typed: bool
    teamed: bool
    step: int = STEP

    def standing(self, deals: Ints, day: int) -> Standing:
        """Return how deals stood at the end of a day."""
        days = np.full(len(deals), day)
        stage = stage_of(self.lives, deals, days)
        return self._stand(deals, days, stage, (days - self.lives.created[deals]).astype("float64"))

    def before(self, cut: int) -> Standing:
        """Return the rows whose landmark lies before a day."""
        return self.rows.take(np.arange(int(np.searchsorted(self.rows.day, cut, side="left"))))

    def _stand(self, deals: Ints, days: Ints, stage: Ints, age: Floats) -> Standing:
        known = self.lives.created[deals] < NEVER
        places = np.where(known, (age[:, None] > self.ages[stage]).sum(axis=1), AGES)
        put = self.lives.amounts.at(deals, days)
        size = np.where(np.isnan(put), SIZES, (put[:, None] > self.sizes[stage]).sum(axis=1))
        kind = _coded(self.lives.kind[deals], len(self.lives.kinds), counts=self.typed)
        team = _coded(self.lives.team[deals], len(self.lives.teams), counts=self.teamed)
        return Standing(deals, days, stage, kind, places, size, team)


def landmarks(lives: Lives, as_of: int) -> Landmarks:
    """Return the landmarks up to ``as_of``; none before the data begins."""
    first = max(lives.begins, as_of - LOOK_BACK)
    dated = np.flatnonzero((lives.created < NEVER) & (lives.closed > lives.created))
    seen = np.minimum(lives.closed[dated], as_of) - np.maximum(lives.created[dated], first)
    step = STEP * max(1, -(-int(seen.clip(min=0).sum()) // (STEP * MOST)))
    days = as_of - step * np.arange(max(0, (as_of - first) // step), 0, -1)
    from_day = np.searchsorted(days, lives.created[dated], side="left")
    to_day = np.searchsorted(days, lives.closed[dated], side="left")
    many = np.maximum(to_day - from_day, 0)
    deal = np.repeat(dated, many)
    place = np.arange(len(deal)) - np.repeat(np.cumsum(many) - many, many) + np.repeat(from_day, many)
    day = days[place] if len(deal) else np.zeros(0, dtype=np.int64)
    order = np.lexsort((deal, day))
    deal, day = deal[order], day[order]
    stage, age = stage_of(lives, deal, day), (day - lives.created[deal]).astype("float64")
    stages = len(lives.stage_names) + 1
    ages, sizes = _edges(age, stage, stages, AGES), _edges(lives.amounts.at(deal, day), stage, stages, SIZES)
    none = Standing(*(np.zeros(0, dtype=np.int64),) * len(fields(Standing)))
    typed, teamed = is_known(lives, lives.kind), is_known(lives, lives.team)
    empty = Landmarks(lives, none, deal[:0], ages, sizes, typed, teamed, step)
    return replace(empty, rows=empty._stand(deal, day, stage, age), until=lives.closed[deal] - day)


def _edges(values: Floats, stage: Ints, stages: int, classes: int) -> Floats:
    """Return where classes of as many rows each end, by stage; NaN values are in none."""
    edges = np.full((stages, classes - 1), np.inf)
    for code in range(stages):
        own = values[(stage == code) & ~np.isnan(values)]
        if len(own):
            edges[code] = np.quantile(own, np.arange(1, classes) / classes)
    return edges


def is_known(lives: Lives, codes: Ints) -> bool:
    """Return whether a field of open deals is known as well as that of ended ones: else knowing it would tell the end.

    So it is where a CRM overwrites, and nothing dates what it was.
    """
    opened, known = lives.closed == NEVER, codes != UNKNOWN
    if not opened.any() or opened.all():
        return bool(known.any())
    return bool(known.any() and known[opened].mean() >= KNOWN * known[~opened].mean())


def stage_of(lives: Lives, deals: Ints, days: Ints) -> Ints:
    """Return the stage in which each deal stood at the end of each day, as its events tell."""
    found = lives.stages.at(deals, days)
    return np.where(np.isnan(found), len(lives.stage_names), np.nan_to_num(found)).astype("int64")


def _coded(codes: Ints, many: int, *, counts: bool) -> Ints:
    return np.where((codes == UNKNOWN) | (not counts), many, codes)
