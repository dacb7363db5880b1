"""No word of a page, a mail, a chart or the index is said past the catalogues.

Every wording of the Polish catalogue is put in brackets; then the templates' own cells are run for the company, as they
stand. What stands outside of brackets must be a name, a number, or a word of the locale.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from babel import Locale
from markupsafe import escape
from matplotlib.axes import Axes
from nbformat import NotebookNode, from_dict

from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.report import easel
from salesgoals_kit.report import text as text_room
from salesgoals_kit.report.content import MIME, Content, content_of
from salesgoals_kit.report.index import write_index
from salesgoals_kit.report.mail import letter_of, rep_letter
from salesgoals_kit.report.page import page_html
from salesgoals_kit.report.reppage import rep_page_html
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.run.params import DEFAULT_PERIODS, MODELS, TEMPLATES, Params
from salesgoals_kit.words import Wording, catalogue
from tests.run.sample import a_part_of_the_sample, with_a_part_of_the_sample

OPEN, CLOSE = "\u27e6", "\u27e7"
STAMP = {"made": "2026-01-01T05:00:00+00:00", "kit": "0"}
SAID_BY_NAME = ("alt", "aria-label", "data-label", "title", "summary")
WORD = re.compile(r"[^\W\d_]{2,}")
AS_OF = {"tracking": "2025-11-15"}


def _marked(language: str) -> dict[str, Wording]:
    def mark(text: str) -> str:
        return f"{OPEN}{text}{CLOSE}"

    return {
        id: mark(said) if isinstance(said, str) else {form: t if form == "by" else mark(t) for form, t in said.items()}
        for id, said in catalogue(language).items()
    }


class _Texts(HTMLParser):
    """The texts of a page, and the attributes that are read aloud; names and code stand apart."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._apart: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "bdi", "code", "dd"):  # dd: parameters, as they were given
            self._apart.append(tag)
        self.found += [value or "" for name, value in attrs if name in SAID_BY_NAME]

    def handle_endtag(self, tag: str) -> None:
        if self._apart and self._apart[-1] == tag:
            self._apart.pop()

    def handle_data(self, data: str) -> None:
        self.found.append("" if self._apart else data)


def _outside(text: str) -> str:
    """Return what stands outside of all brackets."""
    depth, kept = 0, []
    for letter in text:
        depth += (letter == OPEN) - (letter == CLOSE)
        kept.append(letter if not depth and letter != CLOSE else " ")
    return "".join(kept)


def _unsaid(html: str, known: set[str]) -> set[str]:
    """Return the words of a page that no catalogue said."""
    texts = _Texts()
    texts.feed(html)
    # one text node after the other: a sentence may be broken by the markup around a name
    return {word for word in WORD.findall(_outside("".join(f"{text}\n" for text in texts.found))) if word not in known}


def _names() -> set[str]:
    """Return the words of what the data calls things, of the locale, and of the kit's codes."""
    frames = a_part_of_the_sample()
    data = {str(value) for frame in frames.values() for column in frame for value in frame[column].dropna().unique()}
    locale = Locale("pl")
    months = [name for kinds in locale.months.values() for form in kinds.values() for name in form.values()]
    units = ["mln", "mld", "tys", "PLN", "zł", "oraz"]
    models: list[type[Params]] = [Params, *MODELS.values()]
    parameters = [name for model in models for name in model.model_fields]
    codes = [*TABLES, *parameters, *TEMPLATES, "Acme", "Software", "broken"]
    return {word for said in (*data, *map(str, months), *units, *codes) for word in WORD.findall(said)}


def _shown(value: Any) -> list[NotebookNode]:
    made = value._repr_mimebundle_()
    data, metadata = made if isinstance(made, tuple) else (made, {})
    output = {"output_type": "display_data", "data": data, "metadata": metadata}
    return [from_dict(output)]  # type: ignore[no-untyped-call]


def _executed(template: str, company: Path) -> NotebookNode:
    """Return a template with the outputs of its own cells, run here."""
    book = nbformat.read(shipped("notebooks", f"{template}.ipynb"), as_version=4)  # type: ignore[no-untyped-call]
    names: dict[str, Any] = {}
    for cell in book.cells:
        if cell.cell_type != "code":
            continue
        *body, last = ast.parse(cell.source).body
        exec(compile(ast.Module(body if isinstance(last, ast.Expr) else [*body, last], []), "cell", "exec"), names)
        if "parameters" in cell.metadata.get("tags", ()):
            names |= {"company": str(company), "as_of": AS_OF.get(template)}
        elif isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
            cell.outputs = _shown(value) if hasattr(value, "_repr_mimebundle_") else []
    return book  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def polish(house: Path) -> Path:
    with_a_part_of_the_sample(house)
    file = house / "params" / "company.yaml"
    spoken = {"language": "pl", "locale": "pl_PL", "currency": "PLN", "country": "PL"}
    text = file.read_text("utf-8")
    for key, value in spoken.items():
        text = re.sub(rf"(?m)^{key}: \S+", f"{key}: {value}", text)
    file.write_text(text, "utf-8")
    return file


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Mark every wording, and collect what the charts write."""
    words = {language: _marked(language) for language in ("pl",)}
    monkeypatch.setattr(text_room, "catalogue", words.__getitem__)
    written: list[str] = []
    finish = easel._replace_unknown_glyphs

    def noted(ax: Axes) -> None:
        written.extend(text.get_text() for text in ax.texts)
        ax.figure.canvas.draw()
        written.extend(label.get_text() for axis in (ax.xaxis, ax.yaxis) for label in axis.get_ticklabels())
        finish(ax)

    monkeypatch.setattr(easel, "_replace_unknown_glyphs", noted)
    return written


def _reports(content: Content, folder: Path) -> Iterator[str]:
    """Give what is made of a content: the pages of the reps, the mails in both their parts, and the index."""
    yield from (rep_page_html(content, page, STAMP) for page in content.reps)
    attached = ("report.html", b"")
    for letter in [letter_of(content, page=attached), *(rep_letter(content, page) for page in content.reps[:1])]:
        yield from (
            letter.html,
            *(f"<p>{escape(text)}</p>" for text in (letter.text, letter.subject, letter.preheader)),
        )
    place = folder / content.period / "_company"
    place.mkdir(parents=True)
    (place / f"{content.template}.json").write_text(content.as_json(), "utf-8")
    (place / f"{content.template}.html").write_text("")
    (place / "broken.json").write_text("{")
    yield write_index(folder).read_text("utf-8")


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_word_comes_through_the_catalogue(template: str, polish: Path, drawn: list[str], tmp_path: Path) -> None:
    assert template in DEFAULT_PERIODS
    book, known = _executed(template, polish), _names()
    assert any(MIME in output.get("data", {}) for cell in book.cells for output in cell.get("outputs", ()))
    content = content_of(book)
    pages = [page_html(book, content, STAMP), *_reports(content, tmp_path)]
    assert all(OPEN in page for page in pages)
    unsaid = set().union(*(_unsaid(page, known) for page in pages))
    assert not unsaid, sorted(unsaid)
    assert drawn or template == "review", "nothing is drawn where there is nothing to review"
    assert {word for text in drawn for word in WORD.findall(_outside(text)) if word not in known} == set()


def test_the_check_sees_a_word_past_the_catalogue() -> None:
    page = f'<p>{OPEN}w {OPEN}a{CLOSE} b{CLOSE} <bdi>Ann</bdi> past</p><img alt="unsaid">'
    assert _unsaid(page, set()) == {"past", "unsaid"}
