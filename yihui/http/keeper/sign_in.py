"""Access to the keeper's page: check keys, and store a key in the phone's cookie."""

from enum import StrEnum

from fastapi import Request, Response

from geo.registry.keys import KeeperKey, normalise_keeper_key
from yihui.http.guard.allowances import client_address
from yihui.http.site import Site
from yihui.services.stations.keepers import find_key, reporter_pseudonym
from yihui.services.stations.reports import require_reporter_key

KEY_COOKIE, COOKIE_PATH = "keeper", "/keep"
_COOKIE_MAX_AGE_S = 180 * 24 * 3600  # lifetime of the cookie; a revoked key in it gives no access


class AccessRefusal(StrEnum):
    """Reason why a request gets no access."""

    NO_KEY = "no_key"
    WRONG = "wrong"
    REVOKED = "revoked"
    TOO_MANY = "too_many"
    FOREIGN = "foreign"


def authenticate_keeper(site: Site, request: Request, key: str | None = None) -> KeeperKey | AccessRefusal:
    """Return the key record of a request, or the reason for refusing it.

    The key is ``key`` if given, else the cookie's. Wrong keys are counted by network. A right key always
    gives access: many keepers may share a network with an attacker, and 160 bits can't be guessed. A
    network that exceeds the count gets TOO_MANY for every wrong key.

    *Raises*: StoreError.
    """
    text = request.cookies.get(KEY_COOKIE, "") if key is None else normalise_keeper_key(key)
    if not text.strip("-"):
        return AccessRefusal.NO_KEY
    found = find_key(site.wiring, text)
    if found is None:
        return AccessRefusal.WRONG if admit_wrong_key(site, request) else AccessRefusal.TOO_MANY
    return found if found.revoked_at is None else AccessRefusal.REVOKED


def admit_wrong_key(site: Site, request: Request) -> bool:
    """Count a wrong key of a keeper or a device by network; return False if it has sent too many."""
    now = site.wiring.now()
    sender = reporter_pseudonym(client_address(request.scope), now, require_reporter_key(site.wiring))
    return site.wrong_key_throttle.admit(sender, now)


def read_bearer_key(request: Request) -> str:
    """Return the key that is sent in ``Authorization: Bearer``; empty if there is none."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def set_key_cookie(response: Response, request: Request, key: str) -> None:
    """Store the key in a cookie that the phone sends to this page only and that no script can read."""
    response.set_cookie(
        KEY_COOKIE,
        normalise_keeper_key(key),
        max_age=_COOKIE_MAX_AGE_S,
        path=COOKIE_PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def delete_key_cookie(response: Response, request: Request) -> None:
    """Delete the key's cookie from the phone."""
    secure = request.url.scheme == "https"
    response.delete_cookie(KEY_COOKIE, path=COOKIE_PATH, secure=secure, httponly=True, samesite="strict")
