"""Who is named, and whose figures stand, in reports that are not his: a search over a folder of reports.

What a team must not see is what is known of the people of other teams: their ids, names and addresses, their managers,
the other teams' names, the deals of other teams, and the figures of the reports on them. A rep's own page is held
against all other reps, those of his team included. Searched are the pages, the notebooks and the contents as they lie
in the folder, the mails that are made of the contents, and what is written into pictures beside what they show (what
is drawn is collected where charts are drawn: see `tests.run.test_isolation`).

A name counts as a whole word, whatever markup, spaces or marks of direction stand within it. A figure counts to the
cent, wherever it stands; a page that rounds it says it too, in full digits, unless a figure of the report itself comes
out at the same. What is rounded to three digits is no figure that could be told from another one.
"""

from __future__ import annotations

import base64
import html
import json
import re
import struct
import unicodedata
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd

from salesgoals_kit.files import plain_names
from salesgoals_kit.report.content import Content, content_from_json
from salesgoals_kit.report.mail import Letter, letter_of, rep_letter
from salesgoals_kit.run.folders import COMPANY_SLUG, slugs

LEAST = 10_000  # money under which a figure, rounded to whole units, may be anybody's
SHORTEST, SHORTEST_ID = 3, 6  # letters of a name and of a deal's id
TEXTUAL = {b"tEXt", b"zTXt", b"iTXt", b"eXIf"}
PICTURE = re.compile(r"data:image/png;base64,([A-Za-z0-9+/=]+)")
ENCODED = re.compile(r"[A-Za-z0-9+/=\s]{400,}")
NUMBER = re.compile(r"(?<![\w.,])(\d{1,3}(?:[,.'\u2019\u00a0\u202f\u2009]\d{3})+|\d{4,})(?:[.,](\d{1,2}))?(?![\w])")
TAGS = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^>]*>", re.S | re.I)
WORD = re.compile(r"[\w.@+-]+")


@dataclass(frozen=True)
class Hit:
    """Something of somebody else: in which file, of whom, and what."""

    file: str
    kind: str
    whose: str
    what: str

    def __str__(self) -> str:
        return f"{self.file}: the {self.kind} {self.what!r} of {self.whose}"


@dataclass(frozen=True)
class Crowd:
    """The people of a company. ``teams``: each team's reps, whenever they were in it, those below it included.

    ``called``: how a rep, and ``heads``: how a team's manager is called; ``deals``: each team's, by their ids.
    ``words`` are what else the data calls something: a team of such a name cannot be told from it.
    """

    teams: Mapping[str, frozenset[str]]
    called: Mapping[str, frozenset[str]]
    heads: Mapping[str, frozenset[str]]
    deals: Mapping[str, frozenset[str]]
    parents: Mapping[str, str]
    words: frozenset[str]

    def strangers(self, team: str, rep: str | None = None) -> dict[str, tuple[str, str]]:
        """Return what must not be read in a team's report, or in a rep's page: the words, with their kind and whose."""
        own = frozenset({rep}) if rep is not None else self.teams[team]
        found = {
            word: ("name", other)
            for other, words in self.called.items()
            if other not in own
            for word in words
        }  # fmt: skip
        line = {*self._line(team), *(other for other in self.teams if team in self._line(other))}
        for other in {*self.teams} - line:
            found |= {word: ("manager", other) for word in self.heads.get(other, ())}
            found |= {_plain(other): ("team", other)} if _plain(other) not in self.words else {}
        mine = {word for one in own for word in self.called.get(one, ())}
        mine |= {word for other in line for word in (*self.heads.get(other, ()), _plain(other))}
        return {word: told for word, told in found.items() if word not in mine and len(word) >= SHORTEST}

    def _line(self, team: str) -> list[str]:
        """Return a team with those above it."""
        found, above = [team], self.parents.get(team)
        while above is not None:
            found, above = [*found, above], self.parents.get(above)
        return found

    def foreign(self, team: str) -> frozenset[str]:
        """Return the deals that are only other teams'."""
        others = [deals for other, deals in self.deals.items() if other != team]
        return frozenset[str]().union(*others) - self.deals.get(team, frozenset())


