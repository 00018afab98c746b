"""How pages look to somebody: large text with strong contrast on every page for the public, by one tap and for a year."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from yihui.http.body import FormFields, form_value, read_form
from yihui.http.site import Site

LARGE_COOKIE = "yihui_large"
LARGE_CHOICES = {"large": (LARGE_COOKIE, ("yes", "no"))}
_YEAR_S = 365 * 24 * 3600
# A path as addresses write it; behind it a question as browsers send it: with |, ^, quotes and letters of any script.
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9._~!$&'()*+,;=:@%/\-]*(?:[?#][^\x00-\x1f\x7f-\x9f]*)?")
_MOST_DECODINGS = 4


def router(_: Site) -> APIRouter:
    made = APIRouter()

    @made.post("/preferences", include_in_schema=False)
    async def preferences(request: Request) -> Response:
        """Store the size of the text that was chosen, and go back."""
        sent = await read_form(request)
        back = form_value(sent, "back")
        response = RedirectResponse(back if is_own_path(back) else "/", 303)
        store_choices(response, request, sent, LARGE_CHOICES, "/")
        return response

    return made


def is_large(request: Request) -> bool:
    """Return whether the rider or member has chosen large text with strong contrast."""
    return request.cookies.get(LARGE_COOKIE) == "yes"


def read_looks(request: Request, home: str = "/") -> dict[str, object]:
    """Return for a template how its page looks, and where it leads back to: an answer to a form can't be read again."""
    address = str(request.url.replace(scheme="", netloc=""))
    return {"is_large": is_large(request), "address": address if request.method == "GET" else home}


def store_choices(
    response: Response,
    request: Request,
    sent: FormFields,
    choices: Mapping[str, tuple[str, Sequence[str]]],
    path: str,
) -> None:
    """Store the choices of a form of how pages look; ``choices`` are cookies and their possible values, by field."""
    for name, (cookie, values) in choices.items():
        if (value := form_value(sent, name)) in values:
            store_choice(response, request, cookie, value, path)


def store_choice(response: Response, request: Request, cookie: str, value: str, path: str) -> None:
    """Store in a cookie for a year how the pages below a path look."""
    secure = request.scope["scheme"] == "https"
    response.set_cookie(cookie, value, _YEAR_S, path=path, secure=secure, httponly=True, samesite="lax")


def is_own_path(text: str) -> bool:
    """Return whether a path leads to this site.

    It doesn't if any browser could read it as leading elsewhere: with backslashes, control characters or a scheme,
    also after it is decoded once or several times.

    >>> is_own_path("/?q=a|b&to_q=厕所#found"), is_own_path("//evil.example"), is_own_path("/%5Cevil.example")
    (True, False, False)
    """
    if not _PATH.fullmatch(text):
        return False
    decoded = text
    for _ in range(_MOST_DECODINGS):
        if not _stays_here(decoded):
            return False
        once = unquote(decoded)
        if once == decoded:
            return True
        decoded = once
    return False  # no honest link is encoded so often


def _stays_here(path: str) -> bool:
    place = re.split("[?#]", path, maxsplit=1)[0]
    has_control = any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in path)
    return (
        place[:1] == "/" and "//" not in place and "\\" not in place and ".." not in place and not has_control
    )
