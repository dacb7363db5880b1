"""How often the chances that had been promised came true, where figures fell, and what the next outlooks learn."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from salesgoals_kit.forecast.calibration import FEWEST, learn, usable
from salesgoals_kit.forecast.scores import GOALS, HitRate, fifths, hit_rates
from salesgoals_kit.report.blocks import Block, group, heading, paragraph
from salesgoals_kit.report.charts import draw_fifths
from salesgoals_kit.report.quantities import chance_message
from salesgoals_kit.report.tables import Column, table
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Count, Message, Rate, Value, say


def section(texts: Texts, scores: pd.DataFrame) -> Block:
    """Return how often chances came true, from the scores so far (`score_frame`); backfilled ones apart."""
    timely, late = scores[~scores["backfilled"]], scores[scores["backfilled"]]
    blocks = list(_timely(texts, timely)) if len(timely) else [paragraph(texts, say("chances.none"))]
    apart = [paragraph(texts, _apart(late), soft=True)] if len(late) else []
    return group(heading(texts, say("chances.heading")), *blocks, *apart)


def _timely(texts: Texts, scores: pd.DataFrame) -> Iterator[Block]:
    yield paragraph(texts, _counted(scores), _learned(scores))
    yield _table(texts, scores)
    if len(usable(scores)) >= FEWEST:
        worst, *_, best = shares = fifths(scores)
        said = say("chances.fell", worst=_whole(worst), best=_whole(best))
        yield paragraph(texts, said)
        yield draw_fifths(texts, shares, finding=said)
    if scores["pinball"].notna().any():
        yield paragraph(texts, say("chances.pinball", loss=Rate(float(scores["pinball"].mean()))), soft=True)


def _counted(scores: pd.DataFrame) -> Message:
    return say("chances.counted", scores=Count(len(scores)), periods=Count(scores["ends"].nunique()))


def _learned(scores: pd.DataFrame) -> Message:
    """Return what the next outlooks learn from the scores, or that they are too few."""
    correction = learn(scores)
    if correction is None:
        return say("chances.too_few", scores=Count(len(usable(scores))), fewest=Count(FEWEST))
    return correction.message


def _table(texts: Texts, scores: pd.DataFrame) -> Block:
    columns = [
        Column("level", say("chances.column_level"), "message"),
        Column("promised", say("chances.column_promised"), "message"),
        Column("reached", say("chances.column_reached"), "rate", decimals=0),
        Column("range", say("chances.column_range"), "message"),
        Column("verdict", say("chances.column_verdict"), "message"),
    ]
    rows = [
        {
            "level": Message(f"report.level_{rate.level}", {}),
            "promised": chance_message(rate.chance, short=True),
            "reached": rate.reached,
            "range": say("chances.range", low=_whole(rate.low), high=_whole(rate.high)),
            "verdict": _verdict(rate),
        }
        for rate in hit_rates(scores)
    ]
    frame = pd.DataFrame(rows, columns=[column.name for column in columns])
    return table(texts, frame, columns, name="chances", caption=say("chances.caption"))


def _verdict(rate: HitRate) -> Message:
    if rate.low <= rate.chance <= rate.high:
        return say("chances.as_promised")
    return say("chances.more_often") if rate.chance < rate.low else say("chances.less_often")


def _apart(late: pd.DataFrame) -> Message:
    rates: dict[str, Value] = {goal: _whole(float(late[f"{goal}_reached"].mean())) for goal in GOALS}
    return Message("chances.apart", {"scores": Count(len(late)), **rates})


def _whole(share: float) -> Rate:
    """Return a share in whole per cent: no more is known of it."""
    return Rate(round(share, 2))
