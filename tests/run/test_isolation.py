"""The search for other people's names and figures finds what is planted, and nothing in what a team is to read."""

from __future__ import annotations

import base64
import html
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import MIME, Chart, Content, ProposedGoal, Provenance
from salesgoals_kit.report.gist import Gist
from salesgoals_kit.report.rep import RepGoal, RepPage, Section
from salesgoals_kit.words import Money, Name, say
from tests.isolation import Crowd, Figures, Hit, Look, crowd_of, of_record, search
from tests.run.cells import collected, executed
from tests.run.sample import a_part_of_the_sample, with_a_part_of_the_sample

FIGURES = {"ann": 123_456.78, "abe": 111_222.33, "bob": 654_321.09, "cid": 222_333.44}
TEAMS = {"ann": "North", "abe": "North", "bob": "South", "cid": "South"}
DEALS = {"ann": "D-1001", "abe": "D-1002", "bob": "D-1003", "cid": "D-1004"}
NAMES = {"ann": "Ann Archer", "abe": "Abe Ash", "bob": "Bob Baker", "cid": "Cid Cook"}
SAID = say("setting.nothing_lead")


@pytest.fixture
def crowd() -> Crowd:
    """North and South have two each; Cid was in North before; Web is a channel, and the name of a team of nobody."""
    reps = pd.DataFrame([{"rep": rep, "team": team, "name": NAMES[rep], "email": f"{rep}@example.com"}
                         for rep, team in TEAMS.items()])  # fmt: skip
    moved = pd.DataFrame([{"rep": "cid", "team": "North"}])
    teams = pd.DataFrame([{"team": "North", "manager": "Nora Nash", "email": "nora@example.com", "parent": None},
                          {"team": "South", "manager": "Saul Stone", "email": "saul@example.com", "parent": None},
                          {"team": "Web", "manager": None, "email": None, "parent": None}])  # fmt: skip
    deals = pd.DataFrame([{"deal_id": DEALS[rep], "rep": rep, "channel": "Web"} for rep in TEAMS])
    return crowd_of({"reps": reps, "assignments": moved, "teams": teams, "deals": deals})


def content(team: str) -> Content:
    """Return a team's goals: each rep's, and his page."""
    reps = [rep for rep, its in TEAMS.items() if its == team]
    goals = [
        ProposedGoal("revenue", "rep", FIGURES[rep], 0.5, SAID, money=True, owner=Owner(team, rep)) for rep in reps
    ]
    pages = [RepPage(Owner(team, rep), NAMES[rep], SAID, SAID,
                     (RepGoal(say("kpis.title_revenue"), Money(FIGURES[rep]), "money"),)) for rep in reps]  # fmt: skip
    return Content(
        template="goal_setting", company="Acme", owner=Owner(team), period="2026Q1", first_day=date(2026, 1, 1),
        last_day=date(2026, 3, 31), as_of=date(2025, 12, 31), snapshot="0" * 64, headline=SAID, lead=SAID,
        provenance=Provenance(kit="0"), locale="en", language="en", currency="EUR", goals=tuple(goals),
        reps=tuple(pages),
    )  # fmt: skip


def lay(reports: Path, made: Content) -> None:
    """Write a team's report: what it says of its own people is in all of it."""
    folder = reports / made.period / str(made.owner.team).lower()
    (folder / "reps").mkdir(parents=True, exist_ok=True)
    written = made.as_json()
    (folder / "goal_setting.json").write_text(written, "utf-8")
    outputs = [{"output_type": "display_data", "metadata": {}, "data": {MIME: json.loads(written)}}]
    cell = {"cell_type": "code", "source": ["team = None\n"], "metadata": {}, "outputs": outputs}
    (folder / "goal_setting.ipynb").write_text(json.dumps({"cells": [cell], "metadata": {}}), "utf-8")
    own = [rep for rep in TEAMS if TEAMS[rep] == made.owner.team]
    said = "".join(f"<li>{NAMES[rep]} {rep} {rep}@example.com €{FIGURES[rep]:,.0f} {DEALS[rep]}</li>" for rep in own)
    (folder / "goal_setting.html").write_text(f"<h1>{made.owner.team}</h1><ul>{said}</ul>", "utf-8")
    for rep in own:
        (folder / "reps" / f"{rep}.html").write_text(f"<p>{NAMES[rep]}: €{FIGURES[rep]:,.2f}</p>", "utf-8")


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for team in ("North", "South"):
        lay(tmp_path, content(team))
    return tmp_path


