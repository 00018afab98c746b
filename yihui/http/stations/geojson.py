"""Answers as GeoJSON: features whose properties are the JSON fields except the place (RFC 7946, WGS84)."""

from collections.abc import Iterable, Mapping

from pydantic_core import to_json

_OF_PLACE = ("lon", "lat")


def build_feature(answer: Mapping[str, object], **more: object) -> dict[str, object]:
    """Build the feature of a station or match; its geometry is null without coordinates (RFC 7946, 3.2)."""
    placed = answer["lon"] is not None
    point = {"type": "Point", "coordinates": [answer["lon"], answer["lat"]]}
    properties = {name: value for name, value in answer.items() if name not in _OF_PLACE}
    return {
        "type": "Feature",
        "id": answer["id"],
        "geometry": point if placed else None,
        "properties": {**properties, **more},
    }


def render_feature_collection(features: Iterable[Mapping[str, object]], rest: Mapping[str, object]) -> bytes:
    """Render a FeatureCollection; ``rest`` is the rest of the answer, as foreign members (RFC 7946, 6.1)."""
    return to_json({"type": "FeatureCollection", "features": list(features), **rest})
