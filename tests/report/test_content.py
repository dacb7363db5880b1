"""The content of a report as JSON: strict, sorted, and read back as it was written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from nbformat import NotebookNode

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.report.content import MIME, Content, Driver, Lesson, content_from_json, content_of, make_content
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Points, Rate, Value, say


def test_what_is_written_is_read_back(content: Content) -> None:
    assert content_from_json(content.as_json()) == content


def test_every_kind_of_value_is_read_back(content: Content) -> None:
    values: dict[str, Value] = {
        "money": Money(1.5), "rate": Rate(0.3), "points": Points(-0.1), "change": Change(0.2), "chance": Chance(0.8),
        "count": Count(3), "number": Number(1.5, 2, "days"), "day": date(2026, 1, 2), "code": "2026Q1",
        "names": (Name("A"), Name("B")), "days": (date(2026, 1, 2), date(2026, 1, 3)), "message": say("t.revenue"),
    }  # fmt: skip
    lesson = Lesson(Message("t.plain", values))
    assert content_from_json(replace(content, lessons=(lesson,)).as_json()).lessons == (lesson,)


def test_the_same_content_gives_the_same_bytes_and_its_keys_are_sorted(content: Content) -> None:
    written = content.as_json()
    assert written == replace(content).as_json()
    keys = list(json.loads(written))
    assert keys == sorted(keys)


def test_messages_carry_their_text_for_readers_without_a_catalogue(content: Content) -> None:
    headline = json.loads(content.as_json())["headline"]
    assert headline["text"] == "Agree on €1.18M in revenue: an even chance, and the most that today's team can carry"
    assert headline["id"] == "t.headline"


def test_a_tampered_text_changes_nothing_for_it_is_not_read(content: Content) -> None:
    record = json.loads(content.as_json())
    record["headline"]["text"] = "Agree on nothing"
    assert content_from_json(json.dumps(record)) == content


def test_nan_is_refused_where_it_stands(content: Content) -> None:
    with pytest.raises(SalesGoalsError, match=r"content\.drivers\.0\.value: nan"):
        replace(content, drivers=(Driver("leads", float("nan"), "count"),)).as_json()
    with pytest.raises(SalesGoalsError, match=r"content\.outlooks\.0\.quantiles\.1: inf"):
        replace(content, outlooks=({"quantiles": [0.0, float("inf")]},)).as_json()


def test_numbers_of_numpy_become_plain_ones_and_objects_are_refused(content: Content) -> None:
    record = {"n": np.int64(3), "x": np.float64(0.5), "flag": np.bool_(True)}
    assert content_from_json(replace(content, outlooks=(record,)).as_json()).outlooks == (
        {"n": 3, "x": 0.5, "flag": True},
    )
    with pytest.raises(SalesGoalsError, match=r"content\.outlooks\.0\.p: .*Path is nothing that JSON knows"):
        replace(content, outlooks=({"p": Path()},)).as_json()


def test_all_faults_of_a_record_are_told_at_once(content: Content) -> None:
    record = json.loads(content.as_json())
    record["surprise"] = 1
    record["as_of"] = "yesterday"
    record["headline"] = "Agree"
    del record["lead"]
    with pytest.raises(SalesGoalsError) as caught:
        content_from_json(json.dumps(record))
    assert {fault.where for fault in caught.value.faults} == {"surprise", "as_of", "headline", "lead"}


def test_a_wrong_type_is_refused_when_the_cell_shows_it(content: Content) -> None:
    with pytest.raises(SalesGoalsError, match=r"goals\.0\.level"):
        replace(content, goals=(replace(content.goals[0], level="P75"),)).as_json()  # type: ignore[arg-type]


def test_a_headline_without_a_wording_fails_in_the_notebook_not_on_the_page(content: Content) -> None:
    with pytest.raises(SalesGoalsError, match=r"t\.nowhere"):
        replace(content, headline=say("t.nowhere"))._repr_mimebundle_()


def test_a_notebook_gives_its_content_back(content: Content, notebook_of: Callable[..., NotebookNode]) -> None:
    assert MIME == "application/vnd.salesgoals.report+json"
    assert content_of(notebook_of(content)) == content


def test_a_notebook_without_content_or_with_two_is_refused(
    content: Content, notebook_of: Callable[..., NotebookNode]
) -> None:
    with pytest.raises(SalesGoalsError, match="0 outputs hold a report's content"):
        content_of(notebook_of())
    with pytest.raises(SalesGoalsError, match="2 outputs hold a report's content"):
        content_of(notebook_of(content, content))


def test_a_content_takes_its_language_and_its_days_from_company_and_period(content: Content) -> None:
    from salesgoals_kit.company import Company
    from salesgoals_kit.periods import parse_period

    company = Company.model_validate(
        {
            "version": 1,
            "name": "Acme",
            "locale": "pl_PL",
            "currency": "PLN",
            "sources": {"deals": {"path": "deals.csv"}},
        }
    )
    rest = {name: getattr(content, name) for name in ("template", "owner", "as_of", "snapshot", "headline", "lead")}
    made = make_content(company, parse_period("2026Q1", 4), **rest, provenance=content.provenance)
    assert (made.first_day, made.last_day) == (date(2025, 4, 1), date(2025, 6, 30))  # fiscal: ends in March 2026
    assert (made.locale, made.language, made.currency, made.company) == ("pl_PL", "en", "PLN", "Acme")
