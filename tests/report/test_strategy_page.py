"""The whole strategy page: what a manager reads of small and broken companies, and whom a team's page names."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.insight.contrast import Contrast, findings
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.blocks import Block
from salesgoals_kit.report.strategy import headline, lead, method
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, say
from tests.report.strategy_page import shown_of

Frames = dict[str, pd.DataFrame]
PARAMS = Path(__file__).parents[2] / "params" / "company.yaml"
PART = 15  # one account, and one lead that became no deal, in so many
OF_DEALS = ("stage_events", "deal_changes", "activities")


@cache
def _whole() -> Frames:
    return sample_tables(5)


@cache
def _small() -> Frames:
    """Return a fifteenth of the sample company: its accounts, and whatever belongs to them."""
    frames = dict(_whole())
    accounts = frames["accounts"]["account_id"][::PART]
    for name in ("accounts", "subscriptions", "invoices", "churn_events", "deals"):
        frames[name] = frames[name][frames[name]["account_id"].isin(accounts)]
    deals = frames["deals"]["deal_id"]
    frames |= {name: frames[name][frames[name]["deal_id"].isin(deals)] for name in OF_DEALS}
    leads = frames["leads"]
    frames["leads"] = pd.concat([leads[leads["deal_id"].isin(deals)], leads[leads["deal_id"].isna()][::PART]])
    return frames


def _tables(frames: Frames) -> Tables:
    kept = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    return tables_from_frames(kept, load_company(PARAMS, TABLES, CATALOGUE), LAST_DAY, known_on=LAST_DAY)


def _without(*names: str) -> Callable[[Frames], Frames]:
    return lambda frames: {name: frame for name, frame in frames.items() if name not in names}


def _only(*names: str) -> Callable[[Frames], Frames]:
    return lambda frames: {name: frames[name] for name in names}


def _one_rep(frames: Frames) -> Frames:
    one = frames["reps"]["rep"].iloc[0]
    kept = {name: frame for name, frame in frames.items() if name != "assignments"}
    return {name: frame[frame["rep"] == one] if "rep" in frame.columns else frame for name, frame in kept.items()}


def _one_month(frames: Frames) -> Frames:
    days = {
        "deals": "created_at", "stage_events": "entered_at", "deal_changes": "changed_at", "leads": "created_at",
        "activities": "happened_at", "invoices": "invoiced_at", "subscriptions": "started_at",
        "churn_events": "churned_at", "spend": "month", "costs": "month",
    }  # fmt: skip
    first = pd.Timestamp(LAST_DAY).replace(day=1)
    return {
        name: frame[pd.to_datetime(frame[days[name]]) >= first] if name in days else frame
        for name, frame in frames.items()
    }


def _ended(status: str) -> Callable[[Frames], Frames]:
    def changed(frames: Frames) -> Frames:
        deals = frames["deals"].assign(status=status)
        if status == "open":
            deals["closed_at"] = None
        shut = deals["closed_at"].notna() | (status == "open")
        return {**frames, "deals": deals[shut]}

    return changed


def _backwards(frames: Frames) -> Frames:
    """Return a company in which one deal in three goes through its stages from the last to the first."""
    events = frames["stage_events"].reset_index(drop=True)
    days = pd.to_datetime(events["entered_at"])
    ends = days.groupby(events["deal_id"]).transform
    turned = pd.factorize(events["deal_id"])[0] % 3 == 0
    days = days.mask(turned, ends("min") + (ends("max") - days))
    return {**frames, "stage_events": events.assign(entered_at=days.dt.date)}


WORLDS: dict[str, tuple[Callable[[Frames], Frames], str]] = {
    "no stage events": (_without("stage_events"), "the data lacks the table stage_events."),
    "no activities": (_without("activities"), "The data tells nothing of: activities"),
    "no leads": (_without("leads"), "it takes the table leads"),
    "no subscriptions": (_without("subscriptions"), "the data has no table of subscriptions."),
    "no spend": (_without("spend"), "it takes the table spend"),
    "one rep": (_one_rep, "Nobody stands out"),
    "one month": (_one_month, "no deal entered a stage so long ago"),
    "all open": (_ended("open"), "no deal has closed yet."),
    "all lost": (_ended("lost"), "of the open deals of the past 0 were won in time"),
    "stages backwards": (_backwards, "were not counted: the furthest stage decides"),
    "invoices alone": (_only("invoices"), "the data lacks the table stage_events."),
}  # what is changed of the small company, and what its page says of that
IN_A_TEAM = ("no leads", "one rep", "one month", "all lost", "invoices alone")
ASKED = [(world, COMPANY) for world in WORLDS] + [(world, Owner("South")) for world in IN_A_TEAM]


@pytest.mark.parametrize(("world", "owner"), ASKED, ids=lambda given: given if isinstance(given, str) else given.name)
def test_whatever_the_data_lacks_the_page_stands_and_says_so(texts: Texts, world: str, owner: Owner) -> None:
    change, said = WORLDS[world]
    found, blocks = shown_of(texts, _tables(change(_small())), owner)
    assert said in "\n".join(block.plain for block in blocks)
    _reads(blocks)
    assert all(
        texts.text(one)
        for one in (headline(found.answers, found.compared), lead(found.findings, found.compared), method())
    )


def test_where_nothing_can_be_compared_nothing_is_found_to_be_well(texts: Texts) -> None:
    found, blocks = shown_of(texts, _tables(_only("deals")(_ended("open")(_small()))))
    assert found.compared == 0
    assert headline(found.answers, 0).id == "strategy.headline_uncompared"
    assert lead(found.findings, 0).id == "strategy.lead_uncompared"
    plain = "\n".join(block.plain for block in blocks)
    assert "What to change and what to keep is not known" in plain
    assert "Nothing stands out that would have to be done differently" not in plain


def test_a_whole_company_in_which_nothing_is_wrong(texts: Texts) -> None:
    """Its page is the longest, and has all there is."""
    found, blocks = shown_of(texts, _tables(_whole()))
    _reads(blocks)
    assert len(blocks) == 12
    assert found.answers.change and found.answers.keep
    subjects = [one.finding.contrast.subject[0] for one in found.answers.change]
    assert len(set(subjects)) == len(subjects)
    for block in blocks:
        shown = re.sub(r"<details.*?</details>", "", block.html, flags=re.S)
        assert shown.count("<figure") <= 1
        assert max([0, *(part.count("<tr") for part in shown.split("<table"))]) <= 11


def test_a_pattern_that_is_only_asked_about_is_counted_as_well() -> None:
    one = Contrast("bunching", (("team", "North"),), 0.2, 0.1, 0.3, 1e-6, good=False, said=say("gaming.no_verdict"))
    told = lead(findings([one]), 40)
    assert (told.id, told.values["count"]) == ("strategy.lead", Count(1))
    assert lead((), 40).id == "strategy.lead_none"


TEAMS = ("North", "Central", "South", "Key Accounts")


@pytest.mark.parametrize("team", ["South"])
def test_a_teams_page_names_no_other_team_and_nobody_of_another(texts: Texts, team: str) -> None:
    tables = _tables(_whole())
    _, blocks = shown_of(texts, tables, Owner(team))
    page = "\n".join(f"{block.plain}\n{block.html}" for block in blocks)
    page = re.sub(r'src(set)?="data:[^"]*"', "", page)
    assert not [name for name in TEAMS if name != team and re.search(rf"\b{name}\b", page)]
    reps, moves = _whole()["reps"], _whole()["assignments"]
    own = {*reps.loc[reps["team"] == team, "rep"], *moves.loc[moves["team"] == team, "rep"]}
    others = reps[~reps["rep"].isin(own)]
    assert len(others) > 10
    assert not [rep for rep, name in zip(others["rep"], others["name"], strict=True) if rep in page or name in page]


def _reads(blocks: list[Block]) -> None:
    """Hold a page to its manners: something under each heading, nothing said twice in a section, full stops."""
    html = "\n".join(str(block.html) for block in blocks)
    heads = re.findall(r"<h2[^>]*>(.*?)</h2>", html, re.S)
    for head, part in zip(heads, re.split(r"<h2[^>]*>.*?</h2>", html, flags=re.S)[1:], strict=True):
        assert re.sub(r"<[^>]+>|\s", "", part), f"nothing under {head}"
        said = [_plain(one) for one in re.findall(r"<(?:li|p)\b[^>]*>(.*?)</(?:li|p)>", part, re.S)]
        assert not [one for one in said if said.count(one) > 1]
        assert not [one for one in said if one and not one.endswith(".")]


def _plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html)).strip()
