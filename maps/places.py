"""Places of the register as the JSON columns that places.js draws."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import Points, from_wgs84
from geo.datum import Datum
from geo.hours import OPEN, STATES_BY_CODE, UNKNOWN
from geo.station import Kind, Station
from maps.labels import Labels
from maps.packing import StringTable, pack_array, pack_bits, pack_narrowest, split_columns
from maps.symbols import symbol_for_kind
from maps.view import HOURS_PER_WEEK, MapView, ReachCells

DEGREE_SCALE = 100_000  # 1 m, finer than any register
MAX_MARKERS = 20_000  # above this number, places are drawn as dots on a canvas


def count_kinds(placed: Sequence[Station]) -> Mapping[Kind, int]:
    """Count the places of each kind that occurs, in the order of ``Kind``."""
    counts = Counter(station.kind for station in placed)
    return {kind: counts[kind] for kind in Kind if counts[kind]}


def place_data(
    view: MapView, placed: Sequence[Station], kinds: Mapping[Kind, int], labels: Labels
) -> dict[str, object]:
    """Return columns of numbers, columns of indices into a string table, and distinct timetables as bits."""
    texts, index = StringTable(), {kind: i for i, kind in enumerate(kinds)}
    fields = list(_facts(Station(id="-", name="-", kind=Kind.LIBRARY), labels))
    facts = ((texts.index_of(text) for text in _facts(station, labels).values()) for station in placed)
    as_dots, points = len(placed) > MAX_MARKERS, np.array([(s.lon, s.lat) for s in placed], dtype=float)
    states = [labels.words.states.get(state, state) for state in STATES_BY_CODE]
    return {
        **timed_points(points, _states(view, placed), view.tiles.datum),
        "as_dots": as_dots,
        "areas": [] if as_dots else _areas(view, placed),
        "kind": pack_array([index[station.kind] for station in placed], "uint8"),
        "sample": pack_array([station.sample for station in placed], "uint8"),
        "names": [station.name for station in placed],
        "facts": [pack_narrowest(column) for column in split_columns(facts, len(fields))],
        "strings": texts.all,
        "labels": fields,
        "mark": labels.sample,
        "states": {"label": labels.state, "names": states},
        "kinds": [
            {"symbol": one.character, "colour": one.colour, "name": labels.words.kinds.get(kind, kind)}
            for kind, one in zip(kinds, map(symbol_for_kind, kinds), strict=True)
        ],
    }


def timed_points(lonlat: Points, states: NDArray[np.int8] | None, datum: Datum) -> dict[str, object]:
    """Return points as ``yihui.Timed`` reads them: coordinates, and each one's timetable, distinct ones as bits.

    *Shape*: ``lonlat`` (points, 2) in WGS84, ``states`` (points, hours) of `geo.hours`; None where no hours are known.
    """
    lon, lat = np.rint(from_wgs84(lonlat.reshape(-1, 2), datum) * DEGREE_SCALE).T
    number: NDArray[np.intp] = np.zeros(len(lon), dtype=np.intp)
    planes = None
    if states is not None:
        distinct, number = np.unique(states, axis=0, return_inverse=True)
        planes = pack_bits(np.stack((distinct == OPEN, distinct == UNKNOWN), axis=1))
    return {
        "scale": DEGREE_SCALE,
        "lon": pack_array(lon, "int32"),
        "lat": pack_array(lat, "int32"),
        "hours": 1 if states is None else states.shape[1],
        "timetable": pack_narrowest(number.ravel()),
        "planes": planes,
    }


def ground_data(view: MapView, placed: Sequence[Station]) -> dict[str, object]:
    """Return what is within reach: discs around the places that count and those beyond the border, or cells."""
    ground, datum = view.ground, view.tiles.datum
    if isinstance(ground, ReachCells):
        more = timed_points(ground.points, ground.served.astype(np.int8), datum)
        return {"are_cells": True, "metres": ground.side_m / 2, "serves": None, "more": more}
    assert ground is not None
    beyond = np.array([(s.lon, s.lat) for s in ground.beyond], dtype=float)
    serves = np.array([[station.id in ground.serving for station in placed]])
    return {
        "are_cells": False,
        "metres": ground.radius_m,
        "serves": pack_bits(serves),
        "more": timed_points(beyond, ground.states, datum),
    }


def _areas(view: MapView, placed: Sequence[Station]) -> list[dict[str, object]]:
    """Return for each level the width of its usual area in degrees, and in which area each place lies; 0 for none."""
    points = shapely.points(np.array([(s.lon, s.lat) for s in placed], dtype=float).reshape(-1, 2))
    found = []
    for level in view.levels:
        drawn = level.geometry[~(level.geometry.isna() | level.geometry.is_empty)].to_numpy()
        place, area = shapely.STRtree(drawn).query(points, predicate="intersects")
        column = np.zeros(len(placed), dtype=np.intp)
        column[place] = area + 1
        deg = float(np.sqrt(np.median(shapely.area(drawn)))) if len(drawn) else 0.0
        found.append({"deg": deg, "column": pack_narrowest(column)})
    return found


def _states(view: MapView, placed: Sequence[Station]) -> NDArray[np.int8] | None:
    """Return the state of each place at each hour; unknown if none is given. *Shape*: (places, hours).

    None if the view has neither a week nor states.
    """
    if view.week is None and not view.states:
        return None
    if view.week is None:
        codes = {state: code for code, state in enumerate(STATES_BY_CODE)}
        known = [codes[view.states[s.id]] if s.id in view.states else UNKNOWN for s in placed]
        return np.array(known, dtype=np.int8).reshape(-1, 1)
    rows = {id: row for row, id in enumerate(view.week.ids)}
    unknown = np.full((1, HOURS_PER_WEEK), UNKNOWN, dtype=np.int8)
    row = [rows.get(station.id, len(rows)) for station in placed]
    return np.vstack((view.week.states, unknown))[row]


def _facts(station: Station, labels: Labels) -> dict[str, str]:
    """Return the popup's facts about a place besides its state: label → text, empty if unknown."""
    words, facilities = labels.words, sorted(station.facilities)
    return {
        labels.kind: words.kinds.get(station.kind, station.kind),
        labels.hours: station.hours_text,
        labels.entry: words.entries.get(station.entry, station.entry),
        labels.access: words.accesses.get(station.access, station.access),
        labels.address: station.address,
        labels.facilities: " · ".join(words.facilities.get(code, code) for code in facilities),
        labels.phone: station.phone,
        labels.verified: labels.format_day(station.verified_on) if station.verified_on else "",
        labels.source: station.source,
    }
