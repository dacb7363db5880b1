"""What a report of goals is made of: the sample's team Central, and small companies that lack this or that."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.errors import ParamError
from salesgoals_kit.forecast.book import Book
from salesgoals_kit.goals.above import Asked
from salesgoals_kit.goals.agreement import Agreement, agreement
from salesgoals_kit.goals.carriers import Share
from salesgoals_kit.goals.changes import Changes
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report import binds, carriers, considered, leading, phases, reppages, setting, weekly, yardsticks
from salesgoals_kit.report.content import Content
from salesgoals_kit.report.quantities import quantity
from salesgoals_kit.report.ranges import span_of
from salesgoals_kit.report.reppage import rep_page_html
from salesgoals_kit.report.text import Texts
from salesgoals_kit.store.rows import AGREED_BY_HUMANS, FinalRow, GoalRow
from salesgoals_kit.words import Chance, Money, say

Q1 = parse_period("2026Q1")
CENTRAL = Owner("Central")
TEXTS = Texts("en_GB", "en", "EUR")
Agree = Callable[..., Agreement]


def company_of(*tables: str, **given: Any) -> Company:
    sources = {name: {"path": f"{name}.csv"} for name in tables}
    return Company.model_validate({"version": 1, "name": "Acme", "country": "DE", "sources": sources, **given})


@pytest.fixture(scope="module")
def sample() -> Tables:
    teams = [{"name": name} for name in ("North", "Central", "South", "Key Accounts")]
    company = company_of(
        "deals",
        "subscriptions",
        teams=teams,
        activity={"minutes": {"call": 6, "email": 4, "meeting": 60}},
        cycle={"horizon_days": 180},
    )
    return tables_from_frames(sample_tables(), company, LAST_DAY)


@pytest.fixture(scope="module")
def agree(sample: Tables, tmp_path_factory: pytest.TempPathFactory) -> Agree:
    book = Book(tmp_path_factory.mktemp("book"))
    return lambda *rows, **given: agreement(sample, CENTRAL, Q1, book, *rows, **given)


@pytest.fixture(scope="module")
def central(agree: Agree) -> Agreement:
    return agree()


def plain(found: Agreement, owner: Owner = CENTRAL) -> dict[str, str]:
    """Every block of the report as plain text, in the report's order."""
    blocks = {
        "goals": leading.cards_block(TEXTS, found.board, found.focus, found.warnings, found.goal),
        "binds": binds.binds_block(TEXTS, found.limits, found.binding),
        "months": phases.phases_block(TEXTS, found.phasing),
        "carriers": carriers.carriers_block(TEXTS, found.tree, owner, found.names, found.above),
        "norms": yardsticks.norms_block(TEXTS, found.tree, found.coverage, found.ramp),
        "weekly": weekly.weekly_block(TEXTS, found.people, found.names),
        "considered": considered.considered_block(TEXTS, found.focus),
        "tried": considered.tried_block(TEXTS, found.tried, found.hired),
        "measures": setting.measures_block(TEXTS, found.board),
    }
    said = {name: block.plain.replace("\u00a0", " ").replace("\u2212", "-") for name, block in blocks.items()}
    for text in said.values():
        assert "nan" not in text.lower().split()
    return said


def test_everything_adds_up_to_the_goal_in_cents(central: Agreement) -> None:
    goal = central.goal
    assert goal is not None and central.phasing is not None and central.tree is not None
    for grain in ("month", "week"):
        assert sum(round(part.value * 100) for part in central.phasing.of(grain)) == round(goal * 100)
    assert sum(round(share.value * 100) for share in central.tree.below(CENTRAL)) == round(goal * 100)
    for one in central.people:
        assert one.phasing is not None
        assert sum(round(part.value * 100) for part in one.phasing.of("month")) == round(one.share.value * 100)


