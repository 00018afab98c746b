"""Answers as GeoJSON: features whose properties are what JSON says, but for the place (RFC 7946, WGS84)."""

from collections.abc import Iterable, Mapping

from pydantic_core import to_json

_OF_PLACE = ("lon", "lat")


def feature(answer: Mapping[str, object], **more: object) -> dict[str, object]:
    """One station, or one that was found; its geometry is null where it isn't placed (RFC 7946, 3.2)."""
    placed = answer["lon"] is not None
    point = {"type": "Point", "coordinates": [answer["lon"], answer["lat"]]}
    properties = {name: value for name, value in answer.items() if name not in _OF_PLACE}
    return {
        "type": "Feature",
        "id": answer["id"],
        "geometry": point if placed else None,
        "properties": {**properties, **more},
    }


def collection(features: Iterable[Mapping[str, object]], rest: Mapping[str, object]) -> bytes:
    """A FeatureCollection; ``rest`` is what else the answer says, as foreign members (RFC 7946, 6.1)."""
    return to_json({"type": "FeatureCollection", "features": list(features), **rest})
