"""`salesgoals metrics --markdown`: the catalogue and the tables it is made from, as docs/definitions.md has them."""

from __future__ import annotations

from collections.abc import Iterator

from salesgoals_kit.data.contract import TABLES, Column, Table
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.report.text import Texts

UNITS = {"money": "an amount of money", "rate": "a rate", "count": "a count", "days": "days", "times": "a ratio"}
OVER_PERIOD = {
    "sum": "the months are added up",
    "last": "what stands at the period's end",
    "ratio_of_sums": "numerators and denominators are added up, then divided",
    "every_month": "the worst month decides",
    "recompute": "worked out anew from the period's own rows",
}
KINDS = {
    "id": "id",
    "text": "text",
    "money": "money",
    "date": "day",
    "month": "month",
    "number": "number",
    "flag": "true or false",
}
HEAD = """\
# Definitions
Every KPI of the kit, then the tables they are made from. This file is written by `salesgoals metrics --markdown`
(`make docs`), and a test holds it to the catalogue. `salesgoals metrics win_rate` prints one of them.

## The KPIs
`sales` stands for what `revenue` in the company file names: [deals](#deals) that are won, [invoices](#invoices), or the
recurring revenue of [subscriptions](#subscriptions).
"""
TABLES_HEAD = """\
## The tables
**Bold** columns have to be there, and each table may have `currency` besides; everything else is optional. One of
[deals](#deals), [invoices](#invoices) and [subscriptions](#subscriptions) is enough. How a file becomes one of these
tables is in [own-data.md](own-data.md).
"""


def definitions() -> str:
    """Return docs/definitions.md: what each KPI is, what it needs and where its definition is from; then the tables."""
    listed = [f"| [`{kpi.name}`](#{kpi.name}) | {_text(kpi, 'title')} | {_unit(kpi)} |" for kpi in CATALOGUE.values()]
    overview = "\n".join(["| KPI | what it is called | unit |", "|---|---|---|", *listed, ""])
    parts = [HEAD, overview, *map(_kpi, CATALOGUE.values()), TABLES_HEAD, *map(_table, TABLES.values())]
    return "\n".join(parts)


def _kpi(kpi: Kpi) -> str:
    lines = [
        f"### {kpi.name}",
        _text(kpi, "definition"),
        "",
        f"- **{_text(kpi, 'title')}**: {_unit(kpi)}; {kpi.better} is better.",
        f"- **Over a period**: {OVER_PERIOD[kpi.over_period]}.",
        *_trailing(kpi),
        f"- **Needs** {'; or '.join(_needs(needs) for needs in kpi.needs)}.",
        f"- **Split by** {', '.join(kpi.by)}, where the tables have them.",
        f"- **Source**: {kpi.source}.",
        "",
    ]
    return "\n".join(lines)


def _text(kpi: Kpi, part: str) -> str:
    return Texts("en_GB", "en", "EUR").text(kpi.title if part == "title" else kpi.definition)


def _unit(kpi: Kpi) -> str:
    return UNITS[kpi.unit]


def _trailing(kpi: Kpi) -> Iterator[str]:
    if kpi.trailing > 1:
        yield f"- **Month by month** each value is that of {kpi.trailing} months together."


def _needs(needs: tuple[str, ...]) -> str:
    return ", ".join(_need(one) for one in needs)


def _need(need: str) -> str:
    """Return a table, a column or the rows that are needed, in words."""
    table, _, where = need.partition(":")
    return f"`{table}` with rows counted in `{where}`" if where else f"`{need}`"


def _table(table: Table) -> str:
    columns = [column for column in table.columns if column.name != "currency"]
    rows = [f"| {_name(column)} | {_kind(column)} |" for column in columns]
    key = f"One row for each {', '.join(f'`{name}`' for name in table.key)}." if table.key else "Rows have no key."
    return "\n".join([f"### {table.name}", key, "", "| column | kind |", "|---|---|", *rows, ""])


def _name(column: Column) -> str:
    return f"**`{column.name}`**" if column.required else f"`{column.name}`"


def _kind(column: Column) -> str:
    kind = ", ".join(column.choices) if column.kind == "choice" else KINDS[column.kind]
    return f"{kind}; cells may be empty" if column.required and column.nullable else kind
