"""A company in a folder of its own, made of the files a test writes."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.snapshot import SnapshotRef, make_snapshot, open_snapshot
from salesgoals_kit.errors import DataError

DEALS = "deal_id,status,created_at,closed_at,amount\n"
ROOT = Path(__file__).parents[2]
REAL = ROOT.parent / "shared" / "data"


class Border:
    """Files in a folder, and what the border makes of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sources: dict[str, dict[str, Any]] = {}
        self.helpers: dict[str, dict[str, Any]] = {}
        self.rest: dict[str, Any] = {}

    def file(
        self, table: str, content: str | bytes, suffix: str = "csv", *, helper: bool = False, **rules: Any
    ) -> Border:
        """Write the file of a table, with the rules for reading it."""
        path = self.folder / f"{table}.{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return self.there(table, path.name, helper=helper, **rules)

    def there(self, table: str, path: str, *, helper: bool = False, **rules: Any) -> Border:
        """Name the file of a table that stands there, or does not."""
        (self.helpers if helper else self.sources)[table] = {"path": path, **rules}
        return self

    @property
    def company(self) -> Company:
        """The company of these files."""
        revenue = next(t for t in ("deals", "invoices", "subscriptions") if t in self.sources)
        content = {"version": 1, "name": "Acme", "store": "store", "revenue": revenue.replace("subscriptions", "mrr")}
        content |= {"sources": self.sources, "helpers": self.helpers, **self.rest}
        return Company.model_validate(content).model_copy(update={"folder": self.folder})

    def made(self) -> SnapshotRef:
        """Make the snapshot."""
        return make_snapshot(self.company)

    def kept(self, table: str = "deals") -> pd.DataFrame:
        """Make the snapshot and return a table of it as known on the last day, in the order of its rows' ids."""
        ref = self.made()
        with open_snapshot(ref, self.company) as snapshot:
            return collected(snapshot.at(ref.last_day), table)

    def rejected(self) -> list[dict[str, str]]:
        """Make the snapshot and return the rows that were set aside."""
        with (self.made().folder / "rejected.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def refused(self) -> str:
        """Return the one message with which the load stops."""
        with pytest.raises(DataError) as caught:
            self.made()
        assert not list(self.folder.glob("store/snapshots/*")), "a load that stops leaves nothing behind"
        return str(caught.value)


def collected(tables: Tables, name: str) -> pd.DataFrame:
    """Return a table as pandas, every cell a plain object with None for missing, sorted by all columns."""
    frame: pd.DataFrame = tables.frame(name).collect("pandas").to_native()
    plain = frame.astype(object).where(frame.notna(), cast(Any, None))
    keys = plain.map(lambda cell: "" if cell is None else str(cell))
    ordered: pd.DataFrame = plain.loc[keys.sort_values(list(keys.columns)).index]
    return ordered.reset_index(drop=True)


@pytest.fixture
def border(tmp_path: Path) -> Border:
    return Border(tmp_path)


@pytest.fixture
def new_border(tmp_path: Path) -> Callable[[], Border]:
    """A fresh folder a call, for tests that run many examples."""
    number = iter(range(10**6))

    def make() -> Border:
        folder = tmp_path / str(next(number))
        folder.mkdir()
        return Border(folder)

    return make


@pytest.fixture
def real() -> Path:
    if not REAL.is_dir():
        pytest.skip("the real data sets lie in ../shared/data, beside the checkout; they are not there")
    return REAL
