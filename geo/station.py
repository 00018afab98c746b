"""The station: one place where a rider, a mother or a worker may rest; and what differs between two of one place."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from core.calendars import Calendar
from core.text_marks import N_

# Codes of the facilities that a register can name and a rider can report.
FACILITY_CODES = (
    "toilet",
    "water",
    "hot_water",
    "charging",
    "microwave",
    "aircon",
    "seats",
    "nap",
    "ebike_charging",
    "ebike_parking",
    "battery_swap",
    "parking",
    "wifi",
    "medicine",
    "rain_gear",
    "sewing",
    "shower",
    "books",
    "mother_comfort",
    "mother_standard",
    "fridge",
    "sink",
    "changing_table",
    "lock",
    "gym",
    "pool",
    "chess",
    "reading",
    "hall",
    "courses",
)


class Kind(StrEnum):
    OUTDOOR_STATION = "outdoor_station"
    MOTHER_ROOM = "mother_room"
    CULTURAL_PALACE = "cultural_palace"
    SERVICE_CENTRE = "service_centre"
    LIBRARY = "library"
    STARTUP_PARK = "startup_park"
    SANATORIUM = "sanatorium"
    EXHIBITION_HALL = "exhibition_hall"
    INNOVATION_STUDIO = "innovation_studio"
    CHILDCARE = "childcare"


class Entry(StrEnum):
    """How the door opens."""

    WALK_IN = "walk_in"
    SCAN = "scan"
    APP = "app"
    ID_CARD = "id_card"
    STAFF = "staff"
    UNKNOWN = "unknown"


class Access(StrEnum):
    """Who may enter."""

    PUBLIC = "public"
    MEMBERS = "members"
    EMPLOYER = "employer"
    UNKNOWN = "unknown"


class OpeningState(StrEnum):
    """The opening state of a station at an instant."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Status(StrEnum):
    """The status of the station itself in the register."""

    ACTIVE = "active"
    CLOSED_TEMPORARILY = "closed_temporarily"
    CLOSED_FOR_GOOD = "closed_for_good"


class Station(BaseModel):
    """One station of the register.

    *CRS*: ``lon``, ``lat`` are WGS84 degrees; both are None for a station that is not placed yet.
    ``hours_text`` is stored as it was read; ``geo.hours`` parses it. Files, frames, maps and pages have these fields
    in this order and by these titles.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: str = Field(title=N_("id"), min_length=1, max_length=128)
    name: str = Field(title=N_("name"), min_length=1, max_length=200)
    kind: Kind = Field(title=N_("kind"))
    lon: float | None = Field(default=None, title=N_("longitude"), ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, title=N_("latitude"), ge=-90, le=90, allow_inf_nan=False)
    address: str = Field(default="", title=N_("address"))
    district: str | None = Field(default=None, title=N_("district"))  # code of GB/T 2260, six digits
    district_name: str = Field(default="", title=N_("name of the district"))
    hours_text: str = Field(default="", title=N_("opening hours"))
    calendar: Calendar = Field(default=Calendar.CN, title=N_("calendar"))
    entry: Entry = Field(default=Entry.UNKNOWN, title=N_("how to get in"))
    access: Access = Field(default=Access.UNKNOWN, title=N_("for whom"))
    employer: str = Field(default="", title=N_("for staff of"))  # who may enter where access is "employer"
    accepts: frozenset[str] = Field(default=frozenset(), title=N_("takes benefits"))  # ids of their rules
    area_m2: float | None = Field(default=None, title=N_("room"), ge=0, allow_inf_nan=False)
    facilities: frozenset[str] = Field(default=frozenset(), title=N_("facilities"))
    phone: str = Field(default="", title=N_("phone"))
    note: str = Field(default="", title=N_("note"))
    status: Status = Field(default=Status.ACTIVE, title=N_("status"))
    verified_on: date | None = Field(default=None, title=N_("verified on"))
    source: str = Field(default="", title=N_("source"))  # the register it was read from, with its licence
    sample: bool = Field(default=False, title=N_("sample"))  # generated, shown as 示例

    @model_validator(mode="after")
    def _placed_or_not(self) -> "Station":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("longitude and latitude are given together or not at all")
        return self

    @property
    def is_placed(self) -> bool:
        return self.lon is not None

    def plain_values(self) -> dict[str, object]:
        """Return the fields as plain data: codes as texts, sets as sorted lists, a day as its text."""
        return {name: _plain(value) for name, value in self.__dict__.items()}


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, date) else value


_SAME_PLACE_M = 1e-3  # a difference by rounding in a file is not a move
StationPair = tuple[Station, Station]


@dataclass(frozen=True, slots=True)
class StationChange:
    """A station that differs. ``distance_m`` is None unless it is placed before and after."""

    before: Station
    after: Station
    fields: tuple[str, ...]
    distance_m: float | None

    @property
    def is_moved(self) -> bool:
        return "lon" in self.fields or "lat" in self.fields


def distances_m(pairs: Sequence[StationPair]) -> list[float | None]:
    """Return the distance of each pair; None where one of the two is not placed. *Units*: metres."""
    import numpy as np  # here: whoever only reads a register needs neither numpy nor pyproj

    from geo.geodesy import geodesic_m

    placed = [n for n, pair in enumerate(pairs) if all(station.is_placed for station in pair)]
    points = [[(station.lon, station.lat) for station in pairs[n]] for n in placed]
    lonlat = np.array(points, dtype=np.float64).reshape(-1, 2, 2)
    metres: list[float | None] = [None] * len(pairs)
    for n, distance_m in zip(placed, geodesic_m(lonlat[:, 0], lonlat[:, 1]).tolist(), strict=True):
        metres[n] = distance_m
    return metres


def list_changes(pairs: Sequence[StationPair], ignored: Collection[str] = ()) -> list[StationChange]:
    """Return the pairs that differ in any but the ``ignored`` fields.

    A station that is less than a millimetre away has not moved: it has its old coordinates.
    """
    found = []
    for (before, after), metres in zip(pairs, distances_m(pairs), strict=True):
        if before == after:
            continue
        if metres is not None and metres < _SAME_PLACE_M:
            after = after.model_copy(update={"lon": before.lon, "lat": before.lat})
        fields = tuple(
            name
            for name in Station.model_fields
            if name not in ignored and getattr(before, name) != getattr(after, name)
        )
        if fields:
            found.append(StationChange(before, after, fields, metres))
    return found
