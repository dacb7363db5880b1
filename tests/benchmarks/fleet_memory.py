"""The memory of processes and all their descendants, sampled while they run.

Two sums are kept: of the resident sets (RSS), in which a page that two processes share counts twice, and of the
proportional sets (PSS), in which each counts its part of it. Where the system knows no PSS, it is the RSS.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

EVERY = 0.5  # seconds
BEFORE = 6.0  # seconds before a moment, over which its memory is averaged
FEW = 40  # reports
MIB = 1 << 20


@dataclass(frozen=True)
class Sample:
    """What the processes held at one moment."""

    at: float  # of the monotonic clock
    pss: float
    rss: float
    processes: int


@contextmanager
def sampled(roots: Callable[[], Sequence[int]]) -> Iterator[list[Sample]]:
    """Sample the processes of these ids, and all below them, until the block ends."""
    series: list[Sample] = []
    over = threading.Event()

    def sample() -> None:
        while not over.wait(EVERY):
            series.append(_now(roots()))

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield series
    finally:
        over.set()
        thread.join()


def _now(roots: Sequence[int]) -> Sample:
    found: dict[int, tuple[float, float]] = {}
    for root in roots:
        try:
            top = psutil.Process(root)
            family = [top, *top.children(recursive=True)]
        except psutil.Error:
            continue
        for process in family:
            try:
                facts = process.memory_full_info()
            except (psutil.Error, OSError):  # it has just ended
                continue
            found[process.pid] = (getattr(facts, "pss", facts.rss) / MIB, facts.rss / MIB)
    return Sample(
        time.monotonic(), sum(pss for pss, _ in found.values()), sum(rss for _, rss in found.values()), len(found)
    )


def peaks(series: Sequence[Sample]) -> dict[str, float]:
    """Return the highest sums, in MiB, and the most processes at one moment."""
    return {
        "peak_mib": round(max((sample.pss for sample in series), default=0.0), 1),
        "peak_rss_mib": round(max((sample.rss for sample in series), default=0.0), 1),
        "peak_processes": max((sample.processes for sample in series), default=0),
    }


def growth(series: Sequence[Sample], finished: Sequence[float], early: int = 100) -> dict[str, Any] | None:
    """Return the memory around the 100th finished report and around the last, in MiB; of fewer than 200 the middle one.

    Of a few reports there is nothing to say.
    """
    if len(finished) < FEW:
        return None
    number = early if len(finished) >= 2 * early else len(finished) // 2
    first, last = _around(series, finished[number - 1]), _around(series, finished[-1])
    if not first or not last:
        return None
    return {
        "from_report": number,
        "to_report": len(finished),
        "mib_then": round(first, 1),
        "mib_at_last": round(last, 1),
        "per_100_reports_mib": round((last - first) / (len(finished) - number) * 100, 1),
    }


def _around(series: Sequence[Sample], moment: float) -> float:
    """Return the mean of the samples just before a moment: after the last report the processes end."""
    near = [sample.pss for sample in series if moment - BEFORE <= sample.at <= moment]
    return sum(near) / len(near) if near else 0.0
