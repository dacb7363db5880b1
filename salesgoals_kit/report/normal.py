"""What a report of the baseline says: what is normal, how it grew, how far it spreads, and who carries it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.kpis.baseline import Baseline
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.kpis.makeup import MakeUp
from salesgoals_kit.kpis.needs import kpi_named, missing
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Grain
from salesgoals_kit.report.blocks import Block, folded, group
from salesgoals_kit.report.content import KeyFigure
from salesgoals_kit.report.quantities import difference, quantity, rounded
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Change, Count, Message, Value, say

GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")


def headline(normals: Sequence[Baseline]) -> Message:
    """Return the finding of a baseline: what a usual period of the leading KPI brings."""
    known = [normal for normal in normals if normal.median == normal.median]
    if not known:
        return say("normal.nothing")
    kpi = kpi_named(known[0].kpi)
    return Message(
        f"normal.headline_{known[0].period.grain}", {"kpi": kpi.title, "value": quantity(known[0].median, kpi.unit)}
    )


def lead(normals: Sequence[Baseline]) -> Message:
    """Return how far usual periods spread, and what the last year did."""
    known = [normal for normal in normals if normal.median == normal.median]
    if not known:
        return say("normal.nothing_lead")
    first = known[0]
    kpi = kpi_named(first.kpi)
    said: dict[str, Value] = {
        "lower": quantity(first.lower, kpi.unit),
        "upper": quantity(first.upper, kpi.unit),
        "count": Count(len(first.totals)),
    }
    years = first.growth["year"].dropna(subset="growth")
    if years.empty:
        return Message("normal.lead", said)
    last = years.iloc[-1]
    return Message("normal.lead_growth", {**said, "year": str(last["period"]), "change": Change(float(last["growth"]))})


def methods(tables: Tables, owner: Owner, normals: Sequence[Baseline]) -> list[Message]:
    """Return what is to be known about each measure, and what the data lacks for those that have no baseline."""
    lacking = [(kpi.title, missing(name, tables, owner)) for name, kpi in CATALOGUE.items()]
    left_out = [say("goals.lacks", kpi=title, tables=", ".join(names)) for title, names in lacking if names]
    return [*(note for normal in normals for note in normal.notes), *left_out]


def figures(normals: Sequence[Baseline]) -> tuple[KeyFigure, ...]:
    """Return the base of every KPI as figures of the content."""
    found = []
    for normal in normals:
        kpi = kpi_named(normal.kpi)
        if normal.base is not None and normal.base_period is not None:
            shown = quantity(normal.base, kpi.unit)
            found.append(
                KeyFigure(kpi.name, kpi.title, shown, normal.base_period.name, unit=kpi.unit, value=normal.base)
            )
    return tuple(found)


def spread_table(texts: Texts, normals: Sequence[Baseline]) -> Block:
    """Return the usual range of every KPI over whole periods of the report's length."""
    rows = [_spread(normal) for normal in normals]
    columns = [
        Column("kpi", say("normal.column_kpi"), "message"),
        Column("lower", say("normal.column_lower"), "number"),
        Column("median", say("normal.column_median"), "number"),
        Column("upper", say("normal.column_upper"), "number"),
        Column("count", say("normal.column_count"), "count"),
    ]
    return table(
        texts, _frame(rows, columns), columns, name="spread", caption=say("normal.spread_caption"), narrow=True
    )


def _spread(normal: Baseline) -> dict[str, object]:
    kpi = kpi_named(normal.kpi)
    totals = normal.totals.dropna(subset="value")
    cells = {"lower": normal.lower, "median": normal.median, "upper": normal.upper}
    shown = {name: None if v is None or v != v else rounded(v, kpi.unit) for name, v in cells.items()}
    return {"kpi": kpi.title, **shown, "count": len(totals)}


def growth_table(texts: Texts, normals: Sequence[Baseline]) -> Block:
    """Return each KPI's latest whole month, quarter and year against the one before and a year before.

    Those of the report's own length stand first; the others are opened.
    """
    columns = [
        Column("kpi", say("normal.column_kpi"), "message"),
        Column("period", say("normal.column_period"), "code"),
        Column("value", say("normal.column_value"), "number"),
        Column("before", say("normal.column_before"), "number"),
        Column("year", say("normal.column_year"), "number"),
    ]
    own = normals[0].period.grain if normals else GRAINS[0]
    rest = [grain for grain in GRAINS if grain != own]
    caption = say("normal.growth_caption")
    first = table(texts, _growth(normals, [own], columns), columns, name="growth", caption=caption, narrow=True)
    others = table(texts, _growth(normals, rest, columns), columns, name="growth-rest", caption=caption, narrow=True)
    return group(first, folded(texts, say("folds.grains"), others))


def _growth(normals: Sequence[Baseline], grains: Sequence[Grain], columns: Sequence[Column]) -> pd.DataFrame:
    rows = []
    for normal, grain in ((normal, grain) for normal in normals for grain in grains):
        kpi, known = kpi_named(normal.kpi), normal.growth[grain].dropna(subset="value")
        if len(known):
            last = known.iloc[-1]
            rows.append({"kpi": kpi.title, "period": last["period"], **_against(last, kpi.unit)})
    return _frame(rows, columns)


def _against(row: pd.Series, unit: str) -> dict[str, Value | None]:
    value = float(row["value"])
    before, year = (_moved(value, row[name], unit) for name in ("previous", "year_before"))
    return {"value": rounded(value, unit), "before": before, "year": year}


def _moved(value: float, base: float, unit: str) -> Value | None:
    return None if base != base else difference(value, float(base), unit)


def people_table(texts: Texts, team: MakeUp) -> Block:
    """Return the people of a team: since when, how long, whether they still ramp."""
    states = {True: say("normal.ramping"), False: say("normal.experienced"), None: say("normal.unknown")}
    rows = team.people.assign(state=pd.Series([states[flag] for flag in team.people["ramping"]], dtype="object"))
    columns = [
        Column("rep", say("normal.column_rep"), "name"),
        Column("tenure_months", say("normal.column_tenure"), "number", decimals=0, unit="months"),
        Column("state", say("normal.column_state"), "message"),
        Column("capacity", say("normal.column_capacity"), "number", decimals=1),
    ]
    return table(texts, rows, columns, name="people", caption=say("normal.people_caption"), narrow=True)


def people_sentence(team: MakeUp) -> Message:
    """Return the make-up of a team in one sentence."""
    said: dict[str, Value] = {
        "count": Count(team.headcount),
        "ramping": Count(team.ramping),
        "joined": Count(team.joined),
    }
    return Message("normal.people", said) if team.headcount else say("normal.nobody")


def _frame(rows: Sequence[Mapping[str, object]], columns: Sequence[Column]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[column.name for column in columns])
