"""Compute what an import would change: the stored register against the stations of the file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from geo.registry.same_places import SamePlace, find_same_places
from geo.station import Station
from geo.station_pairs import StationChange, StationPair, list_changes


@dataclass(frozen=True, slots=True)
class RegisterDiff:
    """Everything that an import changes; a station that moved and also changed is only in ``moved``."""

    added: tuple[Station, ...] = ()
    returned: tuple[Station, ...] = ()
    moved: tuple[StationChange, ...] = ()
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
    both: list[StationPair] = []
    absent = dict(present)
    for station in read:
        before = absent.pop(station.id, None)
        if before is not None:
            both.append((before, station))
        else:
            (returned if station.id in was_gone else added).append(station)
    changes, missing = list_changes(both), tuple(absent.values())
    return RegisterDiff(
        tuple(added),
        tuple(returned),
        tuple(change for change in changes if change.is_moved),
        tuple(change for change in changes if not change.is_moved),
        gone=missing if complete else (),
        unchanged=len(both) - len(changes),
        retained=() if complete else missing,
        same=find_same_places(missing, added),
    )
