"""Chances from features: a logistic regression, calibrated on later rows, whose terms say why.

Words become one column each, numbers a curve (their logarithm and its square), both without what is unknown: it
counts as usual. Chances are calibrated by Platt's sigmoid (Platt 1999), which keeps the order that the terms give.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, PolynomialFeatures, StandardScaler

Floats = npt.NDArray[np.float64]
RARE = 20  # rows; words that have fewer are one word together
FLAT = 1.0  # the inverse of the penalty on squared terms
UNKNOWN = ""


@dataclass(frozen=True, eq=False)
class Logit:
    """A fitted model. ``features`` are those that differ between the rows it was fitted on."""

    features: tuple[str, ...]
    line: Any
    calibrated: Any

    def chances(self, rows: pd.DataFrame) -> Floats:
        """Return the calibrated chance of each row."""
        return np.asarray(self.calibrated.predict_proba(_filled(rows, self.features))[:, 1])

    def parts(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to the logarithm of each row's odds, beside the mean of the fitted rows.

        The parts of a row and a constant add up to the logarithm of the odds of its chance.
        """
        columns = self.line[:-1].transform(_filled(rows, self.features))
        weighed = columns * self.line[-1].coef_[0] * self._slope()
        places = self.line[0].output_indices_
        return pd.DataFrame({name: weighed[:, places[name]].sum(axis=1) for name in self.features}, index=rows.index)

    def _slope(self) -> float:
        return -float(self.calibrated.calibrated_classifiers_[0].calibrators[0].a_)


def fit(early: pd.DataFrame, later: pd.DataFrame, words: Sequence[str], numbers: Sequence[str]) -> Logit:
    """Return the model of ``early`` rows (features and ``converted``), calibrated on ``later`` ones.

    Both need rows that converted and rows that did not. The order of the rows makes no difference.
    """
    features = tuple(name for name in (*words, *numbers) if early[name].nunique() > 1)
    told = [name for name in features if name in words]
    kinds = [(name, _word() if name in told else _curve(early[name]), [name]) for name in features]
    learner = LogisticRegression(C=FLAT, solver="newton-cholesky", tol=1e-8, random_state=0)
    line = Pipeline([("columns", ColumnTransformer(kinds)), ("logit", learner)])
    first, second = (rows.sort_values(["id", "day"], ignore_index=True) for rows in (early, later))
    line.fit(_filled(first, features), first["converted"].to_numpy())
    sigmoid = CalibratedClassifierCV(FrozenEstimator(line), method="sigmoid")
    sigmoid.fit(_filled(second, features), second["converted"].to_numpy())
    return Logit(features, line, sigmoid)


def _word() -> Pipeline:
    columns = OneHotEncoder(min_frequency=RARE, handle_unknown="infrequent_if_exist", sparse_output=False)
    usual = SimpleImputer(missing_values=UNKNOWN, strategy="most_frequent")
    return make_pipeline(usual, columns, StandardScaler(with_std=False))


def _curve(known: pd.Series) -> Pipeline:
    """Return a number as one column where it has two values, else as a curve of its signed logarithm."""
    usual = SimpleImputer(strategy="mean")
    if known.nunique() == 2:
        return make_pipeline(usual, StandardScaler())
    log = FunctionTransformer(_signed_log)
    return make_pipeline(usual, log, PolynomialFeatures(2, include_bias=False), StandardScaler())


def _signed_log(values: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def _filled(rows: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """Return the features; numbers float, words text."""
    return pd.DataFrame({name: _column(rows[name]) for name in features})


def _column(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(cells):
        return cells.astype("float64")
    return pd.Series([UNKNOWN if pd.isna(cell) else str(cell) for cell in cells], index=cells.index, dtype="object")
