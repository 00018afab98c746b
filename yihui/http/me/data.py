"""/me/data: what a member takes along of her data, and the deletion of all.

The member confirms the deletion twice; it is carried out once, however often the form arrives.
"""

import json

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, RedirectResponse

from core.faults import FaultError
from yihui.access.acting import state_act
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback, require_own_page
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.form_acts import ActOutcome
from yihui.http.me.login import clear_phone
from yihui.http.me.pages import LOGIN_PATH, MemberPages, MemberVisit, private_headers
from yihui.services.members.erasure import DELETION_FAULTS, erase_own_data, load_deletion_preview
from yihui.services.members.person_export import export_own_person
from yihui.views.person_export import person_export_json

DELETION_PATH = "/me/data/deletion"


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/data/export")
    def export(request: Request) -> Response:
        visit = pages.open_fresh(request)
        found = export_own_person(pages.site.wiring, visit.actor)
        text = json.dumps(person_export_json(found), ensure_ascii=False, indent=2)
        headers = {**private_headers(), "Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(text, media_type="application/json", headers=headers)

    @made.get("/data/deletion/confirm", response_class=HTMLResponse)
    def confirm(request: Request, understood: str = "") -> Response:
        visit = pages.open_fresh(request)
        if understood != "yes":
            return RedirectResponse(DELETION_PATH, 303, private_headers())
        return _show_last_question(visit, NO_FEEDBACK)

    pages.add_page(made, "/data/deletion", _show_deletion, is_fresh=True)

    @made.post("/data/deletion")
    async def delete(request: Request) -> Response:
        """Delete by hand: the vault may be a second database, which the frame's trial could not give back."""
        arrived_at = pages.site.wiring.now()
        require_own_page(request)
        visit = await run_in_threadpool(pages.open_fresh, request, arrived_at)
        sent = await read_form(request)
        return await pages.site.write_queue.run(
            pages.carry_out, visit, sent, "deletion", _delete, _show_last_question
        )


def _show_deletion(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show which data are deleted, which are retained and why, and what the member must finish before."""
    from yihui.cases.account.own_deletion_texts import DELETED_KINDS, RETAINED_KINDS, obstacle_texts

    preview = load_deletion_preview(visit.wiring, visit.member)
    return visit.page(
        "deletion.html",
        feedback,
        deleted=DELETED_KINDS,
        retained=RETAINED_KINDS,
        obstacles=obstacle_texts(preview, visit.language),
    )


def _show_last_question(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Ask the member to confirm a second time, and show what she would lose."""
    preview = load_deletion_preview(visit.wiring, visit.member)
    if preview.obstacles:
        return _show_deletion(visit, feedback)
    return visit.page("deletion_confirm.html", feedback, preview=preview)


def _delete(visit: MemberVisit, sent: FormFields) -> ActOutcome:
    """Delete the member's data, and answer with a page that has the phone forget her too."""
    if not all(form_value(sent, name) == "yes" for name in ("understood", "sure")):
        raise FaultError(DELETION_FAULTS.build("not_confirmed", field="sure"))
    state_act("member", visit.member)
    erase_own_data(visit.wiring, visit.actor)
    answer = visit.pages.render(visit.appearance, "forgotten.html", is_deleted=True)
    clear_phone(answer, visit.request)
    return ActOutcome(LOGIN_PATH, shown_once=answer)
