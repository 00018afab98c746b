"""The form by which a member applies herself: what a rule asks of her, and what becomes an application."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.kernel.own_tables import build_table
from yihui.cases.kernel.sealing import seal, take_rules
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Link
from yihui.frame.content import Advice, Fact, Facts, Prose, Section, ThingPage
from yihui.frame.fields import FieldKind, FormField
from yihui.frame.listing import Looking
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.types import Form
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members import ApplicationStep
    from members.attachments import Attachment, AttachmentOwner
    from yihui.cases.applications.own_applications import ApplicableRule, Applicant

LONGEST_NOTE = 500
NOTE = N_("What else the union should know (you may leave it empty). Leave out ID numbers and phone numbers.")
_KINDS = {
    "choice": FieldKind.CHOICE,
    "number": FieldKind.WHOLE,
    "yuan": FieldKind.NUMBER,  # its title says the unit
    "day": FieldKind.DAY,
    "text": FieldKind.TEXT,
}
_LONGEST_ANSWER = 100


class ApplicationForm(Form):
    """What a member states, by the fields of a rule's form, and her note."""

    answers: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class OwnForm:
    """The form of a rule for the member who applies."""

    applicant: "Applicant"
    one: "ApplicableRule"


def lock_member(at: Doing[Any, Any] | Looking[Any], lock: bool) -> None:
    """Let the second of two phones wait, whatever either of them does."""
    from store import lock_exclusive

    if lock:
        lock_exclusive(at.connection, f"application {at.actor.id}")


def _load_form(at: Doing[Any, Any] | Looking[Any], rule: str, lock: bool) -> OwnForm:
    from yihui.cases.applications.own_applications import build_applicable, find_rule, load_applicant

    lock_member(at, lock)
    applicant = load_applicant(at.wiring, at.connection, at.actor.id, civil_date(at.now))
    found = find_rule(applicant, rule)
    return OwnForm(applicant, build_applicable(at.wiring, at.connection, applicant, found))


def _list_fields(form: OwnForm | None, language: Language) -> Sequence[FormField]:
    if form is None:
        return []
    from yihui.cases.applications.rule_forms import FIELD_TITLES
    from yihui.views.fact_values import format_fact_value

    def choices(name: str, values: Sequence[str]) -> Mapping[str, str] | None:
        return {value: format_fact_value(f"event.{name}", value, language) for value in values} or None

    asked = [
        FormField(
            one.name,
            Prompt(FIELD_TITLES[one.name]),
            _KINDS[one.kind],
            True,
            one.default,
            choices(one.name, one.choices),
            _LONGEST_ANSWER,
        )
        for one in form.one.form.fields
    ]
    note = Prompt(NOTE, rows=3, is_proposed=True)
    return [*asked, FormField("note", note, FieldKind.BOX, False, longest=LONGEST_NOTE)]


def check_note(note: str) -> str:
    """Return what a member wrote for the union. *Raises*: FaultError if it can't be stored whole."""
    from yihui.cases.applications.own_applications import OWN_APPLICATION_FAULTS
    from yihui.cases.applications.rule_forms import read_text

    def refuse(code: str, most: int) -> Fault:
        named = "note" if code == "text" else "note_personal"
        return OWN_APPLICATION_FAULTS.build(named, field="note", most=most)

    read = read_text(note.strip(), refuse, LONGEST_NOTE)
    if isinstance(read, Fault):
        raise FaultError(read)
    return read


def _hand_in(act: Doing[ApplicationForm, OwnForm]) -> Change:
    """Hand in an application with the files of its form.

    The same one handed in twice, with the same note and papers, is one application. *Raises*: FaultError.
    """
    from members import read_application_steps
    from members.applications import RecordedApplicationAct, record_application_act
    from members.attachments import AttachmentKind, AttachmentOwner, upload_owner
    from yihui.cases.applications.own_applications import OWN_APPLICATION_FAULTS, find_open_application
    from yihui.cases.applications.rule_forms import read_form_values
    from yihui.cases.applications.steps import build_application_event, process_application_event
    from yihui.services.attachments.attachments import list_proven_digests

    connection, member, one = act.connection, act.actor.id, act.thing.one
    form, applicant = one.form, act.thing.applicant
    stated = read_form_values(form, lambda name: act.form.answers.get(name, ""), applicant.today)
    note = check_note(act.form.answers.get("note", ""))
    twin = find_open_application(act.wiring, connection, applicant, form, stated)
    source = upload_owner(member, HAND_IN.papers, form.rule.id)
    if twin is not None:
        require_nothing_left_out(connection, source, twin.file_owner, "submit", note)
        return _build_change(act, twin.number)
    if one.open_number is not None and not form.is_per_application:
        raise FaultError(OWN_APPLICATION_FAULTS.build("open", field="rule"))
    _require_days(one, applicant.today)
    steps = read_application_steps(connection, [member])[member]
    year = int(stated.get("year", applicant.today.year))
    owner = AttachmentOwner(AttachmentKind.APPLICATION, _free_number(steps, form.programme, year), member)
    papers = take_papers(connection, source, owner, form.attachments)
    digests = list_proven_digests(act.wiring, papers)
    data = {**stated, "programme": form.programme, "year": year, "attachments": digests}
    data["application"] = owner.subject
    named = repr((member, owner.subject, "submit"))
    event = build_application_event(named, "application.submitted", member, act.now, data)
    process_application_event(act.wiring, connection, event, act.now)
    recorded = RecordedApplicationAct(member, owner.subject, "submit", None, event.id, member, act.now, note)
    record_application_act(connection, recorded)
    return _build_change(act, _find_number(connection, member, owner.subject))


