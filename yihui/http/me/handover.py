"""/me/handover for a host app's backend, /me/enter for its user: a log-in without a code of ours."""

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from yihui.http.body import parse_json_body, read_json_body
from yihui.http.guard.allowances import request_network
from yihui.http.login.login_request import MEMBER_HANDOVER_COOKIE, set_cookie
from yihui.http.me.login import build_code_visit, set_member_cookies
from yihui.http.me.pages import FIRST_PATH, LOGIN_PATH, MemberPages, private_headers, require_own_page
from yihui.http.site import Site
from yihui.services.access.member_handover import (
    TICKET_LIFE,
    accept_handover,
    enter_handover,
    find_app_title,
)
from yihui.services.access.oidc_tokens import MAX_TOKEN_BYTES

_MAX_BODY_BYTES = MAX_TOKEN_BYTES + (1 << 10)


class HandedToken(BaseModel):
    """The token that the app signed for its user."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    token: str = Field(repr=False)


def backend_router(site: Site) -> APIRouter:
    """Build the route that a host app's backend calls; its answers are JSON."""
    made = APIRouter(include_in_schema=False)

    @made.post("/me/handover")
    async def hand_over(request: Request) -> Response:
        """Take a signed token; answer with the path that the app opens in its web view."""
        sent = parse_json_body(HandedToken, await read_json_body(request, _MAX_BODY_BYTES))
        network = request_network(request)
        # Keys may be fetched: the turn to write isn't held meanwhile.
        ticket = await run_in_threadpool(accept_handover, site.wiring, sent.token, network)
        answer = {"path": f"/me/enter/{ticket}", "seconds": int(TICKET_LIFE.total_seconds())}
        return JSONResponse(answer, 201, {"Cache-Control": "no-store"})

    return made


def router(made: APIRouter, pages: MemberPages) -> None:
    wiring = pages.site.wiring

    @made.get("/enter/{ticket}", response_class=HTMLResponse)
    def show(request: Request, ticket: str) -> Response:
        """Ask whether to go on: a preview of the address by a chat program must not use the ticket up."""
        app = find_app_title(wiring, ticket[:100])
        return pages.render(pages.appearance(request), "enter.html", app=app)

    @made.post("/enter/{ticket}")
    async def enter(request: Request, ticket: str) -> Response:
        require_own_page(request)
        return await pages.site.write_queue.run(_enter, request, ticket[:100])

    def _enter(request: Request, ticket: str) -> Response:
        opened = enter_handover(wiring, ticket, build_code_visit(request))
        if opened is None:  # the phone is proved first, and the app linked by it
            response = RedirectResponse(LOGIN_PATH, 303, private_headers())
            set_cookie(response, request, MEMBER_HANDOVER_COOKIE, ticket)
            return response
        response = RedirectResponse(FIRST_PATH, 303, private_headers())
        set_member_cookies(response, request, wiring, opened)
        return response
