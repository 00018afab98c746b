"""The session of a request, and what a page asks of it: a recent log-in, a form of our own."""

import hashlib
import hmac
import re
import secrets
from hmac import compare_digest
from urllib.parse import urlencode

from fastapi import Request, Response

from core.faults import FaultError
from yihui.access.decide import STEP_UP, Refusal
from yihui.access.faults import AUTHORISATION_FAULTS
from yihui.access.login_faults import LOGIN_FAULTS
from yihui.access.sessions import SessionKind, is_fresh
from yihui.http.body import FormFields, form_value
from yihui.http.guard.allowances import request_network
from yihui.http.guard.host import is_same_origin
from yihui.http.login.cookies import DEVICE_COOKIE, FORM_COOKIE, SESSION_COOKIE, read_cookie, set_cookie
from yihui.http.site import Site
from yihui.runtime.identity_key import derive_key
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.officer_login import OfficerLogin, find_officer_login

FORM_FIELD = "form_token"
LOGIN_PATH = "/desk/login"
_BROWSERS = (
    ("MicroMessenger", "微信"),
    ("DingTalk", "钉钉"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def find_login(site: Site, request: Request) -> OfficerLogin | None:
    """Return the officer whose session's cookie the request carries; None if there is no living session.

    It reads the database once for each request, and writes at most once a minute for each session.
    """
    token = read_cookie(request, SESSION_COOKIE)
    if not token:
        return None
    known: OfficerLogin | None = getattr(request.state, "officer_login", None)
    if known is not None and known.token == token:
        return known
    login = find_officer_login(site.wiring, token, SessionKind.BROWSER)
    request.state.officer_login = login
    return login


def require_login(site: Site, request: Request) -> OfficerLogin:
    """*Raises*: FaultError (401) if nobody is logged in."""
    login = find_login(site, request)
    if login is None:
        raise FaultError(AUTHORISATION_FAULTS.build(Refusal.NOT_LOGGED_IN))
    return login


def require_fresh(site: Site, request: Request) -> OfficerLogin:
    """Return a log-in of the last minutes, for acts that a browser left open must not do.

    *Raises*: FaultError: `not_logged_in`, or `step_up`, after which `login_address` leads back.
    """
    login = require_login(site, request)
    if not is_fresh(login.session, site.wiring.now(), STEP_UP):
        minutes = int(STEP_UP.total_seconds() // 60)
        raise FaultError(AUTHORISATION_FAULTS.build(Refusal.STEP_UP, minutes=minutes))
    return login


def login_address(next_path: str) -> str:
    """Return the address of the log-in, or of the step up, that leads back to a path of this site."""
    return f"{LOGIN_PATH}?{urlencode({'next': next_path})}"


def form_token(site: Site, request: Request, response_cookies: dict[str, str]) -> str:
    """Return the token for a page's forms, bound to the session, or before the log-in to a cookie.

    A cookie that is missing is added to ``response_cookies``, which the page must set.
    """
    binding = _binding(site, request)
    if not binding:
        binding = secrets.token_urlsafe()
        response_cookies[FORM_COOKIE] = binding
        binding = f"cookie {binding}"
    return _form_token(site, binding)


def set_cookies(response: Response, request: Request, cookies: dict[str, str]) -> None:
    for name, value in cookies.items():
        set_cookie(response, request, name, value)


def require_own_form(site: Site, request: Request, sent: FormFields) -> None:
    """Accept only a form of our own page and of this session: another site has neither, nor a sub-domain.

    *Raises*: FaultError.
    """
    binding = _binding(site, request)
    given = form_value(sent, FORM_FIELD).encode()
    is_ours = bool(binding) and compare_digest(_form_token(site, binding).encode(), given)
    if not is_ours or not is_same_origin(request):
        raise FaultError(LOGIN_FAULTS.build("form"))


def _binding(site: Site, request: Request) -> str:
    """Return what forms are bound to. A session's id stays when its token is rotated: other tabs go on."""
    login = find_login(site, request)
    if login is not None:
        return f"session {login.session.id}"
    cookie = read_cookie(request, FORM_COOKIE)
    return f"cookie {cookie}" if cookie else ""


def _form_token(site: Site, binding: str) -> str:
    key = derive_key(site.wiring.login_key, "forms")
    return hmac.new(key, binding.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def build_visit(
    request: Request, session_cookie: str = SESSION_COOKIE, device_cookie: str = DEVICE_COOKIE
) -> LoginVisit:
    """Return who tries to log in, from where."""
    return LoginVisit(
        request_network(request),
        describe_device(request.headers.get("user-agent", "")),
        session_token=read_cookie(request, session_cookie),
        device_token=read_cookie(request, device_cookie),
    )


def site_origin(request: Request) -> str:
    """Return our origin as the browser knows it; `HostCheckMiddleware` has compared the host."""
    return f"{request.scope['scheme']}://{request.headers.get('host', '').lower()}"


def describe_device(user_agent: str) -> str:
    """Return browser and system in words that their owner recognises.

    >>> describe_device("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox, Windows'
    """
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    words = [word for word in (browser, system) if word]
    return ", ".join(words) or re.sub(r"[^\w ./-]", "", user_agent)[:40].strip() or "?"
