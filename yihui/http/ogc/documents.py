"""The documents of /ogc: what pygeoapi says of our collections, or we ourselves, without what isn't served."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pydantic_core import from_json

from yihui.http.ogc.collections import COLLECTIONS
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.http.ogc.service import Plain, Reply, Service

N_ = str  # marks a text for the message catalogue

Json = dict[str, object]
Links = list[dict[str, str]]
GEOJSON = "application/geo+json"
# Those whose tests there are: OGC 17-069r4 (Part 1) and 18-058r1 (Part 2).
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)
# pygeoapi links to what isn't served here: processes, jobs, tiles, and every document as JSON-LD.
_NOT_SERVED = ("/processes", "/jobs", "/tiling-schemes", "/TileMatrixSets")
_JSON_LD = "application/ld+json"


@dataclass(frozen=True, slots=True)
class Page:
    """One document, as JSON and as a page: what pygeoapi (or we) say, and the template that shows it."""

    content: Json
    template: str
    media_type: str = "application/json"
    headers: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """A request that may be answered."""

    address: str
    plain: "Plain"
    language: Language


class Refused(Exception):
    """pygeoapi would not answer."""

    def __init__(self, status: int, description: str) -> None:
        self.status, self.description = status, description
        super().__init__(description)


def landing(service: "Service", asking: Asking) -> Page:
    content = _read(service.landing(asking.address, asking.plain), asking.language)
    content["links"] = [
        link
        for link in cast(Links, content["links"])
        if not any(part in link["rel"] or part in link["href"] for part in _NOT_SERVED)
    ]
    return Page(content, "landing")


def conformance(service: "Service", asking: Asking) -> Page:
    """Only what is tested: pygeoapi would claim editing too."""
    return Page({"conformsTo": [*CONFORMS_TO]}, "conformance")


def defined(service: "Service", asking: Asking) -> Page:
    from yihui.http.ogc.definition import MEDIA_TYPE, definition
    from yihui.http.ogc.service import ABOUT, TITLE

    say = asking.language.text
    return Page(definition(asking.address, say(TITLE), say(ABOUT), asking.language), "openapi", MEDIA_TYPE)


def collections(service: "Service", asking: Asking) -> Page:
    content = _read(service.collections(asking.address, asking.plain), asking.language)
    for each in cast(list[Json], content["collections"]):
        each["links"] = _served(each["links"], asking.language)
    return Page(content, "collections")


def described(service: "Service", asking: Asking, collection: str) -> Page:
    return Page(
        _read(service.collections(asking.address, asking.plain, collection), asking.language), "collection"
    )


def properties(reply: "Reply", language: Language, collection: str) -> Page:
    """The properties, titled as the reader calls them."""
    content = _read(reply, language)
    called = titles(language, collection)
    for name, about in cast(dict[str, dict[str, str]], content["properties"]).items():
        about["title"] = called.get(name, name)
    return Page(content, "properties", "application/schema+json")


def items(service: "Service", asking: Asking, collection: str) -> Page:
    reply = service.items(asking.address, asking.plain, collection)
    return Page(_read(reply, asking.language), "items", GEOJSON, _crs(reply))


def item(service: "Service", asking: Asking, collection: str, id: str) -> Page:
    reply = service.item(asking.address, asking.plain, collection, id)
    return Page(_read(reply, asking.language), "item", GEOJSON, _crs(reply))


def _crs(reply: "Reply") -> Mapping[str, str]:
    """Part 2: in which CRS the features are."""
    return {name: value for name, value in reply.headers.items() if name.lower() == "content-crs"}


def _read(reply: "Reply", language: Language) -> Json:
    content: Json = from_json(reply.text)  # a page of 10,000 stations is 7 MB: three times as quick as json's
    if reply.status != 200:
        raise Refused(reply.status, str(content.get("description", "")))
    if "links" in content:
        content["links"] = _served(content["links"], language)
    return content


def _served(links: object, language: Language) -> Links:
    """Links to what is served, called as the reader calls it; pygeoapi knows their titles in English only."""
    return [
        {**link, "title": language.text(link.get("title", ""))}
        for link in cast(Links, links)
        if link.get("type") != _JSON_LD
    ]


def titles(language: Language, collection: str) -> dict[str, str]:
    """What a collection's properties are called, by name; collections call the same name differently."""
    return {field.name: language.text(field.title) for field in COLLECTIONS[collection].fields}


# pygeoapi's titles.
_TITLES = (
    *(N_("This document as JSON"), N_("This document as GeoJSON"), N_("This document as HTML")),
    *(N_("The OpenAPI definition as JSON"), N_("The OpenAPI definition as HTML"), N_("Conformance")),
    *(N_("Collections"), N_("The landing page of this server as JSON")),
    *(N_("The landing page of this server as HTML"), N_("Schema of collection in JSON")),
    *(N_("Schema of collection in HTML"), N_("Queryables for this collection as JSON")),
    *(N_("Queryables for this collection as HTML"), N_("Items as GeoJSON"), N_("Items as HTML")),
    *(N_("Items (prev)"), N_("Items (next)")),
)
