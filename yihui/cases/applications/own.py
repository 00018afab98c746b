"""What a member does herself with applications: hand one in, hand it in again, withdraw it, appeal; and how far each has come."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.kernel.forms import APPEAL_WORDS
from yihui.cases.kernel.sealing import seal, take_rules
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Cell, Link
from yihui.frame.content import Advice, Fact, Facts, Papers, Prose, Section, Table, TableColumn, ThingPage
from yihui.frame.fields import FieldKind, FormField
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import BY_HAND, Noun
from yihui.frame.papers import list_papers
from yihui.frame.types import Form, read_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members import ApplicationStep
    from members.attachments import AttachmentOwner
    from yihui.services.applications.applications import ListedApplication
    from yihui.services.applications.own_applications import ApplicableRule, Applicant, OwnApplication
    from yihui.views.remedies import Remedy

_Row = tuple["ListedApplication", date]  # an application, and today
LONGEST_NOTE = 500
_NOTE = N_(
    "What else the union should know (you may leave it empty). Leave out ID numbers and phone numbers."
)
_MAY_APPEAL = N_(
    "You can appeal below: another officer than who refused it looks at it, by the rule of the day on which you first handed it in."
)
_KINDS = {
    "choice": FieldKind.CHOICE,
    "number": FieldKind.WHOLE,
    "yuan": FieldKind.NUMBER,  # its title says the unit
    "text": FieldKind.TEXT,
}
_LONGEST_ANSWER = 100


class ApplicationForm(Form):
    """What a member states, by the fields of a rule's form, and her note."""

    answers: Mapping[str, str] = {}


class NoteForm(Form):
    """What a member writes when she hands an application in again."""

    note: Annotated[str, Field(max_length=LONGEST_NOTE), Prompt(_NOTE, rows=3, is_proposed=True)] = ""


class AppealForm(Form):
    """What a member says against the refusal of her application."""

    note: Annotated[
        str, Field(min_length=1, max_length=LONGEST_NOTE), BeforeValidator(read_text), APPEAL_WORDS
    ]


@dataclass(frozen=True, slots=True)
class OwnForm:
    """The form of a rule for the member who applies."""

    applicant: "Applicant"
    one: "ApplicableRule"


def _lock(at: Doing[Any, Any] | Looking[Any], lock: bool) -> None:
    """Let the second of two phones wait, whatever either of them does."""
    from store import lock_exclusive

    if lock:
        lock_exclusive(at.connection, f"application {at.actor.id}")


def _load_form(at: Doing[Any, Any] | Looking[Any], rule: str, lock: bool) -> OwnForm:
    from yihui.services.applications.own_applications import build_applicable, find_rule, load_applicant

    _lock(at, lock)
    applicant = load_applicant(at.wiring, at.connection, at.actor.id, civil_date(at.now))
    found = find_rule(applicant, rule)
    return OwnForm(applicant, build_applicable(at.wiring, at.connection, applicant, found))


def _load(at: Doing[Any, Any] | Looking[Any], number: int, lock: bool) -> "OwnApplication":
    from yihui.services.applications.own_applications import load_applicant, load_own

    _lock(at, lock)
    applicant = load_applicant(at.wiring, at.connection, at.actor.id, civil_date(at.now))
    return load_own(at.wiring, at.connection, applicant, number)


def _list_fields(form: OwnForm | None, language: Language) -> Sequence[FormField]:
    if form is None:
        return []
    from yihui.services.applications.forms import FIELD_TITLES
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
    note = Prompt(_NOTE, rows=3, is_proposed=True)
    return [*asked, FormField("note", note, FieldKind.BOX, False, longest=LONGEST_NOTE)]


