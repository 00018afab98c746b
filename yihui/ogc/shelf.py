"""The layers in memory: made when first asked for, of one version of the register and one instant."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from yihui.http.site import Site
from yihui.http.snapshot import Snapshot, Version
from yihui.ogc.collections import COVERAGE, GAPS, STATIONS
from yihui.ogc.instants import written

if TYPE_CHECKING:
    import geopandas as gpd

    from geo.coverage import Demand
    from yihui.ogc.layer import Box, Layer

GAP_RESOLUTION = 7  # of H3: cells of about 5 km² here, which a map of a province still shows
CHINA: "Box" = (73.0, 3.0, 136.0, 54.0)
_MOST_LAYERS = 24  # of three collections at eight instants
_PROVINCE_DIGITS = 2


@dataclass(frozen=True)
class Ground:
    """What is served where the stations of a register are: the counties and, once asked for, their people."""

    counties: "gpd.GeoDataFrame"

    @cached_property
    def demand(self) -> "Demand":
        """People where the census has all of these counties, their ground where it hasn't."""
        from geo.frames import demand_of

        has_people = bool(self.counties["people"].notna().all())
        return demand_of(self.counties, "people" if has_people else None)


@dataclass(slots=True)
class Shelf:
    """Gives layers to any number of readers; each is made once.

    A layer takes up to a second to make, so readers who want the same one wait for it.
    """

    site: Site
    _layers: "OrderedDict[tuple[str, Version, datetime], Layer]" = field(default_factory=OrderedDict)
    _grounds: "OrderedDict[frozenset[str], Ground]" = field(default_factory=OrderedDict)
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
        if not len(snapshot.index):
            return snapshot.version, CHINA
        points = snapshot.index.points
        (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
        with self._making:
            counties = self.ground(snapshot).counties
        if len(counties):
            left, bottom, right, top = counties.total_bounds
            west, south = min(west, left), min(south, bottom)
            east, north = max(east, right), max(north, top)
        return snapshot.version, (float(west), float(south), float(east), float(north))

    def ground(self, snapshot: Snapshot) -> Ground:
        """The counties of the provinces in which there are stations."""
        codes = {station.district[:_PROVINCE_DIGITS] for station in snapshot.stations if station.district}
        provinces = frozenset(codes)
        if provinces not in self._grounds:
            self._grounds[provinces] = self._surveyed(provinces)
        return self._grounds[provinces]

    def _surveyed(self, provinces: frozenset[str]) -> Ground:
        import pandas as pd

        from geo.formats.facts import shandong_population
        from geo.formats.outlines import load_outlines

        cache, areas = self.site.wiring.outlines_cache, sorted(provinces)
        parts = [load_outlines(cache, within=f"{code}0000") for code in areas] or [load_outlines(cache)[:0]]
        counties = pd.concat(parts, ignore_index=True)
        return Ground(counties.assign(people=counties["code"].map(shandong_population())))


def _stations(_: Shelf, snapshot: Snapshot, at: datetime) -> "Layer":
    from geo.frames import states_at, stations_frame
    from yihui.ogc.layer import Layer

    placed = snapshot.index.stations
    frame = stations_frame(placed, states_at(placed, at, snapshot.index)).assign(at=written(at))
    return Layer.of(frame, [station.id for station in placed], STATIONS)


def _coverage(shelf: Shelf, snapshot: Snapshot, at: datetime) -> "Layer":
    from geo.coverage import Reach
    from geo.frames import coverage_frame
    from yihui.ogc.layer import Layer

    ground, reach = shelf.ground(snapshot), Reach()
    if ground.counties.empty:
        return _empty(COVERAGE.id)
    frame = coverage_frame(ground.counties, snapshot.index, at, reach=reach, demand=ground.demand)
    told = frame.assign(unit=ground.demand.unit, radius_m=reach.radius_m, at=written(at))
    return Layer.of(told, frame["code"].tolist(), COVERAGE)


def _gaps(shelf: Shelf, snapshot: Snapshot, at: datetime) -> "Layer":
    from geo.coverage import Reach
    from geo.frames import gaps_frame
    from yihui.ogc.layer import Layer

    ground, reach = shelf.ground(snapshot), Reach()
    if ground.counties.empty:
        return _empty(GAPS.id)
    frame = gaps_frame(ground.demand, snapshot.index, [at], reach=reach, resolution=GAP_RESOLUTION)
    names = dict(zip(ground.counties["code"], ground.counties["name"], strict=True))
    told = frame.assign(
        district_name=frame["district"].map(names),
        unit=ground.demand.unit,
        area_km2=(frame["area_m2"] / 1e6).round(3),
        radius_m=reach.radius_m,
        at=written(at),
    )
    return Layer.of(told, frame.index.tolist(), GAPS)


def _empty(collection: str) -> "Layer":
    import geopandas as gpd

    from yihui.ogc.collections import COLLECTIONS
    from yihui.ogc.layer import Layer

    known = COLLECTIONS[collection]
    nothing = gpd.GeoDataFrame({one.name: [] for one in known.fields}, geometry=[], crs="EPSG:4326")
    return Layer.of(nothing, [], known)


_MAKERS: Mapping[str, Callable[[Shelf, Snapshot, datetime], "Layer"]] = {
    STATIONS.id: _stations,
    COVERAGE.id: _coverage,
    GAPS.id: _gaps,
}
