"""README's commands, parameters and templates are the code's; tests/test_docs.py reads it with docs/."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from salesgoals_kit.cli import app
from salesgoals_kit.company import load_company
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


def test_every_parameter_is_in_the_readme_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \|.*\| ?(?:`([^`]*)`)? ?\|$", section("Parameters"), re.MULTILINE)
    known = {**Params.model_fields, **GoalParams.model_fields}
    expected = [(name, "" if field.default is None else str(field.default)) for name, field in known.items()]
    assert rows == expected


def test_every_template_is_in_the_readme() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", section("The notebooks"), re.MULTILINE)) == TEMPLATES


def test_the_example_of_a_company_file_is_a_company_file(tmp_path: Path) -> None:
    example = section("Your own data").split("```yaml\n", 1)[1].split("```", 1)[0]
    assert len(example.splitlines()) <= 10
    (tmp_path / "company.yaml").write_text(example, "utf-8")
    company = load_company(tmp_path / "company.yaml", ["deals"], ["revenue"])
    assert company.sources["deals"].columns["rep"] == "Deal owner"


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_are_targets_of_the_makefile(target: str) -> None:
    assert f"make {target} " in section("Two commands")
    assert f"\n{target}: " in (ROOT / "Makefile").read_text("utf-8")