def check_note(note: str) -> str:
    """Return what a member wrote for the union. *Raises*: FaultError if it can't be stored whole."""
    from yihui.services.applications.forms import read_text
    from yihui.services.applications.own_applications import OWN_APPLICATION_FAULTS

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
    from yihui.services.applications.acts import build_application_event, process_application_event
    from yihui.services.applications.forms import read_form_values
    from yihui.services.applications.own_applications import OWN_APPLICATION_FAULTS, find_open_application

    connection, member, one = act.connection, act.actor.id, act.thing.one
    form, applicant = one.form, act.thing.applicant
    stated = read_form_values(form, lambda name: act.form.answers.get(name, ""))
    note = check_note(act.form.answers.get("note", ""))
    twin = find_open_application(act.wiring, connection, applicant, form, stated)
    source = upload_owner(member, HAND_IN.papers, form.rule.id)
    if twin is not None:
        _require_nothing_left_out(connection, source, twin.file_owner, "submit", note)
        return _build_change(act, twin.number)
    if one.open_number is not None and not form.is_per_application:
        raise FaultError(OWN_APPLICATION_FAULTS.build("open", field="rule"))
    _require_days(one, applicant.today)
    steps = read_application_steps(connection, [member])[member]
    year = int(stated.get("year", applicant.today.year))
    owner = AttachmentOwner(AttachmentKind.APPLICATION, _free_number(steps, form.programme, year), member)
    digests = _take_papers(connection, source, owner, form.attachments)
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
    from yihui.services.applications.own_applications import OWN_APPLICATION_FAULTS

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


def _take_papers(
    connection: "Connection", source: "AttachmentOwner", target: "AttachmentOwner", least: int
) -> list[str]:
    """Let the files of a form belong to its application; return the digests of all. *Raises*: FaultError if too few."""
    from members.attachments import list_attachments, move_attachments
    from yihui.services.applications.own_applications import OWN_APPLICATION_FAULTS

    move_attachments(connection, source, target)
    digests = sorted({f"sha256:{one.digest}" for one in list_attachments(connection, target)})
    if len(digests) < least:
        raise FaultError(
            OWN_APPLICATION_FAULTS.build("papers", field="file", present=len(digests), count=least)
        )
    return digests


def _require_nothing_left_out(
    connection: "Connection", source: "AttachmentOwner", handed_in: "AttachmentOwner", kind: str, note: str
) -> None:
    """*Raises*: FaultError if a form holds a note or papers that weren't handed in by the phone that was quicker."""
    from members.applications import list_application_acts
    from members.attachments import list_attachments
    from yihui.services.applications.own_applications import OWN_APPLICATION_FAULTS

    there = {one.sent_digest for one in list_attachments(connection, handed_in)}
    assert handed_in.member_id is not None, "an application is a member's"
    acts = list_application_acts(connection, handed_in.member_id, handed_in.subject)
    written = [act.reason for act in acts if act.kind == kind][-1:]
    waiting = {one.sent_digest for one in list_attachments(connection, source)}
    if waiting - there or (note and note not in written):
        raise FaultError(OWN_APPLICATION_FAULTS.build("left_out", field="note"))


def _hand_in_again(act: "Doing[NoteForm, OwnApplication]") -> Change:
    """Hand an application in again with the files of its form; what a quicker phone did is done. *Raises*: FaultError."""
    from members.attachments import upload_owner
    from yihui.services.applications.applications import APPLICATION_FAULTS

    own, note = act.thing, check_note(act.form.note)
    source, files = upload_owner(act.actor.id, AGAIN.papers, str(own.listed.number)), own.listed.file_owner
    is_returned = own.listed.stage.kind == "returned"
    if not is_returned and _is_done(act, source, "resubmit", note):
        return Change(own.listed.number, about=("member", act.actor.id))
    if is_returned and not own.may_resubmit:
        raise FaultError(APPLICATION_FAULTS.build("closed", field="version", day=own.last_day))
    _require(own.may_resubmit)
    _take_papers(act.connection, source, files, own.terms.attachments)
    return _record(act, "resubmit", note)


def _is_done(act: "Doing[Any, OwnApplication]", source: "AttachmentOwner", kind: str, note: str) -> bool:
    """Return whether a quicker phone did it. *Raises*: FaultError if it did without this note or these papers."""
    own = act.thing
    is_done = own.listed.version > (act.seen or 0) and any(one.kind == kind for one in own.acts)
    if is_done:
        _require_nothing_left_out(act.connection, source, own.listed.file_owner, kind, note)
    return is_done


def _appeal(act: "Doing[AppealForm, OwnApplication]") -> Change:
    """Appeal against the refusal with the files of the form; it is reviewed anew. *Raises*: FaultError."""
    from members.attachments import upload_owner
    from yihui.services.applications.own_applications import OWN_APPLICATION_FAULTS

    own, note = act.thing, act.form.note
    source = upload_owner(act.actor.id, APPEAL.papers, str(own.listed.number))
    if own.listed.stage.kind != "refused" and _is_done(act, source, "appeal", note):
        return Change(own.listed.number, about=("member", act.actor.id))
    if own.open_number is not None:
        raise FaultError(OWN_APPLICATION_FAULTS.build("open", field="version"))
    _require(own.may_appeal)
    _take_papers(act.connection, source, own.listed.file_owner, 0)
    return _record(act, "appeal", note)


