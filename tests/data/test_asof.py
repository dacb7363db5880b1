"""What was known at the end of a day, worked out by hand, and by naive rules in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesgoals_kit.data.asof import Tables, default_as_of, tables_from_frames
from salesgoals_kit.data.teams import without_team
from salesgoals_kit.errors import DataError
from salesgoals_kit.periods import parse_period
from salesgoals_kit.policies import Team
from salesgoals_kit.words import Count, say
from tests.data.conftest import collected
from tests.data.test_leakage import COMPANY, SOME
from tests.data.worlds import AS_OF, LAST, UNDATED, Maker, Row, frames_of

DAY = date(2026, 3, 31)
LATER = date(2026, 6, 30)


def _seen(as_of: date = DAY, *, known_on: date | None = LATER, **tables: Sequence[Row]) -> Tables:
    frames = {name: pd.DataFrame(list(rows)) for name, rows in tables.items()}
    return tables_from_frames(frames, COMPANY, as_of, known_on=known_on)


def _deal(**fields: Any) -> Row:
    """An open deal of Ann's, 100.00, in the stage Offer."""
    made = {"deal_id": "1", "status": "open", "created_at": date(2026, 1, 5), "closed_at": None}
    return {**made, "rep": "Ann", "amount": 10000, "stage": "Offer", "expected_close_at": date(2026, 7, 1), **fields}


def _change(field: str, value: str, changed_at: date, deal_id: str = "1") -> Row:
    return {"deal_id": deal_id, "field": field, "value": value, "changed_at": changed_at}


def _one(tables: Tables, name: str = "deals") -> dict[Any, Any]:
    return dict(collected(tables, name).iloc[0])


def test_a_deal_that_closed_later_was_open_and_its_fields_are_unknown() -> None:
    deal = _one(_seen(deals=[_deal(status="won", closed_at=date(2026, 4, 1))]))
    assert deal["status"] == "open"
    assert all(deal[field] is None for field in ("closed_at", "closed_at_day", *UNDATED))
    assert deal["created_at"] == datetime(2026, 1, 5)


def test_a_deal_that_closed_on_the_day_had_closed() -> None:
    """As_of is inclusive."""
    deal = _one(_seen(deals=[_deal(status="won", closed_at=DAY)]))
    assert (deal["status"], deal["closed_at"], deal["amount"]) == ("won", datetime(2026, 3, 31), 10000)


def test_a_deal_created_later_is_not_there() -> None:
    assert collected(_seen(deals=[_deal(created_at=date(2026, 4, 1))]), "deals").empty


def test_on_the_last_day_with_data_open_deals_are_as_they_are_today() -> None:
    deal = _one(_seen(DAY, known_on=DAY, deals=[_deal()]))
    assert (deal["rep"], deal["amount"], deal["stage"]) == ("Ann", 10000, "Offer")


def test_changes_say_what_an_open_deal_looked_like() -> None:
    """Two changes by the day, one after it; the amount is minor units in digits, the expected close a date."""
    changes = [
        _change("amount", "5000", date(2026, 2, 1)),
        _change("amount", "7000", DAY),
        _change("amount", "10000", date(2026, 4, 1)),
        _change("rep", "Bob", date(2026, 2, 1)),
        _change("expected_close_at", "2026-05-01", date(2026, 2, 1)),
    ]
    deal = _one(_seen(deals=[_deal()], deal_changes=changes))
    assert (deal["amount"], deal["rep"], deal["stage"]) == (7000, "Bob", None)
    assert (deal["expected_close_at"], deal["expected_close_at_month"]) == (datetime(2026, 5, 1), 676)  # 56 * 12 + 4


def test_of_two_changes_on_one_day_the_last_row_counts() -> None:
    rows = [_change("amount", "1", DAY), _change("amount", "3", DAY), _change("amount", "2", DAY)]
    assert _one(_seen(deals=[_deal()], deal_changes=rows))["amount"] == 2


