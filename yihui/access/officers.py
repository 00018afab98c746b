"""Store officers and their appointments, and compute on which days each role holds; with the faults of acts on officers."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, func, insert, select

from core.civil_time import civil_date
from core.faults import FaultTable
from core.text_marks import N_
from store import build_record
from yihui.access.actor import Assignment
from yihui.access.roles import Role
from yihui.access.tables import officer_accounts, officers, role_assignments

OFFICER_ACT_FAULTS = FaultTable(
    "officers",
    {
        "confirmed": (
            N_("no account of {value} waits to be confirmed"),
            N_("nothing is left to do; add or reset the account if its officer can't log in"),
        ),
        "bad_name": (
            N_("{value} is no short name of an officer"),
            N_(
                "write 2 to 32 letters and digits, such as li.min or gh-017; no whole name, no number of a person"
            ),
        ),
        "bad_post": (
            N_("{field} is empty, has more than {longest} characters, or holds a number of a person"),
            N_("write what colleagues call the post, such as 市总财务"),
        ),
        "bad_subject": (
            N_("{field} is empty, has more than {longest} characters, or holds a number of a person"),
            N_("leave it out, or write the name that this person has as an officer already"),
        ),
        "there": (
            N_("there is an officer {value} already"),
            N_("see it with `yihui officers show {value}`; the name of one who left stays with that person"),
        ),
        "unknown": (N_("there is no officer {value}"), N_("all are listed by: yihui officers list")),
        "left": (N_("the officer {value} left on {day}"), N_("add a new officer: yihui officers add")),
        "bad_role": (
            N_("there is no role {value}"),
            N_("choose one of {expected}; see yihui officers roles"),
        ),
        "unknown_organisation": (
            N_("there is no organisation {value} on {day}"),
            N_("compare the code; all are listed by: yihui organisations list"),
        ),
        "past": (N_("a role can't begin on {value}: that day is over"), N_("name today or a later day")),
        "ends_first": (N_("the role would end on {value}, before it begins"), N_("name a later last day")),
        "oneself": (
            N_("{value} is the officer who acts; nobody appoints himself"),
            N_("let a colleague do it, or an administrator of the union above"),
        ),
        "opened": (
            N_(
                "{by} opened the account of {who}, or that of who opened it; nobody appoints or confirms himself"
            ),
            N_("let an administrator do it whose account another one opened"),
        ),
        "own_deputy": (N_("{value} can't stand in for himself"), N_("name another officer")),
        "no_role_to_stand_in": (
            N_("{value} doesn't have the role {role} for {organisation} on all of these days"),
            N_("a deputy takes over a role as it is: the same role, the same organisation, and no longer"),
        ),
        "open_deputy": (
            N_("a deputy is appointed for some days; the last one is missing"),
            N_("name the last day with --until"),
        ),
        "again": (
            N_("{value} has the role {role} for {organisation} on some of these days already"),
            N_("withdraw that first, or choose other days: yihui officers show {value}"),
        ),
        "not_appointed": (
            N_("{value} doesn't have the role {role} for {organisation}"),
            N_("see the officer's roles: yihui officers show {value}"),
        ),
        "linked": (
            N_("this account of the identity provider belongs to {value} already"),
            N_("an account belongs to one officer; compare --issuer and --subject"),
        ),
        "bad_issuer": (
            N_("{value} is no address of an identity provider"),
            N_("write it as the provider does, such as https://sso.example.org/realms/union"),
        ),
        "no_subject": (
            N_("the account's subject is missing or has more than 255 characters"),
            N_("write the sub that the identity provider gives for this person"),
        ),
    },
)


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficerRecord:
    """An officer as stored. ``subject`` is the person: two officers of one subject are one person."""

    id: str
    subject: str
    post: str
    created_by: str
    created_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Appointment:
    """An officer's appointment to a role for an organisation, with the acts that made and withdrew it."""

    id: int
    officer: str
    role: Role
    organisation: str
    since: date
    until: date | None
    deputy_of: str | None
    assigned_by: str
    assigned_at: datetime
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


def compute_assignments(
    officer: str, appointments: Iterable[Appointment], ends: dict[str, datetime]
) -> tuple[Assignment, ...]:
    """Return the days on which an officer really has each role: pure.

    ``appointments`` are the officer's own and those of the officers whom the officer deputises for; ``ends``
    says who has left, and when. A withdrawn role and the roles of an officer who left end on the day before. A
    deputy has a role only on days on which the officer deputised for has it too.
    """
    known = list(appointments)
    found: list[Assignment] = []
    for one in known:
        if one.officer != officer:
            continue
        own = _bound_days(one, ends)
        if own is None or one.deputy_of is None:
            found += [own] if own else []
            continue
        for theirs in known:
            is_theirs = (theirs.officer, theirs.role, theirs.organisation, theirs.deputy_of) == (
                one.deputy_of,
                one.role,
                one.organisation,
                None,
            )
            covered = _bound_days(theirs, ends) if is_theirs else None
            if covered is not None and (piece := _overlap(own, covered)) is not None:
                found.append(piece)
    return tuple(found)


