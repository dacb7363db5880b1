"""Messages and typed values as text: what is rounded how, where plurals come from, and that no sentence has a hole."""

from __future__ import annotations

from datetime import date

import pytest

from salesgoals_kit.errors import SalesGoalsError
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Chance, Change, Count, Message, Money, Name, Number, Points, Rate, Value, say

ENGLISH = Texts("en_GB", "en", "EUR")
POLISH_NUMBERS = Texts("pl_PL", "en", "PLN")
SPACE = "\u00a0"  # one that does not break
MINUS = "\u2212"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Money(1_243_210), "€1.24M"),
        (Money(352_400), "€352K"),
        (Money(12_345), "€12.3K"),
        (Money(999_950), "€1M"),
        (Money(1_243.4), "€1,240"),
        (Money(9_996), "€10K"),
        (Money(999.6), "€1,000"),
        (Money(99.6), "€99.60"),
        (Money(9.5), "€9.50"),
        (
            Money(-48_250),
            f"{MINUS}€48.2K",
        ),  # halves of a double: 48 250 has three digits 482.5, which %e rounds to even
        (Money(0), "€0"),
        (Rate(0.314), f"31{SPACE}%"),
        (Rate(0.0231), f"2.3{SPACE}%"),
        (Rate(0.0045), f"0.45{SPACE}%"),
        (Rate(0.285), f"29{SPACE}%"),  # 28.5 rounds up, though the double is 28.499999999999996
        (Rate(0), f"0{SPACE}%"),
        (Points(0.04), "+4 points"),
        (Points(0.01), "+1 point"),
        (Points(-0.003), f"{MINUS}0.3 points"),
        (Points(-0.0001), "0 points"),
        (Change(0.031), f"+3.1{SPACE}%"),
        (Change(-0.123), f"{MINUS}12{SPACE}%"),
        (Change(0.0012), f"+0.1{SPACE}%"),
        (Change(-0.0001), f"0{SPACE}%"),
        (Count(1_234), "1,234"),
        (Number(41.6, 0, "days"), "42 days"),
        (Number(1.04, 1, "months"), "1 month"),
        (Number(1.5, 1, "months"), "1.5 months"),
        (Number(3.0, 1, "times"), "3 times"),
        (Number(2.25, 1), "2.3"),
        (date(2026, 3, 31), f"31{SPACE}March 2026"),
        ("2026Q1", "2026Q1"),
        ("2026-03", "March 2026"),
        ((Name("A"), Name("B"), Name("C")), "A, B and C"),
    ],
)
def test_a_value_is_rounded_to_what_is_known(value: Value, shown: str) -> None:
    assert ENGLISH.text(value) == shown


@pytest.mark.parametrize(
    ("chance", "shown"),
    [
        (0.5, "An even chance"),
        (0.475, "A chance of about 45 %"),  # a half is rounded down
        (0.476, "An even chance"),
        (0.525, "An even chance"),
        (0.79, "A chance of about 80 %"),
        (0.825, "A chance of about 80 %"),
        (0.95, "A chance of about 95 %"),
        (0.951, "A chance of over 95 %"),
        (1.0, "A chance of over 95 %"),
        (0.049, "A chance of under 5 %"),
        (0.0, "A chance of under 5 %"),
    ],
)
def test_a_chance_never_promises_more_than_is_known(chance: float, shown: str) -> None:
    assert ENGLISH.text(Chance(chance)).replace(SPACE, " ") == shown


def test_a_chance_outside_nought_and_one_is_refused() -> None:
    with pytest.raises(SalesGoalsError, match="between 0 and 1"):
        ENGLISH.text(Chance(1.2))


def test_numbers_follow_the_locale_and_words_the_language() -> None:
    assert POLISH_NUMBERS.text(Money(1_243_210)) == f"1,24{SPACE}mln{SPACE}zł"
    assert POLISH_NUMBERS.text(Money(352_400)) == f"352{SPACE}tys.{SPACE}zł"
    assert POLISH_NUMBERS.amount(1_243_210.5, cents=True) == f"1{SPACE}243{SPACE}210,50{SPACE}zł"
    assert POLISH_NUMBERS.text(Rate(0.0231)) == f"2,3{SPACE}%"
    assert POLISH_NUMBERS.text(Number(1234567.5, 1)) == f"1{SPACE}234{SPACE}567,5"
    assert POLISH_NUMBERS.text(date(2026, 3, 31)) == f"31{SPACE}March 2026"  # the words are English


def test_a_language_of_one_country_is_named_as_pages_and_mails_name_it() -> None:
    assert [Texts(language=language).tag for language in ("en", "pt_BR", "zh_Hant_TW")] == ["en", "pt-BR", "zh-Hant-TW"]


def test_a_locale_without_a_word_for_thousands_writes_the_rounded_number_out() -> None:
    assert Texts("de_DE", "en", "EUR").text(Money(352_400)) == f"352.000{SPACE}€"


