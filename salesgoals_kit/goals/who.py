"""Who may carry a goal, and who is meant by a name as it was typed: pages show people's names, files may have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from salesgoals_kit.owners import Owner


class Owners(list[Owner]):
    """Everybody who may carry a goal, in order. ``names``: what the reps are called, by rep."""

    def __init__(self, owners: Iterable[Owner], names: Mapping[str, str] | None = None) -> None:
        super().__init__(owners)
        self.names = dict(names or {})
        self._known = {(owner.kind, owner.name): owner for owner in self}
        self._called: dict[str, list[Owner]] = {}
        for owner in self:
            if owner.rep is not None and owner.rep in self.names:
                self._called.setdefault(self.names[owner.rep], []).append(owner)

    def find(self, kind: str, name: str) -> Owner | None:
        """Return the team, or the rep, of a name: by the id in the data, else the one rep who is called so.

        >>> people = Owners([Owner(rep="r1"), Owner(rep="r2"), Owner(rep="r3")], {"r1": "Ann", "r2": "Bo", "r3": "Bo"})
        >>> people.find("rep", "Ann"), people.find("rep", "r2"), people.find("rep", "Bo")
        (Owner(team=None, rep='r1'), Owner(team=None, rep='r2'), None)
        """
        called = self._called.get(name, []) if kind == "rep" else []
        return self._known.get((kind, name)) or (called[0] if len(called) == 1 else None)

    def wrong(self, kind: str, name: str) -> str:
        """Return why a name is nobody's, or not one person's; nothing where `find` finds who is meant."""
        if self.find(kind, name) is not None:
            return ""
        called = self._called.get(name, []) if kind == "rep" else []
        if called:
            ids = ", ".join(repr(owner.rep) for owner in called)
            return f"{len(called)} reps are called {name!r}; name one of {ids}"
        there = ", ".join(sorted(self._shown(other) for its, other in self._known if its == kind)) or "none"
        return f"there is no {kind} {name!r}; there are {there}"

    def _shown(self, name: str | None) -> str:
        called = self.names.get(str(name))
        return str(name) if called in (None, name) else f"{name} ({called})"
