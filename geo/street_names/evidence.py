"""Judge where an address is from what its parts say: house number, crossing, road, landmark."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from math import cos, hypot, radians

_METRES = 111_195.0  # of a degree of a meridian
_ONE_PLACE_M = 300.0  # hints within it speak of the same place
_OTHER_PLACE_M = 1000.0  # a landmark that lies farther from the named road is another one of its name


class Precision(IntEnum):
    """How closely one hint says where a place is."""

    ROAD = 0  # somewhere along it
    NEARBY = 1  # a landmark, or a house number close to the one of the address
    POINT = 2  # the house number itself, or a crossing


class Certainty(StrEnum):
    """How certain a proposed place is."""

    CERTAIN = "certain"
    LIKELY = "likely"
    ROUGH = "rough"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PlaceHint:
    """One place that a part of an address names. ``part`` tells the parts apart. *CRS*: lon, lat in WGS84.

    ``road_m`` is how far a landmark lies from the road that the address names; None if none is known, or if the
    address does not mean the landmark itself.
    """

    part: str
    name: str
    lon: float
    lat: float
    precision: Precision
    road_m: float | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The best hint, and how certain it is. ``agreeing`` are the names of hints of other parts at the same place.

    ``others`` counts places just as good but elsewhere.
    """

    certainty: Certainty
    best: PlaceHint | None
    agreeing: tuple[str, ...] = ()
    others: int = 0


def weigh_hints(hints: Sequence[PlaceHint]) -> Evidence:
    """Return the place for which most speaks.

    A place is certain if a point is named and no other one, or if two parts of the address name places within
    300 m of each other and one of them is more than a road; likely if one landmark or near number speaks for
    it alone; rough if only a road is known, or if several places are just as good. A landmark within 300 m of
    the named road takes the place of the road; one that lies far from it counts only without a road.
    """
    roads = dict.fromkeys(one.name for one in hints if one.precision is Precision.ROAD)
    hints = _without_weaker(hints)
    if not hints:
        return Evidence(Certainty.UNKNOWN, None)
    supported = {id(one): _agreeing(one, hints) for one in hints}

    def strength(one: PlaceHint) -> tuple[bool, Precision, bool]:
        return len(supported[id(one)]) > 0, one.precision, _is_at_road(one)

    best = max(hints, key=lambda one: (*strength(one), len(supported[id(one)])))
    agreeing = supported[id(best)]
    rivals = [
        one
        for one in hints
        if one.part == best.part and strength(one) == strength(best) and _apart_m(one, best) > _ONE_PLACE_M
    ]
    if rivals or (best.precision is Precision.ROAD and not agreeing):
        certainty = Certainty.ROUGH
    elif best.precision is Precision.POINT or (agreeing and best.precision > Precision.ROAD):
        certainty = Certainty.CERTAIN
    else:
        certainty = Certainty.LIKELY
    shown = (*agreeing, *roads) if _is_at_road(best) else agreeing
    return Evidence(certainty, best, shown, len(rivals))


def _without_weaker(hints: Sequence[PlaceHint]) -> list[PlaceHint]:
    """Leave out the roads at which a landmark lies, and the landmarks that lie far from the named road."""
    kept = [one for one in hints if one.road_m is None or one.road_m <= _OTHER_PLACE_M]
    if any(_is_at_road(one) for one in kept):
        return [one for one in kept if one.precision is not Precision.ROAD]
    return kept


def _is_at_road(one: PlaceHint) -> bool:
    return one.road_m is not None and one.road_m <= _ONE_PLACE_M


def _agreeing(one: PlaceHint, hints: Sequence[PlaceHint]) -> tuple[str, ...]:
    """Return the names of the hints of other parts that lie at the same place, without roads."""
    return tuple(
        dict.fromkeys(
            other.name
            for other in hints
            if other.part != one.part
            and other.precision > Precision.ROAD
            and other.name != one.name
            and _apart_m(one, other) <= _ONE_PLACE_M
        )
    )


def _apart_m(one: PlaceHint, other: PlaceHint) -> float:
    return hypot((one.lon - other.lon) * cos(radians(one.lat)), one.lat - other.lat) * _METRES
