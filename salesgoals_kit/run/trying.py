"""The parameters of goal_setting that are tried out, as the room of goals takes them."""

from __future__ import annotations

from salesgoals_kit.goals.changes import Changes
from salesgoals_kit.run.params import GoalParams, Params

FIELDS = (
    "hire",
    "hire_month",
    "wage",
    "price",
    "elasticity",
    "shift_from",
    "shift_to",
    "shift_amount",
    "churn",
    "leads",
)


def changes_of(params: Params) -> Changes:
    """Return what is to be tried; of a template without such parameters nothing."""
    if not isinstance(params, GoalParams):
        return Changes()
    return Changes(**{name: getattr(params, name) for name in FIELDS})


def goal_of(params: Params) -> float | None:
    """Return the goal that is to be shared out; None: none was given."""
    return params.goal if isinstance(params, GoalParams) else None
