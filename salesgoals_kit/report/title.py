"""What a report is called: whose it is, which template, which period, as of when, and in what state."""

from __future__ import annotations

from salesgoals_kit.owners import Owner
from salesgoals_kit.report.content import Content
from salesgoals_kit.report.listed import Listed
from salesgoals_kit.words import Message, Name, Value, say

TEMPLATES = ("baseline", "goal_setting", "strategy", "tracking", "review")


def owner_name(owner: Owner, company: str) -> Name:
    """Return the name of an owner; that of the company for the company."""
    return Name(owner.name if owner.name is not None else company)


def template_name(template: str) -> Value:
    """Return what a template's reports are called; its own name for one that is not the kit's."""
    return Message(f"report.template_{template}", {}) if template in TEMPLATES else Name(template)


def page_title(content: Content, rep: str | None = None) -> Message:
    """Return the title of the page, or of that of a rep of this name; the same whenever it is made."""
    owner = owner_name(content.owner, content.company) if rep is None else Name(rep)
    template = template_name(content.template)
    return say("report.page_title", owner=owner, template=template, period=content.period)


def about(content: Content, rep: str | None = None) -> list[Message]:
    """Return what stands above the headline: owner (a rep first), template, period with its days, as of, and data."""
    said: list[Message] = [] if rep is None else [say("report.about_owner", owner=Name(rep))]
    said.append(say("report.about_owner", owner=owner_name(content.owner, content.company)))
    if content.owner.name is not None:
        said.append(say("report.about_owner", owner=Name(content.company)))
    days: dict[str, Value] = {"period": content.period, "first": content.first_day, "last": content.last_day}
    return [
        *said,
        say("report.about_template", template=template_name(content.template)),
        Message("report.about_period", days),
        say("report.about_as_of", day=content.as_of),
        say("report.about_data", hash=content.snapshot[:8]),
    ]


def marks(content: Content | Listed) -> list[Message]:
    """Return what to bear in mind of a report as a whole: its states, each in words."""
    said = []
    if content.preliminary:
        said.append(say("report.mark_preliminary"))
    if content.backfilled:
        said.append(say("report.mark_backfilled"))
    if not content.calibrated and (content.outlooks or content.goals):
        said.append(say("report.mark_uncalibrated"))
    return said