def north(reports: Path, name: str) -> Path:
    return reports / "2026Q1" / "north" / name


def test_nothing_is_found_where_everybody_reads_his_own(reports: Path, crowd: Crowd) -> None:
    assert search(reports, crowd) == []


def picture(text: str, chunk: bytes = b"tEXt") -> str:
    """Return a PNG that says something beside what it shows, in base64."""
    told = text.encode() if chunk == b"tEXt" else zlib.compress(text.encode())
    parts = [(chunk, b"Author\0" + (b"" if chunk == b"tEXt" else b"\0") + told), (b"IEND", b"")]
    packed = b"".join(struct.pack(">I", len(data)) + kind + data + b"crc!" for kind, data in parts)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + packed).decode()


@pytest.mark.parametrize(
    ("planted", "kind"),
    [
        ("<p>Bob Baker</p>", "name"), ("<p>BOB <b>Baker</b></p>", "name"), ("Bob\u00a0Baker", "name"),
        ("\u2068Bob\u2069 Baker", "name"), ("B&#111;b Baker", "name"), ('<a href="mailto:bob%40example.com">', "name"),
        ('<img alt="Bob Baker: ahead">', "name"), ("<td>bob</td>", "name"), ("<p>Saul Stone</p>", "manager"),
        ("<p>South</p>", "team"), ("<p>€654,321</p>", "figure"), ("<td>654\u202f321,09</td>", "figure"),
        ("<td>654.321,09</td>", "figure"), ("<b>654321</b>", "figure"), ("<td>D-1003</td>", "deal"),
        (f'<img src="data:image/png;base64,{picture("Bob Baker")}">', "name"),
        (f'<img src="data:image/png;base64,{picture("Bob Baker", b"zTXt")}">', "name"),
    ],
)  # fmt: skip
def test_what_is_planted_in_a_page_is_found(reports: Path, crowd: Crowd, planted: str, kind: str) -> None:
    file = north(reports, "goal_setting.html")
    file.write_text(file.read_text("utf-8") + planted, "utf-8")
    found = search(reports, crowd)
    assert {(hit.file, hit.kind) for hit in found} == {(str(file), kind)}, found


@pytest.mark.parametrize(
    "harmless",
    ["<p>bobsled, Baker & Sons, Southern</p>", "<p>Cid Cook</p>", "<p>Web</p>", "<p>654,320 654,321,000</p>",
     "<td>654</td><td>321</td>", "<p>Nora Nash</p>", "<p>D-1004 €123,457 1654321</p>"],
)  # fmt: skip
def test_what_only_looks_like_it_is_none(reports: Path, crowd: Crowd, harmless: str) -> None:
    """Who once was in the team is known there, with his deals; a word is no name, and a figure no part of another."""
    file = north(reports, "goal_setting.html")
    file.write_text(file.read_text("utf-8") + harmless, "utf-8")
    assert search(reports, crowd) == []


def test_a_figure_of_ones_own_that_is_rounded_to_anothers_is_none(reports: Path, crowd: Crowd) -> None:
    own = ProposedGoal("mrr", "target", 654_320.77, 0.5, SAID, money=True)
    made = content("North")
    lay(reports, replace(made, goals=(*made.goals, own)))
    file = north(reports, "goal_setting.html")
    file.write_text(file.read_text("utf-8") + "<p>€654,321</p>", "utf-8")
    assert search(reports, crowd) == []


def in_source(book: dict[str, Any]) -> None:
    book["cells"][0]["source"].append("who = 'bob'")


def in_stream(book: dict[str, Any]) -> None:
    book["cells"][0]["outputs"].append({"output_type": "stream", "name": "stdout", "text": ["Bob \n", "Baker\n"]})


def in_table(book: dict[str, Any]) -> None:
    shown = {"text/html": ["<td>", html.escape("Bob Baker"), "</td>"]}
    book["cells"][0]["outputs"].append({"output_type": "display_data", "data": shown, "metadata": {}})


