"""What state of the kit is installed: any other package it stands on makes another."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata

import pytest

from salesgoals_kit import state


@pytest.fixture
def digest(monkeypatch: pytest.MonkeyPatch) -> Callable[[], str]:
    """The digest, anew at each call."""
    return state.digest_of_kit.__wrapped__


@pytest.mark.parametrize(("package", "counts"), [("prophet", True), ("matplotlib", True), ("ruff", False)])
def test_another_version_of_what_makes_figures_and_charts_is_another_state(
    digest: Callable[[], str], monkeypatch: pytest.MonkeyPatch, package: str, counts: bool
) -> None:
    before, version = digest(), metadata.version
    assert digest() == before
    monkeypatch.setattr(state, "version", lambda name: "99.0" if name == package else version(name))
    assert (digest() != before) == counts
