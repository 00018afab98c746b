"""/desk/login: password, then a code of the phone; /desk/setup: the first log-in of a new officer; log-out."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from core.faults import FaultError
from yihui.access.sessions import OpenedSession, Session
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.login.login_request import (
    CLEAR_SITE_DATA,
    DEVICE_COOKIE,
    SESSION_COOKIE,
    TICKET_COOKIE,
    build_visit,
    delete_cookie,
    find_login,
    read_cookie,
    require_encrypted,
    require_own_form,
    set_cookie,
    site_origin,
)
from yihui.http.login.pages import (
    LoginPages,
    next_path,
    redirect_onward,
    redirect_to,
)
from yihui.http.site import Site
from yihui.services.access.accounts import (
    check_new_password,
    is_new_session,
    load_account_notices,
    load_own_account,
    log_out,
)
from yihui.services.access.login import (
    check_login,
    find_setup_login,
    finish_enrolment,
    finish_login,
    load_enrolment,
    set_up_account,
)
from yihui.services.access.login_tries import issue_device_token

_QUIET = 4  # modules of white border, which readers need to find the code (ISO/IEC 18004)
Act = Callable[[Request, FormFields], Response]


def qr_path(text: str) -> tuple[int, str]:
    """Return the side in modules with its border, and the path of the dark modules."""
    import segno

    rows = segno.make(text, error="m", micro=False).matrix
    parts = [
        f"M{x + _QUIET} {y + _QUIET}h1v1h-1z"
        for y, row in enumerate(rows)
        for x, is_dark in enumerate(row)
        if is_dark
    ]
    return len(rows) + 2 * _QUIET, "".join(parts)


def router(site: Site) -> APIRouter:
    made, page = APIRouter(prefix="/desk", include_in_schema=False), _LoginPage(LoginPages(site))

    def add(path: str, show: Callable[[Request], Response], act: Act) -> None:
        async def post(request: Request) -> Response:
            sent = await read_form(request)
            return await site.write_queue.run(act, request, sent)

        made.add_api_route(path, show, methods=["GET"], response_class=HTMLResponse)
        made.add_api_route(path, post, methods=["POST"])

    add("/login", page.show_login, page.submit_login)
    add("/login/code", page.show_code, page.submit_code)
    add("/login/phone", page.show_phone, page.submit_phone)
    add("/setup", page.show_setup, page.submit_setup)

    @made.post("/logout")
    async def logout(request: Request) -> Response:
        sent = await read_form(request)
        return await site.write_queue.run(page.log_out, request, sent)

    return made


@dataclass(frozen=True, slots=True)
class _LoginPage:
    pages: LoginPages

    @property
    def site(self) -> Site:
        return self.pages.site

    def show_login(self, request: Request) -> Response:
        require_encrypted(request)
        return self.pages.render_login(request)

    def submit_login(self, request: Request, sent: FormFields) -> Response:
        try:
            require_own_form(self.site, request, sent)
            login, password = form_value(sent, "login"), form_value(sent, "password")
            step = check_login(self.site.wiring, login, password, build_visit(request))
        except FaultError as error:
            feedback = self.pages.feedback(request, error)
            return self.pages.render_login(request, feedback, form_value(sent, "login")[:64])
        path = "/desk/login/code" if step.step == "code" else "/desk/login/phone"
        response = redirect_to(request, path)
        set_cookie(response, request, TICKET_COOKIE, step.ticket)
        return response

    def show_code(self, request: Request) -> Response:
        if not read_cookie(request, TICKET_COOKIE):
            return redirect_to(request, "/desk/login")
        return self.pages.render(request, "desk/login_code.html")

    def submit_code(self, request: Request, sent: FormFields) -> Response:
        try:
            require_own_form(self.site, request, sent)
            ticket = read_cookie(request, TICKET_COOKIE)
            opened = finish_login(self.site.wiring, ticket, form_value(sent, "code"), build_visit(request))
        except FaultError as error:
            return self._refuse_step(request, error, "desk/login_code.html")
        return self._start_session(self._lead_on(request, opened), request, opened)

    def _lead_on(self, request: Request, opened: OpenedSession) -> Response:
        """Lead to the page that the officer wanted; first to the account, if something happened to it meanwhile."""
        is_new = is_new_session(opened.session)
        if is_new and load_account_notices(self.site.wiring, opened.session):
            return redirect_to(request, "/desk/account")
        return redirect_onward(request)

    def show_phone(self, request: Request) -> Response:
        ticket = read_cookie(request, TICKET_COOKIE)
        if not ticket:
            return redirect_to(request, "/desk/login")
        try:
            return self._phone(request, NO_FEEDBACK)
        except FaultError as error:
            return self._refuse_step(request, error, "")

    def submit_phone(self, request: Request, sent: FormFields) -> Response:
        """Register the phone, and show the recovery codes once."""
        ticket = read_cookie(request, TICKET_COOKIE)
        try:
            require_own_form(self.site, request, sent)
            done = finish_enrolment(self.site.wiring, ticket, form_value(sent, "code"), build_visit(request))
        except FaultError as error:
            return self._refuse_step(request, error, "desk/login_phone.html")
        response = self.pages.render(
            request, "desk/recovery_codes.html", codes=done.recovery_codes, onward=next_path(request)
        )
        return self._start_session(response, request, done.opened)

    def _phone(self, request: Request, feedback: FormFeedback) -> Response:
        enrolment = load_enrolment(self.site.wiring, read_cookie(request, TICKET_COOKIE))
        return self.pages.render(
            request,
            "desk/login_phone.html",
            feedback,
            secret=" ".join(enrolment.secret[start : start + 4] for start in range(0, 32, 4)),
            address=enrolment.address,
            qr=qr_path(enrolment.address),
        )

    def _refuse_step(self, request: Request, error: FaultError, template: str) -> Response:
        """Show the step again, or the first step if this one is over."""
        feedback = self.pages.feedback(request, error)
        if error.faults[0].code == "login.step_over":
            response = self.pages.render_login(request, feedback)
            delete_cookie(response, request, TICKET_COOKIE)
            return response
        if template == "desk/login_phone.html":
            try:
                return self._phone(request, feedback)
            except FaultError as over:
                return self._refuse_step(request, over, "")
        return self.pages.render(request, template or "desk/login_code.html", feedback)

    def show_setup(self, request: Request) -> Response:
        require_encrypted(request)
        return self.pages.render(request, "desk/setup.html", typed="")

    def submit_setup(self, request: Request, sent: FormFields) -> Response:
        code, password = form_value(sent, "setup_code"), form_value(sent, "password")
        try:
            require_own_form(self.site, request, sent)
            check_new_password(password, form_value(sent, "again"), find_setup_login(self.site.wiring, code))
            step = set_up_account(self.site.wiring, code, password, build_visit(request))
        except FaultError as error:
            feedback = self.pages.feedback(request, error)
            return self.pages.render(request, "desk/setup.html", feedback, typed=code[:80])
        response = redirect_to(request, "/desk/login/phone")
        set_cookie(response, request, TICKET_COOKIE, step.ticket)
        return response

    def log_out(self, request: Request, sent: FormFields) -> Response:
        login = find_login(self.site, request)
        if login is not None:
            try:
                require_own_form(self.site, request, sent)
            except FaultError as error:
                return self.pages.render_login(request, self.pages.feedback(request, error))
            language = self.site.language(request).code
            provider = self._provider_address(request, login.session, language)
            log_out(self.site.wiring, login.session)
            if provider is not None:
                return self._leave_provider(request, provider)
        return _forget_session(redirect_to(request, "/desk/login"), request)

    def _provider_address(self, request: Request, session: Session, language: str) -> str | None:
        if self.site.wiring.settings.oidc is None:
            return None
        from yihui.services.access.oidc import provider_logout_address

        return provider_logout_address(self.site.wiring, session, site_origin(request), language)

    def _leave_provider(self, request: Request, address: str) -> Response:
        """Lead on to the identity provider's log-out by a page: a form may lead to this site only."""
        response = self.pages.render(request, "desk/logged_out.html", provider=address)
        response.headers["Refresh"] = f"0; url={address}"
        return _forget_session(response, request)

    def _start_session(self, response: Response, request: Request, opened: OpenedSession) -> Response:
        set_cookie(response, request, SESSION_COOKIE, opened.token)
        own = load_own_account(self.site.wiring, opened.session)
        set_cookie(response, request, DEVICE_COOKIE, issue_device_token(self.site.wiring, own.login))
        delete_cookie(response, request, TICKET_COOKIE)
        return response


def _forget_session(response: Response, request: Request) -> Response:
    """Have the browser forget the session and all that this site stored; another cookie may be a member's."""
    response.headers["Clear-Site-Data"] = CLEAR_SITE_DATA
    delete_cookie(response, request, SESSION_COOKIE)
    return response
