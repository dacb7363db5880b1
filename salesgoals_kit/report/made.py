"""How the numbers were made: rows, unknowns, methods and parameters, as the content's provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import SnapshotRef
from salesgoals_kit.report.content import Provenance, TableCount
from salesgoals_kit.words import Message


def provenance(
    ref: SnapshotRef, tables: Tables, parameters: Mapping[str, Any], methods: Iterable[Message]
) -> Provenance:
    """Return the provenance of a report: every table's rows, what the load noted, what the day does not tell."""
    told = list(methods)
    counts = tuple(
        TableCount(
            table=name,
            read=rows.read,
            kept=rows.kept,
            rejected=rows.rejected,
            first_day=tables.coverage[name][0] if name in tables.coverage else None,
            last_day=tables.coverage[name][1] if name in tables.coverage else None,
        )
        for name, rows in ref.manifest.tables.items()
    )
    return Provenance(
        kit=version("salesgoals-kit"),
        tables=counts,
        unknown=(*ref.manifest.notes, *tables.unknown),
        methods=tuple(message for i, message in enumerate(told) if message not in told[:i]),
        parameters=dict(parameters),
    )
