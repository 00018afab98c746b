"""The language and the colours that an officer chose; two cookies hold them, which say nothing about anybody."""

from fastapi import Request, Response

from yihui.http.desk.visit import THEMES
from yihui.runtime.language import LANGUAGES

LANGUAGE_COOKIE, THEME_COOKIE = "yihui_language", "yihui_theme"
_YEAR_S = 365 * 24 * 3600


def chosen_language(request: Request) -> str:
    """Return the language of the address, else the chosen one; empty if there is neither."""
    asked = request.query_params.get("lang", "")[:2].lower()
    return asked if asked in LANGUAGES else request.cookies.get(LANGUAGE_COOKIE, "")[:2]


def chosen_theme(request: Request) -> str:
    theme = request.cookies.get(THEME_COOKIE, "")
    return theme if theme in THEMES else "auto"


def set_preference(response: Response, request: Request, name: str, value: str) -> None:
    secure = request.scope["scheme"] == "https"
    response.set_cookie(
        name, value, max_age=_YEAR_S, path="/desk", secure=secure, httponly=True, samesite="lax"
    )
