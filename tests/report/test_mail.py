"""The mail of a report: what stands in it, in which order, in whose words, and that its two parts say the same."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from nbformat import NotebookNode

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.owners import Owner
from salesgoals_kit.report import blocks
from salesgoals_kit.report.canvas import Figure
from salesgoals_kit.report.content import Chart, Content, Lesson, content_from_json
from salesgoals_kit.report.contract import MOST_BYTES, check_contract
from salesgoals_kit.report.gist import NO_GIST, Gist, Stand
from salesgoals_kit.report.listed import listed_from_json
from salesgoals_kit.report.mail import CID_HOST, Letter, compose, cut, letter_of, rep_letter
from salesgoals_kit.report.rep import RepGoal, RepPage, Section
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Money, Name, Rate, say
from tests.mailing import LINK, PAGE, WHEN, keep_the_contract, letters, plain, received, sent, words

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "header": "Central\r\nBcc: all@example.org\r\n\r\n<b>hello</b>",
    "direction": "Evil\u202etxt.exe\u202c \u2066x",
    "long": "A very long name of a team " * 12,
    "one word": "x" * 300,
    "emoji": "🚀👩\u200d👩\u200d👧 Team",
    "polish": "Zespół Łódź, Żółć",
    "arabic": "فريق المبيعات",
    "formula": '=HYPERLINK("http://example.org","click")',
    "entity": "&lt;b&gt; &#x202e; 'quoted' \"twice\"",
    "control": "a\x00b\x1b[31mc\u2028d",
}


@pytest.fixture(scope="session")
def gist() -> Gist:
    hire = say("t.hire", value=Money(40_000))
    return Gist(
        say("t.heading_0"),
        (
            Stand(say("t.revenue"), Money(1_180_000.4), 0.52, say("tracking.state_off_track"), (say("t.plain"),)),
            Stand(say("t.win_rate"), Rate(0.31), 0.44, say("tracking.state_on_track")),
        ),
        (Section("acts", say("mail.heading_acts"), sentences=(hire, say("t.binds", value=Money(90_000)))),),
    )


@pytest.fixture(scope="session")
def rep() -> RepPage:
    cells = ((say("t.revenue"), Money(63_000), Rate(0.4)), (say("t.churn"), Money(64_000), Rate(0.45)))
    columns = (say("t.col", name="month"), say("t.col", name="goal"), say("t.col", name="chance"))
    goal = RepGoal(say("t.revenue"), Money(127_030), "money", 0.4, say("t.plain"))
    table = Section("months", say("t.heading_1"), columns, cells, (), say("t.plain"))
    why = Section("why", say("t.heading_2"), sentences=(say("t.plain"), say("t.hire", value=Money(1))))
    whose = say("t.whose", name=Name("A. Nowak"), value=Money(127_030))
    return RepPage(Owner("Central", "a.nowak"), "A. Nowak", whose, say("t.plain"), (goal,), (table, why))


@pytest.fixture(scope="session")
def whole(report: tuple[NotebookNode, Content], gist: Gist, rep: RepPage) -> Content:
    return replace(report[1], gist=gist, reps=(rep,))


@pytest.fixture(scope="session")
def letter(whole: Content) -> Letter:
    return letter_of(whole, link=LINK)


def test_the_subject_is_the_finding_with_whose_it_is_and_when(letter: Letter) -> None:
    assert letter.subject.startswith("Agree on €1.18M in revenue: an even chance")
    assert letter.subject.endswith("(Central, 2026Q1)")
    assert len(letter.subject) <= 120


def test_a_long_finding_is_shortened_and_keeps_whose_it_is(whole: Content) -> None:
    long = replace(whole, headline=say("t.of", what=say("t.lead", demand=Money(1)), name=Name("x " * 100)))
    subject = letter_of(long).subject
    assert len(subject) <= 120
    assert subject.endswith("… (Central, 2026Q1)")


def test_the_preheader_tells_the_numbers_then_the_lead_and_not_the_subject_again(letter: Letter) -> None:
    assert plain(letter.preheader).startswith("Revenue €1.18M, ■ off track, an even chance · Win rate 31 %, ● on track")
    assert "Agree on" not in letter.preheader
    assert len(letter.preheader) <= 200
    assert letter.html.index(str(letter.preheader[:20])) < letter.html.index("<h1")
    assert re.search(r'<div class="preheader" style="display: none', letter.html)


def test_headline_lead_numbers_chart_acts_link_and_foot_stand_in_this_order(letter: Letter) -> None:
    order = [
        "Agree on €1.18M", "Demand alone would allow", "Preliminary:", "€1,180,000", "Chart:", "What to do",
        "One experienced hire", LINK, "As of 31 December 2025", "You get this mail because",
    ]  # fmt: skip
    places = [plain(letter.text).index(said) for said in order]
    assert places == sorted(places)
    html = " ".join(words(letter.html))
    assert all(said in html for said in order if said not in (LINK, "Chart:"))
    assert f'href="{LINK}"' in letter.html


def test_every_sentence_and_number_of_the_html_stands_in_the_text(whole: Content) -> None:
    for letter in letters(whole):
        text = plain(letter.text)
        said = list(words(letter.html))
        assert len(said) > 15
        assert [one for one in said if one != "•" and one not in text] == []


def test_the_states_are_marked_as_on_the_page(whole: Content, rep: RepPage) -> None:
    marked = ("Preliminary:", "Backfilled:", "not yet calibrated")
    for letter in (letter_of(whole), rep_letter(whole, rep)):
        assert all(mark in letter.text and mark in letter.html for mark in marked)
    clean = letter_of(replace(whole, preliminary=False, backfilled=False, calibrated=True))
    assert not any(mark in clean.text or mark in clean.html for mark in marked)


def test_its_charts_are_the_narrow_pictures_of_the_page(pieces: list[blocks.Block], letter: Letter) -> None:
    figures = [piece for piece in pieces if isinstance(piece, Figure)][:2]
    assert [image.png for image in letter.images] == [base64.b64decode(one.narrow.png) for one in figures]
    assert [image.alt for image in letter.images] == [Texts().text(one.chart.alt) for one in figures]
    assert all(image.width <= 460 for image in letter.images)
    assert all(f'src="cid:{image.name}@{CID_HOST}"' in letter.html for image in letter.images)


def test_a_group_hands_on_its_charts_with_the_heading_they_stand_under(pieces: list[blocks.Block]) -> None:
    (chart,) = pieces[1].charts
    assert (chart.name, chart.title, chart.alt) == ("outlook", say("t.heading_0"), say("t.heading_0"))
    assert chart.png
    assert chart.caption is not None
    again = blocks.group(pieces[1], blocks.heading(Texts(), say("t.heading_1")), pieces[2])
    assert [one.title for one in again.charts] == [say("t.heading_0"), say("t.heading_1")]


def test_content_carries_what_the_mail_needs_through_json(whole: Content) -> None:
    read = content_from_json(whole.as_json())
    assert read == whole
    assert letters(read) == letters(whole)
    assert listed_from_json(whole.as_json()).headline == whole.headline


def test_contents_of_before_there_were_mails_are_still_read_and_told_by_figures_and_lessons(whole: Content) -> None:
    record = json.loads(replace(whole, charts=(Chart("x", say("t.plain")),), reps=()).as_json())
    del record["gist"]
    for name in ("png", "width", "height", "title", "caption"):
        del record["charts"][0][name]
    old = content_from_json(json.dumps(record))
    assert old.gist == NO_GIST
    letter = letter_of(old)
    assert (letter.images, check_contract(sent(letter))) == ((), [])
    text = plain(letter.text)
    assert "• Revenue: €1,144,600 In 2025Q1" in text
    assert "What was learned • Deals close late in the quarter." in text
    assert "What stands out • Business as usual brings" in text


def test_a_report_that_found_nothing_makes_a_mail_too(whole: Content) -> None:
    bare = replace(whole, gist=NO_GIST, figures=(), goals=(), lessons=(), findings=(), charts=(), outlooks=())
    letter = letter_of(bare)
    assert letter.images == ()
    assert check_contract(sent(letter)) == []
    assert "What to do" not in letter.text
    assert letter_of(replace(bare, lessons=(Lesson(say("t.plain")),))).text.count("Deals close late") == 1


def test_a_rep_gets_his_own_goal_weeks_and_reasons_and_no_chart_of_the_team(whole: Content, rep: RepPage) -> None:
    letter = rep_letter(whole, rep, page=PAGE)
    text = plain(letter.text)
    assert letter.subject == "A. Nowak carries €127K (A. Nowak, 2026Q1)"
    assert letter.images == ()
    assert "Revenue | €63K | 40 %" in text
    assert "€127,030" in text
    assert "The whole report is attached: goal_setting.html" in text
    assert "Agree on" not in letter.html + letter.text
    assert letter.attachment == PAGE


def test_numbers_and_money_are_written_by_the_locale(whole: Content) -> None:
    letter = letter_of(replace(whole, locale="pl_PL", currency="PLN"))
    assert "1\u00a0180\u00a0000\u00a0zł" in letter.text
    assert letter.subject.startswith("Agree on 1,18 mln zł in revenue")
    assert check_contract(sent(letter)) == []


def test_a_language_from_the_right_turns_the_mail_round(whole: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Texts, "direction", property(lambda self: "rtl"))
    html = letter_of(whole).html
    assert 'dir="rtl"' in html
    assert 'align="left" valign="top"' in html


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_whatever_a_name_holds_the_mail_keeps_the_contract(whole: Content, rep: RepPage, name: str) -> None:
    said = say("t.whose", name=Name(name), value=Money(1))
    section = Section("acts", said, (say("t.col", name=name),), ((Name(name),),), (said,), said)
    gist = Gist(said, (Stand(said, Name(name), 0.5, said, (said, Name(name))),), (section,))
    his = RepPage(Owner(name, name), name, said, said, (RepGoal(said, Name(name), "money", 0.5, said),), (section,))
    hostile = replace(
        whole,
        owner=Owner(name),
        company=name,
        headline=said,
        lead=said,
        gist=gist,
        reps=(his,),
        lessons=(Lesson(said),),
    )
    keep_the_contract(hostile)
    for letter in letters(hostile):
        message = received(sent(letter))
        assert message["Subject"] == letter.subject
        assert message["Bcc"] is None
        assert not re.search(r"<script|<b>|<img src=x", letter.html)
        assert len(letter.subject) <= 120


def test_a_name_that_looks_like_an_encoded_word_is_read_as_it_is(whole: Content) -> None:
    name = "A =?utf-8?q?=0ABcc:?= B"
    letter = letter_of(replace(whole, owner=Owner(name), headline=say("t.plain")))
    assert letter.subject.isascii()
    assert name in letter.subject
    message = sent(letter)
    assert check_contract(message) == []
    assert received(message)["Subject"] == letter.subject


def test_a_names_marks_of_direction_do_not_reach_the_subject(whole: Content) -> None:
    subject = letter_of(replace(whole, owner=Owner(HOSTILE["direction"]))).subject
    assert not re.search("[\u202a-\u202e]", subject)


@pytest.mark.parametrize(
    "text", ["x" * 50, "a\u0301" * 30, "👩\u200d👩\u200d👧" * 20, "\u2068" + "ف" * 50 + "\u2069 end"]
)
def test_what_is_cut_fits_and_ends_in_no_half_letter(text: str) -> None:
    short = cut(text, 20)
    assert len(short) <= 20
    assert short.rstrip("\u2069").endswith("…")
    assert short.count("\u2068") == short.count("\u2069")
    assert not re.search("\u200d…", short)
    assert cut("short", 20) == "short"


def test_the_message_has_the_parts_and_headers_of_a_mail(letter: Letter) -> None:
    message = received(sent(letter))
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative", "text/plain", "multipart/related", "text/html", "image/png", "image/png",
    ]  # fmt: skip
    assert message["Message-ID"] == "<1@example.org>"
    assert message["Content-Language"] == "en"
    assert message["Auto-Submitted"] == "auto-generated"
    assert "AutoReply" in message["X-Auto-Response-Suppress"]
    assert message["Date"].datetime == WHEN
    body = message.get_body(("plain",))
    assert isinstance(body, EmailMessage)
    assert body.get_content().replace("\r\n", "\n") == letter.text


def test_the_whole_page_is_attached_byte_for_byte(whole: Content) -> None:
    name, data = "Übersicht 2026Q1.html", "<!DOCTYPE html><p>Łódź".encode() * 1000
    message = received(sent(letter_of(whole, page=(name, data))))
    assert message.get_content_type() == "multipart/mixed"
    (part,) = message.iter_attachments()
    assert (part.get_filename(), part.get_payload(decode=True)) == (name, data)
    assert part.get_content_type() == "text/html"


def test_the_same_letter_to_the_same_reader_has_the_same_bytes(letter: Letter) -> None:
    assert sent(letter).as_bytes() == sent(letter).as_bytes()
    other = compose(letter, sender="a@example.org", recipient="b@example.org", message_id="<2@example.org>", when=WHEN)
    assert other.as_bytes() != sent(letter).as_bytes()


def test_everything_sent_is_ascii_in_short_lines_and_the_html_small(whole: Content) -> None:
    for letter in letters(replace(whole, company="Łódź فريق 🚀" * 3)):
        data = sent(letter).as_bytes(policy=SMTP)
        assert data.isascii()
        assert max(map(len, data.split(b"\r\n"))) <= 998
        assert len(letter.html.encode()) < MOST_BYTES / 2


@pytest.mark.parametrize("link", ["javascript:alert(1)", "file:///etc/passwd", "reports/x.html", "https://a b", ""])
def test_a_link_that_is_none_of_the_web_is_refused(whole: Content, link: str) -> None:
    with pytest.raises(SalesGoalsError, match="link"):
        letter_of(whole, link=link)


@pytest.mark.parametrize("name", ["../x.html", "a\r\nb.html", " ", "a/b.html", 'a".html'])
def test_a_file_name_that_is_none_is_refused(whole: Content, rep: RepPage, name: str) -> None:
    with pytest.raises(SalesGoalsError, match="page"):
        rep_letter(whole, rep, page=(name, b""))


@pytest.mark.parametrize("field", ["sender", "recipient", "message_id"])
def test_a_header_of_two_lines_cannot_be_made(letter: Letter, field: str) -> None:
    given = {"sender": "a@example.org", "recipient": "b@example.org", "message_id": "<1@example.org>"}
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        compose(letter, **{**given, field: f"{given[field]}\r\nBcc: all@example.org"}, when=WHEN)


def test_a_time_without_a_zone_is_refused(letter: Letter) -> None:
    with pytest.raises(ValueError, match="time zone"):
        compose(letter, sender="a@b.c", recipient="a@b.c", message_id="<a@b>", when=WHEN.replace(tzinfo=None))


def test_a_page_shows_nothing_of_what_only_the_mail_takes(
    pieces: list[blocks.Block], whole: Content, notebook_of: Callable[..., NotebookNode], stamp: dict[str, str]
) -> None:
    from salesgoals_kit.report.page import page_html

    with_, without = (page_html(notebook_of(*pieces, one), one, stamp) for one in (whole, replace(whole, gist=NO_GIST)))
    assert with_ == without
