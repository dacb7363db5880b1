"""What the help of `salesgoals goals check` shows is understood."""

from __future__ import annotations

from datetime import date

import pytest
from typer.testing import CliRunner

from salesgoals_kit.cli import app
from salesgoals_kit.company import Company
from salesgoals_kit.goals.clock import Clock
from salesgoals_kit.goals.plain import parse_goal
from salesgoals_kit.owners import Owner
from salesgoals_kit.run.asking import FORMS

ACME = Company.model_validate(
    {
        "version": 1,
        "name": "Acme",
        "sources": {"deals": {"path": "d.csv"}},
        "objectives": [{"id": "grow", "kpi": "revenue"}],
    }
)
OWNERS = [Owner("North"), Owner(rep="ann.lee")]
WITH = {  # what makes a goal of each kind of part
    "whose": "{} win rate +5pp",
    "what": "{} in 2026",
    "how much": "MRR {}",
    "against": "MRR +2 % in 2026Q2 {}",
    "by when": "MRR +2 % {}",
    "how": "MRR +2 % {}",
    "and": "MRR +2 % {}",
}
INSTEAD = {"-5 days": "sales cycle", "+5pp": "win rate", "at least 45 %": "win rate", "from 20 % to 25 %": "win rate"}
INSTEAD |= {"below 2 %": "monthly churn"}


def _parts() -> list[str]:
    """Return a goal for every form in the help."""
    kind, found = "", []
    for line in FORMS.split("\b")[1].splitlines()[2:]:
        kind = line[:12].strip() or kind
        forms = line[12:].replace(" or ", ", ").split(", " if kind == "what" else " | ")
        for form in (form.strip(" ,") for form in forms):
            words = {"gross": "gross revenue retention"}.get(form, form).replace("qualified", "qualified leads")
            if words and words not in ("leads", "through …", "with …"):
                said = WITH[kind].format(words.replace("…", ""))
                found.append(said.replace("MRR", INSTEAD.get(words, "MRR")))
    return found


EXAMPLES = [line.strip() for line in FORMS.split("\b")[2].splitlines() if line.startswith("  ")]


@pytest.mark.parametrize("written", [*EXAMPLES, *_parts()])
def test_every_form_in_the_help_is_understood(written: str) -> None:
    assert parse_goal(written, ACME, Clock(date(2025, 12, 31)), owners=OWNERS).kpi


def test_the_examples_are_whole_and_the_help_shows_them() -> None:
    assert len(EXAMPLES) == 5
    for written in EXAMPLES:
        goal = parse_goal(written, ACME, Clock(date(2025, 12, 31)), owners=OWNERS)
        assert goal.has_number
        assert goal.period is not None
        assert goal.initiative is not None
    shown = CliRunner().invoke(app, ["goals", "check", "--help"]).output
    assert all(written in shown for written in EXAMPLES)
