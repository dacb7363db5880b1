"""What a KPI needs of the tables, what of that they lack, and by what it can be split."""

from __future__ import annotations

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.kept import handed, once
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi
from salesgoals_kit.kpis.revenue import SALE_DAY, TABLE, counted_in
from salesgoals_kit.kpis.scope import Scope
from salesgoals_kit.owners import COMPANY, Owner


def kpi_named(name: str) -> Kpi:
    """Return the KPI of that name, or raise ParamError listing those there are."""
    if name not in CATALOGUE:
        raise ParamError("There is no such KPI.", [Fault("kpi", repr(name), f"one of {', '.join(CATALOGUE)}")])
    return CATALOGUE[name]


@handed
def missing(name: str, tables: Tables, owner: Owner = COMPANY) -> tuple[str, ...]:
    """Return what the KPI lacks for this owner: tables, or ``table.column``; empty if it can be computed.

    A table of costs is lacking too if none of its rows counts for the owner.
    Of several ways to satisfy it the one that lacks least is named.
    """
    scope = Scope(tables, owner)
    return min((_lacking(scope, needs) for needs in _alternatives(name, tables.company)), key=len)


def available(tables: Tables, owner: Owner = COMPANY) -> tuple[str, ...]:
    """Return the names of the KPIs that can be computed for this owner, in the catalogue's order."""
    return tuple(name for name in CATALOGUE if not missing(name, tables, owner))


@once
def dimensions(name: str, tables: Tables) -> tuple[str, ...]:
    """Return by what the KPI can be split: the dimensions that all the tables it is made of have."""
    scope = Scope(tables)
    usable = [needs for needs in _alternatives(name, tables.company) if not _lacking(scope, needs)]
    if not usable:
        return ()
    used = sorted({_table(need) for need in usable[0]})
    return tuple(dim for dim in kpi_named(name).by if all(_has(tables, table, dim) for table in used))


def _alternatives(name: str, company: Company) -> list[tuple[str, ...]]:
    found = [tuple(_resolved(need, company) for need in needs) for needs in kpi_named(name).needs]
    return [needs for needs in found if all(_possible(need) for need in needs)]


def _possible(need: str) -> bool:
    """Return whether the contract knows such a column: subscriptions, say, have no cost."""
    column = need.partition(".")[2]
    return not column or column in TABLES[_table(need)].names


def _resolved(need: str, company: Company) -> str:
    """Return the need with ``sales`` replaced by the table and columns that company.revenue stands for."""
    table, _, column = need.partition(".")
    if table != "sales":
        return need
    sales = TABLE[company.revenue]
    ours = {"day": SALE_DAY[sales], "amount": "mrr" if sales == "subscriptions" else "amount"}
    return f"{sales}.{ours.get(column, column)}"


def _table(need: str) -> str:
    return need.partition(".")[0].partition(":")[0]


def _lacking(scope: Scope, needs: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lack for need in needs if (lack := _lack(scope, need)) is not None))


def _lack(scope: Scope, need: str) -> str | None:
    table, column = _table(need), need.partition(".")[2]
    if not scope.tables.has(table):
        return table
    if column and column not in scope.tables.columns(table):
        return need
    if not scope.owns(table):
        return f"{table}.{scope.owner.kind}"
    where = need.partition(":")[2]
    return table if where and counted_in(scope, where) is None else None


def _has(tables: Tables, table: str, dimension: str) -> bool:
    if dimension == "team":
        return Scope(tables, Owner(team="")).owns(table)
    return dimension in tables.columns(table)
