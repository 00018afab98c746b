"""/desk/oidc: officers log in by the union's identity provider; it also ends their sessions."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.oidc_faults import OIDC_FAULTS
from yihui.access.oidc_logins import LOGIN_LIFETIME, create_browser_secret, is_browser_secret
from yihui.http.body import form_value, read_form
from yihui.http.desk.session_cookie import (
    OIDC_COOKIE,
    SESSION_COOKIE,
    delete_cookie,
    session_token,
    set_secret_cookie,
    set_session_cookie,
)
from yihui.http.errors import problem_for_error
from yihui.http.guard.allowances import client_address, client_key
from yihui.http.guard.host import is_same_origin
from yihui.http.guard.throttle import Throttle
from yihui.http.pages import Pages
from yihui.http.problem_page import problem_response
from yihui.http.site import Site

if TYPE_CHECKING:
    from yihui.services.oidc import Browser

WorkResult = TypeVar("WorkResult")

# An office of many officers may share one address.
MOST_STARTS, MOST_REFUSALS, PERIOD = 100, 50, timedelta(minutes=15)
_MAX_FORM_BYTES = 32 << 10
_MOST_AT_ONCE = 4  # a provider that hangs holds threads of its own, and none of the riders'
_HOME = "/desk"
# A path of the desk, with its query: no other host, and nothing that a browser might read as one.
_RETURN_PATH = re.compile(r"/desk(?:/[A-Za-z0-9._~@:%+-]+)*/?(?:\?[A-Za-z0-9._~@:%+&=/-]*)?")
_LONGEST_PATH = 500
_FAULTS = FaultTable(
    "oidc_form",
    {
        "foreign": (
            N_("the form was not sent by a page of this site"),
            N_("open /desk and log out there"),
        ),
    },
)


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

    @made.post("/logout")
    async def logout(request: Request) -> Response:
        """End the session here, and lead to the provider's own log-out."""
        if not is_same_origin(request):
            raise FaultError(_FAULTS.build("foreign", field="Origin"))
        return await door.run(door.log_out, request)

    return made


class _Door:
    """The log-in by the identity provider, as requests call it."""

    def __init__(self, site: Site) -> None:
        self._site, self._pages = site, Pages()
        self._starts, self._refusals = Throttle(MOST_STARTS, PERIOD), Throttle(MOST_REFUSALS, PERIOD)
        self._limiter: CapacityLimiter | None = None  # made in the event loop that uses it

    async def run(self, work: Callable[..., WorkResult], *args: object) -> WorkResult:
        """Run work that blocks in one of a few threads of its own."""
        if self._limiter is None:
            self._limiter = CapacityLimiter(_MOST_AT_ONCE)
        return await to_thread.run_sync(lambda: work(*args), limiter=self._limiter)

    def start(self, request: Request) -> Response:
        from yihui.services.oidc import start_login

        now = self._site.wiring.now()
        if not self._starts.admit(_network(request), now):
            raise _too_many()
        kept = request.cookies.get(OIDC_COOKIE, "")
        # Tabs that log in at the same time share the browser's secret.
        secret = kept if is_browser_secret(kept) else create_browser_secret()
        address = start_login(
            self._site.wiring,
            _browser(request, secret),
            safe_return_path(request.query_params.get("next", "")),
            step_up=request.query_params.get("step_up", "") != "",
            language=self._site.language(request).code,
        )
        response = RedirectResponse(address, 303)
        set_secret_cookie(response, OIDC_COOKIE, secret, LOGIN_LIFETIME)
        return response

    def finish(self, request: Request) -> Response:
        from yihui.services.oidc import ProviderAnswer, finish_login

        sent = request.query_params
        answer = ProviderAnswer(
            state=sent.get("state", ""),
            code=sent.get("code", ""),
            error=sent.get("error", ""),
            issuer=sent.get("iss", ""),
        )
        browser = _browser(request, request.cookies.get(OIDC_COOKIE, ""))
        finished = self._limited(request, lambda: finish_login(self._site.wiring, browser, answer))
        response = RedirectResponse(finished.return_to, 303)
        set_session_cookie(response, finished.opened.token)
        return response

    def end_sessions(self, request: Request, token: str) -> Response:
        from yihui.services.oidc import end_sessions_by_provider

        self._limited(request, lambda: end_sessions_by_provider(self._site.wiring, token))
        return Response(status_code=200, headers={"Cache-Control": "no-store"})

    def refuse_provider(self, request: Request, error: FaultError) -> Response:
        """Answer the provider as it expects it (Back-Channel Logout 1.0, 2.8): 400 for a bad token."""
        problem = problem_for_error(error, self._site.language(request))
        if problem.status not in (404, 413, 415, 429, 503):
            problem = replace(problem, status=400)
        return problem_response(problem, {"Cache-Control": "no-store"})

    def log_out(self, request: Request) -> Response:
        from yihui.services.oidc import log_out

        language = self._site.language(request)
        address = log_out(self._site.wiring, _browser(request, ""), language.code)
        # A form may lead to this site only (its policy), so a page leads on to the provider.
        html = self._pages.render("desk/logged_out.html", language, provider=address)
        response = HTMLResponse(html, headers={"Refresh": f"0; url={address}"} if address else None)
        delete_cookie(response, SESSION_COOKIE)
        return response

    def _limited(self, request: Request, work: Callable[[], WorkResult]) -> WorkResult:
        """Do work whose refusals are counted by network: each is an entry of the audit log, and not many are."""
        network, now = _network(request), self._site.wiring.now()
        if self._refusals.is_full(network, now):
            raise _too_many()
        try:
            return work()
        except FaultError:
            self._refusals.admit(network, now)
            raise


def safe_return_path(text: str) -> str:
    """Return where to go after a log-in: a path of the desk, or its home for anything else."""
    is_ours = len(text) <= _LONGEST_PATH and _RETURN_PATH.fullmatch(text) is not None
    return text if is_ours and "/desk/oidc" not in text else _HOME


def _browser(request: Request, secret: str) -> "Browser":
    from yihui.services.oidc import Browser

    return Browser(
        origin=f"{request.scope['scheme']}://{request.headers.get('host', '').lower()}",
        secret=secret,
        session_token=session_token(request),
        device=describe_device(request.headers.get("user-agent", "")),
    )


_BROWSERS = (("Edg", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def describe_device(user_agent: str) -> str:
    """Return the browser and its system, as their owner recognises them in a list."""
    found = [
        next((name for sign, name in table if sign in user_agent), "") for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(part for part in found if part) or "?"


def _network(request: Request) -> str:
    return client_key(client_address(request.scope))


def _too_many() -> FaultError:
    return FaultError(OIDC_FAULTS.build("too_many", minutes=int(PERIOD.total_seconds() // 60)))
