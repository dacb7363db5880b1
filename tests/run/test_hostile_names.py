"""Names that would run, escape or leave their folder, and owners with little or nothing: the run still stands."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest

from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.making import Result
from salesgoals_kit.run.record import Done
from tests.browser import Browser, broken, sideways

SCRIPT, CLIMBING, IDLE = "<script>alert(1)</script>", "../../x", "Idle"
REPS = (
    "rep <img src=x onerror=alert(1)>",
    "javascript:alert(1) \u202egnp.exe",
    "Wojciech Brz\u0119czyszczykiewicz \u0645\u062d\u0645\u062f \u0639\u0644\u064a \U0001f680",
    "R" * 300,
    "&lt;b&gt; &amp;amp; &#60;script&#62;",
)
FORMULA = '=HYPERLINK("http://example.org","click")'


def quietly(done: int, total: int, what: str) -> None:
    """Show nothing."""


def write(file: Path, rows: list[dict[str, object]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Goal setting for a team named like a script, one like a path, one without a deal, and the company."""
    folder = tmp_path_factory.mktemp("hostile")
    deals: list[dict[str, object]] = []
    for i in range(400):
        created = date(2023, 1, 1) + timedelta(days=2 * i)
        deals.append(
            {
                "deal_id": i,
                "status": "won" if i % 3 else "lost",
                "created_at": created,
                "closed_at": created + timedelta(days=20 + i % 30),
                "amount": 1000 + 10 * (i % 50),
                "team": SCRIPT if i % 2 else CLIMBING,
                "rep": REPS[i % len(REPS)],
                "account_id": FORMULA if i % 5 == 0 else f'<b>&"{i}',
            }
        )
    write(folder / "deals.csv", deals)
    teams = "".join(f"  - {{name: '{name}'}}\n" for name in (SCRIPT, CLIMBING, IDLE))
    sources = "sources: {deals: {path: deals.csv}}\nstore: store\nreports: reports\n"
    (folder / "company.yaml").write_text(f'version: 1\nname: A <b>&" company\n{sources}teams:\n{teams}', "utf-8")
    request = Request(str(folder / "company.yaml"), "goal_setting", "2025Q3", as_of="2025-03-31")
    return run_request(request, 2, quietly)


def content(one: Done) -> Content:
    return content_from_json(one.job.place.file("json").read_text("utf-8"))


def test_every_owner_gets_a_page_one_without_a_deal_too(ran: Result) -> None:
    assert [outcome.error for outcome in ran.outcomes] == [None] * 4
    idle = next(outcome for outcome in ran.outcomes if outcome.job.owner.team == IDLE)
    said = content(idle)
    assert said.headline.id == "setting.headline"
    assert {outlook["method"] for outlook in said.outlooks} == {"borrowed"}
    assert {outlook["notes"][0]["id"] for outlook in said.outlooks} == {"forecast.newcomer"}


def test_names_reach_paths_only_as_slugs(ran: Result) -> None:
    reports = ran.index.parent
    folders = {outcome.job.owner.team: outcome.job.place.folder for outcome in ran.outcomes}
    assert {folder.parent for folder in folders.values()} == {reports / "2025Q3"}
    assert len({folder.name for folder in folders.values()}) == 4
    assert not (reports.parent.parent / "x").exists()


def test_nothing_from_data_runs_or_breaks_a_page(ran: Result) -> None:
    pages = [outcome.job.place.file("html") for outcome in ran.outcomes]
    for page in [*pages, ran.index]:
        text = page.read_text("utf-8")
        assert "<script" not in text
        assert "<img src=x" not in text
        assert "A <b>" not in text
    hostile = next(outcome for outcome in ran.outcomes if outcome.job.owner.team == SCRIPT)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in hostile.job.place.file("html").read_text("utf-8")


def test_a_part_period_is_never_measured_against_a_whole_one(ran: Result) -> None:
    """As of 31 March 2025 the year 2025 is a part year; every outlook's history ends with a whole month."""
    whole = next(outcome for outcome in ran.outcomes if outcome.job.owner.team is None)
    revenue = next(record for record in content(whole).outlooks if record["kpi"] == "revenue")
    # January 2023 (first win: 3 January + 21 days, so from February on) to March 2025 whole: 26 months
    assert revenue["history_months"] == 26


@pytest.mark.service
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_runs_in_a_browser_and_no_layout_breaks(browser: Browser, ran: Result, width: int) -> None:
    pages = sorted(ran.index.parent.glob("*/*/*.html")) + sorted(ran.index.parent.glob("*/*/reps/*.html"))
    assert len(pages) >= 4 + len(REPS)
    assert {page.name: found for page in pages if (found := browser.look(page, broken, width=width))} == {}
    assert browser.look(ran.index, sideways, width=width) <= 0
    assert browser.ran == []
