"""A member's own acts with her applications: hand one in, hand it in again, withdraw it. Each is one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from benefits import Officer
from core.civil_time import civil_date
from core.faults import Fault, FaultError
from members import ApplicationStep, read_application_steps
from members.applications import RecordedApplicationAct, list_application_acts, record_application_act
from members.attachments import (
    AttachmentKind,
    AttachmentOwner,
    list_attachments,
    move_attachments,
    upload_owner,
)
from members.tables import application_steps
from store import lock_exclusive
from yihui.access.acting import state_act
from yihui.bootstrap import Wiring
from yihui.services.access.acting import acting_officer, run_act
from yihui.services.applications.acts import (
    ApplicationAct,
    act_on_listed,
    build_application_event,
    process_application_event,
)
from yihui.services.applications.applications import APPLICATION_FAULTS
from yihui.services.applications.forms import build_form, read_text
from yihui.services.applications.own_applications import (
    OWN_APPLICATION_FAULTS,
    ApplicableRule,
    build_applicable,
    find_open_application,
    find_rule,
    load_applicant,
    load_own,
)
from yihui.services.applications.stages import ActKind
from yihui.services.ledger.sealing import seal_pending

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Submission:
    """What a member hands in: the rule, what she stated, and what she wrote for the union."""

    rule: str
    stated: Mapping[str, str | int]
    note: str = field(default="", repr=False)


def submit_application(
    wiring: Wiring, member: str, submission: Submission, arrived_at: datetime | None = None
) -> int:
    """Hand in an application with the files of its form; return its number.

    The same one handed in twice, with the same note and papers, is one application. It counts from the instant
    at which the request arrived, by default now.

    *Raises*: FaultError; then nothing has changed.
    """
    acting = _build_acting_member(wiring, member, arrived_at)
    note = check_note(submission.note)

    def work(connection: Connection) -> int:
        lock_exclusive(connection, f"application {member}")
        number = _submit(wiring, connection, acting, submission, note)
        state_act("member", member, after={"application": number})
        return number

    number = run_act(wiring, work)
    seal_pending(wiring)
    return number


def _build_acting_member(wiring: Wiring, member: str, arrived_at: datetime | None, note: str = "") -> Officer:
    acting = acting_officer(wiring, member, note)
    if arrived_at is None:
        return acting
    return replace(acting, at=arrived_at, today=civil_date(arrived_at))


def check_note(note: str) -> str:
    """Return what a member wrote for the union. *Raises*: FaultError if it can't be stored whole."""

    def refuse(code: str, most: int) -> Fault:
        named = "note" if code == "text" else "note_personal"
        return OWN_APPLICATION_FAULTS.build(named, field="note", most=most)

    read = read_text(note.strip(), refuse, LONGEST_NOTE)
    if isinstance(read, Fault):
        raise FaultError(read)
    return read


def _submit(
    wiring: Wiring, connection: Connection, acting: Officer, submission: Submission, note: str
) -> int:
    member = acting.who
    applicant = load_applicant(wiring, connection, member, acting.today)
    form = build_form(find_rule(applicant, submission.rule), applicant.facts, applicant.today)
    twin = find_open_application(wiring, connection, applicant, form, submission.stated)
    source = upload_owner(member, "apply", submission.rule)
    if twin is not None:
        _require_nothing_left_out(connection, source, twin.file_owner, "submit", note)
        return twin.number
    one = build_applicable(wiring, connection, applicant, form.rule)
    if one.open_number is not None and not form.is_per_application:
        raise FaultError(OWN_APPLICATION_FAULTS.build("open", field="rule"))
    _require_days(one, applicant.today)
    steps = read_application_steps(connection, [member])[member]
    year = int(submission.stated.get("year", applicant.today.year))
    owner = AttachmentOwner(AttachmentKind.APPLICATION, _free_number(steps, form.programme, year), member)
    digests = _take_papers(connection, source, owner, form.attachments)
    data = {**submission.stated, "programme": form.programme, "year": year, "attachments": digests}
    data["application"] = owner.subject
    named = repr((member, owner.subject, "submit"))
    event = build_application_event(named, "application.submitted", member, acting.at, data)
    process_application_event(wiring, connection, event, acting.at)
    recorded = RecordedApplicationAct(
        member, owner.subject, "submit", None, event.id, member, acting.at, note
    )
    record_application_act(connection, recorded)
    c = application_steps.c
    query = select(c.sequence).where(c.member_id == member, c.application == owner.subject)
    return int(connection.execute(query.order_by(c.sequence).limit(1)).scalar_one())


