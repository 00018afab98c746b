"""The cookies of officers' browsers: the session's token, and the secret of a log-in under way.

The prefix ``__Host-`` keeps other hosts of the domain from setting them; browsers take such a cookie over https,
and from this machine itself.
"""

from datetime import timedelta

from fastapi import Request, Response

from yihui.access.sessions import ABSOLUTE

SESSION_COOKIE, OIDC_COOKIE = "__Host-desk", "__Host-desk-oidc"


def session_token(request: Request) -> str:
    """Return the session's token as the browser sent it; empty if it sent none."""
    return request.cookies.get(SESSION_COOKIE, "")


def set_session_cookie(response: Response, token: str) -> None:
    set_secret_cookie(response, SESSION_COOKIE, token, ABSOLUTE)


def set_secret_cookie(response: Response, name: str, secret: str, lifetime: timedelta) -> None:
    """Set a cookie that no script reads, and that other sites' forms don't send."""
    response.set_cookie(
        name,
        secret,
        max_age=int(lifetime.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="lax",
    )


def delete_cookie(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
