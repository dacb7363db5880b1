"""README and docs/ are held to the code: commands are typed, snippets run, links lead somewhere, tables are whole."""

from __future__ import annotations

import ast
import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from salesgoals_kit.cli import app
from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.errors import ParamError
from salesgoals_kit.goals.agreed import load_goals
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.definitions import definitions
from salesgoals_kit.run.mail_server import VARIABLE as MAIL_SERVER
from salesgoals_kit.run.mail_server import mail_server
from salesgoals_kit.run.params import GoalParams, Params
from salesgoals_kit.sources import Read, Source
from salesgoals_kit.store.engine import VARIABLE
from salesgoals_kit.translation import CATALOGUES, bring_up_to_date
from salesgoals_kit.words import SOURCE, files_of

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PAGES = (README, *sorted((ROOT / "docs").glob("*.md")))
BASE = "version: 1\nname: Acme\nsources: {deals: {path: d.csv}}\nteams: [{name: Central}]\n"
WORDS_A_MINUTE = 238  # silent reading of English prose: Brysbaert 2019
DEALS = 200
CHEAP = (
    "check",
    "metrics",
    "schema",
    "goals check",
    "goals list",
    "schedule",
    "send --dry-run",
    "send --to",
    "send --status",
)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str
    heading: str

    def __str__(self) -> str:
        return f"{self.page}: {self.heading}"


