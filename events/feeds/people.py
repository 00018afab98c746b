"""Whom a record is about: by the link from their id, or by the keyed hash of the ID number."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Connection

from core.faults import Fault
from events.feeds.mapping import Mapping
from events.feeds.paths import Json, found
from events.feeds.values import plain
from members import Identity, WrongIdNumber, identify, known_members, links_of, scrubbed, their_digest

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Claim:
    """What a record says of its person. ``shown`` is their id as a message may quote it; ``wrong`` is
    why an ID number can't be one."""

    theirs: str | None = None
    shown: str = ""
    identity: Identity | None = None
    wrong: str | None = None


@dataclass(slots=True)
class People:
    """What is known of the persons behind a feed's ids, and what was ``learnt`` and isn't kept yet."""

    mapping: Mapping
    key: bytes
    links: dict[str, str] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    learnt: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def claim(self, record: Json) -> Claim:
        """What a record says of its person; ID numbers end here."""
        about = self.mapping.about
        user = plain(found(record, about.user)) if about.user else None
        theirs = their_digest(self.mapping.feed, user, self.key) if user else None
        shown = scrubbed(user)[:80].encode("utf-8", "replace").decode() if user else ""
        number = plain(found(record, about.id_number)) if about.id_number else None
        if not number:
            return Claim(theirs, shown)
        try:
            return Claim(theirs, shown, identify(number.removeprefix("'"), self.key))
        except WrongIdNumber as error:
            return Claim(theirs, shown, wrong=str(error))

    def meet(self, connection: Connection, claims: Iterable[Claim]) -> None:
        """Ask for all that isn't known of these, in two queries."""
        claims = list(claims)
        theirs = {claim.theirs for claim in claims if claim.theirs} - self._asked
        members = {claim.identity.member_id for claim in claims if claim.identity} - self._asked
        if theirs:
            self.links.update(links_of(connection, self.mapping.feed, theirs))
        if members:
            self.members |= known_members(connection, members)
        self._asked |= theirs | members

    def member(self, claim: Claim, *, enrols: bool) -> str | Fault:
        """The member whom a record is about. Who is no member yet can only join."""
        linked = self.links.get(claim.theirs) if claim.theirs else None
        if claim.identity is None:
            return linked or self._nobody(claim)
        member = claim.identity.member_id
        if linked not in (None, member):
            return self._another(claim)
        if linked or enrols or member in self.members:
            return member
        return Fault(
            N_("nobody is known by the ID number of this record"),
            N_("import the roll on which they stand first, or have the app send the joining as well"),
            field=self.mapping.about.id_number,
            value="***",
        )

    def learn(self, claim: Claim, member: str) -> None:
        """Take over what a record that became an event says of its person."""
        self.members.add(member)
        if claim.theirs and claim.theirs not in self.links:
            self.links[claim.theirs] = self.learnt[claim.theirs] = member

    def _nobody(self, claim: Claim) -> Fault:
        about = self.mapping.about
        if claim.wrong is not None:
            return Fault(claim.wrong, N_("have it corrected in the app"), field=about.id_number, value="***")
        if claim.theirs is None:
            return Fault(
                N_("the record says of nobody whom it is about"),
                N_("have {field} filled in"),
                field=about.user or about.id_number,
            )
        return Fault(
            N_("nobody is known under this id: {value}"),
            N_("link it to a member (yihui feeds link {feed} FILE), or have the ID number sent along"),
            field=about.user,
            value=claim.shown,
            params={"feed": self.mapping.feed},
        )

    def _another(self, claim: Claim) -> Fault:
        return Fault(
            N_("the id {value} is linked to another member than the ID number says"),
            N_("find out whom the app means; yihui feeds link {feed} FILE --replace sets it right"),
            field=self.mapping.about.user,
            value=claim.shown,
            params={"feed": self.mapping.feed},
        )
