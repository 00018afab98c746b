"""Outlines of drawn areas: what is read, and what is refused with a reason."""

import json

import pytest

from core.faults import FaultError
from yihui.planning.scenario.outline import MAX_POINTS, parse_outline

RING = [[117.0, 36.6], [117.1, 36.6], [117.1, 36.7], [117.0, 36.7], [117.0, 36.6]]
POINTS = tuple((lon, lat) for lon, lat in RING[:-1])
POLYGON = {"type": "Polygon", "coordinates": [RING]}
FEATURE = {"type": "Feature", "properties": {"name": "片区"}, "geometry": POLYGON}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(POLYGON),
        json.dumps(FEATURE),
        json.dumps({"type": "FeatureCollection", "features": [FEATURE]}),
        json.dumps({"type": "MultiPolygon", "coordinates": [[RING]]}),
        "117.0, 36.6\n117.1, 36.6\n\n117.1 36.7\n117.0，36.7\n",
    ],
    ids=["polygon", "feature", "collection", "multi", "lines"],
)
def test_geojson_and_lines_give_the_same_ring(text: str) -> None:
    assert parse_outline(text) == POINTS


def test_no_text_is_no_outline() -> None:
    assert parse_outline(" \n ") == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("117, 36", "has 1 points"),
        ("117, 36\n118, 36", "has 2 points"),
        ("117, 36\nhere\n118, 36", "can't be read: here"),
        ("117, 36, 5\n", "can't be read"),
        ("36.6, 117.0\n36.6, 117.1\n36.7, 117.1", "leaves the Earth at 36.6, 117"),
        ("nan, 36\n117, 36\n117, 37", "leaves the Earth"),
        ("inf, 36\n117, 36\n117, 37", "leaves the Earth"),
        ("117, 36\n118, 37\n118, 36\n117, 37", "crosses itself"),
        ("117, 36\n118, 36\n119, 36", "encloses nothing"),
        ("\n".join(f"{117 + n / 1e5}, 36" for n in range(MAX_POINTS + 1)), "simplify"),
        ("{", "can't be read"),
        ("[1, 2]", "can't be read"),
        ("[" * 100_000, "can't be read"),
        ('{"type": "Point", "coordinates": [117, 36]}', "can't be read"),
        ('{"type": "Polygon", "coordinates": []}', "can't be read"),
        ('{"type": "Polygon", "coordinates": [[["a", "b"]]]}', "can't be read"),
        ('{"type": "Feature", "geometry": null}', "can't be read"),
        (json.dumps({"type": "FeatureCollection", "features": [FEATURE, FEATURE]}), "has 2 polygons"),
        ('{"type": "FeatureCollection", "features": []}', "has 0 polygons"),
    ],
)
def test_an_outline_that_makes_no_sense_is_refused(text: str, told: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse_outline(text)
    fault = refused.value.faults[0]
    assert told in f"{fault.text} {fault.remedy}"
