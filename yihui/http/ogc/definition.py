"""The OpenAPI 3.0 definition of /ogc, which refers to nothing outside of itself."""

from collections.abc import Iterator, Mapping, Sequence

from core.text_marks import N_
from yihui.http.ogc.collections import COLLECTIONS, Collection, Field
from yihui.http.ogc.request import (
    COMMON_PARAMETERS,
    DEFAULT_ITEMS,
    FORMATS,
    ITEM_PARAMETERS,
    ITEMS_PARAMETERS,
    MAX_ITEMS,
    SUPPORTED_CRS,
)
from yihui.runtime.language import LANGUAGES, Language

Json = dict[str, object]
OPENAPI_MEDIA_TYPE = "application/vnd.oai.openapi+json;version=3.0"
GEOJSON, JSON, HTML, PROBLEM = (
    "application/geo+json",
    "application/json",
    "text/html",
    "application/problem+json",
)
_REF = "#/components"
_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer"}
_FAILURES = ("400", "404", "500", "503")


def build_openapi_definition(address: str, title: str, about: str, language: Language) -> Json:
    """Build the definition; its server URL is ``address``."""
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "description": about, "version": "1.0.0"},
        "servers": [{"url": address}],
        "paths": {path: {"get": operation} for path, operation in _paths(language)},
        "components": {
            "parameters": {name: _parameter(name, schema) for name, schema in _PARAMETER_SCHEMAS.items()},
            "responses": {
                "Problem": _response(N_("what was wrong, and how to mend it"), {PROBLEM: "problem"})
            },
            "schemas": {name: {"type": "object", **schema} for name, schema in _SCHEMAS.items()},
        },
    }


def _paths(language: Language) -> Iterator[tuple[str, Json]]:
    yield "/", _operation("getLandingPage", N_("landing page"), {JSON: "landingPage"})
    yield "/openapi", _operation("getDefinition", N_("this definition"), {OPENAPI_MEDIA_TYPE: "openapi"})
    yield "/conformance", _operation("getConformance", N_("conformance"), {JSON: "confClasses"})
    yield "/collections", _operation("getCollections", N_("collections"), {JSON: "collections"})
    for collection in COLLECTIONS.values():
        yield from _paths_of(collection, language)


def _paths_of(collection: Collection, language: Language) -> Iterator[tuple[str, Json]]:
    path, name = f"/collections/{collection.id}", collection.id.capitalize()
    title = language.translate(collection.title)
    schema = {"application/schema+json": "schema"}
    yield path, _operation(f"describe{name}", title, {JSON: "collection"})
    yield f"{path}/schema", _operation(f"get{name}Schema", title, schema)
    yield f"{path}/queryables", _operation(f"get{name}Queryables", title, schema)
    filters = [_filter(field, language) for field in collection.fields]
    items = _operation(f"get{name}", title, {GEOJSON: "featureCollectionGeoJSON"}, ITEMS_PARAMETERS, filters)
    yield f"{path}/items", items
    id = {"name": "featureId", "in": "path", "required": True, "schema": _TEXT}
    yield (
        f"{path}/items/{{featureId}}",
        _operation(f"get{name}ById", title, {GEOJSON: "featureGeoJSON"}, ITEM_PARAMETERS, [id]),
    )


def _operation(
    id: str,
    summary: str,
    content: Mapping[str, str],
    known: Sequence[str] = (),
    more: Sequence[Json] = (),
) -> Json:
    refused: Json = {"$ref": f"{_REF}/responses/Problem"}
    return {
        "operationId": id,
        "summary": summary,
        "parameters": [
            *({"$ref": f"{_REF}/parameters/{name}"} for name in (*COMMON_PARAMETERS, *known)),
            *more,
        ],
        "responses": {"200": _response(summary, content), **dict.fromkeys(_FAILURES, refused)},
    }


def _response(description: str, content: Mapping[str, str]) -> Json:
    """Describe a response; every response is also available as HTML."""
    kinds: Json = {kind: {"schema": {"$ref": f"{_REF}/schemas/{name}"}} for kind, name in content.items()}
    return {"description": description, "content": {**kinds, HTML: {"schema": _TEXT}}}


def _filter(field: Field, language: Language) -> Json:
    kind: Json = {"type": field.type} | ({"format": field.format} if field.format else {})
    return _parameter(field.name, kind) | {"description": language.translate(field.title)}


def _parameter(name: str, schema: Json) -> Json:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


_PARAMETER_SCHEMAS: Mapping[str, Json] = {
    "f": {**_TEXT, "enum": [*FORMATS]},
    "lang": {**_TEXT, "enum": [*LANGUAGES]},
    "limit": {**_WHOLE, "minimum": 1, "maximum": MAX_ITEMS, "default": DEFAULT_ITEMS},
    "offset": {**_WHOLE, "minimum": 0, "default": 0},
    "bbox": {
        "type": "array",
        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        "items": {"type": "number"},
    },
    "bbox-crs": {**_TEXT, "format": "uri", "enum": [*SUPPORTED_CRS]},
    "crs": {**_TEXT, "format": "uri", "enum": [*SUPPORTED_CRS]},
    "datetime": _TEXT,
    "properties": {"type": "array", "items": _TEXT},
    "skipGeometry": {"type": "boolean", "default": False},
    "sortby": {"type": "array", "items": _TEXT},
    "resulttype": {**_TEXT, "enum": ["results", "hits"], "default": "results"},
}
_LINKS: Json = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["href", "rel"],
        "properties": dict.fromkeys(("href", "rel", "type", "title", "hreflang"), _TEXT),
    },
}
_FEATURE: Json = {
    "required": ["type", "geometry", "properties"],
    "properties": {
        "type": {**_TEXT, "enum": ["Feature"]},
        "id": _TEXT,
        "geometry": {"type": "object", "nullable": True},
        "properties": {"type": "object", "nullable": True},
        "links": _LINKS,
    },
}
_COLLECTION: Json = {
    "required": ["id", "links"],
    "properties": {
        **dict.fromkeys(("id", "title", "description", "itemType", "storageCrs"), _TEXT),
        "links": _LINKS,
        "extent": {"type": "object"},
        "crs": {"type": "array", "items": _TEXT},
    },
}
_SCHEMAS: Mapping[str, Json] = {
    "landingPage": {
        "required": ["links"],
        "properties": {"title": _TEXT, "description": _TEXT, "links": _LINKS},
    },
    "openapi": {"required": ["openapi", "paths"]},
    "schema": {"required": ["type", "properties"]},
    "confClasses": {
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": _TEXT}},
    },
    "collection": _COLLECTION,
    "collections": {
        "required": ["links", "collections"],
        "properties": {
            "links": _LINKS,
            "collections": {"type": "array", "items": {"$ref": f"{_REF}/schemas/collection"}},
        },
    },
    "featureGeoJSON": _FEATURE,
    "featureCollectionGeoJSON": {
        "required": ["type", "features"],
        "properties": {
            "type": {**_TEXT, "enum": ["FeatureCollection"]},
            "features": {"type": "array", "items": {"$ref": f"{_REF}/schemas/featureGeoJSON"}},
            "links": _LINKS,
            "timeStamp": {**_TEXT, "format": "date-time"},
            "numberMatched": {**_WHOLE, "minimum": 0},
            "numberReturned": {**_WHOLE, "minimum": 0},
        },
    },
    "problem": {
        "required": ["code"],
        "properties": {
            **dict.fromkeys(("code", "description", "title"), _TEXT),
            "status": _WHOLE,
            "errors": {"type": "array", "items": {"type": "object"}},
        },
    },
}
