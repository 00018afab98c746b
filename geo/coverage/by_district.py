"""Coverage of each district at an instant: its stations, and the share of its area within reach."""

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.coverage.grid import sample_grid_points
from geo.coverage.outlines import checked_outlines
from geo.coverage.reach import Reach
from geo.districts import Districts
from geo.hours import OPEN
from geo.nearest.index import StationIndex
from geo.nearest.point_tree import MISSING


def coverage_by_district(
    districts: gpd.GeoDataFrame,
    index: StationIndex,
    when: datetime,
    *,
    reach: Reach | None = None,
    population: str | None = None,
) -> pd.DataFrame:
    """Return ``stations``, ``open``, ``per_10k`` and ``covered_share`` of each district at an instant.

    A station counts in the district in which it lies, by the rules of `Districts`, unless it is closed
    for good; ``open`` counts those whose hours say that they are open then. ``covered_share`` is the share
    of the district's area within ``reach.radius_m`` (geodesic) of a place that passes ``reach.filters``:
    by default one that is open, in service and not reserved for others. Area is sampled on a square grid of
    ``reach.spacing_m`` in the equal-area projection `EQUAL_AREA`; a district too small to hold a sample
    is judged by one point inside it. ``population`` names a column; without it, ``per_10k`` is NaN.

    *Shape*: one row per district, same index. *CRS*: WGS84 in. *Units*: shares 0..1.
    *Raises*: ValueError for outlines in another CRS or without their columns, or for a naive time;
    FaultError that name the districts that have no geometry or overlap.

    >>> from datetime import UTC, datetime
    >>> import geopandas as gpd, shapely
    >>> from geo.station import Access, Kind, Station
    >>> outlines = gpd.GeoDataFrame(
    ...     {"code": ["370102"], "name": ["历下区"], "city": ["济南市"], "province": ["山东省"], "people": [20_000]},
    ...     geometry=[shapely.box(117.00, 36.60, 117.02, 36.62)],
    ...     crs="EPSG:4326",
    ... )
    >>> rest = Station(
    ...     id="1", name="驿站", kind=Kind.OUTDOOR_STATION, lon=117.01, lat=36.61, hours_text="24小时", access=Access.PUBLIC
    ... )
    >>> table = coverage_by_district(
    ...     outlines, StationIndex.build([rest]), datetime(2026, 10, 3, tzinfo=UTC),
    ...     reach=Reach(radius_m=5_000, spacing_m=200), population="people",
    ... )
    >>> table.loc[0].to_dict()
    {'stations': 1.0, 'open': 1.0, 'per_10k': 0.5, 'covered_share': 1.0}
    """
    wanted = reach or Reach()
    districts = checked_outlines(districts)
    place = _district_of_stations(districts, index)
    alive = index.in_register_mask()
    table = pd.DataFrame(index=districts.index)
    table["stations"] = _count(place[alive], len(districts))
    table["open"] = _count(place[alive & (index.states(when) == OPEN)], len(districts))
    people = np.nan if population is None else districts[population].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        table["per_10k"] = np.where(np.greater(people, 0), table["stations"] / people * 10_000, np.nan)
    table["covered_share"] = _covered_share(districts, index, when, wanted)
    return table


def _district_of_stations(districts: gpd.GeoDataFrame, index: StationIndex) -> NDArray[np.intp]:
    """Return the district row of each station; the number of districts where it is in none."""
    row_of = {code: row for row, code in enumerate(districts["code"].astype(str))}
    codes = Districts(districts).assign(index.points).code
    return np.array([row_of.get(code, len(districts)) for code in codes], dtype=np.intp)


def _count(place: NDArray[np.intp], n: int) -> NDArray[np.intp]:
    return np.bincount(place, minlength=n + 1)[:n]


def _covered_share(
    districts: gpd.GeoDataFrame, index: StationIndex, when: datetime, reach: Reach
) -> NDArray[np.float64]:
    row, points = sample_grid_points(districts, reach.spacing_m)
    found, _ = index.nearest_arrays(points, 1, when=when, filters=reach.filters, within_m=reach.radius_m)
    served = _count(row[found[:, 0] != MISSING], len(districts))
    return served / _count(row, len(districts))
