"""/desk/members: members of the officer's organisations, what is known of each, and acts on memberships."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import get_args
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from core.civil_time import parse_civil_date
from core.faults import FaultError
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value
from yihui.http.desk.faults import FORM_FAULTS, form_choice
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit

_DONE: Mapping[str, str] = MappingProxyType({"recorded": N_("The act was recorded.")})
ACT_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "transfer": N_("Transfer to another organisation"),
        "leave": N_("Leave the union"),
        "retire": N_("Retire"),
        "suspend": N_("Suspend the membership"),
        "resume": N_("Let the membership go on"),
        "rejoin": N_("Join again"),
        "decease": N_("Record a death"),
    }
)
_WITH_PLACE = ("transfer", "rejoin")


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/members")
    def members(request: Request, organisation: str = "", q: str = "", after: str = "") -> Response:
        from yihui.services.members.desk import load_member_page
        from yihui.views.fact_values import format_fact_value

        visit = pages.open(request, Right.READ_MEMBERS)
        organisation = pages.organisation_code(visit, organisation)
        asked = [text.strip()[:100] for text in (organisation, q.lower(), after)]
        page = load_member_page(pages.site.wiring, pages.scope(visit, Right.READ_MEMBERS), *asked)
        return pages.render(
            visit,
            "members.html",
            page=page,
            organisation=asked[0],
            q=asked[1],
            status_text=lambda status: format_fact_value("member.status", status, visit.language),
        )

    @made.get("/members/grants/{grant}")
    def grant(request: Request, grant: str) -> Response:
        return show_amount(request, "grant", grant)

    @made.get("/members/payments/{payment}")
    def payment(request: Request, payment: str) -> Response:
        return show_amount(request, "payment", payment)

    def show_amount(request: Request, kind: str, mark: str) -> Response:
        """Show the dossier of one amount of money: document, rule, event, decision, ledger, bank."""
        from benefits import DossierKey
        from yihui.services.members.dossier import find_dossier
        from yihui.views.dossier import dossier_sections

        visit = pages.open(request, Right.READ_BENEFITS)
        key = DossierKey(grant=mark) if kind == "grant" else DossierKey(payment=mark)
        found = find_dossier(pages.site.wiring, key, pages.scope(visit, Right.READ_BENEFITS))
        member = found.member_id
        pages.record_reading(visit, Right.READ_BENEFITS, member)
        sections = dossier_sections(found, visit.language, pages.record_names())
        return pages.render(visit, "dossier.html", found=found, member=member, sections=sections)

    @made.get("/members/{member}")
    def member(request: Request, member: str, on: str = "") -> Response:
        visit = pages.open(request, Right.READ_MEMBERS)
        response = show(visit, member, NO_FEEDBACK, on, visit.done(request, _DONE))
        pages.record_reading(visit, Right.READ_MEMBERS, member)
        return response

    def show(
        visit: OfficerVisit, member: str, feedback: FormFeedback, on: str = "", done: str | None = None
    ) -> Response:
        from yihui.services.benefits.benefits import (
            list_member_debts,
            list_member_decisions,
            load_member_benefits,
        )
        from yihui.services.members.certificates import list_own_certificates
        from yihui.services.members.desk import require_covered_member
        from yihui.services.members.members import load_member_applications, load_member_facts
        from yihui.services.members.memberships import load_memberships
        from yihui.views.applications import applications_lines
        from yihui.views.decisions import debt_lines, decision_record_lines
        from yihui.views.grants import grant_text
        from yihui.views.members import member_facts_lines
        from yihui.views.memberships import membership_lines

        wiring, language, names = pages.site.wiring, visit.language, pages.record_names()
        require_covered_member(wiring, pages.scope(visit, Right.READ_MEMBERS), member)
        day = parse_form_day(on, visit.day)
        facts = load_member_facts(wiring, member, day)
        sees_benefits = visit.holds(Right.READ_BENEFITS)
        given = load_member_benefits(wiring, member).grants if sees_benefits else []
        decisions = list_member_decisions(wiring, member, None, None) if sees_benefits else []
        debts = list_member_debts(wiring, member) if sees_benefits else []
        return pages.render(
            visit,
            "member.html",
            feedback,
            member=member,
            day=day,
            facts=list(member_facts_lines(facts, language)),
            memberships=list(membership_lines(load_memberships(wiring, member), language)),
            grants=[(one.grant, grant_text(one, state, language)) for one, state in given],
            decisions=[
                (one, decision_record_lines(one, language, names)) for one in sorted(decisions, key=_newest)
            ],
            debts=[line for one in debts for line in debt_lines(one, language, names)],
            applications=list(
                applications_lines(load_member_applications(wiring, member), visit.day, language)
            ),
            acts=ACT_LABELS,
            sees_benefits=sees_benefits,
            **_load_person(pages, visit, member),
            certificates=list_own_certificates(wiring, member),
            may_change=visit.holds(Right.CHANGE_MEMBERS),
            done=done,
        )

    @made.post("/members/{member}/acts")
    async def record(request: Request, member: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _record(pages, visit, member, sent)

        return await pages.submit(
            request,
            Right.CHANGE_MEMBERS,
            "record",
            act,
            lambda visit, feedback: show(visit, member, feedback),
        )


def _load_person(pages: OfficerPages, visit: OfficerVisit, member: str) -> dict[str, object]:
    """Return what the officer may see of the person: masks, vouchers without their codes, cases of the hotline."""
    from yihui.http.desk.unmasking import PERSON_LABELS
    from yihui.services.benefits.vouchers import list_member_vouchers
    from yihui.services.members.finding import load_known_member
    from yihui.services.members.vault import load_masked_person

    wiring = pages.site.wiring
    return {
        "known": load_known_member(wiring, visit.actor, member),
        "person": load_masked_person(wiring, member),
        "person_labels": PERSON_LABELS,
        "vouchers": list_member_vouchers(wiring, member) if visit.holds(Right.READ_BENEFITS) else [],
        "sees_cases": visit.holds(Right.READ_CASES),
        "cases": _list_cases(pages, visit, member) if visit.holds(Right.READ_CASES) else [],
    }


def _list_cases(pages: OfficerPages, visit: OfficerVisit, member: str) -> list[tuple[int, str, str]]:
    """Return the number, the summary and the state of each newest case about a member."""
    from members.hotline.case import STATE_TITLES
    from yihui.cases.hotline.calls import list_member_cases

    found = list_member_cases(pages.site.wiring, pages.scope(visit, Right.READ_CASES), member)
    return [(one.number, one.summary, visit.language.title(STATE_TITLES[one.state])) for one in found]


def _newest(record: object) -> tuple[int, str]:
    why = getattr(record, "why")  # noqa: B009
    return -why.occurred_on.toordinal(), why.id


def _record(pages: OfficerPages, visit: OfficerVisit, member: str, sent: FormFields) -> ActOutcome:
    from members.standing import MembershipAct, MembershipActKind
    from yihui.services.members.desk import require_covered_member
    from yihui.services.members.memberships import record_membership_act

    wiring = pages.site.wiring
    kind = form_choice(sent, "kind", get_args(MembershipActKind))
    to = require_value(sent, "to", N_("organisation")) if kind in _WITH_PLACE else None
    on = parse_form_day(form_value(sent, "on"), visit.day)
    require_confirmation(sent)
    here = require_covered_member(wiring, pages.scope(visit, Right.CHANGE_MEMBERS), member)
    if here is not None:
        pages.authorise(visit, Right.CHANGE_MEMBERS, here)
    if to is not None:
        pages.authorise(visit, Right.CHANGE_MEMBERS, to)
    reason = form_value(sent, "reason")
    kind_: MembershipActKind = kind  # type: ignore[assignment]
    act = MembershipAct(kind_, member, on, visit.actor.id, to, reason or None)
    state_act(
        "member",
        member,
        reason,
        here,
        after={"kind": kind, "on": on, "to": to},
    )
    record_membership_act(wiring, act, form_value(sent, "form_key"))
    return ActOutcome(build_link(f"/desk/members/{quote(member, safe='')}", done="recorded"))


def parse_form_day(text: str, default: date) -> date:
    """Return the day that was typed, or the default. *Raises*: FaultError."""
    if not text:
        return default
    day = parse_civil_date(text)
    if day is None:
        raise FaultError(FORM_FAULTS.build("day", field="on", value=text[:40]))
    return day
