"""Which tests stay together where several processes share the suite (``--dist loadgroup``); the browser of all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser import Browser, open_browser

LONG = "tests/run/"  # tests here take up to a minute each


def pytest_configure(config: pytest.Config) -> None:
    """Know the mark also where pytest-xdist is turned off."""
    config.addinivalue_line("markers", "xdist_group(name): the tests of a name stay in one process.")


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Iterator[None]:
    """Keep the tests of a file in one process, as they share what is made once; long ones that do not go anywhere.

    The files with most tests begin; at the end stand tests by themselves, so that no process is left with a file alone:
    of these the longest begin. All is done before any plugin looks at the tests, as pytest-xdist reads the marks then.
    """
    items.sort(key=lambda item: not is_of_commands(item))
    for item in items:
        file = item.nodeid.partition("::")[0]
        if not file.startswith(LONG) or shares(item):
            item.add_marker(pytest.mark.xdist_group(file))
    yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a process."""
    running = open_browser()
    yield running
    running.close()


def is_of_commands(item: pytest.Item) -> bool:
    """Whether a test runs commands in processes of their own, one after the other, which takes longest."""
    return not {"tiny", "made"}.isdisjoint(getattr(item, "fixturenames", ()))


def shares(item: pytest.Item) -> bool:
    """Whether a test uses something that is made once for its file."""
    info = getattr(item, "_fixtureinfo", None)
    made = {} if info is None else info.name2fixturedefs
    return any(found[-1].scope == "module" for found in made.values() if found)
