"""Blocks and tables: fragments that say what they are, escape what is not theirs, and line numbers up."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.report import blocks
from salesgoals_kit.report.blocks import Block, Card
from salesgoals_kit.report.paper import without_style
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Money, Name, Number, Rate, Value, say

HOSTILE = (
    '<script>alert("x")</script>',
    '<b>&"',
    "'\"><img src=x onerror=alert(1)>",
    '=HYPERLINK("http://example.org","x")',
    "\u202eevil\u202c",
    "javascript:alert(1)",
    "]]>--><!--",
    "x" * 300,
)


class Tags(HTMLParser):
    """Read HTML as a browser would: its tags with their attributes, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def fragment(block: Block) -> str:
    return without_style(block._repr_mimebundle_()[0]["text/html"])


def test_a_block_is_a_fragment_that_says_what_it_is(pieces: list[Block]) -> None:
    for piece in pieces:
        data, metadata = piece._repr_mimebundle_()
        assert data["text/html"].startswith("<style data-salesgoals>")
        assert fragment(piece).startswith('<div class="sg">')
        assert metadata["salesgoals"]["block"] == piece.kind
        assert data["text/plain"] == piece.plain != ""
        assert not {"html", "body", "head", "script", "link"} & {tag for tag, _ in Tags(data["text/html"]).tags}


def test_the_style_of_a_notebook_leaks_nowhere(pieces: list[Block]) -> None:
    style = pieces[0]._repr_mimebundle_()[0]["text/html"].split("</style>")[0]
    rules = re.sub(r"@media[^{]*\{", "", style.removeprefix("<style data-salesgoals>"))
    selectors = [selector for rule in rules.split("}") if "{" in rule for selector in rule.split("{")[0].split(",")]
    assert len(selectors) > 30
    assert all(selector.strip().startswith(".sg") for selector in selectors)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_wherever_it_stands(texts: Texts, name: str) -> None:
    said = say("t.whose", name=Name(name), value=Money(10))
    frame = pd.DataFrame({"who": [name], "also": [Name(name)], "code": [name], "x": [1.0]})
    columns = [Column("who", said), Column("also", said), Column("code", said, "code"), Column("x", said, "money")]
    shown = blocks.group(
        blocks.heading(texts, said, name=name),
        blocks.paragraph(texts, said, lead=said),
        blocks.bullets(texts, [said]),
        blocks.goal_cards(texts, [Card(said, said, "money", 0.5, said, (Level("commit", 1.0, 0.8),), said)]),
        table(texts, frame, columns, name=name, caption=said),
    )
    read = Tags(shown.html)
    allowed = {
        "h2",
        "p",
        "span",
        "ul",
        "li",
        "b",
        "i",
        "bdi",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    }
    assert {tag for tag, _ in read.tags} <= allowed
    assert not [key for _, attributes in read.tags for key in attributes if key.startswith("on")]
    bare = " ".join(name.translate(dict.fromkeys(map(ord, "\u202e\u202c"))).split())
    assert bare in "".join(read.words).replace("\u202e", "").replace("\u202c", "")
    assert all(attributes["data-label"] == f"{bare} carries €10.00" for tag, attributes in read.tags if tag == "td")


def test_a_heading_tells_the_page_where_it_is(texts: Texts) -> None:
    found = blocks.heading(texts, say("t.heading_3"), level=3, name="What binds")
    assert found.html == '<h3 id="what-binds">People who are still learning are what binds</h3>'
    (told,) = found._repr_mimebundle_()[1]["salesgoals"]["headings"]
    assert told == {"id": "what-binds", "level": 3, "text": "People who are still learning are what binds"}


def test_a_card_says_its_chance_to_those_who_do_not_see_the_bar(texts: Texts) -> None:
    levels = (Level("commit", 1_090_000.0, 0.8), Level("stretch", 1_290_000.0, 0.2))
    change = say("t.on", change=Chance(0.5), base="2025Q1")
    html = blocks.goal_cards(texts, [Card(say("t.revenue"), Money(1_182_734), "money", 0.79, change, levels)]).html
    assert "<b>€1,182,734</b>" in html  # the number one is measured by is not rounded
    assert 'role="img" aria-label="A chance of about 80\u00a0%"><i style="width:80%"></i>' in html
    assert "Commit €1.09M (80\u00a0%)" in html
    assert "Stretch €1.29M (20\u00a0%)" in html


@pytest.mark.parametrize("make", [blocks.bullets, blocks.goal_cards])
def test_a_list_of_nothing_is_refused(texts: Texts, make: Any) -> None:
    with pytest.raises(SalesGoalsError):
        make(texts, [])


