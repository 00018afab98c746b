"""Propose places for stations without coordinates from their addresses, and place those that are certain."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from geo.checks.matching_keys import name_match_key
from geo.crs import Datum
from geo.geodesy import distance_and_bearing
from geo.street_names.evidence import Certainty, Evidence, PlaceHint, Precision, weigh_hints
from geo.street_names.kinds import StreetKind
from geo.street_names.text import name_key
from geo.street_names.typed import COMPOUND_WORD, cut_at_crossing, read_house, read_places_beside, strip_inner
from geo.unplaced import UnplacedStation
from yihui.bootstrap import Wiring
from yihui.files.street_names.reading import NamesFile, StoredPlace
from yihui.files.street_names.search import ALIKE, FoundName, search_crossings, search_names
from yihui.files.tables import read_table_file
from yihui.services.stations.upkeep import (
    STATION_FAULTS,
    PlacingRequest,
    check_and_place_station,
    check_placing,
    list_unplaced,
)

_MOST_HINTS = 5  # places of one part of an address that are compared
_LINES = (StreetKind.ROAD, StreetKind.HOUSE, StreetKind.CROSSING, StreetKind.NATURE, StreetKind.TOWNSHIP)
_SHORTEST_LANDMARK = 3  # characters
_ASIDE = re.compile(r"对面|对过|[东西南北][0-9]*米|[0-9]+米")  # the landmark beside which a station lies
_NUMBER = re.compile(r"[0-9０-９]+(?:-[0-9０-９]+)?号?")
_ROAD_END = re.compile(r"[路街道巷弄]$")
_BUILDING = re.compile(
    r"(?P<before>.*?[^0-9０-９a-zA-Z一二三四五六七八九十])[0-9０-９a-zA-Z一二三四五六七八九十]+(?:号楼|[栋幢])"
)
_COLUMNS = ("id", "lon", "lat")

REVIEW_FAULTS = FaultTable(
    "placing_review",
    {
        "twice": (
            N_("the station {value} stands in row {first} already"),
            N_("leave one row for each station"),
        ),
        "no_column": (
            N_("the column “{value}” is missing"),
            N_(
                "give the list that `yihui stations place --by-address --to FILE` wrote, with the points corrected"
            ),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class PlaceProposal:
    """A station without coordinates, and what its address says of where it is."""

    entry: UnplacedStation
    evidence: Evidence


def propose_places(
    wiring: Wiring, names: NamesFile, register: str | None, district: str | None
) -> list[PlaceProposal]:
    """Return a proposal for each station without coordinates, in the order of `list_unplaced`.

    *Raises*: FaultError for an unknown register or district.
    """
    queue, _ = list_unplaced(wiring, register, district)
    return [PlaceProposal(entry, _weigh(entry, _list_hints(names, entry))) for entry in queue]


def _weigh(entry: UnplacedStation, hints: Sequence[PlaceHint]) -> Evidence:
    """Weigh the hints; nothing is certain of a station whose district nobody knows: other towns have such roads too."""
    evidence = weigh_hints(hints)
    if entry.district is None and evidence.certainty is Certainty.CERTAIN:
        return replace(evidence, certainty=Certainty.LIKELY)
    return evidence


def _list_hints(names: NamesFile, entry: UnplacedStation) -> list[PlaceHint]:
    """Return what the parts of the address, and the name, say. Only places of the station's district count."""
    roads: list[StoredPlace] = []
    hints = list(_iter_address_hints(names, entry, roads))
    means_itself = not _ASIDE.search(entry.station.address)
    for found, part in _iter_landmarks(names, entry):
        hint = _hint(f"landmark {part}", found, Precision.NEARBY)
        road_m = min((_distance_m(found, road) for road in roads), default=None) if means_itself else None
        hints.append(replace(hint, road_m=road_m))
    return hints or _list_hints_beside(names, entry)


def _list_hints_beside(names: NamesFile, entry: UnplacedStation) -> list[PlaceHint]:
    """Return the places beside which the address says to be: what is at a gate lies somewhere at the edge of a park."""
    code = entry.district.code if entry.district else None
    for text in read_places_beside(entry.station.address):
        found = search_names(names, text, _MOST_HINTS, district=code)
        hints = [
            _hint("beside", one, Precision.ROAD) for one in found if one.rank == 0 and one.kind not in _LINES
        ]
        if hints:
            return hints
    return []


def _iter_address_hints(
    names: NamesFile, entry: UnplacedStation, roads: list[StoredPlace]
) -> Iterator[PlaceHint]:
    """Yield what house number, crossing and road say; add the roads of just the written name to ``roads``."""
    code = entry.district.code if entry.district else None
    address = entry.station.address
    house = read_house(strip_inner(address))
    if house is not None:
        for found in search_names(names, f"{house.road}{house.number}号", _MOST_HINTS, district=code):
            if found.kind in (StreetKind.HOUSE, StreetKind.ROAD):
                if found.kind is StreetKind.ROAD and found.rank < ALIKE:
                    roads += names.load([found.number])
                yield _hint("house", found, _precision(found))
    crossing = cut_at_crossing(address)
    if crossing:
        for found in search_crossings(names, crossing, _MOST_HINTS, district=code):
            yield _hint("crossing", found, Precision.POINT if found.rank == 0 else Precision.ROAD)
    if house is not None or crossing or not address:
        return
    for text in (address, *read_places_beside(address)):
        hints = [
            _hint("road", found, Precision.ROAD)
            for found in search_names(names, text, _MOST_HINTS, district=code)
            if found.rank == 0 and found.kind is StreetKind.ROAD
        ]
        yield from hints
        if hints:
            return


