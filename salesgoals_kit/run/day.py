"""The day whose knowledge counts in a run: as given, or the latest that fits the template; every fault of it told."""

from __future__ import annotations

from datetime import date

from salesgoals_kit.company import Company
from salesgoals_kit.data.asof import default_as_of
from salesgoals_kit.data.snapshot import SnapshotRef
from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.periods import Period, parse_period
from salesgoals_kit.run.params import Params

LOOKING_AHEAD = ("baseline", "goal_setting")
FOLLOWING = ("tracking",)


def resolve_as_of(template: str, params: Params, company: Company, ref: SnapshotRef, now: date) -> date:
    """Return the day whose knowledge counts: as given, or the latest that fits the template.

    Raises ParamError where the day given is before the data begins or after today, is too late to look ahead, or lies
    outside the period that is followed; and where the data does not reach that period.
    """
    period = parse_period(params.period, company.fiscal_year_starts)
    if params.as_of is None:
        day = default_as_of(template, today=now, last_day=ref.last_day, period=period, settle_days=company.settle_days)
        return _within(template, day, period, f"the data reaches {ref.last_day}")
    given = date.fromisoformat(params.as_of)
    if not ref.first_day <= given <= now:
        expected = f"a day from {ref.first_day}, when the data begins, to today, {now} by this machine's clock"
        raise ParamError("The parameters cannot be used.", [Fault("as_of", params.as_of, expected)])
    if template in LOOKING_AHEAD and given >= period.start:
        expected = f"a day before {period.name} begins on {period.start}"
        raise ParamError(f"{template} looks ahead.", [Fault("as_of", params.as_of, expected)])
    return _within(template, given, period)


def _within(template: str, day: date, period: Period, why: str = "") -> date:
    """Return the day; a period is followed from its first day to its last, not before and not afterwards."""
    if template not in FOLLOWING or period.start <= day <= period.end:
        return day
    expected = f"a day of {period.name}, from {period.start} to {period.end}"
    todo = "set goals for it until then: goal_setting" if day < period.start else "see what came of it: review"
    found = f"{day}; {why}" if why else str(day)
    raise ParamError(f"{template} follows a period that runs.", [Fault("as_of", found, expected, todo)])
