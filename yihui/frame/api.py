"""A noun as JSON: its listing, a thing, and each act, described in OpenAPI from the same declarations."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic_core import from_json

from core.faults import FaultError
from yihui.access.actor import Actor
from yihui.frame.acts import Act, Door, Key
from yihui.frame.doing import ActRequest, do_act, preview_act
from yihui.frame.fields import FORM_FAULTS, parse_values
from yihui.frame.keys import with_key
from yihui.frame.listing import PAGE_ROWS, Slice
from yihui.frame.looking import find_rows, show_thing
from yihui.frame.noun import Noun, load_nouns
from yihui.frame.plain import page_json, row_json, sections_json
from yihui.http.body import openapi_json_body, read_json_body, refuse_repeated_key
from yihui.http.current_actor import find_actor
from yihui.http.site import Site

MAX_BODY_BYTES = 256 << 10
Seen = Annotated[int | None, Query(ge=1, lt=2**31, description="the version that the officer saw")]
RequestKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
Preview = Annotated[bool, Query(description="return what the act would do, and do nothing")]
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
    def show(request: Request, thing: Key) -> dict[str, object]:
        return _thing_json(site, find_actor(site, request), noun, thing, request)

    route = made.get("/{thing}", name=_name(noun, "show"), description=noun.title)
    route(with_key(show, noun.kind.key))


def _thing_json(site: Site, actor: Actor | None, noun: Noun, key: Key, request: Request) -> dict[str, object]:
    found = show_thing(site.wiring, actor, noun, key, site.language(request))
    version = noun.kind.version(found.thing)
    return {"key": key, "version": version, **page_json(found.page), "acts": list(found.page.acts)}


def _read_object(content: bytes) -> dict[str, object]:
    """Return the fields of a body. *Raises*: FaultError if it is no JSON object, or has a key twice."""
    refuse_repeated_key(content)
    try:
        read = from_json(content)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise FaultError(FORM_FAULTS.build("no_object"))
    return read


def _add_act(made: APIRouter, site: Site, noun: Noun, act: Act[Any, Any]) -> None:
    model: type[BaseModel] = act.form
    described: dict[str, Any] = {
        "name": _name(noun, act.name),
        "description": act.title,
        "openapi_extra": openapi_json_body(model, required=bool(model.model_fields)),
    }

    async def run(request: Request, wanted: ActRequest, preview: bool) -> Response:
        content = await read_json_body(request, MAX_BODY_BYTES) if model.model_fields else b"{}"
        form = parse_values(model, _read_object(content))
        actor = await run_in_threadpool(find_actor, site, request)

        def work() -> Response:
            if preview and act.preview is not None:
                found = preview_act(site.wiring, actor, act, wanted, form, site.language(request))
                return JSONResponse(sections_json(found.sections))
            key = do_act(site.wiring, actor, act, wanted, form)
            result = load_nouns()[act.leads_to] if act.leads_to else noun
            is_new = act.makes or result is not noun
            headers = {"Location": f"/api/v1/{result.path}/{key}"} if is_new else None
            return JSONResponse(
                _thing_json(site, actor, result, key, request), 201 if is_new else 200, headers
            )

        return await site.write_queue.run(work)

    async def make(request: Request, once: RequestKey = None, preview: Preview = False) -> Response:
        return await run(request, ActRequest(once=once or ""), preview)

    async def change(
        request: Request,
        thing: Key,
        version: Seen = None,
        once: RequestKey = None,
        preview: Preview = False,
    ) -> Response:
        return await run(request, ActRequest(thing, version, once or ""), preview)

    if act.makes:
        made.post("", status_code=201, **described)(make)
    else:
        status = 201 if act.leads_to else 200
        made.post(f"/{{thing}}/{act.name}", status_code=status, **described)(with_key(change, noun.kind.key))
