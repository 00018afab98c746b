"""Check what a sender sends against its bounds: source, type, and the organisations that each event concerns.

It runs in the transaction that stores the events, so that nothing changes between the check and the storing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from pydantic import BaseModel
from sqlalchemy import Connection, select

from core.civil_time import civil_date
from core.faults import Fault
from events import Event
from geo.registry.stations import load_current_stations
from members import is_organisation_code, scrub_personal_numbers
from members.memberships import Membership, membership_from_row
from members.organisations.storage import load_lineages
from members.organisations.tree import OrganisationLineages
from members.tables import memberships
from store import in_json_array, json_array
from yihui.access.senders import SENDER_BOUND_FAULTS, Sender

_OF_ORGANISATIONS, _OF_STATIONS, _OF_MEMBERS = "organisation.", "station.", "member."
# Fields of payloads that name an organisation which the event changes. Dues are passed up to one above: ``to``.
NAMING_FIELDS = ("organisation", "parent", "into")
_JOINING = frozenset({"member.imported", "member.joined"})
_MEMBERSHIPS = (
    select(memberships).where(in_json_array(memberships.c.member_id, "members")).order_by(memberships.c.since)
)


@dataclass(slots=True)
class _Places:
    """Where members, stations and organisations belong, as of before the request and along its events."""

    memberships: Mapping[str, Sequence[Membership]]
    districts: Mapping[str, str | None]
    lineages: OrganisationLineages
    joined: dict[str, str] = field(default_factory=dict)  # by earlier events of the same request


def find_bound_faults(
    connection: Connection, sender: Sender, events: Sequence[Event], today: date
) -> list[tuple[Fault, ...]]:
    """Return for each event why the sender may not send it; empty where it may."""
    if sender.organisation is None:
        return [()] * len(events)
    places = _load_places(connection, sender.organisation, events)
    found: list[tuple[Fault, ...]] = []
    for event in events:
        faults = tuple(_faults(sender, sender.organisation, event, places, today))
        if not faults and event.type.startswith(_OF_MEMBERS):
            for code in _named_codes(event.payload):
                places.joined[event.subject] = code
        found.append(faults)
    return found


def _faults(sender: Sender, root: str, event: Event, places: _Places, today: date) -> Iterator[Fault]:
    if not sender.covers_source(event.source):
        shown = scrub_personal_numbers(event.source)[:80]
        yield SENDER_BOUND_FAULTS.build("source", field="source", value=shown)
    if not sender.covers_type(event.type):
        yield SENDER_BOUND_FAULTS.build("type", field="type", value=event.type)
    day = civil_date(event.occurred_at)
    codes = _concerned_codes(event, places, day, today)
    if not codes and places.lineages.lineage(root, today) != (root,):
        yield SENDER_BOUND_FAULTS.build("unknown_place", field="subject")
    elif any(root not in places.lineages.lineage(code, each) for code in codes for each in {day, today}):
        yield SENDER_BOUND_FAULTS.build("place", field="subject", organisation=root)


def _concerned_codes(event: Event, places: _Places, day: date, today: date) -> set[str]:
    """Return the organisations that an event concerns; empty if nothing is known of its subject."""
    named = set(_named_codes(event.payload))
    if event.type.startswith(_OF_ORGANISATIONS):
        return named | {event.subject}
    if event.type.startswith(_OF_STATIONS):
        district = places.districts.get(event.subject)
        return {district} if district else set()
    if event.subject in places.joined:
        return named | {places.joined[event.subject]}
    return named | _member_codes(event, places.memberships.get(event.subject, ()), day, today)


def _member_codes(event: Event, held: Sequence[Membership], day: date, today: date) -> set[str]:
    """Return where a member belongs on the event's day. What changes her own data asks for today too.

    A person who left belongs to the last organisation, unless she joins again.
    """
    codes = {one.organisation for one in held if _holds(one, day)}
    if event.type.startswith(_OF_MEMBERS):
        codes |= {one.organisation for one in held if _holds(one, today)}
    if not codes and held and event.type not in _JOINING:
        before = [one for one in held if one.since <= day]
        codes = {(before[-1] if before else held[0]).organisation}
    return codes


def _holds(one: Membership, day: date) -> bool:
    return one.since <= day and (one.until is None or day < one.until)


def _named_codes(payload: BaseModel) -> Iterator[str]:
    for name in NAMING_FIELDS:
        code = getattr(payload, name, None)
        if isinstance(code, str) and is_organisation_code(code):
            yield code
    for part in getattr(payload, "parts", ()):
        yield from _named_codes(part)


def _load_places(connection: Connection, root: str, events: Sequence[Event]) -> _Places:
    stations, members = set[str](), set[str]()
    codes = {root}
    for event in events:
        codes |= set(_named_codes(event.payload))
        if event.type.startswith(_OF_STATIONS):
            stations.add(event.subject)
        elif event.type.startswith(_OF_ORGANISATIONS):
            codes.add(event.subject)
        else:
            members.add(event.subject)
    held = _read_memberships(connection, members)
    districts = {
        id: station.district for id, station in load_current_stations(connection, sorted(stations)).items()
    }
    codes |= {one.organisation for several in held.values() for one in several}
    codes |= {code for code in districts.values() if code}
    return _Places(held, districts, load_lineages(connection, codes))


def _read_memberships(connection: Connection, members: Iterable[str]) -> dict[str, list[Membership]]:
    found: dict[str, list[Membership]] = {}
    for row in connection.execute(_MEMBERSHIPS, {"members": json_array(sorted(members))}).mappings():
        found.setdefault(row["member_id"], []).append(membership_from_row(row))
    return found
