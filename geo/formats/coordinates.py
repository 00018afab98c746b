"""Parse longitude and latitude from text, and report what is wrong with them."""

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from core.faults import Fault, FaultTable
from core.text_marks import N_

_FAULTS = FaultTable(
    "coordinates",
    {
        "outside_china": (
            N_("the point {value} lies outside China"),
            N_("check the longitude and the latitude for a lost or a wrong digit"),
        ),
        "no_number": (
            N_("the coordinate {value} is not a number"),
            N_(
                "write decimal degrees such as 117.0204 (or 117°01′13.5″), or leave both cells empty where the place "
                "is not placed yet"
            ),
        ),
        "swapped": (
            N_(
                "longitude {lon} and latitude {lat} are swapped: only the other way round the point is in China"
            ),
            N_("swap the two, or exchange lon and lat in the mapping file"),
        ),
        "swapped.all": (
            N_(
                "the columns of longitude and latitude are swapped ({count} rows, such as {value}): only the other way round the points are in China"
            ),
            N_("exchange the two columns in the file, or their names"),
        ),
        "out_of_range": (
            N_("the coordinate {value} is outside -{most}..{most}; are longitude and latitude swapped?"),
            N_("write decimal degrees such as 117.0204, longitude and latitude each in its own column"),
        ),
        "placeholder": (
            N_("the point {value} is whole degrees: a placeholder, not a place"),
            N_("put the true coordinates in, or leave both cells empty where the place is not placed yet"),
        ),
        "null_point": (
            N_("the point 0, 0 lies in the sea off Africa: programs write it where they know no position"),
            N_("put the true coordinates in, or leave both cells empty where the place is not placed yet"),
        ),
        "coarse": (
            N_("the coordinate {value} is exact to the minute only: the point may be 1.8 km off"),
            N_("write the seconds or more decimals too, such as 117°1′13.5″ or 117.0204"),
        ),
        "no_pair": (
            N_("“{value}” is not two coordinates"),
            N_(
                "write longitude and latitude in decimal degrees such as “117.0204,36.6683”, or leave the cell empty"
            ),
        ),
        "no_order": (
            N_("which of {value} is the longitude? Neither order, or either, is in China"),
            N_("name the column 经纬度 (longitude first) or 纬度经度 (latitude first)"),
        ),
        "half": (
            N_("“{field}” is empty while the other coordinate is {value}"),
            N_("give both, or leave both empty where the place is not placed yet"),
        ),
    },
)

# A generous bounding box of China with its islands; a station outside it is probably a mistake.
CHINA_LON = (73.0, 136.0)
CHINA_LAT = (3.0, 54.0)


Axis = Literal["lon", "lat"]
_SIDES: dict[str, tuple[Axis, int]] = {
    "东经": ("lon", 1),
    "E": ("lon", 1),
    "西经": ("lon", -1),
    "W": ("lon", -1),
    "北纬": ("lat", 1),
    "N": ("lat", 1),
    "南纬": ("lat", -1),
    "S": ("lat", -1),
}
_SIDE = "|".join(_SIDES)
_SIDED = re.compile(rf"(?P<before>{_SIDE})?:?(?P<angle>.*?)(?P<after>{_SIDE})?", re.IGNORECASE)
_SEXAGESIMAL = re.compile(
    r"(?P<degrees>\d{1,3})[°度](?P<minutes>\d{1,2}(?:\.\d+)?)['分](?:(?P<seconds>\d{1,2}(?:\.\d+)?)(?:\"|秒)?)?"
)
_COARSE = re.compile(r"[°度]\d{1,2}['分]$")
_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE)
_DECIMAL_DEGREES = re.compile(r"\d{1,3}\.\d+[°度]")
_PAIR = re.compile(r"(?P<first>[^,，、;；|/\s]+)\s*(?:[,，、;；|/]|\s)\s*(?P<second>[^,，、;；|/\s]+)")
_WRAPPED = re.compile(r"(?:point\s*)?[(（\[【]\s*(.*?)\s*[)）\]】]", re.IGNORECASE | re.DOTALL)
_MARKS = str.maketrans({**dict.fromkeys("′’‘´`＇", "'"), **dict.fromkeys("″“”＂", '"'), "º": "°", "˚": "°"})


@dataclass(frozen=True, slots=True)
class Angle:
    """An angle in degrees, and the axis if its text names one (东经, N …).

    ``is_coarse``: the text gives whole minutes only (36°40′N).
    """

    degrees: float
    axis: Axis | None = None
    is_coarse: bool = False


