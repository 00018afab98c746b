"""Cache of layers in memory, each built on first use for one version of the register and one instant."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from yihui.http.ogc.collections import COVERAGE, GAPS, STATIONS
from yihui.http.ogc.request import format_instant
from yihui.http.site import Site
from yihui.services.stations.snapshot import Snapshot, SnapshotVersion

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.frames.demand import FrameDemand
    from yihui.http.ogc.layer import Box, FeatureLayer

GAP_RESOLUTION = 7  # H3 resolution: cells of about 5 km², still visible on a map of a province
CHINA_BBOX: "Box" = (73.0, 3.0, 136.0, 54.0)
_DECIMALS = 6
_ROUNDED = {
    "lon": 6,
    "lat": 6,
    "demand": 3,
    "served": 3,
    "share": 6,
    "median_m": 1,
    "p90_m": 1,
    "area_km2": 3,
}
_CELL_DEGREES = 0.05  # a gap's cells extend beyond their county by less than this
_MOST_LAYERS = 24  # three collections at eight instants
_PROVINCE_DIGITS = 2


@dataclass(frozen=True)
class ProvinceDemand:
    """The counties of a province that has stations, and their demand, computed on first use."""

    counties: "gpd.GeoDataFrame"

    @property
    def has_people(self) -> bool:
        """Whether the census covers all counties; otherwise the demand is the ground itself."""
        return bool(self.counties["people"].notna().all())

    @cached_property
    def demand(self) -> "FrameDemand":
        """The demand of the counties: their residents, or their ground."""
        from geo.frames.demand import read_demand

        return read_demand(self.counties, "people" if self.has_people else None)

    @property
    def unit(self) -> str:
        """The unit of the demand."""
        return self.demand.demand.unit


@dataclass(slots=True)
class LayerCache:
    """Serves layers to any number of readers and builds each layer once.

    Building takes up to some seconds; readers who need the same layer wait for it.
    """

    site: Site
    _layers: "OrderedDict[tuple[str, SnapshotVersion, datetime], FeatureLayer]" = field(
        default_factory=OrderedDict
    )
    _grounds: dict[str, ProvinceDemand] = field(default_factory=dict)
    _extent: "tuple[SnapshotVersion, Box] | None" = None
    _making: Lock = field(default_factory=Lock)

    def layer(self, collection: str, at: datetime) -> "FeatureLayer":
        """Return the features of a collection at an instant.

        *Raises*: KeyError for an unknown collection, StoreError if the database can't be read.
        """
        make = _BUILDERS[collection]
        snapshot = self.site.snapshots.current()
        key = (collection, snapshot.version, at)
        with self._making:
            if key not in self._layers:
                self._layers[key] = make(self, snapshot, at)
            self._layers.move_to_end(key)
            while len(self._layers) > _MOST_LAYERS:
                self._layers.popitem(last=False)
            return self._layers[key]

    def extent(self) -> "Box":
        """Return west, south, east, north of the features of all collections."""
        snapshot = self.site.snapshots.current()
        with self._making:
            if self._extent is None or self._extent[0] != snapshot.version:
                self._extent = snapshot.version, self._box(snapshot)
            return self._extent[1]

    def _box(self, snapshot: Snapshot) -> "Box":
        if not len(snapshot.index):
            return CHINA_BBOX
        points = snapshot.index.points
        boxes = [[*points.min(axis=0), *points.max(axis=0)]]
        boxes += [[*ground.counties.total_bounds] for ground in self.provinces(snapshot)]
        west, south, east, north = zip(*boxes, strict=True)
        return (
            round(float(min(west)) - _CELL_DEGREES, _DECIMALS),
            round(float(min(south)) - _CELL_DEGREES, _DECIMALS),
            round(float(max(east)) + _CELL_DEGREES, _DECIMALS),
            round(float(max(north)) + _CELL_DEGREES, _DECIMALS),
        )

    def provinces(self, snapshot: Snapshot) -> list[ProvinceDemand]:
        """Return the provinces that have stations; those with a complete census come first."""
        codes = sorted(
            {station.district[:_PROVINCE_DIGITS] for station in snapshot.stations if station.district}
        )
        for code in codes:
            if code not in self._grounds:
                self._grounds[code] = self._load_province(code)
        found = [self._grounds[code] for code in codes]
        return sorted((one for one in found if len(one.counties)), key=lambda one: not one.has_people)

    def _load_province(self, province: str) -> ProvinceDemand:
        from geo.formats.facts import shandong_population
        from geo.formats.outlines import load_outlines

        counties = load_outlines(within=f"{province}0000")
        return ProvinceDemand(counties.assign(people=counties["code"].map(shandong_population())))


def _stations(_: LayerCache, snapshot: Snapshot, at: datetime) -> "FeatureLayer":
    from geo.frames.stations import states_at, stations_frame
    from yihui.http.ogc.layer import FeatureLayer

    placed = snapshot.index.stations
    frame = stations_frame(placed, states_at(placed, at, snapshot.index)).assign(at=format_instant(at))
    return FeatureLayer.from_frame(frame, [station.id for station in placed], STATIONS)


def _coverage(shelf: LayerCache, snapshot: Snapshot, at: datetime) -> "FeatureLayer":
    import pandas as pd

    from geo.coverage.reach import Reach
    from geo.frames import coverage
    from yihui.http.ogc.layer import FeatureLayer

    reach, frames = Reach(), []
    for ground in shelf.provinces(snapshot):
        frame = coverage(ground.demand, snapshot.index, at, radius_m=reach.radius_m)
        frames.append(frame.assign(unit=ground.unit))
    if not frames:
        return _empty(COVERAGE.id)
    told = pd.concat(frames, ignore_index=True).assign(
        radius_m=reach.radius_m, sample=_is_sample(snapshot), at=format_instant(at)
    )
    return FeatureLayer.from_frame(told.round(_ROUNDED), told["code"].tolist(), COVERAGE)


def _gaps(shelf: LayerCache, snapshot: Snapshot, at: datetime) -> "FeatureLayer":
    """Build the gaps, ranked by residents; gaps without a census follow, ranked by ground."""
    import pandas as pd

    from geo.coverage.reach import Reach
    from geo.frames import gaps
    from yihui.http.ogc.layer import FeatureLayer

    reach, frames = Reach(), []
    for ground in shelf.provinces(snapshot):
        frame = gaps(ground.demand, snapshot.index, at, radius_m=reach.radius_m, resolution=GAP_RESOLUTION)
        county = ground.counties[["code", "name"]].set_axis(["district", "district_name"], axis=1)
        named = frame.join(county, on="index_right").assign(unit=ground.unit)
        frames.append(named.assign(has_people=ground.has_people))
    if not frames:
        return _empty(GAPS.id)
    every = pd.concat(frames).sort_values(["has_people", "demand"], ascending=False, kind="stable")
    told = every.assign(
        rank=range(1, len(every) + 1),
        area_km2=every["area_m2"] / 1e6,
        radius_m=reach.radius_m,
        sample=_is_sample(snapshot),
        at=format_instant(at),
    )
    return FeatureLayer.from_frame(told.round(_ROUNDED), told.index.tolist(), GAPS)


def _is_sample(snapshot: Snapshot) -> bool:
    """Return whether any counted station is a generated sample."""
    return any(station.sample for station in snapshot.index.stations)


def _empty(collection: str) -> "FeatureLayer":
    import geopandas as gpd

    from yihui.http.ogc.collections import COLLECTIONS
    from yihui.http.ogc.layer import FeatureLayer

    known = COLLECTIONS[collection]
    nothing = gpd.GeoDataFrame({one.name: [] for one in known.fields}, geometry=[], crs="EPSG:4326")
    return FeatureLayer.from_frame(nothing, [], known)


_BUILDERS: Mapping[str, Callable[[LayerCache, Snapshot, datetime], "FeatureLayer"]] = {
    STATIONS.id: _stations,
    COVERAGE.id: _coverage,
    GAPS.id: _gaps,
}
