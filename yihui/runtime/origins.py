"""Which page sent a request: its origin, as the browser says it, and our own."""

from fastapi import Request
from starlette.types import Scope


def is_same_origin(request: Request) -> bool:
    """Return whether one of our own pages sent a form.

    A form without an origin is not ours, since every browser sends one with a POST. The scheme must match
    as well. Behind a proxy that ends the encryption it is known only by ``--behind-proxy``; without that
    `yihui.http.guard.host` has refused the request already.
    """
    return read_origin(request.scope) == own_origin(request.scope)


def read_origin(scope: Scope) -> str | None:
    """Return the origin of the page that sent the request; None if the browser sent none."""
    return _first(scope, b"origin")


def own_origin(scope: Scope) -> str:
    return f"{scope['scheme']}://{_first(scope, b'host') or ''}"


def _first(scope: Scope, name: bytes) -> str | None:
    return next(iter(read_header(scope, name)), None)


def read_header(scope: Scope, name: bytes) -> list[str]:
    """Return the values of a header, in lower case."""
    return [value.decode("latin-1").lower() for sent, value in scope["headers"] if sent == name]
