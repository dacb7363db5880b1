"""The verdict on a goal: each letter of SMART with its reasons from the data, and the nearest version that passes."""

from __future__ import annotations

from dataclasses import dataclass

from salesgoals_kit.goals.evidence import Evidence
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.letters import Letter
from salesgoals_kit.goals.nearest import Nearest, letters_of, nearest
from salesgoals_kit.words import Message


@dataclass(frozen=True)
class Verdict:
    """The five letters of a goal, S, M, A, R and T, and the nearest version that passes: itself, if it does."""

    goal: Goal
    letters: tuple[Letter, ...]
    nearest: Nearest

    @property
    def passed(self) -> bool:
        """Whether every letter passes."""
        return all(letter.passed for letter in self.letters)

    @property
    def failed(self) -> tuple[Letter, ...]:
        """The letters that do not pass."""
        return tuple(letter for letter in self.letters if not letter.passed)

    @property
    def better(self) -> Goal | None:
        """The nearest version that passes; None where there is none (``nearest.changes`` says why)."""
        return self.nearest.goal

    @property
    def sentence(self) -> Message | None:
        """The nearest version in a sentence."""
        return self.nearest.sentence


def check(goal: Goal, evidence: Evidence) -> Verdict:
    """Return the verdict on a goal by the evidence for it: Doran (1981), "There's a S.M.A.R.T. way", as it is used.

    Pure: the same goal and evidence give the same verdict, and `better` passes with the same evidence.
    """
    return Verdict(goal, letters_of(goal, evidence), nearest(goal, evidence))
