"""/desk/organisations: the tree of today, one organisation with its acts, and statistics."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import form_choice
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    parse_form_day,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit
from yihui.http.organisations import CODE_FORM

_Code = Annotated[str, Path(pattern=CODE_FORM)]
_PAGE_SIZE = 50
_DONE: Mapping[str, str] = MappingProxyType({"recorded": N_("The act was recorded.")})
# Act → its label, and the fields that it needs.
ACTS: Mapping[str, tuple[str, tuple[str, ...]]] = MappingProxyType(
    {
        "renamed": (N_("Give it another name"), ("name",)),
        "moved": (N_("Move it below another organisation"), ("parent",)),
        "merged": (N_("Merge it into another organisation"), ("into",)),
        "dissolved": (N_("Dissolve it"), ()),
        "election_held": (N_("Record its election"), ("term_years",)),
        "members_counted": (N_("Record the number of its members"), ("number",)),
    }
)
_FIELD_LABELS = MappingProxyType(
    {
        "name": N_("name"),
        "parent": N_("organisation above"),
        "into": N_("organisation that goes on"),
        "term_years": N_("years of the term"),
        "number": N_("number of members"),
    }
)
_NUMBERS = ("term_years", "number")
_MOST_DIGITS = 18  # a longer text is refused as it stands
_TARGETS = ("parent", "into")  # fields that name an organisation for which the officer must act too


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/organisations")
    def organisations(request: Request, q: str = "", after: str = "", due: bool = False) -> Response:
        from yihui.services.organisations.desk import list_top_organisations

        visit = pages.open(request, Right.READ_ORGANISATIONS)
        scope = pages.scope(visit, Right.READ_ORGANISATIONS)
        q = q.strip()[:100]
        found = list_top_organisations(wiring, scope, q, after[:15], _PAGE_SIZE, is_due=due)
        return pages.render(visit, "organisations.html", found=found, q=q, due=due)

    @made.get("/organisations/{code}/statistics")
    def statistics(request: Request, code: _Code) -> Response:
        from yihui.services.operation.kept_figures import load_organisation_statistics
        from yihui.views.statistics import head_title, method_lines, period_text, table_heads, text_rows

        visit = pages.open(request, Right.READ_STATISTICS, code)
        report, as_of = load_organisation_statistics(wiring, code)
        return pages.render(
            visit,
            "statistics.html",
            code=code,
            title=head_title(report, visit.language),
            period=period_text(report, visit.language),
            as_of=as_of,
            heads=table_heads(report, "members", visit.language),
            rows=text_rows(report, "members", visit.language),
            notes=method_lines(report, visit.language),
        )

    @made.get("/organisations/{code}")
    def organisation(request: Request, code: _Code) -> Response:
        visit = pages.open(request, Right.READ_ORGANISATIONS, code)
        return show(visit, code, NO_FEEDBACK, visit.done(request, _DONE))

    def show(visit: OfficerVisit, code: str, feedback: FormFeedback, done: str | None = None) -> Response:
        from yihui.services.organisations.lookup import load_organisation_state
        from yihui.services.organisations.organisations import load_organisation
        from yihui.views.organisations import organisation_view_lines

        state = load_organisation_state(wiring, code, visit.day)
        lines = list(organisation_view_lines(load_organisation(wiring, code, visit.day), visit.language))
        return pages.render(
            visit,
            "organisation.html",
            feedback,
            code=code,
            state=state,
            lines=lines,
            acts=ACTS,
            may_change=visit.holds(Right.CHANGE_ORGANISATIONS),
            done=done,
        )

    @made.post("/organisations/{code}/acts")
    async def record(request: Request, code: _Code) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _record(pages, visit, code, sent)

        return await pages.submit(
            request, Right.CHANGE_ORGANISATIONS, "record", act, lambda visit, fault: show(visit, code, fault)
        )

    @made.post("/organisations/{code}/below")
    async def found_below(request: Request, code: _Code) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _found_below(pages, visit, code, sent)

        return await pages.submit(
            request, Right.CHANGE_ORGANISATIONS, "found", act, lambda visit, fault: show(visit, code, fault)
        )


def _record(pages: OfficerPages, visit: OfficerVisit, code: str, sent: FormFields) -> ActOutcome:
    from yihui.services.organisations.organisations import carry_out_act

    kind = form_choice(sent, "kind", ACTS)
    form_choice(sent, "term_years", ("", "3", "5"))
    typed = {name: require_value(sent, name, _FIELD_LABELS[name]) for name in ACTS[kind][1]}
    data: dict[str, object] = {
        name: int(value) if name in _NUMBERS and value.isdecimal() and len(value) < _MOST_DIGITS else value
        for name, value in typed.items()
    }
    if kind == "dissolved" and (into := form_value(sent, "into")):
        data["into"] = into
    return _carry_out(pages, visit, (code, kind), data, sent, carry_out_act)


def _found_below(pages: OfficerPages, visit: OfficerVisit, parent: str, sent: FormFields) -> ActOutcome:
    from yihui.services.organisations.organisations import carry_out_act

    new = require_value(sent, "code", N_("code"))
    data: dict[str, object] = {
        "name": require_value(sent, "name", N_("name")),
        "kind": "union",
        "parent": parent,
    }
    return _carry_out(pages, visit, (new, "founded"), data, sent, carry_out_act)


def _carry_out(
    pages: OfficerPages,
    visit: OfficerVisit,
    act: tuple[str, str],
    data: Mapping[str, object],
    sent: FormFields,
    carry_out: object,
) -> ActOutcome:
    """Carry out an act on an organisation, if the officer acts for it and for where it goes."""
    assert callable(carry_out)
    code, kind = act
    require_confirmation(sent)
    on = parse_form_day(form_value(sent, "on"), visit.day)
    document = form_value(sent, "document") or None
    concerned = [str(data[name]) for name in _TARGETS if name in data]
    for one in concerned if kind == "founded" else [code, *concerned]:
        pages.authorise(visit, Right.CHANGE_ORGANISATIONS, one)
    whole = {"on": on, **data, "document": document, "by": visit.actor.id}
    state_act("organisation", code, document or "", code, after={"act": kind, "on": on, **data})
    carry_out(pages.site.wiring, code, f"organisation.{kind}", whole)
    return ActOutcome(build_link(f"/desk/organisations/{code}", done="recorded"))
