"""Applications at every door: their list, and the page on which an application is decided."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date, end_of_day
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.applications.acts import ACT_TITLES, ACTS, APPLICATION, ATTACH, RIGHT, FoundApplication
from yihui.cases.applications.preview import render_effect, render_version
from yihui.cases.applications.queries import (
    PATH,
    READS,
    ApplicationFilter,
    find_applications,
    find_waiting,
    is_barred,
    list_barred,
    stage_chip,
)
from yihui.frame.cells import Cell, Chip, Deadline, Link, Money, Officer, Organisation, Person
from yihui.frame.content import (
    Event,
    Fact,
    Facts,
    Papers,
    Prose,
    Section,
    Table,
    TableColumn,
    ThingPage,
    Timeline,
)
from yihui.frame.listing import Listing, Looking
from yihui.frame.noun import Noun
from yihui.frame.papers import list_papers
from yihui.frame.todo import ToDo
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from benefits import DecisionExplanation
    from members import ApplicationStep
    from members.attachments import Attachment
    from yihui.cases.applications.listed import ListedApplication
    from yihui.cases.applications.stages import ApplicationStage

_STEP_TEXTS = {
    "application.submitted": N_("submitted, attachments: {attachments}"),
    "application.accepted": N_("accepted by {stage} ({reviewer})"),
    "application.rejected": N_("sent back by {stage} ({reviewer})"),
    "application.published": N_("shown to the public"),
    "application.confirmed": N_("confirmed"),
    "application.withdrawn": N_("withdrawn"),
    "application.refused": N_("refused ({reviewer})"),
    "application.appealed": N_("the member appealed"),
}
TABS = (
    ("/desk/applications", N_("Queues")),
    ("/desk/applications/notices", N_("Public notices")),
    ("/desk/applications/publishing", N_("Publish a list")),
)


def _due(stage: "ApplicationStage", day: date) -> Cell:
    """Return until when a stage is to be finished: the end of its last day."""
    if stage.due is None:
        return None
    return Deadline(end_of_day(stage.due), stage.is_overdue(day))


def show_application(look: Looking[Any], found: FoundApplication, language: Language) -> ThingPage:
    """Return an application: what was stated, the papers, what confirming it would do, and its history."""
    from yihui.cases.applications.stages import ACTS_OF_STAGES, OPEN_STAGES

    listed = found.listed
    possible, barred = ACTS_OF_STAGES[listed.stage.kind], list_barred(look, listed)
    own = N_("You passed an earlier review, or refused it before: another officer does this.")
    sections: list[Section] = [
        *_list_rulings(look, found, language),
        *_list_appeal(look, found),
        *_list_objections(look, found),
        _build_statement(look, found, language),
        Papers(
            "papers",
            N_("Papers"),
            list_papers(_list_files(look, found), f"/desk/{PATH}/{listed.number}"),
            N_("No file is attached here."),
        ),
        *_list_grants(look, found, language),
        _build_state(look, found, language),
        _build_timeline(look, found, language),
    ]
    return ThingPage(
        f"{listed.programme} {listed.year}",
        sections,
        stage_chip(listed.stage, language),
        language.translate(own) if is_barred(look, listed) else "",
        listed.member,
        effect=_render_effect(look, found, language) if listed.stage.kind in OPEN_STAGES else "",
        acts=[
            *(act.name for act in ACTS if act.name in possible and act.name not in barred),
            ATTACH.name,
        ],
    )


def _render_effect(look: Looking[Any], found: FoundApplication, language: Language) -> str:
    if not look.holds(RIGHT):
        return ""
    return render_effect(look, found, language)


def _build_statement(look: Looking[Any], found: FoundApplication, language: Language) -> Facts:
    """Return what the applicant stated, each thing by its title."""
    from yihui.cases.applications.listed import read_submission
    from yihui.cases.applications.rule_forms import FIELD_TITLES
    from yihui.views.fact_values import format_fact_value

    stated = read_submission(look.connection, found.steps, look.now)
    facts = []
    for name, title in FIELD_TITLES.items():
        if name in stated and name != "year":
            value = stated[name]
            is_money = name.endswith("_fen") and isinstance(value, int)
            shown: Cell = (
                Money(int(str(value))) if is_money else format_fact_value(f"event.{name}", value, language)
            )
            facts.append(Fact(name, title, shown))
    facts.append(Fact("application", N_("Number of the application"), found.listed.application, False))
    return Facts(N_("What was stated"), facts)


def _list_files(look: Looking[Any], found: FoundApplication) -> "Sequence[Attachment]":
    from members.attachments import list_attachments

    return list_attachments(look.connection, found.listed.file_owner)


def _build_state(look: Looking[Any], found: FoundApplication, language: Language) -> Facts:
    listed, terms, stage = found.listed, found.terms, found.listed.stage
    progress, today = stage.progress, civil_date(look.now)
    handed_in = len(progress.attachments) if progress else 0
    papers = language.render(
        N_("at least {count}, handed in: {present}"), count=terms.attachments, present=handed_in
    )
    facts = (
        Fact("organisation", N_("Organisation"), Organisation(listed.organisation)),
        Fact("since", N_("In this stage since"), stage.since),
        Fact("due", N_("Until"), _due(stage, today)),
        Fact("first", N_("First handed in"), progress.first_submitted_on if progress else None),
        Fact("again", N_("To be handed in again by"), progress.resubmit_until if progress else None),
        Fact("reviews", N_("Reviews"), " → ".join(terms.reviews) or None),
        Fact("papers_needed", N_("Papers needed"), papers if terms.attachments else None),
        Fact("file", N_("Hardship file"), _find_hardship_file(look, listed.member)),
        Fact("open_objections", N_("Open objections"), progress.objections or None if progress else None),
    )  # fmt: skip
    return Facts(N_("State"), [one for one in facts if one.value is not None])


def _find_hardship_file(look: Looking[Any], member: str) -> Cell:
    """Return the link to the member's open hardship file; None without one, or without the right to see it."""
    from members.hardship.repository import find_files_of_members

    if not look.holds(Right.READ_HARDSHIP):
        return None
    number = find_files_of_members(look.connection, [member]).get(member)
    return number and Link(f"/desk/hardship/files/{number}", number)


