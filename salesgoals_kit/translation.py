"""Catalogues of other languages, brought up to date with the English one: ``python -m salesgoals_kit.translation pl``.

For every file of the English catalogue a PO file is written that any editor of gettext's files opens. What was
translated stays; the translation of a wording that has changed is kept and marked fuzzy, for a human to look at; what
the kit no longer says goes. A language that is new begins with empty strings.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from babel.plural import to_gettext

from salesgoals_kit.errors import Fault, ParamError, SalesGoalsError
from salesgoals_kit.files import whole
from salesgoals_kit.words import SOURCE, Wording, files_of, plural_forms

CATALOGUES = Path(__file__).parent / "catalogues"


def bring_up_to_date(language: str, catalogues: Path = CATALOGUES) -> list[Path]:
    """Write the PO files of a language and return them; raises ParamError for a language that there is not."""
    try:
        Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        fault = Fault("language", repr(language), "a language's code, as pl or pt_BR")
        raise ParamError("There is no such language.", [fault]) from None
    if language == SOURCE:
        fault = Fault("language", repr(language), "another language", "English is written in catalogues/en itself")
        raise ParamError("The source is not translated.", [fault])
    folder = catalogues / language
    folder.mkdir(parents=True, exist_ok=True)
    known = {entry.context: entry for file in sorted(folder.glob("*.po")) for entry in _read(file, language)}
    written = []
    for source in files_of(SOURCE):
        target = folder / source.name.replace(".toml", ".po")
        _write(target, _catalogue(source.read_text("utf-8"), known, language))
        written.append(target)
    for file in set(folder.glob("*.po")) - set(written):
        file.unlink()
    return written


def _read(file: Path, language: str) -> Iterator[Message]:
    with file.open("rb") as opened:
        yield from (entry for entry in read_po(opened, locale=language) if entry.id)


def _catalogue(source: str, known: dict[str | None, Message], language: str) -> Catalog:
    """Return the entries of one English file, each with the translation that is known of it."""
    made = Catalog(locale=language, header_comment="", fuzzy=False)
    made.mime_headers = [("Plural-Forms", _plurals(language))]  # Babel's own table knows no forms of fractions
    for room, wordings in tomllib.loads(source).items():
        for name, wording in wordings.items():
            context = f"{room}.{name}"
            string, changed = _kept(wording, known.get(context), len(plural_forms(language)))
            notes = [] if isinstance(wording, str) else [f"the form goes by {wording['by']}"]
            made.add(_key(wording), string, context=context, flags=["fuzzy"] * changed, auto_comments=notes)
    return made


def _key(wording: Wording) -> str | tuple[str, str]:
    return wording if isinstance(wording, str) else (wording["one"], wording["other"])


def _kept(wording: Wording, entry: Message | None, forms: int) -> tuple[str | tuple[str, ...], bool]:
    """Return the translation that is there, and whether the wording is another by now; none where the kind is."""
    if entry is None or isinstance(entry.id, str) != isinstance(wording, str):
        return "" if isinstance(wording, str) else ("",) * forms, False
    if isinstance(entry.string, str):
        return entry.string, entry.fuzzy or (bool(entry.string) and entry.id != _key(wording))
    said = tuple(entry.string or ())
    kept = (said + ("",) * forms)[:forms]
    return kept, entry.fuzzy or (any(kept) and (entry.id != _key(wording) or len(said) != forms))


def _write(target: Path, made: Catalog) -> None:
    held = BytesIO()
    write_po(held, made, width=0, omit_header=True, sort_output=False)
    code = str(made.locale)
    head = f'msgid ""\nmsgstr ""\n"Language: {code}\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += f'"Plural-Forms: {_plurals(code)}\\n"\n\n'
    with whole(target) as unfinished:
        unfinished.write_text(head + held.getvalue().decode("utf-8"), "utf-8", newline="\n")


def _plurals(language: str) -> str:
    """Return gettext's rule of plurals, which knows no exponents: no number is written as a power of ten here."""
    return re.sub(r"\be\b", "0", to_gettext(Locale.parse(language).plural_form))


def main(arguments: list[str]) -> int:
    """Bring the named languages up to date; 2 and a message where one is none."""
    try:
        for language in arguments or sys.exit("Name a language: python -m salesgoals_kit.translation pl"):
            print(f"{len(bring_up_to_date(language))} files in {CATALOGUES / language}")
    except SalesGoalsError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
