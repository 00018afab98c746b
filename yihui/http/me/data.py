"""/me/data: what is known of the member, who read it, her export, and what she asks to correct."""

import json

from fastapi import APIRouter, Request, Response

from core.civil_time import CIVIL_TIME
from core.faults import FaultError
from core.text_marks import N_
from members.hotline.case import STATE_TITLES
from members.hotline.faults import HOTLINE_FAULTS
from yihui.access.acting import state_act
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.pages import MemberPages, private_headers
from yihui.http.me.visit import MemberVisit
from yihui.services.members.own_data import load_own_data, request_correction
from yihui.services.members.person_export import export_own_person
from yihui.views.own_data import (
    PERSON_TITLES,
    correction_choices,
    fact_name,
    fact_text,
    origin_text,
    reading_text,
)
from yihui.views.person_export import person_export_json

DATA_PATH = "/me/data"
_DONE = {
    "correction": N_("Your request has reached your union. You see its state below."),
    "asked": N_("Your request to delete your data has reached your union. You see its state below."),
}
LONGEST_TEXT = 150


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/data/export")
    def export(request: Request) -> Response:
        visit = pages.open_fresh(request)
        found = export_own_person(pages.site.wiring, visit.actor)
        text = json.dumps(person_export_json(found), ensure_ascii=False, indent=2)
        headers = {**private_headers(), "Content-Disposition": 'attachment; filename="my-data.json"'}
        return Response(text, media_type="application/json", headers=headers)

    pages.add_page(made, "/data", show_data)
    pages.add_form(made, "/data/corrections", "correction", _correct, show_data)


def show_data(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show facts with their origin, who read them, the member's requests, and the form for a correction."""
    language = visit.language
    data = load_own_data(visit.pages.site.wiring, visit.member)
    places = visit.pages.site.place_names()
    facts = [
        (fact_name(one.path, language), fact_text(one, data, places, language), origin_text(one, language))
        for one in data.facts
    ]
    readings = [
        (one.at.astimezone(CIVIL_TIME), reading_text(one, data, language), one.reason)
        for one in data.readings
    ]
    cases = [
        (one.number, one.opened_at.astimezone(CIVIL_TIME), STATE_TITLES[one.state], one.due_on)
        for one in data.cases
    ]
    person = [(PERSON_TITLES[name], value) for name, value in data.person.items()]
    return visit.page(
        "data.html",
        feedback,
        facts=facts,
        readings=readings,
        has_older_readings=data.has_older_readings,
        cases=cases,
        person=person,
        longest=LONGEST_TEXT,
        choices=correction_choices(language),
        wrong=feedback.value("correction", "fact", visit.request.query_params.get("fact", "")),
        done=_DONE.get(visit.request.query_params.get("done", "")),
    )


def _correct(visit: MemberVisit, sent: FormFields) -> str:
    wiring, fact = visit.pages.site.wiring, form_value(sent, "fact")
    title = correction_choices(wiring.language).get(fact, "")
    text = form_value(sent, "text")
    if len(text) > LONGEST_TEXT:
        fault = HOTLINE_FAULTS.build("too_long", field="text", value=len(text), most=LONGEST_TEXT)
        raise FaultError(fault)
    state_act("member", visit.member, after={"fact": fact})
    request_correction(wiring, visit.actor, fact, title, text, visit.request_key(sent))
    return f"{DATA_PATH}?done=correction"
