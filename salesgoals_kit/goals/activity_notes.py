"""What is to be known of a rep's activities: whose rates he is given, and which steps there are not."""

from __future__ import annotations

import math

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.goals.chain import Pools
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.kpis.conversions import Conversions
from salesgoals_kit.kpis.curves import usual_cycle
from salesgoals_kit.owners import Owner
from salesgoals_kit.words import Message, Name, Number, say


def notes_of(
    tables: Tables, found: Conversions, made: Pools, person: tuple[str, str | None], goal: float
) -> tuple[Message, ...]:
    """Return what is to be known of a rep's activities: whose rates they are made of, and what the data lacks."""
    said = [say("activity.goal_zero")] if goal == 0 else []
    said += _whose(made, *person)
    said += [say("activity.invoices")] if tables.company.revenue == "invoices" else []
    said += _lacking(tables, found, made)
    if "created_at" in tables.columns("deals"):
        half = usual_cycle(tables)[0]
        said += [say("activity.lag", days=Number(half, 0, "days"))] if math.isfinite(half) else []
    return (*said, *found.notes)


def _whose(made: Pools, rep: str, team: str | None) -> list[Message]:
    """Return whose rates a rep without his own, or without a team to be compared with, is given."""
    said, who = [], owner_words(Owner(team, rep))
    if made.win.cases(rep, team) == 0:
        name = Name(team or "")
        known = team is not None and made.win.cases(None, team) > 0
        said.append(
            say("activity.takes_team", name=who, team=name) if known else say("activity.takes_company", name=who)
        )
    elif team is None:
        said.append(say("activity.no_team", name=who))
    elif made.win.cases(None, team) == made.win.cases(rep, team):
        said.append(say("activity.team_of_one", name=who, team=Name(team)))
    return said


def _lacking(tables: Tables, found: Conversions, made: Pools) -> list[Message]:
    """Return which steps there are not, and which activities count in no hours."""
    minutes = tables.company.activity.minutes
    said = []
    if made.led is None:
        said.append(say("activity.no_leads") if found.lead_months is None else say("activity.no_lead_became_deal"))
    if not made.yields:
        return [*said, say("activity.no_activities")]
    untimed = [kind for kind in made.yields if kind not in minutes]
    unseen = [kind for kind in minutes if kind not in made.yields]
    said += [say("activity.no_minutes", kinds=tuple(Name(kind) for kind in untimed))] if untimed else []
    said += [say("activity.kind_unseen", kinds=tuple(Name(kind) for kind in unseen))] if unseen else []
    return said
