"""The documents of /ogc: what each operation of OGC API – Features answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from core.civil_time import CIVIL_TIME
from core.faults import FaultError
from core.text_marks import N_
from yihui.http.ogc.collections import AT_FIELD, COLLECTIONS, Collection
from yihui.http.ogc.definition import GEOJSON, HTML, JSON, OPENAPI_MEDIA_TYPE, build_openapi_definition
from yihui.http.ogc.request import (
    CRS84,
    DEFAULT_ITEMS,
    MAX_ITEMS,
    OGC_FAULTS,
    SUPPORTED_CRS,
    format_instant,
    parse_datetime_parameter,
    parse_property_value,
    parse_sort,
)
from yihui.runtime.arguments import FIRST_YEAR, LAST_YEAR
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from pyproj import CRS

    from yihui.http.ogc.layer import Box, FeatureLayer
    from yihui.http.ogc.layer_cache import LayerCache


Json = dict[str, object]
Link = dict[str, str]
SCHEMA = "application/schema+json"
GREGORIAN = "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"
SERVICE_TITLE = N_("Yihui: stations, coverage and gaps")
SERVICE_DESCRIPTION = N_(
    "The register's places, how well each county is served and where there are gaps, live for GIS (OGC API – "
    "Features). Publishing a map made of it needs a map-review number (审图号)."
)
# Classes that our tests check: OGC 17-069r4 (Part 1), 18-058r1 (Part 2), 19-079r2 (Part 3).
CONFORMS_TO = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
)
_RELATION = "http://www.opengis.net/def/rel/ogc/1.0/"


@dataclass(frozen=True, slots=True)
class OgcRequest:
    """A request whose parameters are valid. ``path_parts`` are the collection and the feature that it names."""

    address: str
    query: Mapping[str, str]
    language: Language
    cache: "LayerCache"
    path_parts: tuple[str, ...] = ()

    @property
    def collection(self) -> Collection:
        return COLLECTIONS[self.path_parts[0]]

    def link(self, rel: str, path: str, kind: str, title: str) -> Link:
        """Return a link to a path below the address."""
        return {
            "rel": rel,
            "type": kind,
            "title": self.language.translate(title),
            "href": self.address + path,
        }

    def link_both(self, path: str, kind: str, rels: tuple[str, str], *titles: str) -> list[Link]:
        """Return the links to both forms of a document, the first for programs."""
        forms = zip(rels, ("json", "html"), (kind, HTML), titles, strict=True)
        return [self.link(rel, f"{path}{form}", type_, title) for rel, form, type_, title in forms]

    def link_itself(self, path: str, kind: str = JSON) -> list[Link]:
        """Return the links from a document to itself and to its other form."""
        titles = (N_("This document as JSON"), N_("This document as HTML"))
        return self.link_both(f"{path}?f=", kind, ("self", "alternate"), *titles)

    def load_layer(self) -> "FeatureLayer":
        """Return the collection's features at the instant of the query."""
        at = parse_datetime_parameter(self.query.get("datetime"), self.cache.site.wiring.now())
        return self.cache.layer(self.collection.id, at)

    def read_crs(self, name: str) -> "CRS | None":
        """Return the CRS that a parameter names, None for that of the layers."""
        from pyproj import CRS

        return None if self.query.get(name, CRS84) == CRS84 else CRS.from_user_input(self.query[name])


@dataclass(frozen=True, slots=True)
class OgcDocument:
    """One document: its JSON content, and the template that renders it as HTML."""

    content: Json
    template: str
    media_type: str = JSON
    headers: Mapping[str, str] | None = None


def landing_document(asked: OgcRequest) -> OgcDocument:
    links = [
        *asked.link_itself(""),
        asked.link("service-desc", "/openapi", OPENAPI_MEDIA_TYPE, N_("The OpenAPI definition as JSON")),
        asked.link("service-doc", "/openapi?f=html", HTML, N_("The OpenAPI definition as HTML")),
        asked.link("conformance", "/conformance", JSON, N_("Conformance")),
        asked.link("data", "/collections", JSON, N_("Collections")),
    ]
    title, about = map(asked.language.translate, (SERVICE_TITLE, SERVICE_DESCRIPTION))
    return OgcDocument({"title": title, "description": about, "links": links}, "landing")


