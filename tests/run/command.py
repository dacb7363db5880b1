"""`salesgoals …` in this process, for claims that are of what it says and does, and not of processes."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from salesgoals_kit.cli import main

SIGNALS = (signal.SIGINT, signal.SIGTERM)


def salesgoals_here(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder as its script does, and return its exit code and what it said on both streams."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    heard = {number: signal.getsignal(number) for number in SIGNALS}
    with pytest.MonkeyPatch.context() as patch, chdir(folder), redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["salesgoals", *words])
        patch.setenv("NO_COLOR", "1")
        patch.setenv("TERM", "dumb")
        try:
            main()
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        finally:
            for number, handler in heard.items():
                signal.signal(number, handler)
    return subprocess.CompletedProcess(["salesgoals", *words], code, out.getvalue(), err.getvalue())
