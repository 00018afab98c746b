"""Build a region's stations and opening hours as plain data, so that a phone can answer offline.

The data has columns rather than rows, and recurring values are numbered, because that compresses well.
The phone reads it with ``web/src/offline/pack.ts``, which uses the same names.
"""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from typing_extensions import TypedDict  # pydantic refuses typing's own on Python 3.11

from core.civil_time import CIVIL_TIME, start_of_day
from geo.districts import is_code_within
from geo.place_names.kinds import StreetKind
from geo.place_names.typed import list_need_rules
from geo.place_names.typed_points import NO_COORDINATES, list_point_rules
from yihui.runtime.language import LANGUAGES, load_language
from yihui.views.labels import (
    ACCESS_LABELS,
    ANNOUNCER_LABELS,
    ENTRY_LABELS,
    FACILITY_LABELS,
    STATION_KIND_LABELS,
    STATION_STATUS_LABELS,
)
from yihui.views.live_status import ANSWER_LABELS
from yihui.views.stations import StationAnswer, build_station_answer
from yihui.views.streets import STREET_KIND_LABELS

if TYPE_CHECKING:
    from geo.hours import Opening, OpeningPeriod
    from geo.region import RegionCell, RegionTimetable
    from geo.station import Station
    from geo.status.live import LiveSummary
    from geo.status.live_status import LiveStatus
    from yihui.files.street_names.reading import NamesFile
    from yihui.files.street_names.schema import StoredPlace
    from yihui.services.stations.named_areas import StationArea
    from yihui.services.stations.served_area import ServedArea

_BORDER_PER_DEGREE = 100  # steps of 1 km
PACK_DAYS = 15  # today and 14 more
_EVER = datetime(1992, 1, 1, tzinfo=CIVIL_TIME)  # before any report or notice
_STATES = ("closed", "open", "unknown")
ColumnValues = list[object]
MAX_NAMES_BYTES = 60_000  # compressed, beside the stations of a region
_PER_DEGREE = 10_000  # steps of 10 m
# How many places of each kind a phone gets: what riders ask for most.
_MOST_NAMES = {
    StreetKind.TRANSIT_STATION: 150,
    StreetKind.TOWNSHIP: 150,
    StreetKind.SIGHT: 200,
    StreetKind.PARK: 250,
    StreetKind.HOSPITAL: 300,
    StreetKind.ROAD: 1_200,
    StreetKind.MALL: 300,
    StreetKind.SCHOOL: 300,
    StreetKind.COMPOUND: 300,
    StreetKind.NATURE: 100,
}
_LABELS = {
    "kind": dict(STATION_KIND_LABELS),
    "entry": dict(ENTRY_LABELS),
    "access": dict(ACCESS_LABELS),
    "facility": dict(FACILITY_LABELS),
    "by": dict(ANNOUNCER_LABELS),
    "answer": dict(ANSWER_LABELS),
    "status": dict(STATION_STATUS_LABELS),
    "street": {kind.value: label for kind, label in STREET_KIND_LABELS.items()},
}


class Coded(TypedDict):
    """A column with few distinct values: the values, and the index of each station's value."""

    values: ColumnValues
    of: list[int]


class RegionArea(TypedDict):
    """An area. ``areas`` are those around it; ``count`` is the number of its stations.

    ``elsewhere`` is the number of its stations outside the region.

    *CRS*: ``lon`` and ``lat``, the median of its stations, are WGS84.
    """

    name: str
    areas: str
    count: int
    lon: float | None
    lat: float | None
    elsewhere: int


class LiveNote(TypedDict):
    """One report or notice that holds at a station; ``reason`` is a template for ``params``. *Units*: seconds, UTC."""

    state: str
    since: int
    until: int
    reason: str
    params: Mapping[str, str]
    reporters: int
    facility: str


class RegionNames(TypedDict):
    """The best known places of the cell itself, by columns. *CRS*: WGS84. *Units*: ten thousandths of a degree from its
    south-west corner, in ``lon`` and ``lat``.

    ``kinds`` and ``areas`` hold the distinct values that ``kind`` and ``area`` number; an area is a district's code."""

    kinds: list[str]
    areas: list[str]
    kind: list[int]
    area: list[int]
    name: list[str]
    lon: list[int]
    lat: list[int]


class RegionLimits(TypedDict):
    """The area that the site shows, where its border to others is in the region. *CRS*: WGS84. *Units*: hundredths of a
    degree in ``border``: the longitude and the latitude of points 1 km apart, in turns."""

    area: str
    border: list[int]


