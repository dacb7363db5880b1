"""How a run is made, as against what it makes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SECONDS, MEMORY = 1800, 4096
LEAST_MEMORY = 512  # MiB; the imports take most of it


@dataclass(frozen=True)
class Options:
    """How many reports at a time, by whom, and what each may take.

    ``cluster``: the address of a Dask scheduler; None: processes of this machine. ``force``: make what is unchanged,
    too. ``wait``: seconds to wait for another run to end. ``seconds`` and ``memory`` (MiB of data of the kernel):
    limits of one report. ``log``: a file that gets a JSON line for each thing that happens. ``pdf``: print
    the pages, too.
    """

    jobs: int = 1
    cluster: str | None = None
    force: bool = False
    wait: float = 0
    seconds: float = SECONDS
    memory: int = MEMORY
    log: Path | None = None
    pdf: bool = False
