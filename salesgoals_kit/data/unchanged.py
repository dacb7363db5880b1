"""Whether the sources are as they were when a snapshot was made of them: then they need not be read again."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.data.manifest import FORMAT, digest_of
from salesgoals_kit.files import whole
from salesgoals_kit.state import digest_of_kit

KNOWN = "sources"


def digest_of_sources(company: Company) -> str | None:
    """Return a hash of all that a snapshot is a function of: the files' bytes, the company file, the kit.

    None where a file cannot be read: reading it in earnest says why.
    """
    sources = {**company.sources, **company.helpers}
    shaping = company.model_dump_json(exclude={"reports", "store", "mail", "schedule", "plan", "objectives"})
    found = hashlib.sha256(f"{FORMAT} {digest_of_kit()} {shaping}".encode())
    try:
        with ThreadPoolExecutor() as pool:
            digests = pool.map(lambda source: digest_of((company.folder / source.path).resolve()), sources.values())
            for title, digest in sorted(zip(sources, digests, strict=True)):
                found.update(f"{title} {digest}".encode())
    except OSError:
        return None
    return found.hexdigest()


def known_snapshot(company: Company, sources: str | None) -> str | None:
    """Return the snapshot that was made of these sources; None where it is not known."""
    try:
        record = json.loads(_file(company, sources).read_text("utf-8")) if sources else {}
        return str(record["snapshot"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def remember(company: Company, sources: str | None, snapshot: str) -> None:
    """Remember which snapshot was made of these sources."""
    if sources is not None:
        file = _file(company, sources)
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as unfinished:
            unfinished.write_text(json.dumps({"snapshot": snapshot}), "utf-8")


def _file(company: Company, sources: str) -> Path:
    return company.store_folder / KNOWN / f"{sources[:32]}.json"
