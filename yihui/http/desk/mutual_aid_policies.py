"""/desk/mutual-aid/policies: policies of mutual aid, who is enrolled in them, and the form of a claim with its preview."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from fastapi import APIRouter, Request, Response

from core.faults import Fault, FaultError
from core.text_marks import N_
from members.mutual_aid.policy import POLICY_ACT_TITLES, POLICY_STATE_TITLES, PolicyAct
from members.mutual_aid.reimbursement import MOST_BANDS
from yihui.access.acting import Acting, acting_as
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import form_choice
from yihui.http.desk.members import parse_form_day
from yihui.http.desk.mutual_aid import claim_outcome, read_bill, read_seen
from yihui.http.desk.pages import (
    MAX_FORM_BYTES,
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.visit import OfficerVisit

PAGE_SIZE = 50
_DONE: Mapping[str, str] = MappingProxyType(
    {
        "written": N_("The policy was written; another officer approves it."),
        "approve": N_("The policy is in force; enrol its members now."),
        "withdraw": N_("The policy was withdrawn."),
        "enrolled": N_("The members were enrolled."),
    }
)
_LABELS = {"states": POLICY_STATE_TITLES, "acts": POLICY_ACT_TITLES}
_FIELDS = (
    "organisation", "year", "begins", "ends", "contribution", "waiting_days", "deductible",
    "claim_cap", "year_cap", "document", "clause", "deductible_per",
)  # fmt: skip


def router(made: APIRouter, pages: OfficerPages) -> None:
    @made.get("/mutual-aid/policies")
    def policies(request: Request) -> Response:
        return show_list(pages.open(request, Right.READ_HARDSHIP), NO_FEEDBACK)

    def show_list(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        from yihui.services.mutual_aid.lists import load_policies

        found = load_policies(pages.site.wiring, visit.actor)
        names = found.organisations
        return pages.render(
            visit, "mutual_aid_policies.html", feedback, policies=found.policies, organisations=names, most_bands=MOST_BANDS, **_LABELS
        )  # fmt: skip

    @made.post("/mutual-aid/policies")
    async def write(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _write(pages, visit, sent)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "policy", act, show_list)

    @made.get("/mutual-aid/policies/{number}")
    def policy(request: Request, number: int, after: str | None = None) -> Response:
        visit = pages.open(request, Right.READ_HARDSHIP)
        return show_policy(pages, visit, number, NO_FEEDBACK, visit.done(request, _DONE), after)

    def again(number: int) -> Callable[[OfficerVisit, FormFeedback], Response]:
        return lambda visit, feedback: show_policy(pages, visit, number, feedback)

    @made.post("/mutual-aid/policies/{number}/acts")
    async def acts(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _act(pages, visit, sent, number)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "policy-act", act, again(number))

    @made.post("/mutual-aid/policies/{number}/enrolments")
    async def enrol(request: Request, number: int) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _enrol(pages, visit, sent, number)

        return await pages.submit(request, Right.KEEP_HARDSHIP, "enrol", act, again(number))

    @made.post("/mutual-aid/policies/{number}/claims")
    async def submit(request: Request, number: int) -> Response:
        """Submit a claim, or show what it would be paid: then nothing is stored, and the form stays as filled in."""
        visit = await pages.open_form(request, Right.KEEP_HARDSHIP)
        sent = await read_form(request, MAX_FORM_BYTES)
        if form_value(sent, "step") == "preview":
            return await pages.site.write_queue.run(preview_claim, visit, number, sent)

        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _submit(pages, visit, sent, number)

        return await pages.carry_out(visit, sent, Right.KEEP_HARDSHIP, "claim", act, again(number))

    def preview_claim(visit: OfficerVisit, number: int, sent: FormFields) -> Response:
        with acting_as(Acting(visit.actor, visit.day)):
            try:
                lines = _preview(pages, visit, sent, number)
            except FaultError as error:
                return pages.show_again(visit, error, sent, "claim", again(number))
            return show_policy(pages, visit, number, FormFeedback(sent=sent, form="claim"), preview=lines)


def show_policy(
    pages: OfficerPages,
    visit: OfficerVisit,
    number: int,
    feedback: FormFeedback,
    done: str | None = None,
    after: str | None = None,
    preview: tuple[str, ...] = (),
) -> Response:
    """Show a policy with what was typed into one of its forms."""
    from yihui.services.mutual_aid.lists import load_policy
    from yihui.views.mutual_aid import cap_text, table_text

    found = load_policy(pages.site.wiring, visit.actor, number, after, PAGE_SIZE + 1)
    shown = found.enrolments[:PAGE_SIZE]
    page = f"/desk/mutual-aid/policies/{number}"
    is_more = len(found.enrolments) > PAGE_SIZE
    return pages.render(
        visit,
        "mutual_aid_policy.html",
        feedback,
        policy=found.policy,
        terms=found.policy.terms,
        unit=found.organisations.get(found.policy.terms.organisation, ""),
        table=table_text(found.policy, visit.language),
        cap=lambda fen: cap_text(fen, visit.language),
        events=found.events,
        enrolments=shown,
        proposed=found.proposed,
        preview=preview,
        earlier=page if after else None,
        later=build_link(page, after=shown[-1].member_id) if is_more else None,
        done=done,
        **_LABELS,
    )


def policy_outcome(number: int, done: str) -> ActOutcome:
    """Return what an act on a policy led to: its page."""
    return ActOutcome(build_link(f"/desk/mutual-aid/policies/{number}", done=done))


def _read_bands(sent: FormFields) -> str:
    """Return the rows of the form's table of bands as a policy's text has them; rows left empty are left out."""
    rows = []
    for number in range(MOST_BANDS):
        lower, upper, percent = (
            form_value(sent, f"band-{number}-{part}").strip() for part in ("from", "to", "percent")
        )
        if lower or upper or percent:
            rows.append(f"{lower}-{upper}={percent.rstrip('%％').strip()}%")
    return "\n".join(rows)


def _write(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    from yihui.services.mutual_aid.intake import WrittenPolicy
    from yihui.services.mutual_aid.policies import write_policy

    deductible_per = form_choice(sent, "deductible_per", ("", "claim", "year"))
    require_confirmation(sent)
    require_value(sent, "organisation", N_("organisation"))
    values = {name: form_value(sent, name) for name in _FIELDS} | {"bands": _read_bands(sent)}
    values["deductible_per"] = deductible_per or "claim"
    for name in ("contribution", "waiting_days", "deductible"):
        values[name] = values[name] or "0"
    try:
        policy = write_policy(pages.site.wiring, visit.actor, WrittenPolicy(**values))
    except FaultError as error:
        raise FaultError([_name_cells(fault) for fault in error.faults]) from error
    return policy_outcome(policy.number, "written")


def _name_cells(fault: Fault) -> Fault:
    """Return the fault of a band as the form's table has it, not as the band is typed on the console."""
    if fault.code != "mutual_aid.bad_band":
        return fault
    return replace(
        fault,
        message=N_("band {place}: an amount or the percentage can't be read"),
        remedy=N_(
            "write numbers alone, such as 1000, 10000 and 50; only the end of the last band may stay empty"
        ),
    )


