"""What the environment holds in secret stands in nothing that a run leaves, whatever a notebook does and what fails."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest
from sqlalchemy import make_url

from salesgoals_kit.errors import StoreError
from salesgoals_kit.run.batch import Request, run_request
from salesgoals_kit.run.options import Options
from salesgoals_kit.run.server import end_server
from salesgoals_kit.store.secret import DATABASE, HIDDEN, MAIL, said_without, without_secrets
from tests.run.tiny import AS_OF, PERIOD, SLUGS, Ended, Tiny
from tests.store.postgres import PASSWORD, Postgres, a_server

MAILS_PASSWORD = "Zx9-mail-Qw7"
SMTP = f"smtp://boss:{MAILS_PASSWORD}@mail.example.org:587"
PRINTED = f"import os, sys; print(dict(os.environ)); print(os.environ['{DATABASE}'], file=sys.stderr)"
GONE = f"""
import os, psycopg
there = psycopg.connect(os.environ['{DATABASE}'], autocommit=True)
there.execute("DROP SCHEMA " + there.execute("SELECT current_schema()").fetchone()[0] + " CASCADE")
"""
RAISED = f"""
import os
raise RuntimeError(f"it was {{os.environ['{DATABASE}']}} and {{os.environ.get('{MAIL}')}}")
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with a_server() as started:
        yield started


def address(server: Postgres, password: str = PASSWORD) -> str:
    """Return an address of the database with its password, in a schema of its own."""
    schema = server.new_schema().partition("&options=")[2]
    return f"postgresql://boss:{quote(password, safe='')}@127.0.0.1:{server.port}/postgres?options={schema}"


def run(tiny: Tiny, url: str, *words: str) -> Ended:
    """Run the tiny company's reports with both secrets in the environment, and a log."""
    return replace(tiny, environment={DATABASE: url, MAIL: SMTP}).run("--jobs", "2", "--log", "log.jsonl", *words)


def found(tiny: Tiny, ended: Ended, *secrets: str) -> list[str]:
    """Name what holds a secret in any of its forms: files of the company's folder, and the command's words."""
    forms = {form for secret in secrets for form in (secret, quote(secret), quote(secret, safe=""))}
    forms |= {json.dumps(form)[1:-1] for form in forms} | {form.replace("&", "&amp;") for form in forms}
    read = {str(file): file.read_bytes() for file in tiny.folder.rglob("*") if file.is_file()}
    read |= {"stdout": ended.out.encode(), "stderr": ended.err.encode()}
    assert len(read) > 5
    return [name for name, data in read.items() if any(form.encode() in data for form in forms)]


@pytest.mark.service
def test_reports_that_are_made_and_that_fail_keep_the_secrets(tiny: Tiny, server: Postgres) -> None:
    """One report is as it should be, one prints its environment, one names it in an error, one dies with it on show."""
    url = address(server)
    tiny.tell("company", PRINTED)
    tiny.tell("Ants", RAISED)
    tiny.tell("Bees", f"{PRINTED}\nos.kill(os.getpid(), 9)")
    ended = run(tiny, url)
    assert ended.code == 1, ended.err
    assert tiny.states() == {"_company": "made", "ants": "failed", "bees": "failed", "crows": "made"}
    assert found(tiny, ended, url, PASSWORD, SMTP, MAILS_PASSWORD) == []
    assert f"${DATABASE}" in tiny.place("_company", "ipynb").read_text("utf-8")
    failed = json.loads(tiny.place("ants", "failed.json").read_text("utf-8"))
    assert failed["error"] == f"RuntimeError: it was ${DATABASE} and None"
    assert failed["error"] in tiny.index()
    assert {slug for slug in SLUGS if tiny.place(slug, "ipynb").exists()} >= {"_company", "ants", "crows"}
    assert rows_of(url), "the goals are there"
    assert not [row for row in rows_of(url) if re.search("s3cret|mail-Qw7|127.0.0.1", row)]


def rows_of(url: str) -> list[str]:
    """Return all rows of the ledger as texts."""
    import psycopg

    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        )]  # fmt: skip
        return [str(row) for table in tables for row in connection.execute(f'SELECT * FROM "{table}"'.encode())]


