"""The index: owners by periods by templates, with what is done, what failed and why, and what was not run."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report import index as index_room
from salesgoals_kit.report.content import Content
from salesgoals_kit.report.index import check_folder, write_index
from salesgoals_kit.report.rep import RepPage
from salesgoals_kit.words import Money, Name, say
from tests.browser import Browser, faulty


def done(folder: Path, slug: str, content: Content) -> None:
    place = folder / content.period / slug
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{content.template}.json").write_text(content.as_json(), "utf-8")
    (place / f"{content.template}.html").write_text("page")


def failed(folder: Path, period: str, slug: str, template: str, owner: Owner, error: str) -> None:
    place = folder / period / slug
    place.mkdir(parents=True, exist_ok=True)
    record = {"error": error, "owner": {"team": owner.team, "rep": owner.rep}, "period": period, "template": template}
    (place / f"{template}.failed.json").write_text(json.dumps(record), "utf-8")


def rows(html: str, period: str) -> list[list[str]]:
    """Return the cells of a period's table, without markup."""
    table = re.search(rf'<table[^>]*id="period-{period.lower()}".*?</table>', html, re.DOTALL)
    assert table
    found = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in table[0].split("<tr")[1:]]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in found]


@pytest.fixture
def folder(tmp_path: Path, content: Content) -> Path:
    plain = replace(content, backfilled=False, preliminary=False, calibrated=True, headline=say("t.plain"))
    done(tmp_path, "central", replace(plain, preliminary=True))
    done(tmp_path, "_company", replace(plain, owner=COMPANY))
    done(tmp_path, "central", replace(plain, template="review", period="2025Q4"))
    failed(tmp_path, "2026Q1", "east", "goal_setting", Owner("East"), "DataError: no deals\nand a long tail")
    failed(tmp_path, "2026Q1", "central", "baseline", Owner("Central"), "")
    return tmp_path


def test_every_report_has_its_state(folder: Path) -> None:
    index = write_index(folder)
    assert index == folder / "index.html"
    html = index.read_text("utf-8")
    said = "Deals close late in the quarter."
    early = f"{said} Preliminary: figures may still change, and nothing is scored yet"
    assert rows(html, "2026Q1") == [
        ["For", "What is realistic", "Goals", "Review"],
        ["Acme", "Not run", said, "Not run"],
        ["Central", "Failed: no reason was recorded", early, "Not run"],
        ["East", "Not run", "Failed: DataError: no deals and a long tail", "Not run"],
    ]  # fmt: skip
    assert '<a href="2026Q1/central/goal_setting.html">' in html
    assert "3 reports are done, 2 failed." in html
    assert html.index(">2026Q1<") < html.index(">2025Q4<")  # the latest first


def test_a_report_that_failed_again_is_not_shown_as_done(folder: Path) -> None:
    failed(folder, "2026Q1", "central", "goal_setting", Owner("Central"), "it broke")
    html = write_index(folder).read_text("utf-8")
    assert rows(html, "2026Q1")[2][2] == "Failed: it broke"
    assert "2026Q1/central/goal_setting.html" not in html


def test_what_cannot_be_read_failed_and_does_not_stop_the_index(folder: Path) -> None:
    (folder / "2026Q1" / "east" / "review.json").write_text("{half")
    (folder / "2026Q1" / "west").mkdir()
    (folder / "2026Q1" / "west" / "review.failed.json").write_text("[]")
    (folder / "2025Q4" / "central" / "review.html").unlink()
    html = write_index(folder).read_text("utf-8")
    assert rows(html, "2026Q1")[3][3].startswith("Failed: This is not the content of a report.")
    assert rows(html, "2026Q1")[4][0] == "west"
    assert rows(html, "2026Q1")[4][3].startswith("Failed: review.failed.json cannot be read")
    assert rows(html, "2025Q4")[1][-1] == "Failed: review.html is missing"


def test_reports_in_the_making_are_not_listed(folder: Path) -> None:
    before = write_index(folder).read_text("utf-8")
    (folder / "2026Q1" / "central" / ".review.part.json").write_text("{half")
    assert write_index(folder).read_text("utf-8") == before


def test_the_reports_of_two_companies_are_refused_and_the_index_stays(folder: Path, content: Content) -> None:
    before = write_index(folder).read_bytes()
    done(folder, "other", replace(content, company="Other"))
    with pytest.raises(SalesGoalsError, match="one company"):
        write_index(folder)
    assert (folder / "index.html").read_bytes() == before


def test_hostile_names_and_reasons_stay_text(tmp_path: Path, content: Content) -> None:
    evil = '"><script>alert(1)</script>'
    headline = say("t.whose", name=Name(evil), value=Money(1))
    done(tmp_path, "x", replace(content, owner=Owner(evil), company=evil, headline=headline))
    failed(tmp_path, "2026Q1", "y", "review", Owner("=HYPERLINK(1)"), evil * 100)
    html = write_index(tmp_path).read_text("utf-8")
    assert "<script" not in html
    assert len(re.findall(r"&lt;script", html)) < 20  # the long reason is cut short
    assert "<bdi>=HYPERLINK(1)</bdi>" in html


