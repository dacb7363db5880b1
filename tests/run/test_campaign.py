"""The campaign in its short form, and the same pages however a run goes: `make campaign` has 100 kills."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from salesgoals_kit.report.content import content_from_json
from salesgoals_kit.run import server as fork_server
from tests.campaign.__main__ import kills
from tests.campaign.company import TEAMS
from tests.campaign.dask import Cluster, cluster
from tests.campaign.kills import plan_of
from tests.campaign.scene import Scene
from tests.campaign.targets import TARGETS

pytest.importorskip("distributed")
pytestmark = pytest.mark.skipif(
    not fork_server.available() or not Path("/proc/self/environ").exists(),
    reason="a fork server is needed, and to see the processes of a run",
)
SEED = 1
EARLY = ("began", "prepared", "page")  # events after which a run goes on for long enough to be killed


@pytest.fixture(scope="module")
def company() -> Iterator[Scene]:
    """A company with all its reports, made by two jobs from nothing but the data."""
    scene = Scene()
    try:
        assert scene.run("--jobs", "2") == 0, scene.said.read_text("utf-8")
        made = [content_from_json(file.read_text("utf-8")) for file in scene.house.glob("reports/2026Q1/*/*.json")]
        assert [one.provenance.beyond for one in made if one.provenance.beyond] == []
        assert len(made) == 1 + len(TEAMS), "so many that their figures are worked out for all at once"
        yield scene
    finally:
        scene.clear()


@pytest.fixture
def again(company: Scene) -> Iterator[Scene]:
    """The same company with nothing but its data."""
    scene = Scene(company.house)
    scene.set("cold")
    yield scene
    scene.clear()


@pytest.fixture(scope="module")
def dask() -> Iterator[Cluster]:
    """A cluster of two workers that run two things at a time each."""
    with (
        tempfile.TemporaryDirectory(prefix="sgd-", ignore_cleanup_errors=True) as place,
        cluster(Path(place), 2, "--nthreads", "2", TMPDIR=place) as found,
    ):
        yield found


def test_a_cluster_gives_the_same(company: Scene, again: Scene, dask: Cluster) -> None:
    assert again.run("--cluster", dask.address) == 0, again.said.read_text("utf-8")
    assert dask.is_idle()
    assert company.state().differs(again.state()) == []


def test_after_a_kill_a_rerun_leaves_what_an_undisturbed_run_leaves(company: Scene, dask: Cluster) -> None:
    plans = [plan_of(number, target, SEED, ("changed",), EARLY) for number, target in enumerate(TARGETS)]
    reports = list(kills(plans, company, dask, thrice=False))
    assert [(report.plan, report.wrong) for report in reports if report.wrong] == []
    assert {report.plan.target for report in reports if report.killed} == set(TARGETS)


def test_one_job_and_teams_in_another_order_and_apart_give_what_two_jobs_give(company: Scene, again: Scene) -> None:
    shuffled = [word for team in reversed(TEAMS[1:]) for word in ("--team", team)]
    assert again.run("--jobs", "1", *shuffled) == 0
    assert again.run("--jobs", "1") == 0
    assert "2 made, 2 unchanged, 0 failed" in again.said.read_text("utf-8")
    assert company.state().differs(again.state()) == []
