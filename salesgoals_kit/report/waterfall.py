"""From one figure to another in steps, one under the other: what came and what went."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from salesgoals_kit.report.canvas import Size
from salesgoals_kit.report.palette import LIGHT
from salesgoals_kit.report.pencil import Axes, row_names, write
from salesgoals_kit.report.shapes import Step
from salesgoals_kit.report.text import Texts
from salesgoals_kit.words import Message, Money

STILL = ("start", "end")


def waterfall(steps: Sequence[Step], said: Sequence[tuple[str, str]]) -> Callable[[Axes, Size], None]:
    """Draw steps from the start to the end; ``said``: what each is called, and how much it is."""

    def draw(ax: Axes, size: Size) -> None:
        for y, (step, (_, amount)) in enumerate(zip(steps, said, strict=True)):
            gain = step.ends >= step.begins
            ax.barh(y, step.ends - step.begins, left=step.begins, height=0.5, color=LIGHT["core" if gain else "warn"])
            if y + 1 < len(steps):
                ax.plot([step.ends] * 2, [y + 0.25, y + 0.75], color=LIGHT["soft"], linewidth=1)
            if step.part in STILL:
                ax.plot([step.ends] * 2, [y - 0.3, y + 0.3], color=LIGHT["ink"], linewidth=4)
            write(ax, max(step.begins, step.ends), y, amount, size, by=(8, 0))
        row_names(ax, [part for part, _ in said], size)

    return draw


def steps_of(start: float, changes: Sequence[tuple[str, float]]) -> list[Step]:
    """Return the steps from a figure through its changes, by name, to where they lead.

    >>> [(step.part, step.ends) for step in steps_of(10.0, [("price", 2.0), ("cost", -3.0)])]
    [('start', 10.0), ('price', 12.0), ('cost', 9.0), ('end', 9.0)]
    """
    place, steps = start, [Step("start", start, start)]
    for part, change in changes:
        steps.append(Step(part, place, place + change))
        place += change
    return [*steps, Step("end", place, place)]


def amount_labels(texts: Texts, steps: Sequence[Step], titles: Sequence[Message]) -> list[tuple[str, str]]:
    """Return what each step is called, and its money: of start and end as it is, of a change with its sign."""
    said = []
    for step, title in zip(steps, titles, strict=True):
        moved = step.ends - step.begins
        amount = texts.text(Money(step.ends if step.part in STILL else moved))
        said.append((texts.text(title), f"+{amount}" if moved > 0 else amount))
    return said
