"""The book: outlooks kept in files under a hash of everything they depend on, so that a series is fitted once."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from salesgoals_kit.forecast.model import fit_outlook
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.record import message_of, message_record
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period

EDITION = 1  # to be raised whenever the same series would get another outlook
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Book:
    """Outlooks in the files of one folder, which is made on first use. Several processes may write at once."""

    folder: Path

    def get(self, series: Series, period: Period, country: str | None = None, seed: int = 0) -> Outlook:
        """Return the outlook from the book, or fit it and write it down. A file that cannot be read is fitted anew."""
        key = key_of(series, period, country, seed)
        found = self._read(key)
        if found is None:
            found = fit_outlook(series, period, country, seed)
            self._write(key, found)
        return found

    def path(self, key: str) -> Path:
        """Return the file of a key."""
        return self.folder / f"{key}.npz"

    def _read(self, key: str) -> Outlook | None:
        try:
            with self.path(key).open("rb") as file, np.load(file, allow_pickle=False) as stored:
                record = json.loads(stored["record"].tobytes())
                arrays = {name: stored[name] for name in stored.files if name != "record"}
            return _outlook(record, arrays) if record["key"] == key else None
        except UNREADABLE:
            return None

    def _write(self, key: str, outlook: Outlook) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        record = json.dumps({"key": key, **_record(outlook)}).encode()
        arrays = {"draws": outlook.draws, "fan": outlook.fan}
        if outlook.counts is not None:
            arrays |= {"numerators": outlook.counts[0], "denominators": outlook.counts[1]}
        handle, name = tempfile.mkstemp(dir=self.folder, prefix=key[:16], suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                np.savez_compressed(file, allow_pickle=False, record=np.frombuffer(record, dtype=np.uint8), **arrays)
            Path(name).replace(self.path(key))
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def key_of(series: Series, period: Period, country: str | None = None, seed: int = 0) -> str:
    """Return the hash of everything an outlook depends on, the versions of prophet and numpy included."""
    versions = (EDITION, version("prophet"), version("numpy"))
    return hashlib.sha256(repr((versions, series.digest(), period, country, seed)).encode()).hexdigest()


def _record(outlook: Outlook) -> dict[str, Any]:
    period = outlook.period
    return {
        "kpi": outlook.kpi,
        "owner": [outlook.owner.team, outlook.owner.rep],
        "period": [period.grain, period.first, period.last, period.fiscal_year_starts],
        "better": outlook.better,
        "method": outlook.method,
        "step": outlook.step,
        "calibrated": outlook.calibrated,
        "history_months": outlook.history_months,
        "yearly_season": outlook.yearly_season,
        "notes": [message_record(note) for note in outlook.notes],
        "unit": outlook.unit,
        "minor_units": outlook.minor_units,
        "season": outlook.season,
    }


def _outlook(record: dict[str, Any], arrays: dict[str, Any]) -> Outlook:
    fields = {name: value for name, value in record.items() if name != "key"}
    season = fields["season"]
    return Outlook(
        **{
            **fields,
            "owner": Owner(*fields["owner"]),
            "period": Period(*fields["period"]),
            "notes": tuple(message_of(note) for note in fields["notes"]),
            "season": None if season is None else tuple(season),
            "draws": arrays["draws"],
            "fan": arrays["fan"],
            "counts": (arrays["numerators"], arrays["denominators"]) if "numerators" in arrays else None,
        }
    )
