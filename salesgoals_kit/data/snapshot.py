"""A company's checked tables as a folder of Parquet files that never changes, named for what is in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import duckdb
import narwhals as nw

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Keep, Tables, tables_at
from salesgoals_kit.data.border import cross
from salesgoals_kit.data.contract import TABLES, TYPED_VALUES
from salesgoals_kit.data.describe import describe, write_tables
from salesgoals_kit.data.engine import LOOKING, connection, name, one_file
from salesgoals_kit.data.manifest import Manifest, read_manifest, verified_manifest, write_manifest
from salesgoals_kit.data.moment import Earlier, Frame, Moment, Raw
from salesgoals_kit.data.unchanged import digest_of_sources, known_snapshot, remember
from salesgoals_kit.errors import DataError, Fault
from salesgoals_kit.files import unfinished_name
from salesgoals_kit.periods import day_number


@dataclass(frozen=True)
class SnapshotRef:
    """Where a snapshot is, what it is called, and which days it reaches from and to."""

    hash: str
    folder: Path
    first_day: date
    last_day: date
    manifest: Manifest


class Snapshot:
    """An open snapshot; its frames live as long as the connection behind it."""

    def __init__(self, con: duckdb.DuckDBPyConnection, ref: SnapshotRef, company: Company) -> None:
        self._con = con
        self.ref = ref
        self.company = company
        self._seen: dict[date, Tables] = {}

    def at(self, as_of: date) -> Tables:
        """Return what was known at the end of a day; worked out once a day asked for."""
        if as_of not in self._seen:
            self._seen[as_of] = self._at(as_of)
        return self._seen[as_of]

    def _at(self, as_of: date) -> Tables:
        tables = self.ref.manifest.tables
        frames = {table: _frame(self._con, self.ref.folder, table) for table in tables}
        raw = Raw(frames, {table: frozenset(facts.present) for table, facts in tables.items()})
        moment = Moment(day_number(as_of), day_number(self.ref.last_day), self._earlier(as_of))
        return tables_at(raw, self.company, moment, self._kept(as_of))

    def _earlier(self, as_of: date) -> Earlier | None:
        """Return the deals of the latest older snapshot that ends no later than the day, if the day needs one."""
        if as_of >= self.ref.last_day or "deals" not in self.ref.manifest.tables:
            return None
        for title in reversed(self.ref.manifest.earlier):
            folder = self.ref.folder.parent / title
            manifest = read_manifest(folder)
            if manifest.last_day <= as_of and "deals" in manifest.tables:
                verified_manifest(folder)
                return Earlier(_frame(self._con, folder, "deals"), day_number(manifest.last_day))
        return None

    def _kept(self, as_of: date) -> Keep:
        """Return what stores a frame once it is worked out, so that no measure works it out again."""

        def keep(table: str, frame: Frame) -> Frame:
            stored = f"{table}_{day_number(as_of)}"
            frame.to_native().create(stored)
            return nw.from_native(self._con.table(stored))

        return keep


def make_snapshot(company: Company) -> SnapshotRef:
    """Return the snapshot of the company's data as its files stand now; written if there is none with this content.

    Raises DataError with every fault of every source, and where a source changes while it is read. A row that breaks
    a rule is set aside in ``rejected.csv``.
    """
    sources = digest_of_sources(company)
    known = known_snapshot(company, sources)
    if known is not None and _is_whole(company.store_folder / "snapshots" / known):
        return find_snapshot(company, known)
    ref = _made(company)
    if digest_of_sources(company) != sources:
        raise DataError("The data changes while it is read.", _changing(company))
    remember(company, sources, ref.hash)
    return ref


def _changing(company: Company) -> list[Fault]:
    """Name the sources that changed last."""
    paths = {
        (company.folder / source.path).resolve() for source in (*company.sources.values(), *company.helpers.values())
    }
    latest = max(path.stat().st_mtime if path.exists() else float("inf") for path in paths)
    changed = sorted(path for path in paths if not path.exists() or path.stat().st_mtime >= latest - 1)
    todo = "run again when what writes it is done"
    return [Fault(str(path), "changed, or went away, while it was read", todo=todo) for path in changed]


def _made(company: Company) -> SnapshotRef:
    snapshots = company.store_folder / "snapshots"
    with connection() as con:
        manifest = describe(con, company, cross(con, company))
        folder = snapshots / manifest.hash
        if not _is_whole(folder):
            try:
                _write(con, manifest, folder)
            except (OSError, duckdb.IOException) as error:
                raise DataError("The snapshot cannot be written.", [Fault(str(folder), str(error))]) from None
    return find_snapshot(company, manifest.hash)


def find_snapshot(company: Company, title: str) -> SnapshotRef:
    """Return the snapshot of that hash from the company's store, or raise DataError."""
    folder = company.store_folder / "snapshots" / title
    manifest = read_manifest(folder)
    whole = replace(manifest, earlier=_older(manifest, folder.parent))
    return SnapshotRef(title, folder, manifest.first_day, manifest.last_day, whole)