def crowd_of(frames: Mapping[str, pd.DataFrame]) -> Crowd:
    """Return the people of a company by its tables: reps, and where there are any assignments, teams and deals."""
    reps = frames["reps"]
    placed = pd.concat(
        [frame[["rep", "team"]] for name in ("reps", "assignments") if (frame := frames.get(name)) is not None]
    )
    known = placed.dropna().drop_duplicates()
    above = frames["teams"].dropna(subset=["parent"]) if "parent" in frames.get("teams", reps) else reps.iloc[:0]
    parents = {str(team): str(parent) for team, parent in zip(above["team"], above.get("parent", ()), strict=True)}
    known = _with_those_above(known, parents)
    teams = {str(team): frozenset(map(str, rows["rep"])) for team, rows in known.groupby("team")}
    columns = [name for name in ("rep", "name", "email") if name in reps]
    called = {
        str(row["rep"]): frozenset(_plain(str(row[name])) for name in columns if pd.notna(row[name]))
        for _, row in reps.iterrows()
    }
    heads: dict[str, frozenset[str]] = {}
    for frame in (frames.get("teams"), reps):
        for column in ("manager", "email") if frame is not None and frame is not reps else ("manager",):
            if frame is not None and column in frame:
                for team, names in frame.dropna(subset=["team", column]).groupby("team")[column]:
                    heads[str(team)] = heads.get(str(team), frozenset()) | {_plain(str(name)) for name in names}
    return Crowd(teams, called, heads, _deals(frames, known), parents, _words(frames))


def _with_those_above(known: pd.DataFrame, parents: Mapping[str, str]) -> pd.DataFrame:
    """Return who is where, with each team's people in the teams above it, too."""
    parts = [known]
    while len(parts[-1]):
        up = parts[-1].assign(team=parts[-1]["team"].map(dict(parents))).dropna()
        parts.append(up)
    return pd.concat(parts).drop_duplicates()


