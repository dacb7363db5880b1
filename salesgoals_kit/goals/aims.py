"""How a goal in plain words is to be reached, which objective it serves, and why it is agreed all the same."""

from __future__ import annotations

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.goals.amounts import amount
from salesgoals_kit.goals.heard import DURING, UNTIL, Read, again, astray, ends, time_at
from salesgoals_kit.goals.tokens import LONGEST_WORDS
from salesgoals_kit.goals.uncounted import refuse_uncounted
from salesgoals_kit.goals.vocabulary import COMPARED, MEANS, SPLITS, TIMES
from salesgoals_kit.goals.whose import bare_owner, marked_owner

_OBJECTIVE = dict.fromkeys(("for the objective", "serving the objective", "for our objective"), True)
_REASON = dict.fromkeys(("agreed because", "agreed all the same because"), True)


def means(read: Read, i: int) -> int | None:
    """Take what is going to be done, or by what the goal is split; "by" before a time or a number is neither."""
    text = read.text
    split = text.phrase(i + 1, SPLITS) if text.is_word(i, ("by", "per", "each", "every")) else None
    if split is not None and ends(read, split[1]):
        read.split = split[0]
        return split[1]
    word = text.phrase(i, dict.fromkeys(("by", *MEANS)))
    if word is None or _is_time(read, i):
        return None
    first, said = word[1], amount(text, word[1])
    if said is not None and read.amount is None and ends(read, said.after):
        return None
    alone = text.at(first + 1).kind in ("end", "stop") or _ends_words(read, first + 1)
    quoted = text.quoted(first) if alone else None
    after = next(at for at in range(first, len(text.tokens) + 1) if _ends_words(read, at))
    after = first + 1 if quoted else after
    if after == first:
        return astray(read, min(first, len(text.tokens) - 1))
    if read.initiative is not None:
        again(read, i, after, "one initiative", "both in one")
    if read.amount is None and quoted is None:
        refuse_uncounted(text, first, after)
    if quoted is None:
        _refuse_owner(read, first, after)
    read.initiative = _plainly(read, first, after, quoted)
    return after


def _refuse_owner(read: Read, first: int, after: int) -> None:
    """Refuse what is going to be done where it ends with an owner's name after a comma: it may be whose goal it is."""
    text = read.text
    for at in range(first + 1, after):
        named = marked_owner(text, at + 1, read.names) or bare_owner(text, at + 1, read.names)
        if text.at(at).text == "," and named is not None and named[1] == after:
            name = text.between(at + 1, after)
            readings = f"'{name}: …' (whose goal it is) or 'by “{text.between(first, after)}”' (what will be done)"
            where = f"goal {text.marked(at + 1, after)!r}"
            fault = Fault(where, "it is whose goal it is, or a part of what will be done", readings, "write one")
            raise ParamError("The goal can be read in two ways.", [fault])


def _is_time(read: Read, i: int) -> bool:
    """Return whether a deadline follows "by"; after "through" it has to end there: it may be what is done then."""
    found = time_at(read, i) if read.text.is_word(i, UNTIL) else None
    return found is not None and (read.text.is_word(i, ("by",)) or ends(read, found[1]))


def objective(read: Read, i: int) -> int | None:
    """Take the objective that is named."""
    word = read.text.phrase(i, _OBJECTIVE)
    if word is None:
        return None
    first = word[1]
    ends = [at for at in range(len(read.text.tokens), first, -1) if read.text.between(first, at) in read.objectives]
    found = read.text.quoted(first) or (read.text.between(first, ends[0]) if ends else None)
    if found not in read.objectives:
        where = f"goal {read.text.marked(i, first + 1)!r}"
        fault = Fault(where, "no such objective", f"one of {', '.join(read.objectives) or 'none'}")
        raise ParamError("The goal is not understood.", [fault])
    if read.objective not in (None, found):
        again(read, i, first + 1, "one objective", "the one that it serves")
    read.objective = found
    return ends[0] if ends and read.text.quoted(first) is None else first + 1


def reason(read: Read, i: int) -> int | None:
    """Take why the goal is agreed although it is a walkover or hopeless."""
    word = read.text.phrase(i, _REASON)
    if word is None or word[1] >= len(read.text.tokens):
        return None
    quoted = read.text.quoted(word[1])
    after = word[1] + 1 if quoted else len(read.text.tokens)
    read.reason = _plainly(read, word[1], after, quoted)
    return after


def _ends_words(read: Read, i: int) -> bool:
    """Return whether the words of an initiative end before this token."""
    text = read.text
    if text.at(i).kind == "end" or (text.at(i).text in (".", "!", "?", ";", ")") and text.at(i + 1).kind == "end"):
        return True
    at = i + 1 if text.at(i).text in (",", ";") else i
    if text.phrase(at, _OBJECTIVE) is not None or text.phrase(at, _REASON) is not None:
        return True
    found = time_at(read, at) if text.is_word(at, (*UNTIL, *DURING)) and read.due is None else None
    if found is not None and ends(read, found[1]):
        return True
    if at == i:
        return False
    said = None if text.at(at).text in TIMES else amount(text, at)
    return (said is not None and read.amount is None) or text.phrase(at, COMPARED) is not None


def _plainly(read: Read, first: int, after: int, quoted: str | None) -> str:
    """Return free words with straight quotation marks, so that they can stand between curly ones."""
    words = quoted or read.text.between(first, after).translate({ord(mark): '"' for mark in "\u201c\u201d"})
    if len(words) > LONGEST_WORDS:
        where = f"goal {read.text.marked(first, after)!r}"
        found, expected = f"{len(words)} letters", f"at most {LONGEST_WORDS} that say what is done"
        raise ParamError("The goal is too long.", [Fault(where, found, expected)])
    return words
