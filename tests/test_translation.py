"""Other languages: what is translated stays, what has changed is looked at again, and nothing is half in English."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from salesgoals_kit import words
from salesgoals_kit.errors import ParamError
from salesgoals_kit.translation import bring_up_to_date
from salesgoals_kit.words import PLACEHOLDER, SOURCE, catalogue, languages, plural_forms

CATALOGUES = Path(words.__file__).parent / "catalogues"
OTHERS = [language for language in languages() if language != SOURCE]


def _entry(folder: Path, context: str) -> tuple[object, object, bool]:
    for file in folder.glob("*.po"):
        with file.open("rb") as opened:
            for entry in read_po(opened, locale=folder.name):
                if entry.context == context:
                    return entry.id, entry.string, entry.fuzzy
    raise AssertionError(context)


def test_polish_is_there() -> None:
    assert OTHERS == ["pl"]


@pytest.mark.parametrize("language", OTHERS)
def test_every_string_is_translated(language: str) -> None:
    known = catalogue(language)
    assert [id for id in catalogue(SOURCE) if id not in known] == []


@pytest.mark.parametrize("language", OTHERS)
def test_the_files_are_up_to_date(language: str, tmp_path: Path) -> None:
    """Bringing them up to date changes nothing: no wording is new, has changed or has gone."""
    folder = tmp_path / language
    folder.mkdir()
    for file in (CATALOGUES / language).glob("*.po"):
        (folder / file.name).write_bytes(file.read_bytes())
    written = bring_up_to_date(language, tmp_path)
    stale = [file.name for file in written if file.read_bytes() != (CATALOGUES / language / file.name).read_bytes()]
    assert stale == [], f"run python -m salesgoals_kit.translation {language}, and translate what is fuzzy or empty"


@pytest.mark.parametrize("language", OTHERS)
def test_every_form_of_a_translation_has_the_holes_of_the_english_one(language: str) -> None:
    wrong = []
    for id, wording in catalogue(language).items():
        english = catalogue(SOURCE)[id]
        if isinstance(wording, str) or isinstance(english, str):
            pairs = [(str(wording), str(english))]
        else:
            pairs = [(wording[form], english["one" if form == "one" else "other"]) for form in plural_forms(language)]
        wrong += [id for said, meant in pairs if {*PLACEHOLDER.findall(said)} != {*PLACEHOLDER.findall(meant)}]
    assert wrong == []


def test_a_new_language_begins_empty_and_keeps_what_is_translated(tmp_path: Path) -> None:
    bring_up_to_date("de", tmp_path)
    assert _entry(tmp_path / "de", "report.unit_days") == (("{number} day", "{number} days"), ("", ""), False)
    file = tmp_path / "de" / "report.po"
    before = file.read_text("utf-8")
    first = 'msgid_plural "{number} days"\nmsgstr[0] ""\nmsgstr[1] ""'
    assert first in before
    file.write_text(
        before.replace(first, first.replace('0] ""', '0] "{number} Tag"').replace('1] ""', '1] "{number} Tage"'))
    )
    bring_up_to_date("de", tmp_path)
    assert _entry(tmp_path / "de", "report.unit_days")[1:] == (("{number} Tag", "{number} Tage"), False)


def test_a_translation_of_an_earlier_wording_is_fuzzy_and_not_said(tmp_path: Path) -> None:
    folder = tmp_path / "pl"
    bring_up_to_date("pl", tmp_path)
    file = folder / "report.po"
    text = file.read_text("utf-8")
    old = 'msgctxt "report.index_not_run"\nmsgid "'
    assert old in text
    start = text.index(old)
    rest = text[start:].replace('msgid "', 'msgid "formerly ', 1).replace('msgstr ""', 'msgstr "dawniej"', 1)
    file.write_text(text[:start] + rest)
    bring_up_to_date("pl", tmp_path)
    english = catalogue(SOURCE)["report.index_not_run"]
    assert _entry(folder, "report.index_not_run") == (english, "dawniej", True)
    assert "report.index_not_run" not in dict(words._translated(file, "pl"))


def _read_in(folder: Path, language: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, words.Wording]:
    """Return the catalogue of a language as it would be read from another folder."""
    catalogue(SOURCE)
    monkeypatch.setattr(words, "_folder", lambda: folder)
    return words.catalogue.__wrapped__(language)


def test_what_editors_leave_beside_the_files_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up_to_date("de", tmp_path)
    (tmp_path / "de" / "report.mo").write_bytes(b"\xde\x12\x04\x95\xff")
    (tmp_path / "de" / "report.po~").write_text('msgctxt "report.skip"\nmsgid "?"\nmsgstr "?', "utf-8")
    (tmp_path / "de" / ".report.po.swp").write_bytes(b"b0VIM\x00")
    (tmp_path / ".git").mkdir()
    assert _read_in(tmp_path, "de", monkeypatch) == {}
    assert languages() == ["de"]


def test_a_plural_that_lacks_a_form_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some editors write the forms of their own table, which may be fewer."""
    bring_up_to_date("pl", tmp_path)
    file = tmp_path / "pl" / "report.po"
    text = file.read_text("utf-8").replace("nplurals=4", "nplurals=3").replace('msgstr[3] ""\n', "")
    file.write_text(
        text.replace(
            'msgid_plural "{number} days"\nmsgstr[0] ""\nmsgstr[1] ""\nmsgstr[2] ""',
            'msgid_plural "{number} days"\nmsgstr[0] "a"\nmsgstr[1] "b"\nmsgstr[2] "c"',
        ),
        "utf-8",
    )
    with monkeypatch.context() as patched:
        assert "report.unit_days" not in _read_in(tmp_path, "pl", patched)
    bring_up_to_date("pl", tmp_path)
    assert _entry(tmp_path / "pl", "report.unit_days")[1:] == (("a", "b", "c", ""), True)


@pytest.mark.parametrize("language", ["es", "fr", "it", "pt_BR", "pl", "ar"])
def test_plural_forms_are_gettexts(language: str, tmp_path: Path) -> None:
    """Gettext knows no variable but n."""
    bring_up_to_date(language, tmp_path)
    head = (tmp_path / language / "report.po").read_text("utf-8").split("\n\n", 1)[0]
    rule = head.split("plural=")[1]
    assert set(re.findall(r"[a-z]+", rule.removesuffix(';\\n"'))) <= {"n"}


def test_what_the_kit_no_longer_says_goes(tmp_path: Path) -> None:
    bring_up_to_date("pl", tmp_path)
    gone = tmp_path / "pl" / "nothing.po"
    gone.write_text('msgctxt "nothing.said"\nmsgid "a"\nmsgstr "b"\n')
    bring_up_to_date("pl", tmp_path)
    assert not gone.exists()


@pytest.mark.parametrize(("language", "said"), [("xx", "no such language"), ("en", "not translated")])
def test_a_language_that_cannot_be_is_said(language: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ParamError, match=said):
        bring_up_to_date(language, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "salesgoals_kit.translation", language], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
