"""The blocks of a review beside its verdicts: the gap as a waterfall, attainment, forecasts, what was tried."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.follow.gap import Gap
from salesgoals_kit.follow.initiatives import Tried
from salesgoals_kit.follow.parts import Part
from salesgoals_kit.follow.promises import Kept
from salesgoals_kit.follow.quota import Quota
from salesgoals_kit.follow.review import Review
from salesgoals_kit.follow.verdict import Forecast, KpiReview, LevelReview
from salesgoals_kit.follow.versions import Version
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report import attained, charts, forecasts, gaps, learned, outcome
from salesgoals_kit.report.atop import decided_first, outcome_cards
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.waterfall import Drop, drop_label, placed
from salesgoals_kit.store.rows import FinalRow, GoalRow, OutlookRow
from salesgoals_kit.words import say

CENTRAL, Q1, DAY = Owner("Central"), parse_period("2026Q1"), date(2026, 4, 5)
REVENUE, MARGIN = CATALOGUE["revenue"], CATALOGUE["margin"]
PARTS = (
    Part("asked", -10_000),
    Part("leads", 4_000, 100.0, 120.0, unit="count"),
    Part("qualification", -1_000, 0.5, 0.45, unit="rate"),
    Part("deals_a_lead", -3_500, 0.5, 0.4, implied=True, unit="count"),
    Part("on_time", -1_500, 0.9, 0.8, unit="rate"),
    Part("win_rate", -6_000, 0.4, 0.3, unit="rate"),
    Part("deal_size", 0, 10.0, 10.0, unit="money"),
)
GAP = Gap(REVENUE, 1000.0, 900.0, 820.0, PARTS, 100, notes=(say("gap.leads_later"),))


def one_of(kpi: str, actual: float | None, goal: float | None, **given: Any) -> KpiReview:
    met = None if actual is None or goal is None else actual >= goal
    share = None if actual is None or goal is None else actual / goal
    level = LevelReview("target", goal or 0.0, 0.5, share, met, False, False, say("follow.undecided"))
    basic: dict[str, Any] = {"standing": "final", "final_on": DAY, "percentile": None, "notes": ()}
    levels = () if goal is None else (level,)
    return KpiReview(
        kpi=CATALOGUE[kpi], actual=actual, levels=levels, sentence=say("follow.undecided"), **{**basic, **given}
    )


def review_of(*kpis: KpiReview, gaps: tuple[Gap, ...] = ()) -> Review:
    return Review(CENTRAL, Q1, DAY, False, kpis, (), gaps, ())


def said(block: Any) -> str:
    return str(block.plain).translate({0xA0: " ", 0x202F: " ", 0x2212: "-", 0x2013: "-"})


def test_the_gap_begins_with_its_finding_and_every_part_is_on_the_page() -> None:
    found = said(gaps.gap_block(Texts("en_GB"), review_of(one_of("revenue", 820.0, 1000.0), gaps=(GAP,))))
    assert found.startswith("Revenue ended €180 below its goal; among the drivers, win rate weighed most")
    assert "asked for €100 beyond what could be expected" in found
    assert "Against that expectation the figure was €80.00 less" in found
    # the chart's alternative text has the same steps as the table
    assert "From €1,000 to €820 by 6 parts: asked beyond business as usual -€100, leads +€40.00" in found
    assert "Leads | 100 | 120 | €40.00" in found
    assert "Deals due for each qualified lead (*) | 0.5 | 0.4 | -€35.00" in found
    assert "Deals closed when due | 90 % closed when due | 80 % closed when due | -€15.00" in found
    assert "Deal size | €10 | €10 | €0.00" in found
    assert "Leads show with a lag" in found


def test_bars_go_from_the_goal_to_the_figure() -> None:
    drops = gaps.drops_of(GAP)
    ends = placed(drops)
    assert ends[0] == (1000.0, 1000.0)
    assert ends[-2][1] == pytest.approx(ends[-1][0]) == pytest.approx(820.0)
    assert [drop.tone for drop in drops] == ["place", "plain", *["moved"] * 5, "place"]


def test_a_rate_goes_by_tenths_of_a_point() -> None:
    parts = (Part("asked", 0), Part("price", 3, 0.9, 0.91, unit="rate"), Part("unit_cost", -8, 5.0, 6.0, unit="money"))
    gap = Gap(MARGIN, 0.69342, 0.69342, 0.68841, parts, 1000)
    found = said(gaps.gap_block(Texts("en_GB"), review_of(one_of("margin", 0.68841, 0.69342), gaps=(gap,))))
    assert found.startswith("Margin ended 0.5 points below its goal; among the drivers, unit cost weighed most")
    assert "The goal asked for what could be expected as things were." in found
    assert "From 69.3 % to 68.8 % by 2 parts: price +0.3 points and unit cost -0.8 points" in found
    assert "Figure | - | - | 68.8 %" in found


@pytest.mark.parametrize(
    ("goal", "actual", "parts", "finding"),
    [
        (
            100.0,
            120.0,
            (Part("asked", 0), Part("win_rate", 2000)),
            "€20.00 above its goal; among the drivers, win rate helped most",
        ),
        (100.0, 90.0, (Part("asked", -2000), Part("win_rate", 1000)), "below its goal, though it did better than had"),
        (100.0, 110.0, (Part("asked", 2000), Part("win_rate", -1000)), "above its goal, though it did worse than had"),
        (None, 110.0, (Part("win_rate", 1000),), "above what was expected: win rate helped most"),
        (100.0, 100.0, (Part("asked", 0), Part("win_rate", 0)), "Revenue ended where it was to be"),
    ],
)
def test_the_finding_says_which_way_and_why(
    goal: float | None, actual: float, parts: tuple[Part, ...], finding: str
) -> None:
    gap = Gap(REVENUE, goal, 100.0, actual, parts, 100)
    assert finding in Texts("en_GB").text(gaps.finding(gap)).replace("\u00a0", " ")
    assert gaps.gap_block(Texts(), review_of(gaps=(gap,))).headings


def test_what_did_most_for_and_against_a_figure_stands_above_the_page() -> None:
    block = outcome.lessons_block(Texts("en_GB"), review_of(one_of("revenue", 820.0, 1000.0), gaps=(GAP,)))
    assert block.leads
    assert "Revenue: win rate took most, €60.00" in said(block)
    for_it = replace(PARTS[3], whole=9_000)  # more deals of each lead as well
    gap = replace(GAP, actual=945.0, parts=(*PARTS[:3], for_it, *PARTS[4:]))
    assert "deals due that began as a lead added most, €120; win rate took most, €60.00" in said(
        outcome.lessons_block(Texts("en_GB"), review_of(gaps=(gap,)))
    )
    assert "What counts as deals due that began as a lead is leads, the share that qualify" in said(
        gaps.gap_block(Texts("en_GB"), review_of(gaps=(gap,)))
    )
    nothing = replace(GAP, parts=(Part("asked", -10_000),))
    assert "added" not in said(outcome.lessons_block(Texts("en_GB"), review_of(gaps=(nothing,))))


def test_a_goal_that_asks_for_next_to_nothing_more_has_no_bar_for_it() -> None:
    gap = replace(GAP, goal=900.01, parts=(Part("asked", -1), *PARTS[1:]))
    titles = [drop.title.id for drop in gaps.drops_of(gap)]
    assert "gap.part_asked" not in titles
    assert "gap.part_asked" in [drop.title.id for drop in gaps.drops_of(GAP)]


def test_rates_that_round_to_one_number_are_told_apart() -> None:
    page = said(outcome.verdicts(Texts("en_GB"), review_of(one_of("grr", 0.94894, 0.94907), one_of("nrr", None, None))))
    assert "94.89 % | 94.91 %" in page
    assert "Net revenue retention" not in page, "without goal and figure there is nothing to say"


def test_what_cannot_be_split_says_why() -> None:
    lacks = Gap(REVENUE, 1.0, None, 2.0, (), 100, lacking=(say("gap.no_outlook", kpi=REVENUE.title),))
    assert "no outlook was frozen with the goal" in said(gaps.gap_block(Texts(), review_of(gaps=(lacks,))))
    assert "is decided yet" in said(gaps.gap_block(Texts(), review_of(one_of("revenue", None, 1.0))))
    assert "No goal and no outlook was frozen" in said(gaps.gap_block(Texts(), review_of()))


def test_a_waterfall_without_rows_is_refused_and_one_place_can_be_drawn() -> None:
    told: dict[str, Any] = {"finding": say("gap.no_step"), "name": "x", "caption": say("gap.chart")}
    with pytest.raises(SalesGoalsError, match="no rows"):
        charts.draw_waterfall(Texts(), [], "money", **told)
    title = say("gap.end_actual")
    drawn = charts.draw_waterfall(Texts(), [Drop(title, 0.0, "place"), Drop(title, 0.0, "place")], "money", **told)
    assert drawn.chart.alt == say("gap.no_step")


def test_a_long_name_is_cut_where_there_is_little_room_and_its_amount_never() -> None:
    long = Drop(say("gap.part_other"), -1234.0)
    wide, narrow = (drop_label(Texts("en_GB"), long, "money", narrow=small) for small in (False, True))
    assert wide.startswith("Other: deals won without an amount, invoices without a quantity: ")
    assert narrow.startswith("Other: deals won without an")
    assert wide.endswith("€1,230")
    assert narrow.endswith("…: \u2212€1,230")
    assert len(narrow) <= 46


def test_attainment_is_three_named_numbers() -> None:
    found = review_of(one_of("revenue", 90.0, 100.0))
    page = said(attained.attained_block(Texts("en_GB"), found, Quota(3, 2, 440.0, 250.0, 1), ()))
    assert "Attainment of revenue: 90 %, €90.00 against €100" in page
    assert "Share of reps at goal: 67 %, 2 of 3 reps with a goal of their own" in page
    assert "Sum of sales / sum of goals of these reps: 176 %, €440 against €250" in page
    assert "1 of these goals was set or recorded only after the period had begun" in page
    assert "No figure is final yet" in page
    cost = review_of(one_of("cac", 80.0, 100.0))
    assert "goal / figure, as lower is better" in said(attained.attained_block(Texts(), cost, None, ()))
    assert "no rep had a goal of his own" in said(attained.attained_block(Texts(), cost, None, ()))
    running = review_of(one_of("revenue", 80.0, 100.0, standing="open"))
    assert "the period is not over" in said(attained.attained_block(Texts(), running, Quota(3, 2, 4.0, 2.0, 0), ()))
    assert "there was no goal to attain" in said(attained.attained_block(Texts(), review_of(), None, ()))
    blank = review_of(one_of("revenue", None, 1.0))
    assert "no share of its goal" in said(attained.attained_block(Texts(), blank, None, ()))


def test_a_late_correction_shows_both_figures_and_the_difference() -> None:
    before = FinalRow(
        owner=CENTRAL, period="2026Q1", template="review", as_of=DAY, kpi="revenue", value=100.0, final_on=DAY,
        version=1, snapshot="abcdef0123456789",
    )  # fmt: skip
    found = review_of(one_of("revenue", 90.0, 100.0), one_of("margin", 0.25, 0.3))
    changed = (
        Version(REVENUE, 2, 90.0, (before,)),
        Version(MARGIN, 2, 0.25, (replace(before, kpi="margin", value=0.3),)),
        Version(CATALOGUE["cac"], 3, 5.0, (replace(before, kpi="cac", value=None, version=2),)),
        Version(CATALOGUE["win_rate"], 1, 0.5, ()),
    )
    page = said(attained.attained_block(Texts("en_GB"), found, None, changed))
    assert "came out otherwise now: revenue, margin and customer acquisition cost. Attainment is by the later" in page
    assert "Revenue | €100.00 (version 1) | abcdef012345 | €90.00 (version 2) | -€10.00" in page
    assert "Margin | 30.00 % (version 1) | abcdef012345 | 25.00 % (version 2) | -5 points" in page
    assert "Not known (version 2)" in page
    first = said(attained.attained_block(Texts(), found, None, (changed[3],)))
    assert "by the figures as they were when they first became final" in first
    assert "difference" not in first


def test_forecasts_stand_beside_the_figure_by_who_made_them() -> None:
    made = (
        Forecast("goal_setting", date(2025, 12, 31), 100.0, 80.0, 120.0, 0.9, False),
        Forecast("tracking", date(2026, 2, 14), 110.0, 100.0, 120.0, 0.5, True),
    )
    one = one_of("revenue", 115.0, 100.0, forecasts=made, percentile=0.91)
    two = one_of(
        "win_rate", None, 0.3, forecasts=(Forecast("goal_setting", date(2025, 12, 31), 0.3, 0.2, 0.4, None, False),)
    )
    page = said(forecasts.forecasts_block(Texts("en_GB"), review_of(one, two)))
    assert page.startswith("What was forecast: 0 of 1 figure fell into its range")
    assert "Revenue | Goal setting, 31 December 2025 | €100 | €80.00 to €120 | €115 | +15 % | 90 %" in page
    assert "Revenue | Tracking, 14 February 2026 | €110 | €100 to €120 | €115 | +4.5 % | 50 %" in page
    assert "Win rate | Goal setting, 31 December 2025 | 30.0 % | 20 % to 40 % | - | - | -" in page
    assert "No outlook was frozen" in said(forecasts.forecasts_block(Texts(), review_of()))


def test_what_was_tried_and_what_chances_came_to() -> None:
    goal = GoalRow(
        owner=CENTRAL, period="2026Q1", template="agree", as_of=DAY, kpi="revenue", level="agreed", value=1.0
    )
    seen = say("gap.try_no_figure", kpi=REVENUE.title)
    tried = [
        Tried(goal, "weekly <b>reviews", "Ann", 9000.0, REVENUE, "moved", 0.01, seen),
        Tried(replace(goal, set_after_the_fact=True), "demos", None, None, None, "cannot_tell", None, seen),
    ]
    kept = [Kept("usual", 4, 2.1, 3, 0.2), Kept("initiative", 1, 0.3, 1, 0.49), Kept("late", 2, 1.0, 2, 0.25)]
    block = forecasts.tried_block(Texts("en_GB"), tried, kept)
    page = said(block)
    assert page.startswith("What was tried: 1 of 2 initiatives moved their measures by more than chance")
    assert "weekly <b>reviews (by Ann and for €9,000): cannot be told: revenue has no figure" in page
    assert "<b>reviews" not in block.html
    assert "demos (agreed or recorded after the period had begun): cannot be told" in page
    assert "Business as usual: 3 of 4 agreed goals were reached, where 2.1 were to be expected by their chances" in page
    assert "scored apart: 1 of 1 agreed goal was reached, where 0.3 was to be expected without the initiative" in page
    assert "Set or recorded after the period had begun, scored apart: 2 of 2" in page
    empty = said(forecasts.tried_block(Texts(), [], []))
    assert "No initiative was agreed" in empty
    assert "No agreed goal has a final figure yet" in empty


def test_what_cannot_be_told_is_not_said_to_have_moved_nothing() -> None:
    goal = GoalRow(
        owner=CENTRAL, period="2026Q1", template="agree", as_of=DAY, kpi="revenue", level="agreed", value=1.0
    )
    tried = Tried(goal, "demos", None, None, None, "cannot_tell", None, say("gap.try_no_figure", kpi=REVENUE.title))
    page = said(forecasts.tried_block(Texts(), [tried], []))
    assert page.startswith("What was tried: whether it moved anything cannot be told")


def test_a_figure_that_the_data_lacks_is_not_one_to_wait_for() -> None:
    found = review_of(one_of("revenue", None, 1000.0))
    texts = Texts("en_GB")
    assert outcome.headline(found).id == "outcome.headline_unknown"
    assert outcome.lead(found).id == "outcome.nothing_known"
    assert "No figure" in said(outcome.verdicts(texts, found))
    assert "nothing to take from it" in said(outcome.lessons_block(texts, found))
    waits = replace(found, as_of=date(2026, 4, 4))
    assert outcome.headline(waits).id == "outcome.headline_open"
    assert outcome.lead(waits).id == "outcome.nothing_decided"
    assert "Open until 5 April 2026" in said(outcome.verdicts(texts, waits))


def test_what_was_promised_is_the_outlook_frozen_with_the_goal_and_no_later_one() -> None:
    """Tracking's outlook knew part of the period: where it is the only one, nothing had been promised."""
    found = review_of(one_of("revenue", 115.0, 100.0))
    record = {"draws": 9, "lowest": 50.0, "highest": 150.0, "quantiles": {"10": 60.0, "50": 100.0, "90": 140.0}}
    set_, ran = (
        OutlookRow(
            owner=Owner("Central"), period="2026Q1", template=template, as_of=date(2025, 12, 31), kpi="revenue",
            method="x", record=record,
        )
        for template in ("goal_setting", "tracking")
    )  # fmt: skip
    plain, promised, late = (outcome.chart(Texts("en_GB"), found, rows).html for rows in ([], [set_], [ran]))
    assert late == plain
    assert promised != plain


def test_page_and_mail_begin_with_the_same_goals_and_those_missed_are_among_them() -> None:
    kpis = [one_of(name, 2.0, 1.0) for name in ("revenue", "mrr", "win_rate")]
    found, texts = review_of(*kpis, one_of("margin", 0.4, 0.5), one_of("logo_churn", None, 0.5)), Texts("en_GB")
    assert [one.kpi.name for one in decided_first(found)] == ["revenue", "margin", "win_rate", "mrr"]
    titles = [texts.text(stand.title).lower() for stand in learned.gist(texts, found).stands]
    assert titles == ["revenue", "margin", "win rate", "monthly recurring revenue"]
    cards = said(outcome_cards(texts, found)).lower()
    assert sorted(titles[:3], key=cards.index) == titles[:3]
