"""Convert rows to stations, and report all faults of all rows together."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.faults import Fault, FaultError, FaultTable
from core.sheets.listed_rows import ListedThings
from core.sheets.table import Table
from core.text_marks import N_
from geo.crs import Points
from geo.datum import Datum, is_same_datum
from geo.datum_findings import LocatedRow
from geo.formats.columns import COORDINATE_FIELDS, ColumnMapping, find_cut_headers
from geo.formats.coordinates import find_swapped_columns
from geo.formats.drafts import (
    StationDraft,
    assign_districts,
    build_station_draft,
    list_unread_words,
    place_drafts,
    read_code,
    station_accepts,
    station_access,
    station_area_m2,
    station_calendar,
    station_entry,
    station_facilities,
    station_verified_on,
)
from geo.formats.places import Gazetteer
from geo.formats.wording import is_true, parse_access, parse_kind, parse_status
from geo.station import Access, Kind, Station, Status

_FAULTS = FaultTable(
    "rows",
    {
        "no_datum": (
            N_("nobody says in which datum the coordinates are; a wrong guess is off by 460 to 1,350 m"),
            N_(
                "say --datum wgs84 (GPS, OpenStreetMap), cgcs2000 (Tianditu), gcj02 (AMap, Tencent, WeChat) "
                "or bd09 (Baidu); whoever made the file knows"
            ),
        ),
        "two_datums": (
            N_("--datum says {value}, but the file itself says {named}"),
            N_("leave --datum out, or name other columns in a mapping file (--columns)"),
        ),
        "cut_header": (
            N_("the column “{value}” was taken for “{known}”: a Shapefile cuts names after ten bytes"),
            N_("if it holds something else, name its column in a mapping file (--columns)"),
        ),
        "repeated_id": (
            N_("the id {value} stands in row {first} already"),
            N_("give each station an id of its own"),
        ),
        "repeated_place": (
            N_("“{value}” stands in row {first} already, with the same address"),
            N_("delete one of the two if they are the same room; both are kept"),
        ),
        "unclear_hours": (
            N_("the opening hours can't be understood: {value}"),
            N_("write them like “周一至周五 9:00-17:00”; the text is kept and the answer is “unknown”"),
        ),
        "unread_facilities": (
            N_("“{value}” names no facility that is known, or not whether it is there; rows: {count}"),
            N_(
                "write words such as 饮水、充电、微波炉, and 无饮水 for what is not there; no filter finds it now"
            ),
        ),
        "unread_access": (
            N_("“{value}” does not state who may enter; rows: {count}"),
            N_("write 对外开放, 仅限会员 or 仅限本单位职工; who may enter is unknown now"),
        ),
        "unread_entry": (
            N_("“{value}” does not state how to get in; rows: {count}"),
            N_("write one of walk_in, scan, app, id_card, staff; how to get in is unknown now"),
        ),
        "invalid": (N_("{value} can't be here: {detail}"), N_("mend the cell")),
        "no_name": (N_("the name is empty"), N_("give the station a name")),
        "too_long": (
            N_("“{value}…” is too long: at most {most} characters"),
            N_("shorten it, or move what is no name to the note"),
        ),
    },
)

_DIGITS = 12  # 48 bits: among 10,790 ids, two are equal with a probability of 1 in 5 million


def derive_station_ids(register: str, places: Iterable[tuple[str, str]]) -> list[str]:
    """Derive an id from each (name, address), the same at every import of the same register.

    Coordinates don't count, so that a corrected point is a move and not another station. Of equal pairs,
    the second, third … in the order of the file have their ordinal in the id.
    """
    seen: Counter[tuple[str, str]] = Counter()
    ids = []
    for name, address in places:
        place = (_normalized(name), _normalized(address))
        seen[place] += 1
        text = "\x1f".join((register, *place, str(seen[place])))
        ids.append(f"{register}-{hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]}")
    return ids


def _normalized(text: str) -> str:
    """Return the text without spaces, width and case, so that tidying the spelling doesn't change an id."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


@dataclass(frozen=True, slots=True)
class ImportContext:
    """What the import needs besides the file: the register's name, the districts and an hours parser.

    ``locate`` returns the district of each point (WGS84). ``can_parse_hours`` returns whether a text of
    opening hours can be parsed. No date in the file may lie after ``today``.
    """

    register: str
    gazetteer: Gazetteer
    locate: Callable[[Points], Sequence[str | None]]
    can_parse_hours: Callable[[str], bool]
    source: str = ""
    sample: bool = False
    today: date | None = None


