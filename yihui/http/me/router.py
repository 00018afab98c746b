"""/me: all parts of the member's page, under one class of routes."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from yihui.frame.feedback import require_own_page
from yihui.frame.noun import load_own_nouns
from yihui.frame.own_door import add_own_noun
from yihui.http.body import form_value, read_form
from yihui.http.form_acts import build_route_class
from yihui.http.looks import LARGE_CHOICES, store_choices
from yihui.http.me import (
    applications,
    benefit,
    card,
    data,
    decisions,
    files,
    home,
    join,
    login,
    messages,
)
from yihui.http.me.appearance import CHOICES
from yihui.http.me.pages import (
    MemberPages,
    find_form_page,
    login_redirect,
    private_headers,
    safe_member_path,
)
from yihui.http.site import Site

ROOMS = (
    home.router,
    benefit.router,
    decisions.router,
    applications.router,
    files.router,
    card.router,
    login.router,
    messages.router,
    data.router,
    join.router,
)


def router(site: Site) -> APIRouter:
    pages = MemberPages(site)
    route_class = build_route_class(
        lambda request: pages.appearance(request).language, pages.render_problem, login_redirect
    )
    made = APIRouter(prefix="/me", include_in_schema=False, route_class=route_class)

    @made.post("/preferences")
    async def preferences(request: Request) -> Response:
        """Store the language or the size of the text that was chosen, and go back."""
        require_own_page(request)
        sent = await read_form(request)
        back = find_form_page(safe_member_path(form_value(sent, "back")))
        response = RedirectResponse(back, 303, private_headers())
        store_choices(response, request, sent, CHOICES, "/me")
        store_choices(response, request, sent, LARGE_CHOICES, "/")  # the rider's page follows it
        return response

    for room in ROOMS:
        room(made, pages)
    for noun in load_own_nouns().values():
        add_own_noun(made, pages, noun)
    return made
