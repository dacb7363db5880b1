"""What a report of goals begins with: its finding, the few goals that matter most, and the outlook they stand in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from salesgoals_kit.goals.above import Asked
from salesgoals_kit.goals.agreement import Agreement
from salesgoals_kit.goals.board import Board, Line
from salesgoals_kit.goals.focus import Focus
from salesgoals_kit.goals.wording import owner_words
from salesgoals_kit.owners import COMPANY
from salesgoals_kit.report.binds import binds_heading
from salesgoals_kit.report.blocks import Block, Card, goal_cards, group, heading, paragraph, stand_of
from salesgoals_kit.report.charts import draw_outlook
from salesgoals_kit.report.considered import lever_title, reason_of
from salesgoals_kit.report.gist import Gist
from salesgoals_kit.report.quantities import Level, chance_message, difference, quantity
from salesgoals_kit.report.rep import Section
from salesgoals_kit.report.setting import title_of
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Value, say

# The KPIs that make a card where there are outlooks for them, three at most: more at once is where teams stop looking.
CARDS = ("revenue", "win_rate", "logo_churn", "qualified_leads", "mrr", "margin")
MOST_CARDS = 3


def headline(
    board: Board,
    goal: float | None = None,
    above: Asked | None = None,
    agreed: Mapping[str, float] | None = None,
) -> Message:
    """Return the finding: what to agree on, or the ``goal`` that is agreed or given, with its chance.

    ``above``: the goal is what is asked from above, so that it is still to be agreed on. ``agreed``: what humans agreed
    with the owner, by KPI; that is the goal, also where it is what would be proposed.
    """
    line = board.leading
    if line is None:
        return say("setting.nothing", period=board.period.name)
    settled = (agreed or {}).get(line.kpi.name)
    value, chance = _told(line, goal, agreed)
    if settled is None and _is_nothing(line, value):
        nothing = quantity(0.0, line.kpi.unit)
        return say("setting.headline_nothing", kpi=line.kpi.title, period=board.period.name, nothing=nothing)
    said: dict[str, Value] = {"kpi": line.kpi.title, "value": quantity(value, line.kpi.unit)}
    said["chance"] = chance_message(chance)
    open_ = value != settled and (value == line.main.value or (above is not None and value == above.share.value))
    return Message("setting.headline" if open_ else "setting.headline_given", said)


def _is_nothing(line: Line, value: float) -> bool:
    """Return whether revenue of nothing would be proposed: a goal that is no goal."""
    return line.kpi.name == "revenue" and value <= 0


def _told(line: Line, goal: float | None, agreed: Mapping[str, float] | None) -> tuple[float, float]:
    """Return the value that a report is about and its chance: revenue's goal in hand, else as agreed or proposed."""
    value = (agreed or {}).get(line.kpi.name) if line.kpi.name != "revenue" or goal is None else goal
    if value is None or value == line.main.value:
        return line.main.value, line.main.chance
    return value, line.outlook.chance(value)


def lead(board: Board, above: Asked | None = None) -> Message:
    """Return what comes second: what the goal is a share of, where it is one, and the range around it."""
    line = board.leading
    if line is None:
        return say("setting.nothing_lead")
    if above is None and _is_nothing(line, line.main.value):
        return say("setting.lead_nothing")
    return _range(line) if above is None or line.kpi.name != "revenue" else _share(line, above)


def _share(line: Line, above: Asked) -> Message:
    state = say("setting.state_agreed") if above.agreed else say("setting.state_proposed")
    whose: dict[str, Value] = {"above": owner_words(above.share.parent or COMPANY), "state": state}
    whose["range"] = _range(line)
    if above.share.value <= 0:
        return Message("setting.lead_asked_nothing", whose)
    own, chance = quantity(line.main.value, line.kpi.unit), chance_message(line.main.chance)
    goal = quantity(above.goal, line.kpi.unit)
    return Message("setting.lead_share", {**whose, "goal": goal, "own": own, "own_chance": chance})


def _range(line: Line) -> Message:
    commit, stretch = line.proposal("commit"), line.proposal("stretch")
    said: dict[str, Value] = {
        "commit": quantity(commit.value, line.kpi.unit),
        "commit_chance": chance_message(commit.chance),
        "stretch": quantity(stretch.value, line.kpi.unit),
        "stretch_chance": chance_message(stretch.chance),
    }
    return Message("setting.lead", said)


