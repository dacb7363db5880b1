"""The whole demo, searched for what a team or a rep is not to read of others.

python -m tests.campaign.isolation
python -m tests.campaign.isolation --at demo/reports     (reports of the sample company that are there)
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import pytest

from salesgoals_kit.data.sample import LAST_DAY, sample_tables
from salesgoals_kit.run.demo import MIDDLE, make_demo
from tests.isolation import Figures, Look, crowd_of, search
from tests.run.cells import collected, executed

DAYS = {"tracking": MIDDLE}
TEMPLATES = {"baseline", "goal_setting", "strategy", "tracking", "review"}


def main() -> int:
    """Make the demo unless there is one, search it, and print; 1 where anything is found or a report is lacking."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--at", type=Path, help="A folder of reports.")
    given = asked.parse_args()
    if given.at is not None:
        return searched(given.at)
    with tempfile.TemporaryDirectory(prefix="sg-isolation-") as folder:
        index, failed = make_demo(Path(folder), jobs=2, show=lambda done, total, what: print(what, flush=True))
        return searched(index.parent) + drawn(Path(folder) / "params" / "company.yaml") + failed


def searched(reports: Path) -> int:
    """Print what is found, and how much was searched."""
    crowd = crowd_of(sample_tables())
    hits = search(reports, crowd)
    print(*hits, sep="\n")
    made = {(file.parent.name, file.stem) for file in reports.glob("*/*/*.json")}
    lacking = [f"{team} has no {template}" for team in crowd.teams for template in TEMPLATES
               if (team.lower().replace(" ", "-"), template) not in made]  # fmt: skip
    print(*lacking, sep="\n")
    print(f"{len(hits)} found in the reports of {len(crowd.teams)} teams, {len(crowd.called)} people")
    return int(bool(hits or lacking))


def drawn(company: Path) -> int:
    """Print what the charts of teams name of others: every template's, each for another team, run here."""
    crowd, wrong = crowd_of(sample_tables()), 0
    for number, template in enumerate(sorted(TEMPLATES)):
        team = sorted(crowd.teams)[number % len(crowd.teams)]
        with pytest.MonkeyPatch.context() as patch:
            written = collected(patch)
            executed(template, company, team=team, as_of=DAYS.get(template, LAST_DAY.isoformat()))
        look = Look(crowd.strangers(team), crowd.foreign(team), Figures({}), set())
        hits = list(look.at(f"the charts of {template} of {team}", written))
        print(*hits, f"{len(hits)} found in {len(written)} texts of the charts of {template} of {team}", sep="\n")
        wrong += len(hits) + (not written)
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main()))
