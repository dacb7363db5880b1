"""From lead to deal: qualified leads, conversion by cohort, the win rate of a period, the open pipeline."""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pandas as pd

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.data.kept import handed
from salesgoals_kit.kpis.months import Clock, first_whole
from salesgoals_kit.kpis.revenue import SALE_DAY, TABLE, revenue
from salesgoals_kit.kpis.scope import By, Frame, Scope, Spans, count, extent, flag, monthly, total, totals
from salesgoals_kit.kpis.spans import grid, measured, summed
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import YEAR, Period, day_of, last_whole_month
from salesgoals_kit.words import Count, Message, Number, Value, say


def win_rate(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return won / (won + lost) of deals closed in each span, by group. Open deals are not lost."""
    closed = scope.rows("deals").filter(nw.col("status") != "open")
    won = flag(nw.col("status") == "won")
    parts = monthly(closed, "closed_at_month", by, numerator=won, denominator=flag(~nw.col("status").is_null()))
    return measured(summed(parts, spans, by), by)


def qualified_leads(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return the leads that were qualified in each span, by group."""
    leads = scope.rows("leads")
    parts = monthly(leads, "qualified_at_month", by, numerator=flag(~nw.col("lead_id").is_null()))
    return measured(summed(parts, spans, by), by)


def conversion(tables: Tables, spans: Spans, by: By = (), owner: Owner = COMPANY) -> pd.DataFrame:
    """Return what became of the leads created in each span, up to as_of, by group.

    Columns by, first, last, ``leads``, ``qualified``, ``deals`` and ``won`` (those with a deal, with one that is won)
    and ``value``, qualified / leads. Young cohorts have not had their time: their counts still grow. A deal that a lead
    names and the table of deals does not have is none: at a day in the past it may not have been created yet.
    """
    scope = Scope(tables, owner)
    leads = scope.rows("leads")
    if tables.has("deals"):
        status = tables.frame("deals").select("deal_id", "status")
        leads = leads.join(status, on="deal_id", how="left")
    else:
        leads = leads.with_columns(nw.col("deal_id").alias("status"))
    parts = monthly(
        leads,
        "created_at_month",
        by,
        leads=flag(~nw.col("lead_id").is_null()),
        qualified=flag(~nw.col("qualified_at_day").is_null()),
        deals=flag(~nw.col("status").is_null()),
        won=flag(nw.col("status") == "won"),
    )
    cohorts = summed(parts, spans, by)
    return cohorts.assign(value=cohorts["qualified"] / cohorts["leads"].where(cohorts["leads"] > 0))


@dataclass(frozen=True)
class Coverage:
    """The open pipeline against what is still to be won; money in currency units, NaN where it cannot be known.

    ``needed`` is 1 / own win rate by number of deals, over the ``YEAR`` months up to as_of. ``dated`` tells whether the
    pipeline is what is expected to close within the period, or everything open.
    """

    pipeline: float
    still_to_win: float
    value: float
    needed: float
    dated: bool
    notes: tuple[Message, ...]


@handed
def coverage(tables: Tables, owner: Owner, period: Period, still_to_win: float) -> Coverage:
    """Return how far the open pipeline covers what is still to be won in a period, and how far it has to.

    Counted are open deals that are expected to close by the period's end (those overdue included); where no open deal
    has an expected day, all of them.
    """
    scope = Scope(tables, owner)
    opened = scope.rows("deals").filter(nw.col("status") == "open")
    dated = count(opened.filter(~nw.col("expected_close_at_day").is_null())) > 0
    expected = opened.filter(nw.col("expected_close_at_month") <= period.last) if dated else opened
    pipeline = _amount(scope, expected)
    last = last_whole_month(tables.as_of)
    rate = win_rate(scope, [(last - YEAR + 1, last)], ())["value"].iloc[0]
    value = pipeline / still_to_win if still_to_win > 0 else np.nan
    notes = (*_unknown(expected, due=dated), *(() if dated else (say("kpis.coverage_all_open"),)))
    return Coverage(pipeline, still_to_win, value, 1 / rate if rate > 0 else np.nan, dated, notes)


def pipeline_cover(scope: Scope, spans: Spans, by: By) -> pd.DataFrame:
    """Return open pipeline at as_of / revenue of the same months a year before, for the latest span; others are NaN.

    What the pipeline was on an earlier day is not known, so there is no history.
    """
    latest = max(spans, key=lambda span: (span[1], span[0]))
    opened = scope.rows("deals").filter(nw.col("status") == "open")
    known = ~nw.col("amount").is_null()
    now = totals(opened, by, numerator=nw.col("amount"), known=flag(known), blank=flag(nw.col("amount").is_null()))
    before = revenue(scope, [(latest[0] - YEAR, latest[1] - YEAR)], by)
    base = before[[*by, "numerator"]].rename(columns={"numerator": "denominator"})
    both = now.merge(base, how="outer", on=list(by)) if by else now.merge(base, how="cross")
    both = both.fillna({"numerator": 0, "known": 0, "blank": 0}).assign(first=latest[0], last=latest[1])
    both.loc[(both["known"] == 0) & (both["blank"] > 0), "numerator"] = np.nan
    if not _whole_year_before(scope, latest[0]):
        both["denominator"] = np.nan
    answer = grid(both, spans, by).merge(both, how="left", on=[*by, "first", "last"])
    return measured(answer, by, (scope.company.minor_units, 1))


def _whole_year_before(scope: Scope, month: int) -> bool:
    table = TABLE[scope.company.revenue]
    days = extent(scope.tables.frame(table), (SALE_DAY[table],))
    return days is not None and first_whole(day_of(days[0])) <= month - YEAR


def _amount(scope: Scope, deals: Frame) -> float:
    """Return the deals' sum; NaN if there are some and none has an amount."""
    blank = count(deals.filter(nw.col("amount").is_null()))
    if blank and blank == count(deals):
        return float("nan")
    return total(deals, nw.col("amount")) / scope.company.minor_units


def _unknown(deals: Frame, *, due: bool) -> tuple[Message, ...]:
    """Return how many of the open deals, or of those that are due, have no amount."""
    said: dict[str, Value] = {
        "count": Count(count(deals.filter(nw.col("amount").is_null()))),
        "of": Count(count(deals)),
    }
    name = "kpis.due_without_amount" if due else "kpis.open_without_amount"
    return (Message(name, said),) if said["count"] != Count(0) else ()


def coverage_remarks(scope: Scope, first: int, last: int) -> list[Message]:
    """Return that there is no history, how much pipeline the win rate asks for, and what of it is unknown."""
    rate = win_rate(scope, [(last - YEAR + 1, last)], ())["value"].iloc[0]
    needed = [say("kpis.coverage_needed", needed=Number(1 / rate, 1, "times"))] if rate > 0 else []
    opened = scope.rows("deals").filter(nw.col("status") == "open")
    return [say("kpis.coverage_now_only"), *needed, *_unknown(opened, due=False)]


def closing_clocks(_: Scope) -> list[Clock]:
    """Return by which events to tell how far closings reach."""
    return [Clock("deals", ("closed_at",))]


def lead_clocks(_: Scope) -> list[Clock]:
    """Return by which events to tell how far qualified leads reach: where either stops, so does their count."""
    return [Clock("leads", ("created_at",)), Clock("leads", ("qualified_at",))]
