"""JupyterLab on a working copy of the notebooks: what an analyst changes there changes no template.

A copy that is there already is the analyst's and stays as it is. Each copy holds the hash of the template it was made
from, so that one made from an earlier version of the kit is told from one of today's.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.files import whole
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.run.params import TEMPLATES, find_company
from salesgoals_kit.store.secret import MAIL

ORIGIN = "salesgoals_template"
_COMPANY = 'company: str = "params/company.yaml"  # '


def working_copies(folder: Path, company: str) -> Iterator[str]:
    """Copy the templates that are not in the folder yet, and say of every one what was done.

    In a copy the parameter ``company`` names the company file as it is seen from the folder. Raises ParamError where
    the folder is the one that the templates lie in, is none or cannot be written to, and where there is no such company
    file.
    """
    found = find_company(company)
    originals = {shipped("notebooks", f"{template}.ipynb") for template in TEMPLATES}
    if folder.resolve() in {file.parent.resolve() for file in originals}:
        fault = Fault("--to", str(folder), "another folder", "the templates lie there, and are not to be changed")
        raise ParamError("The notebooks are opened as a copy.", [fault])
    if folder.exists() and not folder.is_dir():
        raise ParamError("The notebooks are opened as a copy.", [Fault("--to", str(folder), "a folder", "name one")])
    seen_from_it = os.path.relpath(found.resolve(), folder.resolve())
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in sorted(originals):
            copy = folder / file.name
            yield _kept(copy, file) if copy.exists() else _copied(folder, file, seen_from_it)
    except OSError as error:
        fault = Fault("--to", f"{folder}: {error.strerror or error}", "a folder that can be written to")
        raise ParamError("The notebooks cannot be copied.", [fault]) from None


def open_lab(folder: Path, arguments: Sequence[str]) -> NoReturn:
    """Become JupyterLab on a folder, with further arguments of its own: from here on every signal is its own.

    Its kernels read the ledger and send no mail.
    """
    sys.stdout.flush()
    os.environ.pop(MAIL, None)
    command = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder.resolve()}", *arguments]
    os.execv(sys.executable, command)


def _copied(folder: Path, file: Path, company: str) -> str:
    book: dict[str, Any] = json.loads(file.read_text("utf-8"))
    book["metadata"][ORIGIN] = _hash(file)
    for cell in book["cells"]:
        if "parameters" in cell["metadata"].get("tags", ()):
            said = f"company: str = {json.dumps(Path(company).as_posix())}  # "
            cell["source"] = "".join(cell["source"]).replace(_COMPANY, said).splitlines(keepends=True)
    with whole(folder / file.name) as unfinished:
        unfinished.write_text(json.dumps(book, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return f"{file.name}: copied"


def _kept(copy: Path, file: Path) -> str:
    """Say of a copy that is there whether the template is still the one it was made from."""
    try:
        origin = json.loads(copy.read_text("utf-8"))["metadata"].get(ORIGIN)
    except (ValueError, KeyError, TypeError, AttributeError):
        return f"{copy.name}: yours, left as it is; it is no notebook: move it away to get a new copy"
    if origin == _hash(file):
        return f"{copy.name}: yours, left as it is"
    return f"{copy.name}: yours, left as it is; the template is another by now: move yours away to get a new copy"


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
