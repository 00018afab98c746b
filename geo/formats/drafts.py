"""A row on its way to a station: its text by our field names, its point, its district."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from geo.crs import Datum, Points, to_wgs84
from geo.faults import Fault
from geo.formats.columns import Columns
from geo.formats.coordinates import Written, in_china, outside_china, read_point
from geo.formats.places import Gazetteer, Stated
from geo.formats.table import Row
from geo.formats.wording import kind_in

N_ = str  # marks a text for the message catalogue

_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_LINES = ("hours_text", "note")  # line breaks mean something there


@dataclass(slots=True)
class Draft:
    """A row on its way to a station. ``located``: the district its point lies in; ``district``: the one meant."""

    row: Row
    text: dict[str, str]
    faults: list[Fault] = field(default_factory=list)
    keep: bool = True
    point: tuple[float, float] | None = None
    located: str | None = None
    district: str | None = None
    id: str = ""

    def refuse(self, faults: Iterable[Fault]) -> None:
        self.faults.extend(faults)
        self.keep = False


def texts_of(row: Row, columns: Columns) -> dict[str, str]:
    """The cells by our field names; constants fill what is empty, and a kind that is none of ours."""
    text = dict(columns.constants)
    for name, headers in columns.fields.items():
        told = row.lines(headers) if name in _LINES else row.text(headers)
        if told and not (name == "kind" and name in text and kind_in(told) is None):
            text[name] = told
    return text


def drafted(row: Row, columns: Columns) -> Draft:
    """A row's draft; characters that are no text (NUL, half of a pair) are a fault and left out."""
    draft = Draft(row, texts_of(row, columns))
    for name, told in draft.text.items():
        if _NO_TEXT.search(told):
            draft.text[name] = _NO_TEXT.sub("", told)
            draft.refuse([_no_text(name, told)])
    return draft


def place(drafts: Sequence[Draft], columns: Columns, datum: Datum | None) -> None:
    """Give each draft its point in WGS84; where ``datum`` is None each row names its own."""
    lon_header = "+".join(columns.headers("lon")) or "lon"
    lat_header = "+".join(columns.headers("lat")) or "lat"
    by_datum: dict[Datum, list[Draft]] = {}
    for draft in drafts:
        text = draft.text
        written = Written(text.get("lon", ""), text.get("lat", ""), lon_header, lat_header)
        point = read_point(written)
        if isinstance(point, list):
            draft.refuse(point)
        elif point is not None:
            if not in_china(*point):
                draft.faults.append(outside_china(written))
            draft.point = point
            own = datum or _datum_of(draft)
            if own is not None:
                by_datum.setdefault(own, []).append(draft)
    for own, several in by_datum.items():
        points = to_wgs84(np.array([draft.point for draft in several], dtype=np.float64), own)
        for draft, (lon, lat) in zip(several, points.tolist(), strict=True):
            draft.point = (lon, lat)


def _datum_of(draft: Draft) -> Datum | None:
    text = draft.text.get("datum", "")
    known = next((datum for datum in Datum if datum.value == text.casefold().replace("-", "")), None)
    if known is None:
        draft.refuse([_unknown_datum(text)])
    return known


def locate(
    drafts: Sequence[Draft], located: Callable[[Points], Sequence[str | None]], gazetteer: Gazetteer
) -> None:
    """Give each draft its district: what the row states where it is known, else where its point lies."""
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
        found = gazetteer.find(stated)
        if isinstance(found, Fault):
            draft.faults.append(found)
            draft.keep = draft.keep and draft.located is not None
            found = draft.located
        draft.district = found


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