def test_a_manager_is_told_each_part(central: Agreement) -> None:
    said = plain(central)
    assert said["goals"].startswith("The goals that matter most, with their chances\nRevenue, €")
    assert "What the people could carry" in said["binds"] or "people" in said["binds"]
    assert said["months"].count(" 2026 | €") == 3 + 14  # months, and weeks cut at the quarter's edges
    assert "Elena Russo" in said["carriers"] and "elena.russo" not in said["carriers"]
    assert "medians do not add up" in said["carriers"]
    assert "reps can be expected to make their goals" in said["norms"]
    assert "Qualified leads | Opportunities | Calls | E-mails | Meetings | Deals won | Hours" in said["weekly"]
    assert said["weekly"].count("(now ") > 6 * len(
        central.people
    )  # each step beside what is done now, and all together
    assert said["considered"].startswith("Where more would come from: ")
    assert len(central.focus.proposed) <= 3
    assert "Nothing was tried" in said["tried"]


def test_levers_of_which_only_the_usual_goal_is_known_stand_apart_from_what_is_within_reach(central: Agreement) -> None:
    levers = (*central.focus.proposed, *central.focus.watch)
    rows = considered.rows_of(central.focus)
    assert [TEXTS.text(row.title).removesuffix(", the usual goal") for row in rows] == [
        TEXTS.text(considered.lever_title(one)) for one in levers if one.realistic or one.example
    ]
    for row, lever in zip(rows, [one for one in levers if one.realistic or one.example], strict=True):
        assert (row.tone == "apart") == (lever.realistic is None and lever not in central.focus.proposed)
        assert (row.mark is not None) == (lever.realistic is not None and lever.example is not None)
    low, high = span_of(rows, 0.0)
    filled = [row for row in rows if row.tone != "apart"]
    assert low <= min(row.low for row in filled) and high >= max(row.high for row in filled)
    assert high - low <= 1.7 * (max(0.0, *(row.high for row in filled)) - min(0.0, *(row.low for row in filled)))


def test_where_the_funnel_binds_the_weeks_say_that_a_steady_flow_does_not_help_now(central: Agreement) -> None:
    assert central.binding is not None
    thin = replace(central.binding, binds="funnel", loosen=(say("ceilings.loosen_out_of_reach", wanted=Chance(0.5)),))
    for binding, told in ((thin, True), (replace(thin, binds="usual"), False), (None, False)):
        said = weekly.weekly_block(TEXTS, central.people, central.names, binding=binding).plain
        assert ("Within this period what is in the funnel and on its way is too little: No number" in said) == told


def test_each_goal_on_a_card_has_its_number_chance_and_reason(central: Agreement) -> None:
    cards = plain(central)["goals"].splitlines()[1:]
    assert len(cards) == 3
    assert "12 months are at" in cards[0]  # revenue: how it has moved
    assert all("of margin in a year" in card for card in cards[1:])
    assert all("chance" in card for card in cards)


def test_a_rep_s_page_has_his_own_figures_alone(central: Agreement) -> None:
    pages = reppages.rep_pages(central.people, central.names)
    assert [page.name for page in pages] == [central.names[str(one.share.owner.rep)] for one in central.people]
    for page in pages:
        shown = TEXTS.text(page.headline) + "".join(
            TEXTS.text(cell) for part in page.sections for row in part.cells for cell in row
        )
        shown += "".join(TEXTS.text(line) for part in page.sections for line in part.sentences)
        others = [name for name in central.names.values() if name != page.name]
        logins = [login for login in central.names if login != page.owner.rep]
        assert not [name for name in (*others, *logins) if name in shown]
        assert [part.name for part in page.sections] == ["months", "weekly", "why"]
        months, weeks, why = page.sections
        assert months.caption is None  # the heading says it
        assert [len(row) for row in weeks.cells] == [4] * 6  # the whole chain, in the period, in a week, and now
        assert not [line.id for line in weeks.sentences if line.id.startswith(("activity.needs", "activity.week"))]
        assert TEXTS.text(page.lead).replace("\u00a0", " ").startswith("This is your share of the €")
        assert " that team Central is to bring. " in TEXTS.text(page.lead)
        usual = page.goals[0].note is not None and page.goals[0].note.id.startswith("rep.month")
        assert usual != any(line.id == "forecast.level_flow" for line in why.sentences)


