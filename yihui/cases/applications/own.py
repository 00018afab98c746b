"""What a member does herself with her applications: hand one in again, appeal, withdraw it; and how far each has come."""

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from core.civil_time import civil_date
from core.faults import FaultError
from core.prompts import Prompt
from core.text_marks import N_
from yihui.access.roles import Right
from yihui.cases.applications.own_form import (
    ABOVE,
    FORMS,
    HAND_IN,
    LONGEST_NOTE,
    NOTE,
    check_note,
    link_open,
    list_needed,
    lock_member,
    require_nothing_left_out,
    take_papers,
)
from yihui.cases.kernel.forms import APPEAL_WORDS
from yihui.cases.kernel.own_tables import build_table
from yihui.cases.kernel.sealing import seal, take_rules
from yihui.frame.acts import MEMBER, Act, Change, Doing, Kind
from yihui.frame.cells import Cell, Link
from yihui.frame.content import Advice, Fact, Facts, Papers, Prose, Section, TableColumn, ThingPage
from yihui.frame.listing import Listing, Looking, NoFilter, RowSlice
from yihui.frame.noun import Noun
from yihui.frame.own_view import build_path
from yihui.frame.papers import list_papers
from yihui.frame.types import Form, read_text
from yihui.runtime.language import Language

if TYPE_CHECKING:
    from members import ApplicationStep
    from members.attachments import AttachmentOwner
    from yihui.cases.applications.listed import ListedApplication
    from yihui.cases.applications.own_applications import OwnApplication

_Row = tuple["ListedApplication", date]  # an application, and today
_MAY_APPEAL = N_(
    "You can appeal below until {day}: another officer than who refused it looks at it, by the rule of the day on which you first handed it in."
)


class NoteForm(Form):
    """What a member writes when she hands an application in again."""

    note: Annotated[str, Field(max_length=LONGEST_NOTE), Prompt(NOTE, rows=3, is_proposed=True)] = ""


class AppealForm(Form):
    """What a member says against the refusal of her application."""

    note: Annotated[
        str, Field(min_length=1, max_length=LONGEST_NOTE), BeforeValidator(read_text), APPEAL_WORDS
    ]


def _load(at: Doing[Any, Any] | Looking[Any], number: int, lock: bool) -> "OwnApplication":
    from yihui.cases.applications.own_applications import load_applicant, load_own

    lock_member(at, lock)
    applicant = load_applicant(at.wiring, at.connection, at.actor.id, civil_date(at.now))
    return load_own(at.wiring, at.connection, applicant, number)


def _hand_in_again(act: "Doing[NoteForm, OwnApplication]") -> Change:
    """Hand an application in again with the files of its form; what a quicker phone did is done. *Raises*: FaultError."""
    from members.attachments import upload_owner
    from yihui.cases.applications.listed import APPLICATION_FAULTS

    own, note = act.thing, check_note(act.form.note)
    source, files = upload_owner(act.actor.id, AGAIN.papers, str(own.listed.number)), own.listed.file_owner
    is_returned = own.listed.stage.kind == "returned"
    if not is_returned and _is_done(act, source, "resubmit", note):
        return Change(own.listed.number, about=("member", act.actor.id))
    if is_returned and not own.may_resubmit:
        raise FaultError(APPLICATION_FAULTS.build("closed", field="version", day=own.last_day))
    _require(own.may_resubmit)
    take_papers(act.connection, source, files, own.terms.attachments)
    return _record(act, "resubmit", note)


def _is_done(act: "Doing[Any, OwnApplication]", source: "AttachmentOwner", kind: str, note: str) -> bool:
    """Return whether a quicker phone did it. *Raises*: FaultError if it did without this note or these papers."""
    own = act.thing
    is_done = own.listed.version > (act.seen or 0) and any(one.kind == kind for one in own.acts)
    if is_done:
        require_nothing_left_out(act.connection, source, own.listed.file_owner, kind, note)
    return is_done


def _appeal(act: "Doing[AppealForm, OwnApplication]") -> Change:
    """Appeal against the refusal with the files of the form; it is reviewed anew. *Raises*: FaultError."""
    from members.attachments import upload_owner
    from yihui.cases.applications.own_applications import OWN_APPLICATION_FAULTS

    own, note = act.thing, act.form.note
    source = upload_owner(act.actor.id, APPEAL.papers, str(own.listed.number))
    if own.listed.stage.kind != "refused" and _is_done(act, source, "appeal", note):
        return Change(own.listed.number, about=("member", act.actor.id))
    if own.open_number is not None:
        raise FaultError(OWN_APPLICATION_FAULTS.build("open", field="version"))
    _require(own.appeal_until is not None)
    take_papers(act.connection, source, own.listed.file_owner, 0)
    return _record(act, "appeal", note)


