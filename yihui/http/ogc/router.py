"""/ogc: OGC API – Features for QGIS, ArcGIS and browsers, by pygeoapi (extra ``ogc``)."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic_core import to_json

from yihui.http.ogc import documents
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.documents import OgcDocument, OgcRequest, PygeoapiRefusal
from yihui.http.ogc.refusals import (
    EXCEPTION_CODES,
    invalid_parameters_problem,
    missing_extra_problem,
    pygeoapi_refusal_problem,
    unknown_collection_problem,
)
from yihui.http.ogc.request import ITEM_PARAMETERS, ITEMS_PARAMETERS, validate_parameters
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.runtime.errors import Problem
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.http.ogc.service import OgcService, PygeoapiRequest

PREFIX = "/ogc"
PROBLEM = "application/problem+json"
_METHODS = ["GET", "HEAD"]
_THREADS = 4  # building a layer takes seconds: many GIS clients must not occupy all of the site's threads


class OgcResponder:
    """Answers requests for the collections of one site. pygeoapi is imported at the first request."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pages = Pages()
        self._threads = ThreadPoolExecutor(_THREADS, "gis")  # the pool starts each thread on demand

    @cached_property
    def service(self) -> "OgcService":
        from yihui.http.ogc.layer_cache import LayerCache
        from yihui.http.ogc.service import OgcService

        return OgcService(LayerCache(self._site))

    async def respond(
        self,
        request: Request,
        known: Sequence[str],
        make: "Callable[[OgcService, OgcRequest], OgcDocument]",
        collection: str | None = None,
    ) -> Response:
        """Return a document, or the problem with the request.

        Serve at most four requests at a time; queue the rest.
        """
        work = partial(self._answer, request, known, make, collection)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _answer(
        self,
        request: Request,
        known: Sequence[str],
        make: "Callable[[OgcService, OgcRequest], OgcDocument]",
        collection: str | None,
    ) -> Response:
        language = self._site.language(request)
        wants_page = _wants_page(request)
        if find_spec("pygeoapi") is None:
            return self._render_problem(missing_extra_problem(language), wants_page, language)
        if collection is not None and collection not in COLLECTIONS:
            return self._render_problem(
                unknown_collection_problem(collection, language), wants_page, language
            )
        filtered = COLLECTIONS[collection] if collection and "limit" in known else None
        if faults := validate_parameters(request.query_params.multi_items(), known, filtered):
            return self._render_problem(invalid_parameters_problem(faults, language), wants_page, language)
        asking = OgcRequest(_address(request), _pygeoapi_request(request, language), language)
        try:
            page = make(self.service, asking)
        except PygeoapiRefusal as refusal:
            return self._render_problem(pygeoapi_refusal_problem(refusal, language), wants_page, language)
        return self._render(request, page, wants_page, language, collection)

    def _render(
        self,
        request: Request,
        page: OgcDocument,
        wants_page: bool,
        language: Language,
        collection: str | None,
    ) -> Response:
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
                titles=documents.property_titles(language, collection) if collection else {},
            )
            return HTMLResponse(html, headers=headers)
        return Response(to_json(page.content), 200, headers, page.media_type)

    def _render_problem(self, problem: Problem, wants_page: bool, language: Language) -> Response:
        """Render a problem both as the standard's exception (``code``, ``description``) and as RFC 9457."""
        if wants_page:
            html = self._pages.render("ogc/problem.html", language, problem=problem, root=PREFIX)
            return HTMLResponse(html, problem.status)
        description = language.join_clauses(line.message for line in problem.errors) or problem.title
        code = EXCEPTION_CODES.get(problem.status, "NoApplicableCode")
        said = {"code": code, "description": description, **problem.as_json()}
        return Response(to_json(said), problem.status, media_type=PROBLEM)


def router(site: Site) -> APIRouter:
    made, gis = APIRouter(prefix=PREFIX, include_in_schema=False), OgcResponder(site)

    @made.api_route("", methods=_METHODS)
    @made.api_route("/", methods=_METHODS)
    async def landing(request: Request) -> Response:
        return await gis.respond(request, (), documents.landing_document)

    @made.api_route("/openapi", methods=_METHODS)
    async def openapi(request: Request) -> Response:
        return await gis.respond(request, (), documents.openapi_document)

    @made.api_route("/conformance", methods=_METHODS)
    async def conformance(request: Request) -> Response:
        return await gis.respond(request, (), documents.conformance_document)

    @made.api_route("/collections", methods=_METHODS)
    async def collections(request: Request) -> Response:
        return await gis.respond(request, (), documents.collections_document)

    @made.api_route("/collections/{collection}", methods=_METHODS)
    async def described(request: Request, collection: str) -> Response:
        return await gis.respond(
            request,
            (),
            lambda service, asking: documents.collection_document(service, asking, collection),
            collection,
        )

    @made.api_route("/collections/{collection}/schema", methods=_METHODS)
    async def schema(request: Request, collection: str) -> Response:
        return await gis.respond(
            request,
            (),
            lambda service, asking: documents.properties_document(
                service.schema(asking.address, asking.plain, collection), asking.language, collection
            ),
            collection,
        )

    @made.api_route("/collections/{collection}/queryables", methods=_METHODS)
    async def queryables(request: Request, collection: str) -> Response:
        return await gis.respond(
            request,
            (),
            lambda service, asking: documents.properties_document(
                service.queryables(asking.address, asking.plain, collection), asking.language, collection
            ),
            collection,
        )

    @made.api_route("/collections/{collection}/items", methods=_METHODS)
    async def items(request: Request, collection: str) -> Response:
        return await gis.respond(
            request,
            ITEMS_PARAMETERS,
            lambda service, asking: documents.items_document(service, asking, collection),
            collection,
        )

    @made.api_route("/collections/{collection}/items/{id:path}", methods=_METHODS)
    async def item(request: Request, collection: str, id: str) -> Response:
        return await gis.respond(
            request,
            ITEM_PARAMETERS,
            lambda service, asking: documents.item_document(service, asking, collection, id),
            collection,
        )

    return made


# Requests -------------------------------------------------------------------------------------------------


def _wants_page(request: Request) -> bool:
    """Return whether the client wants HTML.

    ``f`` decides, else the first of HTML and JSON in ``Accept``; without either, JSON.
    """
    asked = request.query_params.get("f")
    if asked:
        return asked == "html"
    kinds = [part.split(";")[0].strip() for part in request.headers.get("accept", "").split(",")]
    first = next((kind for kind in kinds if kind == "text/html" or kind.endswith("json")), "")
    return first == "text/html"


def _address(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}"


def _pygeoapi_request(request: Request, language: Language) -> "PygeoapiRequest":
    """Build the request that pygeoapi sees: always for JSON, in the language already chosen."""
    from yihui.http.ogc.service import PygeoapiRequest

    asked = {name: value for name, value in request.query_params.items() if name != "lang"}
    return PygeoapiRequest(
        asked | {"f": "json"}, {"accept-language": language.code}, {"path": request.url.path}
    )


def _relative(request: Request, **changes: str) -> str:
    return str(request.url.include_query_params(**changes).replace(scheme="", netloc=""))