def conformance_document(_: OgcRequest) -> OgcDocument:
    return OgcDocument({"conformsTo": [*CONFORMS_TO]}, "conformance")


def openapi_document(asked: OgcRequest) -> OgcDocument:
    title, about = map(asked.language.translate, (SERVICE_TITLE, SERVICE_DESCRIPTION))
    content = build_openapi_definition(asked.address, title, about, asked.language)
    return OgcDocument(content, "openapi", OPENAPI_MEDIA_TYPE)


def collections_document(asked: OgcRequest) -> OgcDocument:
    described = [_describe(asked, one) for one in COLLECTIONS.values()]
    return OgcDocument({"collections": described, "links": asked.link_itself("/collections")}, "collections")


def collection_document(asked: OgcRequest) -> OgcDocument:
    return OgcDocument(_describe(asked, asked.collection), "collection")


def _describe(asked: OgcRequest, collection: Collection) -> Json:
    """Describe a collection; civil time is certain at the instants of its extent."""
    path = f"/collections/{collection.id}"
    first = datetime(FIRST_YEAR, 1, 1, tzinfo=CIVIL_TIME)
    last = datetime(LAST_YEAR, 12, 31, 23, 59, 59, tzinfo=CIVIL_TIME)
    schema, queryables = f"{_RELATION}schema", f"{_RELATION}queryables"
    return {
        "id": collection.id,
        "title": asked.language.translate(collection.title),
        "description": asked.language.translate(collection.description),
        "links": [
            *asked.link_itself(path),
            *asked.link_both(
                f"{path}/schema?f=",
                SCHEMA,
                (schema, schema),
                *(N_("Schema of collection in JSON"), N_("Schema of collection in HTML")),
            ),
            *asked.link_both(
                f"{path}/queryables?f=",
                SCHEMA,
                (queryables, queryables),
                *(N_("Queryables for this collection as JSON"), N_("Queryables for this collection as HTML")),
            ),
            *asked.link_both(
                f"{path}/items?f=", GEOJSON, ("items", "items"), N_("Items as GeoJSON"), N_("Items as HTML")
            ),
        ],
        "extent": {
            "spatial": {"bbox": [[*asked.cache.extent()]], "crs": CRS84},
            "temporal": {"interval": [[format_instant(first), format_instant(last)]], "trs": GREGORIAN},
        },
        "itemType": "feature",
        "crs": [*SUPPORTED_CRS],
        "storageCrs": CRS84,
    }


def schema_document(asked: OgcRequest) -> OgcDocument:
    return _describe_properties(asked, "schema", {})


def queryables_document(asked: OgcRequest) -> OgcDocument:
    return _describe_properties(asked, "queryables", {"additionalProperties": False})


def _describe_properties(asked: OgcRequest, name: str, more: Json) -> OgcDocument:
    say, collection = asked.language.translate, asked.collection
    properties: Json = {
        "geometry": {"format": "geometry-any", "x-ogc-role": "primary-geometry", "title": "geometry"}
    }
    for field in collection.fields:
        format_ = {"format": field.format} if field.format else {}
        role = {"x-ogc-role": "primary-instant"} if field is AT_FIELD else {}
        properties[field.name] = {"type": field.type, "title": say(field.title), **format_, **role}
    content: Json = {
        "$schema": "http://json-schema.org/draft/2019-09/schema",
        "$id": f"{asked.address}/collections/{collection.id}/{name}",
        "type": "object",
        "title": say(collection.title),
        "properties": properties,
        **more,
    }
    return OgcDocument(content, "properties", SCHEMA)


