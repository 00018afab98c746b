"""/me/mutual-aid: what covers the member, her claims with their states, and the form of a claim with its papers."""

from fastapi import APIRouter, Response

from members.mutual_aid.claim import CLAIM_STATE_TITLES
from yihui.access.acting import state_act
from yihui.cases.mutual_aid.forms import ClaimForm
from yihui.cases.mutual_aid.own import PLACE, load_own_aid, load_own_cover, submit_own_claim
from yihui.frame.fields import fields_of, read_typed
from yihui.http.body import FormFields
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, add_file_form, read_number
from yihui.http.me.pages import MemberPages, MemberVisit

_PATH = "/me/mutual-aid"


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/mutual-aid", _show)
    pages.add_page(made, "/mutual-aid/{policy}", _show_form)
    add_file_form(made, pages, "/mutual-aid/{policy}", "claim", _place, _submit, _show_form)


def _show(visit: MemberVisit, feedback: FormFeedback) -> Response:
    return visit.page(
        "mutual_aid.html",
        own=load_own_aid(visit.wiring, visit.member),
        states=CLAIM_STATE_TITLES,
        title_text=visit.language.title,
        done=visit.request.query_params.get("done") == "submitted",
    )


def _place(policy: str) -> FormPlace:
    return FormPlace(PLACE, policy)


def _show_form(visit: MemberVisit, feedback: FormFeedback, policy: str) -> Response:
    cover = load_own_cover(visit.wiring, visit.member, read_number(policy))
    return visit.page(
        "mutual_aid_claim.html",
        feedback,
        cover=cover,
        fields=[one for one in fields_of(ClaimForm) if one.name != "member"],
        path=f"{_PATH}/{cover.policy.number}",
        **_place(str(cover.policy.number)).context(visit),
    )


def _submit(visit: MemberVisit, sent: FormFields, policy: str) -> str:
    state_act("member", visit.member, after={"policy": policy})
    stated = read_typed(ClaimForm, sent)
    submit_own_claim(visit.wiring, visit.actor, read_number(policy), stated, visit.request_key(sent))
    return f"{_PATH}?done=submitted"
