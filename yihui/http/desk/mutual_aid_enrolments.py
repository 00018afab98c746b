"""/desk/mutual-aid/policies/…: a list of members to enrol, with its preview, and a member's enrolment with its correction."""

from datetime import date

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from members.mutual_aid.claim import CLAIM_STATE_TITLES
from members.mutual_aid.policy import PolicyAct
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.members import parse_form_day
from yihui.http.desk.mutual_aid import read_seen
from yihui.http.desk.mutual_aid_policies import policy_outcome, show_policy
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    read_day,
    require_confirmation,
)
from yihui.http.desk.previewed_files import PreviewedForm, store_for_preview
from yihui.http.desk.visit import OfficerVisit
from yihui.runtime.errors import fault_line

MAX_UPLOAD_BYTES = 4 << 20
MOST_NAMED = 200  # members of a preview
_DONE = {
    "corrected": N_("The enrolment was corrected."),
    "proposed": N_("The correction waits for a second officer; until then nothing has changed."),
    "refused": N_("The proposed correction was refused; nothing has changed."),
}


def router(made: APIRouter, pages: OfficerPages) -> None:
    _list_router(made, pages)

    @made.get("/mutual-aid/policies/{number}/enrolments/{member}")
    def enrolment(request: Request, number: int, member: str) -> Response:
        visit = pages.open(request, Right.READ_HARDSHIP)
        return show(visit, number, member, NO_FEEDBACK, visit.done(request, _DONE))

    def show(
        visit: OfficerVisit, number: int, member: str, feedback: FormFeedback, done: str | None = None
    ) -> Response:
        from yihui.services.mutual_aid.lists import load_enrolment

        found = load_enrolment(pages.site.wiring, visit.actor, number, member)
        return pages.render(
            visit,
            "mutual_aid_enrolment.html",
            feedback,
            policy=found.policy,
            enrolment=found.enrolment,
            changes=found.changes,
            claims=found.claims,
            proposed=found.proposed,
            states=CLAIM_STATE_TITLES,
            done=done,
        )

    @made.post("/mutual-aid/policies/{number}/enrolments/{member}/correct")
    async def correct(request: Request, number: int, member: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _correct(pages, visit, sent, number, member)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, number, member, feedback)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "correct", act, again)

    @made.post("/mutual-aid/policies/{number}/enrolments/{member}/decide")
    async def decide(request: Request, number: int, member: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _decide(pages, visit, sent, number, member)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, number, member, feedback)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "decide", act, again)


def _list_router(made: APIRouter, pages: OfficerPages) -> None:
    @made.post("/mutual-aid/policies/{number}/lists")
    async def upload(request: Request, number: int) -> Response:
        def read_options(visit: OfficerVisit, sent: FormFields) -> dict[str, str]:
            from yihui.services.mutual_aid.lists import load_policy

            policy = load_policy(pages.site.wiring, visit.actor, number, limit=1).policy
            pages.authorise(visit, Right.KEEP_HARDSHIP, policy.terms.organisation)
            day = parse_form_day(form_value(sent, "on"), visit.day)
            return {"on": day.isoformat(), "policy": str(number)}

        form = PreviewedForm(
            Right.KEEP_HARDSHIP,
            "list",
            MAX_UPLOAD_BYTES,
            FORM_FAULTS.build("missing", field="file", terms={"field": N_("the list")}),
            f"/desk/mutual-aid/policies/{number}/lists",
            read_options,
            lambda visit, feedback: show_policy(pages, visit, number, feedback),
        )
        return await store_for_preview(pages, request, form)

    @made.get("/mutual-aid/policies/{number}/lists/{id_}")
    def preview(request: Request, number: int, id_: str) -> Response:
        return show(pages.open(request, Right.KEEP_HARDSHIP), number, id_, NO_FEEDBACK)

    def show(visit: OfficerVisit, number: int, id_: str, feedback: FormFeedback) -> Response:
        from yihui.services.mutual_aid.enrolments import preview_enrolment
        from yihui.services.mutual_aid.lists import load_policy
        from yihui.services.mutual_aid.member_list import read_member_table
        from yihui.services.operation.uploads import load_upload

        wiring = pages.site.wiring
        policy = load_policy(wiring, visit.actor, number, limit=1).policy
        stored, plan, faults = load_upload(wiring, visit.actor, id_), None, []
        on = date.fromisoformat(stored.options["on"])
        try:
            listed = read_member_table(stored.content, stored.name)
            plan = preview_enrolment(wiring, visit.actor, number, on, listed)
        except FaultError as error:
            faults = [fault_line(fault, visit.language) for fault in error.faults]
        return pages.render(
            visit,
            "mutual_aid_list.html",
            feedback,
            id=id_,
            on=on,
            policy=policy,
            plan=plan,
            shown=plan.new[:MOST_NAMED] if plan else (),
            faults=faults,
        )

    @made.post("/mutual-aid/policies/{number}/lists/{id_}/confirm")
    async def confirm(request: Request, number: int, id_: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _enrol(pages, visit, sent, number, id_)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show(visit, number, id_, feedback)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "list", act, again)