def items_document(asked: OgcRequest) -> OgcDocument:
    """Return a page of the features that match the query."""
    from yihui.http.ogc.layer import FeatureOutput, FeatureQuery

    query, layer, fields = asked.query, asked.load_layer(), asked.collection.fields_by_name
    found = layer.select(
        FeatureQuery(
            box=_read_box(asked),
            equal=tuple(
                (name, parse_property_value(fields[name], text))
                for name, text in query.items()
                if name in fields
            ),
            sort=parse_sort(query["sortby"], fields) if "sortby" in query else (),
        )
    )
    offset = int(query.get("offset", 0))
    limit = min(int(query.get("limit", DEFAULT_ITEMS)), MAX_ITEMS)
    page = found[:0] if query.get("resulttype") == "hits" else found[offset : offset + limit]
    names = tuple(query["properties"].split(",")) if "properties" in query else ()
    shown = FeatureOutput(names, query.get("skipGeometry") != "true", asked.read_crs("crs"))
    path = f"/collections/{asked.collection.id}"

    def at(place: int) -> str:
        return f"{path}/items?{urlencode({**query, 'offset': place, 'limit': limit})}"

    titles = (N_("This document as GeoJSON"), N_("This document as HTML"))
    links = asked.link_both(f"{at(offset)}&f=", GEOJSON, ("self", "alternate"), *titles)
    if offset:
        links.append(asked.link("prev", at(max(0, offset - limit)), GEOJSON, N_("Items (prev)")))
    if offset + limit < len(found):
        links.append(asked.link("next", at(offset + limit), GEOJSON, N_("Items (next)")))
    content: Json = {
        "type": "FeatureCollection",
        "numberMatched": len(found),
        "numberReturned": len(page),
        "features": layer.features(page, shown),
        "links": [*links, asked.link("collection", path, JSON, asked.collection.title)],
        "timeStamp": datetime.now(UTC).isoformat(),
    }
    return OgcDocument(content, "items", GEOJSON, _crs_header(asked))


def _read_box(asked: OgcRequest) -> "Box | None":
    """Return the horizontal bounds of the query's box; heights are ignored. *CRS*: WGS84, longitude first."""
    if "bbox" not in asked.query:
        return None
    numbers = [float(part) for part in asked.query["bbox"].split(",")]
    half = len(numbers) // 2
    corners = ((numbers[0], numbers[1]), (numbers[half], numbers[half + 1]))
    if (crs := asked.read_crs("bbox-crs")) is not None:
        from pyproj import Transformer

        to = Transformer.from_crs(crs, "OGC:CRS84")  # in the CRS's own axis order
        (first, second) = (to.transform(*corner) for corner in corners)
        corners = (first, second)
    return (*corners[0], *corners[1])


def item_document(asked: OgcRequest) -> OgcDocument:
    """Return one feature as of now. *Raises*: FaultError."""
    from yihui.http.ogc.layer import FeatureOutput

    layer, (_, id_) = asked.load_layer(), asked.path_parts
    if id_ not in layer.place:
        raise FaultError(OGC_FAULTS.build("unknown_feature"))
    (feature,) = layer.features([layer.place[id_]], FeatureOutput(crs=asked.read_crs("crs")))
    path = f"/collections/{asked.collection.id}"
    links = [
        *asked.link_itself(f"{path}/items/{quote(id_, safe='')}", GEOJSON),
        asked.link("collection", path, JSON, asked.collection.title),
    ]
    return OgcDocument({**feature, "links": links}, "item", GEOJSON, _crs_header(asked))


def _crs_header(asked: OgcRequest) -> Mapping[str, str]:
    """Return the header that names the CRS of the features (Part 2)."""
    return {"Content-Crs": f"<{asked.query.get('crs', CRS84)}>"}


def property_titles(language: Language, collection: str) -> dict[str, str]:
    """Return the translated titles of a collection's properties by name; they differ between collections."""
    return {field.name: language.translate(field.title) for field in COLLECTIONS[collection].fields}
