"""Load the area of a study: its name, its outlines, and the stations in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.faults import Fault, FaultError
from core.text_marks import N_
from yihui.bootstrap import Wiring

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.station import Station


@dataclass(frozen=True, slots=True)
class StudyArea:
    """An area: ``outlines`` are its counties, ``cities`` the borders one level up; ``names`` are by code."""

    area: str
    name: str
    prefix: str
    outlines: "gpd.GeoDataFrame"
    cities: "gpd.GeoDataFrame"
    names: Mapping[str, str]

    @property
    def digits(self) -> tuple[int, ...]:
        """The code lengths of the area's level and of the levels below: 2, 4, 6 in a province."""
        return tuple(n for n in (2, 4, 6) if n >= len(self.prefix))


def load_study_area(wiring: Wiring, area: str) -> StudyArea:
    """Load an area. *Raises*: FaultError for a code that names no province, city or county."""
    from geo.districts import DistrictLevel, area_code_prefix, level_of_code
    from geo.formats.outlines import load_outlines
    from yihui.services.district_names import load_outline_names

    is_code = len(area) == 6 and area.isascii() and area.isdecimal()
    names = load_outline_names(wiring.outlines_cache) if is_code else {}
    if area not in names:
        remedy = N_("give the six-digit code of a province, a city or a county, such as 370000 or 370100")
        raise FaultError([Fault(N_("no area has the code {value}"), remedy, field="--area", value=area)])
    outlines = load_outlines(wiring.outlines_cache, within=area).reset_index(drop=True)
    cities = outlines
    if level_of_code(area) is not DistrictLevel.DISTRICT:
        cities = load_outlines(wiring.outlines_cache, level=DistrictLevel.CITY, within=area).reset_index(
            drop=True
        )
    return StudyArea(area, names[area], area_code_prefix(area), outlines, cities, names)


def counties_by_station(ground: StudyArea, stations: "Sequence[Station]") -> dict[str, str]:
    """Return id → county of the stations in an area, from the register or else from their coordinates."""
    from geo.districts import Districts

    found = {s.id: s.district for s in stations if s.district and s.district.startswith(ground.prefix)}
    astray = [s for s in stations if s.district is None and s.is_placed]
    if astray:
        points = [(s.lon or 0.0, s.lat or 0.0) for s in astray]
        codes = Districts(ground.outlines).assign(points).code
        found |= {s.id: code for s, code in zip(astray, codes, strict=True) if code is not None}
    return found