def _enrol(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int, id_: str) -> ActOutcome:
    """Enrol everybody of an uploaded list, or nobody. *Raises*: FaultError."""
    from yihui.services.mutual_aid.enrolments import enrol_members
    from yihui.services.mutual_aid.member_list import read_member_table
    from yihui.services.mutual_aid.policies import ActOnPolicy
    from yihui.services.operation.uploads import UPLOAD_FAULTS, delete_upload, load_upload

    require_confirmation(sent)
    wiring = pages.site.wiring
    stored = load_upload(wiring, visit.actor, id_)
    if stored.options["policy"] != str(number):
        raise FaultError(UPLOAD_FAULTS.build("gone", field="file", value=id_[:40]))
    listed = read_member_table(stored.content, stored.name)
    wanted = ActOnPolicy(number, PolicyAct.ENROL, read_seen(sent))
    on = date.fromisoformat(stored.options["on"])
    enrol_members(wiring, visit.actor, wanted, on, listed)
    delete_upload(wiring, id_)
    return policy_outcome(number, "enrolled")


def _correct(
    pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int, member: str
) -> ActOutcome:
    from yihui.services.mutual_aid.enrolments import (
        EnrolmentCorrection,
        correct_enrolment,
        propose_correction,
    )
    from yihui.services.mutual_aid.policies import ActOnPolicy

    require_confirmation(sent)
    wanted = ActOnPolicy(number, PolicyAct.AMEND, read_seen(sent), form_value(sent, "reason"))
    correction = EnrolmentCorrection(
        member,
        read_day(sent, "covered_from"),
        read_day(sent, "covered_until"),
        form_value(sent, "void") == "yes",
    )
    work = propose_correction if form_value(sent, "takes_back") == "yes" else correct_enrolment
    state_act("member", member, wanted.reason)
    policy = work(pages.site.wiring, visit.actor, wanted, correction)
    done = "proposed" if member in policy.proposed else "corrected"
    return _outcome(number, member, done)


def _decide(
    pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int, member: str
) -> ActOutcome:
    """Confirm or refuse as the second officer a correction that takes claims back. *Raises*: FaultError."""
    from yihui.services.mutual_aid.enrolments import confirm_correction, refuse_correction
    from yihui.services.mutual_aid.policies import ActOnPolicy

    require_confirmation(sent)
    kind, reason = form_value(sent, "act"), form_value(sent, "reason")
    if kind not in ("confirm", "refuse"):
        raise FaultError(FORM_FAULTS.build("choice", field="act", value=kind[:40]))
    work, done = (confirm_correction, "corrected") if kind == "confirm" else (refuse_correction, "refused")
    wanted = ActOnPolicy(number, PolicyAct.AMEND, read_seen(sent), reason)
    state_act("member", member, reason)
    work(pages.site.wiring, visit.actor, wanted, member)
    return _outcome(number, member, done)


def _outcome(number: int, member: str, done: str) -> ActOutcome:
    return ActOutcome(build_link(f"/desk/mutual-aid/policies/{number}/enrolments/{member}", done=done))
