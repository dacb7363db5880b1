"""Scores of past outlooks, kept in a file under a hash of what they come from: all reports of a run read them."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from salesgoals_kit.files import whole
from salesgoals_kit.forecast.scores import COLUMNS

ENDING = ".json"
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


def all_kept(folder: Path) -> list[Path]:
    """Return the files of scores in a folder."""
    return list(folder.glob(f"*{ENDING}"))


def _file(folder: Path, key: str) -> Path:
    return folder / f"{key}{ENDING}"
