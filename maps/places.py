"""Places of the register as layers.js draws them."""

from collections import Counter
from collections.abc import Mapping, Sequence

from geo.station import Kind, State, Station
from maps.labels import Labels, word
from maps.layers import Texts
from maps.symbols import symbol

DEGREE_DIGITS = 5  # 1 m, finer than any register


def kinds_of(placed: Sequence[Station]) -> Mapping[Kind, int]:
    """The kinds that there are and how many of each, in the order of ``Kind``."""
    counts = Counter(station.kind for station in placed)
    return {kind: counts[kind] for kind in Kind if counts[kind]}


def place_data(
    placed: Sequence[Station], kinds: Mapping[Kind, int], states: Mapping[str, State], labels: Labels
) -> dict[str, object]:
    """Rows of [lat, lon, kind, is a sample, name, and where each fact stands among the strings]."""
    texts, index = Texts(), {kind: i for i, kind in enumerate(kinds)}
    rows = [
        [
            round(station.lat or 0.0, DEGREE_DIGITS),
            round(station.lon or 0.0, DEGREE_DIGITS),
            index[station.kind],
            int(station.sample),
            station.name,
            *(texts.place(text) for text in _facts(station, states.get(station.id), labels).values()),
        ]
        for station in placed
    ]
    drawn_as = [
        {
            "symbol": symbol(kind).character,
            "colour": symbol(kind).colour,
            "name": word(labels.words.kinds, kind),
        }
        for kind in kinds
    ]
    fields = list(_facts(Station(id="-", name="-", kind=Kind.LIBRARY), None, labels))
    return {"kinds": drawn_as, "mark": labels.sample, "labels": fields, "strings": texts.all, "rows": rows}


def _facts(station: Station, state: State | None, labels: Labels) -> dict[str, str]:
    """What a popup says of a place: label → text, empty where nothing is known."""
    return {
        labels.kind: word(labels.words.kinds, station.kind),
        labels.state: word(labels.words.states, state) if state else "",
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
