"""The directions of import: downwards only, and each heavy guest in one room."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "salesgoals_kit"
LEVELS: tuple[set[str], ...] = (
    {"errors"},
    {"words"},
    {"periods", "owners", "files", "state"},
    {"documents", "sources", "policies", "company", "translation"},
    {"data", "store"},
    {"kpis"},
    {"forecast"},
    {"goals"},
    {"follow", "insight"},
    {"report"},
    {"run"},
    {"cli"},
)
KNOW_EACH_OTHER = ({"documents", "sources", "policies", "company"},)
GUESTS = {
    "prophet": {"forecast/season.py"},
    "cmdstanpy": {"forecast/season.py"},
    "statsforecast": {"forecast/level.py"},
    "holidays": {"forecast/moving.py"},
    "scipy": {"forecast/", "insight/"},
    "sklearn": {"insight/"},
    "matplotlib": {"report/easel.py"},
    "seaborn": {"report/easel.py"},
    "css_inline": {"report/written.py"},
    "nbconvert": {"report/page.py"},
    "papermill": {"run/execute.py"},
    "smtplib": {"run/deliver.py"},
    "sqlalchemy": {"store/", "data/load.py"},
    "alembic": {"store/"},
    "duckdb": {"data/"},
    "narwhals": {"data/", "kpis/"},
}


def _modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def _imports(module: Path) -> set[str]:
    """Every dotted name a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports relatively"
            found.update(f"{node.module}.{name.name}" for name in node.names)
    return found


def _room(dotted: str) -> str:
    parts = dotted.split(".")
    return parts[1] if len(parts) > 1 else ""


def _level(room: str) -> int:
    return next(i for i, rooms in enumerate(LEVELS) if room in rooms)


@pytest.mark.parametrize("module", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downwards(module: Path) -> None:
    own = module.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for name in _imports(module):
        if not name.startswith("salesgoals_kit."):
            continue
        other = _room(name)
        if other in ("__version__", own):
            continue
        together = any({own, other} <= rooms for rooms in KNOW_EACH_OTHER)
        assert together or _level(other) < _level(own), f"{own} imports {name}"


@pytest.mark.parametrize("module", _modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_each_heavy_guest_stays_in_its_room(module: Path) -> None:
    place = module.relative_to(PACKAGE).as_posix()
    for name in _imports(module):
        rooms = GUESTS.get(name.split(".")[0])
        assert rooms is None or any(place.startswith(room) for room in rooms), f"{place} imports {name}"


def test_no_module_is_a_drawer_for_anything() -> None:
    assert not {module.stem for module in _modules()} & {"utils", "helpers", "common", "misc"}


def test_modules_and_functions_stay_small() -> None:
    for module in _modules():
        text = module.read_text("utf-8")
        assert text.count("\n") <= 250, module
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                start = node.body[0].end_lineno if ast.get_docstring(node) else node.body[0].lineno - 1
                assert (node.end_lineno or 0) - (start or 0) <= 40, f"{module}:{node.lineno} {node.name}"


def test_help_imports_nothing_heavy() -> None:
    """`salesgoals --help` answers at once: pandas, prophet and matplotlib are not even looked at."""
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom salesgoals_kit.cli import app\n"
        "result = CliRunner().invoke(app, ['--help'])\nassert result.exit_code == 0, result.output\n"
        "print(','.join(sorted({'pandas', 'prophet', 'matplotlib', 'duckdb', 'sqlalchemy'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