def test_what_is_not_known_of_a_rep_is_a_dash_on_his_page(
    central: Agreement, content: Content, stamp: dict[str, str]
) -> None:
    """Whose a lead was is not known of a day in the past: no leads now, and the rest stands there."""
    one = central.people[0]
    assert one.phasing is not None
    steps = [replace(step, now=None) if step.name == "qualified_leads" else step for step in one.plan.steps]
    phases = [replace(phase, chance=None) for phase in one.phasing.phases]
    blank = replace(one, plan=replace(one.plan, steps=tuple(steps)), phasing=replace(one.phasing, phases=tuple(phases)))
    (page,) = reppages.rep_pages([blank], central.names)
    assert page.sections[1].cells[0][-1] == say("rep.unknown") != page.sections[1].cells[1][-1]
    assert TEXTS.text(say("rep.unknown")) in rep_page_html(content, page, stamp)
    assert "now" not in weekly.weekly_block(TEXTS, [blank], central.names).plain.splitlines()[2].split("|")[1]


def test_a_goal_beyond_business_as_usual_is_said_to_be_beside_what_the_company_wants(central: Agreement) -> None:
    pages = {page.owner.rep: page for page in reppages.rep_pages(central.people, central.names)}
    one = next(one for one in central.people if one.share.chance is not None and one.share.chance < 0.6)
    told = TEXTS.text(pages[one.share.owner.rep].lead).replace("\u00a0", " ")
    assert "asks for more than the company means to: it wants a chance of about 65 % for a rep's goal" in told
    assert TEXTS.text(quantity(one.share.bottom_up, "money")).replace("\u00a0", " ") in told
    assert one.usual is not None and one.wanted == 0.65 and one.above == central.goal


def test_the_goal_is_what_is_given_else_agreed_else_proposed(agree: Agree, central: Agreement) -> None:
    line = central.board.line("revenue")
    assert line is not None and central.goal == line.main.value
    row = goal_row(CENTRAL, "2026Q1", 900_000.0)
    agreed = agree([row])
    assert (agreed.goal, agreed.tree.shares[0].value if agreed.tree else None) == (900_000.0, 900_000.0)
    assert agree([row], goal=800_000.0).goal == 800_000.0
    told = TEXTS.text(leading.headline(agreed.board, agreed.goal)).replace("\u00a0", " ")
    assert told.startswith("€900K in revenue is the goal: as things are, ")
    assert "€900,000" in plain(agreed)["goals"]
    with pytest.raises(ParamError, match="negative"):
        agree(goal=-1.0)


def test_the_outlook_marks_a_goal_that_is_none_of_its_levels(central: Agreement) -> None:
    def told(goal: float | None, agreed: Mapping[str, float] | None = None) -> str:
        block = leading.outlook_block(TEXTS, central.board, goal, agreed)
        return f"{block.plain} {block.html}".replace("\u00a0", " ")

    line = central.board.line("revenue")
    assert line is not None
    assert "The goal is" not in told(central.goal) + told(line.proposal("stretch").value)
    for given in (told(900_000.0), told(900_000.0, {"revenue": 900_000.0})):
        assert "The goal is €900K." in given


def test_of_very_many_who_carry_a_goal_those_below_the_first_stand_in_their_own_reports(central: Agreement) -> None:
    tree = central.tree
    assert tree is not None
    deeper = [replace(share, depth=2) for share in tree.below(CENTRAL)]

    def page(count: int) -> str:
        many = replace(tree, shares=(*tree.shares, *(deeper * count)[:count]))
        return carriers.carriers_block(TEXTS, many, CENTRAL, central.names).html

    room = carriers.EVERYBODY - len(deeper)
    assert "table-carriers-all" in page(room) and "goals below these" not in page(room)
    assert "table-carriers-all" not in page(room + 1)
    assert f"The {room + 1} goals below these stand in the reports of their teams." in page(room + 1)
    assert "table-carriers-all" not in page(0) and "goals below these" not in page(0)


