"""Places of the register as the JSON columns that places.js draws."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.crs import from_wgs84
from geo.hours import OPEN, STATES_BY_CODE, UNKNOWN
from geo.station import Kind, Station
from maps.labels import Labels, label_for_code
from maps.packing import StringTable, pack_array, pack_bits, pack_narrowest, split_columns
from maps.symbols import symbol_for_kind
from maps.view import HOURS_PER_WEEK, MapView

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
    lon, lat = _coordinates(view, placed).T
    table, planes = _timetables(view, placed)
    return {
        "as_dots": len(placed) > MAX_MARKERS,
        "scale": DEGREE_SCALE,
        "lon": pack_array(lon, "int32"),
        "lat": pack_array(lat, "int32"),
        "kind": pack_array([index[station.kind] for station in placed], "uint8"),
        "sample": pack_array([station.sample for station in placed], "uint8"),
        "names": [station.name for station in placed],
        "facts": [pack_narrowest(column) for column in split_columns(facts, len(fields))],
        "strings": texts.all,
        "labels": fields,
        "mark": labels.sample,
        "states": {
            "label": labels.state,
            "names": [label_for_code(labels.words.states, state) for state in STATES_BY_CODE],
        },
        "hours": HOURS_PER_WEEK if view.week else 1,
        "timetable": pack_narrowest(table),
        "planes": None if planes is None else pack_bits(planes),
        "kinds": [
            {
                "symbol": symbol_for_kind(kind).character,
                "colour": symbol_for_kind(kind).colour,
                "name": label_for_code(labels.words.kinds, kind),
            }
            for kind in kinds
        ],
    }


def _coordinates(view: MapView, placed: Sequence[Station]) -> NDArray[np.float64]:
    points = np.array([(s.lon, s.lat) for s in placed], dtype=float).reshape(-1, 2)
    return np.rint(from_wgs84(points, view.tiles.datum) * DEGREE_SCALE)


def _timetables(
    view: MapView, placed: Sequence[Station]
) -> tuple[NDArray[np.intp], NDArray[np.bool_] | None]:
    """Return each place's timetable number, and when each timetable is open and when it is unknown.

    *Shape*: (places,), and (timetables, 2, hours); None if the view has neither a week nor states.
    """
    if view.week is None and not view.states:
        return np.zeros(len(placed), dtype=np.intp), None
    distinct, number = np.unique(_states(view, placed), axis=0, return_inverse=True)
    return number.ravel(), np.stack((distinct == OPEN, distinct == UNKNOWN), axis=1)


def _states(view: MapView, placed: Sequence[Station]) -> NDArray[np.int8]:
    """Return the state of each place at each hour; unknown if none is given. *Shape*: (places, hours)."""
    if view.week is None:
        codes = {state: code for code, state in enumerate(STATES_BY_CODE)}
        return np.array(
            [[codes[view.states[s.id]] if s.id in view.states else UNKNOWN] for s in placed], dtype=np.int8
        ).reshape(-1, 1)
    rows = {id: row for row, id in enumerate(view.week.ids)}
    unknown = np.full((1, HOURS_PER_WEEK), UNKNOWN, dtype=np.int8)
    row = [rows.get(station.id, len(rows)) for station in placed]
    return np.vstack((view.week.states, unknown))[row]


def _facts(station: Station, labels: Labels) -> dict[str, str]:
    """Return the popup's facts about a place besides its state: label → text, empty if unknown."""
    return {
        labels.kind: label_for_code(labels.words.kinds, station.kind),
        labels.hours: station.hours_text,
        labels.entry: label_for_code(labels.words.entries, station.entry),
        labels.access: label_for_code(labels.words.accesses, station.access),
        labels.address: station.address,
        labels.facilities: " · ".join(
            label_for_code(labels.words.facilities, code) for code in sorted(station.facilities)
        ),
        labels.phone: station.phone,
        labels.verified: labels.format_day(station.verified_on) if station.verified_on else "",
        labels.source: station.source,
    }