@pytest.mark.parametrize(
    ("language", "count", "shown"),
    [
        ("en", 1, "1 deal"),
        ("en", 2, "2 deals"),
        ("pl", 1, "1 deal"),
        ("pl", 3, "3 few"),
        ("pl", 5, "5 many"),
        ("pl", 22, "22 few"),
    ],
)
def test_a_plural_follows_the_language_of_the_words(language: str, count: int, shown: str) -> None:
    assert Texts("pl_PL", language).text(say("t.deals", n=Count(count))) == shown


def test_a_plural_may_follow_the_length_of_a_list() -> None:
    one, two = (Name("A"),), (Name("A"), Name("B"))
    assert ENGLISH.text(say("t.teams", teams=one)) == "Team A"
    assert ENGLISH.text(say("t.teams", teams=two)) == "Teams A and B"


def test_whole_sentences_follow_one_another_and_are_not_listed() -> None:
    sentences = (say("t.plain"), say("t.binds", value=Money(90_000)))
    assert ENGLISH.text(sentences) == "Deals close late in the quarter. Capacity binds by €90K."


def test_a_plural_by_what_is_no_number_is_refused() -> None:
    with pytest.raises(SalesGoalsError, match=r"t\.teams, teams: Money.*expected a Count"):
        ENGLISH.text(say("t.teams", teams=Money(3)))


def test_messages_nest_and_only_the_outer_begins_with_a_capital() -> None:
    nested = say("t.of", what=say("t.revenue"), name=Name("lower case Ltd"))
    assert ENGLISH.text(nested) == "Revenue of lower case Ltd"
    assert ENGLISH.text(say("t.on", change=Change(0.1), base=nested)) == f"+10{SPACE}% on revenue of lower case Ltd"


def test_a_sentence_that_begins_with_a_name_leaves_it_as_it_is() -> None:
    carries = say("t.whose", name=Name("eBay"), value=Money(10))
    assert ENGLISH.text(carries) == "eBay carries €10.00"
    assert ENGLISH.html(carries) == "<bdi>eBay</bdi> carries €10.00"


@pytest.mark.parametrize(
    ("message", "complaint"),
    [
        (say("t.nowhere"), r"t\.nowhere: this id is not in the catalogue; expected salesgoals_kit/catalogues/en"),
        (say("t.whose", name=Name("A")), r"t\.whose: no value for value"),
        (say("t.whose", name=Name("A"), value=Money(float("nan"))), r"t\.whose > value: nan"),
        (say("t.whose", name=Name("A"), value=Rate(float("inf"))), r"t\.whose > value: inf"),
        (Message("t.whose", {"name": Name("A"), "value": None}), r"t\.whose > None: NoneType"),  # type: ignore[dict-item]
        (say("t.of", what=say("t.whose", name=Name("A")), name=Name("B")), r"t\.of > t\.whose: no value for value"),
        (say("t.teams", teams=()), r"t\.teams > \(\): an empty list"),
        (say("t.plain_number", x=Number(1, 0, "parsecs")), r"report\.unit_parsecs: this id"),
    ],
)
def test_a_sentence_has_no_holes(message: Message, complaint: str) -> None:
    with pytest.raises(SalesGoalsError, match=complaint):
        ENGLISH.text(message)
    with pytest.raises(SalesGoalsError, match=complaint):
        ENGLISH.html(message)


def test_text_from_data_is_escaped_and_isolated_in_html() -> None:
    hostile = say("t.whose", name=Name('<script>alert("x")</script>&'), value=Money(10))
    assert ENGLISH.html(hostile) == ("<bdi>&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;&amp;</bdi> carries €10.00")
    assert ENGLISH.html("<b>2026") == "&lt;b&gt;2026"
    assert ENGLISH.html((Name("<i>"), Name("{0}"))) == "<bdi>&lt;i&gt;</bdi> and <bdi>{0}</bdi>"


def test_a_placeholder_in_a_name_is_no_placeholder() -> None:
    assert ENGLISH.text(say("t.whose", name=Name("{value} {x}"), value=Money(10))) == "{value} {x} carries €10.00"


def test_marks_of_direction_and_control_characters_cannot_turn_a_plain_sentence_around() -> None:
    assert ENGLISH.text(Name("a\u202eb\nc\x07\x00 d")) == "ab c d"
    assert ENGLISH.text(Name("\u0645\u062d\u0645\u062f")) == "\u2068\u0645\u062d\u0645\u062f\u2069"  # isolated
    assert ENGLISH.html(Name("a\u202eb")) == "<bdi>a\u202eb</bdi>"  # what it does ends with the bdi
    ENGLISH.text(Name("\ud800")).encode()  # a lone surrogate would break the file


@pytest.mark.parametrize("empty", ["", "  ", "\n\x00"])
def test_a_name_without_letters_leaves_no_hole(empty: str) -> None:
    assert ENGLISH.text(say("t.whose", name=Name(empty), value=Money(10))) == "(no name) carries €10.00"