def test_the_time_of_day_orders_changes_whatever_the_order_of_rows() -> None:
    rows = [_change("amount", "1", DAY), _change("amount", "3", DAY)]
    for row, hour in zip(rows, (17, 9), strict=True):
        row["changed_at"] = datetime(2026, 3, 31, hour)
    assert _one(_seen(deals=[_deal()], deal_changes=rows))["amount"] == 1


def test_the_stage_is_the_latest_that_changes_or_events_tell() -> None:
    events = [{"deal_id": "1", "stage": "Demo", "entered_at": date(2026, 2, 1)}]
    events.append({"deal_id": "1", "stage": "Signed", "entered_at": date(2026, 4, 1)})
    assert _one(_seen(deals=[_deal()], stage_events=events))["stage"] == "Demo"
    later = [_change("stage", "Offer", date(2026, 3, 1))]
    assert _one(_seen(deals=[_deal()], stage_events=events, deal_changes=later))["stage"] == "Offer"


def test_a_closed_deal_has_the_amount_and_the_rep_that_were_written_by_then() -> None:
    """Its row says 100.00 and Ann since May; by March it said 80.00, and whose it was nothing tells."""
    changes = [
        _change("amount", "8000", date(2026, 2, 1)),
        _change("amount", "10000", date(2026, 5, 1)),
        _change("rep", "Ann", date(2026, 5, 1)),
    ]
    tables = _seen(deals=[_deal(status="won", closed_at=date(2026, 3, 1))], deal_changes=changes)
    deal = _one(tables)
    assert (deal["amount"], deal["rep"]) == (8000, None)
    assert tables.unknown == (say("data.closed_rep_unknown", count=Count(1)),)


def test_a_closing_that_was_entered_later_had_not_been_known() -> None:
    won = _deal(status="won", closed_at=date(2026, 3, 30))
    tables = _seen(deals=[won], deal_changes=[_change("closed_at", "2026-03-30", date(2026, 4, 2))])
    assert _one(tables)["status"] == "open"
    assert say("data.closings_written_later", count=Count(1)) in tables.unknown


def test_a_deal_without_a_creation_day_that_had_not_closed_is_not_known_to_exist() -> None:
    deals = [_deal(created_at=None), _deal(deal_id="2", created_at=None, status="lost", closed_at=DAY)]
    tables = _seen(deals=deals)
    assert list(collected(tables, "deals")["deal_id"]) == ["2"]
    assert say("data.deals_not_known_to_exist", count=Count(1)) in tables.unknown
    assert len(collected(_seen(DAY, known_on=DAY, deals=deals), "deals")) == 2


def test_an_earlier_snapshot_says_what_open_deals_looked_like() -> None:
    """It was taken on 1 March; a change on 15 March is newer, one on 15 February is in it already."""
    earlier = pd.DataFrame([_deal(amount=1, rep="Bob", stage="Demo", channel="Fair", created_at=None)])
    changes = [_change("amount", "2", date(2026, 3, 15)), _change("rep", "Zoe", date(2026, 2, 15))]
    frames = {"deals": pd.DataFrame([_deal(created_at=None)]), "deal_changes": pd.DataFrame(changes)}
    tables = tables_from_frames(frames, COMPANY, DAY, known_on=LATER, earlier=(earlier, date(2026, 3, 1)))
    deal = _one(tables)
    assert (deal["amount"], deal["rep"], deal["stage"], deal["channel"]) == (2, "Bob", "Demo", "Fair")
    assert say("data.earlier_used", day=date(2026, 3, 1)) in tables.unknown


def test_what_is_unknown_of_open_deals_is_counted_for_the_fields_there_are() -> None:
    tables = _seen(deals=[{"deal_id": "1", "status": "open", "created_at": DAY, "amount": 1}])
    assert tables.unknown == (say("data.open_amount_unknown", count=Count(1), of=Count(1)),)


