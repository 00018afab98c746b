"""Members' choices of reminders, and the queue of these: store each once, lease what is due, settle each attempt.

A lease ends by itself. If the process is killed during an attempt, the reminder is sent again under the same id.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, func, insert, select, update

from core.civil_time import civil_date
from members.reminders.reminder import REMINDER_KINDS, ReminderKey, ReminderKind
from members.reminders.tables import reminder_choices, reminders
from store import insert_into, lock_exclusive

LEASE_DURATION = timedelta(seconds=60)  # longer than one attempt
_KEY = (reminders.c.member_id, reminders.c.kind, reminders.c.last_day, reminders.c.days_before)
_OTHERS = ("state", "created_at", "attempts", "next_at", "last_at", "last_status", "last_fault")


@dataclass(frozen=True, slots=True)
class Reminder:
    """A reminder and its state: waiting, sent, dropped (nothing to remind of, or not wanted) or given up."""

    key: ReminderKey
    state: str
    created_at: datetime
    attempts: int
    next_at: datetime
    last_at: datetime | None
    last_status: int | None
    last_fault: str | None


def list_reminded_members(
    connection: Connection, kind: ReminderKind, last_day: date, days_before: int
) -> set[str]:
    """Return the members who have this reminder of an end already, in whatever state."""
    c = reminders.c
    query = select(c.member_id).where(c.last_day == last_day, c.kind == kind, c.days_before == days_before)
    return set(connection.execute(query).scalars())


def store_reminders(connection: Connection, keys: Iterable[ReminderKey], now: datetime) -> int:
    """Store reminders that wait to be sent; return how many are new. One that exists stays as it is."""
    new = {"state": "waiting", "created_at": now, "attempts": 0, "next_at": now}
    statement = insert_into(connection, reminders).on_conflict_do_nothing()
    return sum(
        connection.execute(
            statement.values(
                member_id=one.member_id,
                kind=one.kind,
                last_day=one.last_day,
                days_before=one.days_before,
                **new,
            )
        ).rowcount
        for one in keys
    )


def lease_reminders(connection: Connection, now: datetime, most: int) -> list[Reminder]:
    """Lease reminders that are due, the longest due first; two workers lease different ones."""
    c = reminders.c
    query = _select(c.state == "waiting", c.next_at <= now).order_by(c.next_at, *_KEY).limit(most)
    found = [_reminder(row) for row in connection.execute(query.with_for_update(skip_locked=True))]
    for one in found:
        connection.execute(update(reminders).where(_is(one.key)).values(next_at=now + LEASE_DURATION))
    return found


def settle_reminder(connection: Connection, one: Reminder) -> None:
    """Store the state of a reminder after an attempt; one that was settled or erased meanwhile stays so."""
    values = {name: getattr(one, name) for name in _OTHERS}
    connection.execute(update(reminders).where(_is(one.key), reminders.c.state == "waiting").values(**values))


def put_off_reminders(connection: Connection, until: datetime) -> None:
    """Let nothing that waits be tried before an instant."""
    c = reminders.c
    late = update(reminders).where(c.state == "waiting", c.next_at < until)
    connection.execute(late.values(next_at=until))


def retry_reminders(connection: Connection, now: datetime) -> int:
    """Let reminders that were given up or wait be tried at once, if their last day is not over."""
    c = reminders.c
    query = update(reminders).where(c.state.in_(("waiting", "given_up")), c.last_day >= civil_date(now))
    return connection.execute(query.values(state="waiting", next_at=now, attempts=0)).rowcount


def list_reminders(connection: Connection, states: Collection[str], most: int) -> list[Reminder]:
    """Return reminders in some states, the newest first."""
    c = reminders.c
    query = _select(c.state.in_(states)).order_by(c.created_at.desc(), *_KEY).limit(most)
    return [_reminder(row) for row in connection.execute(query)]


def list_member_reminders(connection: Connection, member_id: str) -> list[Reminder]:
    """Return a member's reminders, the newest first."""
    c = reminders.c
    query = _select(c.member_id == member_id).order_by(c.created_at.desc(), *_KEY)
    return [_reminder(row) for row in connection.execute(query)]


def count_reminders(connection: Connection) -> dict[str, int]:
    """Return the number of reminders by state."""
    query = select(reminders.c.state, func.count()).group_by(reminders.c.state)
    return {row[0]: row[1] for row in connection.execute(query)}


def _select(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    return select(*_KEY, *(reminders.c[name] for name in _OTHERS)).where(*conditions)


def _is(key: ReminderKey) -> ColumnElement[bool]:
    return and_(*(column == getattr(key, column.name) for column in _KEY))


def _reminder(row: Row[tuple[object, ...]]) -> Reminder:
    values: Sequence[object] = tuple(row)
    return Reminder(ReminderKey(*values[:4]), *values[4:])  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class ReminderChoice:
    """What a member chose for one kind of reminder; ``chosen_at`` is None before any choice."""

    kind: ReminderKind
    is_wanted: bool = True
    chosen_at: datetime | None = None


def read_reminder_choices(connection: Connection, member_id: str) -> dict[ReminderKind, ReminderChoice]:
    """Return the newest choice for each kind; a member who chose nothing wants every reminder."""
    c = reminder_choices.c
    query = select(c.kind, c.is_wanted, c.chosen_at).where(c.member_id == member_id).order_by(c.number)
    found = {kind: ReminderChoice(kind) for kind in REMINDER_KINDS}
    return found | {row.kind: ReminderChoice(*row) for row in connection.execute(query)}


def record_reminder_choices(
    connection: Connection, member_id: str, wanted: Mapping[ReminderKind, bool], now: datetime
) -> int:
    """Append the choices that differ from the newest ones; return how many."""
    lock_exclusive(connection, f"reminder choices {member_id}")
    held = read_reminder_choices(connection, member_id)
    rows = [
        {"member_id": member_id, "kind": kind, "is_wanted": is_wanted, "chosen_at": now}
        for kind, is_wanted in wanted.items()
        if held[kind].is_wanted != is_wanted
    ]
    if rows:
        connection.execute(insert(reminder_choices), rows)
    return len(rows)


def erase_reminders(connection: Connection, member_id: str) -> int:
    """Delete a member's reminders and choices; return the number of rows."""
    return sum(
        connection.execute(delete(table).where(table.c.member_id == member_id)).rowcount
        for table in (reminders, reminder_choices)
    )
