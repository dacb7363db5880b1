"""The sample's files: the same to the byte, foreign in form, and read through params/company.yaml without a loss."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample, write_sample
from salesgoals_kit.data.snapshot import SnapshotRef, make_snapshot, open_snapshot
from salesgoals_kit.kpis.catalogue import CATALOGUE

PARAMS = Path(__file__).parents[2] / "params"


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Company:
    """The checkout's company file beside sample data of its own."""
    home = tmp_path_factory.mktemp("checkout")
    (home / "params").mkdir()
    shutil.copy(PARAMS / "company.yaml", home / "params")
    write_sample(home / ".salesgoals" / "sample")
    return load_company(home / "params" / "company.yaml", TABLES, CATALOGUE)


@pytest.fixture(scope="module")
def snapshot(company: Company) -> SnapshotRef:
    return make_snapshot(company)


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_seed_writes_the_same_bytes_and_nothing_but_a_file_a_table(tmp_path: Path, company: Company) -> None:
    planted = write_sample(tmp_path / "new" / "sample")
    written = files(tmp_path / "new" / "sample")
    assert written == files(company.store_folder / "sample")
    assert set(written) == {f"{name}.csv" for name in TABLES}
    assert planted == make_sample().planted
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["sample"], "nothing is left lying about"
    assert sum(map(len, written.values())) < 15e6


def test_a_folder_that_is_there_gets_the_files_of_its_seed_and_keeps_its_own(tmp_path: Path, company: Company) -> None:
    (tmp_path / "deals.csv").write_text("old")
    (tmp_path / "note.txt").write_text("mine")
    write_sample(tmp_path, seed=8)
    assert (tmp_path / "note.txt").read_text() == "mine"
    assert (tmp_path / "deals.csv").read_text("cp1252").startswith("Record ID;Deal Name;Deal Stage;")
    assert files(tmp_path)["deals.csv"] != files(company.store_folder / "sample")["deals.csv"]


def test_the_files_are_as_foreign_as_an_export(company: Company) -> None:
    folder = company.store_folder / "sample"
    deals = (folder / "deals.csv").read_text("cp1252").splitlines()
    closed = next(line for line in deals if ";Closed Won;" in line).split(";")
    assert closed[2:4] == ["Closed Won", "Contract"]
    assert closed[4].endswith((",00", ",50"))
    assert len(closed[5].split(".")) == 3
    invoices = (folder / "invoices.csv").read_text("cp1252")
    assert ";-" in invoices, "credit notes"
    assert "NULL" in (folder / "subscriptions.csv").read_text()
    assert "01/2022,Website," in (folder / "spend.csv").read_text()
    assert "ü" in (folder / "accounts.csv").read_text("cp1252")


def test_no_row_is_set_aside(snapshot: SnapshotRef) -> None:
    assert set(snapshot.manifest.tables) == set(TABLES)
    for name, facts in snapshot.manifest.tables.items():
        assert (facts.kept, facts.rejected) == (facts.read, 0), name
    assert snapshot.last_day == LAST_DAY
    assert snapshot.manifest.notes == ()


@pytest.mark.parametrize("name", TABLES)
def test_what_comes_in_is_what_was_made(snapshot: SnapshotRef, name: str) -> None:
    table = make_sample().tables[name]
    path = snapshot.folder / f"{name}.parquet"
    with duckdb.connect() as con:
        read = con.execute("SELECT * FROM read_parquet(?)", [str(path)]).df()
    pd.testing.assert_frame_equal(plain(read[table.columns]), plain(table))


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows as text in one order, so that engines can be compared."""
    cells = pd.DataFrame({column: words(frame[column]) for column in frame})
    return cells.sort_values(list(cells.columns), ignore_index=True)


def words(cells: pd.Series) -> pd.Series:
    if pd.api.types.is_datetime64_any_dtype(cells):
        told = cells.dt.strftime("%Y-%m-%d")
    elif pd.api.types.is_bool_dtype(cells) or cells.dropna().isin([True, False]).all():
        told = cells.astype("boolean").astype("string")
    elif pd.api.types.is_numeric_dtype(cells):
        told = cells.astype("Float64").map("{:.6f}".format, na_action="ignore").astype("string")
    else:
        told = cells.astype("string")
    answer: pd.Series = told.astype("string").fillna("").astype(object)
    return answer


def test_every_rep_s_deals_have_a_team_while_he_is_there(company: Company, snapshot: SnapshotRef) -> None:
    with open_snapshot(snapshot, company) as opened:
        deals = opened.at(LAST_DAY).frame("deals").collect("pandas").to_native()
    unknown = deals["team"].isna()
    assert 0 < unknown.sum() < 0.01 * len(deals), "only those closed or open in the name of one who has left"
    assert set(deals["team"].dropna()) == {team.name for team in company.teams}


def test_the_company_file_says_what_a_company_file_can_say(company: Company) -> None:
    assert company.minor_units == 100
    assert [team.manager for team in company.teams] == make_sample().tables["teams"]["manager"].tolist()
    assert company.plan
    assert company.objectives
    assert company.sources["invoices"].lookup
    assert company.sources["deals"].values["status"].source == ("Deal Stage",)
    assert {path.parent for path in (source.path for source in company.sources.values())} == {
        Path("../.salesgoals/sample")
    }


def test_the_example_s_parameters_are_of_the_sample(company: Company) -> None:
    example = yaml.safe_load((PARAMS / "example.yaml").read_text("utf-8"))
    assert example == {"company": "params/company.yaml", "team": "Central", "period": "2026Q1", "as_of": "2025-12-31"}
    assert example["team"] in {team.name for team in company.teams}
    assert example["as_of"] == LAST_DAY.isoformat()
