"""What a run did: ``run.json`` beside the reports of a period, and a log of JSON lines while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.files import whole
from salesgoals_kit.run.job import Job

RUN = "run.json"


@dataclass(frozen=True)
class Done:
    """What became of one job: made, unchanged or failed; why it was made or not; what it was handed."""

    job: Job
    state: str
    why: tuple[str, ...]
    inputs: Mapping[str, str]
    seconds: float = 0.0
    times: Mapping[str, float] | None = None
    error: str | None = None
    finished: str = ""

    def as_record(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "owner": {"team": self.job.owner.team, "rep": self.job.owner.rep},
            "state": self.state,
            "why": list(self.why),
            "finished": self.finished,
            "seconds": round(self.seconds, 3),
            "times": {name: round(value, 3) for name, value in (self.times or {}).items()},
            "inputs": dict(self.inputs),
            "error": self.error,
        }


class Log:
    """A file that gets one JSON line for each thing that happens; without a file it says nothing."""

    def __init__(self, path: Path | None) -> None:
        """Raise ParamError where the file cannot be written to."""
        self._path = path
        self.tell("opened")

    def tell(self, event: str, **told: Any) -> None:
        """Add a line: the time in UTC, the event, and what is told of it."""
        if self._path is None:
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"time": moment(), "event": event, **told}, ensure_ascii=False) + "\n")
        except OSError as error:
            fault = Fault(str(self._path), str(error.strerror), "a file that can be written to", "name another: --log")
            raise ParamError("The log cannot be written.", [fault]) from None


def moment() -> str:
    """Return the present moment in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def write_run(folder: Path, about: Mapping[str, Any], done: Iterable[Done]) -> None:
    """Write what a run of a template did into the period's run.json; what others did stands there, too."""
    runs = read_run(folder)
    jobs = {one.job.place.folder.name: {**one.as_record(), "run": about.get("run")} for one in done}
    earlier = runs.get(str(about["template"]), {}).get("reports", {})
    runs[str(about["template"])] = {**about, "reports": {**earlier, **jobs}}
    with whole(folder / RUN) as unfinished:
        unfinished.write_text(json.dumps(runs, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")


def read_run(folder: Path) -> dict[str, Any]:
    """Return what a period's run.json says, by template; nothing of what cannot be read."""
    try:
        found = json.loads((folder / RUN).read_text("utf-8"))
        runs = found if isinstance(found, dict) else {}
    except (OSError, ValueError, RecursionError):
        return {}
    return {
        template: run
        for template, run in runs.items()
        if isinstance(run, dict) and isinstance(run.get("reports"), dict)
    }
