"""Members' choices: which reminders they want, with the day of each choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from members.reminders.reminder import REMINDER_KINDS, ReminderKind
from members.reminders.tables import reminder_choices, reminders
from store import lock_exclusive


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
