"""/me/take-part, /me/points: polls that the member answers once, her draws and waiting lists, and points that she spends."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from core.faults import FaultError
from core.text_marks import N_
from members.polls.definition import Question
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.cases.polls.own import PollSubmission, answer_poll
from yihui.http.body import FormFields, form_number, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.benefits.own_participation import (
    load_own_draw,
    load_own_participation,
    load_own_poll,
    load_own_poll_result,
)
from yihui.services.benefits.points import list_point_sources, load_points_account, spend_member_points

TAKE_PART_PATH, POINTS_PATH = "/me/take-part", "/me/points"
_ANSWERED = {"answered": N_("Your answers have been counted. Thank you.")}
_SPENT = {
    "spent": N_(
        "The points are spent. Show the newest line under “What changed my points” to whoever gives you the thing."
    ),
}


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/take-part", _show)
    pages.add_page(made, "/take-part/draws/{draw}", _show_draw)
    pages.add_page(made, "/take-part/polls/{poll}", _show_poll)
    pages.add_form(made, "/take-part/polls/{poll}", "answer_poll", _answer, _show_poll)
    pages.add_page(made, "/points", _show_points)
    pages.add_form(made, "/points/spendings", "spend_points", _spend, _show_points)


def _show(visit: MemberVisit, feedback: FormFeedback) -> Response:
    from yihui.views.member_benefits import participation_line
    from yihui.views.take_part import poll_state_text

    found, language = load_own_participation(visit.wiring, visit.member), visit.language
    return visit.page(
        "take_part.html",
        polls=[
            (one.state.poll.id, one.state.poll.title, poll_state_text(one, language)) for one in found.polls
        ],
        parts=[(one.id, participation_line(one, language)) for one in found.participations],
        points=found.points,
    )


def _show_draw(visit: MemberVisit, feedback: FormFeedback, draw: str) -> Response:
    from yihui.views.claims import participation_state_text
    from yihui.views.take_part import proof_texts, verifier_output, waiting_step_texts

    own, language = load_own_draw(visit.wiring, visit.member, draw), visit.language
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

    own = load_own_poll(visit.wiring, visit.member, poll)
    is_over = own.state.state == "closed"
    result = load_own_poll_result(visit.wiring, own) if is_over else []
    return visit.page(
        "poll.html",
        feedback,
        poll=own.state.poll,
        state=poll_state_text(own, visit.language),
        can_answer=not own.has_answered and own.state.state == "open",
        result=result,
        done=visit.done(_ANSWERED),
    )


def _answer(visit: MemberVisit, sent: FormFields, poll: str) -> str:
    site, questions = visit.pages.site, load_own_poll(visit.wiring, visit.member, poll).state.poll.questions
    state_act("poll", poll)
    site.gate.check()
    answers = {one.id: value for one in questions if (value := _parse_answer(one, sent)) is not None}
    submission = PollSubmission(visit.member, answers, visit.request_key(sent))
    reach = visit.reach(Right.CHANGE_MEMBERS)
    titles = {one.id: one.text for one in questions}
    try:
        done = answer_poll(site.wiring, poll, submission, reach, visit.arrived_at)
    except FaultError as error:  # a question by its words, as the page shows it
        named = [replace(fault, field=titles.get(fault.field or "", fault.field)) for fault in error.faults]
        raise FaultError(named) from error
    if done.is_new:
        site.gate.add_accepted(1)
        site.drain.wake()
    return f"{TAKE_PART_PATH}/polls/{quote(poll, safe='')}?done=answered"


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


def _show_points(visit: MemberVisit, feedback: FormFeedback) -> Response:
    """Show what can be spent, by its last day, each change with its reason, the newest first, and what gives points."""
    from yihui.views.points import CHANGE_LABELS, lot_end_text, point_source_line

    account = load_points_account(visit.wiring, visit.member, visit.reach(Right.READ_BENEFITS))
    return visit.page(
        "points.html",
        feedback,
        account=account,
        lots=[(one, lot_end_text(one, visit.language)) for one in account.lots],
        changes=[
            (one, visit.language.translate(CHANGE_LABELS[one.kind])) for one in reversed(account.changes)
        ],
        sources=[
            point_source_line(one, visit.language) for one in list_point_sources(visit.wiring, visit.member)
        ],
        done=visit.done(_SPENT),
    )


def _spend(visit: MemberVisit, sent: FormFields) -> str:
    state_act("member", visit.member)
    spend_member_points(
        visit.wiring,
        visit.member,
        form_number(sent, "points"),
        form_value(sent, "purpose"),
        visit.request_key(sent),
        visit.reach(Right.CHANGE_MEMBERS),
        visit.arrived_at,
    )
    return f"{POINTS_PATH}?done=spent"
