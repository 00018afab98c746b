"""Add officers, appoint them to roles, withdraw roles, end officers; each act with its entry in the audit log."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError, raise_faults
from events.retries import run_in_transaction
from members import has_personal_number, read_spans, scrub_personal_numbers, span_on
from store import lock_exclusive
from yihui.access.accounts import confirm_openings, count_administrators, withdraw_confirmations
from yihui.access.actor import Actor, ActorKind, Assignment
from yihui.access.decide import Decision
from yihui.access.officers import (
    OFFICER_ACT_FAULTS,
    Appointment,
    OfficerRecord,
    end_officer,
    find_officer,
    has_officers,
    insert_appointment,
    insert_officer,
    list_appointments,
    load_assignments,
    withdraw_appointment,
)
from yihui.access.roles import MONEY_RIGHTS, RIGHTS, Right, Role
from yihui.access.sessions import EndReason, end_sessions_of_officer
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.accounts import SetupCode, create_local_account
from yihui.services.access.acting import acting_officer
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.access.officer_checks import (
    OFFICERS_LOCK,
    OfficerView,
    audit_officer_act,
    authorise_over,
    find_active_officer,
    find_own_accounts,
    is_same_person,
    load_view,
    require_active_officer,
)
from yihui.services.access.secret_marks import secret_marker

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_RESERVED = frozenset({"demo", "console", "job", "sender", "system", "import", "yihui"})
FOUNDERS = 2  # administrators whom the console makes, and whose accounts nobody else need confirm
_MONEY_ROLES = frozenset(role for role in Role if RIGHTS[role] & MONEY_RIGHTS)
_LONGEST_POST, _LONGEST_SUBJECT = 100, 64


@dataclass(frozen=True, slots=True)
class RequestedAppointment:
    """A role as somebody asks for it: the texts are as they were typed."""

    officer: str
    role: str
    organisation: str
    since: date | None = None
    until: date | None = None
    deputy_of: str | None = None


@dataclass(frozen=True, slots=True)
class AddedOfficer:
    """A new officer, and the code with which the officer sets a password and a phone."""

    view: OfficerView
    setup: SetupCode


def add_officer(wiring: Wiring, actor: Actor, name: str, post: str, subject: str = "") -> AddedOfficer:
    """Add an officer with a local account. The first one of all becomes administrator of the whole union.

    The first two administrators are founded on the console. Every other account is confirmed by an administrator
    who didn't open it, before its officer counts as a person of an act of two.

    *Raises*: FaultError with all faults.
    """
    now = acting_officer(wiring, actor.id).at
    post, subject = post.strip(), subject.strip() or name

    def work(connection: Connection) -> AddedOfficer:
        lock_exclusive(connection, OFFICERS_LOCK)
        is_first = not has_officers(connection)
        decision = authorise(wiring, connection, actor, Right.APPOINT_OFFICERS, None)
        faults = list(_find_officer_faults(name, post, subject))
        if not faults and (there := find_officer(connection, name)):
            faults.append(OFFICER_ACT_FAULTS.build("there", field="NAME", value=there.id))
        raise_faults(faults)
        insert_officer(connection, OfficerRecord(name, subject, post, actor.id, now))
        after: dict[str, object] = {"post": post, "subject": subject}
        audit_officer_act(connection, actor, decision, now, "officers.add", name, after=after)
        setup = create_local_account(connection, secret_marker(wiring), actor, name, name, now)
        if is_first:
            held = Assignment(Role.ADMINISTRATOR, PROVINCE_CODE, civil_date(now))
            record_appointment(connection, actor, decision, name, held, now)
        return AddedOfficer(load_view(wiring, connection, name, now), setup)

    return run_in_transaction(wiring.database, work)


def _find_officer_faults(name: str, post: str, subject: str) -> Iterator[Fault]:
    is_personal = has_personal_number(name)
    if not _NAME.fullmatch(name) or is_personal or name.lower() in _RESERVED:
        yield OFFICER_ACT_FAULTS.build("bad_name", field="NAME", value="…" if is_personal else name[:40])
    for field, text, longest in (("post", post, _LONGEST_POST), ("subject", subject, _LONGEST_SUBJECT)):
        if not text or len(text) > longest or _CONTROL.search(text) or has_personal_number(text):
            yield OFFICER_ACT_FAULTS.build(f"bad_{field}", field=f"--{field}", value="…", longest=longest)


def appoint_officer(wiring: Wiring, actor: Actor, asked: RequestedAppointment) -> OfficerView:
    """Appoint an officer to a role for an organisation and all below it, from today or a later day.

    An administrator appoints for the own subtree; an officer may also appoint a deputy for an own role. Nobody
    appoints himself.

    *Raises*: FaultError with all faults.
    """
    now = acting_officer(wiring, actor.id).at
    today = civil_date(now)
    since = asked.since or today

    def work(connection: Connection) -> OfficerView:
        lock_exclusive(connection, OFFICERS_LOCK)
        faults: list[Fault] = []
        role = _find_role(asked.role, faults)
        officer = find_active_officer(connection, asked.officer, "NAME", faults)
        principal = (
            None
            if asked.deputy_of is None
            else find_active_officer(connection, asked.deputy_of, "--deputy-of", faults)
        )
        faults += _find_place_faults(connection, asked.organisation, since)
        if since < today:
            faults.append(OFFICER_ACT_FAULTS.build("past", field="--from", value=since))
        if asked.until is not None and asked.until < since:
            faults.append(OFFICER_ACT_FAULTS.build("ends_first", field="--until", value=asked.until))
        held = None
        if role is not None:
            principal_id = principal.id if principal else asked.deputy_of
            held = Assignment(role, asked.organisation, since, asked.until, principal_id)
        decision, refusal = _decide(wiring, connection, actor, held, principal)
        if officer is not None:
            faults += find_own_accounts(wiring, connection, actor, officer)
            faults += _find_person_faults(connection, actor, officer, principal, held)
        if refusal is not None:
            raise FaultError([*refusal.faults, *faults])
        if faults or officer is None or held is None:
            raise FaultError(faults)
        record_appointment(connection, actor, decision, officer.id, held, now)
        return load_view(wiring, connection, officer.id, now)

    return run_in_transaction(wiring.database, work)


def _find_role(text: str, faults: list[Fault]) -> Role | None:
    typed = text.strip().lower().replace("-", "_")
    if typed in set(Role):
        return Role(typed)
    expected = " ".join(repr(role.value) for role in Role)
    faults.append(OFFICER_ACT_FAULTS.build("bad_role", field="ROLE", value=text[:40], expected=expected))
    return None


def _find_place_faults(connection: Connection, code: str, day: date) -> Iterator[Fault]:
    """Yield a fault for an organisation that isn't there on a day; the province is always there."""
    if code != PROVINCE_CODE and span_on(read_spans(connection, [code])[code], day) is None:
        shown = scrub_personal_numbers(code[:40])
        yield OFFICER_ACT_FAULTS.build("unknown_organisation", field="ORGANISATION", value=shown, day=day)


