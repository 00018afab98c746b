"""Places of the register as places.js draws them, column by column."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from geo.crs import from_wgs84
from geo.hours import OPEN, STATES, UNKNOWN
from geo.station import Kind, Station
from maps.labels import Labels, word
from maps.packing import Texts, columns, packed, packed_bits, packed_narrowly
from maps.symbols import symbol
from maps.view import HOURS, MapView

DEGREE_SCALE = 100_000  # 1 m, finer than any register
MOST_MARKERS = 20_000  # more than so many are dots on a canvas


def kinds_of(placed: Sequence[Station]) -> Mapping[Kind, int]:
    """The kinds that there are and how many of each, in the order of ``Kind``."""
    counts = Counter(station.kind for station in placed)
    return {kind: counts[kind] for kind in Kind if counts[kind]}


def place_data(
    view: MapView, placed: Sequence[Station], kinds: Mapping[Kind, int], labels: Labels
) -> dict[str, object]:
    """Columns of numbers and of places in a table of strings, and the distinct timetables as bits."""
    texts, index = Texts(), {kind: i for i, kind in enumerate(kinds)}
    fields = list(_facts(Station(id="-", name="-", kind=Kind.LIBRARY), labels))
    facts = ((texts.place(text) for text in _facts(station, labels).values()) for station in placed)
    lon, lat = _coordinates(view, placed).T
    table, planes = _timetables(view, placed)
    return {
        "as_dots": len(placed) > MOST_MARKERS,
        "scale": DEGREE_SCALE,
        "lon": packed(lon, "int32"),
        "lat": packed(lat, "int32"),
        "kind": packed([index[station.kind] for station in placed], "uint8"),
        "sample": packed([station.sample for station in placed], "uint8"),
        "names": [station.name for station in placed],
        "facts": [packed_narrowly(column) for column in columns(facts, len(fields))],
        "strings": texts.all,
        "labels": fields,
        "mark": labels.sample,
        "states": {"label": labels.state, "names": [word(labels.words.states, state) for state in STATES]},
        "hours": HOURS if view.week else 1,
        "timetable": packed_narrowly(table),
        "planes": None if planes is None else packed_bits(planes),
        "kinds": [
            {
                "symbol": symbol(kind).character,
                "colour": symbol(kind).colour,
                "name": word(labels.words.kinds, kind),
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
    """The number of each place's timetable, and of each timetable when it is open and when nobody knows.

    *Shape*: (places,), and (timetables, 2, hours); None where no hours are given at all.
    """
    if view.week is None and not view.states:
        return np.zeros(len(placed), dtype=np.intp), None
    distinct, number = np.unique(_states(view, placed), axis=0, return_inverse=True)
    return number.ravel(), np.stack((distinct == OPEN, distinct == UNKNOWN), axis=1)


def _states(view: MapView, placed: Sequence[Station]) -> NDArray[np.int8]:
    """*Shape*: (places, hours); unknown where nothing is given."""
    if view.week is None:
        codes = {state: code for code, state in enumerate(STATES)}
        return np.array(
            [[codes[view.states[s.id]] if s.id in view.states else UNKNOWN] for s in placed], dtype=np.int8
        ).reshape(-1, 1)
    rows = {id: row for row, id in enumerate(view.week.ids)}
    unknown = np.full((1, HOURS), UNKNOWN, dtype=np.int8)
    row = [rows.get(station.id, len(rows)) for station in placed]
    return np.vstack((view.week.states, unknown))[row]


def _facts(station: Station, labels: Labels) -> dict[str, str]:
    """What a popup says of a place beside its state: label → text, empty where nothing is known."""
    return {
        labels.kind: word(labels.words.kinds, station.kind),
        labels.hours: station.hours_text,
        labels.entry: word(labels.words.entries, station.entry),
        labels.access: word(labels.words.accesses, station.access),
        labels.address: station.address,
        labels.facilities: " · ".join(
            word(labels.words.facilities, code) for code in sorted(station.facilities)
        ),
        labels.phone: station.phone,
        labels.verified: station.verified_on.isoformat() if station.verified_on else "",
        labels.source: station.source,
    }
