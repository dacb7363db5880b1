"""Where things lie: the templates, and the folder of each report. Names from data reach a path only as slugs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from slugify import slugify

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.owners import COMPANY, Owner

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
    names = sorted(set(teams))
    plain = {name: slugify(name, max_length=48) for name in names}
    taken = list(plain.values())
    found = {COMPANY: COMPANY_SLUG}
    for name in names:
        alone = plain[name] and taken.count(plain[name]) == 1
        found[Owner(team=name)] = plain[name] if alone else f"{plain[name] or 'team'}-{_digest(name)}"
    return found


@dataclass(frozen=True)
class ReportPlace:
    """The files of one report: ``<reports>/<period>/<slug>/<template>.…``."""

    folder: Path
    template: str

    def file(self, ending: str) -> Path:
        """Return the report's file with this ending: html, ipynb, json, failed.json."""
        return self.folder / f"{self.template}.{ending}"

    @property
    def seal(self) -> Path:
        """The file that says what the report was made from, and that it is whole."""
        return self.folder / f".{self.template}.seal"


def place_of(reports: Path, period: str, owner: Owner, template: str, names: Mapping[Owner, str]) -> ReportPlace:
    """Return where a report of this owner and period lies."""
    return ReportPlace(reports / period / names[owner], template)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]
