"""What is typed after ``yihui plan coverage``, checked before anything is read."""

from collections.abc import Sequence

from core.faults import Fault
from geo.coverage.reach import LONGEST_RADIUS_M, LONGEST_WAY_S
from geo.station import Kind
from yihui.planning.coverage.run import LEVELS
from yihui.runtime.arguments import WrongValue

N_ = str  # marks a text for the message catalogue

_FINEST = 15


def checked_reach(radius_m: float) -> float:
    """*Raises*: WrongValue, as all of these do."""
    if not 0 < radius_m <= LONGEST_RADIUS_M:
        raise WrongValue(
            [_wrong("--radius", f"{radius_m:g}", N_("give metres, above 0 and up to 100000 (100 km)"))]
        )
    return radius_m


def checked_minutes(minutes: float) -> float:
    if not 0 < minutes * 60 <= LONGEST_WAY_S:
        raise WrongValue([_wrong("--minutes", f"{minutes:g}", N_("give minutes, above 0 and up to 360"))])
    return minutes


def checked_by(by: str) -> str:
    if by not in LEVELS:
        raise WrongValue([_wrong("--by", by, N_("choose one of {known}"), known=LEVELS)])
    return by


def checked_resolution(resolution: int) -> int:
    if not 0 <= resolution <= _FINEST:
        raise WrongValue([_wrong("--resolution", str(resolution), N_("give 0 to 15, such as 7 (5 km²)"))])
    return resolution


def checked_kinds(texts: Sequence[str]) -> frozenset[Kind]:
    return frozenset(_kind(text) for text in texts)


def _kind(text: str) -> Kind:
    try:
        return Kind(text.strip().lower())
    except ValueError as error:
        raise WrongValue([_wrong("--kind", text, N_("choose one of {known}"), known=tuple(Kind))]) from error


def _wrong(field: str, text: str, remedy: str, known: Sequence[str] = ()) -> Fault:
    params = {"known": ", ".join(known)}
    return Fault(N_("{field} can't be {value}"), remedy, field=field, value=text, params=params)
