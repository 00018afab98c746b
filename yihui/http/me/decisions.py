"""/me/decisions: why the member got something or not, and what would have to be different."""

from collections.abc import Mapping

from fastapi import APIRouter, Response

from benefits import DecisionRecord
from yihui.frame.feedback import FormFeedback
from yihui.http.me.pages import MemberPages, MemberVisit, has_page
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
    from yihui.cases.benefits.own_decision_texts import is_for_member, skip_view
    from yihui.cases.benefits.own_way_texts import way_view
    from yihui.services.benefits.ways import find_way_to_benefit

    found = explain_undecided_rule(visit.wiring, visit.member, rule)
    way = find_way_to_benefit(visit.wiring, visit.member, rule)
    names = _names(visit, found)
    skipped = [
        skip_view(one, visit.language, names, has_page)
        for one in found.explanations
        if is_for_member(one, way is not None)
    ]
    shown = None if way is None else way_view(way, visit.today, visit.language, names, has_page)
    return visit.page("undecided.html", rule=found.rule, way=shown, skipped=skipped)


def _names(visit: MemberVisit, found: DecisionRecord | SkippedRule) -> Mapping[str, str]:
    """Return the names of organisations and districts; a district is called so, not by its union of the same code."""
    return {**load_organisation_names(visit.wiring, found), **visit.pages.site.place_names()}


def _show(visit: MemberVisit, feedback: FormFeedback, decision: str) -> Response:
    from yihui.cases.benefits.own_decision_texts import decision_view

    record = load_own_decision(visit.wiring, visit.member, decision)
    names = _names(visit, record)
    return visit.page(
        "decision.html",
        one=decision_view(record, visit.language, names, has_page, visit.today),
        granted=[part.grant for part in record.parts],
    )
