"""Deals as they stood on past days, their chance to be won in the days left, and how far groups are believed."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from salesgoals_kit.data.asof import Tables
from salesgoals_kit.follow.credibility import beyond, drawn_in
from salesgoals_kit.follow.deals import Known, _ratios, known_deals, moment, opened, share_to_come, sizes, spans_before
from salesgoals_kit.follow.hazard import BINS, SHAPE, Hazards, _counted, _factors, hazards
from salesgoals_kit.follow.landmarks import AGES, STEP, Landmarks, landmarks
from salesgoals_kit.follow.rush import CLASSES, OFF, days_of
from salesgoals_kit.kpis.deal_lives import NEVER, NO_LOG, Ints, Lives, Log, deal_lives
from salesgoals_kit.owners import COMPANY, Owner
from salesgoals_kit.periods import day_number, day_of
from tests.kpis.conftest import a_company, tables_of

FIRST = day_number(date(2023, 1, 2))
AS_OF = date(2025, 2, 14)
NOW, END = day_number(AS_OF), day_number(date(2025, 3, 31))
STAGES = ("first", "second")


def some_lives(seed: int, many: int = 60, days: int = 200) -> Lives:
    """Deals of two stages and two teams, won, lost or open at the end of the days."""
    rng = np.random.default_rng(seed)
    created = np.sort(FIRST + rng.integers(-20, days, many))
    took = rng.integers(1, 90, many)
    closed = np.where(created + took > FIRST + days, NEVER, created + took)
    deal = np.concatenate([np.arange(many), np.arange(0, many, 2)])
    day = np.concatenate([created, created[::2] + rng.integers(1, 40, len(created[::2]))])
    value = np.concatenate([np.zeros(many), np.ones(len(created[::2]))])
    order = np.lexsort((value, day, deal))
    return Lives(
        created=created,
        closed=closed,
        won=rng.random(many) < 0.5,
        amount=rng.integers(1, 100, many).astype("float64"),
        kind=np.full(many, -1),
        team=rng.integers(0, 2, many),
        rep=np.array(["Ann"] * many, dtype=object),
        kinds=(),
        teams=("East", "West"),
        stage_names=STAGES,
        stages=Log(deal[order], day[order], value[order]),
        amounts=NO_LOG,
        begins=FIRST,
    )


def learned(lives: Lives, days: int = 200) -> tuple[Landmarks, Hazards]:
    cut = FIRST + days
    known = landmarks(lives, cut)
    return known, hazards(known, days_of(a_company(), FIRST - 100, cut + 400), cut)


@pytest.mark.parametrize("seed", range(4))
def test_a_landmark_shows_what_was_open_and_known_on_its_day(seed: int) -> None:
    lives = some_lives(seed)
    known, _ = learned(lives)
    rows = set(zip(known.rows.deal.tolist(), known.rows.day.tolist(), known.rows.stage.tolist(), strict=True))
    told = zip(lives.stages.deal.tolist(), lives.stages.day.tolist(), lives.stages.value.tolist(), strict=True)
    events = list(told)
    expected = set()
    for day in range(FIRST + 200 - STEP, FIRST - 1, -STEP):
        for deal in range(len(lives.created)):
            if lives.created[deal] <= day < lives.closed[deal]:
                stage = [int(value) for row, on, value in events if row == deal and on <= day][-1]
                expected.add((deal, day, stage))
    assert rows == expected


def test_of_very_many_deals_landmarks_are_further_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    lives = some_lives(0)
    often, _ = learned(lives)
    monkeypatch.setattr("salesgoals_kit.follow.landmarks.MOST", len(often.rows.deal) // 3)
    seldom, found = learned(lives)
    assert (often.step, len(seldom.rows.deal) < len(often.rows.deal) // 2) == (STEP, True)
    assert set(np.diff(np.unique(seldom.rows.day)).tolist()) == {seldom.step}
    assert found.base == pytest.approx(learned(lives)[1].base)


@pytest.mark.parametrize("seed", range(4))
def test_days_at_risk_and_ends_are_those_counted_one_by_one(seed: int) -> None:
    lives = some_lives(seed)
    known, _ = learned(lives)
    cut, days = FIRST + 170, days_of(a_company(), FIRST - 100, FIRST + 400)
    rows = known.before(cut)
    cell = np.asarray(rows.stage * 3 + rows.team)
    exposed, ended = _counted(known, rows, days, cut, cell, 9)
    naive_risk, naive_ends = np.zeros((9, *SHAPE[1:])), np.zeros((9, *SHAPE))
    for place, (deal, day) in enumerate(zip(rows.deal.tolist(), rows.day.tolist(), strict=True)):
        for after in range(1, cut - day + 1):
            bin_ = max(at for at, low in enumerate(BINS.tolist()[:-1]) if low < after)
            kind = int(days.classes[day + after - days.first])
            naive_risk[cell[place], bin_, kind] += 1
            if lives.closed[deal] == day + after:
                naive_ends[cell[place], 0 if lives.won[deal] else 1, bin_, kind] += 1
                break
    assert np.array_equal(exposed, naive_risk)
    assert np.array_equal(ended, naive_ends)


@pytest.mark.parametrize("seed", range(4))
def test_the_chance_is_that_of_going_on_day_by_day(seed: int) -> None:
    lives = some_lives(seed)
    known, found = learned(lives)
    deals = np.flatnonzero(lives.closed == NEVER)
    rows = known.standing(deals, found.cut)
    rates = found.rates(rows)
    for last in (found.cut, found.cut + 1, found.cut + 45, found.cut + 300):
        told = found.chances(rows, last)
        for place in range(len(deals)):
            still, won = 1.0, 0.0
            for day in range(found.cut + 1, last + 1):
                bin_ = max(at for at, low in enumerate(BINS.tolist()[:-1]) if low < day - found.cut)
                month = day_of(day).month - 1
                rate = rates[place, :, bin_, found.days.classes[day - found.days.first]]
                win, lose = rate * found.season[:, month] * found.week[:, (day_of(day).weekday() - 3) % 7]
                much = max(win + lose, 1.0)
                won += still * win / much
                still *= 1 - (win + lose) / much
            assert told[place] == pytest.approx(won, abs=1e-12)


def test_deals_that_are_all_won_on_one_day_are_won_when_it_comes() -> None:
    """Two thirds of all deals are won on their tenth day, the others lost on it; by hand."""
    many = 3000
    created = FIRST + np.arange(many) % 600
    lives = some_lives(0)
    sure = Lives(
        **{
            **vars(lives),
            "created": created,
            "closed": np.where(created + 10 > FIRST + 600, NEVER, created + 10),
            "won": np.arange(many) // 600 % 3 < 2,
            "amount": np.ones(many),
            "kind": np.full(many, -1),
            "team": np.zeros(many, dtype=np.int64),
            "rep": np.array([None] * many, dtype=object),
            "stages": NO_LOG,
            "stage_names": (),
        }
    )
    known, found = learned(sure, 600)
    rows = known.standing(np.flatnonzero(sure.closed == NEVER), found.cut)
    share = float(sure.won.mean())
    assert found.chances(rows, found.cut + 60).mean() == pytest.approx(share, abs=0.03)
    assert found.chances(rows, found.cut).max() == 0.0


def test_a_rush_at_the_quarters_end_is_in_the_chance() -> None:
    """The same deals twice; in one company all wins of a quarter fall on its last days."""
    rng = np.random.default_rng(1)
    lives, many, days = some_lives(0), 4000, 940
    created = FIRST + np.sort(rng.integers(0, days, many))
    even = created + rng.integers(5, 120, many)
    kinds = days_of(a_company(), FIRST - 100, FIRST + days + 600)
    ends = np.array([day for day in range(FIRST, FIRST + days + 500) if kinds.classes[day - kinds.first] == 0])
    rushed = ends[np.searchsorted(ends, even)]
    chances = []
    for closed in (even, rushed):
        made = Lives(
            **{
                **vars(lives),
                "created": created,
                "closed": np.where(closed > FIRST + days, NEVER, closed),
                "won": np.ones(many, dtype=bool),
                "amount": np.ones(many),
                "kind": np.full(many, -1),
                "team": np.zeros(many, dtype=np.int64),
                "rep": np.array([None] * many, dtype=object),
                "stages": NO_LOG,
                "stage_names": (),
            }
        )
        known, found = learned(made, days)
        rows = known.standing(np.flatnonzero(made.closed == NEVER), found.cut)
        next_end = int(ends[ends > found.cut][0])
        before = found.chances(rows, next_end - 4).sum()
        chances.append(before / found.chances(rows, int(ends[ends > found.cut][2])).sum())
    assert chances[1] < 0.2 < chances[0]


def test_classes_of_days_by_hand() -> None:
    """The first quarter of 2025 in Germany ends on a Monday; its last weekend is off."""
    company = a_company(country="DE")
    days = days_of(company, day_number(date(2025, 2, 1)), day_number(date(2025, 2, 2)))
    assert day_of(days.first) == date(2025, 1, 1)
    assert len(days.classes) == 90
    told = {day: int(days.classes[day_number(day) - days.first]) for day in map(day_of, range(days.first, NOW + 46))}
    assert told[date(2025, 1, 1)] == OFF  # New Year
    assert [told[date(2025, 3, day)] for day in (31, 30, 28, 27, 26, 20, 19)] == [0, OFF, 0, 0, 1, 1, 2]


def test_quarters_are_fiscal() -> None:
    company = a_company(fiscal_year_starts=2)
    days = days_of(company, day_number(date(2025, 2, 1)), day_number(date(2025, 2, 1)))
    assert (day_of(days.first), len(days.classes)) == (date(2025, 2, 1), 28 + 31 + 30)
    assert int(days.classes[-1]) == 0


def test_the_spread_beyond_chance_by_hand() -> None:
    assert beyond(np.array([30.0, 10.0]), np.array([20.0, 20.0])) == pytest.approx((10 - 1) / 20)
    assert beyond(np.array([21.0, 19.0]), np.array([20.0, 20.0])) == 0.0
    assert beyond(np.array([3.0]), np.array([1.0])) == 0.0


def test_groups_are_drawn_in_by_what_chance_would_show() -> None:
    """By hand: 30 and 10 where 20 were expected of each. Beyond chance 10 - 1 = 9, room 20, spread 0.45."""
    assert drawn_in(np.array([30.0, 10.0]), np.array([20.0, 20.0])).tolist() == pytest.approx(
        [(30 * 0.45 + 1) / 10, (10 * 0.45 + 1) / 10]
    )
    assert drawn_in(np.array([21.0, 19.0]), np.array([20.0, 20.0])).tolist() == [1.0, 1.0]
    assert drawn_in(np.array([3.0]), np.array([1.0])).tolist() == [1.0]
    assert drawn_in(np.array([3.0, 5.0, 80.0]), np.array([0.0, 10.0, 40.0]))[0] == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_groups_that_do_not_differ_are_hardly_told_apart(seed: int) -> None:
    rng = np.random.default_rng(seed)
    expected = rng.uniform(5, 200, 40)
    assert np.abs(drawn_in(rng.poisson(expected).astype("float64"), expected) - 1).mean() < 0.08


def some_deals(seed: int = 3, **changed: object) -> Tables:
    """Two years of deals of three teams, with stages and changes of amounts."""
    rng = random.Random(seed)
    deals, events, changes = [], [], []
    for i in range(700):
        created = date(2022, 12, 1) + timedelta(days=rng.randrange(800))
        took = int(rng.expovariate(1 / 40)) + 3
        closed = created + timedelta(days=took)
        over, name, amount = closed <= AS_OF, f"D{i:03}", rng.randrange(1000, 90_000)
        deals.append(
            {
                "deal_id": name,
                "status": rng.choice(["won", "lost"]) if over else "open",
                "created_at": created,
                "closed_at": closed if over else None,
                "amount": amount if rng.random() < 0.9 else None,
                "team": rng.choice(["North", "South", "East"]),
                "rep": rng.choice(["Ann", "Bob"]),
                "deal_type": rng.choice(["new", "more"]),
            }
        )
        for stage, part in (("talk", 0.0), ("offer", 0.5)):
            day = created + timedelta(days=int(took * part))
            events += [{"deal_id": name, "stage": stage, "entered_at": day}] if day <= AS_OF else []
        changes.append({"deal_id": name, "field": "amount", "value": str(amount * 2), "changed_at": created})
        if over:
            changes.append({"deal_id": name, "field": "amount", "value": str(amount), "changed_at": closed})
    frames = {"deals": deals, "stage_events": events, "deal_changes": changes, **changed}
    given = {name: rows for name, rows in frames.items() if rows is not None}
    company = a_company(teams={"North": None, "South": None, "East": "South"})
    return tables_of(AS_OF, company, **given)  # type: ignore[arg-type]


def test_what_is_known_of_ended_deals_alone_tells_nothing_of_open_ones() -> None:
    """A CRM that overwrites: of the deals that are open nobody knows any more what type and whose they were."""
    rows = some_deals().frame("deals").collect("pandas").to_native()
    rows = rows[["deal_id", "status", "created_at", "closed_at", "amount", "team", "rep", "deal_type"]]
    blank = rows.copy()
    blank.loc[rows["status"] == "open", ["team", "deal_type"]] = None
    known, unknown = told(some_deals(deals=rows)), told(some_deals(deals=blank))
    assert (known.landmarks.typed, known.landmarks.teamed) == (True, True)
    assert (unknown.landmarks.typed, unknown.landmarks.teamed) == (False, False)
    everybody = np.ones(len(rows), dtype=bool)
    brought = [opened(moment(some, NOW, END), everybody, np.random.default_rng(0), 500) for some in (known, unknown)]
    assert brought[1].mean() == pytest.approx(brought[0].mean(), rel=0.15)


def test_months_that_differ_make_the_range_wider() -> None:
    """In two months of five all that was ready is won, in the others lost: no season, as a year has twelve."""
    rows = some_deals().frame("deals").collect("pandas").to_native()
    rows = rows[["deal_id", "status", "created_at", "closed_at", "amount", "team", "rep", "deal_type"]]
    shaken = rows.copy()
    ended = rows["closed_at"].notna()
    month = rows.loc[ended, "closed_at"].dt.year * 12 + rows.loc[ended, "closed_at"].dt.month
    shaken.loc[ended, "status"] = np.where(month % 5 < 2, "won", "lost")
    even, uneven = (moment(told(some_deals(deals=some)), NOW, END) for some in (rows, shaken))
    assert even.hazards.unrest < 0.1 < 0.3 < uneven.hazards.unrest
    everybody = np.ones(len(rows), dtype=bool)
    spread = [opened(at, everybody, np.random.default_rng(0), 1000) for at in (even, uneven)]
    assert spread[1].std() / spread[1].mean() > 1.3 * spread[0].std() / spread[0].mean()


def told(tables: Tables) -> Known:
    known = known_deals(tables)
    assert known is not None
    return known


def test_lives_are_what_the_rows_say() -> None:
    tables = some_deals()
    lives = deal_lives(tables)
    assert lives is not None
    rows = tables.frame("deals").collect("pandas").to_native().sort_values("deal_id", ignore_index=True)
    assert lives.stage_names == ("talk", "offer")
    assert (lives.closed == NEVER).tolist() == rows["closed_at"].isna().tolist()
    assert np.nansum(lives.amount) == pytest.approx(rows["amount"].sum() / 100)
    assert lives.of(Owner("South"), tables).tolist() == rows["team"].isin(["South", "East"]).tolist()
    assert lives.of(Owner("South", "Ann"), tables).tolist() == (rows["rep"] == "Ann").tolist()
    deal = np.arange(len(rows))
    assert np.isnan(lives.stages.at(deal, lives.created - 1)).all()
    assert (lives.stages.at(deal, lives.created) == 0).mean() > 0.9  # a deal of three days may be there in one


def test_without_creation_there_are_no_lives() -> None:
    rows = [{"deal_id": "D1", "status": "won", "closed_at": AS_OF, "amount": 100}]
    assert deal_lives(tables_of(AS_OF, deals=rows)) is None
    undated = [{**rows[0], "created_at": None}]
    assert known_deals(tables_of(AS_OF, deals=undated)) is None


def test_a_stage_entered_on_the_same_day_as_another_is_the_later() -> None:
    deals = [
        {"deal_id": f"D{i}", "status": "open", "created_at": date(2025, 1, 1 + i), "closed_at": None} for i in range(3)
    ]
    events = [
        {"deal_id": f"D{i}", "stage": stage, "entered_at": date(2025, 1, 1 + i + later)}
        for i, later in enumerate((5, 0, 7))
        for stage, later in (("b", later), ("a", 0))
    ]
    lives = deal_lives(tables_of(AS_OF, deals=deals, stage_events=events))
    assert lives is not None
    assert lives.stage_names == ("a", "b")
    assert lives.stages.at(np.array([1]), np.array([NOW])).tolist() == [1.0]


def test_amounts_that_were_put_too_high_are_taken_for_what_such_brought() -> None:
    """Every deal had been put at twice what it brought in the end."""
    tables = some_deals()
    known = told(tables)
    at, own = moment(known, NOW, END), np.ones(len(known.lives.created), dtype=bool)
    plain = told(some_deals(deal_changes=None))
    half = moment(plain, NOW, END)
    rng = np.random.default_rng
    assert opened(at, own, rng(0), 4000).mean() == pytest.approx(opened(half, own, rng(0), 4000).mean(), rel=0.03)


def test_the_share_to_come_is_that_of_the_same_days_of_earlier_quarters() -> None:
    tables = some_deals()
    known = told(tables)
    at, lives = moment(known, NOW, END), known.lives
    whole = fresh = 0.0
    spans = spans_before(lives, NOW, END)
    assert [day_of(end) for _, end in spans[:2]] == [date(2024, 12, 31), date(2024, 9, 30)]
    for cut, end in spans:
        assert end - cut == END - NOW
        for deal in range(len(lives.created)):
            if lives.won[deal] and cut < lives.closed[deal] <= end and not np.isnan(lives.amount[deal]):
                whole += lives.amount[deal]
                fresh += lives.amount[deal] * (lives.created[deal] > cut)
    everybody = lives.of(COMPANY, tables)
    assert share_to_come(at, everybody) == pytest.approx(fresh / whole, rel=0.05)  # teams' own weigh a little


def test_an_owner_without_a_deal_brings_nothing_from_open_ones() -> None:
    known = told(some_deals())
    at, nobody = moment(known, NOW, END), np.zeros(len(known.lives.created), dtype=bool)
    assert not opened(at, nobody, np.random.default_rng(0), 50).any()
    assert len(sizes(known.lives, NOW, nobody)) > 30  # what one of its deals would bring is what others' do
    assert 0 < share_to_come(at, nobody) < 1


def test_deals_of_unknown_age_are_judged_without_it() -> None:
    tables = some_deals()
    known = told(tables)
    rows = (
        tables.frame("deals")
        .collect("pandas")
        .to_native()[["deal_id", "status", "created_at", "closed_at", "amount", "team", "rep", "deal_type"]]
    )
    opens = rows["status"] == "open"
    rows.loc[opens, "created_at"] = None
    undated = told(some_deals(deals=rows))
    everybody = np.ones(len(rows), dtype=bool)
    with_age = opened(moment(known, NOW, END), everybody, np.random.default_rng(0), 500).mean()
    without = opened(moment(undated, NOW, END), everybody, np.random.default_rng(0), 500).mean()
    assert int(undated.landmarks.standing(np.flatnonzero(undated.lives.closed == NEVER), NOW).age.min()) == AGES
    assert without == pytest.approx(with_age, rel=0.35)


def plain(lives: Lives, closed: Ints, **changed: Any) -> Lives:
    """The deals as they would be with these days of closing, all won, without stages, types or teams."""
    many = len(closed)
    plainly = {"won": np.ones(many, dtype=bool), "amount": np.ones(many), "kind": np.full(many, -1)}
    plainly |= {"team": np.zeros(many, dtype=np.int64), "rep": np.array([None] * many, dtype=object)}
    return Lives(**{**vars(lives), **plainly, "closed": closed, "stages": NO_LOG, "stage_names": (), **changed})


def test_a_day_of_the_week_on_which_all_is_won_is_in_the_chance() -> None:
    rng = np.random.default_rng(2)
    days, many = 600, 3000
    created = FIRST + np.sort(rng.integers(0, days, many))
    ready = created + rng.integers(1, 60, many)
    friday = ready + (4 - (ready + 3) % 7) % 7
    lives = plain(some_lives(0), np.where(friday > FIRST + days, NEVER, friday), created=created)
    known, found = learned(lives, days)
    assert day_of(1).weekday() == 4
    assert found.week[0, 1] > 4.5
    assert found.week[0, [0, 4, 5, 6]].max() < 0.1  # of the weekend hardly anything was expected
    assert found.week[1].tolist() == [1.0] * 7  # nothing was lost
    rows = known.standing(np.flatnonzero(lives.closed == NEVER), found.cut)
    thursday = found.cut + (3 - day_of(found.cut).weekday()) % 7 + 7
    chances = [found.chances(rows, thursday + after).sum() for after in (-5, 0, 1)]
    assert chances[1] - chances[0] < 0.2 * (chances[2] - chances[1])


def test_deals_that_were_put_at_much_and_are_never_won_have_less_of_a_chance() -> None:
    """Every fourth deal is put at 100 and lost, the others at 1 and won: of two stages of nothing else."""
    rng = np.random.default_rng(5)
    days, many = 500, 2000
    created = FIRST + np.sort(rng.integers(0, days, many))
    closed = created + rng.integers(5, 60, many)
    large = np.arange(many) % 4 == 0
    put = Log(np.arange(many), created, np.where(large, 100.0, 1.0))
    lives = plain(some_lives(0), np.where(closed > FIRST + days, NEVER, closed), created=created, won=~large)
    chances = []
    for amounts in (put, NO_LOG):
        told = replace(lives, amounts=amounts)
        known, found = learned(told, days)
        deals = np.flatnonzero(lives.closed == NEVER)
        chance = found.chances(known.standing(deals, found.cut), found.cut + 90)
        chances.append((chance[large[deals]].mean(), chance[~large[deals]].mean()))
    assert chances[0][0] < 0.1 < 0.9 < chances[0][1]
    assert chances[1][0] == pytest.approx(chances[1][1], abs=0.05)


def test_what_deals_bring_for_what_they_were_put_at_is_a_ratio_of_sums() -> None:
    """Who is put at too much is large: the mean of the ratios would promise more than all of them brought."""
    known = told(some_deals())
    at = moment(known, NOW, END)
    ratios, weights = _ratios(at)
    rows = known.landmarks.before(NOW)
    won = known.lives.won[rows.deal] & (known.lives.closed[rows.deal] <= NOW) & ~np.isnan(known.lives.amount[rows.deal])
    put = known.lives.amounts.at(rows.deal, rows.day)
    whole = won & (put > 0)
    assert weights.sum() == pytest.approx(1.0)
    assert float(ratios @ weights) == pytest.approx(
        float(known.lives.amount[rows.deal][whole].sum() / put[whole].sum())
    )


def test_cells_share_out_what_their_part_has() -> None:
    """By hand: in the one part of two cells 30 and 10 of 20 each were seen, in the other 5 and 5 of 5 each."""
    seen, expected = (np.zeros((4, 2, 9, CLASSES)) for _ in range(2))
    seen[:, 0, 0, 0], expected[:, 0, 0, 0] = (30, 10, 5, 5), (20, 20, 5, 5)
    found = _factors(expected, seen, np.arange(4), np.ones((4, 1, 1, 1)), (1, 2), 2)
    assert found[:, 0, 0, 0].tolist() == pytest.approx([1.45, 0.55, 1.0, 1.0])
    assert found[:, 1].min() == found[:, 1].max() == 1.0
    seen[2:, 0, 0, 0] = 10
    whole = drawn_in(np.array([40.0, 20.0]), np.array([40.0, 10.0]))
    found = _factors(expected, seen, np.arange(4), np.ones((4, 1, 1, 1)), (1, 2), 2)
    assert found[:, 0, 0, 0].tolist() == pytest.approx([1.45 * whole[0], 0.55 * whole[0], whole[1], whole[1]])
