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
from yihui.http.ogc.documents import Asking, Page, Refused
from yihui.http.ogc.refusals import CODES, absent, invalid, told, unknown_collection
from yihui.http.ogc.request import OF_ITEM, OF_ITEMS, faults_of
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.runtime.errors import Problem
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from yihui.http.ogc.service import Plain, Service

PREFIX = "/ogc"
PROBLEM = "application/problem+json"
_ASK = ["GET", "HEAD"]
_THREADS = 4  # a layer takes seconds to make: a crowd of GIS must not hold all of the site's own


class Gis:
    """The collections of one site; pygeoapi is imported when the first one asks."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pages = Pages()
        self._threads = ThreadPoolExecutor(_THREADS, "gis")  # each begins when it is first needed

    @cached_property
    def service(self) -> "Service":
        from yihui.http.ogc.layer_cache import Shelf
        from yihui.http.ogc.service import Service

        return Service(Shelf(self._site))

    async def answer(
        self,
        request: Request,
        known: Sequence[str],
        make: "Callable[[Service, Asking], Page]",
        collection: str | None = None,
    ) -> Response:
        """What a request is answered: a document, or what is wrong with it. Who comes fifth waits."""
        work = partial(self._answer, request, known, make, collection)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _answer(
        self,
        request: Request,
        known: Sequence[str],
        make: "Callable[[Service, Asking], Page]",
        collection: str | None,
    ) -> Response:
        language = self._site.language(request)
        wants_page = _wants_page(request)
        if find_spec("pygeoapi") is None:
            return self._refused(absent(language), wants_page, language)
        if collection is not None and collection not in COLLECTIONS:
            return self._refused(unknown_collection(collection, language), wants_page, language)
        filtered = COLLECTIONS[collection] if collection and "limit" in known else None
        if faults := faults_of(request.query_params.multi_items(), known, filtered):
            return self._refused(invalid(faults, language), wants_page, language)
        asking = Asking(_address(request), _plain(request, language), language)
        try:
            page = make(self.service, asking)
        except Refused as refusal:
            return self._refused(told(refusal, language), wants_page, language)
        return self._shown(request, page, wants_page, language, collection)

    def _shown(
        self, request: Request, page: Page, wants_page: bool, language: Language, collection: str | None
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
                titles=documents.titles(language, collection) if collection else {},
            )
            return HTMLResponse(html, headers=headers)
        return Response(to_json(page.content), 200, headers, page.media_type)

    def _refused(self, problem: Problem, wants_page: bool, language: Language) -> Response:
        """As the standard's exception (``code``, ``description``) and as RFC 9457's problem at once."""
        if wants_page:
            html = self._pages.render("ogc/problem.html", language, problem=problem, root=PREFIX)
            return HTMLResponse(html, problem.status)
        description = language.clauses(line.message for line in problem.errors) or problem.title
        code = CODES.get(problem.status, "NoApplicableCode")
        said = {"code": code, "description": description, **problem.as_json()}
        return Response(to_json(said), problem.status, media_type=PROBLEM)


def router(site: Site) -> APIRouter:
    made, gis = APIRouter(prefix=PREFIX, include_in_schema=False), Gis(site)

    @made.api_route("", methods=_ASK)
    @made.api_route("/", methods=_ASK)
    async def landing(request: Request) -> Response:
        return await gis.answer(request, (), documents.landing)

    @made.api_route("/openapi", methods=_ASK)
    async def openapi(request: Request) -> Response:
        return await gis.answer(request, (), documents.defined)

    @made.api_route("/conformance", methods=_ASK)
    async def conformance(request: Request) -> Response:
        return await gis.answer(request, (), documents.conformance)

    @made.api_route("/collections", methods=_ASK)
    async def collections(request: Request) -> Response:
        return await gis.answer(request, (), documents.collections)

    @made.api_route("/collections/{collection}", methods=_ASK)
    async def described(request: Request, collection: str) -> Response:
        return await gis.answer(
            request, (), lambda service, asking: documents.described(service, asking, collection), collection
        )

    @made.api_route("/collections/{collection}/schema", methods=_ASK)
    async def schema(request: Request, collection: str) -> Response:
        return await gis.answer(
            request,
            (),
            lambda service, asking: documents.properties(
                service.schema(asking.address, asking.plain, collection), asking.language, collection
            ),
            collection,
        )

    @made.api_route("/collections/{collection}/queryables", methods=_ASK)
    async def queryables(request: Request, collection: str) -> Response:
        return await gis.answer(
            request,
            (),
            lambda service, asking: documents.properties(
                service.queryables(asking.address, asking.plain, collection), asking.language, collection
            ),
            collection,
        )

    @made.api_route("/collections/{collection}/items", methods=_ASK)
    async def items(request: Request, collection: str) -> Response:
        return await gis.answer(
            request,
            OF_ITEMS,
            lambda service, asking: documents.items(service, asking, collection),
            collection,
        )

    @made.api_route("/collections/{collection}/items/{id:path}", methods=_ASK)
    async def item(request: Request, collection: str, id: str) -> Response:
        return await gis.answer(
            request,
            OF_ITEM,
            lambda service, asking: documents.item(service, asking, collection, id),
            collection,
        )

    return made


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
    from yihui.http.ogc.service import Plain

    asked = {name: value for name, value in request.query_params.items() if name != "lang"}
    return Plain(asked | {"f": "json"}, {"accept-language": language.code}, {"path": request.url.path})


def _relative(request: Request, **changes: str) -> str:
    return str(request.url.include_query_params(**changes).replace(scheme="", netloc=""))
