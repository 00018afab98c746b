"""Draw the JSON of `maps.map_data` as one still map with legend and scale: for readers without scripts, paper and files."""

from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from maps.packing import NO_DATA_UINT16, SHARE_SCALE
from maps.pens import HATCHING, Ink, Paint, Pen, Points, Polygon, measure_text, wrap_text

WIDTH, _MAP_HEIGHT, _EDGE = 640.0, 380.0, 10.0
_HEADING, _NAME, _LEGEND, _NOTE = 17.0, 12.0, 13.0, 9.0  # sizes of texts
_LINE = 1.45  # of a text's size
_MARK = 22.0  # the room of a mark in the legend
_NAMED, _RANKED, _FIRST = 40, 100, 10  # areas with a name, gaps with a number, those with a number on a disc
_VEIL = 0.65  # of areas above streets
_SEA, _PAPER, _DARK, _SOFT = "#eef2f5", "#ffffff", "#161c22", "#4b5660"
_PLACES = {"open": Paint("#0a6132", _PAPER, 0.5), "closed": Paint(_PAPER, "#0a6132"), "unknown": Paint("#c4cbd1", "#0a6132")}  # fmt: skip
_STATES = ("closed", "open", "unknown")  # by their codes
_GAP, _PIN = Paint(HATCHING, "#8a3600"), Paint("#8c1d1d", _PAPER, 1.0)
_REACH = Paint("#2c7fb8", opacity=0.4)


@dataclass(frozen=True, slots=True)
class Still:
    """A still map: the JSON of `map_data`, its heading and notes, and who draws what lies below its areas, such as streets.

    ``has_ranks``: its gaps are numbered in their order.
    """

    data: Mapping[str, Any]
    heading: str = ""
    notes: Sequence[str] = ()
    draw_below: "Callable[[Pen, MapPlane], None] | None" = None
    has_ranks: bool = False


class MapPlane:
    """Lambert's azimuthal equal-area projection about the middle of some corners (south-west, north-east; lat, lon).

    Areas are true everywhere; lengths are within 0.04 % of the geodesic up to 350 km from the middle.
    """

    def __init__(self, corners: Sequence[Sequence[float]], top: float = 0.0) -> None:
        (south, west), (north, east) = corners
        self.lon, self.lat = round((west + east) / 2, 1), round((south + north) / 2, 1)
        self.crs = f"+proj=laea +lat_0={self.lat} +lon_0={self.lon} +datum=WGS84 +units=m +no_defs"
        self._flat = Transformer.from_crs("EPSG:4326", self.crs, always_xy=True)
        low_x, low_y, high_x, high_y = self._flat.transform_bounds(west, south, east, north)
        wide, high = max(high_x - low_x, 100.0), max(high_y - low_y, 100.0)
        self.px_a_metre = 0.94 * min(WIDTH / wide, _MAP_HEIGHT / high)
        self._middle = np.array([(low_x + high_x) / 2, (low_y + high_y) / 2])
        self._centre = np.array([WIDTH / 2, top + _MAP_HEIGHT / 2])

    def place(self, lonlat: Points) -> Points:
        """Return where points stand on the sheet. *Shape*: (n, 2), longitudes and latitudes in WGS84."""
        if not len(lonlat):
            return np.empty((0, 2))
        flat = np.column_stack(self._flat.transform(*lonlat.T))
        return np.asarray((flat - self._middle) * (self.px_a_metre, -self.px_a_metre) + self._centre)


def scale_length_m(width_m: float) -> float:
    """Return a round length (1, 2 or 5 times a power of ten) of about a quarter of a map's width."""
    power = 10.0 ** np.floor(np.log10(width_m / 4))
    return float(max(step * power for step in (1, 2, 5) if step * power <= width_m / 4))


