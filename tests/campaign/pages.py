"""The whole demo in English and in Polish: every page in a real browser and on paper, every mail by its contract.

python -m tests.campaign.pages
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from salesgoals_kit.run.demo import make_demo, prepare_demo

LANGUAGES: tuple[dict[str, str], ...] = (
    {},
    {"currency: EUR": "currency: PLN", "locale: en_GB": "locale: pl_PL", "language: en": "language: pl"},
)  # what another demo's company file says in place of ours
LOOKS = ("tests.benchmarks.pages", "tests.benchmarks.mails")


def main() -> int:
    """Make a demo of each language and look at it; how much is wrong: reports that failed, and looks that found any."""
    return sum(_wrong(changes) for changes in LANGUAGES)


def _wrong(changes: dict[str, str]) -> int:
    with tempfile.TemporaryDirectory(prefix="sg-pages-") as folder:
        company = Path(prepare_demo(Path(folder)))
        told = company.read_text("utf-8")
        for ours, other in changes.items():
            told, count = re.subn(rf"(?m)^{ours}\b", other, told)
            assert count == 1, f"the demo's company file does not say {ours}"
        company.write_text(told, "utf-8")
        index, failed = make_demo(Path(folder), jobs=2, show=lambda done, total, what: print(what, flush=True))
        looks = [subprocess.run([sys.executable, "-m", look, str(index.parent)], check=False) for look in LOOKS]
        return failed + sum(look.returncode != 0 for look in looks)


if __name__ == "__main__":
    sys.exit(bool(main()))
