"""A folder like a checkout's, with the sample company in it, for runs that leave the checkout alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesgoals_kit.run.folders import shipped
from salesgoals_kit.store.engine import VARIABLE

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