def test_an_index_without_any_report_can_be_written(tmp_path: Path) -> None:
    assert "0 reports are done, 0 failed." in write_index(tmp_path / "reports").read_text("utf-8")
    failed(tmp_path, "2026Q1", "_company", "review", COMPANY, "no data")
    assert rows(write_index(tmp_path).read_text("utf-8"), "2026Q1")[1] == ["The company", "Failed: no data"]


def test_the_index_loads_nothing_and_is_the_same_twice(folder: Path) -> None:
    html = write_index(folder).read_text("utf-8")
    assert not re.search(r"<(script|link|img|iframe)\b|https?:", html)
    assert write_index(folder).read_text("utf-8") == html


def runs(*reports: tuple[str, str | None, str, list[str]]) -> dict[str, dict[str, object]]:
    """Return the runs of a period with one template: slug, team, state and why of each report."""
    told = {
        slug: {
            "owner": {"team": team, "rep": None},
            "state": state,
            "why": why,
            "finished": "2026-01-05T05:00:00+00:00",
        }
        for slug, team, state, why in reports
    }
    return {"2026Q1": {"goal_setting": {"template": "goal_setting", "reports": told}}}


def test_the_last_run_says_why_each_report_was_made_or_not(folder: Path) -> None:
    told = runs(
        ("_company", None, "made", ["changed", "figures", "goals"]),
        ("central", "Central", "unchanged", ["unchanged"]),
        ("east", "East <b>", "failed", ["new"]),
    )
    html = write_index(folder, told).read_text("utf-8")
    footer = re.sub(r"<[^>]+>", "", html.partition("<footer data-stamp>")[2])
    assert "Goals, 2026Q1: 1 made, 1 unchanged, 1 failed; 5\N{NO-BREAK SPACE}January 2026, 05:00 UTC" in footer
    assert "Made, because this has changed: the figures and the goals in the ledger: Acme" in footer
    assert "Not made again, because nothing that it comes from has changed: Central" in footer
    assert "East &lt;b&gt;" in footer


def test_but_for_that_footer_the_index_is_the_same_whoever_made_it(folder: Path) -> None:
    plain = write_index(folder).read_text("utf-8")
    told = write_index(folder, runs(("central", "Central", "made", ["new"]))).read_text("utf-8")
    before, _, rest = told.partition("<footer data-stamp>")
    lines = (before + rest.partition("</footer>")[2]).split()
    assert lines == plain.split()


@pytest.mark.parametrize(
    "torn", [{}, {"reports": 3}, {"reports": {"a": {}}}, {"reports": {"a": {"why": [], "state": "made"}}}]
)
def test_a_run_that_cannot_be_read_is_left_out(folder: Path, torn: dict[str, object]) -> None:
    assert "data-stamp" not in write_index(folder, {"2026Q1": {"goal_setting": torn}}).read_text("utf-8")


def test_a_run_that_was_stopped_before_its_first_report_is_told_and_one_that_goes_on_is_not(folder: Path) -> None:
    reports = {"west": report("made", "old", "2026-01-28")}
    run = {"run": "new", "made": "2026-01-29T10:00:00+00:00", "ended": "interrupted", "reports": reports}
    html = plain(write_index(folder, {"2026Q1": {"goal_setting": run}}))
    assert "0 made, 0 unchanged, 0 failed; 29 January 2026" in html
    assert "It did not come to its end: interrupted" in html
    html = plain(write_index(folder, {"2026Q1": {"goal_setting": {**run, "ended": None}}}))
    assert "0 made" not in html


def test_a_failure_leads_to_the_notebook_as_far_as_it_came(folder: Path) -> None:
    (folder / "2026Q1" / "east" / "goal_setting.ipynb").write_text("{}", "utf-8")
    html = write_index(folder).read_text("utf-8")
    assert '<a href="2026Q1/east/goal_setting.ipynb">The notebook, as far as it came</a>' in html
    assert html.count("as far as it came") == 1, "where there is none, nothing is linked"


def report(state: str, run: str, day: str) -> dict[str, object]:
    owner = {"team": "East", "rep": None}
    return {"owner": owner, "state": state, "why": ["new"], "finished": f"{day}T10:00:00+00:00", "run": run}


def plain(index: Path) -> str:
    return re.sub(r"<[^>]+>", "", index.read_text("utf-8")).replace("\xa0", " ")


def test_what_the_last_run_did_is_told_of_that_run_alone(folder: Path) -> None:
    reports = {"east": report("failed", "old", "2026-01-02"), "west": report("made", "new", "2026-01-28")}
    runs = {"2026Q1": {"goal_setting": {"run": "new", "ended": "interrupted", "reports": reports}}}
    html = plain(write_index(folder, runs))
    assert "1 made, 0 unchanged, 0 failed; 28 January 2026" in html
    assert "It did not come to its end: interrupted" in html
    runs["2026Q1"]["goal_setting"] |= {"run": "old", "ended": "ended"}
    html = plain(write_index(folder, runs))
    assert "0 made, 0 unchanged, 1 failed; 2 January 2026" in html
    assert "did not come to its end" not in html


