"""A noun as JSON: its listing, a thing, and each act, described in OpenAPI from the same declarations."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic_core import from_json

from core.faults import Fault, FaultError
from yihui.access.actor import Actor
from yihui.frame.acts import Act, Door, Key
from yihui.frame.doing import ActRequest, do_act, preview_act, reveal_act
from yihui.frame.fields import FORM_FAULTS, FieldKind, FormField, fields_of
from yihui.frame.listing import MOST_COUNTED, PAGE_ROWS, Slice
from yihui.frame.looking import find_rows, show_thing
from yihui.frame.noun import Noun, load_nouns
from yihui.frame.plain import page_json, row_json, sections_json
from yihui.frame.typed import FormT, parse_values, quote_value
from yihui.http.body import openapi_json_body, read_json_body, refuse_repeated_key
from yihui.http.login.login_request import find_actor
from yihui.http.site import Site

MAX_BODY_BYTES = 256 << 10
Seen = Annotated[int, Query(ge=1, lt=2**31, description="the version that the officer saw")]
RequestKey = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=200)]
Preview = Annotated[bool, Query(description="return what the act would do, and do nothing")]
_Page = Annotated[int, Query(ge=1, le=2**31)]


def build_router(site: Site, noun: Noun) -> APIRouter:
    """Build the JSON routes of a noun."""
    made = APIRouter(prefix=f"/api/v1/{noun.path}")
    _add_listing(made, site, noun)
    if noun.show is not None:
        _add_thing(made, site, noun)
    for act in noun.acts:
        if Door.API in act.doors:
            _add_act(made, site, noun, act)
    return made


def _name(noun: Noun, action: str) -> str:
    return f"{noun.path.replace('/', '_')}_{action}".replace("-", "_")


def with_key(route: Callable[..., Any], key: type[int] | type[str]) -> Callable[..., Any]:
    """Return a route whose parameter ``thing`` has the type and the bounds of a noun's keys."""
    bounds = Path(ge=1, lt=2**63, examples=[1]) if key is int else Path(min_length=1, max_length=150)
    route.__annotations__["thing"] = Annotated[key, bounds]
    return route


def _add_listing(made: APIRouter, site: Site, noun: Noun) -> None:
    listing = noun.listing

    def rows(request: Request, filter_: Any, page: _Page = 1) -> dict[str, object]:
        known = {"page", *(one.name for one in fields_of(listing.filter))}
        if unknown := sorted(set(request.query_params) - known):
            said = ", ".join(sorted(known))
            raise FaultError([FORM_FAULTS.build("no_filter", field=one[:40], known=said) for one in unknown])
        part = Slice((page - 1) * PAGE_ROWS)
        found = find_rows(site.wiring, find_actor(site, request), noun, filter_, part)
        return {
            "total": found.found.total if found.found.total <= MOST_COUNTED else None,
            "page": page,
            "rows": [row_json(listing.columns, row) for row in found.found.rows],
            **sections_json(found.found.sections),
        }

    rows.__annotations__["filter_"] = Annotated[listing.filter, Query()]
    made.get("", name=_name(noun, "list"), description=f"{listing.title}.")(rows)


def _add_thing(made: APIRouter, site: Site, noun: Noun) -> None:
    def show(request: Request, thing: Key) -> dict[str, object]:
        return _thing_json(site, find_actor(site, request), noun, thing, request)

    route = made.get("/{thing}", name=_name(noun, "show"), description=f"{noun.title}.")
    route(with_key(show, noun.key))


def _thing_json(site: Site, actor: Actor | None, noun: Noun, key: Key, request: Request) -> dict[str, object]:
    found = show_thing(site.wiring, actor, noun, key, site.language(request))
    version = noun.version(found.thing)
    return {"key": key, "version": version, **page_json(found.page), "acts": list(found.page.acts)}


def read_form(model: type[FormT], content: bytes) -> FormT:
    """Return the form of a body; amounts are numbers of fen under names that say so.

    *Raises*: FaultError if it is no JSON object, has a key twice, or with every fault of its fields.
    """
    refuse_repeated_key(content)
    try:
        read = from_json(content)
    except ValueError:
        read = None
    if not isinstance(read, dict):
        raise FaultError(FORM_FAULTS.build("no_object"))
    faults = _read_amounts(fields_of(model), read)
    try:
        form = parse_values(model, read)
    except FaultError as error:
        rest = [one for one in error.faults if one.field not in faults]
        raise FaultError([*faults.values(), *rest]) from error
    if faults:
        raise FaultError(list(faults.values()))
    return form


