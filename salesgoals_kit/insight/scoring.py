"""Leads and open deals by their chance to convert, from what became of those of the past as they stood back then.

The model is the whole company's: a team alone has too few outcomes. Nothing in it tells who a person is, neither
a lead nor a rep: a rep's name would be judged by few deals, would pass what is his team's, his territory's or his
luck's for his own, and would tell of nobody who is new; what is known of reps is how long they have been here, and
whether they have left. It is fitted on the prospects that came first, calibrated on those that came next, and judged on
the latest: a prospect stands in one of the three only. For scores the three move on by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.insight.checked import Check, check
from salesgoals_kit.insight.logit import Logit, fit
from salesgoals_kit.insight.reasons import reasons
from salesgoals_kit.kpis.others import people_of
from salesgoals_kit.kpis.prospects import Prospects, deal_prospects, field_words, lead_prospects
from salesgoals_kit.kpis.scope import Scope, teams_of
from salesgoals_kit.kpis.standing import BANT
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_of, month_name, month_number
from salesgoals_kit.words import Count, Message, Number, Rate, Value, say

Kind = Literal["deals", "leads"]
ENOUGH = 100  # prospects that converted, and as many that did not, for there to be a model
IN_EACH = 25  # of both, of those that it is fitted on, calibrated on and judged on
CUTS = (0.5, 0.75)  # of the prospects, in the order in which they came: until where it is fitted, and calibrated
SHOWN = 25
SUBJECTS = {  # what a score may be made of, and the features that tell of it
    "deals": {
        **{name: {name} for name in ("stage", "deal_type", "channel", "amount", "team", "tenure")},
        "touches": {"touches", "silent"},
        "slips": {"slips", "overdue"},
    },
    "leads": {
        **{name: {name} for name in (*BANT, "qualified", "channel", "team", "tenure")},
        "touches": {"touches", "silent"},
    },
}
COLUMNS = ("id", "rep", "owner", "chance", "value", "expected", "reasons")


@dataclass(frozen=True, eq=False)
class Scores:
    """The prospects of one owner. Money in currency units.

    ``rows``: those with the highest chance, at most ``SHOWN``: id, rep, owner (its team), ``chance``, ``value``
    (NaN: unknown; of a lead what its deal would bring on average), ``expected`` (chance times value), ``reasons`` (a
    Message). ``count``: how many there are, ``value`` and ``expected``: of all of them. ``refused``: why there are no
    chances; then ``rows`` is empty. ``check``: how good they were on later prospects, None where too little was
    known to tell.
    """

    kind: Kind
    rows: pd.DataFrame
    count: int
    value: float
    expected: float
    horizon: int
    check: Check | None
    refused: Message | None
    lacking: tuple[Message, ...]
    notes: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class Judged:
    """The company's model of one kind of prospects, if there is one that is better than chance, and how good it was."""

    prospects: Prospects
    model: Logit | None
    check: Check | None
    refused: Message | None


@handed
def scored(tables: Tables, kind: Kind, owner: Owner = COMPANY) -> Scores:
    """Return the owner's leads or open deals by their chance to convert, as things stand at as_of.

    A deal converts when it is won within the cycle's horizon (company.yaml) from as_of on, a lead when a deal is made
    of it within it. One that is still open by then has not converted: examples are at least that old, so that this is
    known of every one, and none is left out for how it went.
    """
    found = judged(tables, kind)
    past = found.prospects
    own = _own(tables, past.now, owner)
    notes = (*past.notes, *_notes(found, own, kind))
    if found.model is None:
        nobody = pd.DataFrame(columns=list(COLUMNS))
        return Scores(kind, nobody, len(own), 0.0, 0.0, past.horizon, found.check, found.refused, past.lacking, notes)
    rows = own.assign(chance=found.model.chances(own) if len(own) else np.zeros(0))
    rows = rows.assign(expected=rows["chance"] * rows["value"])
    shown = rows.sort_values(["chance", "id"], ascending=[False, True], ignore_index=True).head(SHOWN)
    said = _reasons(found.model, shown, kind, owner)
    shown = shown.assign(reasons=pd.Series(said, index=shown.index, dtype="object"))[list(COLUMNS)]
    value, expected = (math.fsum(rows[name].dropna()) for name in ("value", "expected"))
    return Scores(kind, shown, len(own), value, expected, past.horizon, found.check, None, (), notes)


