"""The documents of /ogc: pygeoapi's or our own, without links to resources that are not served."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from pydantic_core import from_json

from core.civil_time import CIVIL_TIME
from core.faults import FaultError
from core.text_marks import N_
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.faults import OGC_FAULTS
from yihui.http.ogc.instants import format_instant
from yihui.runtime.arguments import FIRST_YEAR, LAST_YEAR
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.http.ogc.service import OgcRequest, OgcService, PygeoapiReply


Json = dict[str, object]
Links = list[dict[str, str]]
GEOJSON = "application/geo+json"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
# Classes that our tests check: OGC 17-069r4 (Part 1), 18-058r1 (Part 2), 19-079r2 (Part 3).
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
)
# pygeoapi links to resources not served here: processes, jobs, tiles, and every document as JSON-LD.
_NOT_SERVED = ("/processes", "/jobs", "/tiling-schemes", "/TileMatrixSets")
_JSON_LD = "application/ld+json"


@dataclass(frozen=True, slots=True)
class OgcDocument:
    """One document: its JSON content, and the template that renders it as HTML."""

    content: Json
    template: str
    media_type: str = "application/json"
    headers: Mapping[str, str] | None = None


class PygeoapiRefusal(Exception):
    """pygeoapi answered with an error status."""

    def __init__(self, status: int, description: str) -> None:
        self.status, self.description = status, description
        super().__init__(description)


def landing_document(service: "OgcService", asking: "OgcRequest") -> OgcDocument:
    content = _read(service.call("landing_page", asking), asking.language)
    content["links"] = [
        link
        for link in cast(Links, content["links"])
        if not any(part in link["rel"] or part in link["href"] for part in _NOT_SERVED)
    ]
    return OgcDocument(content, "landing")


def conformance_document(_: "OgcService", __: "OgcRequest") -> OgcDocument:
    """Return only the conformance classes that we test; pygeoapi would also claim editing."""
    return OgcDocument({"conformsTo": [*CONFORMS_TO]}, "conformance")


def openapi_document(_: "OgcService", asking: "OgcRequest") -> OgcDocument:
    from yihui.http.ogc.definition import OPENAPI_MEDIA_TYPE, build_openapi_definition
    from yihui.http.ogc.service import SERVICE_DESCRIPTION, SERVICE_TITLE

    title, about = (asking.language.translate(text) for text in (SERVICE_TITLE, SERVICE_DESCRIPTION))
    content = build_openapi_definition(asking.address, title, about, asking.language)
    return OgcDocument(content, "openapi", OPENAPI_MEDIA_TYPE)


def collections_document(service: "OgcService", asking: "OgcRequest") -> OgcDocument:
    content = _read(service.call("describe_collections", asking), asking.language)
    for each in cast(list[Json], content["collections"]):
        each["links"] = _served_links(each["links"], asking.language)
        _add_time_span(each)
    return OgcDocument(content, "collections")


def collection_document(service: "OgcService", asking: "OgcRequest") -> OgcDocument:
    content = _read(service.call("describe_collections", asking), asking.language)
    _add_time_span(content)
    return OgcDocument(content, "collection")


def _add_time_span(collection: Json) -> None:
    """State the instants for which ``datetime`` is answered: those at which civil time is certain."""
    first = datetime(FIRST_YEAR, 1, 1, tzinfo=CIVIL_TIME)
    last = datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=CIVIL_TIME)
    extent = cast(Json, collection["extent"])
    extent["temporal"] = {"interval": [[format_instant(first), format_instant(last)]], "trs": GREGORIAN}


def schema_document(service: "OgcService", asking: "OgcRequest") -> OgcDocument:
    return _properties(service.call("get_collection_schema", asking), asking)


def queryables_document(service: "OgcService", asking: "OgcRequest") -> OgcDocument:
    document = _properties(service.call("get_collection_queryables", asking), asking)
    document.content["additionalProperties"] = False  # a filter that names another property is refused
    return document


def _properties(reply: "PygeoapiReply", asking: "OgcRequest") -> OgcDocument:
    """Return the properties, with titles in the reader's language."""
    content = _read(reply, asking.language)
    titles = property_titles(asking.language, asking.path_parts[0])
    for name, about in cast(dict[str, dict[str, str]], content["properties"]).items():
        about["title"] = titles.get(name, name)
    content["$id"] = str(content["$id"]).partition("?")[0]  # pygeoapi's names the request
    return OgcDocument(content, "properties", "application/schema+json")


def items_document(service: "OgcService", asking: "OgcRequest") -> OgcDocument:
    reply = service.call("get_collection_items", asking)
    content = _read(reply, asking.language)
    return OgcDocument(content, "items", GEOJSON, _crs_headers(reply))


def item_document(service: "OgcService", asking: "OgcRequest") -> OgcDocument:
    reply = service.call("get_collection_item", asking)
    return OgcDocument(_read(reply, asking.language), "item", GEOJSON, _crs_headers(reply))


def _crs_headers(reply: "PygeoapiReply") -> Mapping[str, str]:
    """Return the Content-Crs header, which names the CRS of the features (Part 2)."""
    return {name: value for name, value in reply.headers.items() if name.lower() == "content-crs"}


def _read(reply: "PygeoapiReply", language: Language) -> Json:
    # A page of 10,000 stations is 7 MB: three times as fast as json.loads.
    content: Json = from_json(reply.text)
    if reply.status == 404:
        raise FaultError(OGC_FAULTS.build("unknown_feature"))
    if reply.status != 200:
        raise PygeoapiRefusal(reply.status, str(content.get("description", "")))
    if "links" in content:
        content["links"] = _served_links(content["links"], language)
    return content


def _served_links(links: object, language: Language) -> Links:
    """Return the links without JSON-LD, with titles translated; pygeoapi has titles in English only."""
    return [
        {**link, "title": language.translate(link.get("title", ""))}
        for link in cast(Links, links)
        if link.get("type") != _JSON_LD
    ]


def property_titles(language: Language, collection: str) -> dict[str, str]:
    """Return the translated titles of a collection's properties by name; they differ between collections."""
    return {field.name: language.translate(field.title) for field in COLLECTIONS[collection].fields}


# Titles that pygeoapi gives its links, listed for the message catalogue.
_TITLES = (
    *(N_("This document as JSON"), N_("This document as GeoJSON"), N_("This document as HTML")),
    *(N_("The OpenAPI definition as JSON"), N_("The OpenAPI definition as HTML"), N_("Conformance")),
    *(N_("Collections"), N_("The landing page of this server as JSON")),
    *(N_("The landing page of this server as HTML"), N_("Schema of collection in JSON")),
    *(N_("Schema of collection in HTML"), N_("Queryables for this collection as JSON")),
    *(N_("Queryables for this collection as HTML"), N_("Items as GeoJSON"), N_("Items as HTML")),
    *(N_("Items (prev)"), N_("Items (next)")),
)
