"""/desk/hardship/income-lines: the lines of income that organisations decided, and a form to decide one."""

from fastapi import APIRouter, Request, Response

from core.faults import FaultError
from core.text_marks import N_
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import FORM_FAULTS
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit

_PAGE = "/desk/hardship/income-lines"
_DONE = {"decided": N_("The line of income was recorded.")}


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/hardship/income-lines")
    def income_lines(request: Request) -> Response:
        visit = pages.open(request, Right.READ_HARDSHIP)
        return show(visit, NO_FEEDBACK, visit.done(request, _DONE))

    def show(visit: OfficerVisit, feedback: FormFeedback, done: str | None = None) -> Response:
        from yihui.services.hardship.income_lines import load_income_lines

        assert visit.actor is not None
        own = sorted(subtrees(visit.actor, Right.KEEP_HARDSHIP, visit.day) or ())
        return pages.render(
            visit,
            "hardship_income_lines.html",
            feedback,
            decided=load_income_lines(pages.site.wiring, visit.actor),
            own=own[0] if len(own) == 1 else "",
            done=done,
        )

    @made.post("/hardship/income-lines")
    async def decide(request: Request) -> Response:
        return await pages.submit(request, Right.KEEP_HARDSHIP, "line", act, show)

    def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
        return _decide(pages, visit, sent)


def _decide(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    from core.civil_time import parse_civil_date
    from yihui.services.hardship.income_lines import DecidedLine, decide_income_line

    require_confirmation(sent)
    organisation = require_value(sent, "organisation", N_("organisation"))
    since = parse_civil_date(form_value(sent, "since"))
    if since is None:
        raise FaultError(FORM_FAULTS.build("day", field="since", value=form_value(sent, "since")[:40]))
    decided = DecidedLine(organisation, since, form_value(sent, "yuan"), form_value(sent, "document"))
    decide_income_line(pages.site.wiring, visit.actor, decided)
    return ActOutcome(build_link(_PAGE, done="decided"))