def parse_angle(text: str) -> Angle | None:
    """Parse one coordinate; return None if the text isn't one.

    Whole degrees with a direction (东经117) are refused. Degrees and whole minutes are accurate to two
    kilometres only; the angle says so.
    """
    plain = unicodedata.normalize("NFKC", text.translate(_MARKS)).translate(_MARKS)
    plain = re.sub(r"\s+", "", plain).replace("''", '"')
    sided = _SIDED.fullmatch(plain)
    if sided is None:
        return None
    side = (sided["before"] or sided["after"] or "").upper()
    degrees = _degrees(sided["angle"], marked=bool(side))
    if degrees is None or (sided["before"] and sided["after"]):
        return None
    axis, sign = _SIDES.get(side, (None, 1))
    return Angle(sign * degrees, axis, _COARSE.search(sided["angle"]) is not None)


def split_coordinate_pair(text: str) -> tuple[str, str] | None:
    """Split a cell with two coordinates, in their order: “117.0，36.6”, POINT (117.0 36.6)."""
    wrapped = _WRAPPED.fullmatch(text.strip())
    inner = wrapped[1] if wrapped else text.strip()
    pair = _PAIR.fullmatch(inner)
    return (pair["first"], pair["second"]) if pair else None


def _degrees(text: str, *, marked: bool) -> float | None:
    if _DECIMAL.fullmatch(text) and not (marked and "." not in text):
        number = float(text)
        return number if math.isfinite(number) and not (marked and number < 0) else None
    if _DECIMAL_DEGREES.fullmatch(text):
        return float(text[:-1])
    parts = _SEXAGESIMAL.fullmatch(text)
    if parts is None:
        return None
    minutes, seconds = float(parts["minutes"]), float(parts["seconds"] or 0)
    return float(parts["degrees"]) + minutes / 60 + seconds / 3600 if max(minutes, seconds) < 60 else None


@dataclass(frozen=True, slots=True)
class CoordinateText:
    """The text of a longitude and a latitude, with their headers, which are equal if one column has both."""

    lon: str
    lat: str
    lon_header: str = "lon"
    lat_header: str = "lat"

    @property
    def headers(self) -> str:
        return ", ".join(dict.fromkeys((self.lon_header, self.lat_header)))


def split_coordinate_cell(text: str, header: str) -> CoordinateText | Fault | None:
    """Split a cell that holds both coordinates; None if it is empty.

    If neither the cell nor the header states the order, exactly one order must lie in China.
    """
    if not text:
        return None
    pair = split_coordinate_pair(text)
    if pair is None:
        return _FAULTS.build("no_pair", field=header, value=text[:80])
    first, second = map(parse_angle, pair)
    if first is None or second is None or first.degrees == second.degrees == 0:
        return CoordinateText(*pair, header, header)
    order = _stated_order(header, first, second)
    if order is None:
        fits, fits_turned = (
            is_in_china(*lonlat)
            for lonlat in ((first.degrees, second.degrees), (second.degrees, first.degrees))
        )
        if fits == fits_turned:
            return _FAULTS.build("no_order", field=header, value=text[:80])
        order = "lon" if fits else "lat"
    lon, lat = pair if order == "lon" else reversed(pair)
    return CoordinateText(lon, lat, header, header)


def _stated_order(header: str, first: Angle, second: Angle) -> str | None:
    """Return which axis comes first: as the words at the numbers state, else the header, else None."""
    if first.axis or second.axis:
        return first.axis or ("lat" if second.axis == "lon" else "lon")
    plain = header.casefold()
    lon = min((plain.find(word) for word in ("lng", "lon", "经", "經") if word in plain), default=-1)
    lat = min((plain.find(word) for word in ("lat", "纬", "緯") if word in plain), default=-1)
    if min(lon, lat) < 0:
        return None
    return "lon" if lon < lat else "lat"


def parse_station_point(written: CoordinateText) -> tuple[float, float] | list[Fault] | None:
    """Parse a station's point as `parse_lonlat`; whole degrees are a placeholder and a fault."""
    point = parse_lonlat(written)
    if isinstance(point, tuple) and all(degrees == int(degrees) for degrees in point):
        return [_FAULTS.build("placeholder", field=written.headers, value=f"{written.lon}, {written.lat}")]
    return point


