"""/me/apply: what the member can apply for, and how far each of her applications has come."""

from fastapi import APIRouter, Response

from yihui.frame.feedback import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.applications.own_applications import (
    list_applicable_rules,
    list_own_applications,
    list_own_notices,
)


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/apply", _show_rules)


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
