"""/me/messages: what happened to the member, and which reminders she wants on her phone."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from core.civil_time import CIVIL_TIME, civil_date
from members.reminders.reminder import REMINDER_KINDS
from yihui.cases.messages.own import REMINDERS
from yihui.cases.messages.own_texts import message_path, message_sentence
from yihui.http.me.looked import store_seen_until
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.messages.member_messages import load_message_page, load_reminder_choices
from yihui.views.reminders import REMINDER_KIND_TEXTS


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/messages", response_class=HTMLResponse)
    def messages(request: Request, page: Annotated[int, Query(ge=0, le=1_000)] = 0) -> Response:
        return show_messages(pages.open(request), page)


def show_messages(visit: MemberVisit, page: int) -> Response:
    """Show a page of messages, and below them the member's choice of reminders."""
    wiring, language = visit.wiring, visit.language
    found = load_message_page(wiring, visit.member, visit.seen_until, page)
    rows = [
        {
            "at": one.at.astimezone(CIVIL_TIME),
            "is_new": one.is_new,
            "sentence": message_sentence(one, language),
            "path": message_path(one),
        }
        for one in found.messages
    ]
    choices = load_reminder_choices(wiring, visit.member)
    kinds = [
        {
            "kind": kind,
            "title": REMINDER_KIND_TEXTS[kind],
            "is_wanted": choices[kind].is_wanted,
            "chosen_on": civil_date(chosen_at) if (chosen_at := choices[kind].chosen_at) else None,
        }
        for kind in REMINDER_KINDS
    ]
    response = visit.page(
        "messages.html",
        unread=0 if page == 0 else found.unread,
        found=found,
        rows=rows,
        kinds=kinds,
        page=page,
        done=visit.done(REMINDERS.done_texts),
        hours=wiring.settings.quiet_hours,
    )
    if page == 0 and found.messages:
        store_seen_until(response, visit.request, visit.member, found.messages[0].at)
    return response
