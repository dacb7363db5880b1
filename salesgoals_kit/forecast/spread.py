"""How far off a forecast is: errors at rolling origins, and joint paths of errors that spread as they have.

An error consists of four parts: the noise of each month, a level that walks at random, a slope that was not foreseen,
and a shift that is there from the first month on. Each has its own effect on a month, a quarter and a year. From the
errors' means over blocks of 1, 3, 6 and 12 months the four variances are found by non-negative least squares, so that
a path's months, quarters and year are each as far off as they have been in the past, and add up. Shapes are drawn
towards the usual one, and the size of a short history towards the company's other series, or what is usual.

Chosen on series of M1, Tourism and M3's training part (the last 18 of its months held back). On 482 of them the share
of totals below the 10, 20, 50, 80 and 90 % points was 10, 20, 50, 81, 91 for months, 11, 21, 51, 82, 91 for quarters,
and 14, 25, 54, 81, 88 for years; for quarters with two years of history 9, 17, 48, 82, 92, with one 9, 16, 45, 82, 90.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from salesgoals_kit.forecast.combination import quick_point
from salesgoals_kit.forecast.series import Array
from salesgoals_kit.forecast.signals import SEASON_FROM, YEAR, Signal

LONGEST = 48  # origins at most
FIRST = 3  # known months before the first origin; a year where there are two years of history
BLOCKS = ((1, *range(YEAR)), (3, 0, 3, 6, 9), (6, 0, 6), (12, 0))  # length, and months from the origin to the first
USUAL = (0.63, 0.16, 0.0, 0.05)  # of the four, where a month's first three errors have a mean square of 1
USUAL_WEIGHT = 2.0  # the usual shape counts like so many origins
USUAL_SIZE = 0.2  # a month's spread on the even scale; of 603 series the median was 0.12, the upper quartile 0.23
PRIOR_UNTIL = 36  # months of history from which on the size is the series' own
FREEDOM = 5.0  # of Student's t
WIDER = 1.1  # of the variances, for what overlapping origins do not show
WIDER_SHORT = 5.0  # and, divided by the months of history, for what few origins do not show


@dataclass(frozen=True)
class Spread:
    """Variances a month, on the even scale: of the noise, of the level's step, of the slope, of the shift."""

    noise: float
    level: float
    slope: float
    shift: float

    def draw(self, draws: int, horizon: int, rng: np.random.Generator) -> Array:
        """Return joint error paths (draws by months), in pairs of opposite sign so that their middle is 0."""
        half = -(-draws // 2)
        walk = np.cumsum(rng.normal(0, np.sqrt(self.level), (half, horizon)), axis=1)
        tilt = rng.normal(0, np.sqrt(self.slope), (half, 1)) * np.arange(1, horizon + 1)
        shift = rng.normal(0, np.sqrt(self.shift), (half, 1))
        paths = walk + tilt + shift + rng.normal(0, np.sqrt(self.noise), (half, horizon))
        paths *= np.sqrt((FREEDOM - 2) / rng.chisquare(FREEDOM, (half, 1)))
        return np.concatenate([paths, -paths])[:draws]


@dataclass(frozen=True, eq=False)
class Past:
    """Forecasts from rolling origins: ``origins`` (months known) and what each forecast, on the even scale."""

    signal: Signal
    origins: tuple[int, ...]
    forecasts: tuple[Array, ...]

    def errors(self) -> list[Array]:
        """Return what came minus what had been forecast, for as many months as have come; NaN where unknown."""
        z = self.signal.z
        return [
            z[at : at + len(path)] - path[: len(z) - at] for at, path in zip(self.origins, self.forecasts, strict=True)
        ]


def rolling_origins(signal: Signal, horizon: int = YEAR) -> Past:
    """Return quick forecasts from every month of the last four years from which at least one has come."""
    first = YEAR if len(signal) >= SEASON_FROM else FIRST
    known = np.cumsum(signal.known)
    latest = range(len(signal) - 1, max(first, len(signal) - LONGEST) - 1, -1)
    origins = tuple(at for at in latest if known[at - 1] >= FIRST)
    return Past(signal, origins, tuple(quick_point(signal.until(at), horizon) for at in origins))


@dataclass(frozen=True, eq=False)
class Moments:
    """Sums of squared mean errors by block, and how many there were."""

    squares: Array
    counts: Array

    def without(self, noise: float) -> Moments:
        """Return the moments less a known part of the noise (its variance a month); a tenth is left at least."""
        return Moments(np.maximum(self.squares - noise * PARTS[:, 0] * self.counts, self.squares / 10), self.counts)

    @property
    def size(self) -> float | None:
        """The mean square of a month's error, all blocks seen in the usual shape; None without an origin."""
        seen = self.counts > 0
        if not seen.any():
            return None
        return float(np.sum(self.squares[seen] / (PARTS @ USUAL)[seen]) / np.sum(self.counts[seen]))


def moments(errors: list[Array]) -> Moments:
    """Return the moments of errors from rolling origins (each as many months as have come, NaN where unknown)."""
    squares, counts = np.zeros(len(PARTS)), np.zeros(len(PARTS))
    for error in errors:
        for at, (length, ahead) in enumerate(_blocks()):
            mean = float(np.mean(error[ahead : ahead + length])) if ahead + length <= len(error) else np.nan
            if np.isfinite(mean):
                squares[at] += mean**2
                counts[at] += 1
    return Moments(squares, counts)


def spread_of(found: Moments, months: int, prior: float | None = None) -> Spread:
    """Return the spread of a series with so many months of history; ``prior`` is the size of the company's others."""
    from scipy.optimize import nnls

    size = _size(found, months, prior)
    if size <= 0:
        return Spread(0.0, 0.0, 0.0, 0.0)
    usual = PARTS @ USUAL * size
    independent = found.counts / [length for length, _ in _blocks()]
    means = found.squares / np.maximum(found.counts, 1)
    aim = (means * independent + USUAL_WEIGHT * usual) / (independent + USUAL_WEIGHT)
    wider = WIDER + WIDER_SHORT / months
    return Spread(*(wider * float(part) for part in nnls(PARTS / aim[:, None], np.ones(len(aim)))[0]))


def _size(found: Moments, months: int, prior: float | None) -> float:
    """Return the mean square of a month's error: a short history's own is drawn to the others', or to the usual."""
    own = found.size
    if own is None:
        return USUAL_SIZE**2 if prior is None else prior
    if prior is None:
        prior = USUAL_SIZE**2 if months < YEAR else own
    origins, weight = float(found.counts[0]), max(0.0, PRIOR_UNTIL - months) / YEAR
    return (origins * own + weight * prior) / (origins + weight)


def _blocks() -> list[tuple[int, int]]:
    return [(length, ahead) for length, *starts in BLOCKS for ahead in starts]


def _parts(length: int, ahead: int) -> list[float]:
    """Return what a unit of each variance adds to the variance of the mean error of a block of months."""
    months = np.arange(ahead + 1, ahead + length + 1)
    return [1 / length, float(np.minimum.outer(months, months).mean()), float(months.mean() ** 2), 1.0]


PARTS = np.array([_parts(*block) for block in _blocks()])
