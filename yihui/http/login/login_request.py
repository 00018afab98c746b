"""The session of a request, who sent it, and what a page asks of it: a recent log-in, a form of our own.

A cookie's name with the prefix ``__Host-`` is accepted by browsers only with Secure, for one host and from it, so that
neither a sub-domain nor an unencrypted page can plant a session (RFC 6265bis, 4.1.3). Over plain http on this
machine's own names Chromium and Safari refuse that prefix: there the cookies have plain names, which are never
read over https. Over plain http under any other name nobody logs in. See docs/decisions/0056.
"""

import hashlib
import hmac
import re
import secrets
from hmac import compare_digest
from urllib.parse import urlencode

from fastapi import Request, Response

from core.faults import FaultError
from core.local_hosts import is_local_host
from yihui.access.accounts import LOGIN_FAULTS
from yihui.access.actor import Actor, ActorKind
from yihui.access.decide import AUTHORISATION_FAULTS, STEP_UP, Refusal, is_fresh
from yihui.access.login_throttle import DEVICE_LIFETIME
from yihui.access.login_tickets import STEP_LIFETIME
from yihui.access.member_sessions import MEMBER_LIFE
from yihui.access.oidc_logins import LOGIN_LIFETIME
from yihui.access.senders import KEY_PREFIX
from yihui.access.sessions import SessionKind
from yihui.http.body import FormFields, form_value
from yihui.http.guard.allowances import request_network
from yihui.http.guard.refusals import note_actor
from yihui.http.site import Site
from yihui.runtime.identity_key import derive_key
from yihui.runtime.origins import is_same_origin
from yihui.services.access.login_tries import LoginVisit
from yihui.services.access.officer_login import OfficerLogin, find_officer_login
from yihui.services.access.sender_keys import find_sender_actor

SESSION_COOKIE, TICKET_COOKIE, FORM_COOKIE = "yihui-desk", "yihui-desk-login", "yihui-desk-form"
PROVIDER_COOKIE = "yihui-desk-provider"  # the secret of a log-in under way at the identity provider
DEVICE_COOKIE = "yihui-desk-device"  # of an earlier log-in: strangers' tries don't lock this browser out
MEMBER_COOKIE = "yihui-me"  # of a member's session; the database says when it is over
MEMBER_DEVICE_COOKIE = "yihui-me-device"  # of a member's earlier log-in, for the same reason
MEMBER_CODE_COOKIE = "yihui-me-code"  # of a code that was sent to a phone and is to be entered
MEMBER_HANDOVER_COOKIE = "yihui-me-app"  # of a log-in that a host app handed over and is to be linked
MEMBER_JOIN_COOKIE = "yihui-me-join"  # of a request to join, bound by a key: who holds it goes on with it
CLEAR_SITE_DATA = '"cache", "storage"'  # a log-out: caches, service workers, what scripts stored
_PREFIX = "__Host-"
# The others end with the browser.
_LONGEST_AGES = {
    TICKET_COOKIE: int(STEP_LIFETIME.total_seconds()),
    PROVIDER_COOKIE: int(LOGIN_LIFETIME.total_seconds()),
    DEVICE_COOKIE: int(DEVICE_LIFETIME.total_seconds()),
    MEMBER_DEVICE_COOKIE: int(DEVICE_LIFETIME.total_seconds()),
    MEMBER_CODE_COOKIE: 15 * 60,  # longer than the code holds: its page says why it opens nothing any more
    MEMBER_HANDOVER_COOKIE: 15 * 60,
    MEMBER_JOIN_COOKIE: 90 * 24 * 3600,  # a review takes weeks
    MEMBER_COOKIE: int(MEMBER_LIFE.absolute.total_seconds()),
}
_LONGEST = 200
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
_DEMO = Actor("demo", "demo", ActorKind.DEMO)


def read_cookie(request: Request, name: str) -> str:
    """Return a cookie's value; empty if there is none."""
    return request.cookies.get(_full_name(request, name), "")[:_LONGEST]


def set_cookie(response: Response, request: Request, name: str, value: str) -> None:
    """Store a value that no script can read and that other sites' forms don't send.

    *Raises*: FaultError over an unencrypted connection that leaves this machine.
    """
    require_encrypted(request)
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=_LONGEST_AGES.get(name),
        path="/",
        secure=_is_encrypted(request),
        httponly=True,
        samesite="lax",
    )


def delete_cookie(response: Response, request: Request, name: str) -> None:
    response.delete_cookie(
        _full_name(request, name), path="/", secure=_is_encrypted(request), httponly=True, samesite="lax"
    )


def require_encrypted(request: Request) -> None:
    """*Raises*: FaultError if passwords and cookies could be read on the way."""
    if not _is_encrypted(request) and not is_local_host(request.url.hostname or ""):
        raise FaultError(LOGIN_FAULTS.build("not_encrypted"))


def _full_name(request: Request, name: str) -> str:
    return _PREFIX + name if _is_encrypted(request) else name


def _is_encrypted(request: Request) -> bool:
    return bool(request.url.scheme == "https")


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
    if not is_fresh(login.actor, site.wiring.now()):
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


def find_actor(site: Site, request: Request) -> Actor | None:
    """Return who sent the request; None if nobody is logged in.

    An officer's session comes first. A request with a sender's key is the sender's, or nobody's if the key is
    wrong. A demo installation that is served to its own machine knows one user, who may do everything.
    """
    actor = _find(site, request)
    if actor is not None:
        note_actor(request, actor.id)
    return actor


def _find(site: Site, request: Request) -> Actor | None:
    if site.actor_finder is not None:
        return site.actor_finder(request)
    login = find_login(site, request)
    if login is not None:
        return login.actor
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.startswith(KEY_PREFIX):
        return find_sender_actor(site.wiring, text)
    return _DEMO if site.is_local and site.wiring.settings.is_demo else None
