"""The funnel ceiling: what open deals and those still to come can bring by a period's end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from salesgoals_kit.forecast.signals import seed_of
from salesgoals_kit.goals.arrivals import overdispersion, pace_months, said_of_pace, season_of
from salesgoals_kit.kpis.pipeline import ANY, Pipeline, amounts_of
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import YEAR, Period, day_number, month_number, month_start
from salesgoals_kit.words import Count, Message, Money, Rate, say

Floats = npt.NDArray[np.float64]
DRAWS = 1000


@dataclass(frozen=True, eq=False)
class FunnelCeiling:
    """What the funnel can bring in the period, in currency units: ``draws`` = already won + ``opened`` + ``coming``.

    ``wins``: deals won, likewise. ``a_deal``: what one more deal created now would bring by the period's end, on
    average; ``a_lead``: one more qualified lead; NaN where the data has no leads.
    """

    draws: Floats
    opened: Floats
    coming: Floats
    wins: Floats
    a_deal: float
    a_lead: float
    message: Message
    notes: tuple[Message, ...]


@dataclass(frozen=True, eq=False)
class Curve:
    """Joint draws (rows) of the shares won and still open after each day (columns) of a deal's life."""

    won: Floats
    still: Floats

    def won_by(self, day: npt.NDArray[np.int64]) -> Floats:
        """Return the share won by each of these days; none before the first, no more after the last."""
        at = np.minimum(day, self.won.shape[1] - 1)
        return np.where(day < 0, 0.0, self.won[:, np.maximum(at, 0)])

    def chance(self, age: npt.NDArray[np.int64], first: int, last: int) -> Floats:
        """Return the chance that a deal open at ``age`` is won from ``first`` to ``last`` days later, both inclusive.

        (W(age + last) - W(age + first - 1)) / S(age), W the share won and S the share open (Putter, Fiocco & Geskus
        2007, section 3.3: prediction from a landmark). A deal older than any that was followed has none.
        """
        at = np.minimum(age, self.still.shape[1] - 1)
        left = np.where(age >= self.still.shape[1], 0.0, self.still[:, at])
        gained = self.won_by(age + last) - self.won_by(age + max(first, 1) - 1)
        return np.clip(np.divide(gained, left, out=np.zeros_like(gained), where=left > 1e-12), 0.0, 1.0)

    def chance_at_any_age(self, first: int, last: int) -> Floats:
        """Return the chance of a deal of whose age nothing is known, as one column.

        Where deals come evenly, the open ones are of an age in proportion to the share still open at it (the age in a
        renewal process: Cox, Renewal Theory, 1962, chapter 5).
        """
        ages = np.arange(self.still.shape[1])
        won = (self.chance(ages, first, last) * self.still).sum(axis=1, keepdims=True)
        whole = self.still.sum(axis=1, keepdims=True)
        return np.asarray(np.divide(won, whole, out=np.zeros_like(won), where=whole > 1e-12))


def funnel_ceiling(known: Pipeline, owner: Owner, period: Period, as_of: date) -> FunnelCeiling:
    """Return the funnel ceiling of a period that ends after ``as_of``, months between the two included.

    Each open deal is won or not with its own chance, and brings its own amount. Deals to come arrive month by month
    at the last year's pace and season (a younger owner's at that of its months), more variable than Poisson if they
    were so; they are won by the curve of their kind, in the days that are left to them, and bring what won deals of
    their kind did that took no longer. The curves themselves are drawn (`draw_curve`). No trend of the pace goes on.
    """
    curves = draw_curves(known.curves, owner, period)
    rng = np.random.default_rng(seed_of("funnel", owner, period.name, as_of.isoformat()))
    now = day_number(as_of)
    days = (day_number(period.start) - now, day_number(period.end) - now)
    opened, open_wins = _opened(rng, known, curves, days)
    coming, coming_wins = _coming(rng, known, curves, period, as_of)
    before = known.won[known.won["month"].between(period.first, period.last)]
    already = float(before["amount"].sum())
    a_deal = _worth(known, curves, days)
    draws = already + opened + coming
    return FunnelCeiling(
        draws,
        opened,
        coming,
        float(before["deals"].sum()) + open_wins + coming_wins,
        a_deal,
        a_deal / known.leads_a_deal,
        _told(known, draws, opened, coming),
        (
            *known.notes,
            *said_of_pace(known, _last_month(as_of)),
            *_too_old(known, curves),
            *_mostly_to_come(draws, coming),
        ),
    )


