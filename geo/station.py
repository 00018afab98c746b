"""The station: one place where a rider, a mother or a worker may rest."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field, model_validator

from geo.calendars import Calendar

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
    ``hours_text`` is stored as it was read; ``geo.hours`` parses it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    id: str = Field(min_length=1, max_length=128)
    name: str = Field(min_length=1, max_length=200)
    kind: Kind
    lon: float | None = Field(default=None, ge=-180, le=180, allow_inf_nan=False)
    lat: float | None = Field(default=None, ge=-90, le=90, allow_inf_nan=False)
    address: str = ""
    district: str | None = None  # code of GB/T 2260, six digits
    district_name: str = ""
    hours_text: str = ""
    calendar: Calendar = Calendar.CN
    entry: Entry = Entry.UNKNOWN
    access: Access = Access.UNKNOWN
    facilities: frozenset[str] = frozenset()
    phone: str = ""
    note: str = ""
    status: Status = Status.ACTIVE
    verified_on: date | None = None
    source: str = ""  # the register that it was read from, with its licence
    sample: bool = False  # generated, shown as 示例
    employer: str = ""  # the employer whose staff may enter, where access is "employer"
    accepts: frozenset[str] = frozenset()  # ids of the benefits that can be used there
    area_m2: float | None = Field(default=None, ge=0, allow_inf_nan=False)  # of the room

    @model_validator(mode="after")
    def _placed_or_not(self) -> "Station":
        if (self.lon is None) != (self.lat is None):
            raise ValueError("longitude and latitude are given together or not at all")
        return self

    @property
    def is_placed(self) -> bool:
        return self.lon is not None
