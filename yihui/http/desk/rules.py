"""/desk/rules: rules in words, their versions; check a text, submit, approve, reject a version; stop, resume."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from core.faults import Fault, FaultError, FaultTable
from core.text_marks import N_
from rules import MAX_RULE_FILE_CHARACTERS
from yihui.access.acting import state_act
from yihui.access.roles import Right
from yihui.frame.feedback import NO_FEEDBACK, FormFeedback, refuse_form
from yihui.frame.pages import OfficerVisit, build_link, require_confirmation
from yihui.http.body import FormFields, form_value, read_form
from yihui.http.desk.hand_pages import HandPages, require_value
from yihui.http.desk.sent_values import check_choice
from yihui.runtime.errors import ErrorLine, fault_line
from yihui.services.rules.documents import RuleFile

MAX_TEXT_BYTES = 256 << 10  # of the whole form: a Chinese character takes nine bytes in it
TABLE_PREFIX = "table:"
RULE_NAME = "rule.yaml"
_DONE: Mapping[str, str] = {
    "submitted": N_("The version was submitted; another officer approves it."),
    "approved": N_("The version was approved."),
    "rejected": N_("The version was rejected."),
    "stopped": N_("The rule was stopped; its events are held."),
    "proposed": N_("It waits for a second person now."),
}
PAST_FAULTS = FaultTable(
    "officer_rule",
    {
        "past": (
            N_("the version would have changed past decisions: {effect}"),
            N_("review them, then tick that you have seen it"),
        ),
    },
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault or a warning, and the field in which its line lies; empty for one of another file."""

    line: ErrorLine
    target: str


@dataclass(frozen=True, slots=True)
class TextPreview:
    """What stands beside the text."""

    lines: Sequence[str] = ()
    problems: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()


def read_rule_file(sent: FormFields) -> RuleFile:
    """Return the rule and its tables as a form holds them; the text is empty if it holds none."""
    tables = {
        name.removeprefix(TABLE_PREFIX): _with_newlines(values[-1])
        for name, values in sent.items()
        if name.startswith(TABLE_PREFIX)
    }
    return RuleFile(RULE_NAME, _with_newlines(form_value(sent, "text")), tables)


def submit_rule_file(pages: HandPages, visit: OfficerVisit, sent: FormFields, file: RuleFile) -> str:
    """Submit a version. *Raises*: RuleFaults with every finding and its line."""
    from yihui.services.rules.desk import submit_version

    takes_over = form_value(sent, "takes_over") == "yes"
    stated = submit_version(pages.site.wiring, visit.actor, file, takes_over=takes_over).candidate.stated
    return build_link(f"/desk/rules/versions/{stated.hash}", done="submitted")


def strip_command_comments(text: str) -> str:
    """Return a draft without the comments for the command line."""
    lines = text.splitlines(keepends=True)
    return "".join(line for line in lines if not (line.startswith("#") and "yihui rules" in line))


def _with_newlines(text: str) -> str:
    return text.replace("\r\n", "\n") + "\n"


def render_text_form(
    pages: HandPages, visit: OfficerVisit, feedback: FormFeedback, preview: TextPreview | None = None
) -> Response:
    """Render the form with the text, the tables that it names, and what stands beside it."""
    from yihui.services.rules.drafts import list_templates
    from yihui.services.rules.versions import list_versions

    sources = [
        *list_templates(),
        *dict.fromkeys(one.rule for one in list_versions(pages.site.wiring)),
    ]
    tables = {name: values[-1] for name, values in feedback.sent.items() if name.startswith(TABLE_PREFIX)}
    return pages.render(
        visit,
        "rule_form.html",
        feedback,
        sources=sources,
        tables=tables,
        preview=preview,
        most=MAX_RULE_FILE_CHARACTERS,
    )


def _check(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> Response:
    from yihui.services.rules.desk import check_rule_text
    from yihui.views.rules import rule_lines

    file = read_rule_file(sent)
    found = check_rule_text(pages.site.wiring, file, takes_over=form_value(sent, "takes_over") == "yes")
    lines = [*rule_lines(found.rule, visit.language, pages.record_names())] if found.rule else []
    problems = _findings(found.faults, file, visit)
    preview = TextPreview(lines, problems, _findings(found.warnings, file, visit))
    return render_text_form(pages, visit, FormFeedback(sent=sent, form="submit"), preview)


def _findings(faults: Sequence[Fault], file: RuleFile, visit: OfficerVisit) -> list[Finding]:
    targets = {RULE_NAME: "text"}
    targets |= {f"{RULE_NAME}/{name}": f"t{number}" for number, name in enumerate(file.tables, 1)}
    return [Finding(fault_line(one, visit.language), targets.get(one.file or "", "")) for one in faults]


def router(made: APIRouter, pages: HandPages) -> None:
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

    @made.post("/rules/new/check")
    async def check(request: Request) -> Response:
        """Show the form again with the findings of its text; store nothing."""
        visit = await pages.open_form(request, Right.WRITE_RULES)
        sent = await read_form(request, MAX_TEXT_BYTES)
        return await run_in_threadpool(_check, pages, visit, sent)

    def show_version(visit: OfficerVisit, feedback: FormFeedback, hash_: str) -> Response:
        from yihui.services.rules.desk import load_version_file
        from yihui.views.rule_life import VERSION_STATES, ended_version_lines, version_difference_lines
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
            ended=list(ended_version_lines(found.ended, visit.language)) if found.ended else [],
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
        return build_link(f"/desk/rules/{quote(rule, safe='')}", done="proposed")

    def state_rule_act(visit: OfficerVisit, sent: FormFields, rule: str) -> str:
        """State an act on the rule of an owner for whom the officer acts; return the reason. *Raises*: FaultError."""
        from yihui.services.rules.drafts import read_owner
        from yihui.services.rules.versions import list_versions

        reason = require_value(sent, "reason", N_("reason"))
        require_confirmation(sent)
        owner = read_owner(list_versions(wiring, rule)[-1].text)
        pages.authorise_act(visit, Right.STOP_RULES, "rule", rule)
        state_act("rule", rule, reason, owner)
        return reason

    pages.add_page(made, "/rules/{rule}", Right.READ_RULES, show_rule, _DONE)
    pages.add_form(made, "/rules/{rule}/stop", Right.STOP_RULES, "stop", stop, show_rule)
    pages.add_form(made, "/rules/{rule}/resume", Right.STOP_RULES, "resume", resume, show_rule)


def _submit(pages: HandPages, visit: OfficerVisit, sent: FormFields) -> str:
    require_value(sent, "text", N_("text of the rule"))
    require_confirmation(sent)
    return submit_rule_file(pages, visit, sent, read_rule_file(sent))


def _decide(pages: HandPages, visit: OfficerVisit, sent: FormFields, hash_: str, decision: str) -> str:
    """Approve a version as its page showed it, or reject it. *Raises*: FaultError if past decisions are unread."""
    from yihui.services.rules.desk import load_version_file
    from yihui.services.rules.life import PastNotReviewed, RuleService
    from yihui.views.rule_life import retrospect_lines

    require_confirmation(sent)
    found = load_version_file(pages.site.wiring, hash_)
    is_approved = decision == "approve"
    reason = "" if is_approved else require_value(sent, "reason", N_("reason"))
    state = "approved" if is_approved else "rejected"
    pages.authorise_act(visit, Right.APPROVE_RULES, "rule", hash_)
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
