"""The door of the keeper's page: who holds which key, and how long the phone keeps it."""

from enum import StrEnum

from fastapi import Request, Response

from geo.registry import KeeperKey, as_typed, recognised
from yihui.http.guard.allowances import address_of
from yihui.http.identity_key import identity_key
from yihui.http.site import Site
from yihui.services.keepers import reporter_of

COOKIE, PATH = "keeper", "/keep"
_KEPT_S = 180 * 24 * 3600  # on the phone; a key that is revoked is worth nothing there either


class Shut(StrEnum):
    """Why somebody isn't let in."""

    NO_KEY = "no_key"
    WRONG = "wrong"
    REVOKED = "revoked"
    TOO_MANY = "too_many"
    FOREIGN = "foreign"


def holder(site: Site, request: Request, key: str | None = None) -> KeeperKey | Shut:
    """Whose key this is: the one given, else the cookie's. Wrong ones are counted by network.

    A right one always opens: many keepers share a network with whoever guesses there, and nobody guesses
    160 bits. What is beyond the count is told to come later, whatever it was.

    *Raises*: StoreError.
    """
    text = request.cookies.get(COOKIE, "") if key is None else as_typed(key)
    if not text.strip("-"):
        return Shut.NO_KEY
    with site.wiring.database.read() as connection:
        found = recognised(connection, text)
    if found is None:
        now = site.wiring.now()
        sender = reporter_of(address_of(request.scope), now, identity_key(site.wiring))
        return Shut.WRONG if site.guesses.admits(sender, now) else Shut.TOO_MANY
    return found if found.revoked_at is None else Shut.REVOKED


def let_in(response: Response, request: Request, key: str) -> None:
    """Keep the key on the phone, where only this page gets it and no script."""
    response.set_cookie(
        COOKIE,
        as_typed(key),
        max_age=_KEPT_S,
        path=PATH,
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )


def forget(response: Response, request: Request) -> None:
    """Take the key from the phone."""
    secure = request.url.scheme == "https"
    response.delete_cookie(COOKIE, path=PATH, secure=secure, httponly=True, samesite="strict")
