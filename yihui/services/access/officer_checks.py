"""Shared steps of acts on officers: find the officer, authorise the actor, append the audit entry, load the result."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.civil_time import civil_date
from core.faults import Fault, FaultError
from members import scrub_personal_numbers
from yihui.access.account_openers import find_opener
from yihui.access.actor import Actor, ActorKind, Assignment, NewAccount
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.decide import Decision
from yihui.access.new_accounts import find_new_account
from yihui.access.officers import (
    OFFICER_ACT_FAULTS,
    Appointment,
    OfficerRecord,
    find_officer,
    list_appointments,
    list_officers,
    list_places,
    load_assignments,
)
from yihui.access.roles import Right
from yihui.bootstrap import PROVINCE_CODE, Wiring
from yihui.services.access.authorisation import authorise

OFFICERS_LOCK = "officers"


def find_active_officer(
    connection: Connection, name: str, field: str, faults: list[Fault]
) -> OfficerRecord | None:
    """Return an officer who hasn't left; otherwise add the fault and return None."""
    found = find_officer(connection, name)
    if found is not None and found.ended_at is None:
        return found
    shown = scrub_personal_numbers(name[:40])
    faults.append(
        OFFICER_ACT_FAULTS.build("unknown", field=field, value=shown)
        if found is None or found.ended_at is None
        else OFFICER_ACT_FAULTS.build("left", field=field, value=found.id, day=civil_date(found.ended_at))
    )
    return None


def require_active_officer(connection: Connection, name: str) -> OfficerRecord:
    """Return an officer who hasn't left. *Raises*: FaultError."""
    faults: list[Fault] = []
    found = find_active_officer(connection, name, "NAME", faults)
    if found is None:
        raise FaultError(faults)
    return found


def authorise_over(
    wiring: Wiring, connection: Connection, actor: Actor, officer: OfficerRecord, now: datetime
) -> Decision:
    """Return what allows an act on an officer: the right to appoint for every role that the officer has.

    An officer without a role may get one of any place tomorrow: until then only who added the officer, and an
    administrator of the whole union, may act.
    """
    decision, places = Decision(), list[str | None](list_places(connection, officer.id, now))
    for place in places or [None if officer.created_by == actor.id else PROVINCE_CODE]:
        decision = authorise(wiring, connection, actor, Right.APPOINT_OFFICERS, place)
    return decision


def is_same_person(actor: Actor, officer: OfficerRecord) -> bool:
    """Return whether an actor is an officer, by name or by person."""
    return actor.id.lower() == officer.id.lower() or actor.subject == officer.subject


def find_own_accounts(
    wiring: Wiring, connection: Connection, actor: Actor, officer: OfficerRecord
) -> Iterator[Fault]:
    """Yield a fault if the officer, or whoever the officer made, opened an account of the one who acts."""
    if actor.kind is not ActorKind.OFFICER or wiring.settings.is_demo:
        return
    if opener := find_opener(connection, actor.id, officer.id):
        yield OFFICER_ACT_FAULTS.build("opened", field="NAME", value=officer.id, who=actor.id, by=opener)


def audit_officer_act(
    connection: Connection,
    actor: Actor,
    decision: Decision,
    now: datetime,
    act: str,
    officer: str,
    *,
    organisation: str | None = None,
    reason: str = "",
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    """Append the audit entry of an act on an officer."""
    entry = AuditEntry(act, "officer", officer, reason, organisation, decision.by, before or {}, after or {})
    append_audit_entry(connection, actor, entry, now)


@dataclass(frozen=True, slots=True)
class OfficerView:
    """An officer with all appointments, the roles that hold on a day, and the account if it doesn't count yet."""

    officer: OfficerRecord
    appointments: tuple[Appointment, ...]
    in_force: tuple[Assignment, ...]
    new_account: NewAccount | None = None


def list_officer_views(wiring: Wiring) -> list[OfficerView]:
    """List all officers with their roles of today."""
    now = wiring.now()
    with wiring.database.read() as connection:
        return [load_view(wiring, connection, one.id, now) for one in list_officers(connection)]


def load_officer_view(wiring: Wiring, name: str) -> OfficerView:
    """Return an officer with all appointments. *Raises*: FaultError for an unknown name."""
    with wiring.database.read() as connection:
        found = find_officer(connection, name)
        if found is None:
            shown = scrub_personal_numbers(name[:40])
            raise FaultError(OFFICER_ACT_FAULTS.build("unknown", field="NAME", value=shown))
        return load_view(wiring, connection, found.id, wiring.now())


def load_view(wiring: Wiring, connection: Connection, name: str, now: datetime) -> OfficerView:
    """Return a known officer with all appointments, the roles of today, and the account if it doesn't count yet."""
    found = find_officer(connection, name)
    assert found is not None, "the caller knows the officer"
    day = civil_date(now)
    in_force = tuple(one for one in load_assignments(connection, found.id) if one.holds(day))
    account = find_new_account(connection, found.id, now, wiring.two_step_terms)
    return OfficerView(found, tuple(list_appointments(connection, [found.id])), in_force, account)
