"""What state of the kit is installed: its version, and a hash of its code and words."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path

KINDS = ("py", "toml", "j2", "css", "json")


@cache
def digest_of_kit() -> str:
    """Return a hash of the kit as it is installed: another kit may have other figures, and other words."""
    found = hashlib.sha256(version("salesgoals-kit").encode())
    package = Path(str(resources.files("salesgoals_kit")))
    for file in sorted(file for kind in KINDS for file in package.rglob(f"*.{kind}")):
        found.update(f"{file.relative_to(package)}\n".encode())
        found.update(file.read_bytes())
    return found.hexdigest()