def _decide(
    wiring: Wiring,
    connection: Connection,
    actor: Actor,
    held: Assignment | None,
    principal: OfficerRecord | None,
) -> tuple[Decision, FaultError | None]:
    """Return what allows the appointment: an administrator's right, or the own role for an own deputy."""
    day = civil_date(wiring.now())
    if principal is not None and held is not None and is_same_person(actor, principal):
        own = [one for one in actor.assignments if one.deputy_of is None and one.holds(day)]
        mine = [one for one in own if (one.role, one.organisation) == (held.role, held.organisation)]
        if mine:
            try:
                require_fresh_login(wiring, actor, Right.APPOINT_OFFICERS)
            except FaultError as stale:
                return Decision(), stale
            return Decision(by=mine[0]), None
    try:
        place = None if held is None else held.organisation
        return authorise(wiring, connection, actor, Right.APPOINT_OFFICERS, place), None
    except FaultError as refused:
        return Decision(), refused


def _find_person_faults(
    connection: Connection,
    actor: Actor,
    officer: OfficerRecord,
    principal: OfficerRecord | None,
    held: Assignment | None,
) -> Iterator[Fault]:
    if is_same_person(actor, officer):
        yield OFFICER_ACT_FAULTS.build("oneself", field="NAME", value=officer.id)
    if principal is not None:
        if principal.subject == officer.subject:
            yield OFFICER_ACT_FAULTS.build("own_deputy", field="--deputy-of", value=principal.id)
        if held is not None and held.until is None:
            yield OFFICER_ACT_FAULTS.build("open_deputy", field="--until", value="")
        elif held is not None and not _covers(load_assignments(connection, principal.id), held):
            yield OFFICER_ACT_FAULTS.build(
                "no_role_to_stand_in",
                field="--deputy-of",
                value=principal.id,
                role=held.role.value,
                organisation=held.organisation,
            )
    if held is not None and any(_meets(one, held) for one in load_assignments(connection, officer.id)):
        yield OFFICER_ACT_FAULTS.build(
            "again", field="NAME", value=officer.id, role=held.role.value, organisation=held.organisation
        )


