"""The layers in memory: made when first asked for, of one version of the register and one instant."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from yihui.http.ogc.collections import COVERAGE, GAPS, STATIONS
from yihui.http.ogc.instants import written
from yihui.http.site import Site
from yihui.http.snapshot import Snapshot, Version

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage import Demand
    from yihui.http.ogc.layer import Box, Layer

GAP_RESOLUTION = 7  # of H3: cells of about 5 km² here, which a map of a province still shows
CHINA: "Box" = (73.0, 3.0, 136.0, 54.0)
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
_CELL_DEGREES = 0.05  # a gap's cells stick out of their county by less
_MOST_LAYERS = 24  # of three collections at eight instants
_PROVINCE_DIGITS = 2


@dataclass(frozen=True)
class Ground:
    """What is served in a province where there are stations: its counties and, once asked for, their people."""

    counties: "gpd.GeoDataFrame"

    @property
    def has_people(self) -> bool:
        """Whether the census has all of the counties; of the others the ground itself is what is served."""
        return bool(self.counties["people"].notna().all())

    @cached_property
    def demand(self) -> "Demand":
        from geo.geodataframes import demand_of

        return demand_of(self.counties, "people" if self.has_people else None)


@dataclass(slots=True)
class Shelf:
    """Gives layers to any number of readers; each is made once.

    A layer takes up to a second to make, so readers who want the same one wait for it.
    """

    site: Site
    _layers: "OrderedDict[tuple[str, Version, datetime], Layer]" = field(default_factory=OrderedDict)
    _grounds: dict[str, Ground] = field(default_factory=dict)
    _extent: "tuple[Version, Box] | None" = None
    _making: Lock = field(default_factory=Lock)

    def layer(self, collection: str, at: datetime) -> "Layer":
        """The features of a collection as at an instant.

        *Raises*: KeyError for a collection that there isn't, StoreError where the database can't be read.
        """
        make = _MAKERS[collection]
        snapshot = self.site.snapshots.current()
        key = (collection, snapshot.version, at)
        with self._making:
            if key not in self._layers:
                self._layers[key] = make(self, snapshot, at)
            self._layers.move_to_end(key)
            while len(self._layers) > _MOST_LAYERS:
                self._layers.popitem(last=False)
            return self._layers[key]

    def extent(self) -> "tuple[Version, Box]":
        """West, south, east, north of all features of all collections, and of which version it is told."""
        snapshot = self.site.snapshots.current()
        with self._making:
            if self._extent is None or self._extent[0] != snapshot.version:
                self._extent = snapshot.version, self._box(snapshot)
            return self._extent

    def _box(self, snapshot: Snapshot) -> "Box":
        if not len(snapshot.index):
            return CHINA
        points = snapshot.index.points
        boxes = [[*points.min(axis=0), *points.max(axis=0)]]
        boxes += [[*ground.counties.total_bounds] for ground in self.grounds(snapshot)]
        west, south, east, north = zip(*boxes, strict=True)
        return (
            round(float(min(west)) - _CELL_DEGREES, _DECIMALS),
            round(float(min(south)) - _CELL_DEGREES, _DECIMALS),
            round(float(max(east)) + _CELL_DEGREES, _DECIMALS),
            round(float(max(north)) + _CELL_DEGREES, _DECIMALS),
        )

    def grounds(self, snapshot: Snapshot) -> list[Ground]:
        """The provinces in which there are stations; those whose people are known come first."""
        codes = sorted(
            {station.district[:_PROVINCE_DIGITS] for station in snapshot.stations if station.district}
        )
        for code in codes:
            if code not in self._grounds:
                self._grounds[code] = self._surveyed(code)
        found = [self._grounds[code] for code in codes]
        return sorted((one for one in found if len(one.counties)), key=lambda one: not one.has_people)

    def _surveyed(self, province: str) -> Ground:
        from geo.formats.facts import shandong_population
        from geo.formats.outlines import load_outlines

        counties = load_outlines(self.site.wiring.outlines_cache, within=f"{province}0000")
        return Ground(counties.assign(people=counties["code"].map(shandong_population())))


def _stations(_: Shelf, snapshot: Snapshot, at: datetime) -> "Layer":
    from geo.geodataframes import states_at, stations_frame
    from yihui.http.ogc.layer import Layer

    placed = snapshot.index.stations
    frame = stations_frame(placed, states_at(placed, at, snapshot.index)).assign(at=written(at))
    return Layer.of(frame, [station.id for station in placed], STATIONS)


def _coverage(shelf: Shelf, snapshot: Snapshot, at: datetime) -> "Layer":
    import pandas as pd

    from geo.coverage import Reach
    from geo.geodataframes import coverage_frame
    from yihui.http.ogc.layer import Layer

    reach, frames = Reach(), []
    for ground in shelf.grounds(snapshot):
        frame = coverage_frame(ground.counties, snapshot.index, at, reach=reach, demand=ground.demand)
        frames.append(frame.assign(unit=ground.demand.unit))
    if not frames:
        return _empty(COVERAGE.id)
    told = pd.concat(frames, ignore_index=True).assign(
        radius_m=reach.radius_m, sample=_is_sample(snapshot), at=written(at)
    )
    return Layer.of(told.round(_ROUNDED), told["code"].tolist(), COVERAGE)


def _gaps(shelf: Shelf, snapshot: Snapshot, at: datetime) -> "Layer":
    """Ranked by people, where they are known, and after them by ground."""
    import pandas as pd

    from geo.coverage import Reach
    from geo.geodataframes import gaps_frame
    from yihui.http.ogc.layer import Layer

    reach, frames = Reach(), []
    for ground in shelf.grounds(snapshot):
        frame = gaps_frame(ground.demand, snapshot.index, [at], reach=reach, resolution=GAP_RESOLUTION)
        names = dict(zip(ground.counties["code"], ground.counties["name"], strict=True))
        named = frame.assign(district_name=frame["district"].map(names), unit=ground.demand.unit)
        frames.append(named.assign(has_people=ground.has_people))
    if not frames:
        return _empty(GAPS.id)
    every = pd.concat(frames).sort_values(["has_people", "demand"], ascending=False, kind="stable")
    told = every.assign(
        rank=range(1, len(every) + 1),
        area_km2=every["area_m2"] / 1e6,
        radius_m=reach.radius_m,
        sample=_is_sample(snapshot),
        at=written(at),
    )
    return Layer.of(told.round(_ROUNDED), told.index.tolist(), GAPS)


def _is_sample(snapshot: Snapshot) -> bool:
    """Whether any station that is counted is made up."""
    return any(station.sample for station in snapshot.index.stations)


def _empty(collection: str) -> "Layer":
    import geopandas as gpd

    from yihui.http.ogc.collections import COLLECTIONS
    from yihui.http.ogc.layer import Layer

    known = COLLECTIONS[collection]
    nothing = gpd.GeoDataFrame({one.name: [] for one in known.fields}, geometry=[], crs="EPSG:4326")
    return Layer.of(nothing, [], known)


_MAKERS: Mapping[str, Callable[[Shelf, Snapshot, datetime], "Layer"]] = {
    STATIONS.id: _stations,
    COVERAGE.id: _coverage,
    GAPS.id: _gaps,
}
