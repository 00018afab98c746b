"""/openapi.json: the requests that the API accepts, and all of its answers.

FastAPI describes parameters and answers. This module adds what holds for every operation: problems in
one shape, media types, tags, the keeper's key, and examples that a test sends to the real site.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from yihui.access.roles import Right
from yihui.http.openapi_style import OpenApiObject, finish_document
from yihui.http.representations import GEOJSON
from yihui.http.route_rights import find_route_right

if TYPE_CHECKING:
    from fastapi import FastAPI
    from fastapi.routing import APIRoute

PROBLEM = "application/problem+json"
API_DESCRIPTION = """\
The stations where riders, mothers and workers may rest: which is nearest, and is it open on arrival.

- **Coordinates** are longitude first. `datum` is their datum: `wgs84` (a phone's own
  position), `cgcs2000` (Tianditu), `gcj02` (AMap, Tencent, WeChat), `bd09` (Baidu). A wrong datum moves
  a point by 460 to 1,350 m, so a query with a position must name it. The answer uses the same datum.
- **GeoJSON** is returned for `Accept: application/geo+json`, always in WGS84.
- **Instants** have an offset (`2026-10-03T23:10+08:00`); answers are in Beijing time.
- **Errors** are RFC 9457 problems of one shape, in Chinese, or in English for `Accept-Language: en` or
  `lang=en`. They list every fault of a request, each with its cause and its remedy.
- **Copies**: every read has an `ETag`. Send it in `If-None-Match`; an unchanged answer is 304.
- **Pages**: send `next` as `cursor` with the same other parameters, until `next` is null.
- **Rights**: an operation of officers names the right that it needs. Nobody logged in gets 401; a role without
  the right, or for another organisation, 403; a member of another subtree 404, as if nobody knew the id.