def test_rows_that_are_dated_later_are_not_there() -> None:
    later = date(2026, 4, 1)
    tables = _seen(
        deal_changes=[_change("amount", "1", later)],
        stage_events=[{"deal_id": "1", "stage": "x", "entered_at": later}],
        activities=[{"activity_id": "1", "rep": "Ann", "kind": "call", "happened_at": later}],
        churn_events=[{"event_id": "1", "account_id": "A", "churned_at": later}],
        invoices=[{"invoice_id": "1", "account_id": "A", "invoiced_at": later, "amount": 1}],
        leads=[{"lead_id": "1", "created_at": later}],
        subscriptions=[{"subscription_id": "1", "account_id": "A", "started_at": later, "mrr": 1}],
        assignments=[{"rep": "Ann", "team": "East", "from": later}],
        reps=[{"rep": "Ann", "hired_on": later}],
    )
    assert {name: len(collected(tables, name)) for name in tables.frames} == dict.fromkeys(tables.frames, 0)
    assert tables.coverage == {}


def test_ends_that_lie_ahead_are_not_known() -> None:
    """The day after is ahead; an end on the day itself has come."""
    ends = [DAY, date(2026, 4, 1)]
    subscriptions = [
        {"subscription_id": str(i), "account_id": "A", "started_at": DAY, "mrr": 1, "ended_at": end}
        for i, end in enumerate(ends)
    ]
    reps = [{"rep": str(i), "left_on": end} for i, end in enumerate(ends)]
    moves = [{"rep": str(i), "team": "East", "from": date(2026, 1, 1), "to": end} for i, end in enumerate(ends)]
    tables = _seen(subscriptions=subscriptions, reps=reps, assignments=moves)
    for name, column in (("subscriptions", "ended_at"), ("reps", "left_on"), ("assignments", "to")):
        assert sorted(map(str, collected(tables, name)[column])) == ["2026-03-31 00:00:00", "None"], name
        assert sorted(map(str, collected(tables, name)[f"{column}_day"])) == ["20543", "None"], name


def test_a_month_s_row_counts_once_the_month_has_ended() -> None:
    rows = [{"month": date(2026, m, 1), "channel": "x", "amount": 1} for m in (2, 3, 4)]
    assert len(collected(_seen(DAY, spend=rows), "spend")) == 2
    assert len(collected(_seen(date(2026, 3, 30), spend=rows), "spend")) == 1
    assert _seen(DAY, spend=rows).coverage["spend"] == (date(2026, 2, 1), DAY)


def test_what_is_learned_when_a_lead_qualifies_is_unknown_before() -> None:
    lead = {
        "lead_id": "1",
        "created_at": date(2026, 1, 5),
        "qualified_at": date(2026, 4, 1),
        "deal_id": "1",
        "need": True,
    }
    found = _one(_seen(leads=[lead]), "leads")
    assert (found["qualified_at"], found["deal_id"], found["need"]) == (None, None, None)
    found = _one(_seen(date(2026, 4, 1), leads=[lead]), "leads")
    assert (found["qualified_at"], found["deal_id"], found["need"]) == (datetime(2026, 4, 1), "1", True)


def test_accounts_are_only_known_as_they_are_today() -> None:
    account = {"account_id": "A", "name": "Acme", "industry": "x", "churn_flag": True}
    found = _one(_seen(accounts=[account]), "accounts")
    assert (found["name"], found["industry"], found["churn_flag"]) == ("Acme", None, None)
    assert _one(_seen(DAY, known_on=DAY, accounts=[account]), "accounts")["churn_flag"] is True


def test_a_deal_belongs_to_the_team_its_rep_was_in_when_it_closed() -> None:
    """Ann moved from East to West on 1 March; a row's own team goes first; an open deal asks for the day itself."""
    moves = [
        {"rep": "Ann", "team": "East", "from": date(2026, 1, 1), "to": date(2026, 3, 1)},
        {"rep": "Ann", "team": "West", "from": date(2026, 3, 1)},
    ]
    deals = [
        _deal(deal_id="1", status="won", closed_at=date(2026, 2, 28)),
        _deal(deal_id="2", status="won", closed_at=date(2026, 3, 1)),
        _deal(deal_id="3", status="won", closed_at=date(2026, 3, 1), team="North"),
        _deal(deal_id="4"),
        _deal(deal_id="5", rep="Zoe"),
    ]
    teams = collected(
        _seen(DAY, known_on=DAY, deals=deals, assignments=moves, reps=[{"rep": "Zoe", "team": "South"}]), "deals"
    )
    assert list(teams["team"]) == ["East", "West", "North", "West", None]


