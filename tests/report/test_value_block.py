"""What customers are worth and whom to offer more, as it stands in a report."""

from __future__ import annotations

import re

import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables
from salesgoals_kit.insight.upsell import UpSell, upsell
from salesgoals_kit.insight.value import Valuation, valuation
from salesgoals_kit.insight.worth import Range, Segment
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.value import upsell_block, value_block
from salesgoals_kit.words import say
from tests.insight.customers import AS_OF, Frames, takers
from tests.kpis.conftest import a_company, tables_of

ONE = Segment("", "", "contract", 40, Range(90, 100, 110), Range(20, 24, 28), Range(2_000, 2_400, 2_800))


def _segment(kind: str, name: str, low: float, middle: float, high: float, basis: str = "contract") -> Segment:
    value = Range(low, middle, high)
    return Segment(kind, name, "contract" if basis == "contract" else "purchases", 20, ONE.margin, ONE.lasts, value)


def _tables(frames: Frames, company: Company | None = None) -> Tables:
    return tables_of(AS_OF, company or a_company(teams={"N": None, "S": None}), **frames)


def _valuation(*segments: Segment) -> Valuation:
    return Valuation(
        COMPANY,
        (ONE,),
        segments,
        (("contract", 40, Range(80_000, 90_000, 99_000)),),
        Range(80_000, 90_000, 99_000),
        (say("value.flat"),),
        (say("value.no_sales"),),
    )


def test_the_value_stands_in_the_heading_and_the_kind_that_differs_most_in_the_chart(texts: Texts) -> None:
    rows = (
        _segment("industry", "<b>bank</b>", 2_200, 2_500, 2_800),
        _segment("industry", "shop", 2_100, 2_300, 2_700),
        _segment("size", "small", 900, 1_000, 1_100),
        _segment("size", "large", 5_000, 5_500, 6_000),
    )
    block = value_block(texts, _valuation(*rows))
    assert block.headings[0].text == "A new customer is worth €2,400 for as long as it stays one"
    assert "<b>bank" not in block.html
    alt = re.search(r'alt="([^"]*)"', block.html)
    assert alt is not None
    assert "by size" in alt[1]
    assert "€5,500" in alt[1]
    assert "The 40 customers there are today will still bring €90K (€80K to €99K)" in block.plain
    assert block.plain.count("between") == 5
    assert value_block(texts, _valuation(*rows)).html == block.html


def test_without_kinds_and_without_values_it_still_stands(texts: Texts) -> None:
    assert "<figure" not in value_block(texts, _valuation()).html
    nothing = Valuation(COMPANY, (), (), (), None, (), (say("value.no_sales"),))
    assert "cannot be told yet" in value_block(texts, nothing).headings[0].text


def test_a_loss_is_shown_as_one(texts: Texts) -> None:
    rows = (_segment("size", "small", -300, -200, -100), _segment("size", "large", 100, 200, 300))
    assert "\u2212€200" in value_block(texts, _valuation(*rows)).plain


@pytest.fixture(scope="module")
def offers() -> UpSell:
    return upsell(_tables(takers(1)))


def test_offers_have_an_account_a_reason_and_what_they_bring(texts: Texts, offers: UpSell) -> None:
    block = upsell_block(texts, offers)
    accounts = {one.account_id for one in (*offers.up, *offers.cross)}
    assert block.headings[0].text.startswith(f"{len(accounts)} customers to offer more")
    for one in (*offers.up, *offers.cross):
        assert one.name in block.plain
    assert re.search(r"within a year \d+ of \d+ accounts of the industry bank and the size large", block.plain, re.I)
    assert "comparisons were made" in block.plain


def test_where_nothing_stands_out_it_is_said_what_is_usual(texts: Texts) -> None:
    made = upsell(_tables(takers(3, lift=0.2, base=0.2)))
    block = upsell_block(texts, made)
    assert block.headings[0].text == "No kind of customer takes to more than the others do"
    assert "bought it within a year" in block.plain
    nothing = UpSell(COMPANY, (), (), (0, 0), 0, (), (), (say("upsell.no_products"),))
    assert "cannot be told" in upsell_block(texts, nothing).plain


def test_every_sentence_of_a_real_valuation_can_be_read(texts: Texts) -> None:
    made = valuation(_tables(takers(1), a_company(revenue="mrr", teams={"N": None, "S": None})))
    assert value_block(texts, made).plain