def _read_amounts(fields: Sequence[FormField], values: dict[str, Any], at: str = "") -> dict[str, Fault]:
    """Put amounts under the names of their fields, in rows too; return what is wrong with them by field."""
    faults: dict[str, Fault] = {}
    for one in fields:
        rows = values.get(one.name) if one.columns else None
        for place, row in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(row, dict):
                faults |= _read_amounts(one.columns, row, f"{at}{one.name}.{place}.")
        if one.kind is not FieldKind.MONEY:
            continue
        in_fen = f"{one.name}_fen"
        said, in_yuan = values.pop(in_fen, None), values.pop(one.name, None)
        if in_yuan is not None or isinstance(said, bool) or not isinstance(said, int | None):
            value = quote_value(said if in_yuan is None else in_yuan)
            fault = FORM_FAULTS.build("amount_in_yuan", field=f"{at}{in_fen}", value=value, name=in_fen)
            faults[f"{at}{one.name}"] = fault
        elif said is not None:
            values[one.name] = said
    return faults


def _describe_body(model: type[BaseModel]) -> dict[str, Any]:
    """Return the OpenAPI description of an act's body, with an example if its model has one."""
    described = deepcopy(openapi_json_body(model, required=bool(model.model_fields)))
    schema = described["requestBody"]["content"]["application/json"]["schema"]  # type: ignore[index]
    _name_amounts(fields_of(model), schema)
    return described


def _name_amounts(fields: Sequence[FormField], schema: Any) -> None:
    """Rename the amounts of a schema, and of its rows, as programs send them."""
    for one in fields:
        if one.columns:
            _name_amounts(one.columns, schema["properties"][one.name]["items"])
        if one.kind is FieldKind.MONEY:
            schema["properties"][f"{one.name}_fen"] = schema["properties"].pop(one.name)
            if one.name in schema.get("required", ()):
                schema["required"][schema["required"].index(one.name)] = f"{one.name}_fen"


def _add_act(made: APIRouter, site: Site, noun: Noun, act: Act[Any, Any]) -> None:
    model: type[BaseModel] = act.form
    described: dict[str, Any] = {
        "name": _name(noun, act.name),
        "description": act.help or f"{act.title}.",
        "openapi_extra": _describe_body(model),
    }

    async def run(request: Request, wanted: ActRequest, preview: bool) -> Response:
        is_empty = not model.model_fields and request.headers.get("content-length", "0") == "0"
        content = b"{}" if is_empty else await read_json_body(request, MAX_BODY_BYTES)
        form = read_form(model, content)
        actor = await run_in_threadpool(find_actor, site, request)

        def work() -> Response:
            if preview:
                found = preview_act(site.wiring, actor, act, wanted, form, site.language(request))
                return JSONResponse(sections_json(found.sections))
            if act.reveal is not None:
                shown = reveal_act(site.wiring, actor, act, wanted, form)
                return JSONResponse(sections_json(shown.sections), headers={"Cache-Control": "no-store"})
            key = do_act(site.wiring, actor, act, wanted, form)
            if not key:
                return JSONResponse({})
            result = load_nouns()[act.leads_to] if act.leads_to else noun
            is_new = act.makes or result is not noun
            headers = {"Location": f"/api/v1/{result.path}/{key}"} if is_new else None
            return JSONResponse(
                _thing_json(site, actor, result, key, request), 201 if is_new else 200, headers
            )

        return await site.write_queue.run(work)

    async def make(request: Request, once: RequestKey = None, preview: Preview = False) -> Response:
        return await run(request, ActRequest(once=once or ""), preview)

    async def extend(
        request: Request, thing: Key, once: RequestKey = None, preview: Preview = False
    ) -> Response:
        return await run(request, ActRequest(thing, once=once or ""), preview)

    async def change(
        request: Request, thing: Key, version: Seen, once: RequestKey = None, preview: Preview = False
    ) -> Response:
        return await run(request, ActRequest(thing, version, once or ""), preview)

    path = f"/{{thing}}/{act.name}"
    if act.makes:
        made.post("", status_code=201, **described)(make)
    elif act.needs_version:
        made.post(path, **described)(with_key(change, noun.key))
    else:
        status = 201 if act.leads_to else 200
        made.post(path, status_code=status, **described)(with_key(extend, noun.key))
