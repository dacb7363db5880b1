"""The section on how often chances came true: what it says of many scores, of few, of none, and of late ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from statistics import NormalDist
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.forecast.calibration import Correction, calibrate
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.goals.board import Board, Line
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report import chances, setting
from salesgoals_kit.report.text import Texts

Plain = Callable[[pd.DataFrame], str]

# optimism z of a score, by chance levels of a normal outlook: commit is reached from z = -0.84 on, target from 0,
# stretch from 0.84
LEVELS = (("commit", 0.8, -0.84), ("target", 0.5, 0.0), ("stretch", 0.2, 0.84))


def scores(z: list[float], *, periods: int = 5, backfilled: bool = False) -> pd.DataFrame:
    """Give scores that came so many deviations better than expected, of so many months."""
    ends = pd.date_range("2025-01-31", periods=periods, freq="ME")
    given: dict[str, Any] = {
        "better": "higher",
        "ends": [ends[i % periods] for i in range(len(z))],
        "pit": [NormalDist().cdf(value) for value in z],
        "pinball": 0.042,
        "backfilled": backfilled,
        "shift": 0.0,
        "scale": 1.0,
        "draws": 1000,
    }
    for name, chance, least in LEVELS:
        given |= {f"{name}_chance": chance, f"{name}_reached": [value >= least for value in z]}
    return pd.DataFrame(given, index=range(len(z)))


@pytest.fixture
def plain(texts: Texts) -> Plain:
    """Give a section as its reader sees it, with plain spaces."""

    def shown(frame: pd.DataFrame) -> str:
        return chances.section(texts, frame).plain.replace("\u00a0", " ")

    return shown


def test_many_scores_are_held_against_what_was_promised(plain: Plain) -> None:
    # 50 scores, 30 of them at z = -1.5 and 20 at 0.5: commit and target in 40 %, stretch never
    said = plain(scores([-1.5, -1.5, -1.5, 0.5, 0.5] * 10, periods=25))
    assert "50 figures of 25 periods are final" in said
    assert "Commit | 80 % | 40 % |" in said
    assert "Less often than promised" in said
    assert "Target | 50 % | 40 % |" in said
    assert "Stretch | 20 % | 0 % | 0 % to" in said
    assert "outlooks had been too optimistic (goals of the same chance are easier now)" in said
    assert "60 % of the figures came in the worst fifth" in said
    assert "4.2 % of the figures' size" in said
    assert "apart" not in said


def test_chances_that_came_true_are_said_to_have_done_so(plain: Plain) -> None:
    z = np.random.default_rng(0).normal(0, 1, 400).tolist()
    said = plain(scores(z, periods=200))
    assert said.count("As promised") == 3
    assert "than promised" not in said


def test_under_thirty_scores_it_is_said_that_nothing_is_corrected(plain: Plain, texts: Texts) -> None:
    few = scores([-1.0, 1.0] * 12)
    said = plain(few)
    assert "too few to correct anything by: 24 figures tell little" in said
    assert "from 30 on" in said
    assert "had been" not in said
    assert "worst fifth" not in said
    assert "<img" not in chances.section(texts, few).html


def test_backfilled_scores_stand_apart(plain: Plain) -> None:
    late = scores([2.0, -2.0, -2.0, -2.0], backfilled=True)
    said = plain(pd.concat([scores([0.1] * 40, periods=40), late]))
    assert "40 figures of 40 periods are final" in said
    assert "4 figures more have outlooks that were recorded only after the period had begun" in said
    assert "commit was reached 25 % of the time, target 25 %, stretch 25 %" in said
    alone = plain(late)
    assert "No outlook that was frozen before its period began has a final figure yet" in alone
    assert "4 figures more" in alone
    assert "Commit |" not in alone


def test_without_any_score_that_is_all_there_is_to_say(plain: Plain) -> None:
    said = plain(scores([]))
    assert said.splitlines() == [
        "How often our chances came true",
        "No outlook that was frozen before its period began has a final figure yet, so no chance can be scored.",
    ]


def test_the_chart_shows_all_five_fifths(texts: Texts) -> None:
    html = chances.section(texts, scores([-1.5, -0.5, 0.0, 0.5, 1.5] * 8, periods=8)).html
    assert 'id="chart-fifths"' in html
    assert "At the line every fifth has one figure in five" in html


def test_what_was_corrected_is_said_once_for_all_outlooks(texts: Texts, outlook: Outlook) -> None:
    correction = Correction(-0.3, 1.2, 64, 4)
    corrected = [calibrate(outlook, correction), calibrate(replace(outlook, kpi="cac", better="lower"), correction)]
    board = board_of(corrected)
    (said,) = setting.methods(board)
    assert texts.text(said) == (
        "64 final figures of 4 periods show that outlooks had been too optimistic (goals of the same chance are easier "
        "now) and too narrow (ranges are wider now). The chances are corrected for it: the more figures there are, "
        "the further."
    )
    assert setting.calibrated(board)


def test_a_report_is_called_calibrated_only_where_every_outlook_was_corrected(outlook: Outlook) -> None:
    corrected = calibrate(outlook, Correction(0.0, 1.0, 64, 4))
    assert not setting.calibrated(board_of([corrected, outlook]))
    assert not setting.calibrated(board_of([]))


def board_of(outlooks: list[Outlook]) -> Board:
    """Give a board of which the outlooks alone matter."""
    rest = cast(Any, None)
    normal = cast(Any, SimpleNamespace(notes=()))
    lines = tuple(Line(CATALOGUE[some.kpi], rest, normal, some, (), None) for some in outlooks)
    return Board(Owner("Central"), parse_period("2026Q1"), lines, ())
