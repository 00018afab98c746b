"""/me/points: the member's points, what she got and spent them for, when they end; she spends them."""

from fastapi import APIRouter, Response

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_number, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit
from yihui.services.benefits.points import list_point_sources, load_points_account, spend_member_points

POINTS_PATH = "/me/points"


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/points", show_points)
    pages.add_form(made, "/points/spendings", "spend_points", _spend, show_points)


def show_points(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show what can be spent, by its last day, each change with its reason, the newest first, and what gives points."""
    from yihui.views.points import CHANGE_LABELS, lot_end_text, point_source_line

    account = load_points_account(visit.pages.site.wiring, visit.member, visit.reach(Right.READ_BENEFITS))
    say = visit.language.translate
    done = visit.request.query_params.get("done") == "spent"
    return visit.page(
        "points.html",
        feedback,
        account=account,
        lots=[(one, lot_end_text(one, visit.language)) for one in account.lots],
        changes=[(one, say(CHANGE_LABELS[one.kind])) for one in reversed(account.changes)],
        sources=[
            point_source_line(one, visit.language)
            for one in list_point_sources(visit.pages.site.wiring, visit.member)
        ],
        done=say(N_("The points are spent. Show the newest line under “What changed my points” to whoever gives you the thing.")) if done else None,
    )  # fmt: skip


def _spend(visit: MemberVisit, sent: FormFields) -> str:
    state_act("member", visit.member)
    spend_member_points(
        visit.pages.site.wiring,
        visit.member,
        form_number(sent, "points"),
        form_value(sent, "purpose"),
        visit.request_key(sent),
        visit.reach(Right.CHANGE_MEMBERS),
        visit.arrived_at,
    )
    return f"{POINTS_PATH}?done=spent"