def test_what_was_agreed_is_headed_as_the_goal_also_where_it_is_what_was_proposed(
    agree: Agree, central: Agreement
) -> None:
    """Whether it was agreed decides, not whether it is another number; a goal that is tried on is not agreed."""
    line = central.board.line("revenue")
    assert line is not None
    rows = [goal_row(CENTRAL, "2026Q1", line.main.value), replace(goal_row(CENTRAL, "2026Q1", 0.3), kpi="win_rate")]
    agreed = agree(rows)
    assert agreed.agreed == {"revenue": line.main.value, "win_rate": 0.3}
    told = TEXTS.text(leading.headline(agreed.board, agreed.goal, agreed.above, agreed.agreed))
    assert " in revenue is the goal: as things are, " in told
    for open_ in (central, agree(rows, goal=line.main.value + 1)):
        head = leading.headline(open_.board, line.main.value, None, {**open_.agreed, "revenue": 1.0})
        assert TEXTS.text(head).startswith("Agree on ")
    board = replace(agreed.board, lines=tuple(one for one in agreed.board.lines if one.kpi.name == "win_rate"))
    told = TEXTS.text(leading.headline(board, None, None, agreed.agreed)).replace("\u00a0", " ")
    assert told.startswith("30 % in win rate is the goal: ")
    assert TEXTS.text(leading.headline(board)).startswith("Agree on ")


def test_months_that_were_agreed_stand_on_the_team_s_page_and_on_the_rep_s(agree: Agree, central: Agreement) -> None:
    lena = Owner(rep="lena.vogt")
    rows = [goal_row(CENTRAL, "2026-01", 250_000.0), goal_row(lena, "2026-02", 12_345.67)]
    found = agree(agreed=rows)
    assert found.goal == central.goal and found.phasing is not None and not found.agreed
    months = found.phasing.of("month")
    assert (months[0].value, months[0].agreed) == (250_000.0, True)
    assert sum(cents(month.value) for month in months) == cents(found.goal or 0)
    assert "January 2026, agreed | €250,000" in plain(found)["months"]
    (mine,) = (one for one in found.people if one.share.owner.rep == lena.rep)
    (before,) = (one for one in central.people if one.share.owner.rep == lena.rep)
    assert (mine.share, mine.agreed) == (before.share, False) and mine.phasing is not None
    assert [(month.value, month.agreed) for month in mine.phasing.of("month")][1] == (12_345.67, True)
    assert sum(cents(month.value) for month in mine.phasing.of("month")) == cents(mine.share.value)
    page = next(page for page in reppages.rep_pages(found.people, found.names) if page.owner.rep == lena.rep)
    shown = [TEXTS.text(row[0]) for part in page.sections if part.name == "months" for row in part.cells]
    assert shown == ["January 2026", "February 2026, agreed", "March 2026"]
    whole = [goal_row(lena, name, value) for name, value in (("2026-01", 1.0), ("2026-02", 2.0), ("2026-03", 3.5))]
    (mine,) = (one for one in agree(agreed=whole).people if one.share.owner.rep == lena.rep)
    assert (mine.agreed, mine.share.value) == (True, 6.5)


def test_an_owner_whose_months_are_all_agreed_has_their_sum_as_the_goal(agree: Agree) -> None:
    values = {"2026-01": 250_000.0, "2026-02": 260_000.0, "2026-03": 270_000.01}
    rows = [goal_row(CENTRAL, name, value) for name, value in values.items()]
    found = agree(agreed=rows, above=asked_of(CENTRAL, 777_000.0))
    assert (found.goal, found.above, found.agreed) == (780_000.01, None, {"revenue": 780_000.01})
    assert found.phasing is not None and [month.value for month in found.phasing.of("month")] == list(values.values())
    assert found.tree is not None and cents(found.tree.shares[0].value) == 78_000_001
    other = agree([goal_row(CENTRAL, "2026Q1", 800_000.0)], agreed=[*rows, goal_row(CENTRAL, "2026Q1", 800_000.0)])
    said = plain(other)["months"]
    assert "The months come to €780K as they were agreed, €20K less than the goal of €800K" in said
    assert other.goal == 800_000.0
    assert "together the parts are not the goal" in phases.phases_block(TEXTS, other.phasing).html
    assert "the parts add up to it" in phases.phases_block(TEXTS, found.phasing).html


