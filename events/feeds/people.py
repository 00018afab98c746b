"""Find the member that a record is about: by the link from the app's user id, or by the hashed ID number."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from core.faults import Fault, FaultTable
from core.text_marks import N_
from events.feeds.mapping import FeedMapping
from events.feeds.values import JsonValue, find_field_value, scalar_text
from members import (
    InvalidIdNumber,
    MemberIdentity,
    feed_user_digest,
    find_known_members,
    find_linked_members,
    identify_member,
    scrub_personal_numbers,
)

PERSON_FAULTS = FaultTable(
    "feed_person",
    {
        "unknown_id_number": (
            N_("nobody is known by the ID number of this record"),
            N_("import the roll on which they stand first, or have the app send the joining as well"),
        ),
        "unnamed": (N_("the record says of nobody whom it is about"), N_("have {field} filled in")),
        "unknown_user": (
            N_("nobody is known under this id: {value}"),
            N_("link it to a member (yihui feeds link {feed} FILE), or have the ID number sent along"),
        ),
        "linked_to_another": (
            N_("the id {value} is linked to another member than the ID number says"),
            N_("find out whom the app means; yihui feeds link {feed} FILE --replace sets it right"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class PersonReference:
    """The person identifiers of a record.

    ``user_digest`` is the keyed hash of the app's user id; ``shown_id`` is that id for messages.
    ``id_number_fault`` says why an ID number is invalid.
    """

    user_digest: str | None = None
    shown_id: str = ""
    identity: MemberIdentity | None = None
    id_number_fault: Fault | None = None


@dataclass(slots=True)
class MemberResolver:
    """Resolve a feed's person references to members. ``new_links`` are links that aren't stored yet."""

    mapping: FeedMapping
    key: bytes
    links: dict[str, str] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    new_links: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def read_reference(self, record: JsonValue) -> PersonReference:
        """Read the person reference of a record; ID numbers are hashed here and go no further."""
        about = self.mapping.about
        user = scalar_text(find_field_value(record, about.user)) if about.user else None
        theirs = feed_user_digest(self.mapping.feed, user, self.key) if user else None
        shown = scrub_personal_numbers(user)[:80].encode("utf-8", "replace").decode() if user else ""
        number = scalar_text(find_field_value(record, about.id_number)) if about.id_number else None
        if not number:
            return PersonReference(theirs, shown)
        try:
            return PersonReference(theirs, shown, identify_member(number.removeprefix("'"), self.key))
        except InvalidIdNumber as error:
            return PersonReference(theirs, shown, id_number_fault=error.faults[0])

    def load_members(self, connection: Connection, claims: Iterable[PersonReference]) -> None:
        """Load the links and members of these references that aren't loaded yet, in two queries."""
        claims = list(claims)
        theirs = {claim.user_digest for claim in claims if claim.user_digest} - self._asked
        members = {claim.identity.member_id for claim in claims if claim.identity} - self._asked
        if theirs:
            self.links.update(find_linked_members(connection, self.mapping.feed, theirs, self.key))
        if members:
            self.members |= find_known_members(connection, members)
        self._asked |= theirs | members

    def find_member(self, claim: PersonReference, *, enrols: bool) -> str | Fault:
        """Return the member that a record is about, or a fault.

        A person who isn't a member yet is accepted only if the event enrols them.
        """
        linked = self.links.get(claim.user_digest) if claim.user_digest else None
        if claim.identity is None:
            return linked or self._nobody(claim)
        member = claim.identity.member_id
        if linked not in (None, member):
            return self._user_fault("linked_to_another", claim)
        if linked or enrols or member in self.members:
            return member
        number = self.mapping.about.id_number
        return PERSON_FAULTS.build("unknown_id_number", field=number, value="***")

    def add_reference(self, claim: PersonReference, member: str) -> None:
        """Add the member, and the link to the member, from a record that became an event."""
        self.members.add(member)
        if claim.user_digest and claim.user_digest not in self.links:
            self.links[claim.user_digest] = self.new_links[claim.user_digest] = member

    def _nobody(self, claim: PersonReference) -> Fault:
        about = self.mapping.about
        if claim.id_number_fault is not None:
            wrong = replace(claim.id_number_fault, remedy=N_("have it corrected in the app"))
            return wrong.at(field=about.id_number, value="***")
        if claim.user_digest is None:
            return PERSON_FAULTS.build("unnamed", field=about.user or about.id_number)
        return self._user_fault("unknown_user", claim)

    def _user_fault(self, code: str, claim: PersonReference) -> Fault:
        mapping = self.mapping
        return PERSON_FAULTS.build(code, field=mapping.about.user, value=claim.shown_id, feed=mapping.feed)
