"""/desk/choices: what a field offers while an officer types the name of an organisation, a station, an area or a member."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from markupsafe import escape

from yihui.access.roles import Right
from yihui.http.body import form_value, read_form
from yihui.http.desk.hand_pages import HandPages

if TYPE_CHECKING:
    from yihui.services.desk.choices import NamedChoice

_HEADERS = {"Cache-Control": "no-store"}


def router(made: APIRouter, pages: HandPages) -> None:
    wiring = pages.site.wiring

    @made.get("/choices/organisations")
    def organisations(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_organisation_choices

        visit = pages.open(request)
        return _options(find_organisation_choices(wiring, visit.actor, request.query_params.get(field, "")))

    @made.get("/choices/stations")
    def stations(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_station_choices

        visit = pages.open(request)
        text = request.query_params.get(field, "")
        return _options(find_station_choices(wiring, visit.actor, text, pages.station_texts()))

    @made.get("/choices/areas")
    def areas(request: Request, field: str = "q") -> Response:
        from yihui.services.desk.choices import find_area_choices

        visit = pages.open(request)
        text = request.query_params.get(field, "")
        return _options(find_area_choices(pages.site.place_names(), text, pages.own_areas(visit)))

    @made.post("/choices/members")
    async def members(request: Request, field: str = "q") -> Response:
        """Offer the members whom a text names; it is sent in the body, so that no address holds a name or a number."""
        visit = await pages.open_form(request, Right.READ_MEMBERS)
        text = form_value(await read_form(request), field)

        def work() -> Response:
            from yihui.services.members.finding import MOST_FOUND, find_members

            found = find_members(wiring, visit.actor, text, MOST_FOUND) if text.strip() else []
            return _render_options([one.choice for one in found])

        return await run_in_threadpool(work)


def _options(found: "list[NamedChoice]") -> Response:
    return _render_options([one.text for one in found])


def _render_options(texts: Sequence[str]) -> Response:
    return HTMLResponse(
        "".join(f'<option value="{escape(text)}"></option>' for text in texts), headers=_HEADERS
    )
