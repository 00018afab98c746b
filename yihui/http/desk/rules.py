"""/desk/rules: rules in words, their versions, what a version changes; submit, approve, reject, stop, resume."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import check_choice
from yihui.http.desk.pages import (
    NO_FEEDBACK,
    ActOutcome,
    FormFeedback,
    OfficerPages,
    build_link,
    require_confirmation,
    require_value,
)
from yihui.http.desk.rule_text import (
    MAX_TEXT_BYTES,
    TABLE_PREFIX,
    read_rule_file,
    render_text_form,
    strip_command_comments,
    submit_rule_file,
)
from yihui.http.desk.visit import OfficerVisit
from yihui.runtime.errors import fault_line
from yihui.services.access.authorisation import authorise_everywhere

_DONE: Mapping[str, str] = MappingProxyType(
    {
        "submitted": N_("The version was submitted; another officer approves it."),
        "approved": N_("The version was approved."),
        "rejected": N_("The version was rejected."),
        "stopped": N_("The rule was stopped; its events are held."),
    }
)
PAST_FAULTS = FaultTable(
    "officer_rule",
    {
        "past": (
            N_("the version would have changed past decisions: {effect}"),
            N_("review them, then tick that you have seen it"),
        ),
    },
)


def router(made: APIRouter, pages: OfficerPages) -> None:
    wiring = pages.site.wiring

    @made.get("/rules")
    def rules(request: Request, state: str = "", q: str = "") -> Response:
        from yihui.services.rules.versions import list_versions
        from yihui.views.rule_life import VERSION_STATES

        visit = pages.open(request, Right.READ_RULES)
        check_choice("state", state, ("", *VERSION_STATES))
        sought = q.strip()[:100].casefold()
        found = [
            one
            for one in list_versions(wiring)
            if (one.state == state if state else one.state not in ("replaced", "over", "rejected", "example"))
            and (sought in one.rule.casefold() or sought in one.title.casefold())
        ]
        return pages.render(
            visit,
            "rules.html",
            versions=found,
            state=state,
            q=q[:100],
            states=VERSION_STATES,
            done=visit.done(request, _DONE),
        )

    @made.get("/rules/new")
    def new(request: Request, source: str = "") -> Response:
        """Show the form for a rule's text, filled in from a template or from the rule's newest version."""
        from yihui.services.rules.lookup import draft_rule

        visit = pages.open(request, Right.WRITE_RULES)
        if not source:
            return show_form(visit, NO_FEEDBACK)
        try:
            draft = draft_rule(wiring, source.strip()[:100], None, None, None)
        except FaultError as error:
            return show_form(visit, pages.refuse(visit, error.at(field="source"), "source"))
        tables = {f"{TABLE_PREFIX}{name}": [text] for name, text in draft.tables.items()}
        sent = {"text": [strip_command_comments(draft.text)], **tables}
        return show_form(visit, FormFeedback(sent=sent, form="submit"))

    def show_form(visit: OfficerVisit, feedback: FormFeedback) -> Response:
        return render_text_form(pages, visit, feedback)

    @made.post("/rules/new")
    async def submit(request: Request) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _submit(pages, visit, sent)

        visit = await pages.open_form(request, Right.WRITE_RULES)
        sent = await read_form(request, MAX_TEXT_BYTES)
        return await pages.carry_out(visit, sent, Right.WRITE_RULES, "submit", act, show_form)

    @made.get("/rules/versions/{hash_}")
    def version(request: Request, hash_: str) -> Response:
        visit = pages.open(request, Right.READ_RULES)
        return show_version(visit, hash_, NO_FEEDBACK, visit.done(request, _DONE))

    def show_version(
        visit: OfficerVisit, hash_: str, feedback: FormFeedback, done: str | None = None
    ) -> Response:
        from yihui.services.rules.desk import load_version_file
        from yihui.views.rule_life import VERSION_STATES, version_difference_lines
        from yihui.views.rules import rule_lines

        found = load_version_file(wiring, hash_)
        return pages.render(
            visit,
            "rule_version.html",
            feedback,
            found=found,
            entry=found.entry,
            lines=list(rule_lines(found.rule, visit.language, pages.record_names())) if found.rule else [],
            differences=[line for one in found.differences for line in version_difference_lines(one)],
            warnings=[fault_line(one, visit.language) for one in found.warnings],
            states=VERSION_STATES,
            done=done,
        )

    @made.post("/rules/versions/{hash_}/{decision}")
    async def decide(request: Request, hash_: str, decision: str) -> Response:
        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            return _decide(pages, visit, hash_, decision, sent)

        def again(visit: OfficerVisit, feedback: FormFeedback) -> Response:
            return show_version(visit, hash_, feedback)

        right = Right.APPROVE_RULES
        return await pages.submit(
            request, right, "approve" if decision == "approve" else "reject", act, again
        )

    @made.get("/rules/{rule}")
    def rule(request: Request, rule: str) -> Response:
        visit = pages.open(request, Right.READ_RULES)
        return show_rule(visit, rule, NO_FEEDBACK, visit.done(request, _DONE))

    def show_rule(
        visit: OfficerVisit, rule: str, feedback: FormFeedback, done: str | None = None
    ) -> Response:
        from yihui.services.rules.acts import list_rule_acts
        from yihui.services.rules.versions import list_versions
        from yihui.views.rule_life import VERSION_STATES, act_line

        versions = list_versions(wiring, rule)
        acts = list_rule_acts(wiring, rule)
        return pages.render(
            visit,
            "rule.html",
            feedback,
            rule=rule,
            versions=list(reversed(versions)),
            acts=[act_line(one, visit.language) for one in reversed(acts[-50:])],
            states=VERSION_STATES,
            is_stopped=any(one.state == "stopped" for one in versions),
            is_active=any(one.state == "active" for one in versions),
            done=done,
        )

    @made.post("/rules/{rule}/stop")
    async def stop(request: Request, rule: str) -> Response:
        from yihui.services.rules.acts import stop_rule_at_once

        page = build_link(f"/desk/rules/{quote(rule, safe='')}", done="stopped")
        return await on_rule(request, rule, "stop", stop_rule_at_once, page)

    @made.post("/rules/{rule}/resume")
    async def resume(request: Request, rule: str) -> Response:
        from yihui.services.rules.acts import propose_resuming

        page = build_link("/desk/approvals", done="proposed")
        return await on_rule(request, rule, "resume", propose_resuming, page)

    async def on_rule(
        request: Request,
        rule: str,
        form: str,
        carry_out: Callable[[Wiring, str, str, str], object],
        page: str,
    ) -> Response:
        """Carry out an act of the officer, for a reason, on the rule of an owner for whom the officer acts."""

        def act(visit: OfficerVisit, sent: FormFields) -> ActOutcome:
            from yihui.services.rules.drafts import read_owner
            from yihui.services.rules.versions import list_versions

            reason = require_value(sent, "reason", N_("reason"))
            require_confirmation(sent)
            owner = read_owner(list_versions(wiring, rule)[-1].text)
            _authorise_places(pages, visit, Right.STOP_RULES, rule)
            state_act("rule", rule, reason, owner)
            carry_out(wiring, rule, visit.actor.id, reason)
            return ActOutcome(page)

        return await pages.submit(
            request, Right.STOP_RULES, form, act, lambda visit, feedback: show_rule(visit, rule, feedback)
        )


def _authorise_places(pages: OfficerPages, visit: OfficerVisit, right: Right, named: str) -> None:
    """*Raises*: FaultError unless the officer acts for every owner of a rule, or of what a version takes over."""
    from yihui.services.access.act_places import find_act_places

    wiring = pages.site.wiring
    authorise_everywhere(wiring, visit.actor, right, find_act_places(wiring, "rule", named))


def _submit(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> ActOutcome:
    require_value(sent, "text", N_("text of the rule"))
    require_confirmation(sent)
    return submit_rule_file(pages, visit, sent, read_rule_file(sent))


def _decide(
    pages: OfficerPages, visit: OfficerVisit, hash_: str, decision: str, sent: FormFields
) -> ActOutcome:
    """Approve a version as its page showed it, or reject it. *Raises*: FaultError if past decisions are unread."""
    from yihui.services.rules.desk import load_version_file
    from yihui.services.rules.life import PastNotReviewed, RuleService
    from yihui.views.rule_life import retrospect_lines

    require_confirmation(sent)
    found = load_version_file(pages.site.wiring, hash_)
    is_approved = decision == "approve"
    reason = "" if is_approved else require_value(sent, "reason", N_("reason"))
    state = "approved" if is_approved else "rejected"
    _authorise_places(pages, visit, Right.APPROVE_RULES, hash_)
    before, after = {"state": found.entry.state}, {"hash": found.entry.hash, "state": state}
    state_act("rule", found.entry.rule, reason, found.owner, before=before, after=after)
    service = RuleService(pages.site.wiring)
    try:
        if is_approved:
            service.approve(hash_, visit.actor.id, seen=form_value(sent, "seen") == "yes")
        else:
            service.reject(hash_, visit.actor.id, reason)
    except PastNotReviewed as unseen:
        effect = visit.language.join_clauses(retrospect_lines(unseen.handed_in.past, visit.language))
        raise FaultError(PAST_FAULTS.build("past", field="seen", effect=effect)) from unseen
    return ActOutcome(build_link(f"/desk/rules/versions/{found.entry.hash}", done=state))