def _act(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int) -> ActOutcome:
    from yihui.services.mutual_aid.policies import ActOnPolicy, approve_policy, withdraw_policy

    require_confirmation(sent)
    kind = form_choice(sent, "act", (PolicyAct.APPROVE, PolicyAct.WITHDRAW))
    wanted = ActOnPolicy(number, PolicyAct(kind), read_seen(sent), form_value(sent, "reason"))
    work = approve_policy if kind == PolicyAct.APPROVE else withdraw_policy
    work(pages.site.wiring, visit.actor, wanted)
    return policy_outcome(number, kind)


def _enrol(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int) -> ActOutcome:
    from yihui.services.mutual_aid.enrolments import enrol_members
    from yihui.services.mutual_aid.member_list import read_member_lines
    from yihui.services.mutual_aid.policies import ActOnPolicy

    require_confirmation(sent)
    source = form_choice(sent, "source", ("roll", "list"))
    listed = read_member_lines(form_value(sent, "members").splitlines()) if source == "list" else None
    on = parse_form_day(form_value(sent, "on"), visit.day)
    wanted = ActOnPolicy(number, PolicyAct.ENROL, read_seen(sent))
    enrol_members(pages.site.wiring, visit.actor, wanted, on, listed)
    return policy_outcome(number, "enrolled")


def _submit(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int) -> ActOutcome:
    from yihui.services.mutual_aid.claims import WrittenClaim, submit_claim

    require_confirmation(sent)
    written = WrittenClaim(number, form_value(sent, "member"), read_bill(sent))
    return claim_outcome(submit_claim(pages.site.wiring, visit.actor, written), "submitted")


def _preview(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, number: int) -> tuple[str, ...]:
    from yihui.services.mutual_aid.claims import WrittenClaim, preview_claim
    from yihui.views.mutual_aid import reimbursement_lines

    written = WrittenClaim(number, form_value(sent, "member"), read_bill(sent))
    policy, found = preview_claim(pages.site.wiring, visit.actor, written)
    return tuple(reimbursement_lines(policy, found, visit.language))
