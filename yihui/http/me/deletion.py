"""/me/data/deletion: what goes, what must stay and why, what must be finished before; confirmed twice, done once."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import NO_FEEDBACK, ActOutcome, FormFeedback
from yihui.http.me.data import DATA_PATH
from yihui.http.me.login import clear_phone
from yihui.http.me.pages import LOGIN_PATH, MemberPages, private_headers
from yihui.http.me.visit import MemberVisit
from yihui.services.members.erasure import DELETION_FAULTS, erase_own_data, load_deletion_preview
from yihui.services.members.own_data import request_deletion

DELETION_PATH = f"{DATA_PATH}/deletion"
_SUMMARY = N_("The member asks on her own page, with a fresh code, that her data be deleted.")


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/data/deletion/confirm", response_class=HTMLResponse)
    def confirm(request: Request, understood: str = "") -> Response:
        visit = pages.open_fresh(request)
        if understood != "yes":
            return RedirectResponse(DELETION_PATH, 303, private_headers())
        return show_last_question(visit, NO_FEEDBACK)

    pages.add_page(made, "/data/deletion", show_deletion, is_fresh=True)
    pages.add_form(made, "/data/deletion", "deletion", _delete, show_last_question, is_fresh=True)
    path, name = "/data/deletion/request", "deletion_request"
    pages.add_form(made, path, name, _request, show_deletion, is_fresh=True)


def show_deletion(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Say what goes, what stays and why, and what must be finished before."""
    from yihui.views.own_deletion import DELETED_KINDS, RETAINED_KINDS, obstacle_texts

    preview = load_deletion_preview(visit.pages.site.wiring, visit.member)
    return visit.page(
        "deletion.html",
        feedback,
        deleted=DELETED_KINDS,
        retained=RETAINED_KINDS,
        obstacles=obstacle_texts(preview, visit.language),
    )


def show_last_question(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Ask for the second time, with what would be lost."""
    preview = load_deletion_preview(visit.pages.site.wiring, visit.member)
    if preview.obstacles:
        return show_deletion(visit, feedback)
    return visit.page("deletion_confirm.html", feedback, preview=preview)


def _delete(visit: MemberVisit, sent: FormFields) -> ActOutcome:
    """Delete the member's data, and answer with a page that has the phone forget her too."""
    if not all(form_value(sent, name) == "yes" for name in ("understood", "sure")):
        raise FaultError(DELETION_FAULTS.build("not_confirmed", field="sure"))
    state_act("member", visit.member)
    erase_own_data(visit.pages.site.wiring, visit.actor)
    answer = visit.pages.render(visit.appearance, "deleted.html")
    clear_phone(answer, visit.request)
    return ActOutcome(LOGIN_PATH, shown_once=answer)


def _request(visit: MemberVisit, sent: FormFields) -> ActOutcome:
    wiring = visit.pages.site.wiring
    state_act("member", visit.member)
    request_deletion(wiring, visit.actor, wiring.render(_SUMMARY), visit.request_key(sent))
    return ActOutcome(f"{DATA_PATH}?done=asked")
