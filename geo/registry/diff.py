"""Compute what an import would change: the stored register against the stations of the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from geo.geodesy import geodesic_m
from geo.registry.same_places import SamePlace, find_same_places
from geo.station import Station

_SAME_PLACE_M = 1e-3  # a difference by rounding in the file is not a move


@dataclass(frozen=True, slots=True)
class StationMove:
    """A station at another place; ``distance_m`` is None if it was or is not placed."""

    before: Station
    after: Station
    distance_m: float | None
    verb: ClassVar[str] = "moved"

    @property
    def fields(self) -> tuple[str, ...]:
        return changed_fields(self.before, self.after)


@dataclass(frozen=True, slots=True)
class StationChange:
    """A station that differs in fields other than its place."""

    before: Station
    after: Station
    verb: ClassVar[str] = "changed"

    @property
    def fields(self) -> tuple[str, ...]:
        return changed_fields(self.before, self.after)


@dataclass(frozen=True, slots=True)
class RegisterDiff:
    """Everything that an import changes; a station that moved and also changed is only in ``moved``."""

    added: tuple[Station, ...] = ()
    returned: tuple[Station, ...] = ()
    moved: tuple[StationMove, ...] = ()
    changed: tuple[StationChange, ...] = ()
    gone: tuple[Station, ...] = ()
    unchanged: int = 0
    retained: tuple[Station, ...] = ()  # absent, but rows were left out, so not marked as gone
    same: tuple[SamePlace, ...] = ()  # added ones that are probably gone ones under another id
    linked: Mapping[str, str] = field(default_factory=dict)  # new id → the id that its station keeps
    elsewhere: Mapping[str, int] = field(default_factory=dict)  # other register → added ones that stand in it

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.returned or self.moved or self.changed or self.gone)


def compare_stations(
    present: Mapping[str, Station], gone: Iterable[str], read: Iterable[Station], *, complete: bool
) -> RegisterDiff:
    """Compare stations by id; if ``complete`` is false, absent stations are retained instead of gone.

    A station that is less than a millimetre away has not moved.
    """
    was_gone = frozenset(gone)
    added: list[Station] = []
    returned: list[Station] = []
    moved: list[tuple[Station, Station]] = []
    changed: list[StationChange] = []
    unchanged = 0
    absent = dict(present)
    for station in _where_they_were(present, read):
        before = absent.pop(station.id, None)
        if before is None:
            (returned if station.id in was_gone else added).append(station)
        elif (before.lon, before.lat) != (station.lon, station.lat):
            moved.append((before, station))
        elif before != station:
            changed.append(StationChange(before, station))
        else:
            unchanged += 1
    missing = tuple(absent.values())
    return RegisterDiff(
        tuple(added),
        tuple(returned),
        _moves(moved),
        tuple(changed),
        gone=missing if complete else (),
        unchanged=unchanged,
        retained=() if complete else missing,
        same=find_same_places(missing, added),
    )


def changed_fields(before: Station, after: Station) -> tuple[str, ...]:
    """Return the names of the fields that differ."""
    return tuple(name for name in Station.model_fields if getattr(before, name) != getattr(after, name))


def _where_they_were(present: Mapping[str, Station], read: Iterable[Station]) -> list[Station]:
    """Return the file's stations, with the stored point where only rounding differs."""
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
    """Return whether both are placed at different points."""
    return before is not None and before.is_placed and after.is_placed and _place(before) != _place(after)


def _place(station: Station) -> tuple[float | None, float | None]:
    return station.lon, station.lat


def _moves(pairs: list[tuple[Station, Station]]) -> tuple[StationMove, ...]:
    both = [before.is_placed and after.is_placed for before, after in pairs]
    placed = [pair for pair, placed in zip(pairs, both, strict=True) if placed]
    before = np.array([(b.lon, b.lat) for b, _ in placed], dtype=np.float64).reshape(-1, 2)
    after = np.array([(a.lon, a.lat) for _, a in placed], dtype=np.float64).reshape(-1, 2)
    metres = iter(geodesic_m(before, after).tolist())
    return tuple(
        StationMove(*pair, next(metres) if placed else None) for pair, placed in zip(pairs, both, strict=True)
    )
