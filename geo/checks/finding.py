"""The type of a finding about stations: severity, code, message, reasons and remedy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class FindingSeverity(StrEnum):
    """An error sends riders to the wrong place; a warning should be reviewed."""

    ERROR = "error"
    WARNING = "warning"


class FindingCode(StrEnum):
    """The kinds of finding, in the order in which they are reported."""

    WRONG_DATUM = "wrong_datum"
    PLACEHOLDER = "placeholder"
    OFF_THE_MAP = "off_the_map"
    OUTSIDE_DISTRICT = "outside_district"
    DISTRICT_CONTRADICTED = "district_contradicted"
    DUPLICATE = "duplicate"
    SAME_POINT = "same_point"
    ROUND_POINT = "round_point"
    HOURS_NOT_UNDERSTOOD = "hours_not_understood"
    HOURS_BY_DEFAULT = "hours_by_default"
    BELOW_STANDARD = "below_standard"
    FACILITIES_UNKNOWN = "facilities_unknown"
    STALE = "stale"
    NEVER_VERIFIED = "never_verified"


@dataclass(frozen=True, slots=True)
class FindingReason:
    """One reason for a finding: a message of the catalogue and its parameters."""

    message: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StationFinding:
    """One problem with one or more stations.

    ``message`` and ``remedy`` are texts of the catalogue, filled in by ``params``. ``figures`` are for
    programs; each name contains its unit. Among findings of one code, those with greater ``weight`` are
    reported first.
    """

    code: FindingCode
    stations: tuple[str, ...]
    message: str
    remedy: str
    params: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, float] = field(default_factory=dict)
    reasons: tuple[FindingReason, ...] = ()
    weight: float = 0.0
    severity: FindingSeverity = FindingSeverity.WARNING


def rank_findings(findings: list[StationFinding]) -> tuple[StationFinding, ...]:
    """Sort findings: errors first, then by the order of `FindingCode`, then by descending weight."""
    order = {code: place for place, code in enumerate(FindingCode)}
    return tuple(
        sorted(
            findings,
            key=lambda f: (f.severity is not FindingSeverity.ERROR, order[f.code], -f.weight, f.stations),
        )
    )
