"""The register's stations and their districts, as places that riders find by name."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from geo.place_names.kinds import StreetKind
from geo.station import Status
from yihui.files.street_names.register import RegisterPlace
from yihui.files.street_names.schema import Area, Point

if TYPE_CHECKING:
    from geo.station import Station
    from yihui.services.stations.snapshot import Snapshot


# Functional zones of Shandong, which are no districts and have no outlines, by the district in which their
# administration is. *Source*: 《中国开发区审核公告目录（2018年版）》, the state-level zones of high technology in Shandong.
_ZONES_BY_DISTRICT: Mapping[str, str] = {
    "370112": "济南高新区",
    "370116": "莱芜高新区",
    "370214": "青岛高新区",
    "370303": "淄博高新区",
    "370403": "枣庄高新区",
    "370523": "黄河三角洲农业高新区",
    "370613": "烟台高新区",
    "370705": "潍坊高新区",
    "370811": "济宁高新区",
    "370911": "泰安高新区",
    "371002": "威海高新区",
    "371311": "临沂高新区",
    "371482": "德州高新区",
}


@dataclass(frozen=True, slots=True)
class StationArea:
    """A district with stations, or its city or province. ``over`` are the names of the areas around it.

    *CRS*: ``point``, the median of its ``count`` stations, is lon and lat in WGS84; None where none has a place.
    """

    code: str
    name: str
    over: tuple[str, ...]
    count: int
    point: Point | None

    @property
    def area(self) -> Area:
        province, city = (*self.over, self.name, self.name)[:2]
        return Area(self.code, self.name, city, province)


def area_place(area: StationArea) -> RegisterPlace:
    """Return an area as a place that can be found."""
    zone = _ZONES_BY_DISTRICT.get(area.code, "")
    return RegisterPlace(StreetKind.DISTRICT, area.code, area.name, area.area, area.point, zone=zone)


def station_places(
    stations: Iterable["Station"], areas: Mapping[str, StationArea]
) -> Iterator[RegisterPlace]:
    """Yield the stations that are not closed for good as places that can be found."""
    for one in stations:
        if one.status is Status.CLOSED_FOR_GOOD:
            continue
        around = areas.get(one.district or "")
        area = Area(one.district or "", one.district_name, "", "") if around is None else around.area
        middle = around.point if around else None
        point = middle if one.lon is None or one.lat is None else (one.lon, one.lat)
        yield RegisterPlace(StreetKind.STATION, one.id, one.name, area, point, one.address, _zone(one, areas))


def _zone(station: "Station", areas: Mapping[str, StationArea]) -> str:
    """Return the functional zone, or unknown district, that the register names in place of one: 济南高新区."""
    code = station.district or ""
    area, city = areas.get(code), areas.get(f"{code[:4]}00")
    if station.district_name in ("", area.name if area else ""):
        return ""
    return (city.name.removesuffix("市") if city else "") + station.district_name


def build_station_areas(snapshot: "Snapshot", official: Mapping[str, str]) -> dict[str, StationArea]:
    """Return, by code, the districts with stations and their cities and provinces."""
    names = {**snapshot.stated, **official}
    inside: dict[str, list[Station]] = defaultdict(list)
    for station in snapshot.stations:
        if station.status is Status.CLOSED_FOR_GOOD:
            continue
        for code in _over(station.district) if station.district else ():
            inside[code].append(station)
    return {code: _area(code, there, names) for code, there in sorted(inside.items()) if code in names}


def _over(code: str) -> tuple[str, ...]:
    return (code, f"{code[:4]}00", f"{code[:2]}0000")


def _area(code: str, there: Sequence["Station"], names: Mapping[str, str]) -> StationArea:
    """Build an area, at the median of its stations."""
    lon = [station.lon for station in there if station.lon is not None]
    lat = [station.lat for station in there if station.lat is not None]
    over = dict.fromkeys(names[one] for one in reversed(_over(code)) if one != code and one in names)
    middle = (round(median(lon), 6), round(median(lat), 6)) if lon and lat else None
    return StationArea(code, names[code], tuple(over), len(there), middle)