def _withdraw(act: "Doing[Form, OwnApplication]") -> Change:
    own = act.thing
    if own.listed.stage.kind == "withdrawn":  # another phone was quicker
        return Change(own.listed.number, about=("member", act.actor.id))
    _require(own.may_withdraw)
    return _record(act, "withdraw", "")


def _require(may: bool) -> None:
    from yihui.cases.applications.own_applications import OWN_APPLICATION_FAULTS

    if not may:
        raise FaultError(OWN_APPLICATION_FAULTS.build("moved_on", field="version"))


def _record(act: "Doing[Any, OwnApplication]", kind: Any, note: str) -> Change:
    from benefits import Officer
    from yihui.cases.applications.steps import ApplicationAct, act_on_listed

    member = act.actor.id
    listed = act.thing.listed
    done = ApplicationAct(listed.number, act.seen or listed.version, kind, member, note)
    herself = Officer(member, act.now, civil_date(act.now), note)
    act_on_listed(act.wiring, act.connection, listed, act.thing.steps, done, herself)
    return Change(listed.number, {"application": listed.number, "act": kind}, about=("member", member))


def _show(look: Looking[Any], own: "OwnApplication", language: Language) -> ThingPage:
    """Return one application: where it stands, its stages with their days, what was handed in."""
    from yihui.cases.applications.own_texts import (
        list_stages_to_come,
        resubmission_text,
        stated_texts,
        step_texts,
    )
    from yihui.cases.benefits.own_texts import application_line

    today, words = civil_date(look.now), {act.event_id: act for act in own.acts}
    line = application_line(own.listed, today, language)
    stated = [Fact(title, title, value) for title, value in stated_texts(own.stated, language)]
    steps = [step_texts(step, words.get(step.event_id), language) for step in own.steps]
    to_come = list_stages_to_come(own, language)
    sections: list[Section] = []
    if own.may_resubmit:  # this stands above the form, too
        *_, (_, _, reason) = steps
        sections += [Advice(text) for text in (reason, resubmission_text(own, today, language)) if text]
        sections += list_needed(own.terms.attachments, language)
    if (progress := own.listed.stage.progress) and progress.is_refused and progress.last_refusal:
        sections += _list_ways(own, progress.last_refusal, language)
    sections += [
        Prose("state", N_("Where it stands"), "\n".join(filter(None, (line.text, line.until)))),
        build_table("steps", N_("What was done so far"), steps),
        *([Prose("to_come", "", "\n".join(to_come))] if to_come else ()),
        Facts(N_("What you handed in"), stated),
        Papers("files", N_("Papers"), list_papers(own.attachments, ""), N_("No paper is attached.")),
    ]
    may = {AGAIN.name: own.may_resubmit, APPEAL.name: own.may_appeal, WITHDRAW.name: own.may_withdraw}
    return ThingPage(line.title, sections, acts=[name for name in may if may[name]])


def _list_ways(own: "OwnApplication", refusal: "ApplicationStep", language: Language) -> Iterator[Section]:
    """Yield on which day and why the union refused an application, and what the member can do about it."""
    day = civil_date(refusal.effective_at)
    reason = next((act.reason for act in own.acts if act.event_id == refusal.event_id), None)
    because = (Fact("on", N_("Refused on"), day), Fact("reason", N_("The union's reason"), reason or None))
    yield Facts(N_("The union refused it"), [one for one in because if one.value is not None])
    if own.may_appeal:
        yield Advice(language.render(_MAY_APPEAL, day=own.appeal_until))
    if own.open_number is not None:
        yield link_open(own.open_number, language)
        return
    ways = [
        (Link(build_path(FORMS.path, one.id, HAND_IN.name), one.definition.title),) for one in own.open_rules
    ]
    if ways:
        yield build_table("ways", N_("You can apply anew:"), ways)


def _find(look: Looking[Any]) -> RowSlice[_Row]:
    from yihui.cases.applications.listed import list_member_applications

    today = civil_date(look.now)
    found = list_member_applications(look.wiring, look.connection, look.actor.id, today)
    return look.cut(found).map(lambda one: (one, today))


def _name(row: _Row) -> Link:
    one, _ = row
    from yihui.cases.benefits.own_texts import application_title

    return Link(f"/me/applications/{one.number}", application_title(one))


def _state(row: _Row) -> Cell:
    from yihui.cases.benefits.own_texts import application_state

    return application_state(row[0])


def _due(row: _Row) -> Cell:
    from yihui.cases.benefits.own_texts import application_due

    return application_due(*row)


APPLICATION = Kind["OwnApplication"](
    "application", _load, lambda own: own.listed.version, member=lambda own: own.listed.member
)
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
    ABOVE,
)
