"""README's commands, parameters, templates and examples are held to the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from salesgoals_kit.cli import app
from salesgoals_kit.company import Company, load_company
from salesgoals_kit.goals.agreed import load_goals
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.params import TEMPLATES, GoalParams, Params

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def commands(group: Any, prefix: str = "") -> dict[str, str]:
    """Every command with its help's first line."""
    found: dict[str, str] = {}
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found |= commands(command, f"{prefix}{name} ")
        else:
            found[f"{prefix}{name}"] = (command.help or "").splitlines()[0]
    return found


def test_every_command_is_in_the_readme_and_no_other() -> None:
    told = re.findall(r"^salesgoals ((?:[a-z]+ )+) +\S", section("Commands"), re.MULTILINE)
    actual = commands(typer.main.get_command(app))
    assert sorted(name.strip() for name in told) == sorted(actual)
    assert all(actual.values()), "every command says what it does"


def test_every_option_a_readme_line_uses_exists() -> None:
    group: Any = typer.main.get_command(app)
    for line in re.findall(r"salesgoals run [^\n]*", README):
        options = {option for parameter in group.commands["run"].params for option in parameter.opts}
        assert set(re.findall(r"--[a-z-]+", line)) <= options


def test_every_parameter_is_in_the_readme_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ?(?:`([^`]*)`)? ?\|$", section("Parameters"), re.MULTILINE)
    known = {**Params.model_fields, **GoalParams.model_fields}
    expected = [(name, "" if field.default is None else str(field.default)) for name, field in known.items()]
    assert rows == expected


def test_every_template_is_in_the_readme() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", section("The notebooks"), re.MULTILINE)) == TEMPLATES


def test_the_example_of_a_company_file_is_a_company_file(tmp_path: Path) -> None:
    example = section("Your own data").split("```yaml\n", 1)[1].split("```", 1)[0]
    (tmp_path / "company.yaml").write_text(example, "utf-8")
    company = load_company(tmp_path / "company.yaml", ["deals"], ["revenue"])
    assert company.sources["deals"].columns["rep"] == "Deal owner"


def test_the_example_of_a_file_of_goals_is_one(tmp_path: Path) -> None:
    example = section("Your own data").split("```yaml\n", 2)[2].split("```", 1)[0]
    file = tmp_path / "2026Q1.yaml"
    file.write_text(example, "utf-8")
    acme = Company.model_validate({"version": 1, "name": "Acme", "sources": {"deals": {"path": "d.csv"}}})
    goal = load_goals(file, acme, [Owner(team="Central")])[0]
    assert (goal.kpi, goal.value, goal.agreed_by) == ("revenue", 900000, "Ann")


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_are_targets_of_the_makefile(target: str) -> None:
    assert f"make {target} " in section("Two commands")
    assert f"\n{target}: " in (ROOT / "Makefile").read_text("utf-8")


def test_every_file_the_readme_names_is_there() -> None:
    for name in re.findall(r"`((?:params|notebooks|salesgoals_kit)/[\w./]+)`", README):
        example = name.startswith("params/goals/")  # what a user writes
        assert example or (ROOT / name).exists(), name
