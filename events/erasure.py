"""Erase a person from all packages' tables in one transaction and record the officer's act.

The pseudonym stays, with the decisions, grants and postings made under it. Earlier backups, topics and
files are out of reach: see the decision record.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select

from benefits import (
    NewAct,
    Officer,
    erase_person,
    lock_rulebook_exclusive,
    record_act,
    withdraw_all_participations,
)
from events.tables import dead_letters, journal
from members import erase_member
from store import ingress

ERASURE_SUBJECT = "members"  # the subject of the act, in place of a rule id


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """The number of rows erased or deleted, and the number of the recorded act; None if there were no rows."""

    rows: int
    act: int | None = None


def erase_everywhere(connection: Connection, officer: Officer, member_id: str) -> ErasureResult:
    """Erase a person. A second call changes nothing.

    The function takes an exclusive lock, so that no concurrent batch writes back data that it read
    before.

    *Raises*: ActRefused without a reason.
    """
    officer.require_reason()
    lock_rulebook_exclusive(connection)
    withdraw_all_participations(connection, member_id, officer)
    rows = erase_person(connection, member_id) + erase_member(connection, member_id)
    rows += connection.execute(delete(journal).where(journal.c.member_id == member_id)).rowcount
    rows += _delete_waiting(connection, member_id) + _delete_letters(connection, member_id)
    if not rows:
        return ErasureResult(0)
    return ErasureResult(
        rows, record_act(connection, officer, NewAct("erased", ERASURE_SUBJECT, detail={"member": member_id}))
    )


def _delete_waiting(connection: Connection, member_id: str) -> int:
    """Delete the person's accepted events that are not processed yet; return how many."""
    query = select(ingress.c.sequence, ingress.c.event).where(
        ingress.c.event.contains(member_id, autoescape=True)
    )
    own = [number for number, text in connection.execute(query) if _is_about(text, member_id)]
    return connection.execute(delete(ingress).where(ingress.c.sequence.in_(own))).rowcount if own else 0


def _is_about(text: str, member_id: str) -> bool:
    try:
        event = json.loads(text)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get("subject") == member_id


def _delete_letters(connection: Connection, member_id: str) -> int:
    """Delete dead letters that mention the person anywhere; invalid events may concern them too."""
    columns = (dead_letters.c.text, dead_letters.c.faults, dead_letters.c.event_id)
    query = select(dead_letters.c.id, *columns).where(
        or_(*(column.contains(member_id, autoescape=True) for column in columns))
    )
    own = [row.id for row in connection.execute(query) if _names(row, member_id)]
    return connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(own))).rowcount if own else 0


def _names(row: Iterable[object], member_id: str) -> bool:
    """Return whether a row's texts contain the id as a whole word: m-1 does not match m-12."""
    word = re.compile(rf"(?<![A-Za-z0-9._:-]){re.escape(member_id)}(?![A-Za-z0-9._:])")
    return any(isinstance(text, str) and word.search(text) for text in row)
