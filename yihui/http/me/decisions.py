"""/me/decisions: why the member got something or not, what would have to be different, and appeals."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from benefits import DecisionRecord
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.cases.appeals.own import list_appeal_files
from yihui.http.body import FormFields, form_value
from yihui.http.form_acts import FormFeedback
from yihui.http.me.files import FormPlace, submit_with_file
from yihui.http.me.pages import MemberPages
from yihui.http.me.visit import MemberVisit
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
    @made.get("/decisions", response_class=HTMLResponse)
    def decisions(request: Request) -> Response:
        from yihui.views.outcome_chips import outcome_chip

        visit = pages.open(request)
        found = list_own_decisions(pages.site.wiring, visit.member)
        records = sorted(found.records, key=lambda one: one.why.occurred_on, reverse=True)
        listed = [(one, outcome_chip(one.why.outcome)) for one in records]
        return visit.page("decisions.html", listed=listed, undecided=found.undecided)

    show = partial(_show, pages)
    pages.add_page(made, "/decisions/{decision}", show)

    @made.get("/decisions/undecided/{rule}", response_class=HTMLResponse)
    def undecided(request: Request, rule: str) -> Response:
        from yihui.views.member_decisions import skip_view

        visit = pages.open(request)
        found = explain_undecided_rule(pages.site.wiring, visit.member, rule)
        names = _names(pages, found)
        skipped = [
            skip_view(one, visit.language, names, lambda path: has_page(request.app, path))
            for one in found.explanations
        ]
        return visit.page("undecided.html", rule=found.rule, skipped=skipped)

    @made.post("/decisions/{decision}/appeal")
    async def appeal(request: Request, decision: str) -> Response:
        place = FormPlace("appeal", decision)

        def act(visit: MemberVisit, sent: FormFields) -> str:
            papers = place.owner(visit.member)
            state_act("decision", decision)
            appeal_own_decision(
                pages.site.wiring, visit.member, decision, form_value(sent, "text"), papers, visit.arrived_at
            )
            return f"/me/decisions/{quote(decision, safe='')}?done=appealed#appeals"

        return await submit_with_file(pages, request, "appeal", place, act, partial(show, decision=decision))


def _names(pages: MemberPages, found: DecisionRecord | SkippedRule) -> Mapping[str, str]:
    """Return the names of organisations and districts; a district is called so, not by its union of the same code."""
    return {**load_organisation_names(pages.site.wiring, found), **pages.site.place_names()}


def has_page(app: FastAPI, path: str) -> bool:
    """Return whether this site has a page at a path, which may end with a part of it: only then a remedy is a link."""
    from yihui.http.route_rights import iter_routes

    if not hasattr(app.state, "member_pages"):
        app.state.member_pages = frozenset(
            route for route in iter_routes(app.routes) if route[1].startswith("/me")
        )
    return ("GET", path.partition("#")[0].partition("?")[0]) in app.state.member_pages


def _show(pages: MemberPages, visit: MemberVisit, feedback: FormFeedback, decision: str) -> Response:
    from yihui.views.member_decisions import decision_view

    wiring, language = pages.site.wiring, visit.language
    record = load_own_decision(wiring, visit.member, decision)
    names = _names(pages, record)
    done = _DONE.get(visit.request.query_params.get("done", ""))
    return visit.page(
        "decision.html",
        feedback,
        one=decision_view(record, language, names, lambda path: has_page(visit.request.app, path)),
        granted=[part.grant for part in record.parts],
        files=list_appeal_files(wiring, record.appeals),
        **FormPlace("appeal", decision).context(visit),
        done=language.translate(done) if done else None,
    )
