"""/me/apply, /me/applications: what the member can apply for, the form of each rule, and how far each application has come."""

from collections.abc import Mapping
from urllib.parse import quote

from fastapi import APIRouter, Response

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.http.body import FormFields, form_number, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, add_file_form, read_number
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.applications.forms import read_form_values
from yihui.services.applications.own_acts import (
    LONGEST_NOTE,
    Submission,
    act_on_own_application,
    submit_application,
)
from yihui.services.applications.own_applications import (
    list_applicable_rules,
    list_own_applications,
    list_own_notices,
    load_applicable_rule,
    load_own_application,
)
from yihui.services.applications.stages import ActKind

APPLY_PATH = "/me/apply"
_DONE: Mapping[str, str] = {
    "submitted": N_("Your application was handed in. Its state is shown here."),
    "resubmit": N_("Your application was handed in again."),
    "withdraw": N_("Your application was withdrawn."),
}


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/apply", _show_rules)
    pages.add_page(made, "/apply/{rule}", _show_form)
    add_file_form(made, pages, "/apply/{rule}", "apply", _form_place, _submit, _show_form)
    pages.add_page(made, "/applications/{number}", _show)
    add_file_form(made, pages, "/applications/{number}", "again", _place, _act, _show)


def _show_rules(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show what the member can apply for, with the last day and what stands in the way, and her applications."""
    from yihui.views.member_applications import applicable_view, notice_texts
    from yihui.views.member_benefits import application_line

    wiring, today, language = visit.wiring, visit.today, visit.language
    found = list_applicable_rules(wiring, visit.member)
    views = [(one.is_free, applicable_view(one, today, language)) for one in found]
    return visit.page(
        "apply.html",
        free=[view for is_free, view in views if is_free],
        others=[view for is_free, view in views if not is_free],
        own=[application_line(one, today, language) for one in list_own_applications(wiring, visit.member)],
        notices=[
            (*notice_texts(one, visit.member, language), one.listed)
            for one in list_own_notices(wiring, visit.member, today)
        ],
    )


def _form_place(rule: str) -> FormPlace:
    return FormPlace("apply", rule)


def _show_form(visit: MemberVisit, feedback: FormFeedback, rule: str) -> Response:
    from yihui.views.member_applications import applicable_view, field_texts, fixed_texts

    one = load_applicable_rule(visit.wiring, visit.member, rule)
    return visit.page(
        "apply_form.html",
        feedback,
        one=applicable_view(one, visit.today, visit.language),
        fields=[(field, *field_texts(field, visit.language)) for field in one.form.fields],
        fixed=fixed_texts(one.form, visit.language),
        longest_note=LONGEST_NOTE,
        path=f"{APPLY_PATH}/{quote(rule, safe='')}",
        **_form_place(rule).context(visit),
    )


def _submit(visit: MemberVisit, sent: FormFields, rule: str) -> str:
    one = load_applicable_rule(visit.wiring, visit.member, rule, visit.today)
    stated = read_form_values(one.form, lambda name: form_value(sent, name))
    state_act("member", visit.member, after={"rule": rule})
    submission = Submission(rule, stated, form_value(sent, "note"))
    number = submit_application(visit.wiring, visit.member, submission, visit.arrived_at)
    return f"/me/applications/{number}?done=submitted"


def _place(number: str) -> FormPlace:
    return FormPlace("again", str(read_number(number)))


def _show(visit: MemberVisit, feedback: FormFeedback, number: str) -> Response:
    """Show one application: its stages with their days, withdrawal, handing in again."""
    from yihui.views.member_applications import application_view, stated_texts

    own = load_own_application(visit.wiring, visit.member, read_number(number))
    return visit.page(
        "application.html",
        feedback,
        own=own,
        one=application_view(own, visit.today, visit.language),
        stated=stated_texts(own.stated, visit.language),
        longest_note=LONGEST_NOTE,
        handed_in=visit.request.query_params.get("done") in ("submitted", "resubmit"),
        done=visit.done(_DONE),
        **_place(number).context(visit),
    )


def _act(visit: MemberVisit, sent: FormFields, number: str) -> str:
    application = read_number(number)
    kind: ActKind = "withdraw" if form_value(sent, "act") == "withdraw" else "resubmit"
    version, note = form_number(sent, "version"), form_value(sent, "note")
    state_act("member", visit.member, after={"application": application, "act": kind})
    act_on_own_application(visit.wiring, visit.member, application, version, kind, note, visit.arrived_at)
    return f"/me/applications/{application}?done={kind}"