def _bound_days(one: Appointment, ends: dict[str, datetime]) -> Assignment | None:
    stops = (one.withdrawn_at, ends.get(one.officer))
    last_days = [civil_date(stop) - _DAY for stop in stops if stop is not None]
    until = min([*last_days, *([one.until] if one.until else [])], default=None)
    if until is not None and until < one.since:
        return None
    return Assignment(one.role, one.organisation, one.since, until, one.deputy_of)


def _overlap(one: Assignment, other: Assignment) -> Assignment | None:
    since = max(one.since, other.since)
    until = min((day for day in (one.until, other.until) if day is not None), default=None)
    return None if until is not None and until < since else replace(one, since=since, until=until)


def load_assignments(connection: Connection, officer: str) -> tuple[Assignment, ...]:
    """Return the roles of an officer with the days on which the officer really has them."""
    own = list_appointments(connection, [officer])
    principals = {one.deputy_of for one in own if one.deputy_of}
    theirs = list_appointments(connection, sorted(principals)) if principals else []
    ends = {
        one.id: one.ended_at
        for one in list_officers(connection, [officer, *sorted(principals)])
        if one.ended_at is not None
    }
    return compute_assignments(officer, [*own, *theirs], ends)


def list_places(connection: Connection, officer: str, now: datetime) -> list[str]:
    """List the organisations for which an officer has a role today or later."""
    held, today = load_assignments(connection, officer), civil_date(now)
    return sorted({one.organisation for one in held if one.until is None or today <= one.until})


def lock_assignments(connection: Connection, officer: str) -> None:
    """Let who withdraws a role of an officer, or of those whom the officer deputises for, wait for this transaction.

    SQLite has one writer at a time: its statements lock nothing.
    """
    if connection.dialect.name != "postgresql":
        return
    c = role_assignments.c
    query = select(c.deputy_of).order_by(c.id).with_for_update(read=True)
    found = connection.execute(query.where(c.officer_id == officer)).scalars().all()
    if principals := sorted({one for one in found if one is not None}):
        connection.execute(query.where(c.officer_id.in_(principals))).all()
        left = select(officers.c.id).where(officers.c.id.in_(principals)).order_by(officers.c.id)
        connection.execute(left.with_for_update(read=True)).all()


def find_officer(connection: Connection, id_: str) -> OfficerRecord | None:
    """Return an officer, whichever way the name is capitalised; None if there is none."""
    row = connection.execute(select(officers).where(func.lower(officers.c.id) == id_.lower())).one_or_none()
    return None if row is None else build_record(OfficerRecord, row)


def find_subject(connection: Connection, who: str) -> str:
    """Return the person behind an actor; an actor who is no officer is only known by name."""
    known = find_officer(connection, who)
    return (known.subject if known else who).casefold()


def has_officers(connection: Connection) -> bool:
    """Return whether there was ever an officer."""
    return connection.execute(select(officers.c.id).limit(1)).first() is not None


def list_officers(connection: Connection, ids: Sequence[str] | None = None) -> list[OfficerRecord]:
    """List officers by name: all, or some."""
    query = select(officers).order_by(officers.c.id)
    rows = connection.execute(query if ids is None else query.where(officers.c.id.in_(ids)))
    return [build_record(OfficerRecord, row) for row in rows]


def list_appointments(connection: Connection, ids: Sequence[str]) -> list[Appointment]:
    """List the appointments of some officers, the earliest first."""
    c = role_assignments.c
    rows = connection.execute(select(role_assignments).where(c.officer_id.in_(ids)).order_by(c.id))
    return [build_record(Appointment, row, officer=row.officer_id, role=Role(row.role)) for row in rows]


def insert_officer(connection: Connection, officer: OfficerRecord) -> None:
    connection.execute(insert(officers).values(asdict(officer)))


def insert_appointment(connection: Connection, officer: str, held: Assignment, by: str, now: datetime) -> int:
    """Store an appointment and return its number."""
    row = {**asdict(held), "officer_id": officer, "assigned_by": by, "assigned_at": now}
    done = connection.execute(insert(role_assignments).values(row).returning(role_assignments.c.id))
    return int(done.scalar_one())


def withdraw_appointment(connection: Connection, number: int, by: str, now: datetime) -> None:
    """Withdraw an appointment that wasn't withdrawn yet."""
    c = role_assignments.c
    standing = role_assignments.update().where(c.id == number, c.withdrawn_at.is_(None))
    connection.execute(standing.values(withdrawn_by=by, withdrawn_at=now))


def end_officer(connection: Connection, officer: str, by: str, now: datetime) -> None:
    """End an officer who hasn't ended yet, and the officer's accounts."""
    c, accounts = officers.c, officer_accounts.c
    active = officers.update().where(c.id == officer, c.ended_at.is_(None))
    connection.execute(active.values(ended_by=by, ended_at=now))
    usable = officer_accounts.update().where(accounts.officer_id == officer, accounts.ended_at.is_(None))
    connection.execute(usable.values(ended_at=now))