def _list_objections(look: Looking[Any], found: FoundApplication) -> Iterator[Section]:
    """Yield the objections that members sent to the hotline, with what was answered."""
    from members.hotline.case import STATE_TITLES
    from yihui.cases.applications.listed import list_objections

    cases = list_objections(look.connection, found.listed.number, found.steps[0].effective_at)
    columns = (
        TableColumn[Any]("summary", N_("Objection"), lambda one: Link(f"/desk/hotline/cases/{one.case.number}", one.case.summary, one.case.number)),
        TableColumn[Any]("at", N_("Opened"), lambda one: one.case.opened_at),
        TableColumn[Any]("state", N_("State"), lambda one: Chip(one.case.state.value, STATE_TITLES[one.case.state], "" if one.case.is_over else "waiting")),
        TableColumn[Any]("answer", N_("Answer"), lambda one: " ".join(one.answers)),
    )  # fmt: skip
    if cases:
        yield Table("objections", N_("Objections that members sent to the hotline"), columns, cases, "")


def _list_appeal(look: Looking[Any], found: FoundApplication) -> Iterator[Section]:
    """Yield who refused an application and why, and what its member says against it."""
    from members.applications import list_application_acts

    listed, progress = found.listed, found.listed.stage.progress
    refusal, appeal = (progress.last_refusal, progress.appeal) if progress else (None, None)
    if refusal is None:
        return
    acts = list_application_acts(look.connection, listed.member, listed.application)
    words = {one.event_id: one.reason for one in acts}
    facts = (
        Fact("refused_on", N_("Refused on"), civil_date(refusal.effective_at)),
        Fact("refused_by", N_("Refused by"), Officer(refusal.reviewer) if refusal.reviewer else None),
        Fact("refused_because", N_("Reason (the member reads it)"), words.get(refusal.event_id)),
        Fact("appealed_on", N_("Appealed on"), civil_date(appeal.effective_at) if appeal else None),
        Fact("appeal", N_("In the member's own words"), words.get(appeal.event_id) if appeal else None),
    )
    yield Facts(N_("The refusal"), [one for one in facts if one.value is not None])


