"""/desk/members/…/unmask: a member's name or numbers in clear, with a reason, after a fresh log-in, shown once."""

from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import Acting, acting_as
from yihui.access.audit import AuditEntry
from yihui.access.roles import Right
from yihui.http.body import FormFields, read_form
from yihui.http.desk.faults import form_choice
from yihui.http.desk.pages import (
    MAX_FORM_BYTES,
    NO_FEEDBACK,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit
from yihui.http.errors import problem_for_error
from yihui.runtime.errors import fault_line
from yihui.services.desk.form_submissions import (
    FormAct,
    claim_submission,
    finish_submission,
    withdraw_submission,
)

PERSON_LABELS: Mapping[str, str] = MappingProxyType(
    {"name": N_("Name of the person"), "phone": N_("Phone number"), "id_number": N_("ID number")}
)
_DONE: Mapping[str, str] = MappingProxyType(
    {"shown": N_("It was shown once. To see it again, give a reason again.")}
)
_FORM = f"{Right.UNMASK_MEMBERS.value}.form"


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/members/{member}/unmask")
    def form(request: Request, member: str) -> Response:
        visit = pages.open(request, Right.UNMASK_MEMBERS)
        return show_form(visit, member, NO_FEEDBACK, visit.done(request, _DONE))

    def show_form(
        visit: OfficerVisit, member: str, feedback: FormFeedback, done: str | None = None
    ) -> Response:
        from yihui.services.members.desk import require_covered_member

        require_covered_member(pages.site.wiring, pages.scope(visit, Right.UNMASK_MEMBERS), member)
        return pages.render(
            visit, "unmask.html", feedback, member=member, labels=PERSON_LABELS, shown=None, done=done
        )

    @made.post("/members/{member}/unmask")
    async def unmask(request: Request, member: str) -> Response:
        visit = await pages.open_form(request, Right.UNMASK_MEMBERS)
        sent = await read_form(request, MAX_FORM_BYTES)
        return await pages.site.write_queue.run(unmask_once, visit, member, sent)

    def unmask_once(visit: OfficerVisit, member: str, sent: FormFields) -> Response:
        """Show the fields in the answer itself: what is shown once is stored nowhere, and no page repeats it."""
        wiring, page = pages.site.wiring, f"/desk/members/{quote(member, safe='')}/unmask"
        key = pages.check_key(visit, sent)
        if claim_submission(wiring, visit.actor, FormAct(key, _FORM, page)) is not None:
            return RedirectResponse(build_link(page, done="shown"), 303)
        try:
            found = _unmask(pages, visit, member, sent, key)
        except FaultError as error:
            withdraw_submission(wiring, key)
            problem = problem_for_error(error, visit.language)
            if problem.status in (401, 403) or problem.status >= 500:
                raise
            lines = [fault_line(fault, visit.language) for fault in error.faults]
            return show_form(
                visit, member, FormFeedback(lines, sent, "unmask", problem.status, error.faults[0].code)
            )
        except BaseException:
            withdraw_submission(wiring, key)
            raise
        finish_submission(wiring, visit.actor, key, build_link(page, done="shown"), None)
        return pages.render(visit, "unmask.html", member=member, labels=PERSON_LABELS, shown=found)


def _unmask(
    pages: OfficerPages, visit: OfficerVisit, member: str, sent: FormFields, key: str
) -> dict[str, str]:
    """Return the chosen field in clear, after it was recorded who sees it and why. *Raises*: FaultError."""
    from yihui.services.members.desk import require_covered_member
    from yihui.services.members.vault import parse_person_fields, unmask_person

    wiring, right = pages.site.wiring, Right.UNMASK_MEMBERS
    field = form_choice(sent, "field", PERSON_LABELS)
    reason = require_value(sent, "reason", N_("reason"))
    require_confirmation(sent)
    organisation = require_covered_member(wiring, pages.scope(visit, right), member)
    decision = pages.authorise(visit, right, organisation)
    entry = AuditEntry(
        right.value,
        "member",
        member,
        reason,
        organisation,
        decision.by,
        after={"field": field},
        request_id=key,
    )
    with acting_as(Acting(visit.actor, visit.day, entry, [(right, organisation)])):
        person = unmask_person(wiring, member, parse_person_fields([field]), visit.actor.id, reason)
    return {name: value for name, value in person.items() if value}
