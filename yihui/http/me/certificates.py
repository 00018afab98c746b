"""/me/certificates: the member hands in a certificate with its photo, and sees whether the union recorded it."""

from fastapi import APIRouter, Response

from core.civil_time import parse_civil_date
from core.text_marks import N_
from rules import FACT_CATALOGUE
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, add_file_form
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.runtime.language import Language
from yihui.services.members.certificates import (
    CERTIFIED_FACTS,
    Certificate,
    hand_in_certificate,
    list_own_certificates,
    read_certificate,
)
from yihui.views.fact_values import format_fact_value
from yihui.views.own_data import fact_name

_PATH = "/me/certificates"
_PLACE = FormPlace("certificate", "new")
_SUMMARY = N_("Certificate handed in: {fact} {value}, issued on {day}")


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/certificates", _show)
    add_file_form(made, pages, "/certificates", "certificate", lambda: _PLACE, _hand_in, _show)


def _show(visit: MemberVisit, feedback: FormFeedback) -> Response:
    language = visit.language
    return visit.page(
        "certificates.html",
        feedback,
        own=list_own_certificates(visit.wiring, visit.member),
        choices={
            fact_name(f"member.{fact}", language): [
                (f"{fact}:{value}", format_fact_value(fact, value, language))
                for value in FACT_CATALOGUE[f"member.{fact}"].allowed
            ]
            for fact in CERTIFIED_FACTS
        },
        done=visit.request.query_params.get("done") == "handed-in",
        **_PLACE.context(visit),
    )


def _hand_in(visit: MemberVisit, sent: FormFields) -> str:
    wiring = visit.wiring
    issued_on = parse_civil_date(form_value(sent, "on"))
    found = read_certificate(form_value(sent, "certificate"), issued_on, visit.today)
    summary = _summarise(found, wiring.language)
    hand_in_certificate(wiring, visit.actor, summary, visit.request_key(sent))
    return f"{_PATH}?done=handed-in"


def _summarise(one: Certificate, language: Language) -> str:
    """Return what the officers read first, in the union's language."""
    return language.render(
        _SUMMARY,
        fact=fact_name(f"member.{one.fact}", language),
        value=format_fact_value(one.fact, one.value, language),
        day=one.issued_on,
    )
