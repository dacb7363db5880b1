"""All that a report is handed, as hashes: what it comes from, and so whether it would come out otherwise."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from salesgoals_kit.company import Company
from salesgoals_kit.data.slices import Slices, digest_of_company
from salesgoals_kit.errors import StoreError
from salesgoals_kit.owners import Owner
from salesgoals_kit.periods import parse_period
from salesgoals_kit.report.content import Provenance
from salesgoals_kit.run.above import digest_of, file_of, read_asked
from salesgoals_kit.run.folders import shipped
from salesgoals_kit.run.following import EVERYBODYS, FLOWS, goals_of_period
from salesgoals_kit.run.job import Job
from salesgoals_kit.run.looking_back import NAMES, digests_for
from salesgoals_kit.run.past import PAST_GOALS, goals_before
from salesgoals_kit.run.work import (
    ABOVE,
    AGREED,
    CORRECTION,
    LAST_GOALS,
    SCORES,
    agreed_goals,
    corrected_book,
    last_goals,
    slice_name,
)
from salesgoals_kit.state import digest_of_kit
from salesgoals_kit.store.engine import open_store
from salesgoals_kit.store.ledger import Ledger
from salesgoals_kit.store.rows import GoalRow
from salesgoals_kit.store.visible import KINDS, Standing

LOOKED_AT = {
    *(SCORES, CORRECTION, LAST_GOALS, AGREED, ABOVE, EVERYBODYS, PAST_GOALS),
    *NAMES,
    *(kind.TABLE for kind in KINDS),
}
UNHANDED = {"snapshot", "company"}  # parameters that say where things lie


@dataclass(frozen=True)
class Handed:
    """What the reports of a run are handed, and of whom the ledger holds rows of these reports."""

    inputs: Mapping[Owner, Mapping[str, str]]
    in_ledger: frozenset[Owner]


def common_to(first: Job, company: Company, slices: Slices) -> dict[str, str]:
    """Return what the reports of a run are all handed alike; ``first`` is one of them."""
    as_of = date.fromisoformat(str(first.params["as_of"]))
    ledger = Ledger(open_store(company))
    about = (first.period, first.template, as_of)
    period = parse_period(first.period, company.fiscal_year_starts)
    common = {
        "company": digest_of_company(company),
        "kit": digest_of_kit(),
        "template": hashlib.sha256(shipped("notebooks", f"{first.template}.ipynb").read_bytes()).hexdigest(),
        SCORES: ledger.digest_of_scores(*about),
        CORRECTION: _correction(company, ledger, *about),
        LAST_GOALS: digest_of(*last_goals(ledger, period, as_of)),
        AGREED: digest_of(agreed_goals(ledger, period, as_of)),
        EVERYBODYS: _told(goals_of_period(ledger, period, as_of, FLOWS)),
        PAST_GOALS: _told(goals_before(ledger, period, as_of)),
    }
    if (facts := slices.digest("facts")) is not None:
        common["data"] = facts  # how far the tables reach and what they cannot tell, as every page says
    return common


def handed_to(jobs: Sequence[Job], company: Company, slices: Slices, common: Mapping[str, str]) -> Handed:
    """Return what each job's report is handed: jobs of one template, period, day and snapshot."""
    first = jobs[0]
    as_of = date.fromisoformat(str(first.params["as_of"]))
    ledger = Ledger(open_store(company))
    owners = [job.owner for job in jobs]
    standing = ledger.standing(owners, first.period, first.template, as_of)
    period = parse_period(first.period, company.fiscal_year_starts)
    back = digests_for(ledger, period, first.template, as_of, str(first.params["snapshot"]), owners)
    asked = read_asked(file_of(company, slices, first.period, common)) or {}
    above = {job.owner: hashlib.sha256(repr(asked.get(str(job.owner.team))).encode()).hexdigest() for job in jobs}
    inputs = {
        job.owner: {**common, **back[job.owner], ABOVE: above[job.owner], **_own(job, slices, standing[job.owner])}
        for job in jobs
    }
    return Handed(inputs, frozenset(owner for owner, stands in standing.items() if stands.frozen))


def _correction(company: Company, ledger: Ledger, period: str, template: str, as_of: date) -> str:
    """Return what past scores correct. Where they cannot be scored, each report that looks at them meets it, and tells.

    Raises StoreError where the ledger cannot be read.
    """
    try:
        return repr(corrected_book(company, ledger, period, template, as_of).correction)
    except StoreError:
        raise
    except Exception as error:
        return f"not known: {error!r}"


def _told(goals: Sequence[GoalRow]) -> str:
    """Return a hash of goals with the chances they were given; of none, nothing."""
    told = [repr((row.owner, row.kpi, row.period, row.level, row.value, row.chance)) for row in goals]
    return hashlib.sha256(repr(told).encode()).hexdigest() if told else ""


def _own(job: Job, slices: Slices, stands: Standing) -> dict[str, str]:
    """Return what is a job's own. Without a slice its report looks at the snapshot, and comes from all of it."""
    told = {name: value for name, value in job.params.items() if name not in UNHANDED}
    figures = slices.digest(slice_name(job.template, job.owner, job.period))
    return {
        "parameters": hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest(),
        **stands.digests,
        "figures": figures or f"snapshot {job.params['snapshot']}",
    }


def all_there_is(inputs: Mapping[str, str], job: Job) -> dict[str, str]:
    """Return what a report would come from that looks at all there is: what it is handed, and the snapshot."""
    return {**inputs, "snapshot": str(job.params["snapshot"])}


def seen(inputs: Mapping[str, str], job: Job, made: Provenance) -> dict[str, str]:
    """Return what a report came from: of the ledger what it looked at, all of the snapshot if it looked beyond."""
    came = {name: found for name, found in inputs.items() if name not in LOOKED_AT or name in made.ledger}
    return all_there_is(came, job) if made.beyond else came
