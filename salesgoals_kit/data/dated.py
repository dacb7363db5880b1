"""What the tables other than deals had to say at a moment: rows and cells that came later are taken away."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from salesgoals_kit.data.moment import Frame, Moment, unless_after
from salesgoals_kit.periods import day_of, last_whole_month

_BEGUN = {  # table: (the day a row begins with, the days that may still lie ahead)
    "deal_changes": ("changed_at", ()),
    "stage_events": ("entered_at", ()),
    "activities": ("happened_at", ()),
    "churn_events": ("churned_at", ()),
    "invoices": ("invoiced_at", ()),
    "subscriptions": ("started_at", ("ended_at",)),
    "assignments": ("from", ("to",)),
}
_LEARNED_OF_LEADS = ("deal_id", "budget", "authority", "need", "timing")
OVERWRITTEN_LEADS = ("rep", "team", "channel")
LEARNED_OF_ACCOUNTS = ("churn_flag", "industry", "size", "region", "segment")


def at_moment(name: str, frame: Frame, moment: Moment) -> Frame:
    """Return a table (other than deals) as it was known at the moment."""
    if name in _BEGUN:
        begin, ahead = _BEGUN[name]
        return unless_after(frame.filter(nw.col(f"{begin}_day") <= moment.as_of), moment.as_of, *ahead)
    rules: dict[str, Callable[[Frame, Moment], Frame]] = {
        "leads": _leads,
        "accounts": _accounts,
        "reps": _reps,
        "spend": _months,
        "costs": _months,
    }
    return rules[name](frame, moment) if name in rules else frame


def _leads(leads: Frame, moment: Moment) -> Frame:
    known = leads.filter(nw.col("created_at_day") <= moment.as_of)
    if moment.hindsight:
        qualified = nw.col("qualified_at_day") <= moment.as_of
        known = known.with_columns(*(nw.when(qualified).then(nw.col(c)).alias(c) for c in _LEARNED_OF_LEADS))
        never = nw.col("lead_id").is_null()
        known = known.with_columns(*(nw.when(never).then(nw.col(c)).alias(c) for c in OVERWRITTEN_LEADS))
    return unless_after(known, moment.as_of, "qualified_at")


def _accounts(accounts: Frame, moment: Moment) -> Frame:
    if not moment.hindsight:
        return accounts
    never = nw.col("account_id").is_null()
    return accounts.with_columns(*(nw.when(never).then(nw.col(c)).alias(c) for c in LEARNED_OF_ACCOUNTS))


def _reps(reps: Frame, moment: Moment) -> Frame:
    hired = nw.col("hired_on_day")
    return unless_after(reps.filter((hired <= moment.as_of) | hired.is_null()), moment.as_of, "left_on")


def _months(rows: Frame, moment: Moment) -> Frame:
    return rows.filter(nw.col("month_month") <= last_whole_month(day_of(moment.as_of)))
