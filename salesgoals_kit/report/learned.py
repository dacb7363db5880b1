"""What a mail takes of a review: figures against their goals, what came of them, and what to take from it."""

from __future__ import annotations

from salesgoals_kit.follow.review import Review
from salesgoals_kit.follow.verdict import KpiReview
from salesgoals_kit.report.atop import decided_first
from salesgoals_kit.report.gist import Gist, Stand
from salesgoals_kit.report.labels import beside
from salesgoals_kit.report.outcome import counts_most, learned, outcome_words
from salesgoals_kit.report.quantities import chance_message
from salesgoals_kit.report.rep import Section
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import say

MOST_STANDS = 4


def gist(texts: Texts, found: Review) -> Gist:
    """Return the leading goal, those that were missed and those that are looked at first, and what to learn."""
    stands = [stand for one in _picked(found) if (stand := _stand(texts, one)) is not None]
    return Gist(
        say("outcome.heading_verdicts") if stands else None,
        tuple(stands[:MOST_STANDS]),
        (Section("lessons", say("outcome.heading_lessons"), sentences=tuple(learned(found))),),
    )


def _picked(found: Review) -> list[KpiReview]:
    first = counts_most(found)
    picked = decided_first(found)
    return picked if first is None or first in picked else [first, *picked]


def _stand(texts: Texts, one: KpiReview) -> Stand | None:
    main, unit = one.main, one.kpi.unit
    if main is None or one.actual is None:
        return None
    said = [say("mail.goal", value=beside(texts, main.goal, one.actual, unit))]
    if main.promised is not None:
        said.append(say("mail.promised", chance=chance_message(main.promised, short=True)))
    actual = beside(texts, one.actual, main.goal, unit)
    return Stand(one.kpi.title, actual, None, outcome_words(main.reached), tuple(said))
