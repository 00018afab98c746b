"""What a check says of stations: how bad, which, what, why, and how to mend it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Severity(StrEnum):
    """An error sends somebody to the wrong place; a warning wants looking at."""

    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """What is wrong, in the order in which it is told."""

    WRONG_DATUM = "wrong_datum"
    PLACEHOLDER = "placeholder"
    OFF_THE_MAP = "off_the_map"
    OUTSIDE_DISTRICT = "outside_district"
    DISTRICT_CONTRADICTED = "district_contradicted"
    DUPLICATE = "duplicate"
    SAME_POINT = "same_point"
    ROUND_POINT = "round_point"
    HOURS_NOT_UNDERSTOOD = "hours_not_understood"
    BELOW_STANDARD = "below_standard"
    FACILITIES_UNKNOWN = "facilities_unknown"
    STALE = "stale"
    NEVER_VERIFIED = "never_verified"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason for a finding: a text of the catalogue and what fills it in."""

    message: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with some stations.

    ``message`` and ``remedy`` are texts of the catalogue, filled in by ``params``; ``figures`` are for
    programs, each named with its unit. The greater ``weight`` is told first among findings of one code.
    """

    code: Code
    severity: Severity
    stations: tuple[str, ...]
    message: str
    remedy: str
    params: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()
    weight: float = 0.0


def ranked(findings: list[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by code as listed there, then the weightiest."""
    order = {code: place for place, code in enumerate(Code)}
    return tuple(
        sorted(
            findings,
            key=lambda f: (f.severity is not Severity.ERROR, order[f.code], -f.weight, f.stations),
        )
    )
