"""/openapi.json: what the API can be asked, and all that it may answer.

FastAPI tells parameters and answers; here is added what holds for every operation: problems in one shape,
media types, tags, the keeper's key, and examples that a test puts to the real site.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from yihui.http.representations import GEOJSON

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.routing import APIRoute

Described = dict[str, Any]  # a part of the document

PROBLEM = "application/problem+json"
DESCRIPTION = """\
The stations where riders, mothers and workers may rest: which is nearest, and is it open on arrival.

- **Coordinates** are longitude first. `datum` says what they are measured against: `wgs84` (a phone's own
  position), `cgcs2000` (Tianditu), `gcj02` (AMap, Tencent, WeChat), `bd09` (Baidu). Guessed wrong it is a
  street's error, so that a question about a position must name it; answers come in the datum asked for.
- **GeoJSON** comes for `Accept: application/geo+json`, always in WGS84.
- **Instants** have an offset (`2026-10-03T23:10+08:00`); answers are in Beijing time.
- **Errors** are RFC 9457 problems of one shape, in Chinese, or in English for `Accept-Language: en` or
  `lang=en`: every fault of a request at once, each with what is wrong and what to do about it.
- **Copies**: every read has an `ETag`; send it back in `If-None-Match`, and what has not changed is 304.
- **Pages**: send `next` back as `cursor`, with nothing else changed, until it is null.
- **Limits**: what is asked too often is 429, with `Retry-After` in seconds.
"""
TAGS = (
    {"name": "stations", "description": "Which station, how far, open on arrival."},
    {"name": "reports", "description": "What riders find, and what becomes of it; what keepers do."},
    {"name": "members", "description": "What a member has, and why or why not."},
    {"name": "vouchers", "description": "Codes at the counter."},
    {"name": "events", "description": "What happened, as CloudEvents or in a feed's own shape."},
    {"name": "site", "description": "Whether the site is well."},
)
_TAG_BY_PART: Mapping[str, str] = MappingProxyType(
    {
        "members": "members",
        "vouchers": "vouchers",
        "events": "events",
        "feeds": "events",
        "reports": "reports",
    }
)
_SAYING = ("keep", "reports", "rests")
KEY = "keeper"

# What a request may be answered besides what it asks for.
_PROBLEMS: Mapping[str, str] = MappingProxyType(
    {
        "400": "Something about the request as a whole is wrong.",
        "401": "A keeper's key is missing.",
        "403": "The key is not this station's, or the request comes from a foreign page.",
        "404": "What is asked about is not there.",
        "406": "Nothing that is accepted can be made; GeoJSON only comes in WGS84.",
        "410": "The version is another register's: begin anew.",
        "413": "The body is too long.",
        "415": "The body is not of a media type that is read here.",
        "422": "Something in the request is wrong: every fault is told.",
        "429": "Asked too often; `Retry-After` says when to come again.",
        "500": "A defect of ours.",
        "503": "Something that the site needs is away.",
    }
)
_ALWAYS = ("429", "500", "503")
_OF_BODIES = ("413", "415", "422")
_HEADERS_OF_READS: Mapping[str, Described] = MappingProxyType(
    {
        "ETag": {"description": "Send it back in If-None-Match.", "schema": {"type": "string"}},
        "Cache-Control": {"schema": {"type": "string"}},
    }
)
_COLLECTION: Described = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
    },
}
_FEATURE: Described = {
    "type": "object",
    "description": "A station; what JSON says of it, but for the place, are its properties (RFC 7946).",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": "string"},
        "geometry": {
            "type": ["object", "null"],
            "properties": {"type": {"type": "string"}, "coordinates": {"type": "array"}},
            "required": ["type", "coordinates"],
        },
        "properties": {"type": "object"},
    },
}
_LINE_FIELDS = ("file", "field", "value", "why")
_PROBLEM: Described = {
    "type": "object",
    "description": "RFC 9457; its type is about:blank.",
    "required": ["title", "status", "errors"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
}
_FAULT: Described = {
    "type": "object",
    "description": "One thing that is wrong: where, which value, and what to do about it.",
    "required": ["message", "remedy"],
    "properties": {
        "message": {"type": "string"},
        "remedy": {"type": "string"},
        "row": {"type": ["integer", "null"], "description": "Which of a list, from 1."},
        "column": {"type": ["integer", "null"]},
        "severity": {"type": "string"},
        **{name: {"type": ["string", "null"]} for name in _LINE_FIELDS},
    },
}


def name_of(route: "APIRoute") -> str:
    """What an operation is called: by its function."""
    return route.name


def describe(app: "FastAPI") -> None:
    """Let the app tell this description; it is made when first asked for."""
    made: list[Described] = []
    plain = app.openapi

    def openapi() -> Described:
        if not made:
            made.append(_described(plain()))
        return made[0]

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way of extending it


def _described(document: Described) -> Described:
    document["info"] |= {
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    document["tags"] = list(TAGS)
    parts = document["components"]
    for needless in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(needless, None)
    parts["schemas"] |= {
        "Problem": _PROBLEM,
        "Fault": _FAULT,
        "Feature": _FEATURE,
        "FeatureCollection": _COLLECTION,
    }
    parts["responses"] = {f"Problem{status}": _problem(text) for status, text in _PROBLEMS.items()}
    parts["securitySchemes"] = {
        KEY: {"type": "http", "scheme": "bearer", "description": "The key of one station's keeper."}
    }
    examples = _examples()
    for path, method, operation in _operations(document):
        _complete(path, method, operation)
        if (body := _BODIES.get(operation["operationId"])) is not None:
            operation["requestBody"] = {"required": True, "content": dict(body)}
        if (example := examples.get(operation["operationId"])) is not None:
            _exemplify(operation, example)
    return document


def _operations(document: Described) -> Iterator[tuple[str, str, Described]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _complete(path: str, method: str, operation: Described) -> None:
    """Tags, security, and all that any request of this sort may be answered."""
    operation["tags"] = [_tag(path)]
    if path.endswith("/keep"):
        operation["security"] = [{KEY: []}]
    answers = operation["responses"]
    if method == "get" and "/stations" in path and "/news" not in path:
        answers["200"]["headers"] = dict(_HEADERS_OF_READS)
        answers["304"] = {"description": "What you hold is still so."}
    for status in _statuses(path, method, operation):
        answers[status] = {"$ref": f"#/components/responses/Problem{status}"}
    answers["default"] = {"$ref": "#/components/responses/Problem500"}
    operation["responses"] = dict(sorted(answers.items()))


def _tag(path: str) -> str:
    parts = path.strip("/").split("/")
    if parts[-1] in _SAYING:
        return "reports"
    if parts[:2] != ["api", "v1"]:
        return "site"
    return _TAG_BY_PART.get(parts[2], "stations")


def _statuses(path: str, method: str, operation: Described) -> Iterator[str]:
    yield from _ALWAYS
    if method == "post":
        yield from _OF_BODIES
    if operation.get("parameters"):
        yield "422"
    if "{" in path:
        yield "404"
    if "application/geo+json" in str(operation["responses"]) or "/within" in path:
        yield "406"
    if path.endswith("/changes"):
        yield "410"
    if path.endswith("/keep"):
        yield from ("401", "403")


def _problem(text: str) -> Described:
    return {
        "description": text,
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


# What a read that gives GeoJSON as well says of it; in the routers.
AS_COLLECTION: dict[int | str, Described] = {
    200: {"content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/FeatureCollection"}}}}
}
AS_FEATURE: dict[int | str, Described] = {
    200: {"content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/Feature"}}}}
}


# --- bodies that are read by hand

_EVENT: Described = {
    "type": "object",
    "description": "A CloudEvent 1.0; docs/asyncapi.json tells each type's data.",
    "required": ["specversion", "id", "source", "type"],
    "properties": {
        name: {"type": "string"} for name in ("specversion", "id", "source", "type", "time", "subject")
    },
}
_BATCH: Described = {"type": "array", "items": _EVENT}
_ANY: Described = {"type": ["object", "array"]}
_BODIES: Mapping[str, Mapping[str, Described]] = MappingProxyType(
    {
        "events": {
            "application/cloudevents+json": {"schema": _EVENT},
            "application/cloudevents-batch+json": {"schema": _BATCH},
        },
        "feeds": {"application/json": {"schema": _ANY}},
        "batch": {"application/json": {"schema": _ANY}},
    }
)


# --- examples


def _examples() -> Mapping[str, Described]:
    """By operation: a real request, and what the site of the tests answers."""
    text = (files("yihui.http") / "openapi_examples.json").read_text("utf-8")
    examples: Mapping[str, Described] = json.loads(text)
    return examples


def _exemplify(operation: Described, example: Described) -> None:
    given = {name: values[-1] for name, values in parse_qs(urlsplit(example["path"]).query).items()}
    given |= example.get("parameters", {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in given:
            parameter["example"] = _typed(given[parameter["name"]], parameter["schema"])
    if "body" in example:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example["body"]
    if "answer" in example:
        operation["responses"][str(example["status"])]["content"]["application/json"]["example"] = example[
            "answer"
        ]


def _typed(text: str, schema: Described) -> object:
    """An example as its parameter's type has it."""
    kinds = {one.get("type") for one in schema.get("anyOf", (schema,))}
    if "array" in kinds:
        return [text]
    if "boolean" in kinds:
        return text == "true"
    return float(text) if "number" in kinds else int(text) if "integer" in kinds else text
