"""/join/{token}: where an organisation's printed code leads. It works without script."""

from collections.abc import Sequence
from types import MappingProxyType
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from core.text_marks import N_
from members import LinkState
from yihui.cases.organisations.links import read_scanned_link
from yihui.http.looks import read_looks
from yihui.http.pages import Pages, read_requested_language
from yihui.http.site import Site

_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_ASK = N_("Ask the organisation for its current code; don't type your ID number anywhere else.")
# State → status, what the page says, what to do.
_ANSWERS: MappingProxyType[LinkState, tuple[int, str, str]] = MappingProxyType(
    {
        "valid": (
            200,
            N_("This is the organisation's own code"),
            N_("Ask the organisation's officer to join; this page is genuine."),
        ),
        "revoked": (410, N_("This code was revoked"), _ASK),
        "replaced": (
            410,
            N_("This code was replaced by a new one"),
            N_("Use the new code; take the old print down if it is yours."),
        ),
        "retired": (410, N_("This code was signed with a key that was retired"), _ASK),
        "forged": (
            403,
            N_("This code is forged"),
            N_("Enter nothing. Take a picture of where it hangs and call the union (12351)."),
        ),
        "foreign": (
            403,
            N_("This code is not signed by this union"),
            N_("Enter nothing here. It may belong to another union's site: ask whoever gave it to you."),
        ),
        "not_ours": (
            404,
            N_("This is no organisation's code, or a part of it is missing"),
            N_("Scan the whole code again; it must not be covered or folded."),
        ),
    }
)


_STEPS = (
    N_("Have your ID card and your phone at hand. Joining takes three steps:"),
    N_("1. This organisation: you have scanned its code."),
    N_("2. Your name, ID number and phone; a code of six digits is sent to the phone."),
    N_("3. Confirm. If you are a member elsewhere, one tap transfers you."),
)


def router(site: Site) -> APIRouter:
    """Build the page of a site that takes no joins itself."""
    return _build(site, ())


def members_router(site: Site) -> APIRouter:
    """Build the page of a site with the member's page: it leads there, to join or to transfer."""
    from yihui.http.me.join import JOIN_PATH  # the other sites don't import the member's page

    return _build(site, _STEPS, JOIN_PATH)


def _build(site: Site, steps: Sequence[str], way: str = "") -> APIRouter:
    made, pages = APIRouter(include_in_schema=False), Pages.build(site.wiring.settings)

    @made.get("/join/{token}", response_class=HTMLResponse)
    def join(request: Request, token: str) -> Response:
        """Show whether a scanned code is genuine, and what to do if it isn't."""
        language, found = site.language(request), read_scanned_link(site.wiring, token)
        status, title, remedy = _ANSWERS[found.state]
        asked = read_requested_language(request)
        page = pages.render(
            "join.html",
            language,
            **read_looks(request),
            query=f"?lang={asked}" if asked else "",
            title=language.translate(title),
            remedy=language.translate(remedy),
            name=found.name,
            path=found.path,
            way=f"{way}?{urlencode({'token': token})}" if way and found.state == "valid" else "",
            steps=[language.translate(step) for step in steps] if found.state == "valid" else [],
        )
        return HTMLResponse(page, status, _HEADERS)

    return made
