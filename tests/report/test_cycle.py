"""The blocks of cycle, patterns and margin: findings as headings, nothing where nothing is, and nobody else's names."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.data.teams import people_names
from salesgoals_kit.insight.contrast import findings
from salesgoals_kit.insight.cycle import cycle_report
from salesgoals_kit.insight.gaming import gaming
from salesgoals_kit.insight.margin import margin_report
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.cycle import MOST, cycle_block
from salesgoals_kit.report.gaming import gaming_block
from salesgoals_kit.report.margin import margin_block
from salesgoals_kit.report.text import Texts
from tests.kpis.conftest import FAR, tables_of

ROOT = Path(__file__).parents[2]
KEY = Owner("Key Accounts")


@pytest.fixture(scope="module")
def tables() -> Tables:
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    return tables_from_frames(sample_tables(5, plant=False), company, LAST_DAY)


def test_the_cycle_says_its_finding_and_what_stands_out(texts: Texts, tables: Tables) -> None:
    found = cycle_report(tables)
    block = cycle_block(texts, found, people_names(tables), findings(found.contrasts))
    first, second = (heading.text for heading in block.headings)
    assert re.fullmatch(r"Half of the wins come within \d+ days, and most of the time goes to Discovery: \d+\s%", first)
    assert re.fullmatch(r"\d+ of \d+ open deals are stale, with €[\d.KM]+ in them", second)
    assert "Deals of Key Accounts take" in block.plain
    assert "have not been followed for 180 days yet" in block.plain
    assert "That mean is biased" in block.plain
    assert 'alt="Half of all wins come within' in block.html
    quiet = cycle_block(texts, found)
    assert "takes longer than the rest by more than luck would bring" in quiet.plain
    names = people_names(tables)
    stale = found.stale
    assert stale is not None
    assert all(names[deal.rep] in block.plain for deal in stale.deals[:MOST] if deal.rep is not None)


def test_stale_deals_without_amounts_are_not_worth_nothing(texts: Texts, tables: Tables) -> None:
    found = cycle_report(tables)
    assert found.stale is not None
    bare = replace(
        found.stale,
        amount=0.0,
        unpriced=found.stale.count,
        deals=tuple(replace(one, amount=None) for one in found.stale.deals),
    )
    block = cycle_block(texts, replace(found, stale=bare))
    assert block.headings[1].text.endswith("open deals are stale; what is in them is not known")
    assert "highest amounts" not in block.plain
    few = replace(found, stages=tuple(replace(one, deals=2) for one in found.stages))
    assert few.longest is None


def test_a_teams_report_names_no_other_team_nor_its_people(texts: Texts, tables: Tables) -> None:
    found = cycle_report(tables, KEY)
    games, margin = gaming(tables, KEY), margin_report(tables, KEY)
    sure = findings((*found.contrasts, *games.contrasts, *margin.contrasts))
    plain = "\n".join(
        block.plain
        for block in (
            cycle_block(texts, found, people_names(tables), sure),
            gaming_block(texts, games, sure),
            margin_block(texts, margin, sure),
        )
    )
    assert "longer than deals of the same type in the company's other teams" in plain
    assert not re.search(r"\b(North|Central|South)\b", plain)
    reps = tables.frame("reps").collect("pandas").to_native()
    others = reps[reps["team"] != "Key Accounts"]["name"]
    moved = {deal.rep for deal in found.stale.deals} if found.stale else set()
    names = people_names(tables)
    assert not [name for name in others if name in plain and name not in {names.get(str(rep)) for rep in moved}]


def test_patterns_are_no_verdicts_and_what_stands_out_comes_first(texts: Texts, tables: Tables) -> None:
    found = gaming(tables)
    block = gaming_block(texts, found)
    assert block.headings[0].text == "Nothing stands out in when deals are won and how their dates move"
    assert "never verdicts on people" in block.plain
    assert "This is the whole company's rush" in block.plain
    one = replace(found.contrasts[0], p=1e-9, good=False)
    less = replace(one, good=True)  # who does less than the others is no pattern to ask about
    assert gaming_block(texts, replace(found, contrasts=(less,)), findings((less,))).headings[0] == block.headings[0]
    seen = gaming_block(texts, replace(found, contrasts=(one,)), findings((one,)))
    assert seen.headings[0].text == "One pattern stands out, and there may be a good reason for it"
    assert texts.text(one.said) in seen.plain
    assert all("ask before" in texts.text(c.said) for c in found.contrasts if c.effect == "bunching")
    assert all(re.search(r"may|or only", texts.text(c.said)) for c in found.contrasts)


def test_the_margins_steps_end_where_the_margin_is(texts: Texts, tables: Tables) -> None:
    found = margin_report(tables)
    assert found.split is not None
    block = margin_block(texts, found)
    assert block.headings[0].text.startswith("Margin rose by €")
    assert "most came from volume" in block.headings[0].text
    assert f'alt="{block.headings[0].text}"' in block.html
    split = found.split
    parts = (split.price, split.volume, split.mix, split.cost, split.unsplit)
    assert split.margin_before + sum(parts) == split.margin
    assert "not chosen at random" in block.plain
    fallen = replace(split, margin=split.margin_before, margin_before=split.margin, volume=-split.volume)
    assert margin_block(texts, replace(found, split=fallen)).headings[0].text.startswith("Margin fell by €")
    even = replace(split, margin=split.margin_before)
    assert margin_block(texts, replace(found, split=even)).headings[0].text.startswith("Margin stayed at €")


def test_what_the_data_lacks_is_said_in_each(texts: Texts) -> None:
    tables = tables_of(FAR, deals=[{"deal_id": "D1", "status": "open"}])
    cycle = cycle_block(texts, cycle_report(tables))
    assert cycle.headings[0].text == "How long deals take is not known yet"
    assert "stage_events" in cycle.plain
    games = gaming_block(texts, gaming(tables))
    assert games.headings[0].text == "What goals and their dates may have made of the figures"
    assert "deal_changes" in games.plain
    margin = margin_block(texts, margin_report(tables))
    assert margin.headings[0].text == "What moved the margin is not known"
    assert "list_price" in margin.plain


def test_every_sentence_is_worded_in_every_owners_report(texts: Texts, tables: Tables) -> None:
    for owner in (COMPANY, Owner("South")):
        for one in (*cycle_report(tables, owner).contrasts, *margin_report(tables, owner).contrasts):
            assert texts.text(one.said)