def _deals(frames: Mapping[str, pd.DataFrame], known: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Return each team's deals: of all who ever were in it, and those that are booked for it; not by short ids."""
    deals = frames.get("deals")
    if deals is None or "rep" not in deals:
        return {}
    there = deals[["deal_id", "rep"]].merge(known, on="rep")
    if "team" in deals:
        there = pd.concat([there, deals[["deal_id", "team"]].dropna()])
    told = there[there["deal_id"].astype(str).str.len() >= SHORTEST_ID]
    return {str(team): frozenset(map(_plain, rows["deal_id"].astype(str))) for team, rows in told.groupby("team")}


def _words(frames: Mapping[str, pd.DataFrame]) -> frozenset[str]:
    """Return all values of columns that say of what kind something is."""
    kinds = ("region", "channel", "product", "family", "stage", "segment", "industry", "size", "category", "deal_type")
    cells = (frame[kind].dropna().unique() for frame in frames.values() for kind in kinds if kind in frame)
    return frozenset(_plain(str(value)) for values in cells for value in values)


@dataclass(frozen=True)
class Figures:
    """Money of a team's people and of the team: to the cent, with whose it is."""

    exact: Mapping[int, str]

    @cached_property
    def rounded(self) -> dict[int, str]:
        """The same in whole units, where they are large enough to be told from others."""
        return {round(cents / 100): whose for cents, whose in self.exact.items()}

    def but(self, own: Iterable[int]) -> Figures:
        """Return all but those that are one's own as well."""
        mine = set(own)
        return Figures({cents: whose for cents, whose in self.exact.items() if cents not in mine})


def money_in(record: object) -> set[int]:
    """Return all money that a part of a content tells, in cents."""
    found: set[int] = set()
    if isinstance(record, Mapping):
        if isinstance(money := record.get("money"), int | float) and not isinstance(money, bool):
            found.add(_cents(money))
        elif record.get("money") is True and isinstance(value := record.get("value"), int | float):
            found.add(_cents(value))
        return found.union(*(money_in(value) for value in record.values()))
    return found.union(*(money_in(one) for one in record)) if isinstance(record, list) else found


def _cents(value: float) -> int:
    return round(abs(value) * 100)


@dataclass(frozen=True)
class Shelf:
    """The reports of one team and period."""

    folder: Path
    team: str

    @cached_property
    def records(self) -> dict[str, dict[str, Any]]:
        """The contents by their file's name, as they are written."""
        found = {}
        for file in sorted(self.folder.glob("*.json")):
            record = json.loads(file.read_text("utf-8"))
            if isinstance(record, dict) and "template" in record and "owner" in record and "headline" in record:
                found[file.name] = record
        return found

    def people(self) -> dict[str, set[int]]:
        """Return the money that stands on each rep's page or in his goals, but for what several of them have."""
        told: dict[str, set[int]] = {}
        for record in self.records.values():
            for one in [*record.get("reps", ()), *record.get("goals", ())]:
                rep = (one.get("owner") or {}).get("rep")
                if rep:
                    told[rep] = told.get(rep, set()) | {cents for cents in money_in(one) if cents >= LEAST * 100}
        often = [cents for values in told.values() for cents in values]
        shared = {cents for cents in often if often.count(cents) > 1}
        return {rep: values - shared for rep, values in told.items()}

    def teams(self) -> dict[int, str]:
        """Return the money of the teams' goals that the company's contents tell, with the team."""
        goals = [goal for record in self.records.values() for goal in record.get("goals", ())]
        told = [(str(owner["team"]), goal) for goal in goals if (owner := goal.get("owner")) and owner.get("team")]
        return {cents: team for team, goal in told for cents in money_in(goal) if cents >= LEAST * 100}

    def own(self) -> set[int]:
        """Return all money that its contents tell."""
        return set().union(*(money_in(record) for record in self.records.values()))

    def goals(self) -> set[int]:
        """Return the money of its own goals."""
        goals = [goal for record in self.records.values() for goal in record.get("goals", ())]
        return {cents for goal in goals if not goal.get("owner") for cents in money_in(goal) if cents >= LEAST * 100}


def search(reports: Path, crowd: Crowd) -> list[Hit]:
    """Return all that stands in a team's or a rep's reports and is somebody else's; the company's own may name all."""
    names = {slug: str(owner.team) for owner, slug in slugs(crowd.teams).items() if owner.team is not None}
    shelves = [Shelf(folder, names[folder.name]) for folder in sorted(reports.glob("*/*")) if folder.name in names]
    figures = {shelf.folder: (shelf.people(), shelf.goals()) for shelf in shelves}
    told = [Shelf(folder, "").teams() for folder in reports.glob(f"*/{COMPANY_SLUG}")]
    hits = []
    for shelf in shelves:
        others = [one for one in shelves if one.team != shelf.team]
        exact = {cents: rep for one in others for rep, values in figures[one.folder][0].items() for cents in values}
        exact |= {cents: one.team for one in others for cents in figures[one.folder][1]}
        exact |= {cents: team for teams in told for cents, team in teams.items() if team != shelf.team}
        own = {cents for teams in told for cents, team in teams.items() if team == shelf.team}
        exact = {cents: whose for cents, whose in exact.items() if cents not in {*own, *figures[shelf.folder][1]}}
        hits += list(_in_shelf(shelf, crowd, Figures(exact)))
        hits += list(_of_reps(shelf, crowd, Figures(exact), figures[shelf.folder][0]))
    return hits


def _in_shelf(shelf: Shelf, crowd: Crowd, figures: Figures) -> Iterator[Hit]:
    look = Look(crowd.strangers(shelf.team), crowd.foreign(shelf.team), figures.but(_shared(shelf)), shelf.own())
    for file in sorted(shelf.folder.glob("*")):
        if file.suffix in (".html", ".json", ".ipynb"):
            yield from look.at(str(file), pieces(file))
    for name, record in shelf.records.items():
        letter = letter_of(_content(record), page=("report.html", b""))
        yield from look.at(f"the mail of {shelf.folder / name}", pieces_of(letter))


def _of_reps(shelf: Shelf, crowd: Crowd, figures: Figures, mates: Mapping[str, set[int]]) -> Iterator[Hit]:
    for name, record in shelf.records.items():
        content = _content(record)
        files = plain_names([str(page.owner.rep) for page in content.reps], "rep")
        for page in content.reps:
            rep = str(page.owner.rep)
            theirs = {cents: mate for mate, values in mates.items() if mate != rep for cents in values}
            all_others = Figures({**figures.exact, **theirs}).but(mates.get(rep, ()))
            look = Look(crowd.strangers(shelf.team, rep), crowd.foreign(shelf.team), all_others, mates.get(rep, set()))
            file = shelf.folder / "reps" / f"{files[rep]}.html"
            if file.exists():
                yield from look.at(str(file), pieces(file))
            letter = rep_letter(content, page, page=("goals.html", b""))
            yield from look.at(f"the mail to {rep} of {shelf.folder / name}", pieces_of(letter))


def _content(record: Mapping[str, Any]) -> Content:
    return content_from_json(json.dumps(record))


def _shared(shelf: Shelf) -> set[int]:
    """Return the money that its people have in its own reports: who is in two teams is in the reports of both."""
    return set().union(*shelf.people().values())


@dataclass(frozen=True)
class Look:
    """What is looked for: words, deals and figures of others; ``own`` figures may round as theirs, and are no leak."""

    words: Mapping[str, tuple[str, str]]
    deals: frozenset[str]
    figures: Figures
    own: set[int]

    def at(self, file: str, found: Iterable[str | float]) -> Iterator[Hit]:
        """Yield what is somebody else's among the pieces of a file, each once."""
        seen: set[Hit] = set()
        for piece in found:
            hits = self._text(file, piece) if isinstance(piece, str) else self._number(file, piece)
            fresh = [hit for hit in hits if hit not in seen]
            seen.update(fresh)
            yield from fresh

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        longest = sorted(self.words, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)" if longest else r"(?!)")

    @cached_property
    def _own_rounded(self) -> set[int]:
        return {round(cents / 100) for cents in self.own if cents not in self.figures.exact}

    def _text(self, file: str, piece: str) -> Iterator[Hit]:
        plain = _plain(piece)
        for word in set(self._pattern.findall(plain)):
            yield Hit(file, self.words[word][0], self.words[word][1], word)
        for deal in {*WORD.findall(plain)} & self.deals:
            yield Hit(file, "deal", "another team", deal)
        for whole, cents in () if isinstance(piece, Glued) else NUMBER.findall(piece):
            units = int(re.sub(r"\D", "", whole))
            exact = units * 100 + int(cents.ljust(2, "0")) if cents else units * 100
            if exact in self.figures.exact:
                yield Hit(file, "figure", self.figures.exact[exact], f"{exact / 100:.2f}")
            elif not cents and units in self.figures.rounded and units not in self._own_rounded:
                yield Hit(file, "figure", self.figures.rounded[units], str(units))

    def _number(self, file: str, number: float) -> Iterator[Hit]:
        if (cents := _cents(number)) in self.figures.exact:
            yield Hit(file, "figure", self.figures.exact[cents], f"{cents / 100:.2f}")


class Glued(str):
    """A text whose markup is taken out: words that it broke are whole, and the figures of two cells are one."""

    __slots__ = ()


def pieces(file: Path) -> Iterator[str | float]:
    """Yield all that can be read in a page, a notebook or a content."""
    text = file.read_text("utf-8")
    if file.suffix == ".html":
        yield from _of_text(text)
    else:
        yield from of_record(json.loads(text))


def pieces_of(letter: Letter) -> Iterator[str | float]:
    """Yield all that can be read in a mail."""
    for text in (letter.subject, letter.preheader, letter.html, letter.text):
        yield from _of_text(text)
    for image in letter.images:
        yield from (image.name, image.alt, *beside_the_picture(image.png))


def of_record(record: object) -> Iterator[str | float]:
    """Yield all that can be read in what JSON can say."""
    if isinstance(record, str):
        yield from _of_text(record)
    elif isinstance(record, bool) or record is None:
        return
    elif isinstance(record, int | float):
        yield float(record)
    elif isinstance(record, Mapping):
        for name, value in record.items():
            yield str(name)
            yield from of_record(value if not _is_lines(value) else "".join(value))
    elif isinstance(record, list):
        for one in record:
            yield from of_record(one)


def _is_lines(value: object) -> bool:
    """Whether it is a text as notebooks keep them: in lines."""
    return isinstance(value, list) and bool(value) and all(isinstance(line, str) for line in value)


def _of_text(text: str) -> Iterator[str]:
    """Yield a text as it is, as it is read, and what its pictures say beside what they show."""
    for encoded in PICTURE.findall(text):
        yield from beside_the_picture(base64.b64decode(encoded))
    text = PICTURE.sub("", text)
    if ENCODED.fullmatch(text):
        with suppress(ValueError):
            yield from beside_the_picture(base64.b64decode(text))
            return
    yield text
    if "<" in text or "&" in text or "%" in text:
        yield from {html.unescape(text), unquote(text), html.unescape(TAGS.sub(" ", text))} - {text}
        yield Glued(html.unescape(TAGS.sub("", text)))


def beside_the_picture(png: bytes) -> Iterator[str]:
    """Yield the texts in a PNG that no eye sees: of the chunks tEXt, zTXt, iTXt and eXIf (PNG, third edition, 11.3)."""
    at = 8
    while at + 8 <= len(png):
        (length,), kind = struct.unpack(">I", png[at : at + 4]), png[at + 4 : at + 8]
        data = png[at + 8 : at + 8 + length]
        if kind in TEXTUAL:
            yield data.decode("utf-8", "replace")
            for start in range(len(data)):
                with suppress(zlib.error):
                    yield zlib.decompress(data[start:]).decode("utf-8", "replace")
        at += 12 + length


def _plain(text: str) -> str:
    """Return a text as it is compared: without marks of direction, with single spaces, in one form, case apart."""
    shown = "".join(letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) != "Cf")
    return re.sub(r"\s+", " ", shown).casefold().strip()