- **Limits**: too many requests get 429, with `Retry-After` in seconds.
"""
API_TAGS = (
    {"name": "stations", "description": "Find stations: distance, route and opening state on arrival."},
    {"name": "reports", "description": "Riders' reports and their state; keepers' acts; devices' readings."},
    {"name": "organisations", "description": "The tree of unions on any day."},
    {"name": "members", "description": "A member's benefits, the reasons of decisions, and memberships."},
    {"name": "join", "description": "Requests to join, and their reviews."},
    {"name": "sessions", "description": "Courses, halls and childcare terms at stations."},
    {"name": "vouchers", "description": "Voucher codes at the counter."},
    {"name": "polls", "description": "Polls and questionnaires: questions and results."},
    {"name": "money", "description": "Money: budgets, payments, reversals."},
    {"name": "draws", "description": "Draws and waiting lists of rules, and what officers do with them."},
    {"name": "applications", "description": "Applications of members, and what officers do with them."},
    {
        "name": "hotline",
        "description": "Cases of the hotline 12351, its knowledge base, and the three rates.",
    },
    {
        "name": "hardship",
        "description": "Case files of households in hardship, their visits, and lines of income.",
    },
    {"name": "mutual aid", "description": "Policies, enrolments and claims of mutual aid for medical costs."},
    {"name": "events", "description": "Events, as CloudEvents or as records of a feed."},
    {"name": "site", "description": "The health of the site."},
)
_TAG_BY_PART: Mapping[str, str] = {
    "organisations": "organisations",
    "members": "members",
    "joins": "join",
    "transfer": "members",
    "sessions": "sessions",
    "vouchers": "vouchers",
    "cards": "vouchers",
    "polls": "polls",
    "draws": "draws",
    "money": "money",
    "merchants": "vouchers",
    "applications": "applications",
    "hotline": "hotline",
    "hardship": "hardship",
    "mutual-aid": "mutual aid",
    "events": "events",
    "feeds": "events",
    "reports": "reports",
}
_MERCHANT_PATHS = ("/api/v1/vouchers/", "/api/v1/cards/")
_REPORT_PATHS = ("keep", "readings", "reports", "rests")
_READINGS = "/readings"
KEEPER_SCHEME, MERCHANT_SCHEME, DEVICE_SCHEME = "keeper", "merchant", "device"
OFFICER_SCHEME = "officer"

# Problems that may answer a request, by status.
_PROBLEMS: Mapping[str, str] = {
    "400": "The request as a whole is invalid.",
    "401": "Nobody is logged in, or a keeper's, a device's or a merchant's key is missing.",
    "403": "The officer's roles or the key don't include this, the request comes from a foreign page, or an officer must act first.",
    "404": "The requested thing does not exist.",
    "406": "None of the accepted media types can be returned; GeoJSON is available in WGS84 only.",
    "409": "The request was made before, its key was used with other content, or another step comes first.",
    "410": "The benefit has ended; for a version unknown to this site: request everything again.",
    "413": "The body is too long.",
    "415": "This route does not read the body's media type.",
    "422": "The request has faults; all are listed.",
    "429": "Too many requests; `Retry-After` gives the seconds to wait.",
    "500": "A defect of the site.",
    "503": "A part that the site needs is unavailable.",
}
# Problems of requests that carry events or records.
_REFUSING: Mapping[str, str] = {
    "400": "The body is not JSON.",
    "422": "Nothing was accepted; all faults are listed.",
}
_ALWAYS = ("429", "500", "503")
_OF_BODIES = ("413", "415", "422")
_HEADERS_OF_READS: Mapping[str, OpenApiObject] = {
    "ETag": {"description": "Send it back in If-None-Match.", "schema": {"type": "string"}},
    "Cache-Control": {"schema": {"type": "string"}},
}
_COLLECTION: OpenApiObject = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {"type": "array", "items": {"$ref": "#/components/schemas/Feature"}},
    },
}
_FEATURE: OpenApiObject = {
    "type": "object",
    "description": "A station (RFC 7946). Its properties are the fields of the JSON answer without the position.",
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {"const": "Feature"},
        "id": {"type": "string"},
        "geometry": {
            "type": ["object", "null"],
            "properties": {
                "type": {"type": "string"},
                "coordinates": {"type": "array", "items": {"type": "number"}},
            },
            "required": ["type", "coordinates"],
        },
        "properties": {"type": "object"},
    },
}
_LINE_FIELDS = ("file", "field", "value", "why")
_PROBLEM: OpenApiObject = {
    "type": "object",
    "description": "A problem (RFC 9457) of type about:blank.",
    "required": ["title", "status", "errors"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/Fault"}},
    },
}
_REFUSED: OpenApiObject = {
    **_PROBLEM,
    "description": "A problem, with the lists of a request of which nothing was accepted.",
    "properties": {
        **_PROBLEM["properties"],
        "accepted": {"type": "array", "items": {"type": "string"}},
        "rejected": {"type": "array", "items": {"$ref": "#/components/schemas/RejectedEvent"}},
    },
}
_FAULT: OpenApiObject = {
    "type": "object",
    "description": "One fault: its place, its value and its remedy.",
    "required": ["message", "remedy"],
    "properties": {
        "message": {"type": "string"},
        "remedy": {"type": "string"},
        "row": {"type": ["integer", "null"], "description": "The number of the item in a list, from 1."},
        "column": {"type": ["integer", "null"]},
        "severity": {"type": "string"},
        **{name: {"type": ["string", "null"]} for name in _LINE_FIELDS},
    },
}
# For routers: the responses of reads that also come as GeoJSON.
COLLECTION_RESPONSES: dict[int | str, OpenApiObject] = {
    200: {"content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/FeatureCollection"}}}}
}
FEATURE_RESPONSES: dict[int | str, OpenApiObject] = {
    200: {"content": {GEOJSON: {"schema": {"$ref": "#/components/schemas/Feature"}}}}
}
_EVENT: OpenApiObject = {
    "type": "object",
    "description": "A CloudEvent 1.0; docs/asyncapi.json describes the data of each type.",
    "required": ["specversion", "id", "source", "type", "time", "subject", "data"],
    "properties": {
        **{name: {"type": "string"} for name in ("specversion", "id", "source", "type", "time", "subject")},
        "data": {"type": "object"},
    },
}
_EVENT_REF: OpenApiObject = {"$ref": "#/components/schemas/Event"}
# One media type: generated clients choose between several by the body's class, which fails for lists.
_EVENTS: OpenApiObject = {"anyOf": [_EVENT_REF, {"type": "array", "items": _EVENT_REF}]}
_RECORD: OpenApiObject = {"type": "object", "description": "A record in the app's own format."}
_RECORDS: OpenApiObject = {"anyOf": [_RECORD, {"type": "array", "items": _RECORD}]}
_BODIES: Mapping[str, Mapping[str, OpenApiObject]] = {
    "events": {"application/json": {"schema": _EVENTS}},
    "feeds": {"application/json": {"schema": _RECORDS}},
}


def operation_id(route: "APIRoute") -> str:
    """Return an operation's id: the name of its function."""
    return route.name


def install_openapi(app: "FastAPI") -> None:
    """Let the app return this description, which is built on first use."""
    made: list[OpenApiObject] = []
    plain = app.openapi

    def openapi() -> OpenApiObject:
        if not made:
            made.append(_describe(plain()))
        return made[0]

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way of extending it


