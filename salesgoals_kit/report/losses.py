"""What a report says of where deals are lost: the funnel, what stands out in it, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import pandas as pd

from salesgoals_kit.insight.contrast import Contrast, Finding
from salesgoals_kit.insight.losses import Losses, StageLoss
from salesgoals_kit.report.blocks import Block, bullets, folded, group, heading, leading, paragraph
from salesgoals_kit.report.charts import draw_funnel
from salesgoals_kit.report.cut import cut_note, kept
from salesgoals_kit.report.funnels import Passage
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Money, Name, Rate, Value, say

FIRST = 4  # sentences
MOST = 3  # teams whose funnels a company's report shows beside its own
TEAMS = 12  # whose stages it has as a table
ROW = ("stage", "entered", "passed", "lost", "still", "rate", "others", "before")


def losses_block(texts: Texts, found: Losses, sure: Sequence[Finding]) -> Block:
    """Return the owner's funnel and what stands out in it; ``sure``: the report's findings, of which these are some."""
    if found.lacking:
        head = heading(texts, say("losses.heading_lacking"), name="losses")
        return group(head, paragraph(texts, *found.lacking))
    told = [one.contrast for one in sure if one.contrast.effect == "stage"]
    worse = [one for one in told if not one.good]
    head = heading(texts, _heading(found, worse), name="losses")
    said = [sentence for one in told for sentence in _sentences(found, one)]
    said += _most(found) if worse else []
    shown, more = _funnels(texts, found, worse)
    blocks = [head, *shown, leading(texts, said or [say("losses.nothing_stands_out")], FIRST)]
    more += [_table(texts, found), paragraph(texts, say("losses.money_said"), soft=True)]
    more += _teams(texts, found, {dict(one.subject).get("team") for one in told})
    return group(*blocks, folded(texts, say("losses.folded"), *more, bullets(texts, found.notes)))


def _heading(found: Losses, worse: Sequence[Contrast]) -> Message:
    if worse:
        places = {tuple(pair for pair in one.subject if pair[0] != "against"): _place(found, one) for one in worse}
        return say("losses.heading_worse", count=Count(len(places)), stages=tuple(places.values()))
    costly = max(found.of(None), key=lambda row: row.revenue)
    if costly.revenue > 0:
        return Message("losses.heading_most", _cost(costly))
    worst = max(found.of(None), key=lambda row: row.lost)  # none would have brought anything
    if not worst.lost:
        return say("losses.heading_none")
    return say("losses.heading_lost", stage=Name(worst.stage), lost=Count(worst.lost), entered=Count(worst.entered))


def _most(found: Losses) -> list[Message]:
    costly = max(found.of(None), key=lambda row: row.revenue)
    return [Message("losses.most", _cost(costly))] if costly.revenue > 0 else []


def _cost(row: StageLoss) -> dict[str, Value]:
    low, high = Money(row.revenue_low), Money(row.revenue_high)
    return {"stage": Name(row.stage), "money": Money(row.revenue), "low": low, "high": high}


def _place(found: Losses, one: Contrast) -> Value:
    """Return which stage a contrast is of, and in a company's report whose."""
    subject = dict(one.subject)
    if "team" not in subject or found.owner.team is not None:
        return Name(subject["stage"])
    return say("losses.in_stage", stage=Name(subject["stage"]), name=Name(subject["team"]))


def _sentences(found: Losses, one: Contrast) -> list[Message]:
    if one.move is None:
        return [one.said]
    subject = dict(one.subject)
    team = subject.get("team")
    name: Value = say("losses.whole") if team is None else Name(team)
    rows = found.of(team if found.owner.team is None else None)
    more = Rate(sum(row.through for row in rows if row.stage == subject["stage"]) * (1 / one.estimate - 1))
    return [one.said, say("losses.worth", stage=Name(subject["stage"]), name=name, more=more)]


