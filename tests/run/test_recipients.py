"""Who gets what, and who never does: every doubt is a fault, and every fault is told at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import tables_from_frames
from salesgoals_kit.errors import ParamError
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.policies import Mail, Team
from salesgoals_kit.run.people import People, Person, people_in
from salesgoals_kit.run.recipients import Recipients

TEAMS = (
    Team(name="Sales", manager="Sue", email="sue@acme.test"),
    Team(name="North", parent="Sales", manager="Nora", email="nora@acme.test"),
    Team(name="South", parent="Sales", manager="Sam", email="sam@acme.test"),
    Team(name="West"),
)


def person(name: str, manages: str = "", works: str = "", rep: str | None = None, email: str = "") -> Person:
    address = email or f"{name.lower()}@acme.test"
    return Person(name, address, frozenset(manages.split()), frozenset(works.split()), rep)


PEOPLE = People(
    TEAMS,
    (
        person("Sue", "Sales"),
        person("Nora", "North"),
        person("Sam", "South"),
        person("Ann", works="North", rep="a1"),
        person("Bob", works="South", rep="b1"),
    ),
)


def recipients(people: People = PEOPLE, **said: Any) -> Recipients:
    given = {"from": "goals@acme.test", "allow_domains": ["acme.test"], **said}
    return Recipients(Mail.model_validate(given), people)


def faults(people: People = PEOPLE, **said: Any) -> str:
    with pytest.raises(ParamError, match="Nothing is sent") as caught:
        recipients(people, **said)
    return str(caught.value)


def test_a_manager_gets_his_teams_a_rep_his_own_leadership_the_companys() -> None:
    found = recipients(recipients={"_company": {"*": ["ceo@acme.test"]}})
    assert found.of(Owner("North"), "review") == ("nora@acme.test",)
    assert found.of(Owner("Sales"), "tracking") == ("sue@acme.test",)
    assert found.of(COMPANY, "review") == ("ceo@acme.test",)
    assert (found.of_rep("a1"), found.of_rep("b1"), found.of_rep("gone")) == ("ann@acme.test", "bob@acme.test", None)
    assert found.of(Owner("West"), "review") == (), "it has no address"
    assert found.of(Owner("Gone"), "review") == ()
    assert recipients().of(COMPANY, "review") == (), "nobody is named"


def test_what_is_named_takes_the_managers_place_for_that_template() -> None:
    said = {"North": {"review": ["nora@acme.test", "Sue@acme.test", "sue@acme.test"], "tracking": []}}
    found = recipients(recipients=said)
    assert found.of(Owner("North"), "review") == ("nora@acme.test", "sue@acme.test")
    assert found.of(Owner("North"), "tracking") == ()
    assert found.of(Owner("North"), "goal_setting") == ("nora@acme.test",)
    every = recipients(recipients={"North": {"*": ["sue@acme.test"], "review": ["nora@acme.test"]}})
    assert every.of(Owner("North"), "review") == ("nora@acme.test",)
    assert every.of(Owner("North"), "baseline") == ("sue@acme.test",)


def test_reps_can_be_left_out() -> None:
    assert recipients(reps=False).of_rep("a1") is None


@pytest.mark.parametrize(
    "address", ["nora@acme.test", "sue@acme.test", "ann@acme.test", "ceo@acme.test", "controller@acme.test"]
)
def test_a_teams_people_those_above_it_leadership_and_strangers_of_the_domain_may_be_named(address: str) -> None:
    said = {"North": {"review": [address]}, "_company": {"review": ["ceo@acme.test"]}}
    assert recipients(recipients=said).of(Owner("North"), "review") == (address,)


@pytest.mark.parametrize(
    ("team", "address", "who"),
    [
        ("North", "sam@acme.test", "Sam (manager of South)"),
        ("North", "BOB@acme.test", "Bob (rep of South)"),
        ("Sales", "nora@acme.test", "Nora (manager of North)"),
        ("Sales", "ann@acme.test", "Ann (rep of North)"),
        ("West", "sue@acme.test", "Sue (manager of Sales)"),
    ],
)
def test_nobody_of_another_team_may_be_named(team: str, address: str, who: str) -> None:
    told = faults(recipients={team: {"review": [address]}})
    assert f"mail.recipients.{team}.review: {address} is the address of {who}" in told
    both = {team: {"review": [address]}, "_company": {"*": [address]}}
    assert recipients(recipients=both).of(Owner(team), "review") == (address,), "but who is named as leadership"


def test_domains_that_are_not_allowed_are_refused_wherever_they_come_from() -> None:
    people = People(
        (Team(name="North", manager="Nora", email="nora@other.test"),),
        (
            person("Nora", "North", email="nora@other.test"),
            person("Ann", works="North", rep="a", email="ann@home.test"),
        ),
    )
    told = faults(people, recipients={"_company": {"*": ["ceo@evil.test", "ceo@acme.test.evil.test"]}})
    for where in (
        "the manager of North: nora@other.test is outside of allow_domains",
        "the address of the rep Ann: ann@home.test is outside",
        "mail.recipients._company.*: ceo@evil.test is outside",
        "mail.recipients._company.*: ceo@acme.test.evil.test is outside",
    ):
        assert where in told
    assert told.count("outside of allow_domains") == 4, "each once"


def test_without_allowed_domains_only_the_teams_own_data_and_the_senders_domain_are_good() -> None:
    people = People(
        (Team(name="North", manager="Nora", email="nora@other.test"),),
        (person("Nora", "North", email="nora@other.test"),),
    )
    said = {"North": {"review": ["nora@other.test", "x@acme.test"]}}
    found = recipients(people, allow_domains=[], recipients=said)
    assert found.of(Owner("North"), "review") == ("nora@other.test", "x@acme.test")
    told = faults(people, allow_domains=[], recipients={"North": {"review": ["x@third.test"]}})
    assert "nobody is known by x@third.test" in told


def test_a_shared_address_is_refused_unless_all_who_read_it_may() -> None:
    shared = People(
        TEAMS,
        (
            person("Nora", "North"),
            person("Ann", works="North", rep="a1", email="Sales@acme.test"),
            person("Bob", works="South", rep="b1", email="sales@acme.test"),
            person("Cid", works="North", rep="c1", email="nora@acme.test"),
        ),
    )
    told = faults(shared)
    assert "the address of the rep Ann: Sales@acme.test is that of Bob (rep of South), too" in told
    assert "the address of the rep Bob: sales@acme.test is that of Ann (rep of North), too" in told
    assert "Cid" not in told, "his manager may see his page"
    assert recipients(shared, reps=False)


@pytest.mark.parametrize(
    "address",
    [
        "ann", "ann@", "@acme.test", "a b@acme.test", "ann@acme.test\nBcc: eve@evil.test", "a@acme.test,e@evil.test",
        "Ann <ann@acme.test>", "ann@acme..test", "ann@-acme.test", "änn@acme.test", "ann@äcme.test", "ann@localhost",
        "a" * 300 + "@acme.test", "ann@acme.test>", "ann@acme.test\x00", ".ann@acme.test",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(address: str) -> None:
    assert "is no address" in faults(recipients={"North": {"review": [address]}})
    rep = People(TEAMS, (person("Ann", works="North", rep="a1", email=address),))
    assert "the address of the rep Ann: " in faults(rep)


def test_a_manager_without_a_name_is_told_once() -> None:
    assert person("the manager of South", "South").title == "the manager of South"
    assert person("Sam", "South").title == "Sam (manager of South)"


def test_all_faults_are_told_at_once() -> None:
    said = {"Nrth": {"review": ["x@acme.test"]}, "North": {"revue": ["y"], "review": ["sam@acme.test", "z"]}}
    told = faults(recipients=said, allow_domains=["acme.test", "not a domain"])
    assert "mail.recipients.Nrth: there is no such team" in told
    assert "mail.recipients.North.revue: there is no such template" in told
    assert "sam@acme.test is the address of Sam" in told
    assert "'z' is no address" in told
    assert "mail.allow_domains: not a domain" in told
    assert len(told.splitlines()) == 6


def test_people_are_those_of_the_tables_on_the_day() -> None:
    company = Company.model_validate(
        {
            "version": 1,
            "name": "Acme",
            "sources": {"deals": {"path": "d.csv"}},
            "teams": [t.model_dump() for t in TEAMS],
        }
    )
    reps = pd.DataFrame(
        {
            "rep": ["a1", "b1", "c1", "d1", "sue"],
            "team": ["North", "South", "North", "North", "Sales"],
            "hired_on": pd.to_datetime(["2024-01-01"] * 3 + ["2026-05-01", "2020-01-01"]),
            "left_on": pd.to_datetime(pd.Series([None, None, "2025-06-01", None, None])),
            "capacity": [1.0] * 5,
            "name": ["Ann", "Bob", "Cid", "Dan", "Sue"],
            "email": ["ann@acme.test", None, "cid@acme.test", "dan@acme.test", "sue@acme.test"],
        }
    )
    assigned = pd.DataFrame(
        {
            "rep": ["a1", "a1", "b1", "c1", "d1", "sue"],
            "team": ["South", "North", "South", "North", "North", "Sales"],
            "from": pd.to_datetime(
                ["2024-01-01", "2025-01-01", "2024-01-01", "2024-01-01", "2026-05-01", "2020-01-01"]
            ),
            "to": pd.to_datetime(pd.Series(["2025-01-01", None, None, None, None, None])),
            "share": [1.0] * 6,
        }
    )
    deals = pd.DataFrame(
        {"deal_id": ["1"], "status": ["won"], "closed_at": pd.to_datetime(["2025-12-01"]), "amount": [1]}
    )
    tables = tables_from_frames({"deals": deals, "reps": reps, "assignments": assigned}, company, date(2025, 12, 31))
    people = people_in(tables)
    assert [team.name for team in people.teams] == ["Sales", "North", "South", "West"]
    assert people.above("North") == {"North", "Sales"}
    found = {one.name: (one.manages, one.works, one.rep) for one in people.persons}
    none: frozenset[str] = frozenset()
    assert found == {
        "Sue": ({"Sales"}, {"Sales"}, "sue"),
        "Nora": ({"North"}, none, None),
        "Sam": ({"South"}, none, None),
        "Ann": (none, {"North"}, "a1"),
    }, "Bob has no address, Cid has left, Dan is not there yet, and Sue is one person"


def test_a_person_whom_the_data_has_twice_gets_both_his_pages_and_his_teams() -> None:
    company = Company.model_validate(
        {
            "version": 1,
            "name": "Acme",
            "sources": {"deals": {"path": "d.csv"}},
            "teams": [t.model_dump() for t in TEAMS],
        }
    )
    deals = pd.DataFrame(
        {"deal_id": ["1"], "status": ["won"], "closed_at": pd.to_datetime(["2025-12-01"]), "amount": [1]}
    )
    reps = pd.DataFrame(
        {
            "rep": ["n1", "n2"],
            "team": ["North", "South"],
            "name": ["Nora", "nora"],
            "email": ["nora@acme.test", "Nora@acme.test"],
        }
    )
    people = people_in(tables_from_frames({"deals": deals, "reps": reps}, company, date(2025, 12, 31)))
    found = recipients(people)
    assert (found.of_rep("n1"), found.of_rep("n2")) == ("nora@acme.test", "Nora@acme.test")
    assert found.of(Owner("North"), "review") == ("nora@acme.test",)
    assert "rep of South" in faults(
        People(people.teams, (*people.persons, person("Eve", works="South", rep="e1", email="nora@acme.test")))
    )
