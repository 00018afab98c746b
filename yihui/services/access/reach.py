"""How far an actor's right reaches: the organisations and members for which it holds, asked in the act's transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from members import scrub_personal_numbers
from members.organisations.storage import load_lineages
from yihui.access.acting import note_permission
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import Decision, decide, refusal_fault, subtrees
from yihui.access.roles import Right
from yihui.bootstrap import Wiring

REACH_FAULTS = FaultTable(
    "reach",
    {
        # The same for a member whom nobody knows and for one of another subtree: the answer must not tell them apart.
        "member": (
            N_("the member {value} is not on your rolls"),
            N_("check the id; a member of another organisation is looked up by its officers"),
        )
    },
)
_NOTHING: Mapping[str, object] = {}


@dataclass(frozen=True, slots=True)
class Reach:
    """An actor with one right, as it holds today. ``allowed`` are its subtrees; None means everywhere."""

    actor: Actor
    right: Right
    day: date
    now: datetime
    allowed: frozenset[str] | None
    request_id: str | None = None

    @property
    def is_everywhere(self) -> bool:
        return self.allowed is None

    @property
    def member(self) -> str | None:
        """Return the member who acts for herself; None if it is an officer or a program."""
        return self.actor.subject if self.actor.kind is ActorKind.MEMBER else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act takes place, and the assignment that allows it there; empty for those who need none."""

    organisation: str | None = None
    by: Assignment | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One act for the audit log. ``name`` follows the right, as in ``members.change.transfer``."""

    name: str
    object_kind: str
    object_id: str
    reason: str = ""
    after: Mapping[str, object] = field(default_factory=lambda: _NOTHING)


def open_reach(wiring: Wiring, actor: Actor | None, right: Right, request_id: str | None = None) -> Reach:
    """Return how far a right of an actor reaches. *Raises*: FaultError if the actor holds it nowhere today."""
    now = wiring.now()
    day = civil_date(now)
    decision = decide(actor, right, None, day, now)
    if decision.refusal is not None or actor is None:
        raise FaultError(refusal_fault(decision, right))
    return Reach(actor, right, day, now, subtrees(actor, right, day), request_id)


def open_own_reach(wiring: Wiring, actor: Actor, right: Right, request_id: str | None = None) -> Reach:
    """Return the reach of a member: what the right names, for herself and nobody else."""
    assert actor.kind is ActorKind.MEMBER, "others' reach comes from their roles"
    now = wiring.now()
    return Reach(actor, right, civil_date(now), now, frozenset(), request_id)


def require_organisation(connection: Connection, reach: Reach | None, code: str) -> Place:
    """Return the place of an act on an organisation. *Raises*: FaultError if it is outside the reach."""
    if reach is None or reach.is_everywhere:
        return Place(code)
    decision = _decide(reach, lineages_of(connection, [code], reach.day)[code])
    if decision.refusal is not None:
        raise FaultError(refusal_fault(decision, reach.right, code))
    note_permission(reach.right, code, decision.by)
    return Place(code, decision.by)


def require_member(connection: Connection, reach: Reach | None, member: str) -> Place:
    """Return the place of an act on a member, by her organisation of today.

    *Raises*: FaultError for a member outside the reach, the same as for one whom nobody knows.
    """
    if reach is None or reach.is_everywhere:
        return Place()
    place = find_member_place(connection, reach, member)
    if place is None:
        raise FaultError(unknown_member(member, "member"))
    return place


def unknown_member(member: str, field: str) -> Fault:
    """Return the fault for a member who is unknown or outside the reach."""
    return REACH_FAULTS.build("member", field=field, value=scrub_personal_numbers(member)[:64])


def find_member_place(connection: Connection, reach: Reach, member: str) -> Place | None:
    """Return the place of an act on a member; None if she is unknown or outside the reach."""
    from yihui.services.members.organisations import find_member_organisations

    if reach.member is not None:  # who left the union still has her own data
        code = find_member_organisations(connection, [member], reach.day).get(member)
        return Place(code) if member == reach.member else None
    return find_member_places(connection, reach, [member]).get(member)


def find_member_places(connection: Connection, reach: Reach, members: Iterable[str]) -> dict[str, Place]:
    """Return the places of an officer's act on some members, without those unknown or outside the reach."""
    from yihui.services.members.organisations import find_member_organisations

    codes = find_member_organisations(connection, members, reach.day)
    lineages = lineages_of(connection, set(codes.values()), reach.day)
    decisions = {code: _decide(reach, lineage) for code, lineage in lineages.items()}
    return {
        member: Place(code, decisions[code].by)
        for member, code in codes.items()
        if decisions[code].refusal is None
    }


def codes_within(connection: Connection, reach: Reach | None, codes: Iterable[str]) -> frozenset[str]:
    """Return those organisations that are within the reach today."""
    asked = frozenset(codes)
    if reach is None or reach.allowed is None:
        return asked
    return frozenset(
        code
        for code, lineage in lineages_of(connection, asked, reach.day).items()
        if not reach.allowed.isdisjoint(lineage)
    )


def lineages_of(connection: Connection, codes: Iterable[str], day: date) -> dict[str, tuple[str, ...]]:
    """Return each organisation with those above it on a day, the nearest first."""
    asked = list(codes)
    found = load_lineages(connection, asked)
    return {code: found.lineage(code, day) for code in asked}


def audit_act(connection: Connection, reach: Reach | None, place: Place, act: Act) -> None:
    """Append an act to the audit log, in the transaction of the act. Without a reach, the caller has written it."""
    if reach is None:
        return
    entry = AuditEntry(
        f"{reach.right.value}.{act.name}",
        act.object_kind,
        act.object_id,
        act.reason,
        place.organisation,
        place.by,
        after=act.after,
        request_id=reach.request_id,
    )
    append_audit_entry(connection, reach.actor, entry, reach.now)


def record_member_reading(wiring: Wiring, reach: Reach, member: str) -> None:
    """Record that an officer reads a member's data by the programs' interface, before it is told.

    Of somebody who is unknown or outside the reach nothing is told, and nothing is recorded.
    """
    with wiring.database.read() as connection:
        place = find_member_place(connection, reach, member)
    if place is None:
        return
    entry = AuditEntry(
        reach.right.value,
        "member",
        member,
        organisation=place.organisation,
        by=place.by,
        request_id=reach.request_id,
    )
    with wiring.database.write() as connection:
        append_audit_entry(connection, reach.actor, entry, reach.now)


def _decide(reach: Reach, lineage: tuple[str, ...]) -> Decision:
    return decide(reach.actor, reach.right, lineage, reach.day, reach.now)
