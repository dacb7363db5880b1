"""The whole strategy page: what a manager reads of small and broken companies, and whom a team's page names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from salesgoals_kit.company import load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.blocks import Block
from salesgoals_kit.report.strategy import headline, lead, method
from salesgoals_kit.report.text import Texts
from tests.report.strategy_page import shown_of

Frames = dict[str, pd.DataFrame]
PARAMS = Path(__file__).parents[2] / "params" / "company.yaml"
PART = 9  # one account, and one lead that became no deal, in so many
OF_DEALS = ("stage_events", "deal_changes", "activities")


@cache
def _whole() -> Frames:
    return sample_tables(5)


@cache
def _small() -> Frames:
    """Return a ninth of the sample company: its accounts, and whatever belongs to them."""
    frames = dict(_whole())
    accounts = frames["accounts"]["account_id"][::PART]
    for name in ("accounts", "subscriptions", "invoices", "churn_events", "deals"):
        frames[name] = frames[name][frames[name]["account_id"].isin(accounts)]
    deals = frames["deals"]["deal_id"]
    frames |= {name: frames[name][frames[name]["deal_id"].isin(deals)] for name in OF_DEALS}
    leads = frames["leads"]
    frames["leads"] = pd.concat([leads[leads["deal_id"].isin(deals)], leads[leads["deal_id"].isna()][::PART]])
    return frames


def _tables(frames: Frames, as_of: date = LAST_DAY) -> Tables:
    kept = {name: frame.reset_index(drop=True) for name, frame in frames.items()}
    return tables_from_frames(kept, load_company(PARAMS, TABLES, CATALOGUE), as_of, known_on=LAST_DAY)


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
    events = frames["stage_events"].copy()
    days = pd.to_datetime(events["entered_at"])
    ends = days.groupby(events["deal_id"]).transform
    return {**frames, "stage_events": events.assign(entered_at=(ends("min") + (ends("max") - days)).dt.date)}


WORLDS: dict[str, tuple[Callable[[Frames], Frames], tuple[str, ...]]] = {
    "no stage events": (_without("stage_events"), ("stage_events",)),
    "no activities": (_without("activities"), ("activities",)),
    "no leads": (_without("leads"), ("(leads)", "it takes the table leads")),
    "no subscriptions": (_without("subscriptions"), ("no table of subscriptions",)),
    "no spend": (_without("spend"), ("it takes the table spend",)),
    "one rep": (_one_rep, ("Nobody stands out",)),
    "one month": (_one_month, ("cannot be told yet",)),
    "all open": (_ended("open"), ("no deal has closed yet",)),
    "all lost": (_ended("lost"), ("How long deals take is not known yet",)),
    "stages backwards": (_backwards, ("was not counted: the furthest stage", "were not counted: the furthest stage")),
    "invoices alone": (_only("invoices"), ("Where deals are lost is not known", "no table of subscriptions")),
}  # what is changed of the small company, and what its page says: one of the sentences, of the last all


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("owner", [COMPANY, Owner("South")], ids=["company", "team"])
def test_whatever_the_data_lacks_the_page_stands_and_says_so(texts: Texts, world: str, owner: Owner) -> None:
    change, said = WORLDS[world]
    found, blocks = shown_of(texts, _tables(change(_small())), owner)
    page = "\n".join(block.plain for block in blocks)
    assert any(one in page for one in said), page
    _reads(texts, blocks)
    assert all(texts.text(one) for one in (headline(found.answers), lead(found.answers, found.compared), method()))


def test_a_whole_company_in_which_nothing_is_wrong(texts: Texts) -> None:
    """Its page is the longest, and has all there is."""
    found, blocks = shown_of(texts, _tables(_whole()))
    _reads(texts, blocks)
    assert len(blocks) == 12
    assert found.answers.change and found.answers.keep
    subjects = [one.finding.contrast.subject[0] for one in found.answers.change]
    assert len(set(subjects)) == len(subjects)
    for block in blocks:
        shown = re.sub(r"<details.*?</details>", "", block.html, flags=re.S)
        assert shown.count("<figure") <= 1
        assert max([0, *(part.count("<tr") for part in shown.split("<table"))]) <= 11


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


def _reads(texts: Texts, blocks: list[Block]) -> None:
    """Hold a page to its manners: no heading without something under it, and nothing said twice in a section."""
    assert all(block.plain.strip() for block in blocks)
    html = "\n".join(str(block.html) for block in blocks)
    parts = re.split(r"<h2[^>]*>.*?</h2>", html, flags=re.S)[1:]
    heads = [heading.text for block in blocks for heading in block.headings if heading.level == 2]
    empty = [head for head, part in zip(heads, parts, strict=True) if not re.sub(r"<[^>]+>|\s", "", part)]
    assert empty == []
    for part in parts:
        said = [
            re.sub(r"<[^>]+>|\s+", " ", one).strip()
            for one in re.findall(r"<(?:li|p)\b[^>]*>(.*?)</(?:li|p)>", part, re.S)
        ]
        assert len(set(said)) == len(said), [one for one in said if said.count(one) > 1]
        ends = [one for one in said if one and not one.rstrip().endswith((".", ":"))]
        assert ends == []