@pytest.mark.service
def test_a_ledger_that_goes_away_while_reports_are_made(tiny: Tiny, server: Postgres) -> None:
    """What a report found cannot be kept: it fails, and says so without the address."""
    url = address(server)
    tiny.tell("Ants", GONE)
    ended = run(tiny, url, "--team", "Ants")
    assert (ended.code, tiny.states()) == (1, {"ants": "failed"}), ended.err
    failed = json.loads(tiny.place("ants", "failed.json").read_text("utf-8"))
    assert f"the database that {DATABASE} names: " in failed["error"]
    assert found(tiny, ended, url, PASSWORD, MAILS_PASSWORD, "127.0.0.1") == []


def refused(tiny: Tiny, url: str, monkeypatch: pytest.MonkeyPatch) -> Ended:
    """Run it in this process, where it is refused; what it says is the error with its traceback."""
    monkeypatch.setenv(DATABASE, url)
    monkeypatch.setenv(MAIL, SMTP)
    request = Request(str(tiny.folder / "company.yaml"), "baseline", PERIOD, as_of=AS_OF)
    options = Options(log=tiny.folder / "log.jsonl")
    end_server()
    try:
        with pytest.raises(StoreError) as caught:
            run_request(request, 1, lambda *_: None, options)
    finally:
        end_server()  # it was born with these variables, and other tests of this process would inherit them
    traced = "".join(traceback.format_exception(caught.value))
    return Ended(2, traced, str(caught.value))


@pytest.mark.service
def test_a_wrong_password_is_told_without_the_address(
    tiny: Tiny, server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = PASSWORD + "-wrong"
    ended = refused(tiny, address(server, wrong), monkeypatch)
    assert f"the database that {DATABASE} names: " in ended.err and "password authentication failed" in ended.err
    assert found(tiny, ended, wrong, PASSWORD, MAILS_PASSWORD, "127.0.0.1", "boss") == []


def test_a_server_that_is_not_there_is_told_without_the_address(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"postgresql://ann:{quote(PASSWORD, safe='')}@127.0.0.1:1/sales_ledger?connect_timeout=2"
    ended = refused(tiny, url, monkeypatch)
    assert "see that the server runs" in ended.err
    assert found(tiny, ended, url, PASSWORD, MAILS_PASSWORD, "127.0.0.1", "sales_ledger") == []


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ('connection to server at "db.example.org" (10.0.0.7), port 5432 failed: timeout', "at ***, port *** failed"),
        ('FATAL:  database "sales" does not exist', "database *** does not exist"),
        ('password authentication failed for user "ann"', "for user ***"),
        ('on socket "/run/pg/.s.PGSQL.5432" failed: No such file', "on socket *** failed"),
        ("failed to resolve host 'db.example.org': unknown", "host ***: unknown"),
        ("it was s%40cret%2F1 or s@cret/1", "it was *** or ***"),
        ("table goals already exists", "table goals already exists"),
    ],
)
def test_what_a_database_says_is_shown_without_where_it_is(said: str, shown: str) -> None:
    read = said_without(said, make_url("postgresql://ann:s%40cret%2F1@db.example.org:5432/sales"))
    assert shown in read
    assert not re.search("example|10.0.0.7|5432|ann|sales|cret", read)
    assert HIDDEN in read or read == said


def test_a_text_is_shown_without_the_addresses_in_any_of_their_forms() -> None:
    url = 'postgresql://ann:a"b&c-secret@host/db'
    environ = {DATABASE: f" {url} ", MAIL: SMTP}
    for form in (
        url,
        json.dumps(url)[1:-1],
        url.replace("&", "&amp;").replace('"', "&quot;"),
        url.replace("&", "&amp;"),
    ):
        assert without_secrets(f"<{form}>", environ) == f"<${DATABASE}>"
    assert without_secrets(f"login with {MAILS_PASSWORD}", environ) == f"login with ${MAIL}"
    assert without_secrets("a short one is a word: tea", {MAIL: "smtp://ann:tea@host"}) == "a short one is a word: tea"
    assert without_secrets("as it is", {DATABASE: "sqlite:///as", MAIL: "  "}) == "as it is"
