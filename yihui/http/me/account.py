"""/me/account: on which phones the member is logged in; she ends one or all others; log-out."""

from dataclasses import dataclass

from fastapi import APIRouter, Response

from core.civil_time import format_civil_minute
from yihui.access.member_sessions import WAYS_WITHOUT_APP
from yihui.cases.account.own import APPS, SESSIONS
from yihui.frame.feedback import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.access.member_codes import read_own_phone_mask
from yihui.services.access.member_handover import load_app_links
from yihui.services.access.member_login import load_own_sessions


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
    done = visit.done({**SESSIONS.done_texts, **APPS.done_texts})
    return visit.page("account.html", rows=rows, done=done, phone=phone, apps=apps)
