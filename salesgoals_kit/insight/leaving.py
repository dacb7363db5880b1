"""When customers leave, and which: what their lives so far say, and who comes to such a moment next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.contrast import Contrast, Finding
from salesgoals_kit.insight.losing import MOMENT, OTHERS, Segment, moments, segment_contrasts, segments
from salesgoals_kit.insight.tenure import cells_of, hazards, kept
from salesgoals_kit.kpis.bridge import churn_definitions
from salesgoals_kit.kpis.leaving import Lives, Retention, customers_reaching, lives, retention
from salesgoals_kit.kpis.scope import teams_of
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR
from salesgoals_kit.words import Count, Message, Rate, say

OTHER_TEAMS = 3  # as many at least are needed to be pooled, so that none can be told
ENOUGH_TO_TELL = 30  # customers in a month of tenure, under which it is not told how many of those who begin are left
SOON = 60  # days ahead for which customers are listed


@dataclass(frozen=True, eq=False)
class Leaving:
    """When and which customers leave.

    ``hazard``: by month of tenure at_risk, lost, hazard, low, high (80 %). ``contrasts``: every comparison, for
    `contrast.findings`. ``pooled``: all but ``retention`` is of all the company's customers. ``retention`` and the
    bridge in it are the owner's.
    """

    hazard: pd.DataFrame
    contrasts: tuple[Contrast, ...]
    segments: tuple[Segment, ...]
    retention: Retention | None
    notes: tuple[Message, ...]
    pooled: bool = False
    lacking: tuple[Message, ...] = ()


@dataclass(frozen=True, eq=False)
class Entering:
    """Customers who come to a moment within ``days``: account_id, name, since, month, on, mrr, channel."""

    customers: pd.DataFrame
    days: int
    months: tuple[int, ...] = field(default=())

    @property
    def mrr(self) -> float:
        """What they pay a month, all together, in currency units; each once."""
        return float(self.customers.drop_duplicates("account_id")["mrr"].sum())


def leaving(tables: Tables, owner: Owner = COMPANY) -> Leaving:
    """Return when and which of the owner's customers leave; without subscriptions, what is lacking.

    A team's moments and segments are those of all the company's customers, where at least three other teams have
    some: when and why customers leave lies in what they buy, and a team alone has few of them.
    """
    own = lives(tables, owner)
    if own is None:
        lack = say("leaving.lacking") if not tables.has("subscriptions") else say("leaving.lacking_team")
        return Leaving(hazards(cells_of(_nobody())), (), (), None, (), lacking=(lack,))
    whole = _pooled(tables, owner)
    compared = own if whole is None else whole
    cells, found = cells_of(compared.rows), segments(compared)
    return Leaving(
        hazard=hazards(cells),
        contrasts=(
            *moments(cells, None if whole is None else cells_of(own.rows)),
            *segment_contrasts(compared, found, None if whole is None else own),
        ),
        segments=found,
        retention=retention(tables, owner),
        notes=_notes(tables, owner, compared),
        pooled=whole is not None,
    )


def _nobody() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="int64") for name in ("start", "entry", "last", "lost", "lives")})


def _pooled(tables: Tables, owner: Owner) -> Lives | None:
    """Return the lives of all the company's customers for a team, whose own teams alone are named; None: not enough."""
    found = None if owner.team is None else lives(tables)
    if found is None or owner.team is None or "team" not in found.rows:
        return None
    own = teams_of(tables.company, owner.team)
    if len(set(found.rows["team"].dropna()) - set(own)) < OTHER_TEAMS:
        return None
    named = [None if team is None else team if team in own else OTHERS for team in found.rows["team"]]
    return replace(found, rows=found.rows.assign(team=pd.Series(named, dtype="object")))


def _notes(tables: Tables, owner: Owner, compared: Lives) -> tuple[Message, ...]:
    said = [churn_definitions(tables, owner).sentence, say("leaving.final", final=compared.final)]
    said += [say("leaving.late", count=Count(compared.late))] if compared.late else []
    said += [] if compared.rows["lost"].any() else [say("leaving.nobody_left")]
    return (*_kept(compared), *said)


def _kept(compared: Lives) -> list[Message]:
    """Return how many of those who begin are still there after a year and two, where that is known of enough."""
    found = hazards(cells_of(compared.rows))
    known = kept(found).where(found["at_risk"] >= ENOUGH_TO_TELL)
    if len(known) < 2 * YEAR or known.iloc[: 2 * YEAR].isna().any():
        return []
    one, two = (Rate(float(known.iloc[months - 1])) for months in (YEAR, 2 * YEAR))
    return [say("leaving.kept", one=one, two=two)]


def moments_of(found: Iterable[Finding]) -> tuple[int, ...]:
    """Return the months of tenure of the findings that are moments, in order."""
    subjects = [dict(one.contrast.subject) for one in found if one.contrast.effect == MOMENT]
    return tuple(sorted(int(subject["month"]) for subject in subjects))


def entering(tables: Tables, months: Sequence[int], owner: Owner = COMPANY, days: int = SOON) -> Entering:
    """Return the owner's customers who complete one of these months of tenure within so many days, for action."""
    asked = tuple(sorted({int(month) for month in months}))
    return Entering(customers_reaching(tables, asked, days, owner), days, asked)
