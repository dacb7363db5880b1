"""What is worth coaching: how each rep's deals pass each stage, beside those of his peers, and chance taken off.

A rep is compared with the other people of his team, in deals of the same type and channel, by reps as long in the job,
in the same year; in a team too small for that with such people of the whole company, where they are of three other
teams at least: nobody is held against a team that everybody knows. What is left of a difference once
chance is taken off is the empirical Bayes estimate of how many of his deals stop in a stage for each that would with
his peers (gamma-Poisson: Clayton & Kaldor 1987): few deals leave nearly nothing of it. Under ``FEW`` deals on either
side nothing is said of a person at all. In which stage a person differs is one question, however many stages there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.data.teams import people_names
from salesgoals_kit.goals.shrink import Pool, paces
from salesgoals_kit.insight.contrast import Contrast, Finding
from salesgoals_kit.insight.strata import FEW, INNER, STANDS_OUT, Cases, Split, cases, exact_p, one_of
from salesgoals_kit.kpis.makeup import make_up
from salesgoals_kit.kpis.others import FEWEST_OTHERS
from salesgoals_kit.kpis.stages import followed_entries, stage_counts
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.words import Count, Message, Name, Rate, Value, say

MOST = 3  # things worth coaching that a person is told at once
ALIKE = ["deal_type", "channel", "tenure", "ago"]
LEAST_EXPECTED = 1e-6  # deals that stop, under which there is nothing to compare with


@dataclass(frozen=True)
class RepStage:
    """A rep's stage: deals that entered it, that went on, and the share; ``peers``: what like deals of his peers did.

    ``likely``: his share with chance taken off, ``low`` to ``high`` its 80 % range; NaN, as ``peers``, where there are
    too few deals to compare.
    """

    rep: str
    team: str | None
    stage: str
    entered: int
    passed: int
    rate: float
    peers: float = np.nan
    likely: float = np.nan
    low: float = np.nan
    high: float = np.nan

    @property
    def enough(self) -> bool:
        """Whether there are enough deals to say anything."""
        return bool(np.isfinite(self.likely))


@dataclass(frozen=True, eq=False)
class Coaching:
    """The reps who are here, sorted by team and name, with their stages in order.

    ``few``: a sentence for each of whom too little is known in any stage. ``names``: what they are called. ``lacking``:
    what the data would need; then all else is empty.
    """

    owner: Owner
    stages: tuple[str, ...]
    reps: tuple[tuple[str, str | None], ...]
    rows: tuple[RepStage, ...]
    contrasts: tuple[Contrast, ...]
    few: tuple[Message, ...]
    names: dict[str, str]
    notes: tuple[Message, ...]
    lacking: tuple[Message, ...] = ()

    def of(self, rep: str) -> tuple[RepStage, ...]:
        """Return one rep's stages."""
        return tuple(row for row in self.rows if row.rep == rep)


def worth_coaching(found: Coaching, sure: Iterable[Finding]) -> dict[str, tuple[Contrast, ...]]:
    """Return what is worth coaching, by rep: his stages among the report's findings that pass less, at most three.

    The farthest from his peers come first. Where no stage stands out but his win rate does (effect ``segment``), it is
    that alone. Who has neither is not in it.
    """
    behind: dict[str, list[Contrast]] = {}
    overall: dict[str, list[Contrast]] = {}
    for finding in sure:
        one = finding.contrast
        rep = dict(one.subject).get("rep")
        if rep is not None and not one.good:
            (behind if one.effect == "coaching" else overall).setdefault(rep, []).append(one)
    told = {rep: behind.get(rep) or overall.get(rep, []) for rep, _ in found.reps}
    return {
        rep: tuple(sorted(some, key=lambda one: (one.estimate, one.p))[:MOST]) for rep, some in told.items() if some
    }


@handed
def coaching(tables: Tables, owner: Owner = COMPANY) -> Coaching:
    """Return each rep's stages beside his peers': of a team's own people, or, in a company's report, of all by team.

    A person's figures are the same in both.
    """
    everyone = _everyone(tables)
    if owner == COMPANY or everyone.lacking:
        return replace(everyone, owner=owner)
    reps = set(make_up(tables, owner).people["rep"].astype(str))
    few = tuple(said for said, (rep, _) in zip(everyone.few, _unknown(everyone), strict=True) if rep in reps)
    return replace(
        everyone,
        owner=owner,
        reps=tuple(one for one in everyone.reps if one[0] in reps),
        rows=tuple(row for row in everyone.rows if row.rep in reps),
        contrasts=tuple(one for one in everyone.contrasts if dict(one.subject)["rep"] in reps),
        few=few,
        names={rep: name for rep, name in everyone.names.items() if rep in reps},
    )


@once
def _everyone(tables: Tables) -> Coaching:
    found = followed_entries(tables)
    if found is None or found.rows.empty or not found.rows["rep"].notna().any():
        lack = say("losses.lacks_events") if found is None else say("coaching.nothing_followed")
        return Coaching(COMPANY, (), (), (), (), (), {}, (), (lack,))
    people = make_up(tables).people
    pairs = zip(people["rep"].astype(str), people["team"], strict=True)
    here = tuple(sorted(((rep, team) for rep, team in pairs), key=lambda one: (one[1] or "", one[0])))
    counts = stage_counts(found, ("team", "rep", *ALIKE))
    counts = counts[counts["rep"].notna()].reset_index(drop=True)
    names = people_names(tables)
    parts = [
        _stage(counts[counts["stage"] == stage].reset_index(drop=True), here, name, names)
        for stage, name in enumerate(found.order)
    ]
    order = {rep: i for i, (rep, _) in enumerate(here)}
    rows = sorted((row for told, _ in parts for row in told), key=lambda row: order[row.rep])
    count = len(found.order)
    contrasts = tuple(replace(one, p=one_of(one.p, count)) for _, told in parts for one in told)
    made = Coaching(COMPANY, found.order, here, tuple(rows), contrasts, (), names, (say("coaching.peers"),))
    return replace(made, few=tuple(_few(made, rep) for rep, _ in _unknown(made)))


