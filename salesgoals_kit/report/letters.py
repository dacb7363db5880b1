"""What a mail says of a report, in order, before it is HTML or plain text: both are written from the same `Body`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from salesgoals_kit.report.content import Chart, Content, KeyFigure
from salesgoals_kit.report.gist import Stand
from salesgoals_kit.report.rep import RepPage, Section
from salesgoals_kit.report.text import Texts
from salesgoals_kit.report.title import about, marks, owner_name, page_title
from salesgoals_kit.words import Message, Name, Value, say

MOST_STANDS, MOST_ACTS, MOST_KNOWN, MOST_CHARTS = 4, 5, 4, 2


@dataclass(frozen=True)
class Part:
    """A part below the numbers: its heading, a table where it has columns, and sentences."""

    heading: Message
    sentences: tuple[Message, ...] = ()
    columns: tuple[Message, ...] = ()
    cells: tuple[tuple[Value, ...], ...] = ()
    caption: Message | None = None


@dataclass(frozen=True)
class Body:
    """A mail's words and pictures in order; ``file`` is the name of the page that is attached, ``link`` leads to it."""

    texts: Texts
    title: Message
    about: tuple[Message, ...]
    marks: tuple[Message, ...]
    headline: Message
    lead: Message
    stands: tuple[Stand, ...]
    charts: tuple[Chart, ...]
    parts: tuple[Part, ...]
    link: str | None
    file: Message | None
    foot: tuple[Message, ...]
    whose: Name
    period: str


def body_of(content: Content, link: str | None, file: str | None) -> Body:
    """Return what a mail says of a team's or the company's report; old contents are told by their figures."""
    whose, gist = owner_name(content.owner, content.company), content.gist
    stands = gist.stands or tuple(_figure(one, content.period) for one in content.figures if one.value is not None)
    acts = gist.acts or tuple(lesson.sentence for lesson in content.lessons)
    known = gist.known or (() if gist.acts else content.findings)
    parts = [(say("mail.heading_acts"), acts[:MOST_ACTS]), (say("mail.heading_known"), known[:MOST_KNOWN])]
    facts = about(content)
    return Body(
        texts=content.texts,
        title=page_title(content),
        about=_kicker(facts),
        marks=tuple(marks(content)),
        headline=content.headline,
        lead=content.lead,
        stands=stands[:MOST_STANDS],
        charts=tuple(chart for chart in content.charts if chart.png)[:MOST_CHARTS],
        parts=tuple(Part(head, sentences) for head, sentences in parts if sentences),
        link=link,
        file=None if file is None else say("mail.attached", file=Name(file)),
        foot=(*_foot(facts), say("mail.why", owner=whose, company=Name(content.company))),
        whose=whose,
        period=content.period,
    )


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
        stands=tuple(
            Stand(goal.title, goal.shown, goal.chance, None, note) for goal, note in zip(rep.goals, beside, strict=True)
        ),
        charts=(),
        parts=tuple(_section(part) for part in rep.sections),
        link=link,
        file=None if file is None else say("mail.attached", file=Name(file)),
        foot=(*_foot(facts), say("mail.why_rep", company=Name(content.company))),
        whose=Name(rep.name),
        period=content.period,
    )


def _figure(one: KeyFigure, period: str) -> Stand:
    """Return a figure as a number that matters; of another period than the report's that period is named."""
    beside: tuple[Value, ...] = () if one.period == period else (say("mail.in_period", period=one.period),)
    return Stand(one.title, one.shown, None, None, beside)


def _section(part: Section) -> Part:
    return Part(part.heading, part.sentences, part.columns, part.cells, part.caption)


def _kicker(facts: Sequence[Message]) -> tuple[Message, ...]:
    """Return what stands above the headline: whose report it is and which; its period, day and data stand below."""
    return tuple(fact for fact in facts if fact.id in ("report.about_owner", "report.about_template"))


def _foot(facts: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(fact for fact in facts if fact.id not in ("report.about_owner", "report.about_template"))
