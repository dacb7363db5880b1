"""What an amount in plain words is for a KPI: a value, a change, a range, or two things at once, which is refused."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from salesgoals_kit.goals.amounts import OWN, Amount, digits, refuse, twice
from salesgoals_kit.goals.goal import Goal
from salesgoals_kit.goals.limits import impossible_change, impossible_value
from salesgoals_kit.goals.tokens import Text
from salesgoals_kit.goals.vocabulary import AT_LEAST, AT_MOST
from salesgoals_kit.goals.written import Unit
from salesgoals_kit.kpis.catalogue import CATALOGUE, Kpi

LARGE = 1000  # a change in money of so much is no percentage
_OWN_UNIT = {"money": "money", "days": "days", "count": "count", "times": "times"}
_AFTER = {"rate": "pp", "days": "days", "count": "leads", "times": "times", "money": "EUR (or the like)"}


def meaning(goal: Goal, said: Amount, direction: int | str | None, text: Text) -> Goal:
    """Return the goal with the number that was said: a value, a change, or the easier end of a range.

    ``direction``: up or down (1, -1) as a verb says, None for "improve", "" where there is none.

    Raises ParamError for what can be read in two ways or cannot be.
    """
    kpi = CATALOGUE[goal.kpi]
    said = _in_its_unit(kpi, said)
    if said.how == AT_LEAST and _by(text, said):
        said = replace(said, how=None)  # "by at least 5 %" is a change: its easier end
    _check(kpi, said, text)
    if said.how in (AT_MOST, AT_LEAST) and (said.how == AT_MOST) != (kpi.better == "lower"):
        right = AT_LEAST if kpi.better == "higher" else AT_MOST
        refuse(text, said, f"of {kpi.name} {kpi.better} is better, so a goal is no {said.how!r}", f"write {right!r}")
    if said.how is not None:
        return _valued(goal, kpi, said, direction, text)
    sign = _sign(kpi, said, direction, text)
    if sign is None:
        return _plain(goal, kpi, said, text)
    if direction != "" and said.sign is None and said.unit in (None, *_own(kpi)) and not _by(text, said):
        twice(text, said, "a value or a change", f"{kpi.name} to {said.shown}", _changed(kpi, said, sign, text))
    return _changing(goal, kpi, said, sign, text)


def _in_its_unit(kpi: Kpi, said: Amount) -> Amount:
    """Return "5 more" as five more of what the KPI is counted in; of a rate nothing is."""
    if said.unit != OWN:
        return said
    return replace(said, unit=_OWN_UNIT.get(kpi.unit))


def _check(kpi: Kpi, said: Amount, text: Text) -> None:
    if said.currency is not None and said.currency != text.currency:
        found, todo = f"an amount in {said.currency}", f"the company counts in {text.currency}; write it in that"
        refuse(text, said, found, todo)
    if said.unit == "times" and kpi.unit != "times":
        times = digits(said.total)
        refuse(text, said, f"{kpi.name} is not counted in times", f"write 'double', or 'to' so much, not {times} times")


def _sign(kpi: Kpi, said: Amount, direction: int | str | None, text: Text) -> int | None:
    """Return which way a change goes; None where the number is no change."""
    better = 1 if kpi.better == "higher" else -1
    wanted = better if direction is None else None if direction == "" else int(direction)
    if said.sign is not None and wanted is not None and said.sign != wanted:
        up, down = f"{kpi.name} +{said.shown}", f"{kpi.name} -{said.shown}"
        twice(text, said, "up or down: the sign and the verb differ", up, down)
    return wanted if said.sign is None else said.sign


def _changing(goal: Goal, kpi: Kpi, said: Amount, sign: int, text: Text) -> Goal:
    unit = _unit_of_change(kpi, said, sign, text)
    ends = [float(sign * said.total)]
    if said.high is not None:
        ends.append(float((said.high.sign or sign) * said.high.total))
    for end in ends:
        wrong = impossible_change(kpi, end, unit)
        if wrong:
            refuse(text, said, wrong, "look at its unit")
    ends.sort(reverse=kpi.better == "lower")  # the easier end first
    return replace(goal, change=ends[0] + 0.0, unit=unit, stretch=ends[1] if len(ends) > 1 else None)


def _changed(kpi: Kpi, said: Amount, sign: int, text: Text) -> str:
    """Return a number as the change it may be, in what the KPI is counted in."""
    units = {**_AFTER, "money": text.currency}
    unit = f" {units[kpi.unit]}" if said.unit is None and kpi.unit in units else ""
    return f"{kpi.name} {'+' if sign > 0 else '-'}{said.shown}{unit}"


def _unit_of_change(kpi: Kpi, said: Amount, sign: int, text: Text) -> Unit:
    mark = "+" if sign > 0 else "-"
    if said.unit == "percent":
        return "percent"
    if said.unit == "points":
        return "points"
    if said.unit in _own(kpi) or (kpi.unit == "money" and (said.size or said.total >= LARGE)):
        return "absolute"
    number = f"{kpi.name} {mark}{digits(said.number)}"
    if said.unit is not None:
        refuse(text, said, f"{kpi.name} is not counted in {said.unit}", f"write {number} %")
    return twice(text, said, "per cent or not", f"{number} %", f"{number} {_AFTER[kpi.unit]}")


def _plain(goal: Goal, kpi: Kpi, said: Amount, text: Text) -> Goal:
    """Return what a number is that neither a sign, a verb nor a limit says anything about."""
    number = digits(said.number)
    if said.unit == "points":
        twice(text, said, "up or down", f"{kpi.name} +{number}pp", f"{kpi.name} -{number}pp")
    if _by(text, said) and said.unit in (None, *_own(kpi)):
        twice(text, said, "up or down", _changed(kpi, said, 1, text), _changed(kpi, said, -1, text))
    if said.unit == "percent" and kpi.unit != "rate":
        twice(text, said, "up or down", f"{kpi.name} +{number} %", f"{kpi.name} -{number} %")
    if kpi.unit == "rate":
        mark = "+" if kpi.better == "higher" else "-"
        twice(text, said, "a value or a change", f"{kpi.name} at {number} %", f"{kpi.name} {mark}{number} %")
    return _valued(goal, kpi, said, "", text)


def _valued(goal: Goal, kpi: Kpi, said: Amount, direction: int | str | None, text: Text) -> Goal:
    ends = [_value(kpi, said, text)]
    if said.high is not None:
        ends.append(_value(kpi, said.high, text))
    told = None if said.told is None else _value(kpi, said.told, text)
    if told is not None:
        _check_way(kpi, said, ends[0] - told, direction, text)
    ends.sort(reverse=kpi.better == "lower")
    return replace(goal, value=ends[0], stretch=ends[1] if len(ends) > 1 else None, told=told)


def _check_way(kpi: Kpi, said: Amount, change: float, direction: int | str | None, text: Text) -> None:
    """Refuse a step that goes another way than the verb before it says."""
    better = 1 if kpi.better == "higher" else -1
    wanted = better if direction is None else None if direction == "" else int(direction)
    if said.told is not None and wanted is not None and change * wanted < 0:
        one, two = f"from {said.told.shown} to {said.shown}", f"from {said.shown} to {said.told.shown}"
        twice(text, said, "up or down: the verb and the numbers differ", f"{kpi.name} {one}", f"{kpi.name} {two}")


def _value(kpi: Kpi, said: Amount, text: Text) -> float:
    value = said.total * (said.sign or 1)
    if said.unit == "points" or (said.unit is not None and kpi.unit != "rate" and said.unit not in _own(kpi)):
        refuse(text, said, f"a value of {kpi.name} is not counted in {said.unit}", f"write {_example(kpi)}")
    if kpi.unit == "rate":
        if said.unit is None and not impossible_value(kpi, float(value)):
            percent, share = f"{digits(value)} %", f"{digits(value * 100)} %"
            twice(text, said, "per cent or a share", f"{kpi.name} at {percent}", f"{kpi.name} at {share}")
        value = value / 100
    wrong = _impossible(kpi, value)
    if wrong:
        refuse(text, said, wrong, "look at its unit")
    return float(value) + 0.0


def _impossible(kpi: Kpi, value: Decimal) -> str:
    """Return why a value cannot be, of a rate in per cent as it was written."""
    if kpi.unit == "rate" and value > 1 and impossible_value(kpi, float(value)):
        return f"{kpi.name} is a share, and {digits(value * 100)} % is more than all there is"
    return impossible_value(kpi, float(value))


def _own(kpi: Kpi) -> tuple[str, ...]:
    return (_OWN_UNIT[kpi.unit],) if kpi.unit in _OWN_UNIT else ()


def _example(kpi: Kpi) -> str:
    return f"it in {kpi.unit}" if kpi.unit != "rate" else "it in per cent"


def _by(text: Text, said: Amount) -> bool:
    return said.first > 0 and text.is_word(said.first - 1, ("by",))
