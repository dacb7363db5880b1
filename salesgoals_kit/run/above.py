"""What is asked of each team from above, worked out once for all reports of a run and kept in a file.

It depends on all teams' outlooks and on the ledger: the file's name is a hash of what it comes from.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from salesgoals_kit.company import Company
from salesgoals_kit.data.kept import UNREADABLE
from salesgoals_kit.data.notation import from_json, to_json
from salesgoals_kit.data.slices import Slices
from salesgoals_kit.files import whole
from salesgoals_kit.goals.above import Asked, asked_from_above
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.run.work import ABOVE, AGREED, BOOK, CORRECTION, LAST_GOALS, Work
from salesgoals_kit.store.rows import FinalRow, GoalRow

FROM_LEDGER = (AGREED, LAST_GOALS, CORRECTION)


def above_of(work: Work) -> Asked | None:
    """Return what is asked of the owner of a report from above; None for the company, and where nothing is."""
    if work.owner == COMPANY:
        return None
    work.visible.looked_at.add(ABOVE)
    return asked_of_all(work).get(str(work.owner.team))


def asked_of_all(work: Work) -> Mapping[str, Asked]:
    """Return what is asked of each team, from the file or worked out; then it is kept."""
    told = {
        AGREED: digest_of(work.agreed),
        LAST_GOALS: digest_of(*work.last_goals),
        CORRECTION: repr(work.book.correction),
    }
    file = file_of(work.company, work.slices, work.period.name, told)
    kept = read_asked(file)
    if kept is not None:
        return kept
    found = asked_from_above(work.tables, work.period, work.book, work.last_goals, work.agreed)
    with suppress(OSError):  # who cannot write there works it out again
        file.parent.mkdir(parents=True, exist_ok=True)
        with whole(file) as unfinished:
            unfinished.write_text(to_json(found), "utf-8")
    return found


def file_of(company: Company, slices: Slices, period: str, told: Mapping[str, str]) -> Path:
    """Return the file of what is asked for a period, by what the ledger tells (hashes by name)."""
    words = (slices.folder.name, period, *(told[name] for name in FROM_LEDGER))
    return company.store_folder / BOOK / f"above-{hashlib.sha256(repr(words).encode()).hexdigest()}.json"


def read_asked(file: Path) -> dict[str, Asked] | None:
    """Return what is asked of each team as a file has it; None where it cannot be read."""
    with suppress(OSError, *UNREADABLE):
        return dict(from_json(file.read_text("utf-8")))
    return None


def digest_of(goals: Sequence[GoalRow], finals: Sequence[FinalRow] = ()) -> str:
    """Return a hash of goals and final figures; of none, nothing."""
    told = [repr((row.owner, row.period, row.level, row.value)) for row in goals]
    told += [repr((row.owner, row.period, "final", row.value)) for row in finals]
    return hashlib.sha256(repr(told).encode()).hexdigest() if told else ""