def _describe(document: OpenApiObject) -> OpenApiObject:
    document["info"] |= {
        "description": API_DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
    document["tags"] = list(API_TAGS)
    parts = document["components"]
    for needless in ("HTTPValidationError", "ValidationError"):
        parts["schemas"].pop(needless, None)
    parts["schemas"] |= {
        "Problem": _PROBLEM,
        "Refused": _REFUSED,
        "Event": _EVENT,
        "Fault": _FAULT,
        "Feature": _FEATURE,
        "FeatureCollection": _COLLECTION,
    }
    parts["responses"] = {f"Problem{status}": _problem(text) for status, text in _PROBLEMS.items()}
    parts["responses"] |= {
        f"Refused{status}": _problem(text, "Refused") for status, text in _REFUSING.items()
    }
    parts["securitySchemes"] = {
        KEEPER_SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "The key of one station's keeper.",
        },
        DEVICE_SCHEME: {
            "type": "http",
            "scheme": "bearer",
            "description": "The key of one device of a station.",
        },
        MERCHANT_SCHEME: {"type": "http", "scheme": "bearer", "description": "A merchant's key."},
        OFFICER_SCHEME: {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-yihui-desk",
            "description": "The session of an officer who logged in at /desk/login.",
        },
    }
    examples = _examples()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _complete(path, method, operation)
            if (body := _BODIES.get(operation["operationId"])) is not None:
                operation["requestBody"] = {"required": True, "content": dict(body)}
            if (example := examples.get(operation["operationId"])) is not None:
                _exemplify(operation, example)
    finish_document(document)
    return document


def _complete(path: str, method: str, operation: OpenApiObject) -> None:
    """Add tags, security, and all answers that requests of this kind may get."""
    operation["tags"] = [_tag(path)]
    if path.endswith("/keep"):
        operation["security"] = [{KEEPER_SCHEME: []}]
    if path.endswith(_READINGS):
        operation["security"] = [{DEVICE_SCHEME: []}]
    if path.startswith(_MERCHANT_PATHS):
        operation["security"] = [{MERCHANT_SCHEME: []}]
    if (right := _find_right(path, method)) is not None:
        operation["security"] = [{OFFICER_SCHEME: []}]
        operation["description"] = (
            f"{operation.get('description', '')}\n\nNeeds the right `{right.value}`.".strip()
        )
    answers = operation["responses"]
    if method == "get" and "/stations" in path and "/news" not in path:
        answers["200"]["headers"] = dict(_HEADERS_OF_READS)
        answers["304"] = {"description": "The client's copy is still current."}
    for status in _statuses(path, method, operation):
        answers[status] = {"$ref": f"#/components/responses/Problem{status}"}
    for status in _REFUSING if operation["operationId"] in _BODIES else ():
        answers[status] = {"$ref": f"#/components/responses/Refused{status}"}
    answers["default"] = {"$ref": "#/components/responses/Problem500"}
    operation["responses"] = dict(sorted(answers.items()))


def _find_right(path: str, method: str) -> Right | None:
    """Return the right that an officers' route asks for; a path of a station is written otherwise in the table."""
    entry = find_route_right((method.upper(), path))
    return entry.right if entry is not None else None


def _tag(path: str) -> str:
    parts = path.strip("/").split("/")
    if parts[-1] in _REPORT_PATHS:
        return "reports"
    if parts[:2] != ["api", "v1"]:
        return "site"
    return _TAG_BY_PART.get(parts[2], "stations")


def _statuses(path: str, method: str, operation: OpenApiObject) -> Iterator[str]:
    yield from _ALWAYS
    if _find_right(path, method) is not None:
        yield from ("401", "403")
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
    if "{grant}" in path or "{entry}" in path:
        yield from ("403", "409", "410")
    if path.endswith(("/keep", _READINGS)):
        yield from ("401", "403")
    if path.startswith(_MERCHANT_PATHS):
        yield from ("401", "403", "404", "409", "410")


def _problem(text: str, schema: str = "Problem") -> OpenApiObject:
    return {
        "description": text,
        "content": {PROBLEM: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
    }


# --- bodies that the routes parse themselves


# --- examples


def _examples() -> Mapping[str, OpenApiObject]:
    """Return, by operation, a real request and the answer of the tests' site."""
    text = (files("yihui.http") / "openapi_examples.json").read_text("utf-8")
    examples: Mapping[str, OpenApiObject] = json.loads(text)
    return examples


def _exemplify(operation: OpenApiObject, example: OpenApiObject) -> None:
    given = {name: values[-1] for name, values in parse_qs(urlsplit(example["path"]).query).items()}
    given |= example.get("parameters", {})
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in given:
            parameter["example"] = _parse_example(given[parameter["name"]], parameter["schema"])
    if "body" in example:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example["body"]
    if "answer" in example:
        operation["responses"][str(example["status"])]["content"]["application/json"]["example"] = example[
            "answer"
        ]


def _parse_example(text: str, schema: OpenApiObject) -> object:
    """Convert an example to its parameter's type."""
    kinds = {one.get("type") for one in schema.get("anyOf", (schema,))}
    if "array" in kinds:
        return [text]
    if "boolean" in kinds:
        return text == "true"
    return float(text) if "number" in kinds else int(text) if "integer" in kinds else text
