"""What state of the kit is installed: its version, and a hash of its code and words."""

from __future__ import annotations

import hashlib
import platform
import re
from contextlib import suppress
from functools import cache
from importlib import resources
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

KINDS = ("py", "toml", "j2", "css", "json")
NAME = re.compile(r"[\w.-]+")


@cache
def digest_of_kit() -> str:
    """Return a hash of the kit as it is installed, with the packages that it is made of.

    Another kit, or another version of what it stands on, may have other figures, other words and other charts.
    """
    found = hashlib.sha256(repr((version("salesgoals-kit"), _packages())).encode())
    package = Path(str(resources.files("salesgoals_kit")))
    for file in sorted(file for kind in KINDS for file in package.rglob(f"*.{kind}")):
        found.update(f"{file.relative_to(package)}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()


def _packages() -> dict[str, str]:
    """Return the versions of Python and of what the kit cannot do without."""
    found = {"python": platform.python_version()}
    for requirement in requires("salesgoals-kit") or ():
        name = NAME.match(requirement)
        if name and "extra ==" not in requirement:
            with suppress(PackageNotFoundError):  # not needed on this system
                found[name[0]] = version(name[0])
    return found
