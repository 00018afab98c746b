"""Check stations against the standard of their kind: facilities and room size."""

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from core.text_marks import N_
from geo.checks.finding import FindingCode, FindingSeverity, StationFinding
from geo.formats.wording import simplify_characters
from geo.station import Kind, Station

# An outdoor station as the reports describe it; a fan counts as air conditioning (`geo.formats.wording`).
REQUIRED_FACILITIES: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {Kind.OUTDOOR_STATION: ("water", "microwave", "seats", "medicine", "aircon")}
)
LEAST_AREA_M2: Mapping[Kind, float] = MappingProxyType({Kind.OUTDOOR_STATION: 12.0, Kind.MOTHER_ROOM: 10.0})
_AREA = re.compile(
    r"(?P<before>面积[约为是:]{0,2})?\s*(?P<number>\d{1,4}(?:\.\d+)?)\s*(?:平方米|平米|平方公尺|㎡|m2|m²)",
    re.IGNORECASE,
)


def check_standards(stations: Sequence[Station]) -> Iterator[StationFinding]:
    """Yield findings for stations below the standard of their kind.

    Stations without noted facilities are reported together in one finding. The room size comes from the
    register, or else from the note.
    """
    silent: list[Station] = []
    for station in stations:
        wanted = REQUIRED_FACILITIES.get(station.kind, ())
        if wanted and not station.facilities:
            silent.append(station)
        else:
            lacking = tuple(code for code in wanted if code not in station.facilities)
            if lacking:
                yield _lacks(station, lacking)
        area_m2 = parse_area_m2(station.note) if station.area_m2 is None else station.area_m2
        if area_m2 is not None and area_m2 < LEAST_AREA_M2.get(station.kind, 0.0):
            yield _small(station, area_m2)
    if silent:
        yield _silent(silent)


def parse_area_m2(text: str) -> float | None:
    """Return the room size that a note states, such as 面积约15平方米.

    *Units*: m². None if the note states no size or several different ones.
    """
    sizes = {float(found["number"]) for found in _AREA.finditer(simplify_characters(text))}
    return sizes.pop() if len(sizes) == 1 else None


def _lacks(station: Station, lacking: tuple[str, ...]) -> StationFinding:
    return StationFinding(
        FindingCode.BELOW_STANDARD,
        FindingSeverity.WARNING,
        (station.id,),
        N_("“{name}” lacks {facilities}"),
        N_("provide what is lacking; or, if it is there, enter it under facilities"),
        {"name": station.name, "facilities": ", ".join(lacking)},
        {"lacking": len(lacking)},
        weight=len(lacking),
    )


def _small(station: Station, area_m2: float) -> StationFinding:
    least = LEAST_AREA_M2[station.kind]
    return StationFinding(
        FindingCode.BELOW_STANDARD,
        FindingSeverity.WARNING,
        (station.id,),
        N_("“{name}” has {area} m²; the standard is {least} m²"),
        N_("measure the room; if it is that small, it can't count as a station of this kind"),
        {"name": station.name, "area": f"{area_m2:g}", "least": f"{least:g}"},
        {"area_m2": area_m2, "least_m2": least},
        weight=10 + least - area_m2,
    )


def _silent(stations: Sequence[Station]) -> StationFinding:
    return StationFinding(
        FindingCode.FACILITIES_UNKNOWN,
        FindingSeverity.WARNING,
        tuple(station.id for station in stations),
        N_("of {count} outdoor stations nobody noted the facilities"),
        N_("enter them: who looks for water or a microwave does not find these stations"),
        {"count": str(len(stations))},
    )
