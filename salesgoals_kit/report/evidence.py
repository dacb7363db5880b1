"""The evidence of a baseline: the history, the rush, the cycle, recurring revenue, the people, each as one block."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.baseline import Baseline
from salesgoals_kit.kpis.bridge import churn_definitions, mrr_bridge
from salesgoals_kit.kpis.catalogue import Kpi
from salesgoals_kit.kpis.curves import usual_cycle
from salesgoals_kit.kpis.makeup import MakeUp
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.kpis.rush import quarter_end_rush
from salesgoals_kit.owners import Owner
from salesgoals_kit.report.blocks import Block, bullets, group, heading, paragraph
from salesgoals_kit.report.charts import draw_bridge, draw_history, draw_tenure
from salesgoals_kit.report.gist import Gist, Stand
from salesgoals_kit.report.normal import people_sentence, people_table
from salesgoals_kit.report.quantities import quantity
from salesgoals_kit.report.rep import Section
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Number, Value, say

YEAR = 12
MOST_STANDS = 4
MONTHS = 24  # that the chart shows


def history_block(texts: Texts, normals: Sequence[Baseline]) -> Block:
    """Return the leading measure month by month, with the year before behind it."""
    known = [normal for normal in normals if normal.history.frame["value"].notna().any()]
    if not known:
        return paragraph(texts, say("normal.nothing_lead"))
    frame, kpi = known[0].history.frame, kpi_named(known[0].kpi)
    chart = draw_history(texts, frame, kpi.unit, finding=_history(frame.dropna(subset="value").tail(MONTHS), kpi))
    return group(heading(texts, say("normal.heading_history", kpi=kpi.title)), chart)


def _history(shown: pd.DataFrame, kpi: Kpi) -> Message:
    """Return what the chart of months shows: where it begins and ends, its highest and its lowest month."""
    values = shown["value"].astype("float64").to_numpy()
    at = {"first": 0, "last": -1, "strong": int(values.argmax()), "weak": int(values.argmin())}
    said: dict[str, Value] = {name: f"{shown['month'].iloc[place]:%Y-%m}" for name, place in at.items()}
    said |= {"most": quantity(values.max(), kpi.unit), "least": quantity(values.min(), kpi.unit)}
    return Message("normal.history_alt", {"kpi": kpi.title, **said, "value": quantity(values[-1], kpi.unit)})


def rush_block(texts: Texts, tables: Tables, owner: Owner) -> Block:
    """Return what the last month of a quarter does to win rates."""
    return group(heading(texts, say("normal.heading_rush")), paragraph(texts, _rush(tables, owner)))


def _rush(tables: Tables, owner: Owner) -> Message:
    known = not missing("win_rate", tables, owner)
    return quarter_end_rush(tables, owner).sentence if known else say("kpis.rush_unknown")


def cycle_block(texts: Texts, tables: Tables, owner: Owner) -> Block:
    """Return how long it takes to win: by cohorts followed to the horizon, beside the biased mean."""
    said = _cycle(tables, owner)
    return group(heading(texts, say("normal.heading_cycle")), paragraph(texts, *said))


def _cycle(tables: Tables, owner: Owner) -> list[Message]:
    if missing("cycle_days", tables, owner):
        return [say("normal.cycle_none")]
    days, mean = usual_cycle(tables, owner)
    horizon = Number(tables.company.cycle.horizon_days, 0, "days")
    if days != days:
        return [say("normal.cycle_immature", horizon=horizon)]
    said = [say("normal.cycle_half", horizon=horizon, days=Number(days, 0, "days"))]
    return said if mean != mean else [*said, say("normal.cycle_mean", days=Number(mean, 1, "days"))]


def recurring_block(texts: Texts, tables: Tables, owner: Owner) -> Block:
    """Return the bridge of the last year's recurring revenue, and every definition of churn beside the one in force."""
    head = heading(texts, say("normal.heading_recurring"))
    if missing("mrr", tables, owner):
        return group(head, paragraph(texts, say("normal.recurring_none")))
    bridge = mrr_bridge(tables, owner).tail(YEAR)
    told = paragraph(texts, churn_definitions(tables, owner).sentence)
    if bridge.empty:
        return group(head, told)
    return group(head, draw_bridge(texts, bridge, finding=_bridge(bridge)), told)


def _bridge(bridge: pd.DataFrame) -> Message:
    """Return from where to where recurring revenue went, and by what."""
    moved: dict[str, Value] = {
        part: Money(float(bridge[part].sum())) for part in ("new", "expansion", "contraction", "churn")
    }
    start, now = Money(float(bridge["start"].iloc[0])), Money(float(bridge["end"].iloc[-1]))
    return Message("normal.bridge_alt", {"start": start, "now": now, **moved})


def people_block(texts: Texts, team: MakeUp) -> Block:
    """Return who there is, for how long, and who is still ramping."""
    head = heading(texts, people_sentence(team))
    notes = bullets(texts, team.notes)
    known = team.people[team.people["tenure_months"].notna()]
    if known.empty:
        return group(head, people_table(texts, team), notes)
    said = say("normal.tenure_alt", ramping=Count(team.ramping), count=Count(team.headcount))
    return group(head, draw_tenure(texts, known, finding=said), people_table(texts, team), notes)


def gist(normals: Sequence[Baseline], tables: Tables, owner: Owner, team: MakeUp) -> Gist:
    """Return what a mail takes of it: what is usual of each measure that is counted over a period, and of the team."""
    known = [(one, kpi_named(one.kpi)) for one in normals if one.median == one.median]
    stands = [_usual(one, kpi, told=one is known[0][0]) for one, kpi in known if kpi.over_period != "last"]
    said = (_rush(tables, owner), *_cycle(tables, owner)[:1], people_sentence(team))
    return Gist(
        say("mail.heading_usual") if stands else None,
        tuple(stands[:MOST_STANDS]),
        (Section("known", say("mail.heading_known"), sentences=said),),
    )


def _usual(one: Baseline, kpi: Kpi, *, told: bool) -> Stand:
    """Return what is usual, the latest figure beside it, and the spread where the lead has not ``told`` it."""
    median, lower, upper = (quantity(value, kpi.unit) for value in (one.median, one.lower, one.upper))
    last = one.totals.dropna(subset="value").iloc[-1]
    latest = say("mail.latest", value=quantity(float(last["value"]), kpi.unit), period=str(last["period"]))
    spread = () if told else (say("mail.between", lower=lower, upper=upper),)
    return Stand(kpi.title, median, beside=(latest, *spread))
