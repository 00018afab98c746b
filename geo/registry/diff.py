"""What an import would change: the register as it is against the stations as they were read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from geo.geodesy import geodesic_m
from geo.station import Station

_SAME_PLACE_M = 1e-3  # a file's rounding is no move


@dataclass(frozen=True, slots=True)
class Move:
    """A station at another place; ``distance_m`` is None where it was or is not placed."""

    before: Station
    after: Station
    distance_m: float | None
    verb: ClassVar[str] = "moved"

    @property
    def fields(self) -> tuple[str, ...]:
        return changed_fields(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Change:
    """A station of which other things than the place are different."""

    before: Station
    after: Station
    verb: ClassVar[str] = "changed"

    @property
    def fields(self) -> tuple[str, ...]:
        return changed_fields(self.before, self.after)


@dataclass(frozen=True, slots=True)
class Diff:
    """All that an import changes; who moved and changed too stands under ``moved``."""

    added: tuple[Station, ...] = ()
    returned: tuple[Station, ...] = ()
    moved: tuple[Move, ...] = ()
    changed: tuple[Change, ...] = ()
    gone: tuple[Station, ...] = ()
    unchanged: int = 0
    kept: tuple[Station, ...] = ()  # absent, but rows were left out: nobody is gone

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.returned or self.moved or self.changed or self.gone)


def compare(
    present: Mapping[str, Station], gone: Iterable[str], read: Iterable[Station], *, complete: bool
) -> Diff:
    """Compare by id; where ``complete`` is false, who is absent is kept.

    Who stands less than a millimetre off stays where it was.
    """
    was_gone = frozenset(gone)
    added: list[Station] = []
    returned: list[Station] = []
    moved: list[tuple[Station, Station]] = []
    changed: list[Change] = []
    unchanged = 0
    absent = dict(present)
    for station in _where_they_were(present, read):
        before = absent.pop(station.id, None)
        if before is None:
            (returned if station.id in was_gone else added).append(station)
        elif (before.lon, before.lat) != (station.lon, station.lat):
            moved.append((before, station))
        elif before != station:
            changed.append(Change(before, station))
        else:
            unchanged += 1
    missing = tuple(absent.values())
    return Diff(
        tuple(added),
        tuple(returned),
        _moves(moved),
        tuple(changed),
        gone=missing if complete else (),
        unchanged=unchanged,
        kept=() if complete else missing,
    )


def changed_fields(before: Station, after: Station) -> tuple[str, ...]:
    return tuple(name for name in Station.model_fields if getattr(before, name) != getattr(after, name))


def _where_they_were(present: Mapping[str, Station], read: Iterable[Station]) -> list[Station]:
    """The stations as they were read, but at their places of old where a rounding is all the difference."""
    stations = list(read)
    rows = [n for n, station in enumerate(stations) if _is_elsewhere(present.get(station.id), station)]
    before = np.array([_place(present[stations[n].id]) for n in rows], dtype=np.float64).reshape(-1, 2)
    after = np.array([_place(stations[n]) for n in rows], dtype=np.float64).reshape(-1, 2)
    for n, metres in zip(rows, geodesic_m(before, after).tolist(), strict=True):
        if metres < _SAME_PLACE_M:
            lon, lat = _place(present[stations[n].id])
            stations[n] = stations[n].model_copy(update={"lon": lon, "lat": lat})
    return stations


def _is_elsewhere(before: Station | None, after: Station) -> bool:
    """Whether both are placed, and not alike."""
    return before is not None and before.is_placed and after.is_placed and _place(before) != _place(after)


def _place(station: Station) -> tuple[float | None, float | None]:
    return station.lon, station.lat


def _moves(pairs: list[tuple[Station, Station]]) -> tuple[Move, ...]:
    both = [before.is_placed and after.is_placed for before, after in pairs]
    placed = [pair for pair, placed in zip(pairs, both, strict=True) if placed]
    before = np.array([(b.lon, b.lat) for b, _ in placed], dtype=np.float64).reshape(-1, 2)
    after = np.array([(a.lon, a.lat) for _, a in placed], dtype=np.float64).reshape(-1, 2)
    metres = iter(geodesic_m(before, after).tolist())
    return tuple(
        Move(*pair, next(metres) if placed else None) for pair, placed in zip(pairs, both, strict=True)
    )
