"""kept + rejected = read, whatever stands in the file; and what is kept is as it stood."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.data.conftest import Border

# Commas, quotes, line breaks, formulas, marks of our own, spaces of all kinds: all may stand in a cell.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
CELLS = st.one_of(
    st.sampled_from(["", "won", "open", "1", "2026-01-05", "2026-13-01", "12.5", "1e5", "-3", '"', ",", "\r\n"]), TEXTS
)
ROWS = st.lists(st.lists(CELLS, min_size=4, max_size=6), max_size=12)
SURE = ["always", "won", "2026-01-05", "1", ""]


@given(rows=ROWS)
@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_row_is_kept_or_set_aside_with_its_line(new_border: Callable[[], Border], rows: list[list[str]]) -> None:
    border = new_border()
    file = io.StringIO()
    csv.writer(file).writerows([["deal_id", "status", "closed_at", "amount", "stage"], SURE, *rows])
    border.file("deals", file.getvalue())
    facts = border.made().manifest.tables["deals"]
    blank = sum(not any(cell.strip() for cell in row) for row in rows)
    assert facts.read == facts.kept + facts.rejected == 1 + len(rows) - blank
    rejected = border.rejected()
    assert len(rejected) == facts.rejected
    assert len({row["line"] for row in rejected}) == facts.rejected, "a line each"
    assert all(row["reason"] for row in rejected)
    kept = border.kept()
    assert len(kept) == facts.kept
    assert set(kept["deal_id"]) <= {"always", *(row[0].strip().lstrip("\x1f").strip() for row in rows)}
