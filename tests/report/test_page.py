from __future__ import annotations

from pathlib import Path

from salesgoals_kit.report.page import write_page


def test_demo(report, stamp, tmp_path):
    write_page(*report, Path("/tmp/rep/page.html"), stamp)
