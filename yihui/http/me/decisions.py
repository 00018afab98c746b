"""/me/decisions: why the member got something or not, what would have to be different, and appeals."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Response

from benefits import DecisionRecord
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.cases.appeals.own import list_appeal_files
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, add_file_form
from yihui.http.me.pages import MemberPages, MemberVisit
from yihui.services.benefits.own_decisions import (
    SkippedRule,
    appeal_own_decision,
    explain_undecided_rule,
    list_own_decisions,
    load_organisation_names,
    load_own_decision,
)

_DONE: Mapping[str, str] = {
    "appealed": N_("Your appeal was handed in. The union's answer will be shown here.")
}


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/decisions", _show_list)
    pages.add_page(made, "/decisions/{decision}", _show)
    pages.add_page(made, "/decisions/undecided/{rule}", _show_undecided)
    add_file_form(made, pages, "/decisions/{decision}/appeal", "appeal", _place, _appeal, _show)


def _show_list(visit: MemberVisit, feedback: FormFeedback) -> Response:
    from yihui.views.outcome_chips import outcome_chip

    found = list_own_decisions(visit.wiring, visit.member)
    records = sorted(found.records, key=lambda one: one.why.occurred_on, reverse=True)
    listed = [(one, outcome_chip(one.outcome)) for one in records]
    return visit.page("decisions.html", listed=listed, undecided=found.undecided)


def _show_undecided(visit: MemberVisit, feedback: FormFeedback, rule: str) -> Response:
    from yihui.services.benefits.ways import find_way_to_benefit
    from yihui.views.member_decisions import is_for_member, skip_view
    from yihui.views.member_ways import way_view

    found = explain_undecided_rule(visit.wiring, visit.member, rule)
    way = find_way_to_benefit(visit.wiring, visit.member, rule)
    names, known = _names(visit, found), partial(has_page, visit.request.app)
    skipped = [
        skip_view(one, visit.language, names, known)
        for one in found.explanations
        if is_for_member(one, way is not None)
    ]
    shown = None if way is None else way_view(way, visit.today, visit.language, names, known)
    return visit.page("undecided.html", rule=found.rule, way=shown, skipped=skipped)


def _place(decision: str) -> FormPlace:
    return FormPlace("appeal", decision)


def _appeal(visit: MemberVisit, sent: FormFields, decision: str) -> str:
    papers, text = _place(decision).owner(visit.member), form_value(sent, "text")
    state_act("decision", decision)
    appeal_own_decision(visit.wiring, visit.member, decision, text, papers, visit.arrived_at)
    return f"/me/decisions/{quote(decision, safe='')}?done=appealed#appeals"


def _names(visit: MemberVisit, found: DecisionRecord | SkippedRule) -> Mapping[str, str]:
    """Return the names of organisations and districts; a district is called so, not by its union of the same code."""
    return {**load_organisation_names(visit.wiring, found), **visit.pages.site.place_names()}


def has_page(app: FastAPI, path: str) -> bool:
    """Return whether this site has a page at a path, which may end with a part of it: only then a remedy is a link."""
    from yihui.http.route_rights import iter_routes

    if not hasattr(app.state, "member_pages"):
        app.state.member_pages = frozenset(
            route for route in iter_routes(app.routes) if route[1].startswith("/me")
        )
    return ("GET", path.partition("#")[0].partition("?")[0]) in app.state.member_pages


def _show(visit: MemberVisit, feedback: FormFeedback, decision: str) -> Response:
    from yihui.views.member_decisions import decision_view

    record = load_own_decision(visit.wiring, visit.member, decision)
    names = _names(visit, record)
    return visit.page(
        "decision.html",
        feedback,
        one=decision_view(record, visit.language, names, partial(has_page, visit.request.app), visit.today),
        granted=[part.grant for part in record.parts],
        files=list_appeal_files(visit.wiring, record.appeals),
        done=visit.done(_DONE),
        **_place(decision).context(visit),
    )
