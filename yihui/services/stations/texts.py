"""Find stations in memory by a part of their id, name or address: one search over one text of all stations."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from threading import Lock

from core.simplified import list_spellings
from geo.station import Station

_BREAK = "\n"  # stands in no name, and no text that is searched for holds one


class StationTexts:
    """The ids, names and addresses of all stations as one text, in the stations' order."""

    def __init__(self, stations: Sequence[Station]) -> None:
        self.stations = stations
        lines = [f"{one.id} {one.name} {one.address}".replace(_BREAK, " ") for one in stations]
        self._text = _BREAK.join(lines)
        self._starts: list[int] = []
        at = 0
        for line in lines:
            self._starts.append(at)
            at += len(line) + 1

    def iter_matches(self, text: str) -> Iterator[Station]:
        """Yield the stations that contain a text in one of its spellings, in their order."""
        if not text or _BREAK in text:
            return
        found: set[int] = set()
        for part in list_spellings(text):
            for number in self._iter_numbers(part):
                if number not in found:
                    found.add(number)
                    yield self.stations[number]

    def _iter_numbers(self, part: str) -> Iterator[int]:
        at = self._text.find(part)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield number
            if number + 1 == len(self._starts):
                return
            at = self._text.find(part, self._starts[number + 1])


@dataclass(slots=True)
class StationTextsCache:
    """Builds the texts of the stations in memory on first use, and anew when the register has changed."""

    _last: StationTexts | None = None
    _lock: Lock = field(default_factory=Lock)

    def get(self, stations: Sequence[Station]) -> StationTexts:
        with self._lock:
            if self._last is None or self._last.stations is not stations:
                self._last = StationTexts(stations)
            return self._last
