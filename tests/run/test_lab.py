"""JupyterLab: on copies, never on the templates; and a notebook that runs to its end there and shows its charts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from salesgoals_kit.errors import ParamError
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.run.lab import working_copies
from salesgoals_kit.run.params import TEMPLATES
from tests.run.sample import with_a_part_of_the_sample

CHROMIUM = shutil.which("chromium")
PATIENCE = 600.0  # seconds
RAN = """() => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')];
    const failed = document.querySelector('.jp-RenderedText[data-mime-type*=error]');
    return failed || (prompts.length && prompts.every(prompt => /\\[\\d+\\]/.test(prompt.textContent)));
}"""


def _book(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return found


def _parameters(file: Path) -> str:
    cells = _book(file)["cells"]
    return next("".join(cell["source"]) for cell in cells if "parameters" in cell["metadata"].get("tags", ()))


def test_every_template_is_copied_and_names_the_company_from_there(house: Path, tmp_path: Path) -> None:
    company = house / "params" / "company.yaml"
    told = list(working_copies(tmp_path / "lab", str(company)))
    assert told == [f"{template}.ipynb: copied" for template in sorted(TEMPLATES)]
    for template in TEMPLATES:
        copy, original = tmp_path / "lab" / f"{template}.ipynb", shipped("notebooks", f"{template}.ipynb")
        named = re.search(r'company: str = "(.*?)"', _parameters(copy))
        assert named
        assert (copy.parent / named[1]).resolve() == company.resolve()
        assert _parameters(copy).replace(named[1], "params/company.yaml") == _parameters(original)
        assert [cell["id"] for cell in _book(copy)["cells"]] == [cell["id"] for cell in _book(original)["cells"]]


def test_what_the_analyst_changed_stays_and_an_old_copy_is_told(house: Path, tmp_path: Path) -> None:
    company = str(house / "params" / "company.yaml")
    list(working_copies(tmp_path, company))
    mine = _book(tmp_path / "review.ipynb")
    mine["cells"][0]["source"] = ["# mine"]
    (tmp_path / "review.ipynb").write_text(json.dumps(mine), "utf-8")
    old = _book(tmp_path / "baseline.ipynb")
    old["metadata"]["salesgoals_template"] = "of another day"
    (tmp_path / "baseline.ipynb").write_text(json.dumps(old), "utf-8")
    (tmp_path / "strategy.ipynb").write_text("half", "utf-8")
    (tmp_path / "tracking.ipynb").unlink()
    before = {file.name: file.read_bytes() for file in tmp_path.glob("*.ipynb")}
    told = dict(line.split(": ", 1) for line in working_copies(tmp_path, company))
    assert told["review.ipynb"] == "yours, left as it is"
    assert "the template is another by now" in told["baseline.ipynb"]
    assert "it is no notebook" in told["strategy.ipynb"]
    assert told["tracking.ipynb"] == "copied"
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_the_templates_themselves_are_refused(house: Path, tmp_path: Path) -> None:
    company = str(house / "params" / "company.yaml")
    templates = shipped("notebooks", "review.ipynb").parent
    before = {file.name: file.read_bytes() for file in templates.glob("*.ipynb")}
    (tmp_path / "link").symlink_to(templates)
    (tmp_path / "file").write_text("")
    for folder in (templates, tmp_path / "link", tmp_path / "file"):
        with pytest.raises(ParamError, match="opened as a copy"):
            list(working_copies(folder, company))
    with pytest.raises(ParamError, match="a folder that can be written to"):
        list(working_copies(tmp_path / "file" / "lab", company))
    assert {file.name: file.read_bytes() for file in templates.glob("*.ipynb")} == before


def test_a_company_that_is_not_there_is_said_and_nothing_is_copied(tmp_path: Path) -> None:
    with pytest.raises(ParamError, match="company file is missing"):
        list(working_copies(tmp_path / "lab", "nowhere/company.yaml"))
    assert not (tmp_path / "lab").exists()


@contextmanager
def _lab(house: Path) -> Iterator[tuple[str, Path]]:
    """Open JupyterLab as a user does, and give its address and the folder of the copies."""
    folder, log = house / "lab", house / "lab.log"
    code = "from salesgoals_kit.cli import main; main()"
    arguments = ["lab", "--to", str(folder), "--no-browser", "--allow-root", "--port=0"]
    own = {"JUPYTERLAB_SETTINGS_DIR": str(house / "settings"), "JUPYTER_RUNTIME_DIR": str(house / "runtime")}
    with log.open("w") as told:
        server = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], cwd=house, stdout=told, stderr=told, env={**os.environ, **own}
        )
        try:
            yield _address(log, server), folder
        finally:
            server.terminate()
            with suppress(subprocess.TimeoutExpired):
                server.wait(30)  # one that is still starting a kernel does not heed it
            server.kill()
            server.wait(30)


def _address(log: Path, server: subprocess.Popen[bytes]) -> str:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        found = re.search(r"http://(?:127\.0\.0\.1|localhost):\d+/lab\?token=\w+", log.read_text())
        if found:
            return found[0]
        time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.mark.service
def test_goal_setting_runs_to_its_end_in_jupyterlab_and_shows_its_charts(house: Path) -> None:
    """Also that nothing of it is frozen, and that the template stays as it was."""
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is not installed, and under CI=true it must be.")
        pytest.skip("Chromium is not installed (Debian: apt install chromium).")
    from playwright.sync_api import sync_playwright

    with_a_part_of_the_sample(house)
    template = shipped("notebooks", "goal_setting.ipynb").read_bytes()
    with _lab(house) as (address, folder), sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(address.replace("/lab?", "/lab/tree/goal_setting.ipynb?"))
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.locator(".jp-MarkdownCell h1", has_text="Goals").first.wait_for()
        assert "Run All Cells" in page.locator(".jp-MarkdownCell").first.inner_text()
        page.locator("#jp-main-statusbar", has_text="| Idle").wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(RAN)
        assert (
            page.locator(
                "[data-mime-type='application/vnd.jupyter.error'], .jp-RenderedText[data-mime-type*=error]"
            ).count()
            == 0
        )
        pictures = page.locator(".jp-OutputArea .sg figure img")
        assert pictures.count() >= 3
        for i in range(pictures.count()):
            assert pictures.nth(i).evaluate("e => e.decode().then(() => e.naturalWidth)") > 300
            assert pictures.nth(i).get_attribute("alt")
        tables = page.locator(".jp-OutputArea .sg table.sg-table")
        assert tables.first.evaluate("e => getComputedStyle(e.querySelector('td')).textAlign") == "right"
        assert [
            url for url in asked if not re.match(r"(https?|wss?)://(127\.0\.0\.1|localhost)[:/]|data:|blob:", url)
        ] == []
        browser.close()
        assert (folder / "goal_setting.ipynb").is_file()
    assert shipped("notebooks", "goal_setting.ipynb").read_bytes() == template
    assert not list((house / ".salesgoals").glob("*.db"))
