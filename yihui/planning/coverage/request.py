"""Check the options of ``yihui plan coverage`` before any file is read."""

from collections.abc import Sequence

from core.faults import Fault
from core.text_marks import N_
from geo.coverage.reach import MAX_RADIUS_M, MAX_TRAVEL_S
from geo.station import Kind
from yihui.planning.coverage.run import COVERAGE_LEVELS
from yihui.runtime.arguments import WrongValue

_FINEST = 15


def check_radius(radius_m: float) -> float:
    """Return a valid radius. *Raises*: WrongValue, as all functions of this module do."""
    if not 0 < radius_m <= MAX_RADIUS_M:
        raise WrongValue(
            [_wrong("--radius", f"{radius_m:g}", N_("give metres, above 0 and up to 100000 (100 km)"))]
        )
    return radius_m


def check_minutes(minutes: float) -> float:
    """Return a valid travel time in minutes."""
    if not 0 < minutes * 60 <= MAX_TRAVEL_S:
        raise WrongValue([_wrong("--minutes", f"{minutes:g}", N_("give minutes, above 0 and up to 360"))])
    return minutes


def check_level(by: str) -> str:
    """Return a valid level of areas, one of `COVERAGE_LEVELS`."""
    if by not in COVERAGE_LEVELS:
        raise WrongValue([_wrong("--by", by, N_("choose one of {known}"), known=COVERAGE_LEVELS)])
    return by


def check_resolution(resolution: int) -> int:
    """Return a valid H3 resolution."""
    if not 0 <= resolution <= _FINEST:
        raise WrongValue([_wrong("--resolution", str(resolution), N_("give 0 to 15, such as 7 (5 km²)"))])
    return resolution


def parse_station_kinds(texts: Sequence[str]) -> frozenset[Kind]:
    """Parse station kinds."""
    return frozenset(_kind(text) for text in texts)


def _kind(text: str) -> Kind:
    try:
        return Kind(text.strip().lower())
    except ValueError as error:
        raise WrongValue([_wrong("--kind", text, N_("choose one of {known}"), known=tuple(Kind))]) from error


def _wrong(field: str, text: str, remedy: str, known: Sequence[str] = ()) -> Fault:
    params = {"known": ", ".join(known)}
    return Fault(N_("{field} can't be {value}"), remedy, field=field, value=text, params=params)
