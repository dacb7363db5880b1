"""Whose goal it is, in plain words: a team, a rep or the company, by the names that the data knows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.tokens import Text, tokens
from salesgoals_kit.owners import COMPANY, Owner

BEFORE = ("of", "for", "in", "at", "within")
_KINDS = ("team", "rep")
_BEHIND = {"team": "team", "team's": "team", "rep": "rep", "rep's": "rep"}
_BETWEEN = (".", "-", "/", "&", "'", ",", "+", "#")


@dataclass(frozen=True)
class Names:
    """Who may carry a goal, by the words of their names in lower case."""

    owners: tuple[Owner, ...] = ()
    company: str = ""
    by_words: Mapping[tuple[str, ...], tuple[Owner, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, owners: Iterable[Owner], company: str) -> Names:
        """Return the names of owners, and of the company itself."""
        known = tuple(owner for owner in owners if owner != COMPANY)
        found: dict[tuple[str, ...], tuple[Owner, ...]] = {}
        for owner, name in (*((owner, str(owner.name)) for owner in known), (COMPANY, company)):
            words = _words(name)
            if words:
                found[words] = (*found.get(words, ()), owner)
        return cls(known, company, found)

    def of_kind(self, kind: str) -> list[str]:
        """Return the names of teams or of reps."""
        return [str(owner.name) for owner in self.owners if owner.kind == kind]


def marked_owner(text: Text, i: int, names: Names) -> tuple[Owner, int] | None:
    """Return an owner that is named as one: "team North", "the North team", "North: …", "the company"."""
    at = _start(text, i)
    kind = text.at(at).text if text.is_word(at, _KINDS) else ""
    if kind:
        return _named(text, at + 1, names, kind)
    if text.is_word(at, ("company",)):
        return COMPANY, at + 1
    found = _match(text, at, names)
    if found is None:
        return None
    owners, after = found
    if text.is_word(after, _BEHIND):
        of_kind = tuple(owner for owner in owners if owner.kind == _BEHIND[text.at(after).text])
        return None if not of_kind else (_one(text, at, after, of_kind), after + 1)
    if text.at(after).text == ":" or text.at(at).kind == "quoted":
        return _one(text, at, after, owners), after
    return None


def bare_owner(text: Text, i: int, names: Names) -> tuple[Owner, int] | None:
    """Return an owner by nothing but the name."""
    found = _match(text, i, names)
    return None if found is None else (_one(text, i, found[1], found[0]), found[1])


def _start(text: Text, i: int) -> int:
    at = i + 1 if text.is_word(i, BEFORE) else i
    return at + 1 if text.is_word(at, ("the", "our", "my")) else at


def _named(text: Text, i: int, names: Names, kind: str) -> tuple[Owner, int] | None:
    found = _match(text, i, names)
    owners = () if found is None else tuple(owner for owner in found[0] if owner.kind == kind)
    return None if found is None or not owners else (_one(text, i, found[1], owners), found[1])


def _match(text: Text, i: int, names: Names) -> tuple[tuple[Owner, ...], int] | None:
    """Return whoever the longest name that begins here may mean, and what follows it."""
    quoted = text.quoted(i)
    if quoted is not None:
        owners = tuple(owner for owner in (*names.owners, COMPANY) if _spaced(owner.name or names.company) == quoted)
        return (owners, i + 1) if owners else None
    best: tuple[tuple[Owner, ...], int] | None = None
    for words, owners in names.by_words.items():
        after = _spelled(text, i, words)
        if after is not None and (best is None or after > best[1]):
            best = owners, after
    return best


def _spelled(text: Text, i: int, words: tuple[str, ...]) -> int | None:
    """Return what follows a name that begins here; "North's" is North."""
    at = i
    for word in words:
        while at > i and text.at(at).text in _BETWEEN:
            at += 1
        if text.at(at).kind == "end" or text.at(at).text.removesuffix("'s") != word:
            return None
        at += 1
    return at


def _one(text: Text, i: int, after: int, owners: tuple[Owner, ...]) -> Owner:
    """Return the one that is meant: of names that differ in nothing but capitals the one that is written so."""
    written = text.quoted(i) or text.between(i, after).removesuffix("'s")
    exact = [owner for owner in owners if _spaced(owner.name or "") == written]
    if len(owners) == 1 or len(exact) == 1:
        return exact[0] if len(exact) == 1 else owners[0]
    readings = " or ".join(f"'{'the company' if one == COMPANY else f'{one.kind} “{one.name}”'}'" for one in owners)
    fault = Fault(f"goal {text.marked(i, after)!r}", "it is the name of several", readings, "write one")
    raise ParamError("The goal can be read in two ways.", [fault])


def _spaced(name: str) -> str:
    return " ".join(name.split())


def _words(name: str) -> tuple[str, ...]:
    try:
        found = tokens(name).tokens
    except ParamError:
        return ()  # a name of no words, or that looks like a number with two readings: it can be said between quotes
    return tuple(token.text for token in found if token.kind not in ("stop", "sign", "other", "quoted"))