def _require_days(one: ApplicableRule, today: date) -> None:
    if one.opens_on is not None:
        raise FaultError(OWN_APPLICATION_FAULTS.build("not_open", field="rule", day=one.opens_on))
    if one.last_day is not None and one.last_day < today:
        raise FaultError(OWN_APPLICATION_FAULTS.build("closed", field="rule", day=one.last_day))


def _free_number(steps: Sequence[ApplicationStep], programme: str, year: int) -> str:
    """Return the number of a member's new application: programme and year, and from the second on a count."""
    taken, base = {step.application for step in steps}, f"{programme[:80]}/{year}"
    return next(
        number
        for count in range(1, len(taken) + 2)
        if (number := base if count == 1 else f"{base}/{count}") not in taken
    )


def _take_papers(
    connection: Connection, source: AttachmentOwner, target: AttachmentOwner, least: int
) -> list[str]:
    """Let the files of a form belong to its application; return the digests of all. *Raises*: FaultError if too few."""
    move_attachments(connection, source, target)
    digests = sorted({f"sha256:{one.digest}" for one in list_attachments(connection, target)})
    if len(digests) < least:
        raise FaultError(
            OWN_APPLICATION_FAULTS.build("papers", field="file", present=len(digests), count=least)
        )
    return digests


def _require_nothing_left_out(
    connection: Connection, source: AttachmentOwner, handed_in: AttachmentOwner, kind: str, note: str
) -> None:
    """*Raises*: FaultError if a form holds a note or papers that weren't handed in by the phone that was quicker."""
    there = {one.sent_digest for one in list_attachments(connection, handed_in)}
    assert handed_in.member_id is not None, "an application is a member's"
    acts = list_application_acts(connection, handed_in.member_id, handed_in.subject)
    written = [act.reason for act in acts if act.kind == kind][-1:]
    waiting = {one.sent_digest for one in list_attachments(connection, source)}
    if waiting - there or (note and note not in written):
        raise FaultError(OWN_APPLICATION_FAULTS.build("left_out", field="note"))


def act_on_own_application(
    wiring: Wiring,
    member: str,
    number: int,
    version: int,
    kind: ActKind,
    note: str = "",
    arrived_at: datetime | None = None,
) -> None:
    """Withdraw an application, or hand it in again with the files of its form; it counts from its arrival.

    *Raises*: FaultError.
    """
    assert kind in ("withdraw", "resubmit"), "every other act is an officer's"
    acting = _build_acting_member(wiring, member, arrived_at, check_note(note))

    def work(connection: Connection) -> None:
        lock_exclusive(connection, f"application {member}")
        own = load_own(wiring, connection, load_applicant(wiring, connection, member, acting.today), number)
        source, files = upload_owner(member, "again", str(number)), own.listed.file_owner
        if kind == "withdraw" and own.listed.stage.kind == "withdrawn":
            return  # another phone was quicker
        if kind == "resubmit" and own.listed.version > version and own.listed.stage.kind != "returned":
            _require_nothing_left_out(connection, source, files, kind, acting.reason)
            return
        if kind == "resubmit" and own.listed.stage.kind == "returned" and not own.may_resubmit:
            raise FaultError(APPLICATION_FAULTS.build("closed", field="version", day=own.last_day))
        if not (own.may_withdraw if kind == "withdraw" else own.may_resubmit):
            raise FaultError(OWN_APPLICATION_FAULTS.build("moved_on", field="version"))
        if kind == "resubmit":
            _take_papers(connection, source, files, own.terms.attachments)
        act = ApplicationAct(number, version, kind, member, acting.reason)
        act_on_listed(wiring, connection, own.listed, own.steps, act, acting)

    run_act(wiring, work)
    seal_pending(wiring)
