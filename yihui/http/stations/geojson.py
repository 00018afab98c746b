"""Answers as GeoJSON: features whose properties are the JSON fields except the place (RFC 7946, WGS84)."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from fastapi import Request, Response
from pydantic_core import to_json

from yihui.http.representations import CACHE_PUBLIC, GEOJSON, conditional_response

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


def answer_response(
    request: Request,
    answer: Mapping[str, Any],
    media_type: str,
    listed: str = "stations",
    left_out: Collection[str] = (),
    cache: str = CACHE_PUBLIC,
) -> Response:
    """Build the response of a route that lists stations: JSON, or the features of its ``listed`` member.

    ``left_out`` are members that have no place in GeoJSON.
    """
    if media_type != GEOJSON:
        return conditional_response(request, to_json(answer), media_type, cache)
    rest = {name: value for name, value in answer.items() if name != listed and name not in left_out}
    content = render_feature_collection(map(build_feature, answer[listed]), rest)
    return conditional_response(request, content, media_type, cache)