def blocks() -> list[Block]:
    found = []
    for page in PAGES:
        parts = re.split(r"^```(\w*)\n(.*?)^```$", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        heading = ""
        for i in range(0, len(parts) - 1, 3):
            heading = (re.findall(r"^#+ (.+)$", parts[i], re.MULTILINE) or [heading])[-1]
            found.append(Block(page.name, parts[i + 1], parts[i + 2], heading))
    return found


def in_language(language: str) -> list[Block]:
    return [block for block in blocks() if block.language == language]


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


def typed() -> Iterator[str]:
    """Give every command of the kit that stands in a block as it would be typed, without the program's name."""
    for block in in_language(""):
        if block.heading == "Commands":
            continue
        for line in block.text.splitlines():
            told = re.split(r"\s# |^# ", line)[0]
            for said in re.findall(r"(?<![\w./\"-])(?:[\w./]*\.venv/bin/)?salesgoals ([^|)&>\n]*)", told):
                yield said.strip()


def named() -> Iterator[str]:
    """Give every command of the kit that is named in running text."""
    for page in PAGES:
        yield from re.findall(r"`(?:\.venv/bin/)?salesgoals ([^`|>]+)`", prose(page))


def command_of(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that some words name, and the words after it."""
    found: Any = typer.main.get_command(app)
    while words and hasattr(found, "commands") and words[0] in found.commands:
        found, words = found.commands[words[0]], words[1:]
    return found, words


@pytest.mark.parametrize("line", sorted(set(typed())))
def test_every_line_that_is_to_be_typed_is_understood(line: str) -> None:
    command, words = command_of(shlex.split(line))
    assert not hasattr(command, "commands"), f"{line}: there is no such command"
    with command.make_context(command.name, words):
        pass  # options, arguments and their types are read, and nothing is done


@pytest.mark.parametrize("said", sorted(set(named())))
def test_every_command_that_is_named_is_there_with_its_options(said: str) -> None:
    command, words = command_of(said.split())
    assert hasattr(command, "callback") and (not hasattr(command, "commands") or not words), said
    options = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options | {"--help"}, said


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the company and the mail of docs/, and thirteen months of deals as its file declares them."""
    made = tmp_path_factory.mktemp("acme")
    text = next(
        block.text for block in in_language("yaml") if "../exports/deals.csv" in block.text and "read:" in block.text
    )
    mail = next(
        block.text for block in in_language("yaml") if block.page != README.name and block.text.startswith("mail:")
    )
    for name in ("params", "acme"):
        (made / name).mkdir()
        (made / name / "company.yaml").write_text(text + mail, "utf-8")
    (made / "exports").mkdir()
    head = "Record ID;Deal Stage;Deal owner;Team;Amount;Create Date;Close Date"
    rows = [row(i, date(2024, 11, 20) + timedelta(days=2 * i)) for i in range(DEALS)]
    (made / "exports" / "deals.csv").write_text("\n".join([head, *rows, ""]), "cp1252")
    return made


def row(i: int, day: date) -> str:
    stage = ("Closed Won", "Closed Lost", "Closed Won", "Closed Lost", "Closed Lost")[i * 7 % 5]
    closed = day + timedelta(days=20 + i % 9)
    return f"{i};{stage};Jörg Öz;Central;{1000 + 37 * (i % 11)},50;{day:%d.%m.%Y};{closed:%d.%m.%Y}"


def run(folder: Path, line: str, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.chdir(folder)
    for name in (VARIABLE, MAIL_SERVER):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, shlex.split(line))
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def cheap() -> list[str]:
    plain = {line for line in typed() if line.startswith(CHEAP) and "FILE" not in line}
    return sorted({*plain, "lab --help", "due --dry-run", "metrics win_rate", "metrics --json", "goals list --json"})


@pytest.mark.parametrize("line", cheap())
def test_what_is_cheap_is_done(line: str, folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code, said = run(folder, line.replace("~", str(tmp_path)), monkeypatch)
    assert code == (3 if line.startswith("goals check") else 0), said
    assert said.strip()


def test_what_sends_mail_asks_for_the_server_that_the_docs_name(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ParamError, match=MAIL_SERVER):
        run(folder, "send", monkeypatch)
    secrets = (ROOT / "docs" / "operations.md").read_text("utf-8").split("\n## Secrets\n", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^\| `(\w+)`", secrets, re.MULTILINE) == [VARIABLE, MAIL_SERVER]
    for address in re.findall(r"`(smtps?://[^`]+)`", secrets):
        assert mail_server({MAIL_SERVER: address}).user == "user"


def test_a_check_of_the_smallest_company_keeps_all_of_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, said = run(folder, "check", monkeypatch)
    assert f"deals: {DEALS} rows read, {DEALS} kept, 0 rejected" in said
    assert "teams: Central" in said and "warning" not in said


@pytest.mark.parametrize("block", in_language("yaml"), ids=str)
def test_every_yaml_is_a_company_file_or_a_part_of_one_or_goals(block: Block, tmp_path: Path) -> None:
    file = tmp_path / "2026Q1.yaml"
    whole = block.text.startswith("version: 1\n")
    file.write_text(block.text if whole else BASE + block.text, "utf-8")
    if re.search(r"^goals:", block.text, re.MULTILINE):
        goal = load_goals(file, base(tmp_path), [Owner(team="Central")])[0]
        assert (goal.kpi, goal.value, goal.agreed_by) == ("revenue", 900000, "Ann")
        return
    company = load_company(file, list(TABLES), list(CATALOGUE))
    told = set(re.findall(r"^(\w+):", block.text, re.MULTILINE))
    assert told <= company.model_fields_set


def base(folder: Path) -> Company:
    file = folder / "company.yaml"
    file.write_text(BASE, "utf-8")
    return load_company(file, list(TABLES), list(CATALOGUE))


def test_the_example_of_an_outlook_runs(capsys: pytest.CaptureFixture[str]) -> None:
    example = next(block.text for block in in_language("python") if "fit_outlook" in block.text)
    exec(compile(example, "docs", "exec"), {})
    chance, goal = (float(word) for word in capsys.readouterr().out.splitlines()[0].split())
    assert 0 <= chance <= 1 and 5e5 < goal < 2e6


def test_what_other_schedulers_are_handed_are_parameters_of_the_notebooks() -> None:
    airflow = next(block.text for block in in_language("python") if "PapermillOperator" in block.text)
    given = next(
        word for word in ast.walk(ast.parse(airflow)) if isinstance(word, ast.keyword) and word.arg == "parameters"
    )
    assert isinstance(given.value, ast.Dict)
    names = {ast.literal_eval(key) for key in given.value.keys if key is not None}
    job = json.loads(in_language("json")[0].text)
    assert (ROOT / job["input_uri"]).exists()
    assert names | set(job["parameters"]) <= {*Params.model_fields, *GoalParams.model_fields}
    assert set(re.findall(r"-p (\w+)", README.read_text("utf-8"))) <= set(GoalParams.model_fields)


def slug(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> list[str]:
    return [slug(heading) for heading in re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)]


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    assert len(set(anchors(page))) == len(anchors(page)) or page.name == "CHANGELOG.md"
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        url = urlsplit(target)
        if url.scheme:
            assert url.scheme == "https" and "." in url.netloc, target
            continue
        file = page.parent / url.path if url.path else page
        assert file.is_file(), target
        assert not url.fragment or url.fragment in anchors(file), target


def test_every_page_of_docs_is_linked_from_the_readme() -> None:
    assert {page.name for page in PAGES[1:]} <= set(re.findall(r"\(docs/([\w-]+\.md)", README.read_text("utf-8")))


def test_the_readme_is_five_minutes_reading() -> None:
    text = re.sub(r"^\|.*$", "", prose(README), flags=re.MULTILINE)
    assert len(text.split()) <= 5 * WORDS_A_MINUTE


def test_the_picture_is_of_a_page_and_small() -> None:
    file = ROOT / "docs" / "report.png"
    with Image.open(file) as picture:
        assert 1000 <= picture.width <= 1600 and picture.format == "PNG"
    assert file.stat().st_size < 200_000
    alt = re.findall(r"!\[([^\]]+)\]\(docs/report\.png\)", README.read_text("utf-8"))
    assert len(alt) == 1 and len(alt[0]) > 40, "the picture is told in words"


def test_the_definitions_are_those_of_the_catalogue() -> None:
    committed = (ROOT / "docs" / "definitions.md").read_text("utf-8")
    assert committed == definitions(), "make docs writes it again"
    for name, kpi in CATALOGUE.items():
        assert f"\n### {name}\n" in committed and f"**Source**: {kpi.source}." in committed


def first_cells(page: str, heading: str) -> list[str]:
    """Return the names in the first column of the tables under a heading."""
    text = (ROOT / "docs" / page).read_text("utf-8").split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [
        name for cell in re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)
    ]


def test_every_key_of_the_company_file_is_told_and_no_other() -> None:
    assert sorted(first_cells("own-data.md", "The company file")) == sorted({*Company.model_fields} - {"folder"})
    assert first_cells("own-data.md", "How a file is read") == [
        *Read.model_fields,
        *(name for name in Source.model_fields if name not in ("path", "read")),
    ]


def test_the_defaults_of_the_company_file_are_those_of_the_model() -> None:
    text = (ROOT / "docs" / "own-data.md").read_text("utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \|.*\| `?([^`|\n]*?)`? \|$", text, re.MULTILINE))
    plain = ("currency", "locale", "language", "timezone", "store", "reports", "revenue", "settle_days", "replan_below")
    for name in (*plain, "fiscal_year_starts", "discount_rate"):
        assert told[name] == str(Company.model_fields[name].default), name
    assert told["churn"] == str(Company.model_fields["churn"].default.pause_days)
    assert told["cycle"] == str(Company.model_fields["cycle"].default.horizon_days)
    chances = Company.model_fields["chances"].default
    assert told["chances"] == ", ".join(str(chance) for chance in chances.model_dump().values())


def cells_of(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_readmes_figures_are_those_of_the_statistics() -> None:
    measured = (ROOT / "docs" / "statistics.md").read_text("utf-8")
    readme = README.read_text("utf-8").split("\n## How the chances are made\n", 1)[1].split("\n## ", 1)[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in re.findall(r"^\| \w.*$", readme, re.MULTILINE)
    ]
    told = [cells for cells in rows if re.search(r"\d", cells[-1])]
    assert len(told) >= 8
    for cells in told:
        source = next(line for line in measured.splitlines() if line.startswith(f"| {cells[0]} |"))
        there = cells_of(source)
        assert {cell.removesuffix(" %") for cell in cells} <= {cell.removesuffix(" %") for cell in there}, cells[0]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_programs_and_targets_that_are_named_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    for name in re.findall(r"`((?:params|notebooks|salesgoals_kit|tests)/[\w./]+)", text):
        own = name.startswith("params/goals/") or "/catalogues/de" in name  # what a user writes
        assert own or (ROOT / name).exists(), name
    for name in re.findall(r"`((?:forecast|goals|kpis|follow|insight)/\w+\.py)`", text):
        assert (ROOT / "salesgoals_kit" / name).exists(), name
    for program, options in re.findall(r"`(tests/benchmarks/\w+\.py)([^`]*)`", text):
        code = (ROOT / program).read_text("utf-8")
        assert all(f'"{option}"' in code for option in re.findall(r"--[\w-]+", options)), (program, options)
    targets = set(re.findall(r"(?:^|`)make (\w+)", text, re.MULTILINE))
    assert targets <= set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert not re.findall(r"(?<![\w.])/(?:work|tmp|home|root)\b", text), "no paths of a machine"


def test_another_language_is_made_as_the_readme_says(tmp_path: Path) -> None:
    code = re.findall(r"python -m salesgoals_kit\.translation (\w+)`", README.read_text("utf-8"))[0]
    assert f"language: {code}`" in README.read_text("utf-8")
    assert len(bring_up_to_date(code, tmp_path)) == len(files_of(SOURCE))
    assert not (CATALOGUES / code).exists()
