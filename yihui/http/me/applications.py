"""/me/applications: one application of the member's: its stages with their days, withdrawal, handing in again."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request, Response

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.http.body import FormFields, form_number, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, read_number, submit_with_file
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit
from yihui.services.applications.own_acts import LONGEST_NOTE, act_on_own_application
from yihui.services.applications.own_applications import load_own_application
from yihui.services.applications.stages import ActKind

_DONE: Mapping[str, str] = {
    "submitted": N_("Your application was handed in. Its state is shown here."),
    "resubmit": N_("Your application was handed in again."),
    "withdraw": N_("Your application was withdrawn."),
}


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/applications/{number}", _show)

    @made.post("/applications/{number}")
    async def act_on(request: Request, number: str) -> Response:
        act, again = partial(_act, number=number), partial(_show, number=number)
        return await submit_with_file(pages, request, "again", _place(number), act, again)


def _place(number: str) -> FormPlace:
    return FormPlace("again", str(read_number(number)))


def _show(visit: MemberVisit, feedback: FormFeedback, number: str) -> Response:
    from yihui.views.member_applications import application_view, stated_texts

    own = load_own_application(visit.pages.site.wiring, visit.member, read_number(number))
    done = visit.request.query_params.get("done", "")
    return visit.page(
        "application.html",
        feedback,
        own=own,
        one=application_view(own, visit.today, visit.language),
        stated=stated_texts(own.stated, visit.language),
        longest_note=LONGEST_NOTE,
        handed_in=done in ("submitted", "resubmit"),
        done=visit.language.translate(_DONE[done]) if done in _DONE else None,
        **_place(number).context(visit),
    )


def _act(visit: MemberVisit, sent: FormFields, number: str) -> str:
    application = read_number(number)
    kind: ActKind = "withdraw" if form_value(sent, "act") == "withdraw" else "resubmit"
    version, note = form_number(sent, "version"), form_value(sent, "note")
    state_act("member", visit.member, after={"application": application, "act": kind})
    act_on_own_application(
        visit.pages.site.wiring, visit.member, application, version, kind, note, visit.arrived_at
    )
    return f"/me/applications/{application}?done={kind}"
