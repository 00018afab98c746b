"""Project one event onto its member: the change, the facts for the rules, and faults.

The pipeline and the in-memory replay both use this module, so that a simulation equals the ledger.
"""

from collections.abc import Sequence

from core.civil_time import civil_date
from core.faults import Fault
from core.text_marks import N_
from events.catalogue import is_reserved_type
from events.envelope import Event, reserved_type_fault
from members import Enrolment, MemberChange, MemberPayload, changed_facts
from rules import EventFacts


def find_member_event_fault(event: Event, history: Sequence[MemberChange]) -> Fault | None:
    """Return why a valid event about a member can't be processed; None if it can."""
    if is_reserved_type(event.type):
        return reserved_type_fault(event.type)
    if not isinstance(event.payload, MemberPayload):
        return _not_handled_yet(event)
    if not history and not isinstance(event.payload, Enrolment):
        return _unknown_member(event)
    return None


def build_member_change(event: Event) -> MemberChange | None:
    """Return what an event changes about its member; None if nothing."""
    assert isinstance(event.payload, MemberPayload)
    values = changed_facts(event.payload)
    if not values:
        return None
    return MemberChange(event.subject, event.occurred_at, event.type, event.source, event.id, values)


def event_facts(event: Event) -> EventFacts:
    """Return the event in the form that the rules evaluate."""
    payload = event.payload
    assert isinstance(payload, MemberPayload), f"{event.type} is about no member"
    return EventFacts(
        source=event.source,
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        occurred_on=civil_date(event.occurred_at),
        member=event.subject,
        payload=payload.rule_values(),
        known_on=civil_date(event.known_at) if event.known_at else None,
    )


def reused_id_fault(event: Event) -> Fault:
    """Return the fault of an event whose id another event has used."""
    return Fault(
        N_("the id {value} was used before for another event"),
        N_("give every event of a source its own id"),
        field="id",
        value=event.id,
        params={"code": "id_reused"},
    )


def _unknown_member(event: Event) -> Fault:
    return Fault(
        N_("the member {value} is not on any roll"),
        N_("import the roll or send member.joined first, then replay this event"),
        field="subject",
        value=event.subject,
        params={"code": "unknown_member"},
    )


def _not_handled_yet(event: Event) -> Fault:
    return Fault(
        N_("events of type {value} are kept, but nothing acts on them in this version"),
        N_("replay them after an upgrade that does"),
        field="type",
        value=event.type,
        params={"code": "not_handled"},
    )
