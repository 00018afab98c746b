"""Propose places for stations without coordinates from their addresses, and place those that are certain."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.sheets.listed_rows import ListedThings
from core.text_marks import N_
from geo.checks.locations import UnplacedStation
from geo.checks.matching_keys import name_match_key
from geo.datum import Datum
from geo.geodesy import distance_and_bearing
from geo.place_names.kinds import StreetKind
from geo.place_names.typed import strip_inner
from yihui.bootstrap import Wiring
from yihui.files.street_names.reading import NamesFile
from yihui.files.street_names.search import ALIKE, FoundName, search_names
from yihui.files.tables import SheetReader
from yihui.services.stations.upkeep import (
    STATION_FAULTS,
    PlacingRequest,
    check_and_place_station,
    check_placing,
    list_unplaced,
)

_MOST_FOUND = 5  # places of one text that are compared
_ONE_PLACE_M = 300.0  # what lies farther apart is another place
_AREAS = (StreetKind.NATURE, StreetKind.TOWNSHIP)  # too wide to say where a station is
_ALONG = (StreetKind.ROAD, StreetKind.TRANSIT_STOP)  # a stop is called after its road
_SHORTEST_LANDMARK = 3  # characters
_NUMBER = re.compile(r"[0-9０-９]+(?:-[0-9０-９]+)?号?")
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


class Certainty(StrEnum):
    """How certain a proposed place is, the most certain first."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ROUGH = "rough"
    UNKNOWN = "unknown"


_ORDER = tuple(Certainty)


@dataclass(frozen=True, slots=True)
class PlaceProposal:
    """A station without coordinates, and the place that its address names.

    ``others`` counts places just as good but elsewhere.
    """

    entry: UnplacedStation
    certainty: Certainty
    best: FoundName | None = None
    others: int = 0


def propose_places(
    wiring: Wiring, names: NamesFile, register: str | None, district: str | None
) -> list[PlaceProposal]:
    """Return a proposal for each station without coordinates, in the order of `list_unplaced`.

    *Raises*: FaultError for an unknown register or district.
    """
    queue, _ = list_unplaced(wiring, register, district)
    return [_propose(names, entry) for entry in queue]


def _propose(names: NamesFile, entry: UnplacedStation) -> PlaceProposal:
    """Search for the address as a rider would, then for a landmark in it; only places of the station's district count."""
    code = entry.district.code if entry.district else None
    proposals = [
        _weigh(entry, search_names(names, text, _MOST_FOUND, district=code)) for text in _iter_texts(entry)
    ]
    unknown = PlaceProposal(entry, Certainty.UNKNOWN)
    return min([*proposals, unknown], key=lambda one: _ORDER.index(one.certainty))


def _iter_texts(entry: UnplacedStation) -> Iterator[str]:
    """Yield the address, and what may be a landmark: what stands behind its number, and the station's own name."""
    address, district = strip_inner(entry.station.address), entry.district
    area = (district.province, district.city, district.name, district.name[:-1]) if district else ()
    yield address
    for part in (_NUMBER.split(address)[-1], name_match_key(entry.station.name, area)):
        if len(part) >= _SHORTEST_LANDMARK and part != address:
            yield part


def _weigh(entry: UnplacedStation, found: Sequence[FoundName]) -> PlaceProposal:
    """Return the likeliest place; it is rough where others are just as good.

    Nothing is certain of a station whose district nobody knows: other towns have such roads too.
    """
    said = [(certainty, one) for one in found if (certainty := _judge(one)) is not None]
    if not said:
        return PlaceProposal(entry, Certainty.UNKNOWN)
    certainty, best = min(said, key=lambda one: _ORDER.index(one[0]))
    others = sum(
        same is certainty and distance_and_bearing(one.lon, one.lat, best.lon, best.lat)[0] > _ONE_PLACE_M
        for same, one in said
    )
    if others:
        certainty = Certainty.ROUGH
    elif certainty is Certainty.CERTAIN and entry.district is None:
        certainty = Certainty.LIKELY
    return PlaceProposal(entry, certainty, best, others)


def _judge(found: FoundName) -> Certainty | None:
    """Return how closely one place says where the address is: what only sounds like it says little.

    None for what has only a part of the text in its name, and for whole areas.
    """
    if found.kind in (StreetKind.HOUSE, StreetKind.CROSSING) or found.asked_number:
        if found.kind is StreetKind.ROAD or found.rank >= ALIKE:
            return Certainty.ROUGH
        return Certainty.LIKELY if found.asked_number else Certainty.CERTAIN
    # A compound may be named without 小区 and the like.
    if found.kind in _AREAS or found.rank > (found.kind is StreetKind.COMPOUND):
        return None
    return Certainty.ROUGH if found.kind in _ALONG else Certainty.LIKELY


@dataclass(frozen=True, slots=True)
class ReviewedRow:
    """A station to place, with the file and the row that say so, if there is one."""

    request: PlacingRequest
    file: str | None = None
    row: int | None = None


def place_certain(wiring: Wiring, proposals: Sequence[PlaceProposal], by: str) -> list[PlaceProposal]:
    """Place the stations whose place is certain and lies in their district; return them. *Raises*: FaultError."""
    certain = [one for one in proposals if one.certainty is Certainty.CERTAIN]
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
    best = proposal.best
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
    raise_faults(faults)
    for row in rows:
        check_and_place_station(wiring, row.request)


def read_reviewed(file: Path, by: str) -> list[ReviewedRow]:
    """Read a list of proposals after a person's review: rows without a point are left out.

    *Raises*: FaultError with all faults of the file; OSError.
    """
    table = SheetReader().read(
        file.read_bytes(), file.name, lambda _: ListedThings(_COLUMNS, has_totals=True)
    )
    missing = [name for name in _COLUMNS if name not in table.headers]
    faults = [REVIEW_FAULTS.build("no_column", file=file.name, field=name, value=name) for name in missing]
    faults += table.faults
    faults += [fault.at(file=file.name) for row in table.rows for fault in row.faults_in(_COLUMNS)]
    raise_faults(faults)
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
    raise_faults(twice)
    return rows
