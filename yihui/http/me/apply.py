"""/me/apply: what the member can apply for, with the last day and what stands in the way; the form of each rule."""

from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from yihui.access.acting import state_act
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, submit_with_file
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit
from yihui.services.applications.forms import read_form_values
from yihui.services.applications.own_acts import LONGEST_NOTE, Submission, submit_application
from yihui.services.applications.own_applications import (
    list_applicable_rules,
    list_own_applications,
    list_own_notices,
    load_applicable_rule,
)

APPLY_PATH = "/me/apply"


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/apply", response_class=HTMLResponse)
    def apply(request: Request) -> Response:
        from yihui.views.member_applications import applicable_view, notice_texts
        from yihui.views.member_benefits import application_line

        visit = pages.open(request)
        wiring = pages.site.wiring
        found = list_applicable_rules(wiring, visit.member)
        views = [(one.is_free, applicable_view(one, visit.today, visit.language)) for one in found]
        return visit.page(
            "apply.html",
            free=[view for is_free, view in views if is_free],
            others=[view for is_free, view in views if not is_free],
            own=[
                application_line(one, visit.today, visit.language)
                for one in list_own_applications(wiring, visit.member)
            ],
            notices=[
                (*notice_texts(one, visit.member, visit.language), one.listed)
                for one in list_own_notices(wiring, visit.member, visit.today)
            ],
        )

    pages.add_page(made, "/apply/{rule}", _show_form)

    @made.post("/apply/{rule}")
    async def submit(request: Request, rule: str) -> Response:
        act, again = partial(_submit, rule=rule), partial(_show_form, rule=rule)
        return await submit_with_file(pages, request, "apply", FormPlace("apply", rule), act, again)


def _show_form(visit: MemberVisit, feedback: FormFeedback, rule: str) -> Response:
    from yihui.views.member_applications import applicable_view, field_texts, fixed_texts

    one = load_applicable_rule(visit.pages.site.wiring, visit.member, rule)
    return visit.page(
        "apply_form.html",
        feedback,
        one=applicable_view(one, visit.today, visit.language),
        fields=[(field, *field_texts(field, visit.language)) for field in one.form.fields],
        fixed=fixed_texts(one.form, visit.language),
        longest_note=LONGEST_NOTE,
        path=f"{APPLY_PATH}/{quote(rule, safe='')}",
        **FormPlace("apply", rule).context(visit),
    )


def _submit(visit: MemberVisit, sent: FormFields, rule: str) -> str:
    wiring = visit.pages.site.wiring
    one = load_applicable_rule(wiring, visit.member, rule, visit.today)
    stated = read_form_values(one.form, lambda name: form_value(sent, name))
    state_act("member", visit.member, after={"rule": rule})
    submission = Submission(rule, stated, form_value(sent, "note"))
    number = submit_application(wiring, visit.member, submission, visit.arrived_at)
    return f"/me/applications/{number}?done=submitted"
