"""Findings among many comparisons: the published example, a naive twin, and what luck alone leaves."""

from __future__ import annotations

import numpy as np
import pytest

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.insight.contrast import Contrast, findings
from salesgoals_kit.words import say

# Benjamini & Hochberg 1995, section 4.1: 15 p-values of a trial; at a rate of 0.05 the four smallest are rejected.
PUBLISHED = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
PUBLISHED += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]


def _contrast(p: float, effect: str = "stage") -> Contrast:
    return Contrast(effect, (("team", f"{p}"),), 1.0, 0.9, 1.1, p, good=False, said=say("insight.test"))


def test_the_published_trial_has_four_findings() -> None:
    assert [found.contrast.p for found in findings(map(_contrast, PUBLISHED), rate=0.05)] == PUBLISHED[:4]


def _twin(ps: list[float]) -> list[float]:
    """The adjusted p-values by their definition: the least rate at which each would be rejected, tried out."""
    count = len(ps)
    rates = sorted(min(p * count / rank, 1.0) for p in ps for rank in range(1, count + 1))

    def rejected(rate: float) -> float:
        ranked = sorted(ps)
        return max((p for rank, p in enumerate(ranked, 1) if p <= rank * rate / count * (1 + 1e-12)), default=-1.0)

    return [next(rate for rate in rates if p <= rejected(rate)) for p in ps]


def test_the_adjustment_is_that_of_its_definition() -> None:
    rng = np.random.default_rng(1)
    for count in (1, 2, 7, 12):
        ps = (rng.random(count) ** 3).tolist()
        found = {one.contrast.p: one.q for one in findings(map(_contrast, ps), rate=1.0)}
        np.testing.assert_allclose([found[p] for p in ps], _twin(ps))


def test_of_reports_without_anything_to_find_one_in_a_hundred_has_a_finding() -> None:
    rng = np.random.default_rng(2)
    hits = sum(bool(findings(map(_contrast, rng.random(30)))) for _ in range(1000))
    assert 1 <= hits <= 22  # 10 expected, standard deviation 3.1


def test_plain_differences_make_no_room_for_luck_in_another_question() -> None:
    plain = [_contrast(1e-9 * i, "channel") for i in range(1, 11)]
    lucky = [_contrast(0.0015, "stage"), *(_contrast(p, "coaching") for p in np.linspace(0.1, 1, 19))]
    assert not [one for one in findings([*plain, *lucky]) if one.contrast.effect == "stage"]
    assert [one for one in findings([*plain, *lucky[:1]]) if one.contrast.effect == "stage"]


def test_no_comparison_is_no_finding() -> None:
    assert findings([]) == ()


def test_what_is_no_probability_is_refused_with_every_fault() -> None:
    with pytest.raises(SalesGoalsError) as error:
        findings([_contrast(0.5), _contrast(float("nan")), _contrast(1.5)])
    assert len(error.value.faults) == 2
