"""/desk/oidc: officers log in by the union's identity provider; it also ends their sessions."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from core.faults import FaultError
from yihui.access.oidc_logins import OIDC_FAULTS, create_browser_secret, is_browser_secret
from yihui.http.body import form_value, read_form
from yihui.http.errors import problem_for_error, problem_response
from yihui.http.guard.allowances import Throttle, request_network
from yihui.http.login.login_request import (
    PROVIDER_COOKIE,
    SESSION_COOKIE,
    describe_device,
    read_cookie,
    require_encrypted,
    set_cookie,
    site_origin,
)
from yihui.http.login.pages import LoginPages, next_path
from yihui.http.site import Site
from yihui.runtime.errors import classify_fault

if TYPE_CHECKING:
    from yihui.services.access.oidc import Browser

WorkResult = TypeVar("WorkResult")

# An office of many officers may share one address.
MOST_STARTS, MOST_REFUSALS, PERIOD = 100, 50, timedelta(minutes=15)
_MAX_FORM_BYTES = 32 << 10
_MOST_AT_ONCE = 4  # a provider that hangs holds so many of the framework's forty threads


def router(site: Site) -> APIRouter:
    made = APIRouter(prefix="/desk/oidc", include_in_schema=False)
    door = _Door(site)

    @made.get("/start")
    async def start(request: Request) -> Response:
        """Send the browser to the identity provider; ``step_up=1`` asks for a fresh log-in."""
        return await door.run(door.start, request)

    @made.get("/callback")
    async def callback(request: Request) -> Response:
        """Take the browser back from the identity provider, and open a session."""
        return await door.run(door.finish, request)

    @made.post("/backchannel-logout")
    async def backchannel_logout(request: Request) -> Response:
        """End the sessions that the identity provider names: it calls this itself, without a browser."""
        try:
            sent = await read_form(request, _MAX_FORM_BYTES)
            return await door.run(door.end_sessions, request, form_value(sent, "logout_token"))
        except FaultError as error:
            return door.refuse_provider(request, error)

    return made


class _Door:
    """The log-in by the identity provider, as requests call it."""

    def __init__(self, site: Site) -> None:
        self._site, self._pages = site, LoginPages(site)
        self._starts, self._refusals = Throttle(MOST_STARTS, PERIOD), Throttle(MOST_REFUSALS, PERIOD)
        self._turns = asyncio.Semaphore(_MOST_AT_ONCE)

    async def run(self, work: Callable[..., WorkResult], *args: object) -> WorkResult:
        """Run work that blocks in a thread when its turn comes."""
        async with self._turns:
            return await run_in_threadpool(work, *args)

    def start(self, request: Request) -> Response:
        from yihui.services.access.oidc import start_login

        require_encrypted(request)
        if not self._starts.admit(request_network(request), self._site.wiring.now()):
            raise _too_many()
        browser = _browser(request)
        if not is_browser_secret(browser.secret):  # tabs that log in at the same time share the secret
            browser = replace(browser, secret=create_browser_secret())
        address = start_login(
            self._site.wiring,
            browser,
            next_path(request),
            step_up=request.query_params.get("step_up", "") != "",
            language=self._site.language(request).code,
        )
        response = RedirectResponse(address, 303)
        set_cookie(response, request, PROVIDER_COOKIE, browser.secret)
        return response

    def finish(self, request: Request) -> Response:
        from yihui.services.access.oidc import ProviderAnswer, finish_login

        sent = request.query_params
        answer = ProviderAnswer(
            state=sent.get("state", ""),
            code=sent.get("code", ""),
            error=sent.get("error", ""),
            issuer=sent.get("iss", ""),
        )
        wiring, browser = self._site.wiring, _browser(request)
        try:
            finished = self._limit_refusals(request, lambda: finish_login(wiring, browser, answer))
        except FaultError as error:
            if classify_fault(error.faults[0].code).status == 503:  # the operator's to mend: it is logged
                raise
            return self._pages.render_login(request, self._pages.feedback(request, error))
        response = RedirectResponse(finished.return_to, 303)
        set_cookie(response, request, SESSION_COOKIE, finished.opened.token)
        return response

    def end_sessions(self, request: Request, token: str) -> Response:
        from yihui.services.access.oidc import end_sessions_by_provider

        self._limit_refusals(request, lambda: end_sessions_by_provider(self._site.wiring, token))
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    def refuse_provider(self, request: Request, error: FaultError) -> Response:
        """Answer the provider as it expects it (Back-Channel Logout 1.0, 2.8): 400 for a bad token."""
        problem = problem_for_error(error, self._site.language(request))
        if problem.status not in (404, 413, 415, 429, 503):
            problem = replace(problem, status=400)
        return problem_response(problem, {"Cache-Control": "no-store"})

    def _limit_refusals(self, request: Request, work: Callable[[], WorkResult]) -> WorkResult:
        """Do work whose refusals are counted by network: each is an entry of the audit log, and not many are."""
        network, now = request_network(request), self._site.wiring.now()
        if self._refusals.is_full(network, now):
            raise _too_many()
        try:
            return work()
        except FaultError:
            self._refusals.admit(network, now)
            raise


def _browser(request: Request) -> "Browser":
    from yihui.services.access.oidc import Browser

    return Browser(
        origin=site_origin(request),
        secret=read_cookie(request, PROVIDER_COOKIE),
        session_token=read_cookie(request, SESSION_COOKIE),
        device=describe_device(request.headers.get("user-agent", "")),
    )


def _too_many() -> FaultError:
    return FaultError(OIDC_FAULTS.build("too_many", minutes=int(PERIOD.total_seconds() // 60)))
