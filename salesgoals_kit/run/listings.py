"""What `salesgoals goals list` and `salesgoals metrics` print: a table to read, or JSON to go on with."""

from __future__ import annotations

import json

from salesgoals_kit.data.snapshot import make_snapshot
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.kpis.needs import kpi_named
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.quantities import quantity
from salesgoals_kit.report.text import Texts
from salesgoals_kit.run.work import check_teams, open_company, teams_in
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow, listing


def goals_text(company_file: str, *, period: str | None, team: str | None, as_json: bool) -> str:
    """Return the goals in the ledger, every version of each."""
    company = open_company(company_file)
    if team is not None:
        check_teams([team], teams_in(company, make_snapshot(company)))
    named = None if period is None else parse_period(period, company.fiscal_year_starts).name
    found = Ledger(open_store(company)).goals(None if team is None else Owner(team=team), named)
    if as_json:
        return json.dumps(listing(found), indent=2, ensure_ascii=False)
    if not found:
        return "The ledger holds no such goals; `salesgoals run goal_setting` proposes some."
    texts = Texts(company.locale, company.language, company.currency)
    return _aligned(
        [("owner", "period", "measure", "level", "value", "chance", "state"), *(_cells(texts, row) for row in found)]
    )


def _cells(texts: Texts, row: GoalRow) -> tuple[str, ...]:
    chance = "" if row.chance is None else f"{row.chance:.0%}"
    late = " (backfilled)" if row.backfilled else ""
    value = texts.text(quantity(row.value, kpi_named(row.kpi).unit))
    return (row.owner.name or "company", row.period, row.kpi, row.level, value, chance, f"{row.state}{late}")


def _aligned(rows: list[tuple[str, ...]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def metrics_text(name: str | None, *, as_json: bool) -> str:
    """Return the catalogue, or one KPI of it, with definitions and sources."""
    chosen = list(CATALOGUE.values()) if name is None else [kpi_named(name)]
    records = [_record(kpi) for kpi in chosen]
    if as_json:
        return json.dumps(records, indent=2, ensure_ascii=False)
    return "\n\n".join(
        f"{record['name']}: {record['title']}\n  {record['definition']}\n"
        f"  unit {record['unit']}; {record['better']} is better; over a period: {record['over_period']}\n"
        f"  source: {record['source']}"
        for record in records
    )


def _record(kpi: Kpi) -> dict[str, object]:
    texts = Texts("en_GB", "en", "EUR")
    return {
        "name": kpi.name,
        "title": texts.text(kpi.title),
        "definition": texts.text(kpi.definition),
        "unit": kpi.unit,
        "better": kpi.better,
        "scale": kpi.scale,
        "over_period": kpi.over_period,
        "needs": [list(needs) for needs in kpi.needs],
        "by": list(kpi.by),
        "source": kpi.source,
    }