def cards(
    board: Board,
    found: Focus | None = None,
    goal: float | None = None,
    agreed: Mapping[str, float] | None = None,
) -> list[Card]:
    """Return the few goals that matter most, as cards with reasons: revenue, what is agreed, what brings most."""
    picked = [*(agreed or {}), *([] if found is None else [lever.kpi for lever in found.proposed])]
    order = dict.fromkeys(["revenue", *picked, *([] if picked else CARDS)])
    known = [line for name in order if (line := board.line(name)) is not None]
    chosen = [line for line in known if goal is not None or not _is_nothing(line, line.main.value)]
    shown = (chosen or list(board.lines))[:MOST_CARDS]
    notes = [(None if found is None else reason_of(found, line.kpi.name)) or trend_of(line) for line in shown]
    return [_card(line, note, goal, agreed) for line, note in zip(shown, notes, strict=True)]


def trend_of(line: Line) -> Message | None:
    """Return the reason for a goal that fits on a card: how the measure has moved, else where it stands."""
    told = [message for message in line.reasons if message.id.startswith(("forecast.trend", "forecast.level"))]
    return next((message for message in told if message.id == "forecast.trend"), next(iter(told), None))


def _card(line: Line, note: Message | None, goal: float | None, agreed: Mapping[str, float] | None) -> Card:
    main = line.main
    told, chance = _told(line, goal, agreed)
    levels = tuple(Level(p.level, p.value, p.chance) for p in line.proposals if p.value != told)
    change: Value | None = None
    if main.base is not None and main.base_period is not None:
        moved = difference(told, main.base, line.kpi.unit)
        change = None if moved is None else say("setting.change", change=moved, base=main.base_period)
    return Card(title_of(line), quantity(told, line.kpi.unit), line.kpi.unit, chance, change, levels, note)


def cards_block(
    texts: Texts,
    board: Board,
    found: Focus | None = None,
    warnings: Sequence[Message] = (),
    goal: float | None = None,
    agreed: Mapping[str, float] | None = None,
) -> Block:
    """Return the heading and the cards of the goals that matter most; a warning where too many are agreed."""
    head = heading(texts, say("setting.heading_goals"))
    if not board.lines:
        return group(head, paragraph(texts, say("setting.nothing_lead")))
    shown = goal_cards(texts, cards(board, found, goal, agreed))
    return group(head, shown, *(paragraph(texts, lead=warning) for warning in warnings))


def outlook_block(
    texts: Texts, board: Board, goal: float | None = None, agreed: Mapping[str, float] | None = None
) -> Block:
    """Return the leading measure's whole periods, what can be expected of the next with its levels, and the goal."""
    line = board.leading
    if line is None:
        return paragraph(texts, say("setting.nothing_lead"))
    unit = line.kpi.unit
    low, high = (quantity(line.outlook.quantile(q), unit) for q in (0.1, 0.9))
    head = heading(texts, say("setting.heading_outlook", lower=low, upper=high, kpi=line.kpi.title))
    levels = [Level(p.level, p.value, p.chance) for p in line.proposals]
    said: dict[str, Value] = {p.level: quantity(p.value, unit) for p in line.proposals}
    finding = Message("setting.outlook_alt", {"kpi": line.kpi.title, "period": board.period.name, **said})
    value, chance = _told(line, goal, agreed)
    if value not in [level.value for level in levels]:
        levels.append(Level("agreed", value, chance))
        finding = say("setting.outlook_alt_goal", outlook=finding, goal=quantity(value, unit))
    totals = line.baseline.totals
    if totals["value"].dropna().empty:
        return group(head, paragraph(texts, finding))
    return group(head, draw_outlook(texts, totals, line.outlook, levels, finding=finding))


def gist(found: Agreement, lessons: Sequence[Message] = ()) -> Gist:
    """Return what a mail takes of it: the goals that matter most, what binds, where more would come from, lessons."""
    levers = [(lever_title(lever), reason_of(found.focus, lever.kpi)) for lever in found.focus.proposed]
    acts = [*found.warnings, *(() if found.binding is None else found.binding.loosen[:1])]
    acts += [say("considered.watch", lever=title, reason=reason) for title, reason in levers if reason is not None]
    parts = [("acts", say("mail.heading_acts"), acts), ("lessons", say("setting.heading_lessons"), lessons)]
    if found.binding is not None:
        parts.insert(0, ("binds", binds_heading(found.binding), [found.binding.message]))
    shown = cards(found.board, found.focus, found.goal, found.agreed)
    return Gist(
        say("setting.heading_goals") if shown else None,
        tuple(stand_of(card) for card in shown),
        tuple(Section(name, head, sentences=tuple(said)) for name, head, said in parts if said),
    )
