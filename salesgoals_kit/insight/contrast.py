"""What is compared, and which differences are findings: those that survive all the comparisons of one question.

Whoever looks at many differences finds some by chance. All comparisons that answer one question (how deals go, who
leaves, which channels pay, …) are judged together, at a false discovery rate of ``RATE`` (Benjamini & Hochberg 1995):
of what is called a finding, at most that share is luck, on average; where there is nothing to find, any finding at all
comes up in at most that share of reports. One rate over the whole report would let the differences that are plain, as
channels have them, make room for luck elsewhere.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import false_discovery_control

from salesgoals_kit.errors import Fault, SalesGoalsError
from salesgoals_kit.goals.levers import Move
from salesgoals_kit.words import Message

RATE = 0.01
QUESTIONS = {
    "stage": "deals",
    "segment": "deals",
    "coaching": "deals",
    "moment": "customers",
    "leaving": "customers",
    "bunching": "quarters",
    "slipping": "quarters",
}  # by effect; an effect that is not named is a question of its own


@dataclass(frozen=True)
class Contrast:
    """One comparison: in what (``effect``), of whom or what (``subject``), by how much, and how likely by chance.

    ``estimate``, ``low`` and ``high`` (80 %) are in the effect's own unit: a ratio where 1 is no difference, or a
    difference where 0 is none. ``p`` is two-sided. ``good``: more of it is to be kept, not changed. ``move``: what
    would change in the driver model if the subject did as those it is compared with; None where nothing is moved.
    """

    effect: str
    subject: tuple[tuple[str, str], ...]
    estimate: float
    low: float
    high: float
    p: float
    good: bool
    said: Message
    move: Move | None = None


@dataclass(frozen=True)
class Finding:
    """A contrast that survived; ``q`` is the smallest false discovery rate at which it does."""

    contrast: Contrast
    q: float


def findings(contrasts: Iterable[Contrast], rate: float = RATE) -> tuple[Finding, ...]:
    """Return the contrasts that survive, the surest first. All contrasts of one report belong in one call.

    Raises SalesGoalsError with every contrast whose p is no probability.
    """
    made = list(contrasts)
    faults = [
        Fault(f"{one.effect}, {one.subject}", f"p is {one.p!r}", "a number from 0 to 1")
        for one in made
        if not (math.isfinite(one.p) and 0 <= one.p <= 1)
    ]
    if faults:
        raise SalesGoalsError("These cannot be compared.", faults)
    kept = [found for question in _by_question(made) for found in _surviving(question, rate)]
    return tuple(sorted(kept, key=lambda found: (found.q, found.contrast.p, found.contrast.effect)))


def _by_question(made: list[Contrast]) -> list[list[Contrast]]:
    questions: dict[str, list[Contrast]] = {}
    for one in made:
        questions.setdefault(QUESTIONS.get(one.effect, one.effect), []).append(one)
    return list(questions.values())


def _surviving(question: list[Contrast], rate: float) -> list[Finding]:
    adjusted = false_discovery_control([one.p for one in question], method="bh")
    return [Finding(one, float(q)) for one, q in zip(question, adjusted, strict=True) if q <= rate]
