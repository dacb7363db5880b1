"""What past scores taught, kept in a file under a hash of what it was learned from: all reports of a run read it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from salesgoals_kit.files import whole
from salesgoals_kit.forecast.calibration import Correction

UNREADABLE = (OSError, ValueError, KeyError, TypeError)


def learned(folder: Path, key: str, learn: Callable[[], Correction | None]) -> Correction | None:
    """Return the correction in the folder's file of this key; learned and written down where there is none.

    The folder is made on first use. A file that cannot be read is learned anew.
    """
    file = folder / f"{key}.json"
    try:
        found = json.loads(file.read_text("utf-8"))["correction"]
        return None if found is None else Correction(**found)
    except UNREADABLE:
        correction = learn()
    folder.mkdir(parents=True, exist_ok=True)
    with whole(file) as unfinished:
        unfinished.write_text(json.dumps({"correction": None if correction is None else asdict(correction)}), "utf-8")
    return correction
