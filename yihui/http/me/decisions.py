"""/me/decisions: why the member got something or not, and what would have to be different."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, FastAPI, Response

from benefits import DecisionRecord
from yihui.frame.feedback import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit, compile_paths
from yihui.services.benefits.own_decisions import (
    SkippedRule,
    explain_undecided_rule,
    list_own_decisions,
    load_organisation_names,
    load_own_decision,
)


def router(made: APIRouter, pages: MemberPages) -> None:
    pages.add_page(made, "/decisions", _show_list)
    pages.add_page(made, "/decisions/{decision}", _show)
    pages.add_page(made, "/decisions/undecided/{rule}", _show_undecided)


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


def _names(visit: MemberVisit, found: DecisionRecord | SkippedRule) -> Mapping[str, str]:
    """Return the names of organisations and districts; a district is called so, not by its union of the same code."""
    return {**load_organisation_names(visit.wiring, found), **visit.pages.site.place_names()}


def has_page(app: FastAPI, path: str) -> bool:
    """Return whether this site has a page at a path, which may end with a part of it: only then a remedy is a link."""
    from yihui.http.route_rights import iter_routes

    if not hasattr(app.state, "member_pages"):
        there = [route for method, route in iter_routes(app.routes) if method == "GET"]
        app.state.member_pages = compile_paths(route for route in there if route.startswith("/me"))
    return app.state.member_pages.fullmatch(path.partition("#")[0].partition("?")[0]) is not None


def _show(visit: MemberVisit, feedback: FormFeedback, decision: str) -> Response:
    from yihui.views.member_decisions import decision_view

    record = load_own_decision(visit.wiring, visit.member, decision)
    names = _names(visit, record)
    return visit.page(
        "decision.html",
        one=decision_view(record, visit.language, names, partial(has_page, visit.request.app), visit.today),
        granted=[part.grant for part in record.parts],
    )
