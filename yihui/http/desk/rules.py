"""/desk/rules: rules in words, their versions, what a version changes; submit, approve, reject, stop, resume."""

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.faults import check_choice
from yihui.http.desk.pages import (
    NO_FEEDBACK,
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
from yihui.http.form_acts import refuse_form
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
    wiring, show_form = pages.site.wiring, partial(render_text_form, pages)

    @made.get("/rules")
    def rules(request: Request, state: str = "", q: str = "") -> Response:
        from yihui.services.rules.versions import list_versions
        from yihui.views.rule_life import VERSION_STATES

        visit = pages.open(request, Right.READ_RULES, done=_DONE)
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
            return show_form(visit, refuse_form(error.at(field="source"), visit.language, "source"))
        tables = {f"{TABLE_PREFIX}{name}": [text] for name, text in draft.tables.items()}
        sent = {"text": [strip_command_comments(draft.text)], **tables}
        return show_form(visit, FormFeedback(sent=sent, form="submit"))

    @made.post("/rules/new")
    async def submit(request: Request) -> Response:
        visit = await pages.open_form(request, Right.WRITE_RULES)
        sent = await read_form(request, MAX_TEXT_BYTES)
        act = partial(_submit, pages)
        return await pages.carry_out(visit, sent, Right.WRITE_RULES, "submit", act, show_form)

    def show_version(visit: OfficerVisit, feedback: FormFeedback, hash_: str) -> Response:
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
        )

    pages.add_page(made, "/rules/versions/{hash_}", Right.READ_RULES, show_version, _DONE)

    @made.post("/rules/versions/{hash_}/{decision}")
    async def decide(request: Request, hash_: str, decision: str) -> Response:
        act = partial(_decide, pages, hash_=hash_, decision=decision)
        form = "approve" if decision == "approve" else "reject"
        return await pages.submit(request, Right.APPROVE_RULES, form, act, partial(show_version, hash_=hash_))

    def show_rule(visit: OfficerVisit, feedback: FormFeedback, rule: str) -> Response:
        from yihui.services.rules.life import list_rule_acts
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
        )

    def stop(visit: OfficerVisit, sent: FormFields, rule: str) -> str:
        from yihui.services.rules.life import stop_rule_at_once

        stop_rule_at_once(wiring, rule, visit.actor.id, state_rule_act(visit, sent, rule))
        return build_link(f"/desk/rules/{quote(rule, safe='')}", done="stopped")

    def resume(visit: OfficerVisit, sent: FormFields, rule: str) -> str:
        from yihui.services.rules.life import propose_resuming

        propose_resuming(wiring, rule, visit.actor.id, state_rule_act(visit, sent, rule))
        return build_link("/desk/approvals", done="proposed")

    def state_rule_act(visit: OfficerVisit, sent: FormFields, rule: str) -> str:
        """State an act on the rule of an owner for whom the officer acts; return the reason. *Raises*: FaultError."""
        from yihui.services.rules.drafts import read_owner
        from yihui.services.rules.versions import list_versions

        reason = require_value(sent, "reason", N_("reason"))
        require_confirmation(sent)
        owner = read_owner(list_versions(wiring, rule)[-1].text)
        _authorise_places(pages, visit, Right.STOP_RULES, rule)
        state_act("rule", rule, reason, owner)
        return reason

    pages.add_page(made, "/rules/{rule}", Right.READ_RULES, show_rule, _DONE)
    pages.add_form(made, "/rules/{rule}/stop", Right.STOP_RULES, "stop", stop, show_rule)
    pages.add_form(made, "/rules/{rule}/resume", Right.STOP_RULES, "resume", resume, show_rule)


def _authorise_places(pages: OfficerPages, visit: OfficerVisit, right: Right, named: str) -> None:
    """*Raises*: FaultError unless the officer acts for every owner of a rule, or of what a version takes over."""
    from yihui.services.access.act_places import find_act_places

    wiring = pages.site.wiring
    authorise_everywhere(wiring, visit.actor, right, find_act_places(wiring, "rule", named))


def _submit(pages: OfficerPages, visit: OfficerVisit, sent: FormFields) -> str:
    require_value(sent, "text", N_("text of the rule"))
    require_confirmation(sent)
    return submit_rule_file(pages, visit, sent, read_rule_file(sent))


def _decide(pages: OfficerPages, visit: OfficerVisit, sent: FormFields, hash_: str, decision: str) -> str:
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
    return build_link(f"/desk/rules/versions/{found.entry.hash}", done=state)
