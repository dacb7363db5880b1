"""Scores of past outlooks, kept in a file under a hash of what they come from: all reports of a run read them."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

import pandas as pd

from salesgoals_kit.files import whole
from salesgoals_kit.forecast.scores import COLUMNS

ENDING = ".json"
KEPT_FOR = 30 * 24 * 3600.0  # seconds
UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


def kept_scores(folder: Path, key: str) -> pd.DataFrame | None:
    """Return the scores (a `score_frame`) in the folder's file of this key; None where none can be read."""
    try:
        columns = json.loads(_file(folder, key).read_text("utf-8"))
        return pd.DataFrame(columns).astype(COLUMNS) if list(columns) == list(COLUMNS) else None
    except UNREADABLE:
        return None


def keep_scores(folder: Path, key: str, scores: pd.DataFrame) -> None:
    """Write scores into the folder's file of this key, whole or not at all; the folder is made on first use."""
    plain = scores.assign(ends=scores["ends"].dt.strftime("%Y-%m-%d"))
    folder.mkdir(parents=True, exist_ok=True)
    with whole(_file(folder, key)) as unfinished:
        unfinished.write_text(json.dumps({name: plain[name].tolist() for name in COLUMNS}), "utf-8")


def prune_scores(folder: Path, now: float) -> None:
    """Remove what was scored a while ago; who asks for it again scores again."""
    for file in folder.glob(f"*{ENDING}"):
        with suppress(OSError):
            if now - file.stat().st_mtime > KEPT_FOR:
                file.unlink()


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}{ENDING}"
