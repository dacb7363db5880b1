"""What is read of scores: the likeliest with their reasons, how good chances were, and why there are none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.insight.checked import check
from salesgoals_kit.insight.scoring import Scores
from salesgoals_kit.report.formats import DASH
from salesgoals_kit.report.scoring import scores_block
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Name, say


@pytest.fixture(scope="module")
def scores() -> Scores:
    """Two deals, one without a rep or an amount."""
    rng = np.random.default_rng(1)
    chances = rng.random(600)
    how = check(pd.Series([f"P{i}" for i in range(600)]), chances, (rng.random(600) < chances).astype(float))
    reasons = [say("scoring.pro", pro=(say("scoring.by_stage", name=Name("<Offer>")),)), say("scoring.usual")]
    rows = {
        "id": ["D1", "D2"],
        "rep": ["ann", None],
        "owner": ["North", None],
        "chance": [0.81, 0.3],
        "value": [12_000.0, np.nan],
        "expected": [9_720.0, np.nan],
        "reasons": reasons,
    }
    notes = (say("scoring.nobody"),)
    return Scores("deals", pd.DataFrame(rows), 40, 90_000.0, 30_000.0, 120, how, None, (), notes)


def test_the_list_says_who_how_likely_what_for_and_why(texts: Texts, scores: Scores) -> None:
    block = scores_block(texts, (scores,), {"ann": "Ann Lee"})
    assert block.headings[1].text == "40 open deals: €30K can be expected of them"
    plain = block.plain.replace("\u00a0", " ")
    assert "D1, Ann Lee | 80 % | €12,000 | For: in <Offer>" in plain
    assert f"D2 | 30 % | {DASH} | Nothing out of the ordinary" in plain
    assert "The 2 likeliest of 40: the chance to be won within 120 days" in block.html.replace("\u00a0", " ")
    assert "<Offer>" not in block.html
    assert 'alt="What was told and what came, by tenths of later deals' in block.html
    assert "600 later deals" in plain


def test_what_holds_for_deals_and_leads_is_said_once(texts: Texts, scores: Scores) -> None:
    both = scores_block(texts, (scores, replace(scores, kind="leads")), {})
    assert both.plain.count("Nobody's name counts") == 1
    assert both.html.count("<details") == 1


def test_without_chances_it_says_why(texts: Texts, scores: Scores) -> None:
    few = say("scoring.few_leads", yes=Count(3), no=Count(9), enough=Count(100), each=Count(25))
    nobody = scores.rows.head(0)
    refused = replace(scores, kind="leads", rows=nobody, check=None, refused=few, notes=())
    block = scores_block(texts, (refused,), {})
    assert block.headings[1].text == "Leads are not scored"
    assert "3 became deals" in block.plain
    lacking = scores_block(texts, (replace(refused, refused=None, lacking=(say("scoring.no_leads"),)),), {})
    assert "(leads)" in lacking.plain
    empty = scores_block(texts, (replace(scores, rows=nobody, count=0, check=None, notes=()),), {})
    assert empty.plain.endswith("There are no open deals to score")
