"""A row on its way to a station: its text by our field names, its point, its district."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.faults import Fault
from geo.crs import UNSHIFTED, Datum, Points, alike, to_wgs84
from geo.formats.columns import Columns, datum_in
from geo.formats.coordinates import Written, from_one_cell, in_china, outside_china, read_point
from geo.formats.places import Gazetteer, Stated
from geo.formats.table import Row
from geo.formats.wording import kind_in

N_ = str  # marks a text for the message catalogue

_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINES = ("hours_text", "note")  # line breaks mean something there
_DECIMALS = 9  # a tenth of a millimetre; what comes after it is noise of the way back to WGS84


@dataclass(slots=True)
class Draft:
    """A row on its way to a station.

    ``written`` is its point as the file has it, in ``datum``; ``point`` the same in WGS84. ``located`` is
    the district in which the point lies, ``stated`` the one that the row names by itself, ``district`` the
    one meant.
    """

    row: Row
    text: dict[str, str]
    faults: list[Fault] = field(default_factory=list)
    keep: bool = True
    written: tuple[float, float] | None = None
    datum: Datum | None = None
    point: tuple[float, float] | None = None
    stated: str | None = None
    located: str | None = None
    district: str | None = None
    id: str = ""

    def refuse(self, faults: Iterable[Fault]) -> None:
        self.faults.extend(faults)
        self.keep = False

    def refuse_all(self, faults: Iterable[Fault]) -> None:
        """As ``refuse`` where there is any."""
        if told := list(faults):
            self.refuse(told)


def texts_of(row: Row, columns: Columns) -> dict[str, str]:
    """The cells by our field names; constants fill what is empty, and a kind that is none of ours."""
    text = dict(columns.constants)
    for name, headers in columns.fields.items():
        told = row.lines(headers) if name in _LINES else row.text(headers)
        if told and not (name == "kind" and name in text and kind_in(told) is None):
            text[name] = told
    return text


def drafted(row: Row, columns: Columns) -> Draft:
    """A row's draft; cells without a value, and characters that are no text (NUL, half of a pair), are faults."""
    draft = Draft(row, texts_of(row, columns))
    used = {header for headers in columns.fields.values() for header in headers}
    draft.refuse_all(fault for header, fault in row.broken.items() if header in used)
    for name, told in draft.text.items():
        if _NO_TEXT.search(told):
            draft.text[name] = _NO_TEXT.sub("", told)
            draft.refuse([_no_text(name, told)])
    return draft


def place(drafts: Sequence[Draft], columns: Columns, datum: Datum | None) -> None:
    """Give each draft its point in WGS84; where ``datum`` is None each row names its own."""
    by_datum: dict[Datum, list[Draft]] = {}
    for draft in drafts:
        point = _read(draft, columns)
        if isinstance(point, list):
            draft.refuse(point)
        elif point is not None:
            draft.written = draft.point = point
            draft.datum = _datum_of(draft, datum)
            if draft.datum is not None:
                by_datum.setdefault(draft.datum, []).append(draft)
    for own, several in by_datum.items():
        points = to_wgs84(np.array([draft.point for draft in several], dtype=np.float64), own)
        if own not in UNSHIFTED:
            points = points.round(_DECIMALS)
        for draft, (lon, lat) in zip(several, points.tolist(), strict=True):
            draft.point = (lon, lat)


def _read(draft: Draft, columns: Columns) -> tuple[float, float] | list[Fault] | None:
    text = draft.text
    lon_header = "+".join(columns.headers("lon")) or "lon"
    lat_header = "+".join(columns.headers("lat")) or "lat"
    written: Written | Fault | None = Written(
        text.get("lon", ""), text.get("lat", ""), lon_header, lat_header
    )
    if columns.says("point"):
        written = from_one_cell(text.get("point", ""), "+".join(columns.headers("point")))
    if written is None:
        return None
    if isinstance(written, Fault):
        return [written]
    point = read_point(written)
    if isinstance(point, tuple) and not in_china(*point):
        draft.faults.append(outside_china(written))
    return point


def _datum_of(draft: Draft, of_file: Datum | None) -> Datum | None:
    """The row's own datum, which the file's must not contradict."""
    text = draft.text.get("datum", "")
    if of_file is not None and not text:
        return of_file
    named = datum_in(text)
    if named is None:
        draft.refuse([_unknown_datum(text)])
    elif of_file is not None and not alike(named, of_file):
        draft.refuse([_contradicts(text, of_file)])
    return of_file or named


def locate(
    drafts: Sequence[Draft], located: Callable[[Points], Sequence[str | None]], gazetteer: Gazetteer
) -> None:
    """Give each draft its district: what the row states where it is known, else where its point lies.

    Where neither tells it, the address may: 济南市历下区解放路….
    """
    placed = [draft for draft in drafts if draft.point is not None]
    if placed:
        codes = located(np.array([draft.point for draft in placed], dtype=np.float64))
        for draft, code in zip(placed, codes, strict=True):
            draft.located = code
    for draft in drafts:
        text = draft.text
        stated = Stated(
            text.get("district_code", ""),
            text.get("district", ""),
            text.get("city", ""),
            text.get("address", ""),
            draft.located,
        )
        draft.stated = gazetteer.stated(stated)
        found = gazetteer.find(stated)
        if isinstance(found, Fault):
            draft.faults.append(found)
            draft.keep = draft.keep and draft.located is not None
            found = draft.located
        draft.district = found or draft.stated


def _no_text(name: str, told: str) -> Fault:
    return Fault(
        N_("the cell holds characters that are no text: {value}"),
        N_("type the cell again; such characters come from a broken export"),
        field=name,
        value=ascii(told)[1:-1][:80],
    )


def _unknown_datum(text: str) -> Fault:
    return Fault(
        N_("the datum “{value}” is not known"),
        N_("write one of {known}"),
        field="datum",
        value=text,
        params={"known": ", ".join(Datum)},
    )


def _contradicts(text: str, of_file: Datum) -> Fault:
    return Fault(
        N_("the row says that its datum is {value}, but for the whole file it is {named}"),
        N_("leave --datum out where each row names its own; GeoJSON is WGS84 by RFC 7946"),
        field="datum",
        value=text,
        params={"named": of_file.value},
    )