def _build_change(act: Doing[Any, OwnForm], number: int) -> Change:
    after = {"rule": act.thing.one.form.rule.id, "application": number}
    return Change(number, after, about=("member", act.actor.id))


def _find_number(connection: "Connection", member: str, application: str) -> int:
    from sqlalchemy import select

    from members.tables import application_steps

    c = application_steps.c
    query = select(c.sequence).where(c.member_id == member, c.application == application)
    return int(connection.execute(query.order_by(c.sequence).limit(1)).scalar_one())


def _require_days(one: "ApplicableRule", today: date) -> None:
    from yihui.cases.applications.own_applications import OWN_APPLICATION_FAULTS

    if one.opens_on is not None:
        raise FaultError(OWN_APPLICATION_FAULTS.build("not_open", field="rule", day=one.opens_on))
    if one.last_day is not None and one.last_day < today:
        raise FaultError(OWN_APPLICATION_FAULTS.build("closed", field="rule", day=one.last_day))


def _free_number(steps: "Sequence[ApplicationStep]", programme: str, year: int) -> str:
    """Return the number of a member's new application: programme and year, and from the second on a count."""
    taken, base = {step.application for step in steps}, f"{programme[:80]}/{year}"
    return next(
        number
        for count in range(1, len(taken) + 2)
        if (number := base if count == 1 else f"{base}/{count}") not in taken
    )


def take_papers(
    connection: "Connection", source: "AttachmentOwner", target: "AttachmentOwner", least: int
) -> "list[Attachment]":
    """Let the files of a form belong to its application; return all. *Raises*: FaultError if too few."""
    from members.attachments import list_attachments, move_attachments
    from yihui.cases.applications.own_applications import OWN_APPLICATION_FAULTS

    move_attachments(connection, source, target)
    papers = list_attachments(connection, target)
    present = len({one.digest for one in papers})
    if present < least:
        raise FaultError(OWN_APPLICATION_FAULTS.build("papers", field="file", present=present, count=least))
    return papers


def require_nothing_left_out(
    connection: "Connection", source: "AttachmentOwner", handed_in: "AttachmentOwner", kind: str, note: str
) -> None:
    """*Raises*: FaultError if a form holds a note or papers that weren't handed in by the phone that was quicker."""
    from members.applications import list_application_acts
    from members.attachments import list_attachments
    from yihui.cases.applications.own_applications import OWN_APPLICATION_FAULTS

    there = {one.sent_digest for one in list_attachments(connection, handed_in)}
    assert handed_in.member_id is not None, "an application is a member's"
    acts = list_application_acts(connection, handed_in.member_id, handed_in.subject)
    written = [act.reason for act in acts if act.kind == kind][-1:]
    waiting = {one.sent_digest for one in list_attachments(connection, source)}
    if waiting - there or (note and note not in written):
        raise FaultError(OWN_APPLICATION_FAULTS.build("left_out", field="note"))


def _show_form(look: Looking[Any], form: OwnForm, language: Language) -> ThingPage:
    """Return what stands above the form of a rule: until when, what stands in the way, what the rule fixes."""
    from yihui.cases.applications.own_texts import applicable_view, fixed_texts

    one = applicable_view(form.one, civil_date(look.now), language)
    sections: list[Section] = [Advice(text) for text in (one.end, one.opens) if text]
    if one.open_number:
        sections.append(link_open(one.open_number, language))
    if one.reasons:
        lines = [text for reason in one.reasons for text in (reason.text, reason.advice) if text]
        remedies = [reason.remedy for reason in one.reasons if reason.remedy]
        sections.append(
            Prose("reasons", N_("As things are known now, you would not get it"), "\n".join(lines))
        )
        ways = [(Link(way.path, language.translate(way.label)),) for way in remedies]
        sections += [build_table("ways", N_("What you can do:"), ways)] if ways else []
    if fixed := fixed_texts(form.one.form, language):
        sections.append(Facts("", [Fact(title, title, value) for title, value in fixed]))
    sections += list_needed(one.attachments, language)
    return ThingPage(one.title, sections, acts=(HAND_IN.name,))


def link_open(number: int, language: Language) -> Facts:
    """Return the link to an application for the same thing that is not finished."""
    way = Link(f"/me/applications/{number}", language.translate(N_("Look at it")))
    return Facts("", [Fact("open", N_("You have applied for this; it is not finished."), way)])


def list_needed(papers: int, language: Language) -> Sequence[Section]:
    """Return how many papers are needed; nothing where none is."""
    text = N_("At least {count} papers are needed.")
    return [Advice(language.render(text, count=papers))] if papers else []


FORM = Kind[OwnForm]("rule", _load_form, lambda _: 1, key=str, member=lambda form: form.applicant.member)
ABOVE = (("/me/apply", N_("Apply")),)
HAND_IN = Act("hand-in", N_("Apply"), ApplicationForm, _hand_in, Right.OWN, "own.apply",
              N_("Your application was handed in. Its state is shown here."), FORM, button=N_("Hand in the application"),
              doors=MEMBER, leads_to="applications", asks=_list_fields, papers="apply", prepare=take_rules,
              after=seal)  # fmt: skip
FORMS = Noun("apply", N_("Apply"), FORM, BY_HAND, _show_form, Right.OWN, (HAND_IN,), ABOVE)
