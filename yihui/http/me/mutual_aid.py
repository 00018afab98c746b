"""/me/mutual-aid: what covers the member, her claims with their states, and the form of a claim with its papers."""

from functools import partial

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from members.mutual_aid.claim import CLAIM_STATE_TITLES
from yihui.access.acting import state_act
from yihui.cases.mutual_aid.forms import ClaimForm
from yihui.cases.mutual_aid.own import PLACE, load_own_aid, load_own_cover, submit_own_claim
from yihui.frame.fields import fields_of, read_typed
from yihui.http.body import FormFields
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, read_number, submit_with_file
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit

_PATH = "/me/mutual-aid"


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/mutual-aid", response_class=HTMLResponse)
    def mutual_aid(request: Request) -> Response:
        visit = pages.open(request)
        return visit.page(
            "mutual_aid.html",
            own=load_own_aid(pages.site.wiring, visit.member),
            states=CLAIM_STATE_TITLES,
            title_text=visit.language.title,
            done=visit.request.query_params.get("done") == "submitted",
        )

    pages.add_page(made, "/mutual-aid/{policy}", _show_form)

    @made.post("/mutual-aid/{policy}")
    async def submit(request: Request, policy: str) -> Response:
        def act(visit: MemberVisit, sent: FormFields) -> str:
            state_act("member", visit.member, after={"policy": policy})
            stated = read_typed(ClaimForm, sent)
            submit_own_claim(
                pages.site.wiring, visit.actor, read_number(policy), stated, visit.request_key(sent)
            )
            return f"{_PATH}?done=submitted"

        again = partial(_show_form, policy=policy)
        return await submit_with_file(pages, request, "claim", FormPlace(PLACE, policy), act, again)


def _show_form(visit: MemberVisit, feedback: FormFeedback, policy: str) -> Response:
    cover = load_own_cover(visit.pages.site.wiring, visit.member, read_number(policy))
    return visit.page(
        "mutual_aid_claim.html",
        feedback,
        cover=cover,
        fields=[one for one in fields_of(ClaimForm) if one.name != "member"],
        path=f"{_PATH}/{cover.policy.number}",
        **FormPlace(PLACE, str(cover.policy.number)).context(visit),
    )