@dataclass(frozen=True, slots=True)
class ParsedRegister:
    """The stations and faults of one file; ``faults`` are in row order.

    ``row_numbers`` are those of ``stations``. ``rejected_count`` counts the rows that gave no station.
    ``located_rows`` are the rows that state both a point and a district.
    """

    stations: tuple[Station, ...]
    row_numbers: tuple[int, ...]
    faults: tuple[Fault, ...]
    rejected_count: int
    derived_id_count: int
    located_rows: tuple[LocatedRow, ...] = ()

    @property
    def errors(self) -> tuple[Fault, ...]:
        return tuple(fault for fault in self.faults if fault.severity == "error")

    @property
    def unplaced_stations(self) -> tuple[Station, ...]:
        """The stations without coordinates."""
        return tuple(station for station in self.stations if not station.is_placed)


def resolve_datum(columns: ColumnMapping, asked: Datum | None, file: str) -> Datum | None:
    """Return the one datum of a file; None if each row names its own or there are no coordinates.

    *Raises*: FaultError if no datum is stated, or if two contradict each other.
    """
    if asked and columns.datum and not is_same_datum(asked, columns.datum):
        raise FaultError(
            _FAULTS.build(
                "two_datums", file=file, row=1, field="datum", value=asked.value, named=columns.datum.value
            )
        )
    datum = asked or columns.datum
    if datum is None and columns.placed and not columns.has_field("datum"):
        raise FaultError(_FAULTS.build("no_datum", file=file, field="datum", value=""))
    return datum


def station_marks(columns: ColumnMapping) -> ListedThings:
    """Return the headers that make a row a station: of its point, its id and its telephone."""
    marks = (header for name in (*COORDINATE_FIELDS, "id", "phone") for header in columns.headers(name))
    return ListedThings(frozenset(marks), columns.headers("name"))


def read_stations(
    table: Table, columns: ColumnMapping, datum: Datum | None, reader: ImportContext
) -> ParsedRegister:
    """Convert rows to stations; their points are in WGS84.

    A row with an error gives no station. A questionable value gives a warning, and the row is accepted.
    """
    drafts = [build_station_draft(row, columns) for row in table.rows]
    place_drafts(drafts, columns, datum)
    assign_districts(drafts, reader.locate, reader.gazetteer)
    _identify(drafts, reader.register)
    stations, rows = [], []
    for draft in drafts:
        station = _station(draft, reader)
        if station is not None and draft.is_accepted:
            stations.append(station)
            rows.append(draft.row.number)
    faults = [
        *(
            _with_file_header(fault, columns).at(file=table.file, row=d.row.number)
            for d in drafts
            for fault in d.faults
        ),
        *table.faults,
    ]
    faults += [_with_file_header(fault, columns).at(file=table.file) for fault in _unread_words(drafts)]
    faults += [
        _FAULTS.build("cut_header", file=table.file, field=cut, value=cut, known=name, severity="warning")
        for headers in columns.fields.values()
        for cut, name in find_cut_headers(headers).items()
    ]
    faults.sort(key=lambda fault: fault.row or 0)
    if all(draft.file_point is None for draft in drafts) and (swapped := find_swapped_columns(faults)):
        others = (fault for fault in faults if fault.code != "coordinates.swapped")
        faults = [swapped.at(file=table.file), *others]
    left_out = len(drafts) + len(table.faults) - len(stations)
    derived = sum(draft.is_accepted and not draft.text.get("id") for draft in drafts)
    return ParsedRegister(
        tuple(stations), tuple(rows), tuple(faults), left_out, derived, tuple(_claims(drafts))
    )


def _unread_words(drafts: Sequence[StationDraft]) -> Iterator[Fault]:
    """Yield one warning for each text that was not understood, at its first row, with the count of its rows."""
    rows: dict[tuple[str, str], list[int]] = {}
    for draft in drafts:
        if draft.is_accepted:
            for unread in list_unread_words(draft.text):
                rows.setdefault(unread, []).append(draft.row.number)
    for (field, words), numbers in rows.items():
        yield _FAULTS.build(
            f"unread_{field}",
            row=numbers[0],
            field=field,
            value=words[:80],
            count=len(numbers),
            severity="warning",
        )


