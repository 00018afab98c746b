"""/me/account: on which phones the member is logged in; she ends one or all others; log-out."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from core.civil_time import format_civil_minute
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.member_sessions import WAYS_WITHOUT_APP
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.access.member_codes import read_own_phone_mask
from yihui.services.access.member_handover import load_app_links, unlink_app
from yihui.services.access.member_login import (
    end_other_member_sessions,
    end_own_member_session,
    load_own_sessions,
)

ACCOUNT_PATH = "/me/account"
_DONE = {"ended": N_("It was logged out."), "unlinked": N_("From there you need a code again.")}
_OTHERS = "others"


@dataclass(frozen=True, slots=True)
class PhoneRow:
    """A phone on which the member is logged in, as she reads it."""

    id: str
    device: str
    app: str
    started_at: str
    seen_at: str
    is_this: bool


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/account", show_account)
    pages.add_form(made, "/account/apps", "unlink_app", _unlink, show_account)
    pages.add_form(made, "/account/sessions", "end_sessions", _end_sessions, show_account)


def show_account(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show the member's phones, this one first."""
    wiring = visit.wiring
    titles = {app.name: app.title for app in wiring.member_apps}
    rows = [
        PhoneRow(
            one.id,
            one.device,
            "" if one.way in WAYS_WITHOUT_APP else titles.get(one.way, one.way),
            format_civil_minute(one.started_at),
            format_civil_minute(one.seen_at),
            one.id == visit.session.id,
        )
        for one in load_own_sessions(wiring, visit.session)
    ]
    rows.sort(key=lambda row: not row.is_this)
    phone = read_own_phone_mask(wiring, visit.member)
    apps = [
        (link.name, link.title, format_civil_minute(link.linked_at))
        for link in load_app_links(wiring, visit.member)
    ]
    return visit.page("account.html", feedback, rows=rows, done=visit.done(_DONE), phone=phone, apps=apps)


def _end_sessions(visit: MemberVisit, sent: FormFields) -> str:
    """End one session, or all but this one."""
    wiring, ended = visit.wiring, form_value(sent, "session")
    state_act("member", visit.member)
    if ended == _OTHERS:
        end_other_member_sessions(wiring, visit.session)
    else:
        end_own_member_session(wiring, visit.session, ended)
    return f"{ACCOUNT_PATH}?done=ended"


def _unlink(visit: MemberVisit, sent: FormFields) -> str:
    state_act("member", visit.member)
    unlink_app(visit.wiring, visit.session, form_value(sent, "app"))
    return f"{ACCOUNT_PATH}?done=unlinked"
