"""Which events an actor may send: those about members, organisations and stations within the reach."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import Connection

from core.faults import Fault
from events import Event
from geo.registry import find_station
from members import Enrolment, MemberPayload, OrganisationPayload, read_member_changes
from members.organisation_codes import is_organisation_code
from yihui.access.decide import Decision, Refusal
from yihui.services.authorisation import refusal_fault
from yihui.services.reach import Act, Place, Reach, audit_act, codes_within, members_within, unknown_member

_PLACES = frozenset({"organisation", "parent", "into"})  # dues go up, to an organisation outside


@dataclass(frozen=True, slots=True)
class _KnownPlaces:
    """What some events are about: the members on a roll, and what of it is within the reach."""

    known: frozenset[str]
    members: frozenset[str]
    codes: frozenset[str]
    districts: Mapping[str, str]


def find_event_faults(
    connection: Connection, reach: Reach | None, events: Sequence[Event]
) -> dict[int, Fault]:
    """Return why an actor may not send some of these events, by their position.

    A member whom nobody knows is refused as one of another subtree is, unless the event enrols her.
    """
    if reach is None or reach.is_everywhere:
        return {}
    places = _load_places(connection, reach, events)
    found = ((n, _find_fault(reach, places, event)) for n, event in enumerate(events))
    return {n: fault for n, fault in found if fault is not None}


def audit_events(connection: Connection, reach: Reach | None, events: Sequence[Event], door: str) -> None:
    """Append one entry for all events of a request; each event is in the journal itself."""
    if events:
        after = {"count": len(events), "types": sorted({event.type for event in events})}
        audit_act(connection, reach, Place(), Act("send_events", "events", door, after=after))


def _load_places(connection: Connection, reach: Reach, events: Sequence[Event]) -> _KnownPlaces:
    subjects = [event.subject for event in events if isinstance(event.payload, MemberPayload)]
    stations = {event.subject for event in events if event.type.startswith("station.")}
    found = {id: find_station(connection, id) for id in stations}
    districts = {id: one.district for id, one in found.items() if one is not None and one.district}
    codes = {code for event in events for _, code in _named_codes(event)} | set(districts.values())
    histories = read_member_changes(connection, subjects)
    return _KnownPlaces(
        frozenset(member for member, history in histories.items() if history),
        members_within(connection, reach, subjects),
        codes_within(connection, reach, codes),
        districts,
    )


def _find_fault(reach: Reach, places: _KnownPlaces, event: Event) -> Fault | None:
    """Return the fault of an event; one about nothing that we can place is refused too."""
    elsewhere = Decision(Refusal.ELSEWHERE)
    for field, code in _named_codes(event):
        if code not in places.codes:
            return refusal_fault(elsewhere, reach.right, code).at(field=field, value=code)
    if isinstance(event.payload, OrganisationPayload):
        return None  # its subject is one of the codes
    if isinstance(event.payload, MemberPayload):
        begins = isinstance(event.payload, Enrolment) and event.subject not in places.known
        return None if begins or event.subject in places.members else unknown_member(event.subject, "subject")
    if places.districts.get(event.subject) in places.codes:
        return None
    return refusal_fault(elsewhere, reach.right, event.subject).at(field="subject", value=event.subject)


def _named_codes(event: Event) -> Iterator[tuple[str, str]]:
    """Yield each organisation that an event names, with the field."""
    if isinstance(event.payload, OrganisationPayload):
        yield "subject", event.subject
    yield from _codes_in(event.payload, "data")


def _codes_in(value: object, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if name in _PLACES and isinstance(inner, str) and is_organisation_code(inner):
                yield f"{path}.{name}", inner
            else:
                yield from _codes_in(inner, f"{path}.{name}")
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for position, item in enumerate(value):
            yield from _codes_in(item, f"{path}.{position}")
