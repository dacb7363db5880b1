"""What the last run of each template and period did: which reports it made and which not, and why, for the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from salesgoals_kit.report.title import template_name
from salesgoals_kit.words import Count, Message, Name, Value, say

STATES = ("made", "unchanged", "failed")
REASONS = ("new", "failed", "broken", "forced", "unchanged", "changed")

# What a report comes from; each is also a message of the index, ``report.input_<name>``.
INPUTS = {"company", "kit", "template", "scores", "correction", "parameters", "figures", "snapshot", "data"}
INPUTS |= {"goals", "outlooks", "drivers", "finals", "lessons"}


@dataclass(frozen=True)
class LastRun:
    """A run: when it ended, how, and for each state and reason whose reports were in it."""

    template: str
    period: str
    ended: datetime
    stopped: str  # why it did not come to its end; empty if it did
    groups: Mapping[tuple[str, tuple[str, ...]], tuple[str, ...]]

    @property
    def summary(self) -> Message:
        """The run in a line."""
        counts = {state: 0 for state in STATES}
        for (state, _), owners in self.groups.items():
            counts[state] += len(owners)
        told: dict[str, Value] = {state: Count(count) for state, count in counts.items()}
        clock = f"{self.ended:%H:%M} {self.ended.tzname() or ''}".strip()
        when: dict[str, Value] = {"day": self.ended.date(), "clock": clock}
        return Message(
            "report.run_summary", {"template": template_name(self.template), "period": self.period, **told, **when}
        )

    @property
    def reasons(self) -> list[Message]:
        """Why the reports were made or not, with whose they are."""
        stopped = [say("report.run_stopped", how=Name(self.stopped))] if self.stopped else []
        return stopped + [
            say(f"report.run_{state}", owners=tuple(map(Name, owners)), why=_why(why))
            for (state, why), owners in sorted(self.groups.items())
        ]


def last_run(period: str, template: str, record: Mapping[str, Any], company: str) -> LastRun | None:
    """Return the run that a template's entry of a run.json tells of; None where it tells of none."""
    try:
        groups: dict[tuple[str, tuple[str, ...]], list[str]] = {}
        finished = []
        of_last = {slug: report for slug, report in record["reports"].items() if report.get("run") == record.get("run")}
        for slug, report in of_last.items():
            why = tuple(map(str, report["why"]))
            if report["state"] not in STATES or why[0] not in REASONS:
                return None
            owner = report["owner"]
            name = owner["rep"] or owner["team"] or company or slug
            groups.setdefault((report["state"], why), []).append(str(name))
            finished.append(datetime.fromisoformat(report["finished"]))
        if not of_last and not record["ended"]:
            return None  # it may still be at it
        how = str(record.get("ended") or "killed")
        stopped = "" if how == "ended" else how
        grouped = {key: tuple(names) for key, names in groups.items()}
        last = max(finished) if finished else datetime.fromisoformat(record["made"])
        return LastRun(template, period, last, stopped, grouped)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return None


def _why(why: Sequence[str]) -> Message:
    if why[0] != "changed":
        return Message(f"report.why_{why[0]}", {})
    return say("report.why_changed", inputs=tuple(_input(name) for name in why[1:]))


def _input(name: str) -> Value:
    return Message(f"report.input_{name}", {}) if name in INPUTS else Name(name)
