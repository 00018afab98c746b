"""Parse the zones of a catchment, such as ``500:1,1000:0.5``."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import inf, isfinite

from core.faults import Fault
from core.text_marks import N_
from geo.coverage.reach import MAX_RADIUS_M
from yihui.runtime.arguments import WrongValue

_FIELD = "--zones"
_DEFAULT_RADIUS_M = 1_000.0
_HOW = N_("write metres and weight of each zone, the nearest first, such as 500:1,1000:0.5")


def parse_zones(text: str) -> tuple[tuple[float, float], ...]:
    """Parse zones into (end in metres, weight), the nearest first. *Raises*: WrongValue with all faults."""
    parts = [part.strip() for part in text.replace("，", ",").replace("：", ":").split(",")]
    zones = [_zone(part) for part in parts]
    if faults := [*_faults(parts, zones)]:
        raise WrongValue(faults)
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
            yield _fault(N_("“{value}” is no zone"), _HOW, part)
        elif zone[1] < 0:
            yield _fault(
                N_("the weight of a zone is below 0: {value}"), N_("give weights of 0 or more"), part
            )
        elif not 0 < zone[0] <= MAX_RADIUS_M:
            remedy = N_("give metres, above 0 and up to 100,000 (100 km)")
            yield _fault(N_("a zone can't end there: {value}"), remedy, part)
    for before, after in pairwise([(-inf, 0.0), *read]):
        if not before[0] < after[0]:
            text = N_("the zones don't increase: {value} m comes after {before} m")
            yield _fault(text, _HOW, f"{after[0]:g}", before=f"{before[0]:g}")
    if len(read) == len(zones) and not any(weight for _, weight in read):
        yield _fault(
            N_("the weight of every zone is 0: {value}"),
            N_("give one of them a weight above 0"),
            ",".join(parts),
        )


def _fault(message: str, remedy: str, value: str, **params: str) -> Fault:
    return Fault(message, remedy, field=_FIELD, value=value, params=params)


def choose_zones(radius_m: float | None, zones: str | None) -> tuple[tuple[float, float], ...]:
    """Return the typed zones, or else one zone of weight 1 up to the radius.

    *Raises*: WrongValue where both options are given.
    """
    if zones is None:
        return ((_DEFAULT_RADIUS_M if radius_m is None else radius_m, 1.0),)
    if radius_m is not None:
        fault = Fault(
            N_("--radius {value} and --zones say two things"),
            N_("give one of them"),
            field=_FIELD,
            value=f"{radius_m:g}",
        )
        raise WrongValue([fault])
    return parse_zones(zones)
