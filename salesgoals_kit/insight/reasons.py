"""Why a lead or a deal has its chance, in words: the terms of the model that move it most, and what they stand for."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from salesgoals_kit.kpis.standing import BANT, DEAL_WORDS, LATELY, LEAD_WORDS
from salesgoals_kit.periods import DAYS_A_MONTH
from salesgoals_kit.words import Count, Message, Name, Number, say

MOST = 3
LEAST = 0.2  # of the logarithm of the odds: less moves a chance by under five points
RECENTLY = 14  # days
ALIKE = {"touches": "activity", "silent": "activity", "qualified": "qualified", "since_qualified": "qualified"}
WORDS = (*DEAL_WORDS, *LEAD_WORDS)


def reasons(parts: pd.DataFrame, rows: pd.DataFrame, kind: str, unsaid: Collection[str] = ()) -> list[Message]:
    """Return for each row what speaks for it and what against it, at most ``MOST`` things, the weightiest first.

    ``parts``: what each feature adds, as `insight.logit.Logit.parts` has it; ``unsaid``: features that are no reasons.
    Of two that tell of the same only the weightier is said.
    """
    names = [name for name in parts.columns if name not in unsaid]
    features = list(rows[names].itertuples(index=False, name=None))
    weights = list(parts[names].itertuples(index=False, name=None))
    return [_of_one(dict(zip(names, a, strict=True)), dict(zip(names, b, strict=True)), kind)
            for a, b in zip(features, weights, strict=True)]  # fmt: skip


def _of_one(values: dict[str, object], weights: dict[str, float], kind: str) -> Message:
    speak: dict[bool, list[Message]] = {True: [], False: []}
    told: set[str] = set()
    for name in sorted(weights, key=lambda name: (-abs(weights[name]), name)):
        subject = ALIKE.get(name, name)
        said = None if subject in told or abs(weights[name]) < LEAST else reason(name, values[name], kind)
        if said is not None and len(told) < MOST:
            told.add(subject)
            speak[weights[name] > 0].append(said)
    return _together(tuple(speak[True]), tuple(speak[False]))


def _together(pro: tuple[Message, ...], con: tuple[Message, ...]) -> Message:
    if pro and con:
        return say("scoring.both", pro=pro, con=con)
    if pro:
        return say("scoring.pro", pro=pro)
    return say("scoring.con", con=con) if con else say("scoring.usual")


def reason(name: str, value: object, kind: str) -> Message | None:
    """Return what a feature says of a deal or a lead; None where it is unknown, or says nothing worth saying."""
    if value is None or pd.isna(value):  # type: ignore[call-overload]
        return None
    if name in WORDS:
        return Message(f"scoring.by_{name}", {"name": Name(str(value))})
    number = float(value)  # type: ignore[arg-type]
    if name in (*BANT, "qualified"):
        return Message(f"scoring.{'has' if number else 'no'}_{name}", {})
    if name == "age" and number < 1:
        return Message(f"scoring.came_today_{kind}", {})
    if name == "age":
        return Message(f"scoring.age_{kind}", {"days": Number(number, 0, "days")})
    if name == "amount":
        return say("scoring.larger") if number > 0 else say("scoring.smaller")
    return _counted(name, number)


def _counted(name: str, number: float) -> Message | None:
    days = Number(number, 0, "days")
    if name == "touches":
        lately = Number(LATELY, 0, "days")
        return say("scoring.touches", count=Count(int(number)), days=lately) if number else _silent(lately)
    if name == "silent" and number < 1:
        return say("scoring.touched_today")
    if name == "silent":
        return say("scoring.touched", days=days) if number <= RECENTLY else _silent(days)
    if name == "slips":
        return say("scoring.slips", count=Count(int(number))) if number else say("scoring.no_slips")
    if name == "tenure":
        return say("scoring.tenure", months=Number(number / DAYS_A_MONTH, 0, "months"))
    if name in ("overdue", "left") and not number:
        return None
    return say("scoring.left") if name == "left" else Message(f"scoring.{name}", {"days": days})


def _silent(days: Number) -> Message:
    return say("scoring.silent", days=days)