def test_without_assignments_a_rep_s_team_holds_for_ever() -> None:
    tables = _seen(
        deals=[_deal(status="won", closed_at=DAY)],
        reps=[{"rep": "Ann", "team": "East"}],
        activities=[{"activity_id": "1", "rep": "Ann", "kind": "call", "happened_at": DAY}],
    )
    assert _one(tables)["team"] == "East"
    assert _one(tables, "activities")["team"] == "East"
    assert (
        _one(_seen(activities=[{"activity_id": "1", "rep": "Ann", "kind": "call", "happened_at": DAY}]), "activities")[
            "team"
        ]
        is None
    )


def test_a_rep_in_two_teams_counts_for_the_one_with_the_greater_share() -> None:
    moves = [
        {"rep": "Ann", "team": team, "from": date(2026, 1, 1), "share": share}
        for team, share in (("East", 0.6), ("West", 0.4))
    ]
    assert _one(_seen(deals=[_deal(status="won", closed_at=DAY)], assignments=moves))["team"] == "East"


def test_every_canonical_column_is_there_and_those_that_came_are_told() -> None:
    tables = _seen(deals=[{"deal_id": "1", "status": "open", "created_at": DAY}])
    assert {"amount", "expected_close_at_month", "team", "currency"} <= set(
        tables.frame("deals").collect_schema().names()
    )
    assert tables.columns("deals") == {"deal_id", "status", "created_at"}
    assert tables.has("deals")
    assert not tables.has("deals", "leads")


def test_a_table_that_is_not_there_is_named() -> None:
    with pytest.raises(DataError, match=r"sources\.leads: there is no such table; add it to company\.yaml"):
        _seen(deals=[_deal()]).frame("leads")


def test_frames_that_are_not_canonical_are_refused() -> None:
    frames = {"deals": pd.DataFrame({"deal_id": ["1"], "mood": ["x"]}), "things": pd.DataFrame()}
    with pytest.raises(DataError) as caught:
        tables_from_frames(frames, COMPANY, DAY)
    message = str(caught.value)
    assert "deals.mood: the contract has no such column" in message
    assert "deals.status: this column is missing" in message
    assert "things: the contract has no such table" in message
    with pytest.raises(DataError, match=r"deals\.amount: .*expected cells of kind money"):
        tables_from_frames({"deals": pd.DataFrame([_deal(amount=1.5)])}, COMPANY, DAY)


def test_a_teams_table_fills_the_teams() -> None:
    tables = _seen(teams=[{"team": "West", "parent": "All"}, {"team": "All", "manager": "Ann"}])
    assert [(team.name, team.parent, team.manager) for team in tables.company.teams] == [
        ("All", None, "Ann"),
        ("West", "All", None),
    ]
    named = COMPANY.model_copy(update={"teams": [Team(name="East")]})
    frames = {"deals": pd.DataFrame([_deal()]), "teams": pd.DataFrame([{"team": "East"}])}
    assert tables_from_frames(frames, named, DAY).company.teams == named.teams


def test_a_day_after_the_data_ends_is_said_to_be() -> None:
    tables = _seen(LATER, known_on=DAY, deals=[_deal()])
    assert tables.unknown == (say("data.ends_before", last=DAY, day=LATER),)


def test_frames_are_not_changed() -> None:
    deals = pd.DataFrame([_deal()])
    before = deals.copy(deep=True)
    _ = tables_from_frames({"deals": deals}, COMPANY, DAY)
    pd.testing.assert_frame_equal(deals, before)


