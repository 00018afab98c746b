"""Longitude and latitude as text: what can be trusted, and what is wrong with the rest."""

import math
from dataclasses import dataclass

from geo.faults import Fault

N_ = str  # marks a text for the message catalogue

# China with its islands, generously; a point is in it or it is not a station of ours.
CHINA_LON = (73.0, 136.0)
CHINA_LAT = (3.0, 54.0)


@dataclass(frozen=True, slots=True)
class Written:
    """A pair of cells with the headers they stand under."""

    lon: str
    lat: str
    lon_header: str = "lon"
    lat_header: str = "lat"


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
    if not written.lon or not written.lat:
        return [_half(written)]
    lon, lat = _number(written.lon), _number(written.lat)
    faults = [
        _no_number(header, text)
        for header, text, number in (
            (written.lon_header, written.lon, lon),
            (written.lat_header, written.lat, lat),
        )
        if number is None
    ]
    if lon is None or lat is None:
        return faults
    return _impossible(written, lon, lat) or (lon, lat)


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
        field=f"{written.lon_header}, {written.lat_header}",
        value=f"{written.lon}, {written.lat}",
        severity="warning",
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


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
            "write decimal degrees such as 117.0204, or leave both cells empty where the place is not placed yet"
        ),
        field=header,
        value=text,
    )


def _swapped(written: Written) -> Fault:
    return Fault(
        N_("longitude {lon} and latitude {lat} are swapped: only the other way round the point is in China"),
        N_("swap the two, or exchange lon and lat in the mapping file"),
        field=f"{written.lon_header}, {written.lat_header}",
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
        field=f"{written.lon_header}, {written.lat_header}",
        value=f"{written.lon}, {written.lat}",
    )
