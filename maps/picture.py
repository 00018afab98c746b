"""Draw the JSON of `maps.map_data` as one still SVG: for readers without scripts, for paper and for a picture file."""

from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import cos, radians
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maps.packing import NO_DATA_UINT16, SHARE_SCALE

WIDTH, HEIGHT = 640, 440
_METRES_A_DEGREE = 111_320.0
_MOST_DOTS = 4_000  # open stations drawn one by one
_STATE_FILLS = ("#ffffff", "#0a6132", "#c4cbd1")  # closed, open, hours not known
_HATCHING = (
    '<pattern id="hatching" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="7" height="7" fill="#d55e00" fill-opacity="0.18"/><rect width="2" height="7" fill="#b34700" fill-opacity="0.9"/></pattern>'
)


class _Plane:
    """An equirectangular plane about the middle of the map, as wide as the picture."""

    def __init__(self, bounds: Sequence[Sequence[float]]) -> None:
        (south, west), (north, east) = bounds
        self.lat, self.lon, squeezed = (
            (south + north) / 2,
            (west + east) / 2,
            cos(radians((south + north) / 2)),
        )
        wide, high = max((east - west) * squeezed, 1e-6), max(north - south, 1e-6)
        self.scale = 0.94 * min(WIDTH / wide, HEIGHT / high)
        self.squeezed = squeezed

    def place(self, lon: Any, lat: Any) -> tuple[Any, Any]:
        x = WIDTH / 2 + (lon - self.lon) * self.squeezed * self.scale
        return x, HEIGHT / 2 - (lat - self.lat) * self.scale

    def metres(self, far: float) -> float:
        return far / _METRES_A_DEGREE * self.scale


def render_picture(data: Mapping[str, Any], title: str) -> str:
    """Render the map at the hour at which it begins."""
    plane, hour = _Plane(data["bounds"]), int(data["start"]["hour"])
    parts = [f"<defs>{_HATCHING}</defs>", f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#eef2f5"/>']
    if areas := data.get("areas"):
        parts += _areas(areas, hour, plane)
    if reach := data.get("reach"):
        parts += _reach(reach, data["places"], hour, plane)
    if gaps := data.get("gaps"):
        parts += _gaps(gaps, hour, plane)
    parts += _dots(data["places"], hour, plane)
    for pin in data.get("proposals", {}).get("rows", ()):
        x, y = plane.place(pin["lon"], pin["lat"])
        parts.append(
            f'<rect x="{x - 9:.1f}" y="{y - 9:.1f}" width="18" height="18" rx="4" fill="#8c1d1d" stroke="#fff"/>'
            f'<text x="{x:.1f}" y="{y + 4:.1f}" font-size="11" font-weight="700" fill="#fff" text-anchor="middle">{int(pin["rank"])}</text>'
        )
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    return head + "".join(parts) + "</svg>"


def _unpack(packed: Mapping[str, str]) -> NDArray[Any]:
    return np.frombuffer(b64decode(packed["data"]), np.dtype(packed["kind"]).newbyteorder("<"))


def _areas(areas: Mapping[str, Any], hour: int, plane: _Plane) -> Iterator[str]:
    shares = _unpack(areas["share"]).reshape(len(areas["names"]), -1)[:, min(hour, areas["hours"] - 1)]
    levels, breaks = _unpack(areas["level"]), areas["breaks"][1:-1]
    drawn = areas["first_level"]
    for level in (drawn, drawn - 1):
        for place in np.flatnonzero(levels == level).tolist():
            path = _path(areas["outlines"][place], areas["scale"], plane)
            colour = areas["no_colour"]
            if shares[place] != NO_DATA_UINT16:
                colour = areas["colours"][
                    int(np.searchsorted(breaks, shares[place] / SHARE_SCALE, side="right"))
                ]
            look = f'fill="{colour}" stroke="#55606b" stroke-width="0.6"'
            if level != drawn:
                look = 'fill="none" stroke="#2b343c" stroke-width="1.4"'
            yield f'<path d="{path}" {look}/>'


def _path(polygons: Sequence[Sequence[Sequence[int]]], scale: float, plane: _Plane) -> str:
    parts = []
    for ring in (ring for rings in polygons for ring in rings):
        lon, lat = np.cumsum(np.array(ring, dtype=float).reshape(-1, 2), axis=0).T / scale
        x, y = plane.place(lon, lat)
        parts.append(
            "M" + "L".join(f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)) + "Z"
        )
    return "".join(parts)


def _states(points: Mapping[str, Any], hour: int) -> NDArray[np.int8]:
    """Return the state of each point at an hour: 0 closed, 1 open, 2 not known; open where nothing is known of hours."""
    table = _unpack(points["timetable"])
    if not points["planes"]:
        return np.ones(len(table), dtype=np.int8)
    planes = _unpack(points["planes"]).reshape(-1, 2, -(-points["hours"] // 8))
    bits = np.unpackbits(planes, axis=2, bitorder="little")[:, :, min(hour, points["hours"] - 1)]
    found: NDArray[np.int8] = (bits[:, 0] + 2 * bits[:, 1])[table].astype(np.int8)
    return found


def _reach(reach: Mapping[str, Any], places: Mapping[str, Any], hour: int, plane: _Plane) -> Iterator[str]:
    if reach["are_cells"]:
        return
    radius = f"{plane.metres(reach['metres']):.1f}"
    serves = np.unpackbits(_unpack(reach["serves"]), bitorder="little")[: len(places["names"])].astype(bool)
    ours, beyond = _states(places, hour) == 1, _states(reach["more"], hour) == 1
    both = (*_at(places, ours & serves, plane), *_at(reach["more"], beyond, plane))
    if both and float(radius) >= 2:
        circles = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>' for x, y in both)
        yield f'<g fill="#2c7fb8" opacity="0.4">{circles}</g>'


def _gaps(gaps: Mapping[str, Any], hour: int, plane: _Plane) -> Iterator[str]:
    holds = np.ones(len(gaps["rows"]), dtype=bool)
    if gaps["hours"]:
        bits = np.unpackbits(_unpack(gaps["hours"]).reshape(len(holds), -1), axis=1, bitorder="little")
        holds = bits[:, hour].astype(bool)
    for place in np.flatnonzero(holds).tolist():
        path = _path(gaps["rows"][place]["outline"], gaps["scale"], plane)
        yield f'<path d="{path}" fill="url(#hatching)" stroke="#8a3600" stroke-width="0.8"/>'


def _dots(places: Mapping[str, Any], hour: int, plane: _Plane) -> Iterator[str]:
    states = _states(places, hour)
    for state, fill in enumerate(_STATE_FILLS):
        circles = "".join(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.4"/>'
            for x, y in _at(places, states == state, plane)[:_MOST_DOTS]
        )
        yield f'<g fill="{fill}" stroke="#0a6132" stroke-width="0.8">{circles}</g>'


def _at(points: Mapping[str, Any], chosen: NDArray[np.bool_], plane: _Plane) -> list[tuple[float, float]]:
    x, y = plane.place(*(_unpack(points[name])[chosen] / points["scale"] for name in ("lon", "lat")))
    return list(zip(x.tolist(), y.tolist(), strict=True))
