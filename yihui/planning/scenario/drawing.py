"""The map of a scenario: its stations, and the ground that it gains and loses beside the other side."""

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from yihui.planning.scenario.request import ScenarioChanges
from yihui.planning.scenario.run import ScenarioResult, added_stations

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

_SMOOTH_M, _DIGITS = 10.0, 5  # of what is drawn; figures are those of the exact ground


def draw_scenario(found: ScenarioResult, changes: ScenarioChanges) -> dict[str, Any]:
    """Return what web/src/desk/scenario.ts draws over the map: the stations that change, and GeoJSON of the ground. *CRS*: WGS84."""
    gained, lost = _difference(found)
    what = {id_: name for name in ("late", "closed") for id_ in getattr(changes, name)}
    changed = [(one, what[one.id]) for one in found.today.stations if one.id in what]
    return {
        "stations": [
            {"id": one.id, "lon": one.lon, "lat": one.lat, "what": said}
            for one, said in (*changed, *((one, "added") for one in added_stations(changes)))
        ],
        "gained": shapely.geometry.mapping(gained),
        "lost": shapely.geometry.mapping(lost),
    }


def _difference(found: ScenarioResult) -> "tuple[BaseGeometry, BaseGeometry]":
    """Return the ground of the area within reach on one side alone: that of the scenario, and that of the other."""
    served, outlines = found.served, found.outlines
    lon, lat = outlines.total_bounds[::2].mean(), outlines.total_bounds[1::2].mean()
    flat = f"+proj=aeqd +lat_0={lat} +lon_0={lon} +units=m"
    ground = shapely.union_all(outlines.geometry.to_crs(flat).values)
    before, after = (
        shapely.union_all(
            gpd.GeoSeries.from_xy(
                *side.points[side.passing_mask(served.reach.filters, served.at)].T, crs=4326
            )
            .to_crs(flat)
            .buffer(served.reach.radius_m)
            .values
        )
        for side in served.sides
    )
    parts = (after.difference(before), before.difference(after))
    shown = gpd.GeoSeries([one.intersection(ground).simplify(_SMOOTH_M) for one in parts], crs=flat)
    gained, lost = shapely.set_precision(shown.to_crs(4326).values, 10.0**-_DIGITS)
    return gained, lost
