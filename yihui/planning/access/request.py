"""What ``yihui plan access`` is to measure, and its checks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from math import inf, isfinite

from core.faults import Fault, FaultError, FaultTable, raise_faults
from core.text_marks import N_
from geo.coverage.demand import AREA_CODE_DIGITS
from geo.coverage.neighbours import MAX_RADIUS_M
from yihui.planning.order import AreaOrder, find_reach_faults, find_township_option_faults
from yihui.runtime.arguments import CANNOT_BE

_ZONES_FIELD = "--zones"
_DEFAULT_RADIUS_M = 1_000.0
_HOW = N_("write metres and weight of each zone, the nearest first, such as 500:1,1000:0.5")
ACCESS_OPTION_FAULTS = FaultTable(
    "usage",
    {
        "level": (CANNOT_BE, N_("say province, city, county, township or community")),
        "no_outlines": (
            N_("nothing says where each {value} lies"),
            N_("give their outlines with --outlines FILE"),
        ),
        "radius_and_zones": (N_("--radius {value} and --zones say two things"), N_("give one of them")),
        "no_zone": (N_("“{value}” is no zone"), _HOW),
        "negative_weight": (N_("the weight of a zone is below 0: {value}"), N_("give weights of 0 or more")),
        "zone_end": (
            N_("a zone can't end there: {value}"),
            N_("give metres, above 0 and up to 100,000 (100 km)"),
        ),
        "zone_order": (N_("the zones don't increase: {value} m comes after {before} m"), _HOW),
        "no_weight": (N_("the weight of every zone is 0: {value}"), N_("give one of them a weight above 0")),
    },
)


@dataclass(frozen=True, slots=True)
class AccessOrder(AreaOrder):
    """What to measure. ``zones`` are (end in metres, weight) in place of a radius; plain 2SFCA has one of weight 1.

    ``capacity`` is a number, ``area_m2`` or a file. ``by`` is the level of the listed areas; None takes the
    level below ``area``. With ``streets`` the zones end in metres along the streets, or a limit in minutes replaces
    them.
    """

    at: datetime
    zones: tuple[tuple[float, float], ...] = ((1_000.0, 1.0),)
    capacity: str = "1"
    by: str | None = None

    def find_faults(self) -> Iterator[Fault]:
        yield from find_reach_faults(self.zones[-1][0], self.spacing_m)
        if self.by is not None and self.by not in AREA_CODE_DIGITS:
            yield ACCESS_OPTION_FAULTS.build("level", field="--by", value=self.by)
        elif self.by == "community" and self.outlines is None:
            yield ACCESS_OPTION_FAULTS.build("no_outlines", field="--by", value=self.by)
        yield from find_township_option_faults(self, self.by)


def parse_zones(text: str) -> tuple[tuple[float, float], ...]:
    """Parse zones into (end in metres, weight), the nearest first. *Raises*: FaultError with all faults."""
    parts = [part.strip() for part in text.replace("，", ",").replace("：", ":").split(",")]
    zones = [_zone(part) for part in parts]
    raise_faults([*_faults(parts, zones)])
    return tuple(zone for zone in zones if zone is not None)


def _zone(part: str) -> tuple[float, float] | None:
    end, _, weight = part.partition(":")
    try:
        zone = float(end), float(weight)
    except ValueError:
        return None
    return zone if all(map(isfinite, zone)) else None


def _faults(parts: Sequence[str], zones: Sequence[tuple[float, float] | None]) -> Iterator[Fault]:
    read = [zone for zone in zones if zone is not None]
    for part, zone in zip(parts, zones, strict=True):
        if zone is None:
            yield _zone_fault("no_zone", part)
        elif zone[1] < 0:
            yield _zone_fault("negative_weight", part)
        elif not 0 < zone[0] <= MAX_RADIUS_M:
            yield _zone_fault("zone_end", part)
    for before, after in pairwise([(-inf, 0.0), *read]):
        if not before[0] < after[0]:
            yield _zone_fault("zone_order", f"{after[0]:g}", before=f"{before[0]:g}")
    if len(read) == len(zones) and not any(weight for _, weight in read):
        yield _zone_fault("no_weight", ",".join(parts))


def _zone_fault(code: str, value: str, before: str = "") -> Fault:
    return ACCESS_OPTION_FAULTS.build(code, field=_ZONES_FIELD, value=value, before=before)


def choose_zones(radius_m: float | None, zones: str | None) -> tuple[tuple[float, float], ...]:
    """Return the typed zones, or else one zone of weight 1 up to the radius.

    *Raises*: FaultError where both options are given.
    """
    if zones is None:
        return ((_DEFAULT_RADIUS_M if radius_m is None else radius_m, 1.0),)
    if radius_m is not None:
        raise FaultError(_zone_fault("radius_and_zones", f"{radius_m:g}"))
    return parse_zones(zones)