def in_metadata(book: dict[str, Any]) -> None:
    book["metadata"]["papermill"] = {"parameters": {"bob@example.com": 1}}


def in_traceback(book: dict[str, Any]) -> None:
    told = {"output_type": "error", "ename": "KeyError", "evalue": "'bob'", "traceback": ["\x1b[31mKeyError\x1b[0m"]}
    book["cells"][0]["outputs"].append(told)


def in_picture(book: dict[str, Any]) -> None:
    shown = {"image/png": picture("Bob Baker " * 60)}
    book["cells"][0]["outputs"].append({"output_type": "display_data", "data": shown, "metadata": {}})


def in_numbers(book: dict[str, Any]) -> None:
    book["cells"][0]["outputs"][0]["data"]["application/json"] = {"fan": [1.0, 654321.0899999]}


@pytest.mark.parametrize(
    "plant", [in_source, in_stream, in_table, in_metadata, in_traceback, in_picture, in_numbers]
)  # fmt: skip
def test_what_is_planted_in_a_notebook_is_found(
    reports: Path, crowd: Crowd, plant: Callable[[dict[str, Any]], None]
) -> None:
    file = north(reports, "goal_setting.ipynb")
    book = json.loads(file.read_text("utf-8"))
    plant(book)
    file.write_text(json.dumps(book), "utf-8")
    kind = "figure" if plant is in_numbers else "name"
    assert {(hit.file, hit.kind, hit.whose) for hit in search(reports, crowd)} == {(str(file), kind, "bob")}


def test_what_is_planted_in_a_content_is_found_there_and_in_the_mail(reports: Path, crowd: Crowd) -> None:
    named = say("mail.attached", file=Name("Bob Baker"))
    lay(reports, replace(content("North"), gist=Gist(sections=(Section("why", SAID, sentences=(named,)),))))
    hits = search(reports, crowd)
    assert {Path(hit.file).suffix for hit in hits} == {".json", ".ipynb"}
    assert any(hit.file.startswith("the mail of ") for hit in hits)
    lay(reports, replace(content("North"), charts=(Chart("a", SAID, picture("Bob Baker"), 800, 400),)))
    assert {hit.whose for hit in search(reports, crowd) if hit.file.startswith("the mail of ")} == {"bob"}


def test_a_reps_page_and_mail_are_searched_for_his_mates_too(reports: Path, crowd: Crowd) -> None:
    page = north(reports, "reps/ann.html")
    page.write_text(page.read_text("utf-8") + "<p>Abe Ash brings €111,222</p>", "utf-8")
    made = content("North")
    ann, abe = made.reps
    said = Section("why", SAID, sentences=(say("mail.attached", file=Name("Abe Ash")),))
    lay_mail = replace(made, reps=(replace(ann, sections=(said,)), abe))
    north(reports, "goal_setting.json").write_text(lay_mail.as_json(), "utf-8")
    hits = search(reports, crowd)
    assert {hit for hit in hits if hit.file == str(page)} == {
        Hit(str(page), "name", "abe", "abe ash"), Hit(str(page), "figure", "abe", "111222")
    }  # fmt: skip
    assert [hit.whose for hit in hits if hit.file.startswith("the mail to ann ")] == ["abe"]
    assert not [hit for hit in hits if "abe.html" in hit.file or "goal_setting.html" in hit.file]


def test_no_chart_of_a_team_names_anybody_of_another(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells themselves, run here: what is drawn is in no text of the page. `make campaign` does it for all."""
    file = with_a_part_of_the_sample(house) / "params" / "company.yaml"
    crowd = crowd_of(a_part_of_the_sample())
    drawn = collected(monkeypatch)
    book = executed("strategy", file, team="South", as_of="2025-12-31")
    monkeypatch.undo()
    look = Look(crowd.strangers("South"), crowd.foreign("South"), Figures({}), set())
    assert len(crowd.strangers("South")) > 20
    assert len(drawn) > 20
    assert list(look.at("charts", drawn)) == []
    assert list(look.at("outputs", of_record([cell.get("outputs", []) for cell in book.cells]))) == []
