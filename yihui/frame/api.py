"""A noun as JSON: its listing, a thing, and each act, described in OpenAPI from the same declarations."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from yihui.access.actor import Actor
from yihui.frame.acts import Act, Door
from yihui.frame.doing import ActRequest, do_act
from yihui.frame.listing import PAGE_ROWS, Slice
from yihui.frame.looking import find_rows, show_thing
from yihui.frame.noun import Noun
from yihui.frame.plain import page_json, row_json
from yihui.http.body import openapi_json_body, parse_json_body, read_json_body
from yihui.http.current_actor import find_actor
from yihui.http.site import Site

MAX_BODY_BYTES = 256 << 10
Number = Annotated[int, Path(ge=1, lt=2**63, description="the number of the record", examples=[1])]
Seen = Annotated[int | None, Query(ge=1, lt=2**31, description="the version that the officer saw")]
RequestKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
_Page = Annotated[int, Query(ge=1, le=2**31)]


def build_router(site: Site, noun: Noun) -> APIRouter:
    """Build the JSON routes of a noun."""
    made = APIRouter(prefix=f"/api/v1/{noun.path}")
    _add_listing(made, site, noun)
    _add_thing(made, site, noun)
    for act in noun.acts:
        if Door.API in act.doors:
            _add_act(made, site, noun, act)
    return made


def _name(noun: Noun, action: str) -> str:
    return f"{noun.path.replace('/', '_')}_{action}".replace("-", "_")


def _add_listing(made: APIRouter, site: Site, noun: Noun) -> None:
    listing = noun.listing

    def rows(request: Request, filter_: Any, page: _Page = 1) -> dict[str, object]:
        part = Slice((page - 1) * PAGE_ROWS)
        found = find_rows(site.wiring, find_actor(site, request), listing, filter_, part)
        return {
            "total": found.found.total,
            "page": page,
            "rows": [row_json(listing.columns, row) for row in found.found.rows],
        }

    rows.__annotations__["filter_"] = Annotated[listing.filter, Query()]
    made.get("", name=_name(noun, "list"), description=listing.title)(rows)


def _add_thing(made: APIRouter, site: Site, noun: Noun) -> None:
    @made.get("/{number}", name=_name(noun, "show"), description=noun.title)
    def show(request: Request, number: Number) -> dict[str, object]:
        return _thing_json(site, find_actor(site, request), noun, number, request)


def _thing_json(
    site: Site, actor: Actor | None, noun: Noun, number: int, request: Request
) -> dict[str, object]:
    found = show_thing(site.wiring, actor, noun, number, site.language(request))
    version = noun.kind.version(found.thing)
    return {"number": number, "version": version, **page_json(found.sheet), "acts": list(found.sheet.acts)}


def _add_act(made: APIRouter, site: Site, noun: Noun, act: Act[Any, Any]) -> None:
    model: type[BaseModel] = act.form
    named, body = _name(noun, act.name), openapi_json_body(model, required=bool(model.model_fields))

    async def run(request: Request, wanted: ActRequest) -> Response:
        form: BaseModel = (
            act.form()
            if not act.form.model_fields
            else parse_json_body(act.form, await read_json_body(request, MAX_BODY_BYTES), strict=None)
        )
        actor = await run_in_threadpool(find_actor, site, request)

        def work() -> Response:
            number = do_act(site.wiring, actor, act, wanted, form)
            headers = {"Location": f"/api/v1/{noun.path}/{number}"} if act.makes else None
            content = _thing_json(site, actor, noun, number, request)
            return JSONResponse(content, 201 if act.makes else 200, headers)

        return await site.write_queue.run(work)

    if act.makes:

        @made.post("", status_code=201, name=named, description=act.title, openapi_extra=body)
        async def make(request: Request, key: RequestKey = None) -> Response:
            return await run(request, ActRequest(once=key or ""))

    else:

        @made.post(f"/{{number}}/{act.name}", name=named, description=act.title, openapi_extra=body)
        async def change(
            request: Request, number: Number, version: Seen = None, key: RequestKey = None
        ) -> Response:
            return await run(request, ActRequest(number, version, key or ""))
