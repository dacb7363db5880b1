"""Who carries a goal: the company, a team or a rep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Owner:
    """The company (neither is given), a team, or a rep."""

    team: str | None = None
    rep: str | None = None

    @property
    def kind(self) -> str:
        """``company``, ``team`` or ``rep``."""
        return "rep" if self.rep is not None else "team" if self.team is not None else "company"

    @property
    def name(self) -> str | None:
        """The rep's or the team's name; None for the company."""
        return self.rep if self.rep is not None else self.team


COMPANY = Owner()
