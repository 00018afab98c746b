"""/me: what the member can use and claim, what waits, and what is new since the last look."""

from typing import Any

from fastapi import APIRouter, Response

from yihui.frame.feedback import FormFeedback
from yihui.http.me.looked import read_last_look, store_last_look
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.benefits.member_home import MemberHome, load_member_home
from yihui.services.benefits.own_decisions import list_own_decisions


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "", _show)


def _show(visit: MemberVisit, feedback: FormFeedback) -> Response:
    look = read_last_look(visit.request, visit.member, visit.wiring.now())
    found = load_member_home(visit.wiring, visit.member, look.since)
    response = visit.page("home.html", **_sections(found, visit))
    store_last_look(response, visit.request, visit.member, look)
    return response


def _sections(found: MemberHome, visit: MemberVisit) -> dict[str, Any]:
    """Return the sections of the page in words."""
    from yihui.cases.benefits.own_decision_texts import appeal_line
    from yihui.cases.benefits.own_texts import application_line, benefit_card, participation_line
    from yihui.cases.hotline.own_texts import open_line
    from yihui.views.decisions import debt_lines
    from yihui.views.outcome_chips import outcome_chip

    language, today = visit.language, visit.today
    cards = {
        name: [benefit_card(one, today, language) for one in getattr(found, name)]
        for name in ("usable", "claimable", "under_way", "over")
    }
    new = {
        one.id: (one, outcome_chip("list_over" if one.id in found.lists_over else one.outcome))
        for one in found.new_decisions
    }
    decided = list_own_decisions(visit.wiring, visit.member)
    titles = {one.why.id: one.why.rule_title for one in decided.records}
    applied = frozenset().union(*(one.rules for one in found.applications))
    return {
        **cards,
        "waiting": [
            *(application_line(one, today, language) for one in found.applications),
            *(open_line(one, today, language) for one in found.open_things),
            *(participation_line(one, language) for one in found.participations),
        ],
        "appeals": [appeal_line(one, language, titles) for one in found.appeals],
        "debts": [(one.grant_id, debt_lines(one, language)[0]) for one in found.debts],
        "new": list(new.values()),
        "answers": [appeal_line(one, language, titles) for one in found.new_answers],
        "undecided": [one for one in decided.undecided if one.id not in applied],
    }
