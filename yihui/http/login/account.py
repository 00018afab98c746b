"""/desk/account: an officer's own log-in and sessions; /desk/sessions: administrators end others' sessions."""

from collections.abc import Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from core.civil_time import civil_date
from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import Acting, acting_as
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.login.login_request import (
    SESSION_COOKIE,
    TICKET_COOKIE,
    delete_cookie,
    find_actor,
    find_login,
    login_address,
    require_fresh,
    require_login,
    require_own_form,
    set_cookie,
)
from yihui.http.login.pages import (
    LoginPages,
    next_path,
    redirect_to,
)
from yihui.http.site import Site
from yihui.services.access.accounts import (
    begin_new_phone,
    change_password,
    end_officers_session,
    end_other_sessions,
    end_own_session,
    load_account_notices,
    load_officers_sessions,
    load_own_account,
    renew_recovery_codes,
)

ACCOUNT_PATH = "/desk/account"
_DONE = {"password": N_("The password was changed."), "ended": N_("It was ended.")}
_NEED_LOGIN = ("authorisation.not_logged_in", "authorisation.step_up")
Act = Callable[[Request, FormFields], Response]


def router(site: Site) -> APIRouter:
    made, page = APIRouter(prefix="/desk", include_in_schema=False), _AccountPage(LoginPages(site))

    def add(path: str, act: Act) -> None:
        async def post(request: Request) -> Response:
            sent = await read_form(request)
            return await site.write_queue.run(page.guard, request, lambda: act(request, sent), sent)

        made.add_api_route(path, post, methods=["POST"])

    @made.get("/account", response_class=HTMLResponse)
    def account(request: Request) -> Response:
        return page.guard(request, lambda: page.show(request, NO_FEEDBACK))

    @made.get("/sessions/{officer}", response_class=HTMLResponse)
    def sessions(request: Request, officer: str) -> Response:
        return page.guard(request, lambda: page.show_officer(request, officer))

    add("/sessions/{officer}", page.end_officers)
    add("/account/password", page.change_password)
    add("/account/phone", page.new_phone)
    add("/account/recovery-codes", page.new_codes)
    add("/account/sessions", page.end_sessions)
    return made


@dataclass(frozen=True, slots=True)
class _AccountPage:
    pages: LoginPages

    @property
    def site(self) -> Site:
        return self.pages.site

    def guard(
        self, request: Request, act: Callable[[], Response], sent: FormFields | None = None
    ) -> Response:
        """Do what a form of our own asks for; whoever must log in first, or again, comes back afterwards."""
        try:
            if sent is None:
                return act()
            login = require_login(self.site, request)
            require_own_form(self.site, request, sent)
            with acting_as(Acting(login.actor, civil_date(self.site.wiring.now()))):
                return act()
        except FaultError as error:
            if error.faults[0].code in _NEED_LOGIN:
                is_own = request.url.path.startswith(ACCOUNT_PATH)
                back = ACCOUNT_PATH if is_own else request.url.path
                return RedirectResponse(login_address(back), 303, {"Cache-Control": "no-store"})
            if find_login(self.site, request) is None or not request.url.path.startswith(ACCOUNT_PATH):
                raise
            return self.show(request, self.pages.feedback(request, error))

    def show(self, request: Request, feedback: FormFeedback) -> Response:
        login = require_login(self.site, request)
        own = load_own_account(self.site.wiring, login.session)
        done = _DONE.get(request.query_params.get("done", "")) if not feedback.problems else None
        return self.pages.render(
            request,
            "desk/account.html",
            feedback,
            own=own,
            sessions=own.sessions,
            own_session=login.session.id,
            done=done,
            notices=load_account_notices(self.site.wiring, login.session),
            onward=next_path(request),
        )

    def change_password(self, request: Request, sent: FormFields) -> Response:
        login = require_login(self.site, request)
        opened = change_password(
            self.site.wiring,
            login.session,
            login.token,
            old=form_value(sent, "old"),
            new=form_value(sent, "password"),
            again=form_value(sent, "again"),
        )
        response = redirect_to(request, ACCOUNT_PATH, done="password")
        set_cookie(response, request, SESSION_COOKIE, opened.token)
        return response

    def new_phone(self, request: Request, sent: FormFields) -> Response:
        login = require_fresh(self.site, request)
        response = redirect_to(request, "/desk/login/phone", next=ACCOUNT_PATH)
        set_cookie(response, request, TICKET_COOKIE, begin_new_phone(self.site.wiring, login.session))
        return response

    def new_codes(self, request: Request, sent: FormFields) -> Response:
        login = require_fresh(self.site, request)
        codes = renew_recovery_codes(self.site.wiring, login.session)
        return self.pages.render(request, "desk/recovery_codes.html", codes=codes, onward=ACCOUNT_PATH)

    def end_sessions(self, request: Request, sent: FormFields) -> Response:
        """End one session, or all but this one; whoever ends this one is logged out."""
        login, ended = require_login(self.site, request), form_value(sent, "session")
        if ended == "others":
            end_other_sessions(self.site.wiring, login.session)
            return redirect_to(request, ACCOUNT_PATH, done="ended")
        end_own_session(self.site.wiring, login.session, ended)
        if ended != login.session.id:
            return redirect_to(request, ACCOUNT_PATH, done="ended")
        response = redirect_to(request, "/desk/login")
        delete_cookie(response, request, SESSION_COOKIE)
        return response

    def show_officer(self, request: Request, officer: str) -> Response:
        login = find_login(self.site, request)
        found = load_officers_sessions(self.site.wiring, find_actor(self.site, request), officer)
        own = login.session.id if login else ""
        return self.pages.render(
            request, "desk/officer_sessions.html", officer=officer, sessions=found, own_session=own
        )

    def end_officers(self, request: Request, sent: FormFields) -> Response:
        login, officer = require_login(self.site, request), request.path_params["officer"]
        ended = form_value(sent, "session")
        end_officers_session(self.site.wiring, login.actor, officer, None if ended == "all" else ended)
        return redirect_to(request, request.url.path)
