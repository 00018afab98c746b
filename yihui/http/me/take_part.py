"""/me/take-part: polls that the member answers once, her draws with their proof, her places on waiting lists."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from core.faults import FaultError
from core.text_marks import N_
from members.polls.definition import Poll, Question
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.cases.polls.own import PollSubmission, answer_poll
from yihui.http.body import FormFields
from yihui.http.form_acts import FormFeedback
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit
from yihui.services.benefits.own_participation import (
    load_own_draw,
    load_own_participation,
    load_own_poll,
    load_own_poll_result,
)

TAKE_PART_PATH = "/me/take-part"


def router(made: APIRouter, pages: MemberPages) -> None:
    @made.get("/take-part", response_class=HTMLResponse)
    def take_part(request: Request) -> Response:
        from yihui.views.member_benefits import participation_line
        from yihui.views.take_part import poll_state_text

        visit = pages.open(request)
        found = load_own_participation(pages.site.wiring, visit.member)
        language = visit.language
        return visit.page(
            "take_part.html",
            polls=[
                (one.state.poll.id, one.state.poll.title, poll_state_text(one, language))
                for one in found.polls
            ],
            parts=[(one.id, participation_line(one, language)) for one in found.participations],
            points=found.points,
        )

    def answer(visit: MemberVisit, sent: FormFields, poll: str) -> str:
        own = load_own_poll(pages.site.wiring, visit.member, poll)
        state_act("poll", poll)
        _answer(visit, own.state.poll, sent)
        return f"{TAKE_PART_PATH}/polls/{quote(poll, safe='')}?done=answered"

    pages.add_page(made, "/take-part/draws/{draw}", _show_draw)
    pages.add_page(made, "/take-part/polls/{poll}", _show_poll)
    pages.add_form(made, "/take-part/polls/{poll}", "answer_poll", answer, _show_poll)


def _show_draw(visit: MemberVisit, feedback: FormFeedback, draw: str) -> Response:
    from yihui.views.claims import participation_state_text
    from yihui.views.take_part import proof_texts, verifier_output, waiting_step_texts

    own, language = load_own_draw(visit.pages.site.wiring, visit.member, draw), visit.language
    proof = own.proof
    return visit.page(
        "draw.html",
        own=own,
        state=participation_state_text(own.part, language),
        steps=waiting_step_texts(own, language),
        proof=proof,
        texts=proof_texts(own, proof, visit.member, language) if proof else [],
        output=verifier_output(proof) if proof else None,
    )


def _show_poll(visit: MemberVisit, feedback: FormFeedback, poll: str) -> Response:
    from yihui.views.take_part import poll_state_text

    own = load_own_poll(visit.pages.site.wiring, visit.member, poll)
    is_over = own.state.state == "closed"
    result = load_own_poll_result(visit.pages.site.wiring, own) if is_over else []
    done = visit.request.query_params.get("done") == "answered"
    return visit.page(
        "poll.html",
        feedback,
        poll=own.state.poll,
        state=poll_state_text(own, visit.language),
        can_answer=not own.has_answered and own.state.state == "open",
        result=result,
        done=visit.language.translate(N_("Your answers have been counted. Thank you.")) if done else None,
    )


def _answer(visit: MemberVisit, poll: Poll, sent: FormFields) -> None:
    site = visit.pages.site
    site.gate.check()
    answers = {one.id: value for one in poll.questions if (value := _parse_answer(one, sent)) is not None}
    submission = PollSubmission(visit.member, answers, visit.request_key(sent))
    reach = visit.reach(Right.CHANGE_MEMBERS)
    titles = {one.id: one.text for one in poll.questions}
    try:
        done = answer_poll(site.wiring, poll.id, submission, reach, visit.arrived_at)
    except FaultError as error:  # a question by its words, as the page shows it
        named = [replace(fault, field=titles.get(fault.field or "", fault.field)) for fault in error.faults]
        raise FaultError(named) from error
    if done.is_new:
        site.gate.add_accepted(1)
        site.drain.wake()


def _parse_answer(question: Question, sent: Mapping[str, list[str]]) -> Any:
    """Return what was chosen or typed, as a program would send it; None if the question was left out."""
    values = sent.get(f"q-{question.id}", [])
    if not values:
        return None
    if question.kind == "multiple":
        return values
    if question.kind == "scale" and values[-1].isascii() and values[-1].isdigit() and len(values[-1]) < 5:
        return int(values[-1])
    return values[-1]