def test_whose_a_folder_is_stands_in_the_first_report_that_is_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that another run withdraws while it is looked for, or that cannot be read, says nothing."""
    (folder / "2025Q4" / "central" / "baseline.json").write_text("{")
    listed = [folder / "2025Q4" / "gone" / "review.json", *index_room._files(folder)]
    monkeypatch.setattr(index_room, "_files", lambda _: listed)
    check_folder(folder, "Acme")
    with pytest.raises(SalesGoalsError, match="holds reports of Acme"):
        check_folder(folder, "Beta")


def test_a_folder_that_two_companies_share_is_neither_s(folder: Path, content: Content) -> None:
    done(folder, "central", replace(content, period="2027Q1", company="Beta"))
    for company in ("Acme", "Beta"):
        with pytest.raises(SalesGoalsError, match="holds reports of"):
            check_folder(folder, company)


def test_a_folder_without_reports_is_anybody_s(tmp_path: Path) -> None:
    failed(tmp_path, "2026Q1", "east", "goal_setting", Owner("East"), "no deals")
    check_folder(tmp_path, "Beta")
    check_folder(tmp_path / "not there", "Beta")


def test_the_pages_of_reps_are_linked_by_their_names(tmp_path: Path, content: Content) -> None:
    pages = [
        RepPage(Owner("Central", rep), name, say("t.plain"), say("t.plain"), ())
        for rep, name in (("ann", "Ann <b>Lee"), ("bo.b", "Bob"))
    ]
    done(tmp_path, "central", replace(content, reps=tuple(pages)))
    html = write_index(tmp_path).read_text("utf-8")
    assert '<a href="2026Q1/central/reps/ann.html"><bdi>Ann &lt;b&gt;Lee</bdi></a>, ' in html
    assert '<a href="2026Q1/central/reps/bo-b.html"><bdi>Bob</bdi></a>' in html
    assert html.count("Pages of the reps") == 1


@pytest.fixture
def hundreds(tmp_path: Path, content: Content) -> Path:
    """The reports of sixty teams: three are made, one failed, and a few have another period."""
    plain = replace(content, headline=say("t.plain"))
    for i in range(60):
        for template in ("goal_setting", "baseline", "strategy"):
            done(tmp_path, f"team-{i}", replace(plain, template=template, owner=Owner(f"Team {i}")))
        failed(tmp_path, "2026Q1", f"team-{i}", "tracking", Owner(f"Team {i}"), "the column amount is missing")
    for i in range(3):
        done(tmp_path, f"team-{i}", replace(plain, template="review", period="2025Q4", owner=Owner(f"Team {i}")))
    return write_index(tmp_path)


def test_with_hundreds_of_reports_each_is_a_link_away(hundreds: Path) -> None:
    """What failed is told once for all whom it met, and every owner's row can be jumped to."""
    html = hundreds.read_text("utf-8")
    failures = html[html.index('id="failed"') : html.index("</section>")]
    assert failures.count("the column amount is missing") == 1
    assert failures.count("<bdi>Team ") == 60
    rows_of_period = re.findall(r'<tr role="row" id="(2026q1-[^"]+)">', html)
    assert len(rows_of_period) == len(set(rows_of_period)) == 60
    assert all(f'href="#{row}"' in html for row in rows_of_period)
    assert 'href="#2025q4-' not in html  # few need no links
    assert len(html.encode()) < 200_000


@pytest.mark.service
def test_the_index_of_hundreds_is_whole_readable_and_accessible(hundreds: Path, browser: Browser) -> None:
    assert faulty(browser, hundreds) == {}
    assert browser.ran == []


@pytest.mark.service
def test_hostile_names_neither_run_nor_break_the_index(tmp_path: Path, content: Content, browser: Browser) -> None:
    names = [
        "<script>alert(1)</script>",
        "W" * 300,
        "\u202eevil",
        "a\nb",
        "\u0641\u0631\u064a\u0642",
        "\U0001f680 \u0141\u00f3d\u017a",
        "=1+1",
    ]
    for i, name in enumerate(names):
        headline = say("t.whose", name=Name(name), value=Money(1))
        done(tmp_path, f"x{i}", replace(content, owner=Owner(name), company=names[0], headline=headline))
        failed(tmp_path, "2026Q1", f"x{i}", "review", Owner(name), f"javascript:alert(1) {name}")
    assert faulty(browser, write_index(tmp_path)) == {}
    assert browser.ran == []


def test_no_two_places_of_the_index_have_one_id(tmp_path: Path, content: Content) -> None:
    """A team may be called Company, or 01 North where another is called North."""
    plain = replace(content, headline=say("t.plain"))
    done(tmp_path, "_company", replace(plain, owner=COMPANY))
    done(tmp_path, "company", replace(plain, owner=Owner("Company")))
    done(tmp_path, "north", replace(plain, owner=Owner("North"), period="2026-01"))
    done(tmp_path, "01-north", replace(plain, owner=Owner("01 North"), period="2026"))
    found = re.findall(r' id="([^"]*)"', write_index(tmp_path).read_text("utf-8"))
    assert len(found) == len(set(found)) == 1 + 3 + 4, "reports, the periods and the rows"