class Painter:
    """Draws a still map with any pen on a sheet of `WIDTH` and ``height``."""

    def __init__(self, still: Still) -> None:
        data = still.data
        self._still, self._data, self._hour = still, data, int(data["start"]["hour"])
        self._heading = wrap_text(still.heading, _HEADING, WIDTH - 2 * _EDGE)
        self._veil = _VEIL if still.draw_below else 1.0
        self._top = len(self._heading) * _HEADING * _LINE
        self.plane = MapPlane(data["bounds"], self._top)
        self._areas, self._reach = data.get("areas"), data.get("reach")
        root = self._areas["codes"][0] if self._areas and self._areas["single_root"] else ""
        self._is_near = bool(self._reach) and bool(root) and not root.endswith("00")  # its ground tells more
        self._ranked: dict[int, list[Polygon]] = {}
        self._taken: list[tuple[float, float, float, float]] = []
        self._legend, bottom = self._place_legend(self._top + _MAP_HEIGHT + _LEGEND * _LINE)
        self._notes = [one for note in still.notes for one in wrap_text(note, _NOTE, WIDTH - 2 * _EDGE)]
        self.height = bottom + len(self._notes) * _NOTE * _LINE

    def draw(self, pen: Pen) -> None:
        end = self._top + _MAP_HEIGHT
        pen.polygon([_rectangle(0, self._top, WIDTH, end)], Paint(_SEA))
        if self._areas:
            self._draw_areas(pen, self._areas)
        if self._reach:
            self._draw_reach(pen, self._reach)
        if gaps := self._data.get("gaps"):
            self._draw_gaps(pen, gaps)
        self._draw_places(pen, self._data["places"])
        self._draw_ranks(pen)
        self._draw_pins(pen, self._data.get("proposals", {}).get("rows", ()))
        if self._areas:
            self._draw_names(pen, self._areas)
        beyond = _rectangle(-WIDTH, -WIDTH, 2 * WIDTH, self.height + WIDTH)
        pen.polygon([[*beyond, *_rectangle(0, self._top, WIDTH, end)]], Paint(_PAPER))
        self._draw_frame(pen, end)

    def _polygons(self, outline: Sequence[Sequence[Sequence[int]]], scale: float) -> list[Polygon]:
        """Return the rings of `packing.encode_outline` on the sheet."""
        steps = ((np.array(ring, dtype=float).reshape(-1, 2) for ring in rings) for rings in outline)
        return [[self.plane.place(np.cumsum(one, axis=0) / scale) for one in rings] for rings in steps]

    def _draw_areas(self, pen: Pen, areas: Mapping[str, Any]) -> None:
        by_hour = _unpack(areas["share"]).reshape(len(areas["names"]), -1)
        shares = by_hour[:, min(self._hour, areas["hours"] - 1)]
        levels, first, breaks = (
            _unpack(areas["level"]).astype(int),
            areas["first_level"],
            areas["breaks"][1:-1],
        )
        above, drawn = (
            {
                place: self._polygons(areas["outlines"][place], areas["scale"])
                for place in np.flatnonzero(levels == level).tolist()
            }
            for level in (first - 1, first)
        )
        for shape in (above or drawn).values():
            pen.polygon(shape, Paint(_PAPER))
        if self._still.draw_below:
            self._still.draw_below(pen, self.plane)
        for place, shape in drawn.items():
            colour = areas["no_colour"]
            if shares[place] != NO_DATA_UINT16:
                at = int(np.searchsorted(breaks, shares[place] / SHARE_SCALE, side="right"))
                colour = _PAPER if self._is_near else areas["colours"][at]
            edge = "#55606b" if areas["names"][place] else ""
            pen.polygon(shape, Paint(colour, edge, 0.5, self._veil))
        for shape in above.values():
            pen.polygon(shape, Paint("", "#2b343c", 1.2))

    def _draw_reach(self, pen: Pen, reach: Mapping[str, Any]) -> None:
        more, places = reach["more"], self._data["places"]
        points = [self._points(more, _find_states(more, self._hour) == 1)]
        if not reach["are_cells"]:
            serves = np.unpackbits(_unpack(reach["serves"]), bitorder="little")[
                : len(places["names"])
            ].astype(bool)
            points.append(self._points(places, serves & (_find_states(places, self._hour) == 1)))
        size = reach["metres"] * self.plane.px_a_metre
        if self._is_near or not self._areas:
            pen.marks(np.vstack(points), max(size, 0.5), _REACH, is_square=reach["are_cells"])

    def _draw_gaps(self, pen: Pen, gaps: Mapping[str, Any]) -> None:
        holds = np.ones(len(gaps["rows"]), dtype=bool)
        if gaps["hours"]:
            bits = np.unpackbits(_unpack(gaps["hours"]).reshape(len(holds), -1), axis=1, bitorder="little")
            holds = bits[:, self._hour].astype(bool)
        shapes = {
            place: self._polygons(gaps["rows"][place]["outline"], gaps["scale"])
            for place in np.flatnonzero(holds).tolist()
        }
        for shape in shapes.values():
            pen.polygon(shape, Paint("", _GAP.stroke, 0.3) if self._still.has_ranks else _GAP)
        self._ranked = shapes if self._still.has_ranks else {}

    def _draw_places(self, pen: Pen, places: Mapping[str, Any]) -> None:
        """Draw every place; where dots are finer than the eye, one stands for all of its spot."""
        states = _find_states(places, self._hour)
        radius = 2.6 if len(states) <= 1_000 else 1.6
        for state in (0, 2, 1):
            spots = self._points(places, states == state)
            one_each = np.unique(np.floor(spots / radius), axis=0, return_index=True)[1]
            pen.marks(spots[np.sort(one_each)], radius, _PLACES[_STATES[state]])

    def _draw_ranks(self, pen: Pen) -> None:
        """Number the first gaps, all of few; a number that finds no room is left out."""
        for place, shape in self._ranked.items():
            if place < _FIRST and self._take(*(at := _middle_of(shape)), 16, 16):
                pen.marks(np.array([at]), 8, Paint(_DARK, _PAPER))
                pen.text((at[0], at[1] + 4), str(place + 1), Ink(11, _PAPER, "middle"))
            elif place < _FIRST or len(self._ranked) <= _RANKED:
                self._write(pen, _middle_of(shape), str(place + 1), 9)

    def _draw_pins(self, pen: Pen, rows: Sequence[Mapping[str, Any]]) -> None:
        points = self.plane.place(np.array([(one["lon"], one["lat"]) for one in rows], dtype=float))
        for row, (x, y) in reversed([*zip(rows, points.tolist(), strict=True)]):  # the first on top
            self._take(x, y, 20, 20)
            pen.marks(np.array([(x, y)]), 9, _PIN, is_square=True)
            pen.text((x, y + 4), str(int(row["rank"])), Ink(11, _PAPER, "middle"))

    def _draw_names(self, pen: Pen, areas: Mapping[str, Any]) -> None:
        """Write the names of the areas above those that are drawn, of these where they lie in a single one."""
        levels, first = _unpack(areas["level"]).astype(int), areas["first_level"]
        above, own = (np.flatnonzero(levels == level).tolist() for level in (first - 1, first))
        for place in above if len(above) > 1 else own if len(own) <= _NAMED else ():
            shape = self._polygons(areas["outlines"][place], areas["scale"])
            self._write(pen, _middle_of(shape), areas["names"][place], _NAME)

    def _write(self, pen: Pen, at: tuple[float, float], text: str, size: float) -> None:
        """Write a text about a point, above or below it where another one stands, or else not at all."""
        for down in (0.0, size * _LINE, -size * _LINE):
            if text and self._take(at[0], at[1] + down, measure_text(text, size), size * 1.2):
                pen.text((at[0], at[1] + down + size / 3), text, Ink(size, _DARK, "middle", _PAPER))
                return

    def _take(self, x: float, y: float, wide: float, high: float) -> bool:
        """Take the room of a text about a point; return whether it was free."""
        box = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
        is_free = all(
            box[0] >= other[2] or box[2] <= other[0] or box[1] >= other[3] or box[3] <= other[1]
            for other in self._taken
        )
        if is_free:
            self._taken.append(box)
        return is_free

    def _place_legend(self, y: float) -> tuple[list[tuple[float, float, str, str, str]], float]:
        """Return the entries of the legend with their places, and where the legend ends."""
        x, placed = _EDGE, []
        hidden = ("area", "title") if self._is_near else ("reach",) if self._areas else ()
        for mark, colour, text in (one for one in self._data["legend"] if one[0] not in hidden):
            wide, step = _MARK * (mark != "title") + measure_text(text, _LEGEND) + _EDGE, _LEGEND * _LINE
            if x > _EDGE and (mark == "title" or x + wide > WIDTH):
                x, y = _EDGE, y + step
            lines = wrap_text(text, _LEGEND, WIDTH - 2 * _EDGE - _MARK)
            for number, line in enumerate(lines):
                placed.append((x, y + number * step, mark if not number else "title", colour, line))
            y += (len(lines) - 1) * step
            x = WIDTH if mark == "title" or len(lines) > 1 else x + wide
        return placed, y + _LEGEND * _LINE

    def _draw_frame(self, pen: Pen, end: float) -> None:
        """Draw the heading, the scale, the north arrow, the legend and the notes."""
        for number, line in enumerate(self._heading, 1):
            pen.text((_EDGE, number * _HEADING * _LINE - 8), line, Ink(_HEADING))
        length_m = scale_length_m(WIDTH / self.plane.px_a_metre)
        x, y, long = _EDGE, end - 8, length_m * self.plane.px_a_metre
        pen.polygon([_rectangle(x - 4, y - 20, x + long + 4, y + 4)], Paint(_PAPER, opacity=0.8))
        pen.line(np.array([(x, y - 5), (x, y), (x + long, y), (x + long, y - 5)]), Paint("", _DARK, 1.4))
        told = f"{length_m / 1_000:g} km" if length_m >= 1_000 else f"{length_m:g} m"
        pen.text((x + long / 2, y - 7), told, Ink(11, _DARK, "middle"))
        tip = (WIDTH - 18, self._top + 20)
        arrow = np.array([tip, (tip[0] + 6, tip[1] + 18), (tip[0], tip[1] + 13), (tip[0] - 6, tip[1] + 18)])
        pen.polygon([[arrow]], Paint(_DARK, _PAPER))
        pen.text((tip[0], tip[1] - 4), "N", Ink(12, _DARK, "middle", _PAPER))
        for x, y, mark, colour, text in self._legend:
            self._draw_mark(pen, x + 8, y - _LEGEND / 3, mark, colour)
            pen.text((x if mark == "title" else x + _MARK, y), text, Ink(_LEGEND))
        for number, line in enumerate(reversed(self._notes)):
            pen.text((_EDGE, self.height - 4 - number * _NOTE * _LINE), line, Ink(_NOTE, _SOFT))

    def _draw_mark(self, pen: Pen, x: float, y: float, mark: str, colour: str) -> None:
        middle = np.array([(x, y)])
        looks = {"area": Paint(colour, "#55606b", 0.5, self._veil), "reach": _REACH, "gap": _GAP}
        if mark == "place":
            pen.marks(middle, 5, _PLACES[colour])
        elif mark == "pin":
            pen.marks(middle, 6, _PIN, is_square=True)
        elif mark in looks:
            pen.polygon([_rectangle(x - 8, y - 6, x + 8, y + 6)], looks[mark])

    def _points(self, points: Mapping[str, Any], chosen: NDArray[np.bool_]) -> Points:
        lonlat = np.column_stack([_unpack(points[name])[chosen] / points["scale"] for name in ("lon", "lat")])
        return self.plane.place(lonlat)


