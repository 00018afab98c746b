"""The townships of a study: the table of its area by township."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yihui.planning.study.figures import AreaTableInput, build_area_table
from yihui.planning.townships import TownshipOutlines

if TYPE_CHECKING:
    import pandas as pd

    from geo.station import Station
    from yihui.runtime.language import Language


@dataclass(frozen=True, slots=True, eq=False)
class StudyTownships:
    """The townships of a study and the rests of its counties.

    ``table`` is indexed by their codes of nine characters, with the columns of `Study.areas`; each name has its
    county in front. The rows of a county sum up to it. ``note`` says how many are known, and whose the outlines are.
    """

    outlines: TownshipOutlines
    table: "pd.DataFrame"
    note: str


def build_study_townships(
    language: "Language",
    townships: TownshipOutlines,
    basis: AreaTableInput,
    stations: "Sequence[Station]",
    counties: Mapping[str, str],
    usable: Sequence[str],
) -> StudyTownships:
    """Build the table of a study's townships.

    ``counties`` maps the ids of the area's stations to counties; ``usable`` are the ids of those that count as open.
    A station without coordinates counts in the rest of its county.
    """
    from geo.coverage.townships import TOWNSHIP_DIGITS
    from geo.station import Status

    parts = _locate_stations(townships, stations, counties)
    demand = townships.locate_demand(basis.now.demand)
    inside = replace(
        basis,
        now=replace(basis.now, demand=demand),
        night=replace(basis.night, demand=townships.locate_demand(basis.night.demand)),
        places=Counter(parts[one.id] for one in stations if one.status is not Status.CLOSED_FOR_GOOD),
        usable=Counter(parts[id] for id in usable if id in parts),
    )
    there = {code for code in demand.district.tolist() if code is not None} | inside.places.keys()
    drawn = townships.division.parts
    townships_only = drawn.loc[~drawn["is_rest"], "code"].tolist()
    full = townships.full_names(language)
    names = {code: full.get(code, code) for code in sorted(there | set(townships_only))}
    table = build_area_table(inside, names, TOWNSHIP_DIGITS)
    return StudyTownships(townships, table, townships.format_source(language))


def _locate_stations(
    townships: TownshipOutlines, stations: "Sequence[Station]", counties: Mapping[str, str]
) -> dict[str, str]:
    """Return the part of a county in which each station lies, by the station's id."""
    from geo.coverage.townships import rest_code

    known = [station for station in stations if station.id in counties]
    placed = [station for station in known if station.is_placed]
    points = [(station.lon or 0.0, station.lat or 0.0) for station in placed]
    found = {station.id: rest_code(counties[station.id]) for station in known}
    if placed:
        codes = townships.division.assign(points, [counties[station.id] for station in placed]).tolist()
        found |= {station.id: code for station, code in zip(placed, codes, strict=True) if code is not None}
    return found
