"""The features of one collection at one instant, ready to be asked."""

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

Value = str | int | float | bool | None
Feature = dict[str, object]
Box = tuple[float, float, float, float]

_DECIMALS = 7  # a centimetre


@dataclass(frozen=True, slots=True)
class Selection:
    """What is asked of a layer. ``box`` is west, south, east, north; ``sort`` holds (field, descending)."""

    box: Box | None = None
    equal: tuple[tuple[str, Value], ...] = ()
    sort: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """What of each feature is given: all properties where ``names`` is empty, geometry in ``crs`` (None: as it is)."""

    names: tuple[str, ...] = ()
    with_geometry: bool = True
    crs: CRS | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """Features in the order of their ids' first use. *Shape*: (n,) all. *CRS*: WGS84, lon, lat."""

    ids: tuple[str, ...]
    properties: tuple[Mapping[str, Value], ...]
    shapes: NDArray[np.object_]
    tree: shapely.STRtree
    place: Mapping[str, int]

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame, ids: Sequence[str], collection: Collection) -> "Layer":
        """A frame's rows with the fields of the collection, each of which must be a column."""
        names = [field.name for field in collection.fields]
        columns = [_values(frame[name]) for name in names]
        rows = tuple(dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True))
        shapes = shapely.transform(np.asarray(frame.geometry.values), lambda at: at.round(_DECIMALS))
        place = {id: position for position, id in enumerate(ids)}
        return cls(tuple(ids), rows, shapes, shapely.STRtree(shapes), place)

    def matching(self, asked: Selection) -> Indices:
        """Positions of the features that are asked for, in the order asked for, else in the layer's own."""
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

    def _key(self, name: str) -> Callable[[int], tuple[bool, Value]]:
        """Sorts features without the property to one end."""

        def key(position: int) -> tuple[bool, Value]:
            value = self.properties[position][name]
            return value is not None, "" if value is None else value

        return key

    def features(self, positions: Indices, shown: Shown) -> list[Feature]:
        """GeoJSON features. *CRS*: that asked for, in the order of its own axes."""
        where = positions.tolist()
        shapes = self._drawn(positions, shown) if shown.with_geometry else [None] * len(where)
        return [
            {
                "type": "Feature",
                "id": self.ids[position],
                "geometry": shape,
                "properties": self._shown(position, shown.names),
            }
            for position, shape in zip(where, shapes, strict=True)
        ]

    def _shown(self, position: int, names: Iterable[str]) -> Mapping[str, Value]:
        every = self.properties[position]
        return {name: every[name] for name in names} or every

    def _drawn(self, positions: Indices, shown: Shown) -> list[object]:
        shapes = self.shapes[positions]
        if shown.crs is not None:
            to = Transformer.from_crs(
                "OGC:CRS84", shown.crs
            )  # in the order of its axes: latitude first, maybe
            shapes = shapely.transform(shapes, lambda at: np.column_stack(to.transform(at[:, 0], at[:, 1])))
        if (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():
            coordinates = shapely.get_coordinates(shapes).round(_DECIMALS).tolist()
            return [{"type": "Point", "coordinates": at} for at in coordinates]
        return [None if text is None else json.loads(text) for text in shapely.to_geojson(shapes).tolist()]


def _values(column: "gpd.pd.Series[object]") -> list[Value]:
    return [_plain(value) for value in column.tolist()]


def _plain(value: object) -> Value:
    """A value as JSON has it: no NaN, no infinity, dates as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return str(value)