def _funnels(texts: Texts, found: Losses, worse: Sequence[Contrast]) -> tuple[list[Block], list[Block]]:
    """Return the funnel to look at first, and others: in a company's report those of teams that lose more come first.

    Those of the first few such teams are shown.
    """
    teams = dict.fromkeys(dict(one.subject).get("team") for one in worse) if found.owner.team is None else {}
    parts = []
    for team in [team for team in teams if team is not None][:MOST]:
        head = heading(texts, say("losses.of_team", name=Name(team)), level=3, name=f"losses {team}")
        parts.append([head, *_funnel(texts, found, worse, team)])
    whole = _funnel(texts, found, worse, None)
    if parts and whole:
        whole = [heading(texts, say("losses.of_all"), level=3, name="losses all"), *whole]
    first, *others = [*parts, whole]
    return first, [block for part in others for block in part]


def _funnel(texts: Texts, found: Losses, worse: Sequence[Contrast], team: str | None) -> list[Block]:
    rows = [row for row in found.of(team) if row.entered]
    if not rows:
        return []
    kind = "others" if any(math.isfinite(row.others) for row in rows) else "before"
    whose = found.owner.team if team is None else team
    own = {dict(one.subject)["stage"] for one in worse if dict(one.subject).get("team") == whose}
    shown = [_passage(row, kind, row.stage in own) for row in rows]
    marked = any(math.isfinite(one.mark) for one in shown)
    alt = say("losses.alt", stages=tuple(_alt(row) for row in rows))
    caption = Message(f"losses.caption_{kind}" if marked else "losses.caption", {})
    return [draw_funnel(texts, shown, finding=alt, name=f"losses {team or ''}", caption=caption)]


def _alt(row: StageLoss) -> Message:
    return say("losses.alt_stage", stage=Name(row.stage), rate=Rate(row.rate))


def _passage(row: StageLoss, kind: str, warns: bool) -> Passage:
    label = say("losses.chart_row", stage=Name(row.stage), rate=Rate(row.rate), entered=Count(row.entered))
    return Passage(label, row.entered, row.passed, row.entered * getattr(row, kind), warns)


def _columns() -> list[Column]:
    counts = [Column(name, Message(f"losses.column_{name}", {}), "count") for name in ROW[1:5]]
    rates = [Column(name, Message(f"losses.column_{name}", {}), "rate", decimals=0) for name in ROW[5:]]
    money = Column("money", say("losses.column_money"), "message")
    return [Column("stage", say("losses.column_stage")), *counts, *rates, money]


def _table(texts: Texts, found: Losses) -> Block:
    rows = found.of(None)
    columns = [one for one in _columns() if one.name not in ("others", "before") or _any(rows, one.name)]
    caption = say("losses.table_caption")
    return table(texts, _frame(rows), columns, name="losses", caption=caption, wraps=True)


def _any(rows: Sequence[StageLoss], name: str) -> bool:
    return any(math.isfinite(getattr(row, name)) for row in rows)


def _teams(texts: Texts, found: Losses, out: Collection[str | None]) -> list[Block]:
    """Return the stages of the teams in a company's report: of those that stand ``out``, then where most is lost."""
    lost: dict[str, float] = {}
    for row in found.rows:
        if row.team is not None:
            lost[row.team] = lost.get(row.team, 0.0) + row.revenue
    if not lost:
        return []
    chosen = kept(lost, lost.__getitem__, out=lambda team: team in out, most=TEAMS)
    rows = [row for row in found.rows if row.team in chosen]
    wanted = ("stage", "entered", "rate", "others", "before", "money")
    columns = [Column("team", say("losses.column_team")), *(one for one in _columns() if one.name in wanted)]
    shown = table(texts, _frame(rows), columns, name="losses teams", wraps=True)
    return [shown, *cut_note(texts, len(chosen), len(lost))]


def _frame(rows: Sequence[StageLoss]) -> pd.DataFrame:
    told = [{"team": row.team, **{name: getattr(row, name) for name in ROW}, "money": _money(row)} for row in rows]
    return pd.DataFrame(told, columns=["team", *ROW, "money"])


def _money(row: StageLoss) -> Message | None:
    if not row.lost:
        return None
    middle, low, high = Money(row.revenue), Money(row.revenue_low), Money(row.revenue_high)
    return say("losses.money_range", middle=middle, low=low, high=high)
