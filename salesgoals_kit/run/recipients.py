"""Who gets which report: decided here alone, and closed where in doubt.

A team's manager gets its reports, leadership (who stands under ``_company``) the company's, a rep his own page. What
stands under ``mail.recipients`` for a team and template takes the place of its manager. An address is refused unless
its domain is allowed and everybody who is known by it belongs to the team: as its rep, its manager, the manager of a
team above, or as leadership. Without ``allow_domains`` an address has to be the team's own in the data, or of the
domain that mails are sent from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from salesgoals_kit.errors import Fault, ParamError
from salesgoals_kit.owners import Owner
from salesgoals_kit.policies import Mail, is_address
from salesgoals_kit.report.title import TEMPLATES
from salesgoals_kit.run.folders import COMPANY_SLUG
from salesgoals_kit.run.people import People, Person

ALL_OTHERS = "*"


class Recipients:
    """Who gets what, by a company's mail settings and its people; raises ParamError with every fault of them."""

    def __init__(self, mail: Mail, people: People) -> None:
        self._mail = mail
        self._people = people
        self._leadership = frozenset(a.lower() for said in _of(mail, COMPANY_SLUG).values() for a in said)
        faults = [*self._settings(), *self._addresses(), *(self._reps() if mail.reps else ())]
        if faults:
            raise ParamError("Nothing is sent: the recipients have faults.", faults)

    def of(self, owner: Owner, template: str) -> tuple[str, ...]:
        """Return the addresses that a report of the company or of a team goes to; none for a team that there is not."""
        if owner.team is not None and owner.team not in [team.name for team in self._people.teams]:
            return ()
        return tuple({address.lower(): address for _, address in self._named(owner.team, template)}.values())

    def of_rep(self, rep: str) -> str | None:
        """Return the address that a rep's own page goes to; None where he has none, has left, or reps get no mail."""
        person = self._people.reps.get(rep) if self._mail.reps else None
        return None if person is None else person.email

    def gets(self, owner: Owner, template: str, address: str) -> bool:
        """Return whether a report, or a rep's own page, goes to this address."""
        named = self.of(owner, template) if owner.rep is None else (self.of_rep(owner.rep) or "",)
        return address.lower() in [one.lower() for one in named]

    def _named(self, team: str | None, template: str) -> Iterator[tuple[str, str]]:
        """Give the addresses for a team (None: the company) and template, with where each stands."""
        name = COMPANY_SLUG if team is None else team
        said = _of(self._mail, name)
        key = template if template in said else ALL_OTHERS
        if key in said:
            yield from ((f"mail.recipients.{name}.{key}", address) for address in said[key])
        elif team is not None and (email := self._people.named(team).email):
            yield f"the manager of {team}", email.strip()

    def _settings(self) -> Iterator[Fault]:
        yield from _malformed("mail.from", self._mail.sender)
        for domain in self._mail.allow_domains:
            yield from _malformed(f"mail.allow_domains: {domain}", f"x@{domain}")
        known = [team.name for team in self._people.teams]
        for name, said in self._mail.recipients.items():
            if name not in (COMPANY_SLUG, *known):
                there = ", ".join([COMPANY_SLUG, *known])
                yield Fault(f"mail.recipients.{name}", "there is no such team", f"one of {there}")
            for template in said:
                if template not in (ALL_OTHERS, *TEMPLATES):
                    there = ", ".join([ALL_OTHERS, *TEMPLATES])
                    yield Fault(f"mail.recipients.{name}.{template}", "there is no such template", f"one of {there}")

    def _addresses(self) -> Iterator[Fault]:
        """Give what is wrong with whoever would get a report of the company or a team, each thing once."""
        found: dict[tuple[str, str], Fault] = {}
        for team in (None, *(team.name for team in self._people.teams)):
            for template in TEMPLATES:
                for where, address in self._named(team, template):
                    for fault in self._wrong(where, address, team):
                        found.setdefault((where, str(fault)), fault)
        yield from found.values()

    def _wrong(self, where: str, address: str, team: str | None) -> Iterator[Fault]:
        if malformed := list(_malformed(where, address)):
            yield from malformed
            return
        known = self._people.at.get(address.lower(), ())
        if team is not None and address.lower() not in self._leadership:
            for person in known:
                if not self._belongs(person, team):
                    yield Fault(
                        where, f"{address} is the address of {person.title}", f"somebody of {team}, or above it"
                    )
        yield from self._domain(where, address, own=bool(known))

    def _reps(self) -> Iterator[Fault]:
        """Give what is wrong with the addresses of reps: nobody else may be known by them, but who manages him."""
        for _, person in sorted(self._people.reps.items()):
            where = f"the address of the rep {person.name}"
            if malformed := list(_malformed(where, person.email)):
                yield from malformed
                continue
            above = {name for team in person.works for name in self._people.above(team)}
            for other in self._people.at[person.email.lower()]:
                if other.who != person.who and not other.manages & above:
                    yield Fault(where, f"{person.email} is that of {other.title}, too", "one of his own")
            yield from self._domain(where, person.email, own=True)

    def _belongs(self, person: Person, team: str) -> bool:
        return team in person.works or bool(person.manages & self._people.above(team))

    def _domain(self, where: str, address: str, *, own: bool) -> Iterator[Fault]:
        domain = domain_of(address)
        allowed = [name.lower() for name in self._mail.allow_domains]
        if allowed and domain not in allowed:
            yield Fault(where, f"{address} is outside of allow_domains", f"an address at {', '.join(allowed)}")
        if not allowed and not own and domain != domain_of(self._mail.sender):
            expected = f"one that the data knows, or one at {domain_of(self._mail.sender)}"
            yield Fault(where, f"nobody is known by {address}", expected, "or name its domain under mail.allow_domains")


def domain_of(address: str) -> str:
    """Return the domain of an address, in small letters."""
    return address.rpartition("@")[2].lower()


def _of(mail: Mail, name: str) -> Mapping[str, Sequence[str]]:
    return mail.recipients.get(name, {})


def _malformed(where: str, address: str) -> Iterator[Fault]:
    if not is_address(address):
        yield Fault(where, f"{address!r:.80} is no address", "name@domain in ASCII (a domain in its xn-- form)")
