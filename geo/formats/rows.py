"""Rows → stations: every row is read or told what is wrong with it, all faults of all rows at once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.faults import Fault, InputFaults
from geo.crs import Datum, Points, alike
from geo.datum_findings import Claim
from geo.formats.columns import Columns
from geo.formats.drafts import Draft, drafted, locate, place
from geo.formats.fields import (
    accepts_of,
    access_of,
    area_m2_of,
    calendar_of,
    entry_of,
    kind_of,
    status_of,
    verified_on_of,
)
from geo.formats.identity import derived_ids
from geo.formats.places import Gazetteer
from geo.formats.table import Table
from geo.formats.wording import facilities_in, is_true
from geo.station import Station

N_ = str  # marks a text for the message catalogue


@dataclass(frozen=True, slots=True)
class Reader:
    """What is needed beside the file: the register's name, the country's districts, hours' grammar.

    ``locate`` gives the district of each point (WGS84), ``understands`` says whether opening hours
    can be understood.
    """

    register: str
    gazetteer: Gazetteer
    locate: Callable[[Points], Sequence[str | None]]
    understands: Callable[[str], bool]
    source: str = ""
    sample: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """What could be read. ``rows`` are the row numbers of ``stations``; ``faults`` are in row order.

    ``claims`` are the rows that state both a point and a district.
    """

    stations: tuple[Station, ...]
    rows: tuple[int, ...]
    faults: tuple[Fault, ...]
    left_out: int
    ids_derived: int
    claims: tuple[Claim, ...] = ()

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "error")

    @property
    def not_placed(self) -> tuple[Station, ...]:
        return tuple(station for station in self.stations if not station.is_placed)


def settle_datum(columns: Columns, asked: Datum | None, file: str) -> Datum | None:
    """The one datum of a file; None where each row names its own or nothing is placed.

    *Raises*: InputFaults where nobody names one, or where two are named.
    """
    if asked and columns.datum and not alike(asked, columns.datum):
        raise InputFaults([_two_datums(file, asked, columns.datum)])
    datum = asked or columns.datum
    if datum is None and columns.placed and not columns.says("datum"):
        raise InputFaults([_no_datum(file)])
    return datum


def read_stations(table: Table, columns: Columns, datum: Datum | None, reader: Reader) -> Reading:
    """Make stations of rows; points come out in WGS84.

    A row with a fault gives no station, save where only the name of its district is unknown while
    its point says the district; what is merely odd is a warning and the row is kept.
    """
    drafts = [drafted(row, columns) for row in table.rows]
    place(drafts, columns, datum)
    locate(drafts, reader.locate, reader.gazetteer)
    _identify(drafts, reader.register)
    stations, rows = [], []
    for draft in drafts:
        station = _station(draft, reader)
        if station is not None and draft.keep:
            stations.append(station)
            rows.append(draft.row.number)
    faults = [
        *(
            _spelled(fault, columns).at(file=table.file, row=d.row.number)
            for d in drafts
            for fault in d.faults
        ),
        *table.faults,
    ]
    faults.sort(key=lambda fault: fault.row or 0)
    left_out = len(drafts) + len(table.faults) - len(stations)
    derived = sum(draft.keep and not draft.text.get("id") for draft in drafts)
    return Reading(tuple(stations), tuple(rows), tuple(faults), left_out, derived, tuple(_claims(drafts)))


def read_claims(table: Table, columns: Columns, gazetteer: Gazetteer) -> tuple[Claim, ...]:
    """Only what the rows say of their points and districts, whatever the datum may be."""
    drafts = [drafted(row, columns) for row in table.rows]
    place(drafts, columns, Datum.WGS84)
    locate(drafts, lambda points: [None] * len(points), gazetteer)
    return tuple(_claims(drafts))


def _claims(drafts: Sequence[Draft]) -> Iterator[Claim]:
    for draft in drafts:
        if draft.written is not None and draft.stated is not None:
            yield Claim(draft.row.number, draft.written, draft.stated, draft.datum)


def _spelled(fault: Fault, columns: Columns) -> Fault:
    """Our field's name becomes the header that the file has for it."""
    headers = columns.headers(fault.field or "")
    return Fault(
        fault.message,
        fault.remedy,
        row=fault.row,
        field="+".join(headers) if headers else fault.field,
        value=fault.value,
        severity=fault.severity,
        params=fault.params,
    )


