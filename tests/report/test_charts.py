"""Charts: two small pictures and the finding in words, the same bytes each time, and no state left behind."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from io import BytesIO

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from markupsafe import Markup
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure as Sheet
from PIL import Image

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.forecast.outlook import Outlook
from salesgoals_kit.report import blocks, charts, labels, shapes, sketches
from salesgoals_kit.report.blocks import Block
from salesgoals_kit.report.canvas import Figure, Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.quantities import Level
from salesgoals_kit.report.shapes import Span
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Money, Name, say


@pytest.fixture
def people() -> pd.DataFrame:
    names = ["中文", "محمد", "a$b$c_{x}", "<b>&", "\U0001f600 new"]
    return pd.DataFrame(
        {"rep": names, "tenure_months": [1.0, 9, 20, 30, 130], "ramping": [True, False, False, None, False]}
    )


def figures(pieces: list[Block]) -> list[str]:
    """Return the <figure> elements in the blocks."""
    return [found for piece in pieces for found in re.findall(r"<figure.*?</figure>", piece.html, re.DOTALL)]


def image(png: str) -> Image.Image:
    return Image.open(BytesIO(base64.b64decode(png)))


def test_every_chart_has_a_picture_for_desks_and_one_for_phones_and_is_small(pieces: list[Block]) -> None:
    found = figures(pieces)
    assert len(found) == 8  # outlook, months ahead, season, history, growth, tenure, review, bridge
    for html in found:
        narrow, wide = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", html)
        assert image(wide).width == 2 * 860
        assert image(narrow).width == 2 * 358
        assert len(base64.b64decode(wide)) + len(base64.b64decode(narrow)) < 60_000
        assert "Software" not in image(wide).info


def test_the_alternative_text_is_the_finding(texts: Texts, months: pd.DataFrame) -> None:
    finding = say("t.whose", name=Name('"><script>'), value=Money(1_200_000))
    chart = charts.draw_history(texts, months, "money", finding=finding, name="My history")
    assert f'alt="{Markup.escape(texts.text(finding))}"' in chart.html
    assert "<script" not in chart.html
    assert (chart.chart.name, chart.chart.alt) == ("My history", finding)
    assert 'id="chart-my-history"' in chart.html


def draw_all(texts: Texts, months: pd.DataFrame, people: pd.DataFrame) -> list[Figure]:
    finding = say("t.plain")
    return [
        charts.draw_history(texts, months, "money", finding=finding),
        charts.draw_tenure(texts, people, finding=finding),
    ]


def test_the_same_chart_has_the_same_bytes_whatever_style_the_notebook_has(
    texts: Texts, months: pd.DataFrame, people: pd.DataFrame
) -> None:
    before = draw_all(texts, months, people)
    with mpl.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "red", "font.family": "serif"}):
        during = dict(mpl.rcParams)
        after = draw_all(texts, months, people)
        assert dict(mpl.rcParams) == during
    assert [chart.html for chart in before] == [chart.html for chart in after]
    assert plt.get_fignums() == []


def test_names_without_glyphs_neither_warn_nor_vanish(texts: Texts, people: pd.DataFrame) -> None:
    """Warnings are errors here: a missing glyph would fail, and so would `$b$` read as mathematics."""
    html = charts.draw_tenure(texts, people, finding=say("t.whose", name=Name("中文"), value=Money(1))).html
    assert "中文" in html  # in words the name stays whole


def test_numbers_of_a_chart_follow_the_locale(months: pd.DataFrame) -> None:
    english, polish = Texts(), Texts("pl_PL", "en", "PLN")
    assert labels.value_label(polish, 1_240_000.0, "money") == "1,24\u00a0mln\u00a0zł"
    drawn = [charts.draw_history(texts, months, "money", finding=say("t.plain")) for texts in (english, polish)]
    assert drawn[0].wide.png != drawn[1].wide.png


@pytest.mark.parametrize("unit", ["money", "rate", "count", "days", "months", "times"])
@pytest.mark.parametrize("values", [[0.0, 0.0, 0.0], [-3.0, 2.0, 4.0], [1.0, np.nan, 1.0], [0.98, 0.99, 1.01], [5.0]])
def test_awkward_histories_are_drawn(texts: Texts, unit: str, values: list[float]) -> None:
    history = pd.DataFrame({"month": pd.date_range("2025-01-01", periods=len(values), freq="MS"), "value": values})
    assert charts.draw_history(texts, history, unit, finding=say("t.plain")).wide.png


def test_a_chart_of_nothing_is_refused(texts: Texts, outlook: Outlook) -> None:
    finding = say("t.plain")
    empty: list[Callable[[], Figure]] = [
        lambda: charts.draw_history(texts, pd.DataFrame({"month": [], "value": []}), "money", finding=finding),
        lambda: charts.draw_growth(texts, pd.DataFrame({"period": ["2025"], "growth": [np.nan]}), finding=finding),
        lambda: charts.draw_review(texts, [], finding=finding),
        lambda: charts.draw_tenure(
            texts, pd.DataFrame({"rep": [], "tenure_months": [], "ramping": []}), finding=finding
        ),
    ]
    for draw in empty:
        with pytest.raises(SalesGoalsError, match="A chart has nothing to show"):
            draw()


def test_a_chart_that_a_reader_opens_has_one_picture_that_a_phone_can_show(texts: Texts, outlook: Outlook) -> None:
    past = pd.DataFrame({"period": ["2025Q3", "2025Q4"], "value": [100.0, 120.0]})
    drawn = charts.draw_outlook(texts, past, outlook, [], finding=say("t.plain"))
    deep = blocks.group(blocks.heading(texts, say("t.plain")), blocks.group(drawn))
    for inner in (drawn, deep):
        html = blocks.folded(texts, say("t.plain"), inner).html
        assert re.findall(r"base64,([A-Za-z0-9+/=]+)", html) == [drawn.narrow.png]
        assert f'width="{drawn.narrow.width}"' in html and "<source" not in html
    assert len(re.findall("base64,", deep.html)) == 2


def test_an_outlook_without_a_past_is_drawn(texts: Texts, outlook: Outlook) -> None:
    past = pd.DataFrame({"period": pd.Series([], dtype="object"), "value": pd.Series([], dtype="float64")})
    assert charts.draw_outlook(texts, past, outlook, [], finding=say("t.plain")).wide.png


def test_the_goal_stands_out_from_the_levels_of_an_outlook(texts: Texts, outlook: Outlook) -> None:
    past = pd.DataFrame({"period": ["2025Q3", "2025Q4"], "value": [100.0, 120.0]})
    levels = [Level("target", 125.0, 0.5), Level("agreed", 140.0, 0.2)]
    ax = Sheet().add_subplot()
    sketches.outlook(texts, past, outlook, levels)(ax, Size(560, 300, 13, narrow=False))
    said = {note.get_text(): note.get_color() for note in ax.texts}
    assert [text.replace("\u00a0", " ") for text in said] == ["Target €125 (50 %)", "Goal €140 (20 %)"]
    assert list(said.values()) == [LIGHT["goal"], LIGHT["ink"]]
    (marks,) = (drawn for drawn in ax.collections if isinstance(drawn, LineCollection))
    assert [float(line[0][1]) for line in marks.get_segments()] == [125.0, 140.0]


def test_a_large_team_is_counted_in_bands() -> None:
    # 0..5: 6 people under 6 months; 6..11: 6; 12..19: 8 in the second year; nobody longer; one unknown
    people = pd.DataFrame({"tenure_months": [*map(float, range(20)), np.nan]})
    expected = [("first", 6), ("second", 6), ("third", 8), ("fourth", 0), ("fifth", 0), ("unknown", 1)]
    assert shapes.tenure_bands(people) == expected


def test_the_steps_of_a_bridge_end_where_the_data_ends() -> None:
    bridge = pd.DataFrame({"start": [100.0, 110], "new": [20.0, 5], "expansion": [0.0, 5], "contraction": [4.0, 0],
                           "churn": [6.0, 10], "end": [110.0, 110]})  # fmt: skip
    steps = shapes.bridge_steps(bridge)
    # 100 + 25 new + 5 expansion - 4 contraction - 16 churn = 110
    assert [step.ends for step in steps] == [100, 125, 130, 126, 110, 110]
    assert steps[-2].ends == steps[-1].begins


def test_a_month_is_set_beside_the_same_month_a_year_before() -> None:
    history = pd.DataFrame({"month": pd.date_range("2024-01-01", periods=14, freq="MS"), "value": range(14)})
    shown = shapes.recent(history, 3)
    assert shown["value"].tolist() == [11, 12, 13]
    assert shown["before"].fillna(-1).tolist() == [-1, 0, 1]  # December 2023 is not there


def test_a_long_name_of_a_range_breaks_before_the_edge_of_a_phone(texts: Texts) -> None:
    long = Span(say("t.col", name=Name("What the people of this team can carry in time")), 620e3, 810e3, 990e3)
    drawn = charts.draw_ranges(texts, [long], "money", None, finding=say("t.plain"), name="r", caption=say("t.plain"))
    pixels = np.asarray(image(drawn.narrow.png).convert("L"))
    written = np.argwhere((pixels < 128).any(axis=1)).ravel()
    assert (pixels[:, -8:] > 200).all(), "nothing is cut"
    assert (np.diff(written) > 1).sum() >= 2, "two lines of words above the bar"


def test_ranges_are_drawn_from_nothing_to_the_farthest_end_with_what_binds_standing_out(texts: Texts) -> None:
    rows = [
        Span(say("t.revenue"), 620e3, 810e3, 990e3, tone="binds"),
        Span(say("t.churn"), 540e3, 540e3, 540e3, mark=1.2e6),
    ]
    drawn = [
        charts.draw_ranges(
            texts, shown, "money", Level("target", 800e3), finding=say("t.plain"), name="r", caption=say("t.plain")
        )
        for shown in (rows, rows[1:], rows)
    ]
    assert drawn[0].html == drawn[2].html != drawn[1].html
    assert "Deals close late" in drawn[0].html
    pixels = np.asarray(image(drawn[0].wide.png).convert("RGB")).reshape(-1, 3).astype(int)
    warn = np.array([int(LIGHT["warn"][at : at + 2], 16) for at in (1, 3, 5)])
    assert (np.abs(pixels - warn).sum(axis=1) < 12).sum() > 1000
    assert labels.span_label(texts, rows[0], "money") == "Revenue: €620K to €990K"
    assert labels.span_label(texts, rows[1], "money") == "Monthly churn: €540K"
    with pytest.raises(SalesGoalsError, match="nothing to show"):
        charts.draw_ranges(
            texts, [], "money", Level("target", 0.0), finding=say("t.plain"), name="r", caption=say("t.plain")
        )