def draw_curves(curves: pd.DataFrame, owner: Owner, period: Period) -> dict[str, Curve]:
    """Return drawn curves by kind; see `draw_curve`."""
    drawn = {}
    for kind, rows in curves.groupby("kind", sort=True):
        rng = np.random.default_rng(seed_of("curve", owner, period.name, kind))
        counts = rows.sort_values("day")[["at_risk", "won", "lost"]].to_numpy(dtype="float64")
        drawn[str(kind)] = draw_curve(rng, counts)
    return drawn


def draw_curve(rng: np.random.Generator, counts: Floats) -> Curve:
    """Return ``DRAWS`` curves from daily counts (columns at risk, won, lost), centred on Aalen and Johansen's.

    The Bayesian bootstrap for censored data (Lo 1993): a day's chances of winning, losing and going on are Dirichlet
    with the day's counts.
    """
    risk, won, lost = counts.T
    shares = [rng.standard_gamma(np.broadcast_to(part, (DRAWS, len(part)))) for part in (won, lost, risk - won - lost)]
    whole = shares[0] + shares[1] + shares[2]
    wins, losses = (np.divide(part, whole, out=np.zeros_like(part), where=whole > 0) for part in shares[:2])
    still = np.cumprod(1 - wins - losses, axis=1).clip(0.0, 1.0)
    before = np.concatenate([np.ones((DRAWS, 1)), still[:, :-1]], axis=1)
    return Curve(np.cumsum(before * wins, axis=1), still)