class RegionPack(TypedDict):
    """A region at one version; with ``since``, only the stations that are new, changed or ``gone``.

    ``hours`` names a schedule for each station in the order of ids. A schedule is its pieces: minutes since
    the start of the piece before (of the first: since ``first``), the state (0 closed, 1 open, 2 unknown),
    then in minutes from the start of the piece on until the next change, the next opening and the next
    closing (0: none within 14 days), and the number of the reason from 1 on; zeros at the end are left out.
    ``silences``: from when on open is unknown at a station with devices unless a later pack says otherwise.
    ``let_in``: when it was last said officially that a station can be entered.
    ``typed``: how needs, coordinates and map apps' links are read (`geo.place_names`).
    ``names``: null where no streets are built, and with ``since``: the phone goes on with those that it has.
    *CRS*: WGS84. *Units*: ``first`` and ``last`` in seconds, UTC.
    """

    cell: str
    version: str
    since: str | None
    box: tuple[float, float, float, float]
    first: int
    last: int
    stations: Mapping[str, ColumnValues | Coded]
    gone: list[str]
    hours: ColumnValues | Coded
    schedules: list[list[list[int]]]
    reasons: list[tuple[str, Mapping[str, str]]]
    live: Mapping[str, list[LiveNote]]
    silences: Mapping[str, LiveNote]
    let_in: Mapping[str, int]
    areas: Mapping[str, RegionArea]
    names: RegionNames | None
    limits: RegionLimits | None
    labels: Mapping[str, Mapping[str, str]]
    words: Mapping[str, Mapping[str, str]]
    typed: Mapping[str, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class RegionChanges:
    """The changes since a version: changed stations still in the region, and the ids of those that left."""

    since: str
    stations: Sequence["Station"]
    gone: Sequence[str]


def build_region_pack(
    cell: "RegionCell",
    version: str,
    stations: Sequence["Station"],
    timetable: "RegionTimetable",
    live: "Mapping[str, LiveSummary]",
    areas: Mapping[str, RegionArea],
    changed: RegionChanges | None = None,
    names: RegionNames | None = None,
    limits: RegionLimits | None = None,
) -> RegionPack:
    """Build the pack of a region.

    ``stations`` are the region's, ordered by id. A facility that is currently broken is still listed at
    its station; ``live`` reports the fault. ``areas`` holds the areas of the stations, by code.
    """
    reasons: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
    start = start_of_day(timetable.first)
    schedules = [list(_schedule(pieces, start, reasons)) for pieces in timetable.schedules]
    notes = {s.id: _notes(live[s.id]) for s in stations if s.id in live and live[s.id].statuses_at(_EVER)}
    silences = {
        s.id: _note(one)
        for s in stations
        if (one := live[s.id].silence if s.id in live else None) is not None
    }
    every = (*silences.values(), *(note for one in notes.values() for note in one))
    told = {reason for reason, _ in reasons} | {note["reason"] for note in every}
    return {
        "cell": str(cell),
        "version": version,
        "since": changed.since if changed else None,
        "box": cell.box,
        "first": int(start.timestamp()),
        "last": int((start + timedelta(days=timetable.days)).timestamp()),
        "stations": _columns(stations if changed is None else changed.stations),
        "gone": list(changed.gone) if changed else [],
        "hours": _column([timetable.numbers[s.id] for s in stations]),
        "schedules": schedules,
        "reasons": [(template, dict(params)) for template, params in reasons],
        "live": notes,
        "silences": silences,
        "let_in": {s.id: at for s in stations if (at := let_in_second(live.get(s.id))) is not None},
        "areas": areas,
        "names": None if changed else names,
        "limits": limits,
        "labels": _LABELS,
        "words": _words(told.union(NO_COORDINATES)),
        "typed": {"needs": list_need_rules(), "points": list_point_rules()},
    }


def build_region_limits(cell: "RegionCell", served: "ServedArea") -> RegionLimits | None:
    """Return where the served area ends in a region; None where it has no border to others."""
    points = served.border_points(cell.box)
    border = [round(degrees * _BORDER_PER_DEGREE) for point in points for degrees in point]
    return {"area": served.name, "border": border} if border else None


def build_region_names(cell: "RegionCell", names: "NamesFile", within: str | None = None) -> RegionNames:
    """Return the best known names of a cell, of each kind so many that they take at most 60 kB compressed.

    ``within``: the code of an area outside which none is returned.
    """
    share = 1.0
    while True:
        most = {kind: int(count * share) for kind, count in _MOST_NAMES.items()}
        found = names.list_landmarks(cell.own_box, most)
        if within is not None:
            found = [one for one in found if one.area and is_code_within(one.area.code, within)]
        made = _name_columns(cell, found)
        content = json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()
        if len(zlib.compress(content, 6)) <= MAX_NAMES_BYTES:
            return made
        share *= 0.8


def _name_columns(cell: "RegionCell", places: "Sequence[StoredPlace]") -> RegionNames:
    west, south = cell.own_box[:2]
    kinds = list(dict.fromkeys(one.kind.value for one in places))
    areas = list(dict.fromkeys(one.area.code if one.area else "" for one in places))
    return {
        "kinds": kinds,
        "areas": areas,
        "kind": [kinds.index(one.kind.value) for one in places],
        "area": [areas.index(one.area.code if one.area else "") for one in places],
        "name": [one.name for one in places],
        "lon": [round((one.lon - west) * _PER_DEGREE) for one in places],
        "lat": [round((one.lat - south) * _PER_DEGREE) for one in places],
    }


def _columns(stations: Sequence["Station"]) -> dict[str, ColumnValues | Coded]:
    rows: list[Mapping[str, object]] = [
        {**build_station_answer(station, (station.lon, station.lat))} for station in stations
    ]
    return {name: _column([_cell(row[name]) for row in rows]) for name in StationAnswer.__annotations__}


def _cell(value: object) -> object:
    return "\n".join(value) if isinstance(value, list) else value


def _column(values: ColumnValues) -> ColumnValues | Coded:
    """Return the values, or if many recur, each distinct value once with an index for every station."""
    numbers: dict[object, int] = {}
    of = [numbers.setdefault(value, len(numbers)) for value in values]
    return values if 2 * len(numbers) > len(values) else {"values": list(numbers), "of": of}


def _schedule(
    pieces: "Iterable[OpeningPeriod]",
    start: datetime,
    reasons: dict[tuple[str, tuple[tuple[str, str], ...]], int],
) -> Iterable[list[int]]:
    before = start
    for piece in pieces:
        now = piece.opening
        number = 0
        if now.reason:
            number = 1 + reasons.setdefault((now.reason, tuple(sorted(now.params.items()))), len(reasons))
        ahead = (_minutes(piece.start, moment) for moment in (now.until, now.opens_at, now.closes_at))
        row = [_minutes(before, piece.start), _state(now), *ahead, number]
        before = piece.start
        while row and row[-1] == 0:
            del row[-1]
        yield row


def _state(opening: "Opening") -> int:
    return _STATES.index(opening.state.value)


def _minutes(start: datetime, moment: datetime | None) -> int:
    return 0 if moment is None else round((moment - start).total_seconds() / 60)


def let_in_second(live: "LiveSummary | None") -> int | None:
    """Return when it was last said officially that a station can be entered. *Units*: seconds, UTC."""
    return int(live.let_in_at.timestamp()) if live is not None and live.let_in_at is not None else None


def _notes(live: "LiveSummary") -> list[LiveNote]:
    return [_note(status) for status in live.statuses_at(_EVER)]


def _note(status: "LiveStatus") -> LiveNote:
    return {
        "state": status.state.value,
        "since": int(status.since.timestamp()),
        "until": -int(-status.until.timestamp() // 1),
        "reason": status.reason,
        "params": dict(status.params),
        "reporters": status.reporters,
        "facility": status.facility,
    }


def build_region_areas(
    areas: Mapping[str, "StationArea"], there: Sequence["Station"], everywhere: Sequence["Station"]
) -> dict[str, RegionArea]:
    """Return the areas of the stations in the region (``there``), by code.

    ``everywhere`` holds the stations of the whole register.
    """
    here, all_told = _tally(there), _tally(everywhere)
    return {
        code: {
            "name": area.name,
            "areas": "".join(area.over),
            "count": area.count,
            "lon": area.point[0] if area.point else None,
            "lat": area.point[1] if area.point else None,
            "elsewhere": all_told[code] - here[code],
        }
        for code, area in areas.items()
        if here[code]
    }


def _tally(stations: Iterable["Station"]) -> Counter[str]:
    """Count the stations of each area, whatever their status."""
    tally: Counter[str] = Counter()
    for code, count in Counter(station.district for station in stations).items():
        for area in {code, f"{code[:4]}00", f"{code[:2]}0000"} if code else ():
            tally[area] += count
    return tally


def _words(told: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the translations of the pack's templates by language. English is the templates' own text."""
    templates = sorted({*told, *(word for labels in _LABELS.values() for word in labels.values())})
    others = (load_language(code) for code in LANGUAGES if code != "en")
    return {other.code: {template: other.translate(template) for template in templates} for other in others}
