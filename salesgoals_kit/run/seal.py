"""The seal of a report: hashes of its files and of all that it was handed, written last.

By it a run tells a whole report from a half one, and one that would come out the same from one that would not.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from salesgoals_kit.files import whole
from salesgoals_kit.run.folders import ReportPlace

# What a report may be made again for; each is also a message of the index, ``report.why_<reason>``.
NEW, FAILED, BROKEN = "new", "failed", "broken"
FORCED, UNCHANGED, CHANGED = "forced", "unchanged", "changed"


@dataclass(frozen=True)
class Seal:
    """What a report was made from, its files' hashes, and whether the ledger holds rows of it."""

    inputs: Mapping[str, str]
    files: Mapping[str, str]
    frozen: bool


def read_seal(place: ReportPlace) -> Seal | None:
    """Return the seal of a report; None where it has none that can be read."""
    try:
        record: dict[str, Any] = json.loads(place.seal.read_text("utf-8"))
        return Seal(dict(record["inputs"]), dict(record["files"]), bool(record["frozen"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_seal(target: Path, inputs: Mapping[str, str], files: Mapping[str, Path], *, frozen: bool) -> None:
    """Write the seal of a report that consists of these files, by their endings."""
    digests = {ending: _digest(file) for ending, file in files.items()}
    with whole(target) as unfinished:
        unfinished.write_text(json.dumps(asdict(Seal(inputs, digests, frozen)), sort_keys=True), "utf-8")


def is_whole(place: ReportPlace, seal: Seal) -> bool:
    """Return whether every file of a report is as it was sealed."""
    try:
        return bool(seal.files) and all(_digest(place.file(ending)) == found for ending, found in seal.files.items())
    except OSError:
        return False


def reason_to_make(place: ReportPlace, inputs: Mapping[str, str], *, in_ledger: bool) -> tuple[str, ...]:
    """Return why a report is to be made: NEW, FAILED, BROKEN, or CHANGED with what changed by name; UNCHANGED if not.

    ``in_ledger``: whether the ledger holds rows of this report; where it has lost them, the report is BROKEN.
    """
    seal = read_seal(place)
    if seal is None:
        if any(place.file(ending).exists() for ending in ("html", "json")):
            return (BROKEN,)
        return (FAILED if place.file("failed.json").exists() else NEW,)
    if not is_whole(place, seal) or (seal.frozen and not in_ledger):
        return (BROKEN,)
    changed = sorted(name for name, found in seal.inputs.items() if inputs.get(name) != found)
    return (CHANGED, *changed) if changed else (UNCHANGED,)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