def _withdraw(act: "Doing[Form, OwnApplication]") -> Change:
    own = act.thing
    if own.listed.stage.kind == "withdrawn":  # another phone was quicker
        return Change(own.listed.number, about=("member", act.actor.id))
    _require(own.may_withdraw)
    return _record(act, "withdraw", "")


def _require(may: bool) -> None:
    from yihui.services.applications.own_applications import OWN_APPLICATION_FAULTS

    if not may:
        raise FaultError(OWN_APPLICATION_FAULTS.build("moved_on", field="version"))


def _record(act: "Doing[Any, OwnApplication]", kind: Any, note: str) -> Change:
    from benefits import Officer
    from yihui.services.applications.acts import ApplicationAct, act_on_listed

    member = act.actor.id
    listed = act.thing.listed
    done = ApplicationAct(listed.number, act.seen or listed.version, kind, member, note)
    herself = Officer(member, act.now, civil_date(act.now), note)
    act_on_listed(act.wiring, act.connection, listed, act.thing.steps, done, herself)
    return Change(listed.number, {"application": listed.number, "act": kind}, about=("member", member))


def _show_form(look: Looking[Any], form: OwnForm, language: Language) -> ThingPage:
    """Return what stands above the form of a rule: until when, what stands in the way, what the rule fixes."""
    from yihui.views.member_applications import applicable_view, fixed_texts

    one = applicable_view(form.one, civil_date(look.now), language)
    sections: list[Section] = [Advice(text) for text in (one.end, one.opens) if text]
    if one.open_number:
        sections.append(_link_open(one.open_number, language))
    if one.reasons:
        lines = [text for reason in one.reasons for text in (reason.text, reason.advice) if text]
        remedies = [reason.remedy for reason in one.reasons if reason.remedy]
        sections.append(
            Prose("reasons", N_("As things are known now, you would not get it"), "\n".join(lines))
        )
        way_of: TableColumn[Remedy] = TableColumn(
            "way", "", lambda way: Link(way.path, language.translate(way.label))
        )
        sections += [Table("ways", N_("What you can do:"), (way_of,), remedies, "")] if remedies else []
    if fixed := fixed_texts(form.one.form, language):
        sections.append(Facts("", [Fact(title, title, value) for title, value in fixed]))
    sections += _list_needed(one.attachments, language)
    return ThingPage(one.title, sections, acts=(HAND_IN.name,))


def _link_open(number: int, language: Language) -> Facts:
    way = Link(f"/me/applications/{number}", language.translate(N_("Look at it")))
    return Facts("", [Fact("open", N_("You have applied for this; it is not finished."), way)])


def _list_needed(papers: int, language: Language) -> Sequence[Section]:
    text = N_("At least {count} papers are needed.")
    return [Advice(language.render(text, count=papers))] if papers else []


def _show(look: Looking[Any], own: "OwnApplication", language: Language) -> ThingPage:
    """Return one application: where it stands, its stages with their days, what was handed in."""
    from yihui.views.member_applications import application_view, stated_texts

    view = application_view(own, civil_date(look.now), language)
    stated = [Fact(title, title, value) for title, value in stated_texts(own.stated, language)]
    columns = (
        TableColumn[tuple[date, str, str]]("step", "", lambda row: row[1]),
        TableColumn[tuple[date, str, str]]("day", "", lambda row: row[0]),
        TableColumn[tuple[date, str, str]]("reason", "", lambda row: row[2]),
    )
    sections: list[Section] = []
    if own.may_resubmit:  # this stands above the form, too
        *_, (_, _, reason) = view.steps
        sections += [Advice(text) for text in (reason, view.end) if text]
        sections += _list_needed(own.terms.attachments, language)
    if (progress := own.listed.stage.progress) and progress.is_refused and progress.last_refusal:
        sections += _list_ways(own, progress.last_refusal, language)
    sections += [
        Prose("state", N_("Where it stands"), "\n".join(filter(None, (view.state, view.until)))),
        Table("steps", N_("What was done so far"), columns, view.steps, ""),
        *([Prose("to_come", "", "\n".join(view.to_come))] if view.to_come else ()),
        Facts(N_("What you handed in"), stated),
        Papers("files", N_("Papers"), list_papers(own.attachments, ""), N_("No paper is attached.")),
    ]
    may = {AGAIN.name: own.may_resubmit, APPEAL.name: own.may_appeal, WITHDRAW.name: own.may_withdraw}
    return ThingPage(view.title, sections, acts=[name for name in may if may[name]])


