"""Scores of past outlooks, kept in a file under a hash of what they come from: all reports of a run read them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from salesgoals_kit.files import whole
from salesgoals_kit.forecast.scores import COLUMNS

UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError)


def kept_scores(folder: Path, key: str, score: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """Return the scores (a `score_frame`) in the folder's file of this key; worked out and written where there is none.

    The folder is made on first use. A file that cannot be read is made anew.
    """
    file = folder / f"{key}.json"
    try:
        return _frame(file.read_text("utf-8"))
    except UNREADABLE:
        scores = score()
    folder.mkdir(parents=True, exist_ok=True)
    with whole(file) as unfinished:
        unfinished.write_text(_text(scores), "utf-8")
    return scores


def _text(scores: pd.DataFrame) -> str:
    plain = scores.assign(ends=scores["ends"].dt.strftime("%Y-%m-%d"))
    return json.dumps({name: plain[name].tolist() for name in COLUMNS})


def _frame(text: str) -> pd.DataFrame:
    columns = json.loads(text)
    if list(columns) != list(COLUMNS):
        raise ValueError("the columns of another edition")
    return pd.DataFrame(columns).astype(COLUMNS)
