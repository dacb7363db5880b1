"""Too many goals at once: a warning that names the one to give up first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Protocol

from salesgoals_kit.goals.focus import FEW
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period
from salesgoals_kit.words import Count, Message, Money, Value, say


class Held(Protocol):
    """A goal that somebody is held to: one of a file, or the ledger's."""

    @property
    def kpi(self) -> str:
        """The measure."""

    @property
    def owner(self) -> Owner:
        """Whose it is."""

    @property
    def period(self) -> Period | str:
        """The period, or its name."""


def too_many(goals: Sequence[Held], gains: Mapping[str, float]) -> tuple[Message, ...]:
    """Return a warning for every owner and period with more than three agreed goals, naming the weakest.

    ``gains`` by KPI are those of `Focus`; a goal on a KPI that is no lever, like revenue, is none to give up.
    """
    counts = Counter((goal.owner, str(goal.period)) for goal in goals)
    said = []
    for (owner, period), count in counts.items():
        if count <= FEW:
            continue
        kpis = [goal.kpi for goal in goals if (goal.owner, str(goal.period)) == (owner, period) and goal.kpi in gains]
        few: dict[str, Value] = {"count": Count(count), "owner": owner_words(owner), "period": period}
        if kpis:
            weakest = min(kpis, key=lambda kpi: (gains[kpi], kpi))
            few |= {"kpi": say(f"kpis.title_{weakest}"), "gain": Money(gains[weakest])}
        said.append(Message("focus.too_many_weakest" if kpis else "focus.too_many", few))
    return tuple(said)
