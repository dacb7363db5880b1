"""The book: outlooks kept in files under a hash of everything they depend on, so that a series is fitted once."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from salesgoals_kit.files import whole
from salesgoals_kit.forecast.calibration import Correction, calibrate
from salesgoals_kit.forecast.kin import Kin, is_shared
from salesgoals_kit.forecast.model import fit_newcomer, fit_outlook, fit_parts
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.forecast.record import message_of, message_record
from salesgoals_kit.forecast.series import Series
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import Period

EDITION = 5  # to be raised whenever the same series would get another outlook
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True)
class Book:
    """Outlooks in the files of one folder, which is made on first use. Several processes may write at once.

    The files hold outlooks as they were fitted; ``correction`` is what past scores call for, made on reading.
    """

    folder: Path
    correction: Correction | None = None

    def get(
        self, series: Series, period: Period, country: str | None = None, seed: int = 0, kin: Kin | None = None
    ) -> Outlook:
        """Return the outlook, corrected, from the book, or fit it and write it down.

        A part of a ``kin`` whose figures add up is fitted with all the others, and all are written down. A file that
        cannot be read is fitted anew.
        """
        key = key_of(series, period, country, seed, kin)
        kept = self.kept(key)
        if kept is not None:
            return kept
        found = self._fit(series, period, country, seed, kin)
        self._write(key, found)
        return calibrate(found, self.correction)

    def kept(self, key: str) -> Outlook | None:
        """Return the outlook that is in the book under a key, corrected; None where there is none."""
        found = self._read(key)
        return None if found is None else calibrate(found, self.correction)

    def _fit(self, series: Series, period: Period, country: str | None, seed: int, kin: Kin | None) -> Outlook:
        """Return the outlook newly fitted; those of its kin, if they were fitted with it, are written down."""
        if kin is not None and not len(series.months):
            return fit_newcomer(series, kin, period, country, seed)
        if kin is None or not is_shared(kin, series):
            return fit_outlook(series, period, country, seed, kin)
        found = fit_parts(kin, period, country, seed)
        for part in kin.parts:
            if part.owner != series.owner and is_shared(kin, part):
                self._write(key_of(part, period, country, seed, kin), found[part.owner])
        return found[series.owner]

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
        arrays = {"draws": outlook.draws, "fan": outlook.fan, "months": outlook.months}
        if outlook.counts is not None:
            arrays |= {"numerators": outlook.counts[0], "denominators": outlook.counts[1]}
        with whole(self.path(key)) as unfinished, unfinished.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, record=np.frombuffer(record, dtype=np.uint8), **arrays)


def key_of(series: Series, period: Period, country: str | None = None, seed: int = 0, kin: Kin | None = None) -> str:
    """Return the hash of everything an outlook depends on, the versions of the packages it is made with included.

    Where it is a share of the whole's, the series is in its kin; else the series counts, and the kin that lends.
    """
    shared = kin is not None and is_shared(kin, series)
    whose = (series.owner if shared else series.digest(), None if kin is None else kin.digest)
    return hashlib.sha256(repr((_versions(), whose, period, country, seed)).encode()).hexdigest()


@cache
def _versions() -> tuple[object, ...]:
    return (EDITION, *(version(package) for package in ("prophet", "statsforecast", "holidays", "scipy", "numpy")))


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
        "correction": outlook.correction,
        "history_months": outlook.history_months,
        "yearly_season": outlook.yearly_season,
        "notes": [message_record(note) for note in outlook.notes],
        "unit": outlook.unit,
        "minor_units": outlook.minor_units,
        "season": outlook.season,
    }


def _outlook(record: dict[str, Any], arrays: dict[str, Any]) -> Outlook:
    fields = {name: value for name, value in record.items() if name != "key"}
    season, correction = fields["season"], fields["correction"]
    return Outlook(
        **{
            **fields,
            "owner": Owner(*fields["owner"]),
            "period": Period(*fields["period"]),
            "notes": tuple(message_of(note) for note in fields["notes"]),
            "season": None if season is None else tuple(season),
            "correction": None if correction is None else tuple(correction),
            "draws": arrays["draws"],
            "fan": arrays["fan"],
            "months": arrays["months"],
            "counts": (arrays["numerators"], arrays["denominators"]) if "numerators" in arrays else None,
        }
    )
