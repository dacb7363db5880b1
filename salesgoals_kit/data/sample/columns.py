"""Arrays of the sample as columns of canonical frames."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.days import NEVER, Flags, Ints, Texts


def as_days(days: Ints) -> pd.Series:
    """Return days as dates, empty where NEVER."""
    known = np.where(days == NEVER, 0, days).astype("datetime64[D]").astype("datetime64[ns]")
    return pd.Series(known).mask(days == NEVER)


def as_money(cents: Ints, known: Flags | None = None) -> pd.Series:
    """Return whole minor units, empty where not known."""
    money = pd.Series(cents, dtype="Int64")
    return money if known is None else money.mask(~known)


def as_words(words: Sequence[str], numbers: Ints, known: Flags | None = None) -> Texts:
    """Return the word of each number, None where the number is negative or the word not known."""
    told = None if known is None else known & (numbers >= 0)
    return as_told(np.array(words, dtype=object), numbers, told)


def as_told(values: Texts, numbers: Ints, told: Flags | None = None) -> Texts:
    """Return the text of each number, None where the number is negative or the text not told."""
    answer = values[np.maximum(numbers, 0)]
    answer[numbers < 0 if told is None else ~told] = None
    return answer


def as_ids(prefix: str, numbers: Ints, width: int) -> Texts:
    """Return ids like ``L00012``, None for negative numbers."""
    return np.array([f"{prefix}{n:0{width}d}" if n >= 0 else None for n in numbers.tolist()], dtype=object)
