"""The feature provider that pygeoapi calls; it builds one per request, from the settings in `service`."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from pygeoapi.provider.base import BaseProvider, ProviderItemNotFoundError
from pyproj import CRS

from yihui.http.ogc.instants import parse_datetime_parameter
from yihui.http.ogc.layer import Box, FeatureOutput, FeatureQuery, LayerSource
from yihui.http.ogc.request import parse_property_value

if TYPE_CHECKING:
    import numpy as np
    from pygeoapi.util import CrsTransformSpec


class LayerProvider(BaseProvider):  # type: ignore[misc]
    """Read-only provider of the features of one of our collections."""

    def __init__(self, definition: Mapping[str, object]) -> None:
        super().__init__(definition)
        source = definition["data"]
        assert isinstance(source, LayerSource)
        self._source = source
        self.get_fields()

    def get_fields(self) -> dict[str, dict[str, str]]:
        """Return the JSON Schema of each property."""
        self._fields = {
            field.name: {"type": field.type, "title": field.title}
            | ({"format": field.format} if field.format else {})
            for field in self._source.collection.fields
        }
        return self._fields

    def query(
        self,
        offset: int = 0,
        limit: int = 10,
        resulttype: str = "results",
        bbox: Sequence[float] = (),
        datetime_: str | None = None,
        properties: Sequence[tuple[str, str]] = (),
        sortby: Sequence[Mapping[str, str]] = (),
        select_properties: Sequence[str] = (),
        skip_geometry: bool = False,
        crs_transform_spec: "CrsTransformSpec | None" = None,
        **_: object,
    ) -> dict[str, object]:
        """Return a page of features; the parameters are pygeoapi's, checked by `validate_parameters`."""
        layer = self._source.layer(parse_datetime_parameter(datetime_, self._source.now()))
        fields = self._source.collection.fields_by_name
        found = layer.select(
            FeatureQuery(
                box=_box(bbox),
                equal=tuple((name, parse_property_value(fields[name], text)) for name, text in properties),
                sort=tuple((each["property"], each["order"] == "-") for each in sortby),
            )
        )
        page = found[:0] if resulttype == "hits" else found[offset : offset + limit]
        shown = FeatureOutput(tuple(select_properties), not skip_geometry, _crs(crs_transform_spec))
        return {
            "type": "FeatureCollection",
            "numberMatched": len(found),
            "numberReturned": len(page),
            "features": layer.features(page, shown),
        }

    def get(
        self, identifier: str, crs_transform_spec: "CrsTransformSpec | None" = None, **_: object
    ) -> dict[str, object]:
        """Return one feature as of now. *Raises*: ProviderItemNotFoundError."""
        layer = self._source.layer(parse_datetime_parameter(None, self._source.now()))
        if identifier not in layer.place:
            raise ProviderItemNotFoundError(f"no feature {identifier}")
        (feature,) = layer.features(
            _one(layer.place[identifier]), FeatureOutput(crs=_crs(crs_transform_spec))
        )
        return feature

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)


def _box(bbox: Sequence[float]) -> Box | None:
    """Return the horizontal bounds of a box; heights are ignored."""
    if not bbox:
        return None
    half = len(bbox) // 2
    return bbox[0], bbox[1], bbox[half], bbox[half + 1]


def _crs(spec: "CrsTransformSpec | None") -> CRS | None:
    return None if spec is None else CRS.from_wkt(spec.target_crs_wkt)


def _one(position: int) -> "np.ndarray[tuple[int], np.dtype[np.intp]]":
    import numpy as np

    return np.array([position], dtype=np.intp)
