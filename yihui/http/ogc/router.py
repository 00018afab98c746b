"""/ogc: OGC API – Features for QGIS, ArcGIS and browsers (extra ``ogc``)."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pydantic_core import to_json

from core.faults import FaultError
from store import StoreError
from yihui.access.senders import SenderUse
from yihui.http.ogc import documents
from yihui.http.ogc.collections import COLLECTIONS
from yihui.http.ogc.documents import OgcDocument, OgcRequest
from yihui.http.ogc.request import ITEM_PARAMETERS, ITEMS_PARAMETERS, OGC_FAULTS, validate_parameters
from yihui.http.pages import Pages
from yihui.http.sender_access import authenticate_sender
from yihui.http.site import Site
from yihui.runtime.errors import Problem, problem_of
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.http.ogc.layer_cache import LayerCache

PREFIX = "/ogc"
PROBLEM = "application/problem+json"
_METHODS = ["GET", "HEAD"]
_THREADS = 4  # building a layer takes seconds: many GIS clients must not occupy all of the site's threads


DocumentBuilder = Callable[[OgcRequest], OgcDocument]
EXCEPTION_CODES = {400: "InvalidParameterValue", 404: "NotFound"}  # HTTP status → the standard's exception


class OgcResponder:
    """Answers requests for the collections of one site. Geometry is imported at the first request."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._pages = Pages.build(site.wiring.settings)
        self._threads = ThreadPoolExecutor(_THREADS, "gis")  # the pool starts each thread on demand

    @cached_property
    def cache(self) -> "LayerCache":
        from yihui.http.ogc.layer_cache import LayerCache

        return LayerCache(self.site)

    async def respond(self, request: Request, known: Sequence[str], make: DocumentBuilder) -> Response:
        """Return a document, or the problem with the request.

        Serve at most four requests at a time; queue the rest.
        """
        work = partial(self._answer, request, known, make)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _answer(self, request: Request, known: Sequence[str], make: DocumentBuilder) -> Response:
        language, wants_page = self.site.language(request), _wants_page(request)
        try:
            parts = _checked_path(request, known, language)
            query = {name: text for name, text in request.query_params.items() if name not in ("f", "lang")}
            address = f"{request.url.scheme}://{request.url.netloc}{PREFIX}"
            page = make(OgcRequest(address, query, language, self.cache, parts))
        except StoreError:
            raise
        except FaultError as error:
            problem = problem_of(error, language)
            assert problem is not None, "faults are known errors"
        else:
            return self._render(request, page, wants_page, language, next(iter(parts), None))
        return self._render_problem(problem, wants_page, language)

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
    for path, known, make in _DOCUMENTS:
        made.add_api_route(path, _endpoint(gis, known, make), methods=_METHODS)
    return made


def _endpoint(
    gis: OgcResponder, known: Sequence[str], make: DocumentBuilder
) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        await run_in_threadpool(authenticate_sender, gis.site, request, SenderUse.GIS)
        return await gis.respond(request, known, make)

    return respond


_ONE = "/collections/{collection}"
_DOCUMENTS: Sequence[tuple[str, Sequence[str], DocumentBuilder]] = (
    ("", (), documents.landing_document),
    ("/", (), documents.landing_document),
    ("/openapi", (), documents.openapi_document),
    ("/conformance", (), documents.conformance_document),
    ("/collections", (), documents.collections_document),
    (_ONE, (), documents.collection_document),
    (f"{_ONE}/schema", (), documents.schema_document),
    (f"{_ONE}/queryables", (), documents.queryables_document),
    (f"{_ONE}/items", ITEMS_PARAMETERS, documents.items_document),
    (f"{_ONE}/items/{{id:path}}", ITEM_PARAMETERS, documents.item_document),
)


def _checked_path(request: Request, known: Sequence[str], language: Language) -> tuple[str, ...]:
    """Return the collection and the feature that a request names. *Raises*: FaultError."""
    parts = tuple(request.path_params.values())
    if find_spec("geopandas") is None:
        raise FaultError(OGC_FAULTS.build("no_extra"))
    if parts and parts[0] not in COLLECTIONS:
        there = language.format_list(COLLECTIONS)
        fault = OGC_FAULTS.build("unknown_collection", field="collection", value=parts[0][:100], known=there)
        raise FaultError(fault)
    filtered = COLLECTIONS[parts[0]] if parts and "limit" in known else None
    if faults := validate_parameters(request.query_params.multi_items(), known, filtered):
        raise FaultError(faults)
    return parts


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


def _relative(request: Request, **changes: str) -> str:
    return str(request.url.include_query_params(**changes).replace(scheme="", netloc=""))
