"""Longitude and latitude as text: what can be trusted, and what is wrong with the rest."""

from dataclasses import dataclass

from core.faults import Fault
from geo.formats.degrees import Angle, read_angle, split_pair

N_ = str  # marks a text for the message catalogue

# China with its islands, generously; a point is in it or it is not a station of ours.
CHINA_LON = (73.0, 136.0)
CHINA_LAT = (3.0, 54.0)


@dataclass(frozen=True, slots=True)
class Written:
    """A pair of cells with the headers they stand under; the two are one where a column holds both."""

    lon: str
    lat: str
    lon_header: str = "lon"
    lat_header: str = "lat"

    @property
    def headers(self) -> str:
        return ", ".join(dict.fromkeys((self.lon_header, self.lat_header)))


def from_one_cell(text: str, header: str) -> Written | Fault | None:
    """Both coordinates out of one cell; in China only one order is possible, else the header must say it.

    None where the cell is empty.
    """
    if not text:
        return None
    pair = split_pair(text)
    if pair is None:
        return _no_pair(header, text)
    first, second = map(read_angle, pair)
    if first is None or second is None:
        return Written(*pair, header, header)
    order = _stated_order(header, first, second)
    if order is None and in_china(first.degrees, second.degrees) == in_china(second.degrees, first.degrees):
        return _no_order(header, text)
    turned = order == "lat" or (order is None and in_china(second.degrees, first.degrees))
    lon, lat = reversed(pair) if turned else pair
    return Written(lon, lat, header, header)


def _stated_order(header: str, first: Angle, second: Angle) -> str | None:
    """Which axis comes first, by the words at the numbers or else by the header; None where nothing says."""
    if first.axis or second.axis:
        return first.axis or ("lat" if second.axis == "lon" else "lon")
    plain = header.casefold()
    lon = min((plain.find(word) for word in ("lng", "lon", "经", "經") if word in plain), default=-1)
    lat = min((plain.find(word) for word in ("lat", "纬", "緯") if word in plain), default=-1)
    if min(lon, lat) < 0:
        return None
    return "lon" if lon < lat else "lat"


def read_point(written: Written) -> tuple[float, float] | list[Fault] | None:
    """A station's point as ``read_degrees``; whole degrees are a placeholder and a fault."""
    point = read_degrees(written)
    if isinstance(point, tuple) and all(degrees == int(degrees) for degrees in point):
        return [_placeholder(written)]
    return point


def read_degrees(written: Written) -> tuple[float, float] | list[Fault] | None:
    """The point in the file's own datum, None where both cells are empty, else what is wrong."""
    if not written.lon and not written.lat:
        return None
    if not written.lat and split_pair(written.lon):  # both in the first of the two cells
        pair = split_pair(written.lon) or ("", "")
        written = Written(*pair, written.lon_header, written.lon_header)
    if not written.lon or not written.lat:
        return [_half(written)]
    lon, lat = read_angle(written.lon), read_angle(written.lat)
    if lon is None or lat is None:
        return [
            _no_number(header, text)
            for header, text, angle in (
                (written.lon_header, written.lon, lon),
                (written.lat_header, written.lat, lat),
            )
            if angle is None
        ]
    if lon.axis == "lat" or lat.axis == "lon":
        return [_swapped(written)]
    return _impossible(written, lon.degrees, lat.degrees) or (lon.degrees, lat.degrees)


def in_china(lon: float, lat: float) -> bool:
    return CHINA_LON[0] <= lon <= CHINA_LON[1] and CHINA_LAT[0] <= lat <= CHINA_LAT[1]


def _impossible(written: Written, lon: float, lat: float) -> list[Fault]:
    if in_china(lat, lon) and not in_china(lon, lat):
        return [_swapped(written)]
    faults = []
    if not -180 <= lon <= 180:
        faults.append(_out_of_range(written.lon_header, written.lon, "180"))
    if not -90 <= lat <= 90:
        faults.append(_out_of_range(written.lat_header, written.lat, "90"))
    return faults


def outside_china(written: Written) -> Fault:
    """A finding: possible, but hardly meant."""
    return Fault(
        N_("the point {value} lies outside China"),
        N_("check the longitude and the latitude for a lost or a wrong digit"),
        field=written.headers,
        value=f"{written.lon}, {written.lat}",
        severity="warning",
    )


def _half(written: Written) -> Fault:
    there, header = (written.lon, written.lat_header) if written.lon else (written.lat, written.lon_header)
    return Fault(
        N_("“{column}” is empty while the other coordinate is {value}"),
        N_("give both, or leave both empty where the place is not placed yet"),
        field=header,
        value=there,
        params={"column": header},
    )


def _no_number(header: str, text: str) -> Fault:
    return Fault(
        N_("the coordinate {value} is not a number"),
        N_(
            "write decimal degrees such as 117.0204 (or 117°01′13.5″), or leave both cells empty where the place "
            "is not placed yet"
        ),
        field=header,
        value=text,
    )


def _swapped(written: Written) -> Fault:
    return Fault(
        N_("longitude {lon} and latitude {lat} are swapped: only the other way round the point is in China"),
        N_("swap the two, or exchange lon and lat in the mapping file"),
        field=written.headers,
        value=f"{written.lon}, {written.lat}",
        params={"lon": written.lon, "lat": written.lat},
    )


def _out_of_range(header: str, text: str, most: str) -> Fault:
    return Fault(
        N_("the coordinate {value} is outside -{most}..{most}; are longitude and latitude swapped?"),
        N_("write decimal degrees such as 117.0204, longitude and latitude each in its own column"),
        field=header,
        value=text,
        params={"most": most},
    )


def _placeholder(written: Written) -> Fault:
    return Fault(
        N_("the point {value} is whole degrees: a placeholder, not a place"),
        N_("put the true coordinates in, or leave both cells empty where the place is not placed yet"),
        field=written.headers,
        value=f"{written.lon}, {written.lat}",
    )


def _no_pair(header: str, text: str) -> Fault:
    return Fault(
        N_("“{value}” is not two coordinates"),
        N_(
            "write longitude and latitude in decimal degrees such as “117.0204,36.6683”, or leave the cell empty"
        ),
        field=header,
        value=text[:80],
    )


def _no_order(header: str, text: str) -> Fault:
    return Fault(
        N_("which of {value} is the longitude? Neither order, or either, is in China"),
        N_("name the column 经纬度 (longitude first) or 纬度经度 (latitude first)"),
        field=header,
        value=text[:80],
    )