def parse_lonlat(
    written: CoordinateText, *, allow_minutes: bool = False
) -> tuple[float, float] | list[Fault] | None:
    """Return the point in the file's own datum, None if both cells are empty, or the faults.

    A whole minute (36°40′N) is a fault unless ``allow_minutes``: it is no place of a door.
    """
    if not written.lon and not written.lat:
        return None
    if not written.lat and (pair := split_coordinate_pair(written.lon)):  # both are in the first of two cells
        written = CoordinateText(*pair, written.lon_header, written.lon_header)
    if not written.lon or not written.lat:
        there, header = (
            (written.lon, written.lat_header) if written.lon else (written.lat, written.lon_header)
        )
        return [_FAULTS.build("half", field=header, value=there)]
    lon, lat = parse_angle(written.lon), parse_angle(written.lat)
    cells = ((written.lon_header, written.lon, lon), (written.lat_header, written.lat, lat))
    if lon is None or lat is None:
        return [
            _FAULTS.build("no_number", field=header, value=text) for header, text, one in cells if not one
        ]
    if lon.axis == "lat" or lat.axis == "lon":
        return [_swapped(written)]
    coarse = [(header, text) for header, text, one in cells if one and one.is_coarse and not allow_minutes]
    faults = [_FAULTS.build("coarse", field=header, value=text) for header, text in coarse]
    return faults or _impossible(written, lon.degrees, lat.degrees) or (lon.degrees, lat.degrees)


def _swapped(written: CoordinateText) -> Fault:
    value = f"{written.lon}, {written.lat}"
    return _FAULTS.build("swapped", field=written.headers, value=value, lon=written.lon, lat=written.lat)


def find_swapped_columns(faults: Iterable[Fault]) -> Fault | None:
    """Return one fault in place of those of the rows of a file in which no point is right, if several are swapped and nothing else is wrong with any."""
    told = [one for one in faults if one.code.partition(".")[0] == _FAULTS.area and one.severity == "error"]
    if len(told) < 2 or any(one.short_code != "swapped" for one in told):
        return None
    return _FAULTS.build("swapped.all", field=told[0].field, value=told[0].value, count=f"{len(told):,}")


def is_in_china(lon: float, lat: float) -> bool:
    return CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]


def parse_typed_point(lon: str, lat: str | None) -> CoordinateText | Fault | None:
    """Return the coordinates that a person typed: two numbers, or one text with both as map apps copy it.

    A comma after the longitude is ignored. In one text with both, the order may be either where only one
    order is in China.
    """
    first, second = (text.strip().rstrip(",，;；、").rstrip() for text in (lon, lat or ""))
    if second:
        return CoordinateText(first, second, "LON", "LAT")
    return split_coordinate_cell(first, "LON")


def _impossible(written: CoordinateText, lon: float, lat: float) -> list[Fault]:
    if lon == lat == 0:
        return [_FAULTS.build("null_point", field=written.headers, value=f"{written.lon}, {written.lat}")]
    if is_in_china(lat, lon) and not is_in_china(lon, lat):
        return [_swapped(written)]
    faults = []
    if not -180 <= lon <= 180:
        faults.append(_FAULTS.build("out_of_range", field=written.lon_header, value=written.lon, most="180"))
    if not -90 <= lat <= 90:
        faults.append(_FAULTS.build("out_of_range", field=written.lat_header, value=written.lat, most="90"))
    return faults


def outside_china_warning(written: CoordinateText) -> Fault:
    """Return a warning that the point lies outside China: it is possible, but probably a mistake."""
    return _FAULTS.build(
        "outside_china", field=written.headers, value=f"{written.lon}, {written.lat}", severity="warning"
    )


def list_coordinate_rules() -> Mapping[str, object]:
    """Return all by which a cell with both coordinates is read, as plain data: a phone reads by it without a network."""
    patterns = {
        "sided": _SIDED,
        "sexagesimal": _SEXAGESIMAL,
        "coarse": _COARSE,
        "decimal": _DECIMAL,
        "decimal_degrees": _DECIMAL_DEGREES,
        "pair": _PAIR,
        "wrapped": _WRAPPED,
    }
    marks = {chr(char): plain for char, plain in _MARKS.items()}
    return {
        **{name: pattern.pattern for name, pattern in patterns.items()},
        "marks": marks,
        "sides": _SIDES,
        "china": (*CHINA_LON, *CHINA_LAT),
    }