@contextmanager
def open_snapshot(ref: SnapshotRef, company: Company) -> Iterator[Snapshot]:
    """Open a snapshot, every file of which is first held against its manifest; owns the one connection to it."""
    verified_manifest(ref.folder)
    with connection(LOOKING) as con:
        yield Snapshot(con, ref, company)


class Unopened:
    """A snapshot that is opened when its rows are first looked at, and only then."""

    def __init__(self, ref: SnapshotRef, company: Company) -> None:
        self._ref = ref
        self._company = company
        self._stack = ExitStack()
        self._snapshot: Snapshot | None = None

    @property
    def opened(self) -> bool:
        """Whether anybody has looked at its rows."""
        return self._snapshot is not None

    def at(self, as_of: date) -> Tables:
        """Return what was known at the end of a day."""
        if self._snapshot is None:
            self._snapshot = self._stack.enter_context(open_snapshot(self._ref, self._company))
        return self._snapshot.at(as_of)

    def close(self) -> None:
        """Close it, if it was opened."""
        self._stack.close()


def _frame(con: duckdb.DuckDBPyConnection, folder: Path, table: str) -> Frame:
    """Return a table with its days as datetimes, as pandas has them."""
    days = [*TABLES[table].dates, *(TYPED_VALUES[1:2] if table == "deal_changes" else ())]
    casts = ", ".join(f"CAST({name(day)} AS TIMESTAMP) AS {name(day)}" for day in days)
    columns = f"* REPLACE ({casts})" if casts else "*"
    file = one_file(folder / f"{table}.parquet")
    return nw.from_native(con.sql(f"SELECT {columns} FROM read_parquet({file}, hive_partitioning = false)"))


def _is_whole(folder: Path) -> bool:
    try:
        verified_manifest(folder)
    except DataError:
        return False
    return True


def _write(con: duckdb.DuckDBPyConnection, manifest: Manifest, folder: Path) -> None:
    """Write a snapshot beside its place and move it there whole; another process may have been quicker."""
    draft = unfinished_name(folder)
    draft.mkdir(parents=True)
    try:
        files = write_tables(con, manifest, draft)
        write_manifest(replace(manifest, files=files), draft)
        if not _moved(draft, folder) and not _is_whole(folder):
            with suppress(OSError):  # what stands there is no snapshot
                folder.rename(folder.parent / f".broken-{uuid4().hex}")
            _moved(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _moved(draft: Path, folder: Path) -> bool:
    try:
        draft.rename(folder)
    except OSError:
        return False
    return True


def _older(manifest: Manifest, snapshots: Path) -> tuple[str, ...]:
    """Return the older snapshots of the same company in the store, by their last day."""
    found = []
    for folder in snapshots.iterdir():
        if folder.name.startswith("."):
            continue
        with suppress(DataError):
            other = read_manifest(folder)
            if (other.company, other.currency) == (manifest.company, manifest.currency):
                found.append((other.last_day, other.recorded_at, folder.name))
    return tuple(title for last_day, _, title in sorted(found) if last_day < manifest.last_day)
