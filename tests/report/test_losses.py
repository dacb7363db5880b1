"""What a report says of losses, of what works and of coaching: findings in headings, and nothing where nothing is."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.insight.coaching import Coaching, coaching
from salesgoals_kit.insight.contrast import Finding, findings
from salesgoals_kit.insight.losses import Losses, losses
from salesgoals_kit.insight.strengths import Strengths, strengths
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.coaching import CHARTS, PEOPLE, coaching_block
from salesgoals_kit.report.cut import ROWS
from salesgoals_kit.report.losses import TEAMS, losses_block
from salesgoals_kit.report.strengths import strengths_block
from salesgoals_kit.report.text import Texts
from tests.insight.funnels import at, funnel_frames, tables_of

Parts = tuple[Losses, Strengths, Coaching, tuple[Finding, ...]]


def parts_of(owner: Owner) -> Parts:
    def chance(deals: pd.DataFrame, stage: int) -> Any:
        return at("Offer", 0.75, team="South")(deals, stage) * at("Look", 0.55, rep="West 2")(deals, stage)

    tables = tables_of(funnel_frames(1, 8000, chance))
    found = losses(tables, owner), strengths(tables, owner), coaching(tables, owner)
    return *found, findings(one for part in found for one in part.contrasts)


@pytest.fixture(scope="module")
def company() -> Parts:
    return parts_of(COMPANY)


@pytest.fixture(scope="module")
def west() -> Parts:
    return parts_of(Owner("West"))


def test_headings_say_what_was_found(texts: Texts, company: Parts) -> None:
    lost, works, people, sure = company
    block = losses_block(texts, lost, sure)
    assert "fewer deals go on than should: Offer of South" in block.headings[0].text
    assert "would win" in block.plain and "more deals" in block.plain
    told = coaching_block(texts, people, sure)
    assert told.headings[0].text == "One person in whose deals coaching can begin: West 2 Smith"
    assert told.headings[1].text == "West 2 Smith, West"
    channel = next(one for one in works.contrasts if "channel" in dict(one.subject))
    weak = Finding(replace(channel, good=False), 0.01)
    assert "less well in one place: " in strengths_block(texts, works, [weak], people.names).plain


def test_who_wins_less_but_in_no_one_stage_is_told_so(texts: Texts, company: Parts) -> None:
    _, _, people, sure = company
    overall = [one for one in sure if dict(one.contrast.subject).get("rep") and one.contrast.effect == "segment"]
    block = coaching_block(texts, people, overall)
    assert block.headings[0].text == "One person in whose deals coaching can begin: West 2 Smith"
    assert "West 2 Smith" in block.plain.split("All stages")[0]


def test_a_stage_that_lets_through_less_than_others_and_than_before_is_one_stage(texts: Texts, company: Parts) -> None:
    lost, _, _, sure = company
    (one,) = [one for one in sure if one.contrast.effect == "stage" and not one.contrast.good]
    past = replace(one.contrast, subject=(*one.contrast.subject, ("against", "past")))
    head = losses_block(texts, lost, [one, Finding(past, one.q)]).headings[0].text
    assert head.startswith("In one stage") and head.count("Offer") == 1


def test_figures_and_method_are_folded_away(texts: Texts, company: Parts) -> None:
    lost, works, people, sure = company
    blocks = losses_block(texts, lost, sure), strengths_block(texts, works, sure, people.names), coaching_block(
        texts, people, sure
    )  # fmt: skip
    for block in blocks:
        shown = re.sub(r"<details.*?</details>", "", block.html, flags=re.S)
        assert "<table" not in shown and "<table" in block.html
        assert shown.count("<figure") <= 1


def test_a_team_s_page_has_its_own_people_and_no_other_team(texts: Texts, west: Parts) -> None:
    lost, works, people, sure = west
    blocks = losses_block(texts, lost, sure), strengths_block(texts, works, sure, people.names), coaching_block(
        texts, people, sure
    )  # fmt: skip
    page = " ".join(f"{block.plain} {block.html}" for block in blocks)
    assert "West 2 Smith" in page and not re.search("East|North|South", page)


def test_a_person_is_never_called_weak(texts: Texts, company: Parts) -> None:
    _, works, people, sure = company
    assert any(dict(one.contrast.subject).get("rep") and one.contrast.effect == "segment" for one in sure)
    assert "West 2" not in strengths_block(texts, works, sure, people.names).plain.split("All of them")[0]


def test_charts_state_what_they_show(texts: Texts, company: Parts) -> None:
    lost, _, people, sure = company
    for block in (losses_block(texts, lost, sure), coaching_block(texts, people, sure)):
        alts = re.findall(r'alt="([^"]+)"', block.html)
        assert alts and all(re.search(r"Look \d+", alt) for alt in alts)


def test_where_nothing_stands_out_the_page_says_so(texts: Texts, company: Parts) -> None:
    lost, works, people, _ = company
    assert losses_block(texts, lost, ()).headings[0].text.startswith("Most money is lost in")
    assert "No stage differs" in losses_block(texts, lost, ()).plain
    assert coaching_block(texts, people, ()).headings[0].text.startswith("Nobody stands out")
    assert strengths_block(texts, works, (), people.names).headings[0].text.startswith("No team, quarter")


def test_what_is_lacking_is_one_sentence(texts: Texts) -> None:
    frames = funnel_frames(2, 300)
    tables = tables_of({name: frames[name] for name in ("deals", "reps")})
    assert "stage_events" in losses_block(texts, losses(tables), ()).plain
    assert "stage_events" in coaching_block(texts, coaching(tables), ()).plain
    unclosed = frames["deals"].assign(status="open", closed_at=None)
    found = strengths(tables_of({"deals": unclosed}))
    assert "no deal has closed yet" in strengths_block(texts, found, (), {}).plain


def test_hostile_names_stay_text(texts: Texts, company: Parts) -> None:
    lost, _, people, _ = company
    rows = tuple(replace(row, stage=f"<script>{row.stage}", team=row.team and f"<b>{row.team}") for row in lost.rows)
    html = losses_block(texts, replace(lost, rows=rows), ()).html
    html += coaching_block(texts, replace(people, names=dict.fromkeys(people.names, "<script>x")), ()).html
    assert "<script" not in html and "<b>South" not in html


def enlarged(parts: Parts, times: int) -> tuple[Losses, Strengths, Coaching]:
    """The same company, its teams and people so many times over under other names; all copies are smaller."""
    lost, works, people, _ = parts
    copies = range(1, times)
    stages = [
        replace(row, team=f"{row.team} {i}", revenue=row.revenue - i) for i in copies for row in lost.rows if row.team
    ]
    reps = [(f"{rep} {i}", team) for i in copies for rep, team in people.reps]
    rows = [replace(row, rep=f"{row.rep} {i}", entered=row.entered - i) for i in copies for row in people.rows]
    kinds = [replace(one, value=f"{one.value} {i}", deals=one.deals - i) for i in copies for one in works.segments]
    return (
        replace(lost, rows=(*lost.rows, *stages)),
        replace(works, segments=(*works.segments, *kinds)),
        replace(people, reps=(*people.reps, *reps), rows=(*people.rows, *rows), few=people.few * times),
    )


def rows_of(html: str, name: str) -> list[str]:
    """The rows of the body of a table, as text."""
    (body,) = re.findall(rf'<table[^>]* id="table-{name}".*?<tbody[^>]*>(.*?)</tbody>', html, flags=re.S)
    return [re.sub("<[^>]+>", " ", row) for row in body.split("</tr>")[:-1]]


def test_in_a_company_of_many_teams_lists_are_cut_and_say_so(texts: Texts, company: Parts) -> None:
    lost, works, people = enlarged(company, 20)
    stages, deals = len(lost.of("South")), {rep: sum(row.entered for row in people.of(rep)) for rep, _ in people.reps}
    teams = len({row.team for row in lost.rows if row.team})
    smallest = min(deals, key=deals.__getitem__)
    (behind,) = [one for one in company[3] if one.contrast.effect == "coaching"]
    last = Finding(replace(behind.contrast, subject=(*behind.contrast.subject[:-1], ("rep", smallest))), behind.q)
    assert dict(last.contrast.subject)["rep"] == smallest
    page = losses_block(texts, lost, company[3])
    assert len(rows_of(page.html, "losses-teams")) == TEAMS * stages
    assert f"{TEAMS} of {teams} are shown" in page.plain
    page = coaching_block(texts, people, [last])
    shown = rows_of(page.html, "coaching")
    assert len(shown) == ROWS and any(people.names.get(smallest, smallest) in row for row in shown)
    assert f"{ROWS} of {len(people.reps)} are shown" in page.plain
    page = strengths_block(texts, works, (), people.names)
    assert len(rows_of(page.html, "strengths-rep")) == ROWS < len(works.of("rep"))
    assert f"{ROWS} of {len(works.of('rep'))} are shown" in page.plain


def test_of_many_people_worth_coaching_some_are_told_of_and_the_others_are_counted(
    texts: Texts, company: Parts
) -> None:
    _, _, people = enlarged(company, 20)
    (behind,) = [one for one in company[3] if one.contrast.effect == "coaching"]
    some = [rep for rep, _ in people.reps][: PEOPLE + 3]
    sure = [Finding(replace(behind.contrast, subject=(("stage", "Look"), ("rep", rep))), behind.q) for rep in some]
    page = coaching_block(texts, people, sure)
    assert page.headings[0].text.startswith(f"{len(some)} people in whose deals coaching can begin, among them ")
    assert len(page.headings) == 1 + PEOPLE
    assert "3 more people stand out: see the reports of their teams." in page.plain
    assert page.html.count("<figure") == CHARTS
    few = coaching_block(texts, people, sure[:2])
    assert (
        few.headings[0].text.startswith("2 people in whose deals coaching can begin: ")
        and "more people" not in few.plain
    )
