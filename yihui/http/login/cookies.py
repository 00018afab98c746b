"""The cookies of officers and members, under names that only this site over an encrypted connection can set.

A name with the prefix ``__Host-`` is accepted by browsers only with Secure, for one host and from it, so that
neither a sub-domain nor an unencrypted page can plant a session (RFC 6265bis, 4.1.3). Over plain http on this
machine's own names Chromium and Safari refuse that prefix: there the cookies have plain names, which are never
read over https. Over plain http under any other name nobody logs in. See docs/decisions/0056.
"""

from fastapi import Request, Response

from core.faults import FaultError
from core.local_hosts import is_local_host
from yihui.access.known_devices import DEVICE_LIFETIME
from yihui.access.login_faults import LOGIN_FAULTS
from yihui.access.login_tickets import STEP_LIFETIME
from yihui.access.member_sessions import MEMBER_LIFE
from yihui.access.oidc_logins import LOGIN_LIFETIME

SESSION_COOKIE, TICKET_COOKIE, FORM_COOKIE = "yihui-desk", "yihui-desk-login", "yihui-desk-form"
PROVIDER_COOKIE = "yihui-desk-provider"  # the secret of a log-in under way at the identity provider
DEVICE_COOKIE = "yihui-desk-device"  # of an earlier log-in: strangers' tries don't lock this browser out
MEMBER_COOKIE = "yihui-me"  # of a member's session; the database says when it is over
MEMBER_DEVICE_COOKIE = "yihui-me-device"  # of a member's earlier log-in, for the same reason
MEMBER_CODE_COOKIE = "yihui-me-code"  # of a code that was sent to a phone and is to be entered
MEMBER_HANDOVER_COOKIE = "yihui-me-app"  # of a log-in that a host app handed over and is to be linked
MEMBER_JOIN_COOKIE = "yihui-me-join"  # of a request to join: who knows its number goes on with it
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
