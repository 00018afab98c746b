"""The features of one collection at one instant, indexed for queries."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from geo.nearest.point_tree import Indices
from yihui.http.ogc.collections import Collection

PropertyValue = str | int | float | bool | None
Feature = dict[str, object]
Box = tuple[float, float, float, float]

_DECIMALS = 7  # a centimetre


@dataclass(frozen=True, slots=True)
class FeatureQuery:
    """A query of a layer. ``box`` is west, south, east, north; ``sort`` holds (field, descending)."""

    box: Box | None = None
    equal: tuple[tuple[str, PropertyValue], ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class FeatureOutput:
    """The parts of each feature to return.

    Empty ``names`` mean all properties. The geometry is in ``crs``; None keeps the layer's WGS84.
    """

    names: tuple[str, ...] = ()
    with_geometry: bool = True
    crs: CRS | None = None


@dataclass(frozen=True, slots=True)
class FeatureLayer:
    """Features in the order of their frame's rows. *Shape*: (n,) all. *CRS*: WGS84, lon, lat."""

    ids: tuple[str, ...]
    properties: tuple[Mapping[str, PropertyValue], ...]
    shapes: NDArray[np.object_]
    tree: shapely.STRtree
    place: Mapping[str, int]

    @classmethod
    def from_frame(
        cls, frame: gpd.GeoDataFrame, ids: Sequence[str], collection: Collection
    ) -> "FeatureLayer":
        """Build a layer from a frame's rows; each field of the collection must be a column."""
        names = [field.name for field in collection.fields]
        columns = [[_json_value(value) for value in frame[name].tolist()] for name in names]
        rows = tuple(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        shapes = shapely.transform(np.asarray(frame.geometry.values), lambda at: at.round(_DECIMALS))
        place = {id: position for position, id in enumerate(ids)}
        return cls(tuple(ids), rows, shapes, shapely.STRtree(shapes), place)

    def select(self, asked: FeatureQuery) -> Indices:
        """Return the positions of the matching features, in the requested order, else in the layer's."""
        found = self._within(asked.box)
        for name, value in asked.equal:
            found = found[[self.properties[position][name] == value for position in found.tolist()]]
        for name, is_descending in reversed(asked.sort):
            order = sorted(found.tolist(), key=self._key(name), reverse=is_descending)
            found = np.array(order, dtype=np.intp)
        return found

    def _within(self, box: Box | None) -> Indices:
        if box is None:
            return np.arange(len(self.ids))
        west, south, east, north = box
        sides = [(west, east)] if west <= east else [(west, 180.0), (-180.0, east)]
        boxes = [shapely.box(left, south, right, north) for left, right in sides]
        return np.unique(self.tree.query(boxes, predicate="intersects")[1])

    def _key(self, name: str) -> Callable[[int], tuple[bool, PropertyValue]]:
        """Return a sort key that places features without the property at one end."""

        def key(position: int) -> tuple[bool, PropertyValue]:
            value = self.properties[position][name]
            return value is not None, "" if value is None else value

        return key

    def features(self, positions: Indices | list[int], shown: FeatureOutput) -> list[Feature]:
        """Return GeoJSON features. *CRS*: the requested one, in its own axis order."""
        where = list(map(int, positions))
        shapes = self._geometries(where, shown) if shown.with_geometry else [None] * len(where)
        return [
            {
                "type": "Feature",
                "id": self.ids[position],
                "geometry": shape,
                "properties": self._properties_of(position, shown.names),
            }
            for position, shape in zip(where, shapes, strict=True)
        ]

    def _properties_of(self, position: int, names: Iterable[str]) -> Mapping[str, PropertyValue]:
        every = self.properties[position]
        return {name: every[name] for name in names} or every

    def _geometries(self, positions: list[int], shown: FeatureOutput) -> list[object]:
        shapes = self.shapes[positions]
        if shown.crs is not None:
            to = Transformer.from_crs(
                "OGC:CRS84", shown.crs
            )  # in the CRS's own axis order, which may be latitude first
            shapes = shapely.transform(shapes, lambda at: np.column_stack(to.transform(at[:, 0], at[:, 1])))
        if (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():
            coordinates = shapely.get_coordinates(shapes).round(_DECIMALS).tolist()
            return [{"type": "Point", "coordinates": at} for at in coordinates]
        return [None if text is None else json.loads(text) for text in shapely.to_geojson(shapes).tolist()]


def _json_value(value: object) -> PropertyValue:
    """Return a value that JSON can hold: NaN and infinity become None, dates become text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(value)
