"""Which teams and reps there are: those the company file or a table names, else those that rows belong to."""

from __future__ import annotations

import narwhals as nw

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed

_OWNED = ("deals", "subscriptions", "invoices", "leads")  # what goals are made of
_BELONG = ("assignments", "reps", "deals", "subscriptions", "invoices", "leads")


def team_names(tables: Tables) -> list[str]:
    """Return the names of the teams: in the company file's order, else sorted as the rows have them; may be empty."""
    if tables.company.teams:
        return [team.name for team in tables.company.teams]
    return sorted(teams_with_rows(tables))


def teams_with_rows(tables: Tables) -> set[str]:
    """Return the teams that at least one row belongs to."""
    found: set[str] = set()
    for name in _BELONG:
        if tables.has(name) and "team" in tables.frame(name).collect_schema().names():
            rows = tables.frame(name).select("team").filter(~nw.col("team").is_null()).unique()
            found.update(rows.collect("pandas")["team"].to_list())
    return found


def without_team(tables: Tables) -> dict[str, tuple[int, int]]:
    """Return for each table whose rows belong to teams how many of its rows belong to none, and how many there are."""
    found = {}
    for name in _OWNED:
        if tables.has(name) and "team" in tables.frame(name).collect_schema().names():
            lost = nw.when(nw.col("team").is_null()).then(nw.lit(1)).otherwise(nw.lit(0))
            row = tables.frame(name).select(lost.sum().alias("lost"), nw.len().alias("rows")).collect("pandas")
            found[name] = (int(row["lost"][0] or 0), int(row["rows"][0]))
    return found


def rep_names(tables: Tables) -> list[str]:
    """Return the names of the reps there are, sorted: of a table of reps, else as the rows have them."""
    sources = ("reps",) if tables.has("reps") else ("assignments", "deals", "leads", "invoices", "activities")
    found: set[str] = set()
    for name in sources:
        if tables.has(name):
            rows = tables.frame(name).select("rep").filter(~nw.col("rep").is_null()).unique()
            found.update(rows.collect("pandas")["rep"].to_list())
    return sorted(found)


@handed
def people_names(tables: Tables) -> dict[str, str]:
    """Return what the reps are called, by rep, where a table of reps tells; who has no name is not in it."""
    return _told_of_reps(tables, "name")


def rep_emails(tables: Tables) -> dict[str, str]:
    """Return the e-mail addresses of the reps that have one in the table of reps."""
    return _told_of_reps(tables, "email")


def _told_of_reps(tables: Tables, column: str) -> dict[str, str]:
    if not tables.has("reps") or column not in tables.columns("reps"):
        return {}
    rows = tables.frame("reps").select("rep", column).filter(~nw.col(column).is_null()).collect("pandas")
    return dict(sorted(zip(rows["rep"].to_list(), rows[column].to_list(), strict=True)))
