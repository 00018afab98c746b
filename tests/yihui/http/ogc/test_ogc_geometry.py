"""The abstract test suite of OGC API – Features over HTTP: GeoJSON (17-069r4, Annex A), and Part 2's CRS (18-058r1).

Each test names the abstract tests that it carries out.
"""

import jsonschema
import pytest

from tests.yihui.http.ogc.asking import CRS84, EVERY, Get, coordinates, features
from yihui.http.ogc.request import SUPPORTED_CRS

pytestmark = pytest.mark.endure

_POSITION = {"type": "array", "minItems": 2, "items": {"type": "number"}}
_LINE = {"type": "array", "minItems": 4, "items": _POSITION}
_AREA = {"type": "array", "minItems": 1, "items": _LINE}
GEOMETRY = {
    "oneOf": [
        {"properties": {"type": {"const": "Point"}, "coordinates": _POSITION}},
        {"properties": {"type": {"const": "Polygon"}, "coordinates": _AREA}},
        {"properties": {"type": {"const": "MultiPolygon"}, "coordinates": {"type": "array", "items": _AREA}}},
    ]
}


@EVERY
def test_features_are_geojson(get: Get, collection: str) -> None:
    """/conf/geojson/definition, content: RFC 7946, rings closed, CRS84 (/conf/core/crs84)."""
    page = get(f"collections/{collection}/items", accept="application/geo+json")
    assert page.headers["content-type"] == "application/geo+json"
    for number, feature in enumerate(page.json()["features"]):
        assert feature["type"] == "Feature"
        if number < 10:
            jsonschema.validate(feature["geometry"], GEOMETRY)
        assert isinstance(feature["properties"], dict)
        for lon, lat in coordinates(feature["geometry"]["coordinates"]):
            assert 73 < lon < 136
            assert 3 < lat < 54
        if feature["geometry"]["type"] == "Polygon":
            assert all(ring[0] == ring[-1] for ring in feature["geometry"]["coordinates"])


@EVERY
def test_the_crs_of_the_answer_is_named_and_the_default_is_crs84(get: Get, collection: str) -> None:
    assert get(f"collections/{collection}/items", limit=1).headers["content-crs"] == f"<{CRS84}>"
    for crs in SUPPORTED_CRS:
        assert get(f"collections/{collection}/items", limit=1, crs=crs).headers["content-crs"] == f"<{crs}>"


def test_coordinates_come_in_the_order_of_the_axes_of_their_crs(get: Get) -> None:
    """OGC 18-058r1, 6.2.2. EPSG:4326 and EPSG:4490 have the latitude first."""
    import numpy as np
    from pyproj import Transformer

    plain = features(get, "stations")
    lonlat = np.array([one["geometry"]["coordinates"] for one in plain])
    for crs in SUPPORTED_CRS[1:3]:
        turned = np.array([one["geometry"]["coordinates"] for one in features(get, "stations", crs=crs)])
        assert np.abs(turned[:, ::-1] - lonlat).max() < 1e-7
    east, north = Transformer.from_crs(4326, 3857, always_xy=True).transform(*lonlat.T)
    flat = np.array(
        [one["geometry"]["coordinates"] for one in features(get, "stations", crs=SUPPORTED_CRS[3])]
    )
    assert np.abs(flat - np.column_stack([east, north])).max() < 1e-5


def test_a_box_may_be_given_in_another_crs(get: Get) -> None:
    plain = features(get, "stations", bbox="117.0204,36.6680,117.0206,36.6687")
    turned = features(
        get, "stations", bbox="36.6680,117.0204,36.6687,117.0206", **{"bbox-crs": SUPPORTED_CRS[1]}
    )
    assert [one["id"] for one in plain] == [one["id"] for one in turned] != []