def test_a_paragraph_without_a_sentence_and_a_heading_of_level_one_are_refused(texts: Texts) -> None:
    with pytest.raises(SalesGoalsError, match="says something"):
        blocks.paragraph(texts)
    with pytest.raises(SalesGoalsError, match="expected 2 or 3"):
        blocks.heading(texts, say("t.plain"), level=1)


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("money", 1_243_210.4, "€1,243,210"),
        ("cents", 1_243_210.456, "€1,243,210.46"),
        ("rate", 0.3, "30.0\u00a0%"),
        ("change", -0.031, "\u22123.1\u00a0%"),
        ("points", 0.04, "+4 points"),
        ("chance", 0.52, "50\u00a0%"),
        ("chance", 0.99, "Over 95\u00a0%"),
        ("count", np.int64(1234), "1,234"),
        ("number", 41.0, "41.0"),
        ("day", pd.Timestamp("2026-03-31"), "31\u00a0March 2026"),
        ("month", pd.Timestamp("2026-03-01"), "March 2026"),
        ("code", "win_rate", "win_rate"),
        ("money", float("nan"), "\u2013"),
        ("money", None, "\u2013"),
        ("day", pd.NaT, "\u2013"),
        ("name", None, "\u2013"),
        ("number", Rate(0.31), "31\u00a0%"),  # a typed value shows itself, whatever the column
        ("number", Money(1_243_210), "€1,243,210"),  # and money in full
        ("number", Number(3, 0, "days"), "3 days"),
    ],
)
def test_a_cell_is_shown_as_its_kind(texts: Texts, kind: Any, value: Value, shown: str) -> None:
    frame = pd.DataFrame({"who": ["A"], "x": pd.Series([value], dtype="object")})
    html = table(texts, frame, [Column("who", say("t.revenue")), Column("x", say("t.win_rate"), kind)], name="x").html
    assert f">{shown}</td>" in html


def test_a_table_names_rows_and_columns_and_keeps_its_sums_apart(texts: Texts) -> None:
    frame = pd.DataFrame({"who": ["A", "B", "both"], "x": [1.0, 2.0, 3.0]})
    columns = [Column("who", say("t.revenue")), Column("x", say("t.win_rate"), "count")]
    read = Tags(table(texts, frame, columns, name="Who carries", totals=1, caption=say("t.plain")).html)
    scopes = [attributes.get("scope") for tag, attributes in read.tags if tag == "th"]
    assert scopes == ["col", "col", "row", "row", "row"]
    tags = [tag for tag, _ in read.tags]
    assert tags.index("tfoot") > tags.index("tbody")
    assert read.tags[0][1]["id"] == "table-who-carries"
    assert {attributes["role"] for tag, attributes in read.tags if tag in ("table", "tr", "td")} == {
        "table",
        "row",
        "cell",
    }


def test_only_a_wide_table_is_stacked_on_a_phone(texts: Texts) -> None:
    frame = pd.DataFrame({name: [1.0] for name in "abcd"})
    columns = [Column(name, say("t.revenue"), "count") for name in "abcd"]
    assert "sg-stack" in table(texts, frame, columns, name="x").html
    assert "sg-stack" not in table(texts, frame, columns[:3], name="x").html


@pytest.mark.parametrize(
    ("amount", "side"),
    [
        (4_100_000.0, True),  # "Central" and three times "€4,100,000": 7 + 30 letters, and one between columns
        (4_100_000_000.0, False),  # "€4,100,000,000" is one word: 7 + 42
    ],
)
def test_a_narrow_table_stays_one_on_a_phone_where_its_words_have_room(texts: Texts, amount: float, side: bool) -> None:
    columns = [Column("who", say("t.revenue")), *(Column(name, say("t.revenue"), "money") for name in "xyz")]
    frame = pd.DataFrame([("Central", amount, amount, amount)], columns=["who", *"xyz"])
    html = table(texts, frame, columns, name="t", narrow=True).html
    assert ("sg-side" in html, "sg-stack" in html, "data-label" in html) == (side, not side, not side)


def test_a_column_that_is_not_there_is_refused_and_an_empty_table_says_so(texts: Texts) -> None:
    columns = [Column("a", say("t.revenue")), Column("b", say("t.revenue"))]
    with pytest.raises(SalesGoalsError, match="table x: no column 'b'"):
        table(texts, pd.DataFrame({"a": [1]}), columns, name="x")
    empty = table(texts, pd.DataFrame({"a": [], "b": []}), columns, name="x")
    assert empty.html == '<p class="sg-soft">There is nothing to show here yet.</p>'


def test_a_frame_is_not_changed_by_being_shown(texts: Texts) -> None:
    frame = pd.DataFrame({"a": ["x"], "b": [1.0]})
    before = frame.copy()
    table(texts, frame, [Column("a", say("t.revenue")), Column("b", say("t.revenue"), "money")], name="x")
    pd.testing.assert_frame_equal(frame, before)