def asked_of(owner: Owner, value: float, *, agreed: bool = False) -> Asked:
    """So much is asked of an owner, by the company's goal of three millions."""
    return Asked(Share(owner, COMPANY, 1, "revenue", value, 800_000.0, 0.5, 0.4, 8.0), 3_000_000.0, agreed)


def test_what_is_asked_from_above_is_the_goal_where_none_was_agreed(agree: Agree, central: Agreement) -> None:
    """Both numbers are named, with what the first is a share of; the ledger gets it beside the proposals."""
    above = asked_of(CENTRAL, 777_000.0)
    found = agree(above=above)
    line = found.board.line("revenue")
    assert line is not None and (found.goal, found.above) == (777_000.0, above)
    assert found.tree is not None and found.phasing is not None and found.phasing.value == 777_000.0
    assert sum(cents(share.value) for share in found.tree.below(CENTRAL)) == cents(777_000.0)
    told = TEXTS.text(leading.headline(found.board, found.goal, found.above)).replace("\u00a0", " ")
    assert told.startswith("Agree on €777K in revenue: ")
    lead = TEXTS.text(leading.lead(found.board, found.above)).replace("\u00a0", " ")
    own = TEXTS.text(say("setting.base", value=quantity(line.main.value, "money"), period="")).replace("\u00a0", " ")
    assert lead.startswith("This is the team's share of the €3M proposed for the company; its own outlook alone would")
    assert own.removesuffix(" in ") in lead and "Commit to" in lead
    assert plain(found)["carriers"].count("carries €777K") == 1
    frozen = {(goal.kpi, goal.level): goal.value for goal in setting.proposed(found.board, (), found.above)}
    assert frozen["revenue", "share"] == 777_000.0 and frozen["revenue", "target"] == line.main.value
    for given in ({"goal": 800_000.0}, {"frozen": [goal_row(CENTRAL, "2026Q1", 800_000.0)]}):
        other = agree(above=above, **given)
        assert (other.goal, other.above) == (800_000.0, None)


def test_a_team_of_which_nothing_is_asked_is_told_so(agree: Agree, central: Agreement) -> None:
    found = agree(above=asked_of(CENTRAL, 0.0, agreed=True))
    assert found.goal == central.goal
    lead = TEXTS.text(leading.lead(found.board, found.above))
    assert lead.startswith("The goal agreed for the company asks nothing of this team;")
    assert "share" not in {goal.level for goal in setting.proposed(found.board, (), found.above)}


def cents(value: float) -> int:
    return round(value * 100)


def goal_row(owner: Owner, period: str, value: float) -> GoalRow:
    return GoalRow(
        owner=owner,
        period=period,
        template=AGREED_BY_HUMANS,
        as_of=date(2024, 12, 1),
        kpi="revenue",
        level="agreed",
        value=value,
    )


def test_more_than_three_agreed_goals_are_too_many_and_the_weakest_is_named(agree: Agree, central: Agreement) -> None:
    kpis = ("revenue", "win_rate", "qualified_leads", "cycle_days")
    rows = [replace(goal_row(CENTRAL, "2026Q1", 0.4 if kpi == "win_rate" else 100.0), kpi=kpi) for kpi in kpis]
    assert agree(rows[1:], goal=900_000.0).warnings == ()
    found = agree(rows)
    weakest = min(kpis[1:], key=lambda kpi: central.focus.gains[kpi])
    said = leading.cards_block(TEXTS, found.board, found.focus, found.warnings).plain
    assert "4 goals are agreed for team Central and 2026Q1" in said
    assert f"The weakest is {TEXTS.text(CATALOGUE[weakest].title).lower()}" in said.lower().replace(
        "the weakest", "The weakest"
    )