def _unpack(packed: Mapping[str, str]) -> NDArray[Any]:
    return np.frombuffer(b64decode(packed["data"]), np.dtype(packed["kind"]).newbyteorder("<"))


def _find_states(points: Mapping[str, Any], hour: int) -> NDArray[np.int8]:
    """Return the state of each point at an hour: 0 closed, 1 open, 2 not known; open where nothing is known of hours."""
    table = _unpack(points["timetable"])
    if not points["planes"]:
        return np.ones(len(table), dtype=np.int8)
    planes = _unpack(points["planes"]).reshape(-1, 2, -(-points["hours"] // 8))
    bits = np.unpackbits(planes, axis=2, bitorder="little")[:, :, min(hour, points["hours"] - 1)]
    found: NDArray[np.int8] = (bits[:, 0] + 2 * bits[:, 1])[table].astype(np.int8)
    return found


def _rectangle(west: float, north: float, east: float, south: float) -> Polygon:
    return [np.array([(west, north), (east, north), (east, south), (west, south)])]


def _middle_of(shape: Sequence[Polygon]) -> tuple[float, float]:
    """Return a point within the largest polygon."""
    whole = [shapely.Polygon(rings[0], rings[1:]) for rings in shape if len(rings[0]) > 2]
    if not whole:
        return float(shape[0][0][0][0]), float(shape[0][0][0][1])
    point = max(whole, key=lambda one: one.area).representative_point()
    return point.x, point.y
