"""What the pages of log-in share: one frame, problems in words above a form, the form's token, the page that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from core.civil_time import format_civil_minute
from core.faults import FaultError
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback, refuse_form
from yihui.http.guard.refusals import note_refusal
from yihui.http.login.login_request import find_login, form_token, set_cookies
from yihui.http.looks import is_own_path
from yihui.http.pages import Pages
from yihui.http.site import Site
from yihui.runtime.language import LANGUAGES, OTHER_LANGUAGE
from yihui.services.access.accounts import load_own_account

DEFAULT_NEXT = "/desk"
_LONGEST = 500
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


def safe_next_path(text: str) -> str:
    """Return the path if it leads to this site, else the officers' first page."""
    return text if len(text) <= _LONGEST and is_own_path(text) else DEFAULT_NEXT


@dataclass(frozen=True, slots=True)
class LoginPages:
    """Renders the pages of log-in and of an officer's own account."""

    site: Site
    pages: Pages = field(default_factory=Pages)

    def feedback(self, request: Request, error: FaultError) -> FormFeedback:
        note_refusal(request, error.faults[0].code)
        return refuse_form(error, self.site.language(request))

    def render(
        self, request: Request, template: str, feedback: FormFeedback = NO_FEEDBACK, **values: object
    ) -> Response:
        """Render a page with its forms' token; the cookie that the token is bound to is set if it is new."""
        cookies: dict[str, str] = {}
        language, token = self.site.language(request), form_token(self.site, request, cookies)
        html = self.pages.render(
            template,
            language,
            feedback=feedback,
            form_token=token,
            clock=format_civil_minute,
            query=query_text(request),
            other_language=self._other_language(request),
            next_path=next_path(request),
            has_provider=self.site.wiring.settings.oidc is not None,
            **values,
        )
        response = HTMLResponse(html, feedback.status, _HEADERS)
        set_cookies(response, request, cookies)
        return response

    def render_login(
        self, request: Request, feedback: FormFeedback = NO_FEEDBACK, typed: str = ""
    ) -> Response:
        """Render the page of log-in; it names the officer who is logged in already."""
        login, own = find_login(self.site, request), None
        if login is not None:
            own = load_own_account(self.site.wiring, login.session)
        return self.render(request, "desk/login.html", feedback, own=own, typed=typed)

    def _other_language(self, request: Request) -> str:
        """Return the address of this page in the other language; of a form's answer that of its page."""
        other = {"lang": OTHER_LANGUAGE[self.site.language(request).code]}
        return f"{request.url.path}?{urlencode({**query_fields(request), **other})}"


def next_path(request: Request) -> str:
    return safe_next_path(request.query_params.get("next", ""))


def query_fields(request: Request) -> Mapping[str, str]:
    """Return what an address passes on to the next step: the language that was chosen, and the page to come."""
    language, to = request.query_params.get("lang", ""), next_path(request)
    fields = {"next": to} if to != DEFAULT_NEXT else {}
    return {**fields, "lang": language} if language in LANGUAGES else fields


def query_text(request: Request) -> str:
    """Return those fields as the end of an address; empty if there are none."""
    fields = query_fields(request)
    return f"?{urlencode(fields)}" if fields else ""


def redirect_to(request: Request, path: str, **more: str) -> Response:
    """Redirect (303) to the next step, so that a reload does not send a form again.

    ``more`` is told in the address too: ``done`` names what was done, for the next page to say it.
    """
    fields = {**query_fields(request), **more}
    return RedirectResponse(f"{path}?{urlencode(fields)}" if fields else path, 303, _HEADERS)


def redirect_onward(request: Request) -> Response:
    """Redirect (303) to the page that the officer wanted before the log-in."""
    return RedirectResponse(next_path(request), 303, _HEADERS)
