"""/desk/device: an officer allows a console to act in their name; the console asks and polls (RFC 8628)."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from core.faults import FaultError
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.guard.allowances import client_address
from yihui.http.login.cookies import require_encrypted
from yihui.http.login.login_request import login_address, require_fresh, require_login, require_own_form
from yihui.http.login.pages import NO_FEEDBACK, FormFeedback, LoginPages
from yihui.http.site import Site
from yihui.runtime.networks import client_network
from yihui.services.access.console_login import (
    INTERVAL,
    LIFETIME,
    PollError,
    begin_console_login,
    decide_console_login,
    find_console_device,
    poll_console_login,
)

DEVICE_PATH = "/desk/device"
MAX_FORM_BYTES = 16 << 10
_NO_STORE = {"Cache-Control": "no-store"}


def router(site: Site) -> APIRouter:
    made, page = APIRouter(prefix="/desk", include_in_schema=False), _DevicePage(LoginPages(site))

    @made.get("/device", response_class=HTMLResponse)
    def device(request: Request) -> Response:
        return page.show(request, NO_FEEDBACK)

    @made.post("/device")
    async def decide(request: Request) -> Response:
        sent = await read_form(request, MAX_FORM_BYTES)
        return await site.write_queue.run(page.submit, request, sent)

    @made.post("/device/code")
    async def code(request: Request) -> Response:
        """Begin a console's log-in: its device code, and the code that the officer types."""
        require_encrypted(request)
        sent = await read_form(request, MAX_FORM_BYTES)
        network = client_network(client_address(request.scope))
        codes = await site.write_queue.run(
            begin_console_login, site.wiring, form_value(sent, "device"), network
        )
        answer = {
            "device_code": codes.device_code,
            "user_code": codes.user_code,
            "verification_uri": str(request.base_url).rstrip("/") + DEVICE_PATH,
            "expires_in": int(LIFETIME.total_seconds()),
            "interval": int(INTERVAL.total_seconds()),
        }
        return JSONResponse(answer, headers=_NO_STORE)

    @made.post("/device/token")
    async def token(request: Request) -> Response:
        """Give the console its token, once an officer has allowed it."""
        require_encrypted(request)
        sent = await read_form(request, MAX_FORM_BYTES)
        found = await site.write_queue.run(poll_console_login, site.wiring, form_value(sent, "device_code"))
        if isinstance(found, PollError):
            return JSONResponse({"error": found.value}, 400, _NO_STORE)
        return JSONResponse({"token": found.token}, headers=_NO_STORE)

    return made


@dataclass(frozen=True, slots=True)
class _DevicePage:
    pages: LoginPages

    @property
    def site(self) -> Site:
        return self.pages.site

    def show(self, request: Request, feedback: FormFeedback) -> Response:
        """Show the form for the code to an officer who has just logged in."""
        try:
            require_fresh(self.site, request)
        except FaultError:
            return RedirectResponse(login_address(DEVICE_PATH), 303, _NO_STORE)
        return self._page(request, feedback)

    def submit(self, request: Request, sent: FormFields) -> Response:
        """Show which console waits with the code; then allow or refuse it."""
        try:
            require_login(self.site, request)
            require_own_form(self.site, request, sent)
            login = require_fresh(self.site, request)
            return self._decide(request, sent, login.session.officer_id)
        except FaultError as error:
            if error.faults[0].code.startswith("authorisation."):
                return RedirectResponse(login_address(DEVICE_PATH), 303, _NO_STORE)
            return self._page(request, self.pages.feedback(request, error))

    def _decide(self, request: Request, sent: FormFields, officer: str) -> Response:
        login = require_fresh(self.site, request)
        code, decision = form_value(sent, "code"), form_value(sent, "decision")
        if decision not in ("allow", "deny"):
            device = find_console_device(self.site.wiring, login.session, code)
            return self._page(request, NO_FEEDBACK, code=code[:40].upper(), device=device, officer=officer)
        decide_console_login(
            self.site.wiring, login.session, login.actor, code, is_allowed=decision == "allow"
        )
        return self._page(request, NO_FEEDBACK, done=decision)

    def _page(self, request: Request, feedback: FormFeedback, **values: str) -> Response:
        shown = {"code": "", "device": "", "officer": "", "done": "", **values}
        return self.pages.render(request, "desk/device.html", feedback, **shown)
