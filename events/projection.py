"""What one event says of a member: what changes, what the rules are told, and why it may not be fit.

The pipeline and a replay ask here, so that a simulation sees what the ledger would.
"""

from collections.abc import Sequence

from core.civil_time import civil_date
from core.faults import Fault
from events.catalogue import is_told_by_us
from events.envelope import Event, told_by_us
from members import Change, Enrolment, Payload, values_of
from rules import EventFacts

N_ = str  # marks a text for the message catalogue


def unfit_for_member(event: Event, history: Sequence[Change]) -> Fault | None:
    """Why a well-formed event about a member still can't be handled; None where it can."""
    if is_told_by_us(event.type):
        return told_by_us(event.type)
    if not isinstance(event.payload, Payload):
        return _not_handled_yet(event)
    if not history and not isinstance(event.payload, Enrolment):
        return _unknown_member(event)
    return None


def change_of(event: Event) -> Change | None:
    """What an event changes about its member; None where nothing."""
    assert isinstance(event.payload, Payload)
    values = values_of(event.payload)
    if not values:
        return None
    return Change(event.subject, event.occurred_at, event.type, event.source, event.id, values)


def event_facts(event: Event) -> EventFacts:
    """The event as the rules see it."""
    payload = event.payload
    assert isinstance(payload, Payload), f"{event.type} is about no member"
    return EventFacts(
        source=event.source,
        id=event.id,
        type=event.type,
        occurred_at=event.occurred_at,
        occurred_on=civil_date(event.occurred_at),
        member=event.subject,
        payload=payload.said(),
        known_on=civil_date(event.known_at) if event.known_at else None,
    )


def id_reused(event: Event) -> Fault:
    """The fault of an id that another event has had."""
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
