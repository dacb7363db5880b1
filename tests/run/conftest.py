"""A folder like a checkout's, with the sample company in it, for runs that leave the checkout alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesgoals_kit.run.folders import shipped
from salesgoals_kit.store.engine import VARIABLE
from tests.run.tiny import SLUGS, Tiny, checkout

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with ``notebooks/`` and ``params/``; the ledger is its own, whatever database the machine names."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "params").mkdir()
    for name in ("company.yaml", "example.yaml"):
        shutil.copyfile(shipped("params", name), folder / "params" / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(VARIABLE, raising=False)
        yield folder


@pytest.fixture(scope="session")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the kit whose one template does what it is told."""
    return checkout(tmp_path_factory.mktemp("checkout"))


@pytest.fixture
def tiny(tmp_path: Path, code: Path) -> Tiny:
    """A tiny company that nothing has been run for."""
    return Tiny(tmp_path / "tiny", code).lay()


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, code: Path) -> Tiny:
    """A tiny company with all its reports, made by a run that nothing disturbed; for copies, and not to be changed."""
    one = Tiny(tmp_path_factory.mktemp("undisturbed") / "tiny", code).lay()
    done = one.run("--jobs", "2")
    assert (done.code, done.message) == (0, []), done.err
    return one


@pytest.fixture(scope="session")
def pages(undisturbed: Tiny) -> dict[str, str]:
    """The pages that a run which nothing disturbs makes of the tiny company."""
    found = undisturbed.pages()
    assert set(found) == set(SLUGS)
    return found


@pytest.fixture
def made(tmp_path: Path, undisturbed: Tiny) -> Tiny:
    """A tiny company with all its reports, in a folder of its own."""
    return Tiny(Path(shutil.copytree(undisturbed.folder, tmp_path / "tiny")), undisturbed.code)