def _covers(theirs: tuple[Assignment, ...], held: Assignment) -> bool:
    """Return whether one own role of the officer deputised for lasts for all days of the deputy."""
    return any(
        one.deputy_of is None
        and (one.role, one.organisation) == (held.role, held.organisation)
        and one.since <= held.since
        and (one.until is None or (held.until is not None and held.until <= one.until))
        for one in theirs
    )


def _meets(one: Assignment, other: Assignment) -> bool:
    return (one.role, one.organisation, one.deputy_of) == (
        other.role,
        other.organisation,
        other.deputy_of,
    ) and (
        (one.until is None or other.since <= one.until) and (other.until is None or one.since <= other.until)
    )


def record_appointment(
    connection: Connection, actor: Actor, decision: Decision, officer: str, held: Assignment, now: datetime
) -> None:
    """Store a role that an officer gets, with its audit entry; the caller has checked that the actor may give it."""
    is_founding = (
        actor.kind is ActorKind.CONSOLE
        and (held.role, held.organisation) == (Role.ADMINISTRATOR, PROVINCE_CODE)
        and count_administrators(connection) < FOUNDERS
    )
    number = insert_appointment(connection, officer, held, actor.id, now)
    after = {**_changes(number, held), **({"founding": True} if is_founding else {})}
    audit_officer_act(
        connection, actor, decision, now, "officers.appoint", officer,
        organisation=held.organisation, after=after,
    )  # fmt: skip
    if _gives_money_right(connection, officer, held, number, civil_date(now)):
        withdraw_confirmations(connection, officer, actor.id)
    if is_founding:
        confirm_openings(connection, officer, actor.id, now)


def _gives_money_right(
    connection: Connection, officer: str, held: Assignment, number: int, today: date
) -> bool:
    """Return whether an appointment lets an officer move money who can't today: who opened the account may be both."""
    roles = {
        one.role
        for one in list_appointments(connection, [officer])
        if one.id != number and one.withdrawn_at is None and (one.until is None or one.until >= today)
    }
    return held.role in _MONEY_ROLES and not roles & _MONEY_ROLES


def _changes(number: int, held: Assignment | Appointment) -> dict[str, object]:
    changes = {
        "appointment": number,
        "role": held.role.value,
        "organisation": held.organisation,
        "since": held.since,
        "until": held.until,
        "deputy_of": held.deputy_of,
    }
    return {name: value for name, value in changes.items() if value is not None}


def withdraw_role(
    wiring: Wiring, actor: Actor, name: str, role: str, organisation: str, reason: str
) -> OfficerView:
    """Withdraw a role at once, with all appointments of it that are not over. *Raises*: FaultError."""
    now = acting_officer(wiring, actor.id).at
    today = civil_date(now)

    def work(connection: Connection) -> OfficerView:
        lock_exclusive(connection, OFFICERS_LOCK)
        faults: list[Fault] = []
        wanted = _find_role(role, faults)
        officer = find_active_officer(connection, name, "NAME", faults)
        decision = authorise(wiring, connection, actor, Right.APPOINT_OFFICERS, organisation)
        if faults or officer is None or wanted is None:
            raise FaultError(faults)
        open_ = [
            one
            for one in list_appointments(connection, [officer.id])
            if (one.role, one.organisation) == (wanted, organisation)
            and one.withdrawn_at is None
            and (one.until is None or today <= one.until)
        ]
        if not open_:
            shown = scrub_personal_numbers(organisation[:40])
            raise FaultError(
                OFFICER_ACT_FAULTS.build(
                    "not_appointed", field="ROLE", value=officer.id, role=wanted.value, organisation=shown
                )
            )
        for one in open_:
            withdraw_appointment(connection, one.id, actor.id, now)
            audit_officer_act(
                connection, actor, decision, now, "officers.withdraw", officer.id,
                organisation=organisation, reason=reason, before=_changes(one.id, one),
            )  # fmt: skip
        return load_view(wiring, connection, officer.id, now)

    return run_in_transaction(wiring.database, work)


def end_officer_for_good(wiring: Wiring, actor: Actor, name: str, reason: str) -> OfficerView:
    """End an officer who left: roles, accounts and sessions end at once, and the name stays taken.

    *Raises*: FaultError.
    """
    now = acting_officer(wiring, actor.id).at

    def work(connection: Connection) -> OfficerView:
        lock_exclusive(connection, OFFICERS_LOCK)
        officer = require_active_officer(connection, name)
        decision = authorise_over(wiring, connection, actor, officer, now)
        end_officer(connection, officer.id, actor.id, now)
        end_sessions_of_officer(connection, officer.id, EndReason.OFFICER_ENDED, now, actor)
        audit_officer_act(connection, actor, decision, now, "officers.end", officer.id, reason=reason)
        return load_view(wiring, connection, officer.id, now)

    return run_in_transaction(wiring.database, work)
