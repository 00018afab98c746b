"""What an inspector looks at in a station: the place itself, and the facilities of its kind and its register."""

from collections.abc import Collection, Mapping

from geo.checks.shared_building import LEAST_AREA_M2, REQUIRED_FACILITIES
from geo.station import FACILITY_CODES, Kind, Station

OPEN_ITEM = "open"  # open as its hours say, when the inspector came
ROOM_ITEM = "room"  # large enough
PLACE_ITEMS = (OPEN_ITEM, "sign", "hours_posted", "clean")
# What is looked at wherever it is a place to rest; no document of a standard for mother rooms is at hand.
_USUAL_FACILITIES: tuple[str, ...] = ("water", "microwave", "medicine")
_FACILITIES_OF_KIND: Mapping[Kind, tuple[str, ...]] = {
    Kind.MOTHER_ROOM: ("changing_table", "sink", "seats", "water", "fridge")
}


def list_inspection_items(station: Station, broken: Collection[str] = ()) -> tuple[str, ...]:
    """List the items of a station's checklist: of the place, of its kind, then those promised or reported broken.

    >>> list_inspection_items(Station(id="1", name="室", kind=Kind.MOTHER_ROOM, facilities=frozenset({"wifi"})))[4:]
    ('room', 'changing_table', 'sink', 'seats', 'water', 'fridge', 'wifi')
    """
    room = (ROOM_ITEM,) if station.kind in LEAST_AREA_M2 else ()
    of_kind = _FACILITIES_OF_KIND.get(station.kind, _USUAL_FACILITIES)
    usual = (*of_kind, *REQUIRED_FACILITIES.get(station.kind, ()))
    others = sorted((station.facilities | set(broken)) & set(FACILITY_CODES))
    return (*PLACE_ITEMS, *room, *dict.fromkeys((*usual, *others)))


def list_missing_facilities(answers: Mapping[str, bool | None]) -> tuple[str, ...] | None:
    """Return what an inspection found missing; None if it may not speak for the station's status.

    ``answers`` are yes, no or not looked at (None) by item. An inspection's result replaces all earlier reports
    on a station, so that only one of an open station with every facility looked at counts.
    """
    facilities = {item: answer for item, answer in answers.items() if item not in PLACE_ITEMS}
    if not answers.get(OPEN_ITEM) or None in facilities.values():
        return None
    return tuple(item for item, answer in facilities.items() if answer is False)
