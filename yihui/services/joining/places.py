"""Find where a person can join who has no code at hand: by the employer's name, or by where she works or lives.

Nothing is guessed: what fits is listed, and the person chooses.
"""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.districts import District
from members import OrganisationSpan, list_subtree_spans
from members.organisations.storage import find_by_name
from yihui.bootstrap import Wiring

MOST_PLACES = 20
SHORTEST_NAME = 2
NEIGHBOURHOOD_M = 400.0  # outlines are generalised: a point so close to a border may lie beyond it
_METRES_OF_DEGREE = 111_320.0
_HOME = "member_home"
PLACE_FAULTS = FaultTable(
    "join_place",
    {
        "nothing": (
            N_("neither an employer nor a place was given"),
            N_("give the employer's name, or longitude and latitude of where you work or live"),
        ),
        "short": (
            N_("“{value}” is too short for an employer's name"),
            N_("give at least {least} characters of the name"),
        ),
        "half_point": (
            N_("a place has a longitude and a latitude; one of them is missing"),
            N_("give both, longitude first"),
        ),
        "no_district": (
            N_("this place lies in no district"),
            N_("give longitude and latitude in WGS84; are they swapped?"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class WorkPlace:
    """Where a person says that she works or lives: a point, or a district by its code. *CRS*: WGS84."""

    employer: str | None = None
    lon: float | None = None
    lat: float | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class JoinPlaces:
    """What fits: organisations by the employer's name, members' homes by district. ``is_cut``: there are more."""

    organisations: tuple[OrganisationSpan, ...]
    homes: tuple[OrganisationSpan, ...]
    districts: tuple[District, ...]
    is_cut: bool = False


def find_join_places(wiring: Wiring, place: WorkPlace) -> JoinPlaces:
    """Find the organisations of today that a person may mean. *Raises*: FaultError with all faults of the place."""
    employer = " ".join((place.employer or "").split())
    has_point = place.lon is not None and place.lat is not None
    faults = []
    if (place.lon is None) != (place.lat is None):
        faults.append(PLACE_FAULTS.build("half_point", field="lon" if place.lon is None else "lat"))
    if employer and len(employer) < SHORTEST_NAME:
        faults.append(PLACE_FAULTS.build("short", field="employer", value=employer, least=SHORTEST_NAME))
    if not employer and not has_point and not place.district and not faults:
        faults.append(PLACE_FAULTS.build("nothing", field="employer"))
    raise_faults(faults)
    districts: tuple[District, ...] = ()
    if place.lon is not None and place.lat is not None:
        districts = _find_districts(wiring, place.lon, place.lat)
        if not districts:
            raise FaultError(PLACE_FAULTS.build("no_district", field="lon"))
    elif place.district and (named_district := wiring.outlines.find_by_code(place.district)) is not None:
        districts = (named_district,)
    today = civil_date(wiring.now())
    with wiring.database.read() as connection:
        spellings = _spellings(employer)
        named = find_by_name(connection, spellings, today, MOST_PLACES + 1) if employer else []
        homes = [home for one in districts for home in _find_homes(connection, one.code, today)]
    return JoinPlaces(tuple(named[:MOST_PLACES]), tuple(homes), districts, len(named) > MOST_PLACES)


def find_named_districts(wiring: Wiring, text: str) -> list[District]:
    """Return the districts that a text names, with or without 区, 县 or 市, perhaps behind their city: 济南历下."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    return [
        one
        for one in wiring.outlines.districts
        if len(plain) >= SHORTEST_NAME
        and any(
            plain in (city + name for city in ("", one.city, one.city[:-1]))
            for name in (one.name, one.name[:-1])
        )
    ][:MOST_PLACES]


def _spellings(employer: str) -> list[str]:
    """Return a name as it was typed, with ASCII signs, and with the brackets that registers write."""
    plain = unicodedata.normalize("NFKC", employer)
    return list(dict.fromkeys((employer, plain, plain.replace("(", "（").replace(")", "）"))))


def _find_districts(wiring: Wiring, lon: float, lat: float) -> tuple[District, ...]:
    """Return the district of a point, and those that begin within ``NEIGHBOURHOOD_M``; the point's own first."""
    outlines = wiring.outlines
    north = NEIGHBOURHOOD_M / _METRES_OF_DEGREE
    east = north / max(0.01, math.cos(math.radians(lat)))
    angles = [turn * math.pi / 4 for turn in range(8)]
    around = [(lon + east * math.cos(angle), lat + north * math.sin(angle)) for angle in angles]
    try:
        codes = outlines.assign([(lon, lat), *around]).code
    except ValueError:  # off the Earth
        return ()
    if codes[0] is None:
        return ()
    found: Mapping[str, District | None] = {
        str(code): outlines.find_by_code(str(code)) for code in codes if code is not None
    }
    return tuple(one for one in found.values() if one is not None)


def _find_homes(connection: Connection, district: str, day: date) -> list[OrganisationSpan]:
    """Return the members' homes (会员之家) of the townships in a district."""
    return [span for span in list_subtree_spans(connection, district, day) if span.kind == _HOME]