@pytest.mark.parametrize(
    ("template", "today", "last_day", "expected"),
    [
        ("goal_setting", date(2026, 6, 1), date(2026, 5, 31), date(2025, 12, 31)),  # the day before the period
        ("baseline", date(2025, 12, 1), date(2025, 11, 15), date(2025, 11, 15)),  # the last day with data
        ("goal_setting", date(2025, 11, 10), date(2025, 11, 15), date(2025, 11, 9)),  # yesterday
        ("review", date(2026, 6, 1), date(2025, 11, 15), date(2026, 4, 5)),  # the period's end and 5 days to settle
        ("review", date(2026, 4, 2), date(2026, 4, 1), date(2026, 4, 1)),  # yesterday: preliminary
        ("tracking", date(2026, 2, 1), date(2026, 1, 15), date(2026, 1, 15)),  # the last day with data
        ("tracking", date(2026, 2, 1), date(2026, 2, 1), date(2026, 1, 31)),  # yesterday
        ("tracking", date(2026, 6, 1), date(2026, 5, 31), date(2026, 3, 31)),  # the end of the period
    ],
)
def test_default_as_of(template: str, today: date, last_day: date, expected: date) -> None:
    quarter = parse_period("2026Q1")
    assert default_as_of(template, today=today, last_day=last_day, period=quarter, settle_days=5) == expected


@given(st.integers(0, 10**9))
@SOME
def test_deals_are_as_naive_rules_have_them(seed: int) -> None:
    world = Maker(seed).world()
    tables = tables_from_frames(frames_of(world), COMPANY, AS_OF, known_on=LAST)
    found = {row["deal_id"]: row for row in collected(tables, "deals").to_dict("records")}
    naive = {deal["deal_id"]: known for deal in world["deals"] if (known := _naive(deal, world)) is not None}
    assert found.keys() == naive.keys()
    for name, expected in naive.items():
        for field, value in expected.items():
            cell = found[name][field]
            assert (cell.date() if isinstance(cell, pd.Timestamp) else cell) == value, (name, field)


def _naive(deal: Row, world: dict[str, list[Row]]) -> Row | None:
    """What was known of a deal at AS_OF, as contract and design say it; None: nothing. Teams apart."""
    log = [
        (r["changed_at"], 0, i, r["field"], r["value"])
        for i, r in enumerate(world["deal_changes"])
        if r["deal_id"] == deal["deal_id"]
    ]
    log += [
        (r["entered_at"], 1, i, "stage", r["stage"])
        for i, r in enumerate(world["stage_events"])
        if r["deal_id"] == deal["deal_id"]
    ]
    later = {entry[3] for entry in log if entry[0] > AS_OF}
    last = {entry[3]: entry[4] for entry in sorted(log, key=lambda entry: entry[:3]) if entry[0] <= AS_OF}
    typed: dict[str, Any] = {"amount": int, "expected_close_at": date.fromisoformat}
    last = {field: value if value is None else typed.get(field, str)(value) for field, value in last.items()}
    closed = deal["status"] != "open" and deal["closed_at"] <= AS_OF and "closed_at" not in later
    if not closed and (deal["created_at"] is None or deal["created_at"] > AS_OF):
        return None
    if closed and deal["created_at"] is not None and deal["created_at"] > AS_OF:
        return None
    fields = [field for field in UNDATED if field != "team"]
    if not closed:
        return {
            "status": "open",
            "closed_at": None,
            **{field: last.get(field) for field in fields if field in typed or field in ("rep", "stage")},
            **{f: None for f in ("cost", "channel", "account_id", "term_months")},
        }
    own = {field: deal[field] for field in fields}
    own |= {field: last.get(field) for field in ("amount", "rep", "stage", "expected_close_at") if field in later}
    own |= {field: last[field] for field in ("amount", "rep") if field in last}
    return {"status": deal["status"], "closed_at": deal["closed_at"], **own}


def test_rows_that_belong_to_no_team_are_counted_by_table() -> None:
    """Without reps and assignments only what names its team has one; a lead's counts apart from the deals'."""
    deals = [_deal(), _deal(deal_id="2", team="North"), _deal(deal_id="3")]
    leads = [{"lead_id": "L", "created_at": date(2026, 1, 5), "team": "North"}]
    assert without_team(_seen(known_on=None, deals=deals, leads=leads)) == {"deals": (2, 3), "leads": (0, 1)}
    reps = [{"rep": "Ann", "team": "North", "hired_on": date(2020, 1, 1)}]
    assert without_team(_seen(known_on=None, deals=deals, reps=reps)) == {"deals": (0, 3)}
