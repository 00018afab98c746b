"""/ogc: OGC API – Features for QGIS, ArcGIS and browsers, by pygeoapi (extra ``ogc``)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic_core import from_json, to_json

from geo.faults import Fault
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.language import Language
from yihui.ogc.collections import COLLECTIONS
from yihui.problems import EXIT_ENVIRONMENT, EXIT_FINDINGS, Line, Problem, fault_line

if TYPE_CHECKING:
    from yihui.ogc.service import Plain, Reply, Service

N_ = str  # marks a text for the message catalogue

Json = dict[str, object]
Links = list[dict[str, str]]
PREFIX = "/ogc"
GEOJSON, PROBLEM = "application/geo+json", "application/problem+json"
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
_ASK = ["GET", "HEAD"]
_CODES = {400: "InvalidParameterValue", 404: "NotFound"}


@dataclass(frozen=True, slots=True)
class Page:
    """One document, as JSON and as a page: what pygeoapi (or we) say, and the template that shows it."""

    content: Json
    template: str
    media_type: str = "application/json"
    headers: Mapping[str, str] | None = None


class Gis:
    """The collections of one site; pygeoapi is imported when the first one asks."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pages = Pages()

    @cached_property
    def service(self) -> "Service":
        """*Raises*: ImportError where the extra is not installed."""
        from yihui.ogc.service import Service
        from yihui.ogc.shelf import Shelf

        return Service(Shelf(self._site))

    def answer(
        self,
        request: Request,
        known: Sequence[str],
        make: "Callable[[Service, Asking], Page]",
        collection: str | None = None,
    ) -> Response:
        """What a request is answered: a document, or what is wrong with it."""
        language = self._site.language(request)
        wants_page = _wants_page(request)
        try:
            from yihui.ogc.asked import faults_of

            service = self.service
        except ImportError:
            return self._refused(_absent(language), wants_page, language)
        if collection is not None and collection not in COLLECTIONS:
            return self._refused(_unknown_collection(collection, language), wants_page, language)
        filtered = COLLECTIONS[collection] if collection and "limit" in known else None
        if faults := faults_of(request.query_params.multi_items(), known, filtered):
            return self._refused(_invalid(faults, language), wants_page, language)
        asking = Asking(_address(request), _plain(request, language), language)
        try:
            page = make(service, asking)
        except Refused as refusal:
            return self._refused(_told(refusal, language), wants_page, language)
        return self._shown(request, page, wants_page, language)

    def _shown(self, request: Request, page: Page, wants_page: bool, language: Language) -> Response:
        headers = {
            "Content-Language": language.code,
            "Vary": "Accept, Accept-Language",
            **(page.headers or {}),
        }
        if wants_page:
            other = {"zh": "en", "en": "zh"}[language.code]
            html = self._pages.render(
                f"ogc/{page.template}.html",
                language,
                data=page.content,
                root=PREFIX,
                as_json=_relative(request, f="json"),
                other_language=_relative(request, lang=other),
                titles=_titles(language),
            )
            return HTMLResponse(html, headers=headers)
        return Response(to_json(page.content), 200, headers, page.media_type)

    def _refused(self, problem: Problem, wants_page: bool, language: Language) -> Response:
        """As the standard's exception (``code``, ``description``) and as RFC 9457's problem at once."""
        if wants_page:
            html = self._pages.render("ogc/problem.html", language, problem=problem, root=PREFIX)
            return HTMLResponse(html, problem.status)
        description = language.clauses(line.message for line in problem.errors) or problem.title
        code = _CODES.get(problem.status, "NoApplicableCode")
        told = {"code": code, "description": description, **problem.as_json()}
        return Response(to_json(told), problem.status, media_type=PROBLEM)


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


def router(site: Site) -> APIRouter:
    made, gis = APIRouter(prefix=PREFIX, include_in_schema=False), Gis(site)

    @made.api_route("", methods=_ASK)
    @made.api_route("/", methods=_ASK)
    def landing(request: Request) -> Response:
        return gis.answer(request, (), _landing)

    @made.api_route("/openapi", methods=_ASK)
    def openapi(request: Request) -> Response:
        return gis.answer(request, (), _definition)

    @made.api_route("/conformance", methods=_ASK)
    def conformance(request: Request) -> Response:
        return gis.answer(request, (), lambda *_: Page({"conformsTo": [*CONFORMS_TO]}, "conformance"))

    @made.api_route("/collections", methods=_ASK)
    def collections(request: Request) -> Response:
        return gis.answer(request, (), _collections)

    @made.api_route("/collections/{collection}", methods=_ASK)
    def described(request: Request, collection: str) -> Response:
        return gis.answer(
            request, (), lambda service, asking: _described(service, asking, collection), collection
        )

    @made.api_route("/collections/{collection}/schema", methods=_ASK)
    def schema(request: Request, collection: str) -> Response:
        return gis.answer(
            request,
            (),
            lambda service, asking: _properties(
                service.schema(asking.address, asking.plain, collection), asking.language
            ),
            collection,
        )

    @made.api_route("/collections/{collection}/queryables", methods=_ASK)
    def queryables(request: Request, collection: str) -> Response:
        return gis.answer(
            request,
            (),
            lambda service, asking: _properties(
                service.queryables(asking.address, asking.plain, collection), asking.language
            ),
            collection,
        )

    @made.api_route("/collections/{collection}/items", methods=_ASK)
    def items(request: Request, collection: str) -> Response:
        from yihui.ogc.asked import OF_ITEMS

        return gis.answer(
            request, OF_ITEMS, lambda service, asking: _items(service, asking, collection), collection
        )

    @made.api_route("/collections/{collection}/items/{id:path}", methods=_ASK)
    def item(request: Request, collection: str, id: str) -> Response:
        from yihui.ogc.asked import OF_ITEM

        return gis.answer(
            request, OF_ITEM, lambda service, asking: _item(service, asking, collection, id), collection
        )

    return made


