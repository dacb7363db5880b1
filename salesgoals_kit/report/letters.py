"""What a mail says of a report, in order, before it is HTML or plain text: both are written from the same `Body`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from salesgoals_kit.report.content import Chart, Content
from salesgoals_kit.report.gist import NO_GIST, Stand
from salesgoals_kit.report.rep import RepPage, Section
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.title import about, marks, owner_name, page_title
from salesgoals_kit.words import Message, Name, say

MOST_STANDS, MOST_SAID, MOST_REASONS, MOST_CHARTS = 4, 5, 3, 2


@dataclass(frozen=True)
class Body:
    """A mail's words and pictures in order; ``file`` is the name of the page that is attached, ``link`` leads to it."""

    texts: Texts
    title: Message
    about: tuple[Message, ...]
    marks: tuple[Message, ...]
    headline: Message
    lead: Message
    heading: Message | None
    stands: tuple[Stand, ...]
    charts: tuple[Chart, ...]
    parts: tuple[Section, ...]
    link: str | None
    file: Message | None
    foot: tuple[Message, ...]
    whose: Name
    period: str


def body_of(content: Content, link: str | None, file: str | None) -> Body:
    """Return what a mail says of a team's or the company's report; one without a gist is told by its figures."""
    whose, gist = owner_name(content.owner, content.company), content.gist
    told = gist != NO_GIST
    facts = about(content)
    return Body(
        texts=content.texts,
        title=page_title(content),
        about=_kicker(facts),
        marks=tuple(marks(content)),
        headline=content.headline,
        lead=content.lead,
        heading=gist.heading,
        stands=(gist.stands if told else _figures(content))[:MOST_STANDS],
        charts=tuple(chart for chart in content.charts if chart.png)[:MOST_CHARTS],
        parts=gist.sections if told else _told(content),
        link=link,
        file=None if file is None else say("mail.attached", file=Name(file)),
        foot=(*_foot(facts), _why(content)),
        whose=whose,
        period=content.period,
    )


def _why(content: Content) -> Message:
    company = Name(content.company)
    if content.owner.team is None:
        return say("mail.why_company", company=company)
    return say("mail.why", owner=owner_name(content.owner, content.company), company=company)


def body_of_rep(content: Content, rep: RepPage, link: str | None, file: str | None) -> Body:
    """Return what a mail says to a rep: his own goal, weeks and reasons, and nothing of anybody else."""
    facts = about(content, rep.name)
    beside = [() if goal.note is None else (goal.note,) for goal in rep.goals]
    return Body(
        texts=content.texts,
        title=page_title(content, rep.name),
        about=_kicker(facts),
        marks=tuple(marks(content)),
        headline=rep.headline,
        lead=rep.lead,
        heading=None,
        stands=tuple(
            Stand(goal.title, goal.shown, goal.chance, None, note) for goal, note in zip(rep.goals, beside, strict=True)
        ),
        charts=(),
        parts=tuple(replace(part, sentences=part.sentences[:MOST_REASONS]) for part in rep.sections),
        link=link,
        file=None if file is None else say("mail.attached", file=Name(file)),
        foot=(*_foot(facts), say("mail.why_rep", company=Name(content.company))),
        whose=Name(rep.name),
        period=content.period,
    )


def _figures(content: Content) -> tuple[Stand, ...]:
    """Return the figures that are known as numbers that matter; of another period than the report's it is named."""
    known = [one for one in content.figures if one.value is not None]
    periods = {one.period: (say("mail.in_period", period=one.period),) for one in known if one.period != content.period}
    return tuple(Stand(one.title, one.shown, beside=periods.get(one.period, ())) for one in known)


def _told(content: Content) -> tuple[Section, ...]:
    """Return what a content without a gist says: its lessons, and what it found."""
    lessons = tuple(lesson.sentence for lesson in content.lessons)
    parts = [(say("mail.heading_lessons"), lessons), (say("mail.heading_known"), content.findings)]
    return tuple(Section(head.id, head, sentences=said[:MOST_SAID]) for head, said in parts if said)


def _kicker(facts: Sequence[Message]) -> tuple[Message, ...]:
    """Return what stands above the headline: whose report it is and which; its period, day and data stand below."""
    return tuple(fact for fact in facts if fact.id in ("report.about_owner", "report.about_template"))


def _foot(facts: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(fact for fact in facts if fact.id not in ("report.about_owner", "report.about_template"))