def _unknown(found: Coaching) -> list[tuple[str, str | None]]:
    """Return the reps of whom too little is known in every stage."""
    return [one for one in found.reps if not any(row.enough for row in found.of(one[0]))]


def _few(found: Coaching, rep: str) -> Message:
    most = max((row.entered for row in found.of(rep)), default=0)
    return say("coaching.few", name=Name(found.names.get(rep, rep)), count=Count(most), few=Count(FEW))


def _stage(
    there: pd.DataFrame, here: tuple[tuple[str, str | None], ...], stage: str, names: dict[str, str]
) -> tuple[list[RepStage], list[Contrast]]:
    """Return one stage of all who are here."""
    near = [cases(there, strata, "passed", "entered") for strata in (["team", *ALIKE], ALIKE)]
    reps, teams = (there[name].to_numpy(dtype="object") for name in ("rep", "team"))
    first = {rep: against_peers(near, (reps, teams), rep) for rep, _ in here}
    apart = [rep for rep, pair in first.items() if pair is not None and exact_p(pair) < STANDS_OUT]
    pairs = {rep: against_peers(near, (reps, teams), rep, apart) for rep, _ in here} if apart else first
    pool = _pool(stage, here, pairs)
    rows, contrasts = [], []
    for rep, team in here:
        own = there[there["rep"] == rep]
        entered, passed = int(own["entered"].sum()), int(own["passed"].sum())
        row = RepStage(rep, team, stage, entered, passed, passed / entered if entered else np.nan)
        pair = pairs[rep]
        if pair is not None:
            row, contrast = _judged(row, pair, pool, names)
            contrasts.append(contrast)
        rows.append(row)
    return rows, contrasts


def against_peers(
    near: Sequence[Cases], whose: tuple[npt.NDArray[np.object_], ...], rep: str, apart: Sequence[str] = ()
) -> Split | None:
    """Return a rep against the first of the circles around him that is large enough: his deals' team, or all; or None.

    ``whose``: the reps of the cases' rows, and their teams; those who stand ``apart`` are nobody's peers.
    """
    reps, teams = whose
    out = np.isin(reps.astype("str"), list(apart))
    mine = reps == rep
    for circle, sides in enumerate(near):
        found = matched(sides.split(mine, out))
        others = {*teams[sides.beside(mine, out)]} - {*teams[mine]} - {None, np.nan}
        many = circle == 0 or len(others) >= FEWEST_OTHERS
        if many and found.enough and _expected_stops(found) > LEAST_EXPECTED:
            return found
    return None


def matched(found: Split) -> Split:
    """Return the strata in which both sides have cases."""
    both = (found.of > 0) & (found.other_of > 0)
    return Split(found.hits[both], found.of[both], found.other_hits[both], found.other_of[both])


def _expected_stops(found: Split) -> float:
    """Return how many of a rep's deals would stop in the stage with his peers, in the strata both have deals in."""
    return float((found.of * (1 - found.other_hits / found.other_of)).sum())


def _pool(stage: str, here: tuple[tuple[str, str | None], ...], pairs: dict[str, Split | None]) -> Pool:
    units = [
        {"rep": rep, "team": team, "stops": float((pair.of - pair.hits).sum()), "expected": _expected_stops(pair)}
        for rep, team in here
        if (pair := pairs[rep]) is not None
    ]
    columns = ["rep", "team", "stops", "expected"]
    return paces(f"coaching {stage}", pd.DataFrame(units, columns=columns), "stops", "expected")


def _judged(row: RepStage, found: Split, pool: Pool, names: dict[str, str]) -> tuple[RepStage, Contrast]:
    """Return a stage with what it likely is, and its contrast: the ratio of the shares that go on."""
    of, stops = float(found.of.sum()), _expected_stops(found)
    peers = 1 - stops / of
    factors = np.array([pool.mean(row.rep, row.team)]) if pool.known else np.ones(1)
    drawn = pool.draws(row.rep, row.team) if pool.known else np.ones(1)
    likely = float(np.clip(1 - factors[0] * stops / of, 0.0, 1.0))
    ends = np.quantile(np.clip(1 - drawn * stops / of, 0.0, 1.0), [(1 - INNER) / 2, (1 + INNER) / 2])
    low, high = min(float(ends[0]), likely), max(float(ends[1]), likely)
    judged = RepStage(row.rep, row.team, row.stage, row.entered, row.passed, row.rate, peers, likely, low, high)
    over = max(peers, LEAST_EXPECTED)
    good = float(found.hits.sum()) >= of - stops
    values: dict[str, Value] = {
        "name": Name(names.get(row.rep, row.rep)),
        "stage": Name(row.stage),
        "own": Rate(likely),
        "peers": Rate(peers),
        "low": Rate(low),
        "high": Rate(high),
        "count": Count(int(of)),
    }
    subject = (*((("team", row.team),) if row.team is not None else ()), ("rep", row.rep), ("stage", row.stage))
    said = Message("coaching.ahead" if good else "coaching.behind", values)
    ends_of = (likely / over, low / over, high / over)
    return judged, Contrast("coaching", subject, *ends_of, exact_p(found), good, said)
