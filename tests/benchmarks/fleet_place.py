"""Where a benchmark of many reports takes place, and which reports it makes."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from salesgoals_kit.data.sample import LAST_DAY
from salesgoals_kit.store.engine import VARIABLE
from tests.benchmarks.fleet_company import make_fleet

MADE = ("store", "reports", "loop")  # all that a run leaves behind
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Asked:
    """One template for all owners: what `salesgoals run` is called with."""

    template: str
    period: str
    as_of: str


_END = LAST_DAY.isoformat()
ASKED = {
    "goal_setting": Asked("goal_setting", "2026Q1", _END),
    "baseline": Asked("baseline", "2026Q1", _END),
    "review": Asked("review", "2025Q4", _END),
}
# the demo's, in its order: the review has goals to review
ALL = (Asked("goal_setting", "2025Q4", "2025-09-30"), ASKED["review"], ASKED["baseline"], ASKED["goal_setting"])


def asked_for(names: str) -> tuple[Asked, ...]:
    """Return what the words of ``--reports`` ask for; ``all`` is what the demo makes.

    Raises ValueError where a name is no template's.
    """
    if names == "all":
        return ALL
    unknown = [name for name in names.split(",") if name not in ASKED]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is none of {', '.join(ASKED)}, all")
    return tuple(ASKED[name] for name in names.split(","))


@dataclass(frozen=True)
class Fleet:
    """A company with many teams in a folder of its own."""

    company: Path
    teams: tuple[str, ...]

    @property
    def folder(self) -> Path:
        """Where its data, store and reports lie."""
        return self.company.parent

    @property
    def owners(self) -> tuple[str | None, ...]:
        """The company as a whole, which is None, and every team."""
        return (None, *self.teams)

    def clear(self) -> None:
        """Forget every snapshot, outlook, ledger and report: the next run starts cold."""
        for name in MADE:
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def pages(self) -> list[Path]:
        """Return the reports' pages there are, the index apart."""
        return sorted((self.folder / "reports").glob("*/*/*.html"))


def fleet_in(folder: Path, teams: int, thin: bool | None = None) -> Fleet:
    """Return the fleet of so many teams; its data is made if it is not there."""
    company = make_fleet(folder.resolve(), teams, thin=thin)
    listed = (company.parent / "data" / "teams.csv").read_text("utf-8").splitlines()
    return Fleet(company, tuple(line.split(",")[0] for line in listed[1:]))


def surroundings() -> dict[str, str]:
    """Return a command's environment: the venv's commands are found first, and the ledger is the fleet's own."""
    own = {name: value for name, value in os.environ.items() if name != VARIABLE}
    return own | {"PATH": f"{BIN}{os.pathsep}{own.get('PATH', '')}"}
