"""What `salesgoals goals check` is asked: the forms of a goal that it understands, and what may be said beside one."""

from __future__ import annotations

from dataclasses import dataclass

FORMS = """Judge a goal letter by letter and say a better one: 0 if it is SMART, 3 if not, 2 if it is not understood.

\b
It is understood in any order; what is left out is filled in and printed:
  whose     Team North: … | the North team … | ann.lee: … | the company …
  what      revenue, MRR, ARR, margin, win rate, sales cycle, qualified
            leads, monthly churn, gross or net revenue retention, CLV, CAC
  how much  +5 % | +5pp | -5 days | +20k EUR | double | grow … by 3 %
            to 1.2m | at least 45 % | below 2 % | from 20 % to 25 %
  against   yoy | month on month | vs 2025Q2 | counted from 2025Q4
  by when   in 2026Q2 | by June | by 30 June 2026 | in FY26 | in H1 2026
            until year end | next quarter | within 6 months
  how       by coaching discovery calls | through … | with …
  and       for the objective grow | agreed because the plant closes

\b
  MRR +2% yoy by 2026-06 by quarterly reviews with the top accounts
  monthly churn below 2 % in 2026Q2 by calling before the renewal
  CAC -3% month on month until June by moving spend to referrals
  Team North: win rate from 52 % to 55 % in Q2 by coaching discovery calls
  the company grows ARR by 3 % within 6 months through quarterly reviews

What could be read in two ways is refused, and both readings are shown."""


@dataclass(frozen=True)
class Beside:
    """What is said beside a goal's sentence, as it was typed."""

    team: str | None = None
    rep: str | None = None
    objective: str | None = None
    base: str | None = None
    period: str | None = None
    initiative: str | None = None
    reason: str | None = None
    as_of: str | None = None