def read_located_rows(table: Table, columns: ColumnMapping, gazetteer: Gazetteer) -> tuple[LocatedRow, ...]:
    """Return only the points and districts that the rows state, in whatever datum the points are."""
    drafts = [build_station_draft(row, columns) for row in table.rows]
    place_drafts(drafts, columns, Datum.WGS84)
    assign_districts(drafts, lambda points: [None] * len(points), gazetteer)
    return tuple(_claims(drafts))


def _claims(drafts: Sequence[StationDraft]) -> Iterator[LocatedRow]:
    for draft in drafts:
        if draft.file_point is not None and draft.stated_district is not None:
            yield LocatedRow(draft.row.number, draft.file_point, draft.stated_district, draft.datum)


def _with_file_header(fault: Fault, columns: ColumnMapping) -> Fault:
    """Replace our field name in a fault with the file's own header."""
    return fault.at(field="+".join(columns.headers(fault.field or "")))


def _identify(drafts: Sequence[StationDraft], register: str) -> None:
    derived = derive_station_ids(
        register, ((d.text.get("name", ""), d.text.get("address", "")) for d in drafts)
    )
    first_row: dict[str, int] = {}
    for draft, id_derived in zip(drafts, derived, strict=True):
        draft.id = draft.text.get("id") or id_derived
        if draft.id in first_row:
            draft.refuse(
                [_FAULTS.build("repeated_id", field="id", value=draft.id, first=first_row[draft.id])]
            )
        first_row.setdefault(draft.id, draft.row.number)
    _warn_repeated_places(drafts)


def _warn_repeated_places(drafts: Sequence[StationDraft]) -> None:
    """Warn about rows without id that repeat the name and address of an earlier row."""
    first_row: dict[tuple[str, str], int] = {}
    for draft in drafts:
        place = (draft.text.get("name", ""), draft.text.get("address", ""))
        if all(place) and place in first_row and not draft.text.get("id"):
            draft.faults.append(
                _FAULTS.build(
                    "repeated_place", field="name", value=place[0], severity="warning", first=first_row[place]
                )
            )
        first_row.setdefault(place, draft.row.number)


def _station(draft: StationDraft, reader: ImportContext) -> Station | None:
    text = draft.text
    kind = read_code(draft, "kind", parse_kind, Kind.OUTDOOR_STATION)
    status = read_code(draft, "status", parse_status, Status.ACTIVE)
    note = text.get("note", "")
    if not text.get("status") and parse_access(note) is Access.UNKNOWN:  # 已撤站 under 备注, not 不对外开放
        status = parse_status(note) or status
    verified_on = station_verified_on(draft, reader.today)
    area_m2 = station_area_m2(draft)
    hours_text = text.get("hours_text", "")
    if hours_text and not reader.can_parse_hours(hours_text):
        draft.faults.append(
            _FAULTS.build(
                "unclear_hours",
                field="hours_text",
                value=hours_text.replace("\n", " / ")[:200],
                severity="warning",
            )
        )
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
            district_name=reader.gazetteer.name_district(text.get("district", ""), draft.district),
            hours_text=hours_text,
            calendar=station_calendar(draft),
            entry=station_entry(text),
            access=station_access(text),
            facilities=station_facilities(text),
            phone=text.get("phone", ""),
            note=note,
            status=status,
            verified_on=verified_on,
            source=text.get("source") or reader.source,
            sample=reader.sample or is_true(text.get("sample", "")),
            employer=text.get("employer", ""),
            accepts=station_accepts(text),
            area_m2=area_m2,
        )
    except ValidationError as error:
        draft.refuse(_invalid(problem) for problem in error.errors())
        return None


def _invalid(problem: ErrorDetails) -> Fault:
    name = str(problem["loc"][0]) if problem["loc"] else "name"
    value = str(problem["input"])[:80]
    most = problem.get("ctx", {}).get("max_length")
    if name == "name" and not problem["input"]:
        return _FAULTS.build("no_name", field=name, value="")
    if most is not None:
        return _FAULTS.build("too_long", field=name, value=value, most=most)
    return _FAULTS.build("invalid", field=name, value=value, detail=problem["msg"])