def _opened(
    rng: np.random.Generator, known: Pipeline, curves: Mapping[str, Curve], days: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Return what open deals bring, and how many are won."""
    money, wins = np.zeros(DRAWS), np.zeros(DRAWS)
    for kind, chance in _chances(known.opened, curves, days).items():
        won = rng.random(chance.shape) < chance
        amount = known.opened.loc[known.opened["kind"] == kind, "amount"].to_numpy(dtype="float64")
        guessed = rng.choice(amounts_of(known.sizes, kind, np.inf), size=chance.shape)
        money += np.where(won, np.where(np.isnan(amount), guessed, amount), 0.0).sum(axis=1)
        wins += won.sum(axis=1)
    return money, wins


def _chances(opened: pd.DataFrame, curves: Mapping[str, Curve], days: tuple[int, int]) -> dict[str, Floats]:
    """Return draws (rows) of each open deal's chance, by kind.

    One of unknown age has the mean chance of the others of its kind; where none of these has an age, of all others;
    where none at all has, that of any age.
    """
    dated = {str(kind): rows["age"].notna().to_numpy() for kind, rows in opened.groupby("kind", sort=True)}
    found, all_known = {}, []
    for kind, known in dated.items():
        ages = opened.loc[opened["kind"] == kind, "age"].fillna(0).to_numpy(dtype="int64")
        found[kind] = curves.get(kind, curves[ANY]).chance(ages, *days)
        all_known.append(found[kind][:, known])
    others = np.concatenate(all_known, axis=1) if all_known else np.zeros((DRAWS, 0))
    for kind, known in dated.items():
        near = found[kind][:, known] if known.any() else others
        if not known.all():
            curve = curves.get(kind, curves[ANY])
            found[kind][:, ~known] = (
                near.mean(axis=1, keepdims=True) if near.shape[1] else curve.chance_at_any_age(*days)
            )
    return found


def _coming(
    rng: np.random.Generator, known: Pipeline, curves: Mapping[str, Curve], period: Period, as_of: date
) -> tuple[Floats, Floats]:
    money, wins = np.zeros(DRAWS), np.zeros(DRAWS)
    last = _last_month(as_of)
    season = season_of(known.created, last)
    spread = overdispersion(known.created, season, last)
    months = pace_months(known, last)
    for kind, rows in known.created[known.created["month"].isin(months)].groupby("kind", sort=True):
        seen = float(rows["deals"].sum())
        expected = sum(season[month % YEAR] for month in months)
        pace = rng.gamma(seen / spread, spread / expected, size=DRAWS) if seen else np.zeros(DRAWS)
        for month in range(last + 1, period.last + 1):
            share, chance = _in_time(curves.get(str(kind), curves[ANY]), month, period, as_of)
            mean = pace * season[month % YEAR] * share
            more = rng.gamma(mean / (spread - 1)) * (spread - 1) if spread > 1 else mean
            won = rng.poisson(more * chance)
            sizes = amounts_of(known.sizes, str(kind), float(day_number(period.end) - day_number(month_start(month))))
            brought = rng.choice(sizes, size=int(won.sum()))
            money += np.bincount(np.repeat(np.arange(DRAWS), won), brought, minlength=DRAWS)
            wins += won
    return money, wins


def _last_month(as_of: date) -> int:
    """Return the last month whose deals have all been created."""
    month = month_number(as_of)
    return month if day_number(month_start(month + 1)) == day_number(as_of) + 1 else month - 1


def _in_time(curve: Curve, month: int, period: Period, as_of: date) -> tuple[float, Floats]:
    """Return what part of a month is still to come, and the chance to be won in the period, created in that part."""
    whole = np.arange(day_number(month_start(month)), day_number(month_start(month + 1)))
    days = whole[whole > day_number(as_of)]
    if not len(days):
        return 0.0, np.zeros(len(curve.won))
    gained = curve.won_by(day_number(period.end) - days) - curve.won_by(day_number(period.start) - 1 - days)
    return len(days) / len(whole), gained.mean(axis=1)


def _worth(known: Pipeline, curves: Mapping[str, Curve], days: tuple[int, int]) -> float:
    """Return what one more deal of today brings on average: of the last year's mix of kinds."""
    sums = known.created.groupby("kind")["deals"].sum()
    total, mix = 0.0, max(float(sums.sum()), 1.0)
    for kind, deals in sums.items():
        won = curves.get(str(kind), curves[ANY]).chance(np.zeros(1, dtype=np.int64), *days).mean()
        total += float(deals) / mix * float(won) * float(amounts_of(known.sizes, str(kind), float(days[1])).mean())
    return total


def _too_old(known: Pipeline, curves: Mapping[str, Curve]) -> tuple[Message, ...]:
    longest = known.opened["kind"].map({kind: curve.won.shape[1] for kind, curve in curves.items()})
    old = int((known.opened["age"] >= longest).sum())
    return (say("ceilings.open_too_old", count=Count(old), of=Count(len(known.opened))),) if old else ()


def _mostly_to_come(draws: Floats, coming: Floats) -> tuple[Message, ...]:
    share = float(coming.sum() / draws.sum()) if draws.sum() > 0 else 0.0
    return (say("ceilings.mostly_to_come", share=Rate(share)),) if share > 0.5 else ()


def _told(known: Pipeline, draws: Floats, opened: Floats, coming: Floats) -> Message:
    return say(
        "ceilings.funnel",
        value=Money(float(np.median(draws))),
        deals=Count(len(known.opened)),
        opened=Money(float(np.median(opened))),
        coming=Money(float(np.median(coming))),
        share=Rate(float(np.median(opened)) / max(float(np.median(draws)), 1.0)),
    )