@once
def judged(tables: Tables, kind: Kind) -> Judged:
    """Return the company's model and how good such a model was on prospects that came later than those it was made of.

    There is none under a minimum of outcomes, and none where on later prospects it was no better than chance: where
    the 95 % interval of its AUC holds 0.5, or its Brier score is not below that of giving everybody the later
    prospects' own average.
    """
    found = deal_prospects(tables) if kind == "deals" else lead_prospects(tables)
    if found.lacking:
        return Judged(found, None, None, None)
    parts = _in_turn(found.past)
    if (few := _few(found.past, parts, kind)) is not None:
        return Judged(found, None, None, few)
    first, then, last = parts
    chances = fit(first, then, found.words, found.numbers).chances(last)
    how = check(last["id"], chances, last["converted"].to_numpy(dtype="float64"))
    if not how.better:
        said: dict[str, Value] = {"auc": Rate(how.auc), "low": Rate(how.low), "high": Rate(how.high)}
        return Judged(found, None, how, Message(f"scoring.no_better_{kind}", said))
    model = fit(pd.concat([first, then], ignore_index=True), last, found.words, found.numbers)
    return Judged(found, model, how, None)


def _in_turn(past: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return the examples in three parts by the day on which the prospects came; none is in two of them."""
    born = np.sort(past.drop_duplicates("id")["born"].to_numpy(dtype="int64"))
    ends = [int(born[int(cut * len(born))]) if len(born) else 0 for cut in CUTS]
    place = np.searchsorted(ends, past["born"].to_numpy(dtype="int64"), side="right")
    first, then, last = (past[place == part].reset_index(drop=True) for part in range(3))
    return first, then, last


def _few(past: pd.DataFrame, parts: Sequence[pd.DataFrame], kind: Kind) -> Message | None:
    """Return that there are too few outcomes, if so."""
    yes, no = _outcomes(past)
    each = min(min(_outcomes(part)) for part in parts)
    if min(yes, no) >= ENOUGH and each >= IN_EACH:
        return None
    said: dict[str, Value] = {"yes": Count(yes), "no": Count(no), "enough": Count(ENOUGH), "each": Count(IN_EACH)}
    return Message(f"scoring.few_{kind}", said)


def _outcomes(past: pd.DataFrame) -> tuple[int, int]:
    """Return how many prospects converted, and how many did not."""
    ends = past.groupby("id")["converted"].max() if len(past) else pd.Series(dtype="int64")
    return int((ends == 1).sum()), int((ends == 0).sum())


def _own(tables: Tables, now: pd.DataFrame, owner: Owner) -> pd.DataFrame:
    """Return an owner's prospects; of a team's those that somebody of another team has without his name."""
    if owner.kind == "company" or now.empty:
        return now
    if owner.kind == "rep":
        return now[now["rep"] == owner.rep].reset_index(drop=True)
    own = now[now["owner"].isin(teams_of(tables.company, str(owner.team)))].reset_index(drop=True)
    named = people_of(Scope(tables, owner)) or frozenset()
    return own.assign(rep=pd.Series([rep if rep in named else None for rep in own["rep"]], dtype="object"))


def _reasons(model: Logit, shown: pd.DataFrame, kind: Kind, owner: Owner) -> list[Message]:
    if shown.empty:
        return []
    return reasons(model.parts(shown), shown, kind, () if owner.kind == "company" else ("team",))


def _notes(found: Judged, own: pd.DataFrame, kind: Kind) -> tuple[Message, ...]:
    """Return what the chances were learned from, what they do not know, and which prospects have none."""
    past = found.prospects
    said: list[Message] = []
    if found.model is not None:
        days = past.past["day"]
        first, last = (month_name(month_number(day_of(int(day)))) for day in (days.min(), days.max()))
        learned: dict[str, Value] = {"count": Count(int(past.past["id"].nunique())), "first": first, "last": last}
        said.append(Message(f"scoring.learned_{kind}", {**learned, "days": Number(past.horizon, 0, "days")}))
        said.append(say("scoring.nobody"))
        said += [say("scoring.answers")] if kind == "leads" and set(BANT) & set(past.numbers) else []
        said += [say("scoring.undated")] if {"deal_type", "channel"} & {*past.words} else []
        unused = tuple(
            field_words(name) for name in SUBJECTS[kind] if not SUBJECTS[kind][name] & {*past.words, *past.numbers}
        )
        said += [say("scoring.unknown_fields", fields=unused)] if unused else []
        without = int(own["value"].isna().sum())
        said += (
            [Message(f"scoring.no_value_{kind}", {"count": Count(without), "of": Count(len(own))})] if without else []
        )
    said += [say("scoring.old", count=Count(past.old), days=Number(past.horizon, 0, "days"))] if past.old else []
    return (*said, *([say("scoring.no_creation", count=Count(past.undated))] if past.undated else []))