def _list_grants(look: Looking[Any], found: FoundApplication, language: Language) -> Iterator[Section]:
    """Yield what the rules of the programme granted to the member before, the newest first."""
    from benefits import list_held_benefits
    from yihui.views.outcome_chips import outcome_chip
    from yihui.views.outcomes import benefit_worth_text

    rules = look.wiring.rulebook.in_force(look.connection).rules
    programme = found.listed.programme
    own = {one.id for one in rules if (p := one.definition.process) and p.programme == programme}
    held = list_held_benefits(look.connection, found.listed.member, civil_date(look.now))
    rows = sorted(
        (one for one in held if one.grant.rule_id in own), key=lambda one: one.grant.granted_on, reverse=True
    )
    columns = (
        TableColumn[Any]("benefit", N_("Benefit"), lambda one: one.grant.title),
        TableColumn[Any]("worth", N_("Worth"), lambda one: benefit_worth_text(one.grant.kind, one.grant.amount_fen, one.grant.quantity, one.grant.unit, language)),
        TableColumn[Any]("granted_on", N_("Granted on"), lambda one: one.grant.granted_on),
        TableColumn[Any]("state", N_("State"), lambda one: outcome_chip(one.stands.state)),
    )  # fmt: skip
    yield Table("granted", N_("Granted before by this programme"), columns, rows, N_("Nothing yet."))


def _list_rulings(look: Looking[Any], found: FoundApplication, language: Language) -> Iterator[Section]:
    """Yield by which version the rules decided of an application that was confirmed, and what."""
    from yihui.services.benefits.benefits import read_decision_records
    from yihui.views.agent_script import render_agent_summary

    confirmed = [one for one in found.steps if one.type == "application.confirmed"]
    if not confirmed:
        return
    records = read_decision_records(look.wiring, look.connection, found.listed.member)
    said: list[str] = []
    for record in records:
        if any(_is_about(record.why, step) for step in confirmed):
            if record.version:
                said += render_version(found, record.version.title, record.version.since, language)
            said += render_agent_summary(record, language)
    if said:
        yield Prose("decided", N_("What the rules decided"), "\n".join(said))


def _is_about(why: "DecisionExplanation", step: "ApplicationStep") -> bool:
    from benefits.model.ruling import compute_ruling_id

    return why.id == compute_ruling_id(step.source, step.event_id, why.rule_id, why.occurred_on)


def _build_timeline(look: Looking[Any], found: FoundApplication, language: Language) -> Timeline:
    """Return the steps of an application; the words of officers stand beside the step that they belong to."""
    from members.applications import list_application_acts

    listed = found.listed
    acts = {
        one.event_id: one for one in list_application_acts(look.connection, listed.member, listed.application)
    }
    shown = []
    for step in found.steps:
        act = acts.get(step.event_id)
        title = ACT_TITLES[act.kind] if act is not None else N_("Reported step")
        by = act.officer if act is not None else step.reviewer or ""
        detail = act.stage or "" if act is not None else _describe_step(step, language)
        shown.append(
            Event(step.effective_at, step.type, title, by, act.reason if act is not None else "", detail)
        )
    return Timeline(shown[::-1])


def _describe_step(step: "ApplicationStep", language: Language) -> str:
    """Return what a reported step did, as a sentence."""
    kind = step.type
    if step.accepted is not None:
        kind = "application.accepted" if step.accepted else "application.rejected"
    unknown = language.render(N_("not known"))
    said = language.render(
        _STEP_TEXTS[kind],
        attachments=len(set(step.attachments)),
        stage=step.stage or unknown,
        reviewer=step.reviewer or unknown,
    )
    if step.objections is None:
        return said
    return language.join_clauses(
        [said, language.render(N_("objections still open: {count}"), count=step.objections)]
    )


def _name(one: "ListedApplication") -> Link:
    return Link(f"/desk/{PATH}/{one.number}", f"{one.programme} {one.year}")


_column = TableColumn["ListedApplication"]
_COLUMNS = (
    _column("title", N_("Application"), _name),
    _column("number", N_("Number"), lambda one: one.number, is_on_page=False),
    _column("member", N_("Member"), lambda one: Person(one.member)),
    _column("organisation", N_("Organisation"), lambda one: Organisation(one.organisation)),
    _column("stage", N_("Stage"), lambda one: stage_chip(one.stage)),
    _column("review", N_("Review"), lambda one: one.stage.review),
    _column("since", N_("Since"), lambda one: one.stage.since),
    _column("due", N_("Until"), lambda one: one.stage.due and Deadline(end_of_day(one.stage.due))),
)  # fmt: skip
NOUN = Noun(
    PATH,
    N_("Applications"),
    APPLICATION,
    Listing(
        N_("List open applications, those that wait longest first"),
        ApplicationFilter,
        find_applications,
        _COLUMNS,
        N_("No application of your organisations waits here."),
    ),
    show_application,
    READS,
    (*ACTS, ATTACH),
    TABS,
    reads=lambda found: ("member", found.listed.member),
    papers=_list_files,
    todos=(ToDo(N_("applications whose next step is yours"), f"/desk/{PATH}", RIGHT, find_waiting),),
)
