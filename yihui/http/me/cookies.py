"""The cookies of the member's page: the session, and how the page looks."""

from fastapi import Request, Response

from yihui.http.login.cookies import MEMBER_COOKIE, delete_cookie, read_cookie, set_cookie

_YEAR_S = 365 * 24 * 3600


def read_session_token(request: Request) -> str:
    """Return the token of the member's session; empty if there is none."""
    return read_cookie(request, MEMBER_COOKIE)


def set_session_token(response: Response, request: Request, token: str) -> None:
    set_cookie(response, request, MEMBER_COOKIE, token)


def delete_session_token(response: Response, request: Request) -> None:
    delete_cookie(response, request, MEMBER_COOKIE)


def set_choice(response: Response, request: Request, name: str, value: str) -> None:
    """Store how the page looks, for a year."""
    secure = request.scope["scheme"] == "https"
    response.set_cookie(
        name, value, max_age=_YEAR_S, path="/me", secure=secure, httponly=True, samesite="lax"
    )
