"""The parts of the company file that say how the company wants to be judged, planned for and written to."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Annotated, Literal
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from babel.numbers import list_currencies
from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from salesgoals_kit.documents import Place
from salesgoals_kit.periods import Grain
from salesgoals_kit.sources import Strict
from salesgoals_kit.words import languages

NO_ADDRESS = "{!r:.80} is no address; write name@domain, in ASCII (a domain in its xn-- form)"
_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]*[A-Za-z0-9]"
)
_LONGEST = 254  # RFC 5321, 4.5.3.1
_URL = re.compile(r"https?://[^\s<>\"']+")
KpiName = str
Unit = Annotated[float, Field(ge=0, le=1, strict=False)]
Positive = Annotated[float, Field(gt=0, strict=False)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Churn(Strict):
    """When an account counts as lost."""

    pause_days: int = Field(30, ge=0, description="An account without recurring revenue for longer is lost.")


class Cycle(Strict):
    """The horizon of the sales cycle."""

    horizon_days: int = Field(120, ge=7, le=1095, description="Wins within so many days after creation count.")


class Chances(Strict):
    """The chances at which goals are proposed."""

    commit: Unit = 0.8
    target: Unit = 0.5
    stretch: Unit = 0.2
    rep: Unit = 0.65

    @field_validator("stretch")
    @classmethod
    def _ordered(cls, stretch: float, info: ValidationInfo) -> float:
        if not 0 < stretch < info.data.get("target", 0.5) < info.data.get("commit", 0.8) < 1:
            raise ValueError("the chances must be 0 < stretch < target < commit < 1")
        return stretch


class Floor(Strict):
    """What revenue has to pay for."""

    profit: float = Field(0, strict=False)
    chance: Unit = 0.8
    allocate: Literal["headcount", "revenue"] = "headcount"


class Tree(Strict):
    """How a goal is shared out."""

    max_change: Unit = Field(0.2, description="No goal changes by more than this part against the last one.")
    rule: Literal["potential", "equal_chance"] = Field(
        "potential", description="A gap goes by full times and potential, or so that all have the same chance."
    )
    over: float = Field(
        1.0,
        ge=1,
        le=2,
        strict=False,
        allow_inf_nan=False,
        description="Asked for so many times the goal.",
    )


def _day(value: object) -> object:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"{value!r} is no day; write it like 2026-01-05") from None


class Away(Strict):
    """A planned absence: both days are in it."""

    rep: str = Field(min_length=1)
    first: Annotated[date, BeforeValidator(_day)] = Field(alias="from")
    last: Annotated[date, BeforeValidator(_day)] = Field(alias="to")

    @field_validator("last")
    @classmethod
    def _after_the_first(cls, last: date, info: ValidationInfo) -> date:
        if "first" in info.data and last < info.data["first"]:
            raise ValueError(f"{last} is before {info.data['first']}")
        return last


class PlannedHire(Strict):
    """People who are going to be hired: they start with the month."""

    team: str = Field(min_length=1)
    month: str = Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="As 2026-03.")
    count: int = Field(1, ge=1, le=1000)


class Plan(Strict):
    """A number from above."""

    kpi: KpiName
    period: str | int
    value: float = Field(strict=False)
    team: str | None = None


class Objective(Strict):
    """What the company is after."""

    id: str
    kpi: KpiName


class Activity(Strict):
    """The hours there are, and what an activity takes."""

    hours_per_week: Positive = 30
    minutes: dict[str, Positive] = {}


class Team(Strict):
    """A sales team; ``parent`` is the team it is part of."""

    name: str = Field(min_length=1)
    parent: str | None = None
    manager: str | None = None
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$")


class Mail(Strict):
    """Who gets which report: a team's manager, and a rep his own page, unless ``recipients`` says otherwise."""

    sender: str = Field(alias="from")
    url: str | None = Field(None, description="Where the folder of reports is served; without it pages are attached.")
    allow_domains: list[str] = Field([], description="The only domains that mails go to.")
    recipients: dict[str, dict[str, list[str]]] = Field(
        {}, description="By team (_company: the company as a whole) and template (*: all others): addresses."
    )
    reps: bool = Field(True, description="Reps with an address get their own page.")

    @field_validator("sender")
    @classmethod
    def _an_address(cls, sender: str) -> str:
        if not is_address(sender):
            raise ValueError(NO_ADDRESS.format(sender))
        return sender

    @field_validator("url")
    @classmethod
    def _an_url(cls, url: str | None) -> str | None:
        if url is not None and not _URL.fullmatch(url):
            raise ValueError(f"{url!r:.80} is no address of a website; write it as https://reports.example.org")
        return url


def is_address(text: str) -> bool:
    """Return whether a text is one bare mail address, in ASCII (RFC 5321, 4.1.2, without quotes)."""
    return len(text) <= _LONGEST and _ADDRESS.fullmatch(text) is not None


def broken_recipients(mail: Mail, teams: Collection[str]) -> list[tuple[Place, str]]:
    """Return what is wrong with who gets which report, as far as the company file alone tells, with its place."""
    broken: list[tuple[Place, str]] = []
    for name, said in mail.recipients.items():
        if teams and name not in (*teams, "_company"):
            broken.append((("recipients", name), "there is no such team in teams (the company as a whole is _company)"))
        for template, addresses in said.items():
            wrong = [(i, address) for i, address in enumerate(addresses) if not is_address(address)]
            broken += [(("recipients", name, template, i), NO_ADDRESS.format(address)) for i, address in wrong]
    return broken


class Schedule(Strict):
    """What `salesgoals due` makes, and when."""

    periods: list[Grain] = Field(
        ["quarter"], min_length=1, description="The periods that goals are set for and reviewed: month, quarter, year."
    )
    goal_setting_days: int = Field(
        14, ge=1, le=120, description="Days before a period starts from which its goals are set."
    )
    tracking: Literal["daily", "weekly", "monthly", "never"] = Field(
        "weekly", description="How often the running period is followed."
    )
    weekday: Weekday = Field("monday", description="The day a week begins for weekly tracking.")

    @field_validator("periods")
    @classmethod
    def _each_once(cls, periods: list[Grain]) -> list[Grain]:
        twice = sorted({grain for grain in periods if periods.count(grain) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands here more than once")
        return periods


def known_locale(name: str) -> str:
    """Return a locale's name, or say how one is written."""
    try:
        Locale.parse(name)
    except (UnknownLocaleError, ValueError):
        raise ValueError(f"{name!r} is no locale; write it like en_GB or pl_PL") from None
    return name


def known_currency(code: str) -> str:
    """Return a currency's code, or say how one is written."""
    if code not in list_currencies():
        raise ValueError(f"{code!r} is no currency; use the three letters of ISO 4217, like EUR")
    return code


def known_timezone(name: str) -> str:
    """Return a time zone's name, or say how one is written."""
    if name not in available_timezones():
        raise ValueError(f"{name!r} is no time zone; write it like Europe/Warsaw")
    return name


def known_language(code: str) -> str:
    """Return a language's code, or say which there are."""
    if code not in languages():
        raise ValueError(f"there are no words in {code!r}; there are in {', '.join(languages())}")
    return code
