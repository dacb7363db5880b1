"""The sample company as known in the middle of its last quarter, made once for the tests that need people and deals."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from salesgoals_kit.company import Company, load_company
from salesgoals_kit.data.asof import Tables, tables_from_frames
from salesgoals_kit.data.contract import TABLES
from salesgoals_kit.data.sample import LAST_DAY, make_sample
from salesgoals_kit.kpis.catalogue import CATALOGUE
from salesgoals_kit.periods import parse_period
from salesgoals_kit.run.folders import shipped

AS_OF, Q4 = date(2025, 11, 15), parse_period("2025Q4")


@cache
def company() -> Company:
    return load_company(Path(shipped("params", "company.yaml")), TABLES, CATALOGUE)


@cache
def sample(seed: int = 7, as_of: date = AS_OF) -> Tables:
    return tables_from_frames(make_sample(seed).tables, company(), as_of, known_on=LAST_DAY)
