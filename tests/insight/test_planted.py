"""The sample company's leak and the rep to be coached are found again; labels that mean nothing are not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, Sample, make_sample
from salesgoals_kit.data.snapshot import make_snapshot, open_snapshot
from salesgoals_kit.insight.coaching import coaching
from salesgoals_kit.insight.contrast import Contrast, findings
from salesgoals_kit.insight.losses import losses
from salesgoals_kit.insight.strengths import strengths
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.owners import COMPANY, Owner

ROOT = Path(__file__).parents[2]
SEED = 7


def sure(tables: Tables, owner: Owner) -> list[Contrast]:
    """Return the findings of the three parts together."""
    parts = losses(tables, owner), strengths(tables, owner), coaching(tables, owner)
    return [one.contrast for one in findings(one for part in parts for one in part.contrasts)]


def tables_of(sample: Sample) -> Tables:
    company = load_company(ROOT / "params" / "company.yaml", TABLES, CATALOGUE)
    return tables_from_frames(sample.tables, company, LAST_DAY)


def test_leak_and_coaching_are_found_in_the_company_s_and_in_the_team_s_report() -> None:
    sample = make_sample(SEED)
    tables, leak, coached = tables_of(sample), sample.planted.leak, sample.planted.coaching
    assert leak is not None and coached is not None
    of_leak = (("team", leak.team), ("stage", leak.stage))
    of_rep = (("team", coached.team), ("rep", coached.rep), ("stage", coached.stage))
    assert {of_leak, of_rep} <= {one.subject for one in sure(tables, COMPANY) if not one.good}
    assert of_leak in {one.subject for one in sure(tables, Owner(leak.team)) if not one.good}
    assert of_rep in {one.subject for one in sure(tables, Owner(coached.team)) if not one.good}


def test_in_a_company_without_effects_nothing_but_channels_is_found() -> None:
    found = sure(tables_of(make_sample(SEED, plant=False)), COMPANY)
    assert [one.subject for one in found if "channel" not in dict(one.subject)] == []


Maven = tuple[dict[str, pd.DataFrame], Company, date]


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Maven:
    """Give the frames of maven_crm, its company, and the last day with data."""
    if not (ROOT.parent / "shared" / "data" / "maven_crm").is_dir():
        pytest.skip("the public data set maven_crm is not beside the checkout")
    company = load_company(ROOT / "tests" / "data" / "maven.yaml", TABLES, CATALOGUE)
    company = company.model_copy(update={"store": str(tmp_path_factory.mktemp("maven"))})
    ref = make_snapshot(company)
    with open_snapshot(ref, company) as snapshot:
        there = snapshot.at(ref.last_day)
        rows = {name: frame.collect("pandas").to_native() for name, frame in there.frames.items()}
        return {name: rows[name][sorted(there.columns(name))] for name in rows}, company, ref.last_day


def test_labels_of_teams_and_reps_that_were_shuffled_are_seldom_findings(maven: Maven) -> None:
    frames, company, day = maven
    rng = np.random.default_rng(SEED)
    wrong = 0
    for _ in range(3):
        order = rng.permutation(len(frames["deals"]))
        labels = {name: frames["deals"][name].to_numpy()[order] for name in ("team", "rep")}
        shuffled = {**frames, "deals": frames["deals"].assign(**labels)}
        found = sure(tables_from_frames(shuffled, company, day), COMPANY)
        wrong += sum(bool({"team", "rep"} & set(dict(one.subject))) for one in found)
    assert wrong == 0
