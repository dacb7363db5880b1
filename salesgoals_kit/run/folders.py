"""Where things lie: the templates, and the folder of each report. Names from data reach a path only as slugs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.files import plain_names
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.report.rep import REPS

COMPANY_SLUG = "_company"


def shipped(kind: str, name: str) -> Path:
    """Return a file of ``notebooks`` or ``params``: from the installed package, else from the checkout."""
    package = Path(str(resources.files("salesgoals_kit")))
    for folder in (package / kind, package.parent / kind):
        if (folder / name).is_file():
            return folder / name
    fault = Fault(f"{kind}/{name}", "is not there", todo="install the kit again")
    raise ParamError("A part of the kit is missing.", [fault])


def slugs(teams: Iterable[str]) -> dict[Owner, str]:
    """Return the folder name of the company and of every team; two never share one.

    >>> slugs(["Key Accounts", "../../x"])[Owner(team="../../x")]
    'x'
    """
    return {COMPANY: COMPANY_SLUG, **{Owner(team=name): slug for name, slug in plain_names(teams, "team").items()}}


@dataclass(frozen=True)
class ReportPlace:
    """The files of one report: ``<reports>/<period>/<slug>/<template>.…``."""

    folder: Path
    template: str

    def file(self, ending: str) -> Path:
        """Return the report's file with this ending: html, ipynb, json, failed.json; or a rep's page, reps/….html."""
        return self.folder / (ending if ending.startswith(f"{REPS}/") else f"{self.template}.{ending}")

    @property
    def reps(self) -> Path:
        """The folder of the reps' pages."""
        return self.folder / REPS

    @property
    def seal(self) -> Path:
        """The file that says what the report was made from, and that it is whole."""
        return self.folder / f".{self.template}.seal"


def place_of(reports: Path, period: str, owner: Owner, template: str, names: Mapping[Owner, str]) -> ReportPlace:
    """Return where a report of this owner and period lies."""
    return ReportPlace(reports / period / names[owner], template)