def test_a_rate_that_was_agreed_is_shared_by_cases_and_a_level_is_not(agree: Agree) -> None:
    """A win rate of 30 %: what the reps are to come to, counted by their expected decisions, is 30 % together."""
    rows = [
        replace(goal_row(CENTRAL, "2026Q1", value), kpi=kpi) for kpi, value in (("win_rate", 0.3), ("cycle_days", 40))
    ]
    found = agree(rows)
    (rate, days) = found.beside
    assert (rate.kpi, days.kpi) == ("win_rate", "cycle_days")
    assert len(rate.below(CENTRAL)) == 8 and rate.splits[0].given == pytest.approx(0.3)
    block = carriers.beside_block(TEXTS, found.beside, CENTRAL, found.names)
    said = block.plain.replace("\u00a0", " ")
    assert "Win rate of 30 %, as agreed: who carries it" in said and "Elena Russo" in said
    assert "Those below team Central are to come to 30 % together" in said
    assert "Sales cycle cannot be shared out" in said
    assert carriers.beside_block(TEXTS, (), CENTRAL, {}).plain == ""
    cards = leading.cards_block(TEXTS, found.board, found.focus, (), found.goal, found.agreed).plain
    assert "30 %" in cards.replace("\u00a0", " ")
    words = setting.measures_block(TEXTS, found.board, found.sentences(company_of("deals"))).plain
    assert "team Central wins 30 % of the deals" in words.replace("\u00a0", " ")


def test_goals_in_words_are_those_in_hand(agree: Agree, central: Agreement) -> None:
    company = company_of("deals")
    assert central.sentences(company) == tuple(line.main.sentence for line in central.board.lines)
    found = agree(above=asked_of(CENTRAL, 777_000.0))
    said = [TEXTS.text(sentence) for sentence in found.sentences(company)]
    assert any("team Central closes €777K in revenue" in one.replace("\u00a0", " ") for one in said)


def test_agreed_goals_that_do_not_add_up_are_not_said_to(agree: Agree, central: Agreement) -> None:
    rows = [goal_row(Owner(rep=one.share.owner.rep), "2026Q1", 10_000.0) for one in central.people]
    captions = [
        carriers.carriers_block(TEXTS, found.tree, CENTRAL, found.names).html for found in (central, agree(agreed=rows))
    ]
    assert "They add up;" in captions[0] and "They add up;" not in captions[1]
    assert "They do not add up to the goal above" in captions[1]


def test_a_goal_agreed_for_a_rep_takes_the_place_of_his_share(agree: Agree, central: Agreement) -> None:
    found = agree(agreed=[goal_row(Owner(rep="lena.vogt"), "2026Q1", 50_000.0)])
    pages = {page.owner.rep: page for page in reppages.rep_pages(found.people, found.names)}
    assert TEXTS.text(pages["lena.vogt"].headline) == "Your goal for 2026Q1: €50K of revenue, as agreed"
    months = next(part for part in pages["lena.vogt"].sections if part.name == "months")
    assert sum(round(row[1].amount * 100) for row in months.cells if isinstance(row[1], Money)) == 50_000_00
    assert "your share" in TEXTS.text(pages["elena.russo"].lead).lower()
    frozen = {goal.owner.rep: goal.value for goal in setting.proposed(found.board, found.people) if goal.owner}
    assert "lena.vogt" not in frozen and len(frozen) == len(central.people) - 1


def test_who_is_in_several_teams_reads_which_part_of_what_was_agreed_is_here(agree: Agree) -> None:
    found = agree(agreed=[goal_row(Owner(rep="lena.vogt"), "2026Q1", 50_000.0)])
    (lena,) = (one for one in found.people if one.share.owner.rep == "lena.vogt")
    (page,) = reppages.rep_pages([replace(lena, whole=80_000.0)], found.names)
    assert TEXTS.text(page.headline) == (
        "Your goal for 2026Q1 in team Central: €50K of revenue, your part by your time there of the €80K agreed"
    )


