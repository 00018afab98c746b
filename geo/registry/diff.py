"""Compute what an import would change, and which stations are the same places under other ids."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from core.text_marks import N_
from geo.simplified import to_simplified
from geo.station import Station
from geo.station_pairs import StationChange, StationPair, distances_m, list_changes

_NEAR_M, _AROUND_M = 30.0, 200.0
_CELL_DEG = 0.002  # 180 m or more
_ALIKE = 0.5  # share of the names that is common
_LEAST_SCORE = 3.0
_MOST_ALIKE = 40  # stations that share a name or an address; more of them say nothing about one pair
_NO_LETTER = re.compile(r"[^\w]+")

SAME_NAME, SIMILAR_NAME = N_("same name"), N_("similar name")
SAME_ADDRESS, SAME_POINT, NEAR_POINT = N_("same address"), N_("same point"), N_("points close together")
SAME_PHONE = N_("same phone")
_WEIGHTS = {
    SAME_NAME: 2.0,
    SIMILAR_NAME: 1.0,
    SAME_ADDRESS: 2.0,
    SAME_POINT: 2.0,
    NEAR_POINT: 1.0,
    SAME_PHONE: 1.0,
}


@dataclass(frozen=True, slots=True)
class SamePlace:
    """A gone station and a new one that are probably one place; ``reasons`` are texts of the catalogue."""

    before: Station
    after: Station
    reasons: tuple[str, ...]


def find_same_places(gone: Sequence[Station], added: Sequence[Station]) -> tuple[SamePlace, ...]:
    """Return the likeliest pairs, each station in one pair at most, ordered by the gone station's id.

    Two of name, address and point must agree, and the kind; a similar name counts half.
    """
    pairs = sorted({pair for pair in _candidates(gone, added) if gone[pair[0]].kind == added[pair[1]].kind})
    metres = distances_m([(gone[old], added[new]) for old, new in pairs])
    judged = []
    for (old, new), apart in zip(pairs, metres, strict=True):
        reasons = tuple(_reasons(gone[old], added[new], apart))
        score = sum(_WEIGHTS[reason] for reason in reasons)
        if score >= _LEAST_SCORE:
            judged.append((-score, -_likeness(gone[old], added[new]), old, new, reasons))
    found: dict[int, SamePlace] = {}
    taken: set[int] = set()
    for _, _, old, new, reasons in sorted(judged):
        if old not in found and new not in taken:
            found[old] = SamePlace(gone[old], added[new], reasons)
            taken.add(new)
    return tuple(sorted(found.values(), key=lambda pair: pair.before.id))


def _candidates(gone: Sequence[Station], added: Sequence[Station]) -> Iterator[tuple[int, int]]:
    """Yield the positions of stations that share a name, an address or a neighbourhood."""
    keyed: dict[Hashable, list[int]] = defaultdict(list)
    for position, station in enumerate(added):
        for key in (_name(station), _address(station), _cell(station)):
            if key is not None:
                keyed[key].append(position)
    for old, station in enumerate(gone):
        near = [(lon, lat) for lon, lat in _cells_around(station)]
        for sought in (_name(station), _address(station), *near):
            news = keyed.get(sought, []) if sought is not None else []
            if len(news) <= _MOST_ALIKE:
                yield from ((old, new) for new in news)


def _name(station: Station) -> tuple[str, str] | None:
    text = _plain(station.name)
    return ("name", text) if text else None


def _address(station: Station) -> tuple[str, str] | None:
    text = _plain(station.address)
    return ("address", text) if text else None


def _plain(text: str) -> str:
    return _NO_LETTER.sub("", to_simplified(unicodedata.normalize("NFKC", text))).casefold()


def _cell(station: Station) -> tuple[int, int] | None:
    if station.lon is None or station.lat is None:
        return None
    return int(station.lon // _CELL_DEG), int(station.lat // _CELL_DEG)


def _cells_around(station: Station) -> Iterator[tuple[int, int]]:
    cell = _cell(station)
    if cell is not None:
        yield from ((cell[0] + east, cell[1] + north) for east in (-1, 0, 1) for north in (-1, 0, 1))


def _reasons(old: Station, new: Station, metres: float | None) -> Iterator[str]:
    if _name(old) == _name(new):
        yield SAME_NAME
    elif _likeness(old, new) >= _ALIKE:
        yield SIMILAR_NAME
    if _address(old) is not None and _address(old) == _address(new):
        yield SAME_ADDRESS
    if metres is not None and metres <= _AROUND_M:
        yield SAME_POINT if metres <= _NEAR_M else NEAR_POINT
    if old.phone and _plain(old.phone) == _plain(new.phone):
        yield SAME_PHONE


def is_other_station(change: StationChange) -> bool:
    """Return whether a station has another name, and another point or, where it has none, another address."""
    before, after = change.before, change.after
    is_elsewhere = _address(before) != _address(after)
    if change.distance_m is not None:
        is_elsewhere = change.distance_m > _NEAR_M
    return is_elsewhere and _name(before) != _name(after)


def _likeness(old: Station, new: Station) -> float:
    return SequenceMatcher(None, _plain(old.name), _plain(new.name)).ratio()


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
    left: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # id → fields changed by hand that stay
    taken: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # id → such fields that the publisher changed


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
