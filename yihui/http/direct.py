"""Requests that are answered where they arrive, without a thread of their own: two thirds of what a quick answer costs.

FastAPI reads a request by what its endpoint declares, through layers that serve every kind of endpoint, and
sends one that may wait to a thread. A search over what is in memory takes a tenth of a millisecond and waits
for nothing. The endpoint is declared as always, so that the description of the API knows all of it.
"""

from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping
from typing import Any, TypeVar, get_origin

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

Asked = TypeVar("Asked", bound=BaseModel)


class DirectRoute(APIRoute):
    """A route whose endpoint needs nothing that FastAPI would prepare for it."""


class Shortcut(BaseRoute):
    """The same address and methods as a route has, looked up without the routers that hold it."""

    def __init__(self, route: DirectRoute) -> None:
        self.path, self.methods = route.path, frozenset(route.methods or ())
        self._answer = route.get_route_handler()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_meant = scope["type"] == "http" and scope["path"] == self.path and scope["method"] in self.methods
        return (Match.FULL if is_meant else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = await self._answer(Request(scope, receive, send))
        await response(scope, receive, send)


def shortcuts(routers: Iterable[APIRouter]) -> Iterator[Shortcut]:
    """One to each direct route, to be looked at before all routers."""
    return (Shortcut(one) for router in routers for one in router.routes if isinstance(one, DirectRoute))


def direct(kind: type[Asked], is_quick: Callable[[Asked], bool]) -> type[DirectRoute]:
    """A class of routes for endpoints ``(request, asked) -> response`` that ask by the address alone.

    What is quick is answered at once; the rest in a thread, as FastAPI does with all of them.
    """
    lists = frozenset(
        name for name, field in kind.model_fields.items() if get_origin(field.annotation) is list
    )

    class Direct(DirectRoute):
        def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
            endpoint: Callable[[Request, Asked], Response] = self.endpoint

            async def handle(request: Request) -> Response:
                asked = asked_in(kind, _said(request, lists))
                if is_quick(asked):
                    return endpoint(request, asked)
                return await run_in_threadpool(endpoint, request, asked)

            return handle

    return Direct


def asked_in(kind: type[Asked], said: Mapping[str, object]) -> Asked:
    """*Raises*: RequestValidationError with every fault at once."""
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        faults = [{**e, "loc": ("query", *e["loc"])} for e in error.errors()]
        raise RequestValidationError(faults) from error


def _said(request: Request, lists: frozenset[str]) -> Mapping[str, object]:
    """By name: all that was sent where several make sense, else the last."""
    sent = request.query_params
    if lists.isdisjoint(sent):
        return sent
    return {name: sent.getlist(name) if name in lists else sent[name] for name in sent}