def _iter_landmarks(names: NamesFile, entry: UnplacedStation) -> Iterator[tuple[FoundName, str]]:
    """Yield the landmarks of just the name of a part of the address, with the part."""
    code = entry.district.code if entry.district else None
    for part in _landmarks(entry):
        for found in search_names(names, part, _MOST_HINTS, district=code):
            if found.kind not in _LINES and _is_named(found, part):
                yield found, part


def _distance_m(found: FoundName, road: StoredPlace) -> float:
    lon, lat, _ = road.nearest_point((found.lon, found.lat))
    return distance_and_bearing(found.lon, found.lat, lon, lat)[0]


def _precision(found: FoundName) -> Precision:
    """Return how closely a house or road says where the address is: what only sounds like it says little."""
    if found.kind is StreetKind.ROAD or found.rank >= ALIKE:
        return Precision.ROAD
    return Precision.NEARBY if found.asked_number else Precision.POINT


def _hint(part: str, found: FoundName, precision: Precision) -> PlaceHint:
    return PlaceHint(part, found.name, found.lon, found.lat, precision)


def _landmarks(entry: UnplacedStation) -> list[str]:
    """Return what may be the name of a landmark: the station's own name, and parts of the address.

    They are what stands behind its number, with the floor or without, and before the number of a building
    (甸柳新村 of 甸柳新村12号楼).
    """
    district, address = entry.district, entry.station.address
    area = (district.province, district.city, district.name, district.name[:-1]) if district else ()
    building = _BUILDING.match(address)
    ends = [strip_inner(address), *([] if building is None else [building["before"]])]
    ends = [] if _ASIDE.search(address) else ends
    inner = [part for end in ends if not _ROAD_END.search(part := strip_inner(_NUMBER.split(end)[-1]))]
    parts = (name_match_key(entry.station.name, area), strip_inner(_NUMBER.split(address)[-1]), *inner)
    return [part for part in dict.fromkeys(parts) if len(part) >= _SHORTEST_LANDMARK]


def _is_named(found: FoundName, part: str) -> bool:
    """Return whether a place has just this name; of a compound a word such as 小区 may follow it."""
    if found.rank == 0:
        return True
    bare = COMPOUND_WORD.sub("", found.name)
    is_compound = found.kind is StreetKind.COMPOUND and found.rank < ALIKE and bare != found.name
    return is_compound and name_key(part).endswith(name_key(bare))


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A station to place, with the file and the row that say so, if there is one."""

    request: PlacingRequest
    file: str | None = None
    row: int | None = None


def place_certain(wiring: Wiring, proposals: Sequence[PlaceProposal], by: str) -> list[PlaceProposal]:
    """Place the stations whose place is certain and lies in their district; return them. *Raises*: FaultError."""
    certain = [one for one in proposals if one.evidence.certainty is Certainty.CERTAIN]
    placed = [one for one in certain if _can_be_placed(wiring, _request(one, by))]
    place_all(wiring, [ReviewedRow(_request(one, by)) for one in placed])
    return placed


def _can_be_placed(wiring: Wiring, request: PlacingRequest) -> bool:
    try:
        check_placing(wiring, request)
    except FaultError:
        return False
    return True


def _request(proposal: PlaceProposal, by: str) -> PlacingRequest:
    best = proposal.evidence.best
    assert best is not None, "what is certain has a place"
    return PlacingRequest(
        proposal.entry.station.id, f"{best.lon:.6f}", f"{best.lat:.6f}", Datum.WGS84, by, confirmed=False
    )


def place_all(wiring: Wiring, rows: Sequence[ReviewedRow]) -> None:
    """Check all requests, and then place one station after the other, each an act of its own.

    A station that stands there already is left as it is, so that an interrupted run can be repeated.
    *Raises*: FaultError with the faults of all requests, before any station is placed.
    """
    faults: list[Fault] = []
    for row in rows:
        found: Sequence[Fault] = ()
        try:
            station, _ = check_placing(wiring, row.request)
            if station is None:
                found = [STATION_FAULTS.build("unknown", field="ID", value=row.request.id)]
        except FaultError as error:
            found = error.faults
        faults += [replace(fault, file=row.file, row=row.row) for fault in found]
    if faults:
        raise FaultError(faults)
    for row in rows:
        check_and_place_station(wiring, row.request)


def read_reviewed(file: Path, by: str) -> list[ReviewedRow]:
    """Read a list of proposals after a person's review: rows without a point are left out.

    *Raises*: FaultError with all faults of the file; OSError.
    """
    table = read_table_file(file.read_bytes(), file.name)
    missing = [name for name in _COLUMNS if name not in table.headers]
    faults = [REVIEW_FAULTS.build("no_column", file=file.name, field=name, value=name) for name in missing]
    if faults or table.faults:
        raise FaultError([*table.faults, *faults])
    rows: list[ReviewedRow] = []
    first: dict[str, int] = {}
    twice: list[Fault] = []
    for row in table.rows:
        id_, lon, lat = (row.cells.get(name, "").strip() for name in _COLUMNS)
        if lon or lat:
            request = PlacingRequest(id_, lon, lat, Datum.WGS84, by, confirmed=False)
            rows.append(ReviewedRow(request, file.name, row.number))
            if first.setdefault(id_, row.number) != row.number:
                fault = REVIEW_FAULTS.build(
                    "twice", file=file.name, row=row.number, field="id", value=id_, first=first[id_]
                )
                twice.append(fault)
    if twice:
        raise FaultError(twice)
    return rows