def test_last_year_s_goals_bound_the_shares_and_what_was_reached_has_no_say(agree: Agree, central: Agreement) -> None:
    assert central.tree is not None
    lena = Owner("Central", "lena.vogt")
    before = [goal_row(lena, "2025Q1", 100_000.0)]
    final = FinalRow(
        owner=lena,
        period="2025Q1",
        template="review",
        as_of=date(2025, 4, 10),
        kpi="revenue",
        value=400_000.0,
        final_on=date(2025, 4, 10),
    )
    bounded, after_overshoot = agree((), (before, [])), agree((), (before, [final]))
    assert bounded.tree is not None and after_overshoot.tree is not None
    shares = [tree.share(lena) for tree in (central.tree, bounded.tree, after_overshoot.tree)]
    values = [share.value for share in shares if share is not None]
    assert values[0] > 120_000.0 >= values[1] == values[2]  # + 20 % at most, whatever was reached
    assert "at the most that may be added to the goal of €100K a year before" in plain(bounded)["carriers"]


def test_what_is_tried_is_shown_before_and_after(agree: Agree) -> None:
    found = agree(goal=1_100_000.0, changes=Changes(hire=2, hire_month="2026-01", leads=0.2))
    assert found.tried is not None and found.hired is not None and found.limits is not None
    assert found.tried.after.chance > found.tried.before.chance
    assert found.hired.capacity is not None and found.limits.capacity is not None
    assert (found.hired.capacity.draws >= found.limits.capacity.draws).all()
    said = plain(found)["tried"]
    assert said.index("As things are: revenue of") < said.index("With the changes: revenue of")
    with pytest.raises(ParamError) as caught:
        agree(changes=Changes(hire=-1, price=-2.0, shift_amount=5.0))
    assert {fault.where for fault in caught.value.faults} >= {"hire", "price", "shift_from", "shift_to"}


