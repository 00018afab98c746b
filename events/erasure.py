"""Erasing a person: every room's rows in one transaction, and an act that says who did it and why.

What stays is the pseudonym, and under it what was decided, granted and moved. Backups made before, topics and
files are not ours to reach: see the decision record.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, or_, select

from benefits import Deed, Officer, alone, erase_person, give_all_up, record_act
from events.tables import dead_letters, journal
from members import erase_member
from store import ingress

ABOUT = "members"  # what the act is about, in place of a rule


@dataclass(frozen=True, slots=True)
class Erased:
    """How many rows were erased or deleted now; none where there was nothing left."""

    rows: int
    act: int | None = None


def erase(connection: Connection, officer: Officer, member_id: str) -> Erased:
    """Erase a person; done again it changes nothing. *Raises*: ActRefused without a reason.

    No batch is under way meanwhile, so that none writes what was read before.
    """
    officer.with_reason()
    alone(connection)
    give_all_up(connection, member_id, officer)
    rows = erase_person(connection, member_id) + erase_member(connection, member_id)
    rows += connection.execute(delete(journal).where(journal.c.member_id == member_id)).rowcount
    rows += _delete_waiting(connection, member_id) + _delete_letters(connection, member_id)
    if not rows:
        return Erased(0)
    return Erased(rows, record_act(connection, officer, Deed("erased", ABOUT, detail={"member": member_id})))


def _delete_waiting(connection: Connection, member_id: str) -> int:
    """Events that were accepted and not handled yet."""
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
    """Dead letters that name the person in whatever way: what can't be read may still be about them."""
    columns = (dead_letters.c.text, dead_letters.c.faults, dead_letters.c.event_id)
    query = select(dead_letters.c.id, *columns).where(
        or_(*(column.contains(member_id, autoescape=True) for column in columns))
    )
    own = [row.id for row in connection.execute(query) if _names(row, member_id)]
    return connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(own))).rowcount if own else 0


def _names(row: Iterable[object], member_id: str) -> bool:
    """Whether a row's texts hold the id as a word: m-1 is not m-12."""
    word = re.compile(rf"(?<![A-Za-z0-9._:-]){re.escape(member_id)}(?![A-Za-z0-9._:])")
    return any(isinstance(text, str) and word.search(text) for text in row)
