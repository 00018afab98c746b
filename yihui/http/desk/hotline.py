"""/desk/hotline: the queue of cases by clock, a new case, and the three rates."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from core.text_marks import N_
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import form_choice
from yihui.http.desk.pages import NO_FEEDBACK, ActOutcome, FormFeedback, OfficerPages, build_link
from yihui.http.desk.visit import OfficerVisit

MAX_CASE_FORM_BYTES = 256 << 10  # 20,000 characters of what was said take nine bytes each
QUEUE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "open": N_("Open, by clock"),
        "overdue": N_("Overdue"),
        "suspended": N_("Suspended"),
        "to_call_back": N_("To call back"),
        "over": N_("Called back"),
    }
)
CROSSES: Mapping[str, bool | None] = MappingProxyType({"": None, "yes": True, "no": False})
_Page = Annotated[int, Query(ge=1, le=10_000)]


def router(made: APIRouter, pages: OfficerPages) -> None:
    _add_queue(made, pages)
    _add_new_case(made, pages)

    @made.get("/hotline/rates")
    def rates(request: Request, month: Annotated[str, Query(max_length=20)] = "") -> Response:
        from yihui.services.hotline.figures import load_rates
        from yihui.views.hotline import share_text

        visit = pages.open(request, Right.READ_CASES)
        found = load_rates(pages.site.wiring, visit.actor, month or None)
        return pages.render(visit, "hotline_rates.html", found=found, month=month, share=share_text)


def _add_queue(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hotline")
    def queue(
        request: Request, queue: str = "open", category: str = "", unit: str = "", page: _Page = 1
    ) -> Response:
        from members.hotline.case import STATE_TITLES
        from members.hotline.terms import TERMS
        from yihui.services.hotline.desk import load_queue, parse_queue
        from yihui.views.hotline_history import format_deadline, name_titles

        visit = pages.open(request, Right.READ_CASES)
        query = parse_queue(queue, category, pages.organisation_code(visit, unit), page)
        return pages.render(
            visit,
            "hotline.html",
            found=load_queue(pages.site.wiring, visit.actor, query),
            query=query,
            queues=QUEUE_LABELS,
            terms=TERMS,
            states=STATE_TITLES,
            name=name_titles(visit.language),
            deadline=format_deadline,
        )


def _add_new_case(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hotline/new")
    def new(request: Request) -> Response:
        return show(pages.open(request, Right.HANDLE_CASES), NO_FEEDBACK)

    def show(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        from members.hotline.terms import CHANNEL_TITLES, TERMS
        from yihui.services.hotline.desk import load_own_organisations
        from yihui.views.hotline_history import name_titles

        own = load_own_organisations(pages.site.wiring, visit.actor)
        return pages.render(
            visit,
            "hotline_new.html",
            feedback,
            own=own,
            channels=CHANNEL_TITLES,
            terms=TERMS,
            name=name_titles(visit.language),
        )

    @made.post("/hotline/new")
    async def open_case(request: Request) -> Response:
        visit = await pages.open_form(request, Right.HANDLE_CASES)
        sent = await read_form(request, MAX_CASE_FORM_BYTES)

        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _open(pages, visit, sent)

        return await pages.carry_out(visit, sent, Right.HANDLE_CASES, "open", act, show)


def _open(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    from members.hotline.callers import Caller
    from yihui.services.hotline.cases import open_case
    from yihui.services.hotline.intake import CaseIntake

    def optional(name: str) -> str | None:
        return form_value(sent, name) or None

    intake = CaseIntake(
        organisation=form_value(sent, "organisation"),
        channel=form_value(sent, "channel"),
        category=form_value(sent, "category"),
        summary=form_value(sent, "summary"),
        is_clear=form_value(sent, "unclear") != "yes",
        crosses=CROSSES[form_choice(sent, "crosses", CROSSES)],
        member=optional("member"),
        place=optional("place"),
        station=optional("station"),
        from_office=optional("from"),
        caller=Caller(optional("name"), optional("phone"), optional("text")),
        request_key=form_value(sent, "form_key"),
    )
    case = open_case(pages.site.wiring, visit.actor, intake).case
    page = build_link(f"/desk/hotline/cases/{case.number}", done="open")
    return ActOutcome(page)