def small(months: int = 30, reps: tuple[str, ...] = ("ann", "bob"), **columns: Any) -> pd.DataFrame:
    """Deals of a small company: four won and four lost a month."""
    rng = np.random.default_rng(3)
    rows = [
        {
            "deal_id": f"{month}-{i}",
            "status": "won" if i % 2 else "lost",
            "rep": reps[i // 2 % len(reps)],
            "closed_at": pd.Timestamp("2026-01-15") - pd.DateOffset(months=months - month),
            "amount": int(rng.integers(500_00, 2_000_00)),
        }
        for month in range(months)
        for i in range(8)
    ]
    return pd.DataFrame(rows).assign(**columns)


@pytest.mark.parametrize(
    ("frames", "owner", "told"),
    [
        pytest.param({"deals": small()}, COMPANY, {"binds": "Not known: There is no table of costs"}, id="deals alone"),
        pytest.param(
            {"deals": small(), "reps": pd.DataFrame({"rep": ["ann", "bob"], "team": "T"})},
            Owner("T"),
            {"carriers": "Team T is to bring", "weekly": "no activities"},
            id="one team of two reps",
        ),
        pytest.param(
            {"deals": small(reps=("ann",)), "reps": pd.DataFrame({"rep": ["ann"], "team": "T"})},
            Owner("T"),
            {"carriers": "the only one below team T"},
            id="a team of one",
        ),
        pytest.param(
            {
                "deals": small(months=3),
                "reps": pd.DataFrame({"rep": ["ann", "bob"], "team": "T", "hired_on": pd.Timestamp("2025-10-01")}),
            },
            Owner("T"),
            {"carriers": "Team T is to bring"},
            id="all reps new",
        ),
        pytest.param(
            {"deals": small().drop(columns="rep")},
            COMPANY,
            {"carriers": "nobody below", "months": "January 2026", "binds": "nobody knows what people could carry"},
            id="nobody is named",
        ),
    ],
)
def test_a_company_that_lacks_much_is_told_so_and_the_rest_works(
    frames: dict[str, pd.DataFrame], owner: Owner, told: dict[str, str], tmp_path: Any
) -> None:
    tables = tables_from_frames(frames, company_of(*frames), LAST_DAY)
    found = agreement(tables, owner, Q1, Book(tmp_path))
    said = plain(found, owner)
    for block, words in told.items():
        assert words in said[block], said[block]
    assert found.goal is not None and found.goal > 0
    assert reppages.rep_pages(found.people, found.names) or owner == COMPANY
    assert found.coverage is None or math.isfinite(found.coverage.value)


def test_without_an_outlook_of_revenue_each_part_says_that_there_is_nothing(tmp_path: Any) -> None:
    subscriptions = pd.DataFrame(
        {"subscription_id": ["1"], "account_id": ["a"], "started_at": [pd.Timestamp("2025-12-20")], "mrr": [100_00]}
    )
    tables = tables_from_frames({"subscriptions": subscriptions}, company_of("subscriptions", revenue="mrr"), LAST_DAY)
    found = agreement(tables, COMPANY, Q1, Book(tmp_path))
    said = plain(found, COMPANY)
    assert "no outlook of revenue" in said["binds"]
    assert "Without an outlook of revenue" in said["months"]
    assert "nobody below" in said["carriers"]


def credit_notes(sign: int = -1) -> Tables:
    """More credit notes than invoices, of team T and of the company; the other way round with a sign of 1."""
    rng = np.random.default_rng(5)
    rows = [
        {
            "invoice_id": f"{month}-{i}",
            "account_id": f"A{i}",
            "team": "T",
            "invoiced_at": pd.Timestamp("2026-01-15") - pd.DateOffset(months=30 - month),
            "amount": sign * int(rng.integers(100_00, 300_00)) if i else 150_00,
        }
        for month in range(30)
        for i in range(4)
    ]
    company = company_of("invoices", revenue="invoices", teams=[{"name": "T"}])
    return tables_from_frames({"invoices": pd.DataFrame(rows)}, company, LAST_DAY)


def test_more_credit_notes_than_invoices_leave_no_goal_and_the_rest_works(tmp_path: Any) -> None:
    for owner in (Owner("T"), COMPANY):
        found = agreement(credit_notes(), owner, Q1, Book(tmp_path))
        line = found.board.line("revenue")
        assert line is not None and line.main.value < 0
        assert (found.goal, found.tree, found.tried) == (None, None, None)
        assert "none above nothing: no goal of it can be proposed" in plain(found, owner)["binds"]
        told = TEXTS.text(leading.headline(found.board, found.goal))
        assert told == "No goal in revenue can be proposed for 2026Q1: nothing above €0 is to be expected"
        assert TEXTS.text(leading.lead(found.board)).startswith("By what the data holds nothing is to be expected")
    given = agreement(credit_notes(), Owner("T"), Q1, Book(tmp_path), goal=1_000.0)
    assert given.goal == 1_000.0 and given.tree is not None
    assert agreement(credit_notes(1), Owner("T"), Q1, Book(tmp_path)).goal is not None
    with pytest.raises(ParamError, match="no revenue above nothing") as caught:
        agreement(credit_notes(), Owner("T"), Q1, Book(tmp_path), changes=Changes(price=0.1))
    assert [fault.where for fault in caught.value.faults] == ["price"]


def test_what_is_to_be_tried_without_an_outlook_of_revenue_is_refused(tmp_path: Any) -> None:
    subscriptions = pd.DataFrame(
        {"subscription_id": ["1"], "account_id": ["a"], "started_at": [pd.Timestamp("2025-12-20")], "mrr": [100_00]}
    )
    tables = tables_from_frames({"subscriptions": subscriptions}, company_of("subscriptions", revenue="mrr"), LAST_DAY)
    with pytest.raises(ParamError, match="no outlook of revenue of the company") as caught:
        agreement(
            tables, COMPANY, Q1, Book(tmp_path), goal=5.0, changes=Changes(hire=1, hire_month="2026-02", price=0.1)
        )
    assert [fault.where for fault in caught.value.faults] == ["goal", "hire", "hire_month", "price"]
