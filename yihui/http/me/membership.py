"""/me/membership: where the member belongs and belonged, her requests; transfer, withdraw, leave."""

from datetime import datetime

from fastapi import APIRouter, Response

from core.civil_time import civil_date
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.join import read_place
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit
from yihui.services.joining.own_membership import (
    leave_union,
    load_own_membership,
    request_mark,
    transfer_own_membership,
    withdraw_own_request,
)

MEMBERSHIP_PATH = "/me/membership"
_DONE = {
    "transferred": N_("You have changed to this organisation. Your benefits came along."),
    "waiting": N_("Your request has reached the organisation. You see its state below."),
    "withdrawn": N_("Your request was taken back."),
    "left": N_("You have left the union. You can join again at any time."),
}
_REQUEST_LABELS = {  # as the person reads them on her own page
    "waiting": N_("waits for the organisation's answer"),
    "joined": N_("you joined"),
    "transferred": N_("you changed to this organisation"),
    "already_member": N_("you were a member there already"),
    "refused": N_("the organisation did not accept it"),
    "withdrawn": N_("you took it back"),
}


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/membership", show_membership)
    pages.add_form(made, "/membership/transfer", "transfer", _transfer, show_membership)
    pages.add_form(made, "/membership/requests", "withdraw_join", _withdraw, show_membership)
    pages.add_page(made, "/membership/leave", show_leave, is_fresh=True)
    pages.add_form(made, "/membership/leave", "leave", _leave, show_leave, is_fresh=True)


def show_membership(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show the membership of today, requests with their days, and the memberships before."""
    from yihui.views.fact_values import format_fact_value

    own = load_own_membership(visit.pages.site.wiring, visit.member)
    history = [
        (
            own.names.get(one.organisation, one.organisation),
            format_fact_value("member.status", one.status, visit.language),
            one.since,
            one.until,
        )
        for one in own.memberships
    ]
    requests = [
        {
            "mark": request_mark(one),
            "name": own.names.get(one.organisation, one.organisation),
            "begun": _day(one.begun_at),
            "state": _REQUEST_LABELS[one.state],
            "is_waiting": one.state == "waiting",
            "reviewer": own.names.get(one.reviewer or "", ""),
            "until": _day(one.review_until),
            "ended": _day(one.ended_at),
            "reason": one.decision_reason or "",
        }
        for one in own.requests
    ]
    return visit.page(
        "membership.html",
        feedback,
        own=own,
        state_text=format_fact_value("member.status", own.status, visit.language),
        name=own.names.get(own.organisation or "", own.organisation or ""),
        history=history,
        requests=requests,
        done=_DONE.get(visit.request.query_params.get("done", "")),
    )


def show_leave(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Say what leaving means, and what stays."""
    own = load_own_membership(visit.pages.site.wiring, visit.member)
    return visit.page(
        "membership_leave.html", feedback, own=own, name=own.names.get(own.organisation or "", "")
    )


def _transfer(visit: MemberVisit, sent: FormFields) -> str:
    reach = visit.reach(Right.CHANGE_MEMBERS)
    state_act("member", visit.member)
    done = transfer_own_membership(visit.pages.site.wiring, read_place(sent), reach, visit.request_key(sent))
    state = "waiting" if done.state == "waiting" else "transferred"
    return f"{MEMBERSHIP_PATH}?done={state}"


def _withdraw(visit: MemberVisit, sent: FormFields) -> str:
    reach = visit.reach(Right.CHANGE_MEMBERS)
    state_act("member", visit.member)
    withdraw_own_request(visit.pages.site.wiring, form_value(sent, "request"), reach)
    return f"{MEMBERSHIP_PATH}?done=withdrawn"


def _leave(visit: MemberVisit, sent: FormFields) -> str:
    reach = visit.reach(Right.CHANGE_MEMBERS)
    state_act("member", visit.member)
    leave_union(visit.pages.site.wiring, reach)
    return f"{MEMBERSHIP_PATH}?done=left"


def _day(instant: datetime | None) -> str:
    return "" if instant is None else f"{civil_date(instant)}"