def _list_ways(own: "OwnApplication", refusal: "ApplicationStep", language: Language) -> Iterator[Section]:
    """Yield on which day and why the union refused an application, and what the member can do about it."""
    day = civil_date(refusal.effective_at)
    reason = next((act.reason for act in own.acts if act.event_id == refusal.event_id), None)
    because = (Fact("on", N_("Refused on"), day), Fact("reason", N_("The union's reason"), reason or None))
    yield Facts(N_("The union refused it"), [one for one in because if one.value is not None])
    if own.may_appeal:
        yield Advice(language.translate(_MAY_APPEAL))
    if own.open_number is not None:
        yield _link_open(own.open_number, language)
        return
    columns = (TableColumn[Any]("way", "", lambda rule: Link(f"/me/apply/{rule.id}", rule.definition.title)),)
    if own.open_rules:
        yield Table("ways", N_("You can apply anew:"), columns, own.open_rules, "")


def _find(look: Looking[Any]) -> RowSlice[_Row]:
    from yihui.services.applications.applications import list_member_applications

    today = civil_date(look.now)
    found = list_member_applications(look.wiring, look.connection, look.actor.id, today)
    return look.cut(found).map(lambda one: (one, today))


def _name(row: _Row) -> Link:
    one, _ = row
    return Link(f"/me/applications/{one.number}", f"{one.programme} {one.year}")


def _state(row: _Row) -> Cell:
    from yihui.views.member_benefits import application_state

    return application_state(row[0])


def _due(row: _Row) -> Cell:
    from yihui.views.member_benefits import application_due

    return application_due(*row)


FORM = Kind[OwnForm]("rule", _load_form, lambda _: 1, key=str, member=lambda form: form.applicant.member)
APPLICATION = Kind["OwnApplication"](
    "application", _load, lambda own: own.listed.version, member=lambda own: own.listed.member
)
_ABOVE = (("/me/apply", N_("Apply")),)
HAND_IN = Act("hand-in", N_("Apply"), ApplicationForm, _hand_in, Right.OWN, "own.apply",
              N_("Your application was handed in. Its state is shown here."), FORM, button=N_("Hand in the application"),
              doors=MEMBER, leads_to="applications", asks=_list_fields, papers="apply", prepare=take_rules,
              after=seal)  # fmt: skip
AGAIN = Act("again", N_("Hand it in again"), NoteForm, _hand_in_again, Right.OWN, "own.again",
            N_("Your application was handed in again."), APPLICATION, doors=MEMBER, papers="again",
            prepare=take_rules, checks_version=True, after=seal)  # fmt: skip
WITHDRAW = Act("withdraw", N_("Withdraw the application"), Form, _withdraw, Right.OWN, "own.withdraw",
               N_("Your application was withdrawn."), APPLICATION, button=N_("Withdraw it"),
               help=N_("The union then decides nothing. You can apply again until the last day."), doors=MEMBER,
               is_grave=True, checks_version=True, prepare=take_rules, after=seal)  # fmt: skip
APPEAL = Act("appeal", N_("Appeal"), AppealForm, _appeal, Right.OWN, "own.appeal_application",
             N_("Your appeal was handed in. Another officer looks at the application again."), APPLICATION,
             doors=MEMBER, papers="appeal-application", prepare=take_rules, checks_version=True, after=seal)  # fmt: skip
FORMS = Noun("apply", N_("Apply"), FORM, BY_HAND, _show_form, Right.OWN, (HAND_IN,), _ABOVE)
_column = TableColumn[_Row]
_COLUMNS = (_column("programme", "", _name), _column("state", "", _state), _column("due", "", _due))
APPLICATIONS = Noun(
    "applications",
    N_("My applications"),
    APPLICATION,
    Listing(N_("My applications"), NoFilter, _find, _COLUMNS, N_("You have not applied for anything.")),
    _show,
    Right.OWN,
    (AGAIN, APPEAL, WITHDRAW),
    _ABOVE,
)
