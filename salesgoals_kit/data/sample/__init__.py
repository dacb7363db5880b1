"""A plausible mid-sized company, made up and seeded, ending on a fixed day, with effects planted to be found again.

It sells software by subscription, and services, in four teams; its currency is EUR. Deals, leads, activities, invoices,
spend and costs are those of four years; subscriptions, and what is known of who left, go back to their beginning in
January 2019. Everything is drawn from one chain of causes: reps close so many deals, by season, by how long they have
been here and by how much they work; each deal passes its stages with chances that depend on its kind, its channel and
its rep; a deal that is won starts a subscription or an invoice; customers leave by a hazard of their tenure. The CRM
then forgets, overwrites and leaves blank what a CRM does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from salesgoals_kit.data.sample.activities import activity_table
from salesgoals_kit.data.sample.billing import invoice_table
from salesgoals_kit.data.sample.contracts import draw_contracts, pair_accounts, subscription_table
from salesgoals_kit.data.sample.costs import cost_floor, cost_table
from salesgoals_kit.data.sample.crm import crm_tables
from salesgoals_kit.data.sample.customers import customer_tables, win_customers
from salesgoals_kit.data.sample.days import FIRST_DAY, LAST, LAST_DAY, stream
from salesgoals_kit.data.sample.demand import draw_leads, lead_table, spend_table
from salesgoals_kit.data.sample.files import write_files
from salesgoals_kit.data.sample.moved import Moved
from salesgoals_kit.data.sample.people import REORGANISED_ON, hire, people_tables
from salesgoals_kit.data.sample.pipeline import run_pipeline
from salesgoals_kit.data.sample.planted import (
    Background,
    Coaching,
    CostFloor,
    LeavingChannel,
    LeavingMonth,
    Planted,
    Ramp,
    StageLeak,
    draw_effects,
)

__all__ = [
    "FIRST_DAY",
    "LAST_DAY",
    "REORGANISED_ON",
    "Background",
    "Coaching",
    "CostFloor",
    "LeavingChannel",
    "LeavingMonth",
    "Moved",
    "Planted",
    "Ramp",
    "Sample",
    "StageLeak",
    "make_sample",
    "sample_tables",
    "write_sample",
]


@dataclass(frozen=True)
class Sample:
    """The sample company: its canonical tables by name, and what is planted in them."""

    tables: dict[str, pd.DataFrame]
    planted: Planted


def make_sample(seed: int = 7, plant: bool = True, moved: Moved | None = None) -> Sample:
    """Return the sample company.

    Frames are canonical: money in minor units (Int64), days as datetime64, ids as text; in deal_changes ``value`` is a
    text, of an amount in minor units, of a day in ISO form. The same seed gives the same company; without ``plant``
    only season, trend and rush are there to be found, and what `Background` says of channels and deal types. With
    ``moved`` it is the company that does something better from a day on (see `Moved`).
    """
    roster = hire(stream(seed, "people"))
    planted = draw_effects(stream(seed, "effects"), roster.steady()) if plant else Planted()
    everything = run_pipeline(stream(seed, "pipeline"), roster, planted, moved)
    pipeline = everything.take(np.flatnonzero(everything.created <= LAST))
    customers = win_customers(stream(seed, "customers"), roster, pipeline, planted, moved)
    customers = pair_accounts(stream(seed, "pairs"), roster, pipeline, customers, moved)
    contracts = draw_contracts(stream(seed, "contracts"), pipeline, customers, moved)
    leads = draw_leads(stream(seed, "leads"), roster, everything)
    tables = crm_tables(stream(seed, "crm"), roster, pipeline, customers, contracts, moved)
    tables["leads"] = lead_table(stream(seed, "answers"), roster, leads, len(pipeline))
    tables["activities"] = activity_table(stream(seed, "activities"), roster, pipeline, leads)
    tables |= customer_tables(stream(seed, "accounts"), customers)
    tables["invoices"] = invoice_table(stream(seed, "invoices"), roster, pipeline, customers, contracts, moved)
    tables["subscriptions"] = subscription_table(customers, contracts)
    tables["spend"] = spend_table(stream(seed, "spend"), leads, moved)
    tables["costs"] = cost_table(stream(seed, "costs"), roster, tables["deals"], plant, moved)
    tables |= people_tables(roster)
    floor = cost_floor(tables["deals"], tables["costs"], tables["spend"]) if plant else None
    return Sample(tables, replace(planted, floor=floor))


def sample_tables(seed: int = 7, plant: bool = True) -> dict[str, pd.DataFrame]:
    """Return the sample company's canonical tables by name, as `make_sample` describes them."""
    return make_sample(seed, plant).tables


def write_sample(folder: Path, *, seed: int = 7, plant: bool = True) -> Planted:
    """Return what is planted, and write one CSV a table into ``folder``, as the company's systems would export them.

    ``params/company.yaml`` says how to read them; headers and forms are foreign in some and plain in others.
    """
    sample = make_sample(seed, plant)
    write_files(sample.tables, folder)
    return sample.planted
