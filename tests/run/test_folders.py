"""Names from data reach paths only as slugs, and two teams never share one."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.run.folders import place_of, slugs

NAMES = st.lists(st.text(min_size=1, max_size=80), unique=True, max_size=8)


@given(NAMES)
def test_two_teams_never_share_a_folder_and_none_leaves_the_reports(names: list[str]) -> None:
    found = slugs(names)
    lowered = [slug.casefold() for slug in found.values()]
    assert len(set(lowered)) == len(names) + 1
    for owner in found:
        folder = place_of(Path("/reports"), "2026Q1", owner, "review", found).folder
        assert folder.parent == Path("/reports/2026Q1")
        assert folder.name not in ("", ".", "..")


def test_teams_whose_names_read_alike_are_kept_apart() -> None:
    found = slugs(["Key Accounts", "key-accounts", "../../x", '<b>&"', "北京", "_company"])
    assert found[COMPANY] == "_company"
    assert found[Owner(team="Key Accounts")] != found[Owner(team="key-accounts")]
    assert found[Owner(team="../../x")] == "x"
    assert found[Owner(team="_company")] == "company"


def test_a_folder_does_not_depend_on_the_order_of_the_teams() -> None:
    assert slugs(["b", "B", "a"]) == slugs(["a", "B", "b"])
