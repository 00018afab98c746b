"""/me/take-part, /me/points: polls for the member, her draws and waiting lists, and points that she spends."""

from fastapi import APIRouter, Response

from yihui.cases.polls.own import find_poll_state
from yihui.frame.cells import cell_text
from yihui.frame.feedback import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.benefits.own_participation import load_own_draw, load_own_participation


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/take-part", _show)
    pages.add_page(made, "/take-part/draws/{draw}", _show_draw)


def _show(visit: MemberVisit, feedback: FormFeedback) -> Response:
    from yihui.cases.benefits.own_texts import participation_line

    found, language = load_own_participation(visit.wiring, visit.member), visit.language
    return visit.page(
        "take_part.html",
        polls=[
            (one.state.poll.id, one.state.poll.title, cell_text(find_poll_state(one), language))
            for one in found.polls
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
