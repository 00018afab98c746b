"""The cookies that say how the member's page looks; that of the session is in yihui/http/login/login_request.py."""

from fastapi import Request, Response

_YEAR_S = 365 * 24 * 3600


def set_choice(response: Response, request: Request, name: str, value: str) -> None:
    """Store how the page looks, for a year."""
    secure = request.scope["scheme"] == "https"
    response.set_cookie(
        name, value, max_age=_YEAR_S, path="/me", secure=secure, httponly=True, samesite="lax"
    )
