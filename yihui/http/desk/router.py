"""/desk: all rooms of the officers' pages, under one class of routes."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from yihui.frame import files
from yihui.frame.api import build_router
from yihui.frame.desk import add_noun
from yihui.frame.feedback import require_own_page
from yihui.frame.noun import load_nouns
from yihui.http.body import form_value, read_form
from yihui.http.desk import (
    audit,
    choices,
    home,
    hotline,
    jobs,
    keeper_keys,
    member_batch,
    notice_lists,
    organisations,
    planning_analyses,
    planning_scenarios,
    rule_form,
    rule_simulation,
    rule_versions,
    rules,
    search,
    station_import,
    stations,
    stream,
)
from yihui.http.desk.hand_pages import HandPages, login_redirect
from yihui.http.desk.navigation import CHOICES
from yihui.http.form_acts import build_route_class
from yihui.http.looks import store_choices
from yihui.http.site import Site

FIRST_ROOMS = (
    notice_lists.router,
    member_batch.router,
)  # before the nouns /applications/{thing}, /members/{thing}
ROOMS = (
    home.router,
    search.router,
    files.router,
    choices.router,
    station_import.router,
    keeper_keys.router,  # before /stations/{id}
    stations.router,
    planning_analyses.router,
    planning_scenarios.router,
    jobs.router,
    hotline.router,
    organisations.router,
    rule_form.router,
    rule_simulation.router,  # before /rules/{rule}
    rule_versions.router,
    rules.router,
    audit.router,
    stream.router,
)


def router(site: Site) -> APIRouter:
    pages = HandPages(site)
    route_class = build_route_class(pages.find_language, pages.render_problem, login_redirect)
    made = APIRouter(prefix="/desk", include_in_schema=False, route_class=route_class)

    @made.post("/preferences")
    async def preferences(request: Request) -> Response:
        """Store the language and the colours that the officer chose, and go back."""
        require_own_page(request)
        sent = await read_form(request)
        response = RedirectResponse(safe_path(form_value(sent, "back")), 303)
        store_choices(response, request, sent, CHOICES, "/desk")
        return response

    for room in FIRST_ROOMS:
        room(made, pages)
    for noun in load_nouns().values():
        add_noun(made, pages, noun)
    for room in ROOMS:
        room(made, pages)
    return made


def safe_path(path: str) -> str:
    """Return a path of the officers' pages; of another site or another part of this one, the first page."""
    is_ours = path == "/desk" or path.startswith(("/desk/", "/desk?"))
    return path if is_ours and not set(path) & set("\\\r\n\t") else "/desk"


def nouns_router(site: Site) -> APIRouter:
    """Build the JSON routes of all nouns."""
    made = APIRouter()
    for noun in load_nouns().values():
        made.include_router(build_router(site, noun))
    return made