def _identify(drafts: Sequence[Draft], register: str) -> None:
    derived = derived_ids(register, ((d.text.get("name", ""), d.text.get("address", "")) for d in drafts))
    first_row: dict[str, int] = {}
    for draft, id_derived in zip(drafts, derived, strict=True):
        draft.id = draft.text.get("id") or id_derived
        if draft.id in first_row:
            draft.refuse([_repeated_id(draft.id, first_row[draft.id])])
        first_row.setdefault(draft.id, draft.row.number)
    _tell_repeated_places(drafts)


def _tell_repeated_places(drafts: Sequence[Draft]) -> None:
    first_row: dict[tuple[str, str], int] = {}
    for draft in drafts:
        place = (draft.text.get("name", ""), draft.text.get("address", ""))
        if all(place) and place in first_row and not draft.text.get("id"):
            draft.faults.append(_repeated_place(place[0], first_row[place]))
        first_row.setdefault(place, draft.row.number)


def _station(draft: Draft, reader: Reader) -> Station | None:
    text = draft.text
    kind, status, verified_on = kind_of(draft), status_of(draft), verified_on_of(draft)
    area_m2 = area_m2_of(draft)
    hours_text = text.get("hours_text", "")
    if hours_text and not reader.understands(hours_text):
        draft.faults.append(_not_understood(hours_text))
    lon, lat = draft.point if draft.point else (None, None)
    try:
        return Station(
            id=draft.id,
            name=text.get("name", ""),
            kind=kind,
            lon=lon,
            lat=lat,
            address=text.get("address", ""),
            district=draft.district,
            district_name=text.get("district") or reader.gazetteer.name(draft.district),
            hours_text=hours_text,
            calendar=calendar_of(draft),
            entry=entry_of(text),
            access=access_of(text),
            facilities=facilities_in(text.get("facilities", "")),
            phone=text.get("phone", ""),
            note=text.get("note", ""),
            status=status,
            verified_on=verified_on,
            source=text.get("source") or reader.source,
            sample=reader.sample or is_true(text.get("sample", "")),
            employer=text.get("employer", ""),
            accepts=accepts_of(text),
            area_m2=area_m2,
        )
    except ValidationError as error:
        draft.refuse(_invalid(problem) for problem in error.errors())
        return None


def _no_datum(file: str) -> Fault:
    return Fault(
        N_("nobody says in which datum the coordinates are; a wrong guess is off by 460 to 1,350 m"),
        N_(
            "say --datum wgs84 (GPS, OpenStreetMap), cgcs2000 (Tianditu), gcj02 (AMap, Tencent, WeChat) "
            "or bd09 (Baidu); whoever made the file knows"
        ),
        file=file,
        field="datum",
        value="",
    )


def _two_datums(file: str, asked: Datum, named: Datum) -> Fault:
    return Fault(
        N_("--datum says {value}, but the file itself says {named}"),
        N_("leave --datum out, or name other columns in a mapping file (--columns)"),
        file=file,
        row=1,
        field="datum",
        value=asked.value,
        params={"named": named.value},
    )


def _repeated_id(id: str, row: int) -> Fault:
    return Fault(
        N_("the id {value} stands in row {first} already"),
        N_("give each station an id of its own"),
        field="id",
        value=id,
        params={"first": str(row)},
    )


def _repeated_place(name: str, row: int) -> Fault:
    return Fault(
        N_("“{value}” stands in row {first} already, with the same address"),
        N_("delete one of the two if they are the same room; both are kept"),
        field="name",
        value=name,
        severity="warning",
        params={"first": str(row)},
    )


def _not_understood(text: str) -> Fault:
    return Fault(
        N_("the opening hours can't be understood: {value}"),
        N_("write them like “周一至周五 9:00-17:00”; the text is kept and the answer is “unknown”"),
        field="hours_text",
        value=text.replace("\n", " / ")[:200],
        severity="warning",
    )


def _invalid(problem: ErrorDetails) -> Fault:
    name = str(problem["loc"][0]) if problem["loc"] else "name"
    value = str(problem["input"])[:80]
    most = problem.get("ctx", {}).get("max_length")
    if name == "name" and not problem["input"]:
        return Fault(N_("the name is empty"), N_("give the station a name"), field=name, value="")
    if most is not None:
        return Fault(
            N_("“{value}…” is too long: at most {most} characters"),
            N_("shorten it, or move what is no name to the note"),
            field=name,
            value=value,
            params={"most": str(most)},
        )
    return Fault(
        N_("{value} can't be here: {detail}"),
        N_("mend the cell"),
        field=name,
        value=value,
        params={"detail": problem["msg"]},
    )