# Documents ------------------------------------------------------------------------------------------------


def _landing(service: "Service", asking: Asking) -> Page:
    content = _read(service.landing(asking.address, asking.plain), asking.language)
    content["links"] = [
        link
        for link in cast(Links, content["links"])
        if not any(part in link["rel"] or part in link["href"] for part in _NOT_SERVED)
    ]
    return Page(content, "landing")


def _definition(service: "Service", asking: Asking) -> Page:
    from yihui.ogc.definition import MEDIA_TYPE, definition
    from yihui.ogc.service import ABOUT, TITLE

    say = asking.language.text
    return Page(definition(asking.address, say(TITLE), say(ABOUT), asking.language), "openapi", MEDIA_TYPE)


def _collections(service: "Service", asking: Asking) -> Page:
    content = _read(service.collections(asking.address, asking.plain), asking.language)
    for each in cast(list[Json], content["collections"]):
        each["links"] = _served(each["links"], asking.language)
    return Page(content, "collections")


def _described(service: "Service", asking: Asking, collection: str) -> Page:
    return Page(
        _read(service.collections(asking.address, asking.plain, collection), asking.language), "collection"
    )


def _properties(reply: "Reply", language: Language) -> Page:
    """The properties, titled as the reader calls them."""
    content = _read(reply, language)
    titles = _titles(language)
    for name, about in cast(dict[str, dict[str, str]], content["properties"]).items():
        about["title"] = titles.get(name, name)
    return Page(content, "properties", "application/schema+json")


def _items(service: "Service", asking: Asking, collection: str) -> Page:
    reply = service.items(asking.address, asking.plain, collection)
    return Page(_read(reply, asking.language), "items", GEOJSON, _crs(reply))


def _item(service: "Service", asking: Asking, collection: str, id: str) -> Page:
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


def _titles(language: Language) -> dict[str, str]:
    """What the properties are called, by name."""
    return {field.name: language.text(field.title) for each in COLLECTIONS.values() for field in each.fields}


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


# Requests -------------------------------------------------------------------------------------------------


def _wants_page(request: Request) -> bool:
    """``f`` first, then whatever of HTML and JSON stands first in ``Accept``; programs that say nothing get JSON."""
    asked = request.query_params.get("f")
    if asked:
        return asked == "html"
    kinds = [part.split(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    first = next((kind for kind in kinds if kind == "text/html" or kind.endswith("json")), "")
    return first == "text/html"


def _address(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}"


def _plain(request: Request, language: Language) -> "Plain":
    """What pygeoapi is shown: the format is ours to choose, and the language is settled."""
    from yihui.ogc.service import Plain

    asked = {name: value for name, value in request.query_params.items() if name != "lang"}
    return Plain(asked | {"f": "json"}, {"accept-language": language.code}, {"path": request.url.path})


def _relative(request: Request, **changes: str) -> str:
    return str(request.url.include_query_params(**changes).replace(scheme="", netloc=""))


# Refusals -------------------------------------------------------------------------------------------------


def _absent(language: Language) -> Problem:
    line = Line(
        language.say(N_("OGC API – Features needs the extra “ogc”, which is not installed here")),
        language.say(N_("install it: pip install 'yihui[ogc]', then start the site again")),
    )
    return Problem(language.say(N_("there is no OGC API here")), 404, EXIT_ENVIRONMENT, (line,))


def _unknown_collection(name: str, language: Language) -> Problem:
    fault = Fault(
        N_("there is no collection {value}"),
        N_("there are: {known}"),
        field="collection",
        value=name[:100],
        params={"known": language.listed(COLLECTIONS)},
    )
    return Problem(
        language.say(N_("there is no such collection")), 404, EXIT_FINDINGS, (fault_line(fault, language),)
    )


def _invalid(faults: Sequence[Fault], language: Language) -> Problem:
    title = language.say(N_("the request was not accepted; faults: {count}"), count=len(faults))
    return Problem(title, 400, EXIT_FINDINGS, tuple(fault_line(fault, language) for fault in faults))


def _told(refusal: Refused, language: Language) -> Problem:
    if refusal.status == 404:
        line = Line(
            language.say(N_("there is no such feature now")), language.say(N_("look for it among the items"))
        )
        return Problem(language.say(N_("there is no such feature")), 404, EXIT_FINDINGS, (line,))
    title = language.say(N_("the request was refused"))
    return Problem(title, refusal.status, EXIT_FINDINGS, (Line(refusal.description, ""),))


__all__ = ["CONFORMS_TO", "router"]
