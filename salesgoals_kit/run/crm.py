"""Reps' monthly goals as a file that a CRM imports, with the columns its maker documents.

Salesforce: quotas are loaded into the object ForecastingQuota with Data Loader from a CSV with the user's id, the
forecast type's id, the quota amount, the currency code and the period's first day as yyyy-mm-dd (Salesforce Help,
"Forecast Quotas from External Sources"; fields in Object Reference, "ForecastingQuota"). The two ids are the
organisation's own: QuotaOwnerId is filled where a rep is known by his Salesforce id (15 or 18 signs from 005 on), else
it is left to be looked up by the user's Email; ForecastingTypeId is always left.

HubSpot: goals are objects of type goal_targets, one for each user and month, with hs_goal_name, hs_target_amount,
hs_start_datetime, hs_end_datetime (the first moment after the goal's time, in UTC) and hubspot_owner_id (HubSpot
Developers, "CRM API | Goals"); imports take an owner by the user's e-mail (HubSpot Knowledge Base, "Set up your import
files").
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from salesgoals_kit.errors import Fault
from salesgoals_kit.periods import month_start, parse_period
from salesgoals_kit.run.sheet import Record

COLUMNS = {
    "salesforce": ("QuotaOwnerId", "Email", "ForecastingTypeId", "QuotaAmount", "CurrencyIsoCode", "StartDate"),
    "hubspot": ("hs_goal_name", "hubspot_owner_id", "hs_target_amount", "hs_start_datetime", "hs_end_datetime"),
}
TO_FILL = {
    "salesforce": "ForecastingTypeId, and QuotaOwnerId where it is empty, are to be filled in from your organisation"
}
USER_ID = re.compile(r"005[A-Za-z0-9]{12}([A-Za-z0-9]{3})?")
EMAIL = re.compile(r"[A-Za-z0-9][^@\s,;\"]*@[^@\s,;\"]+")  # no sign before it that a spreadsheet would work out


def write_crm(record: Record, emails: Mapping[str, str], system: str, file: Path) -> int:
    """Write the file for a system in place of whatever is there, and return how many goals are in it."""
    rows = list(crm_rows(record, emails, system))
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerows([COLUMNS[system], *rows])
    return len(rows)


def crm_rows(record: Record, emails: Mapping[str, str], system: str) -> Iterator[tuple[str, ...]]:
    """Give a row for each rep and month, in the order of the columns; teams and the company are no users."""
    for row in record.rows:
        for month in row.months if row.owner.rep is not None else ():
            first = parse_period(month.month)
            email, amount = emails[str(row.owner.rep)], _amount(month.proposal or 0.0, record.minor_units)
            if system == "salesforce":
                found = USER_ID.fullmatch(str(row.owner.rep))
                yield found[0] if found else "", email, "", amount, record.currency, first.start.isoformat()
            else:
                name = f"{row.kpi} {record.period}"
                until = month_start(first.last + 1)
                yield name, email, amount, f"{first.start}T00:00:00Z", f"{until}T00:00:00Z"


def crm_faults(record: Record, emails: Mapping[str, str]) -> list[Fault]:
    """Return a fault where there are no reps, and for every rep without an e-mail address or without a goal."""
    reps = [row for row in record.rows if row.owner.rep is not None]
    faults = [] if reps else [Fault("reps", "there is nobody to give a goal to", "a table of reps, or deals with reps")]
    for row in reps:
        email = emails.get(str(row.owner.rep))
        where = f"rep {row.owner.rep!r}"
        if email is None:
            faults.append(Fault(where, "no e-mail address", "reps.email", "map it in company.yaml, or fill it in"))
        elif not EMAIL.fullmatch(email):
            faults.append(Fault(where, f"the e-mail address {email!r}", "one like ann@example.org"))
        lacking = [month.month for month in row.months if month.proposal is None]
        if lacking:
            faults.append(Fault(where, f"no goal for {', '.join(lacking)}", todo="agree one first"))
    return faults


def _amount(value: float, minor_units: int) -> str:
    return f"{value:.{len(str(minor_units)) - 1}f}"
