"""Where several processes share the suite, what a file's tests share is made once."""

from __future__ import annotations

import pytest


def test_the_tests_of_a_file_stay_in_one_process(request: pytest.FixtureRequest) -> None:
    """pytest-xdist names a group in the ids of its tests; with pytest 9.2 it silently does not (its issue 1386)."""
    shared = request.config.getoption("loadgroup", default=False)
    assert not shared or request.node.nodeid.endswith("@tests/test_together.py")
