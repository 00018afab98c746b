"""The outline of a drawn or pasted area: GeoJSON, or one point a line."""

import json
from collections.abc import Sequence
from math import isfinite

from core.faults import FaultError, FaultTable
from core.text_marks import N_

Outline = tuple[tuple[float, float], ...]  # longitude, latitude in WGS84; empty for none
MAX_POINTS = 2_000
_HOW = N_("draw it on the map, or paste a GeoJSON polygon or one “longitude, latitude” a line")
OUTLINE_FAULTS = FaultTable(
    "outline",
    {
        "unreadable": (N_("the outline can't be read: {value}"), _HOW),
        "several": (N_("the outline has {count} polygons"), N_("give one area at a time")),
        "few": (N_("the outline has {count} points"), N_("an area needs three points or more")),
        "many": (N_("the outline has {count} points"), N_("simplify it to 2,000 points or fewer")),
        "off": (
            N_("the outline leaves the Earth at {value}"),
            N_("longitude comes first, then latitude, both in degrees (WGS84)"),
        ),
        "crossed": (N_("the outline crosses itself or encloses nothing"), _HOW),
    },
)


def parse_outline(text: str) -> Outline:
    """Parse a pasted or drawn outline; an empty text is none. *CRS*: WGS84. *Raises*: FaultError."""
    if not text.strip():
        return ()
    ring = _read_geojson(text) if text.lstrip().startswith(("{", "[")) else _read_lines(text)
    if len(ring) > 1 and ring[0] == ring[-1]:
        ring = ring[:-1]
    _check(ring)
    return tuple(ring)


def _read_lines(text: str) -> list[tuple[float, float]]:
    found = []
    for line in text.replace("，", ",").splitlines():
        if not line.strip():
            continue
        parts = line.replace(",", " ").split()
        try:
            lon, lat = (float(part) for part in parts)
        except ValueError:
            raise _unreadable(line) from None
        found.append((lon, lat))
    return found


def _read_geojson(text: str) -> list[tuple[float, float]]:
    try:
        rings = _outer_rings(json.loads(text))
        if len(rings) != 1:
            raise FaultError(OUTLINE_FAULTS.build("several", field="outline", count=len(rings)))
        return [(float(point[0]), float(point[1])) for point in rings[0]]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise _unreadable(text) from None


def _outer_rings(content: object) -> list[Sequence[Sequence[float]]]:
    """Return the outer ring of each polygon of a GeoJSON text (RFC 7946, 3.1.6); holes are ignored."""
    found = content if isinstance(content, dict) else {}
    match found.get("type"):
        case "FeatureCollection":
            return [ring for one in found["features"] for ring in _outer_rings(one)]
        case "Feature":
            return _outer_rings(found["geometry"])
        case "Polygon":
            return [found["coordinates"][0]]
        case "MultiPolygon":
            return [polygon[0] for polygon in found["coordinates"]]
    raise ValueError(content)


def _check(ring: Sequence[tuple[float, float]]) -> None:
    import shapely

    if len(ring) < 3:
        raise FaultError(OUTLINE_FAULTS.build("few", field="outline", count=len(ring)))
    if len(ring) > MAX_POINTS:
        raise FaultError(OUTLINE_FAULTS.build("many", field="outline", count=len(ring)))
    for lon, lat in ring:
        if not (isfinite(lon) and isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            raise FaultError(OUTLINE_FAULTS.build("off", field="outline", value=f"{lon:g}, {lat:g}"))
    polygon = shapely.Polygon(ring)
    if not polygon.is_valid or polygon.area == 0:
        raise FaultError(OUTLINE_FAULTS.build("crossed", field="outline"))


def _unreadable(text: str) -> FaultError:
    return FaultError(OUTLINE_FAULTS.build("unreadable", field="outline", value=text.strip()[:40]))
