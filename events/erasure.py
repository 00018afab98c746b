"""Erase a person from all packages' tables in one transaction and record the officer's act.

The pseudonym stays, with the decisions, grants and postings made under it. Earlier backups, topics and
files are out of reach: see the decision record.
"""

import json
import re
from collections.abc import Callable, Iterable
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
from benefits.payout.accounts import erase_accounts
from benefits.payout.batches import PAYOUT_LOCK
from events.schedule.tables import schedule_slots
from events.tables import JOURNAL_BATCHES, dead_letters, journal
from members import (
    erase_member,
    erase_memberships,
    find_card_acts_to_erase,
    find_member_changes_to_erase,
)
from members.applications import erase_application_acts
from members.attachments import erase_attachments
from members.corrections import erase_corrections
from members.hardship.names import erase_names
from members.hardship.repository import erase_file_texts, erase_household_photos
from members.hotline.callers import erase_callers
from members.hotline.repository import erase_case_texts
from members.joining.repository import erase_join_requests
from members.mutual_aid.repository import erase_aid_texts
from members.notice_lists import erase_notice_entries
from members.reminders.queue import erase_reminders
from members.vault import erase_vault_person
from store import enqueue_for_sealing, erase_recorded_rows, find_rows_to_erase, ingress, lock_exclusive

ERASURE_SUBJECT = "members"  # the subject of the act, in place of a rule id


@dataclass(frozen=True, slots=True)
class ErasureResult:
    """The number of rows erased or deleted, and the number of the recorded act; None if there were no rows."""

    rows: int
    act: int | None = None


def _erase_nothing_elsewhere(_member_id: str) -> int:
    return 0


def lock_for_erasure(connection: Connection) -> None:
    """Wait until no batch is decided and none is paid, in the order in which acts on payments wait."""
    lock_exclusive(connection, PAYOUT_LOCK)
    lock_rulebook_exclusive(connection)


def erase_everywhere(
    connection: Connection,
    officer: Officer,
    member_id: str,
    erase_elsewhere: Callable[[str], int] = _erase_nothing_elsewhere,
) -> ErasureResult:
    """Erase a person. A second call changes nothing.

    The function takes exclusive locks, so that no concurrent batch writes back data that it read
    before, and none is released for payment meanwhile. ``erase_elsewhere`` erases the person from a vault in another database and returns the number
    of rows; it commits before this transaction does, so that the act can be repeated after a crash between.

    *Raises*: ActRefused without a reason.
    """
    officer.require_reason()
    lock_for_erasure(connection)
    withdraw_all_participations(connection, member_id, officer)
    proved = find_rows_to_erase(connection, JOURNAL_BATCHES, journal.c.member_id == member_id)
    proved += find_member_changes_to_erase(connection, member_id)
    proved += find_card_acts_to_erase(connection, member_id)
    # First what others wrote about her applications, as long as these can be found.
    rows = erase_callers(connection, member_id, officer.who, officer.at)
    rows += erase_case_texts(connection, member_id) + erase_file_texts(connection, member_id)
    rows += erase_person(connection, member_id) + erase_member(connection, member_id) + len(proved)
    rows += erase_memberships(connection, member_id) + erase_join_requests(connection, member_id)
    rows += erase_application_acts(connection, member_id) + erase_attachments(connection, member_id)
    rows += erase_corrections(connection, member_id) + erase_notice_entries(connection, member_id)
    rows += erase_aid_texts(connection, member_id) + erase_accounts(connection, member_id)
    rows += erase_names(connection, member_id) + erase_household_photos(connection, member_id)
    rows += erase_reminders(connection, member_id)
    rows += erase_vault_person(connection, member_id) + erase_elsewhere(member_id)
    rows += connection.execute(delete(schedule_slots).where(schedule_slots.c.subject == member_id)).rowcount
    rows += _delete_waiting(connection, member_id) + _delete_letters(connection, member_id)
    if not rows:
        return ErasureResult(0)
    act = record_act(connection, officer, NewAct("erased", ERASURE_SUBJECT, detail={"member": member_id}))
    ids = erase_recorded_rows(connection, proved, act, officer.at)
    enqueue_for_sealing(connection, {"erased_rows": ids}, officer.at)
    return ErasureResult(rows, act)


def _delete_waiting(connection: Connection, member_id: str) -> int:
    """Delete the person's accepted events that are not processed yet; return how many."""
    own = find_waiting_events(connection, member_id)
    return connection.execute(delete(ingress).where(ingress.c.sequence.in_(own))).rowcount if own else 0


def find_waiting_events(connection: Connection, member_id: str) -> list[int]:
    """Return the numbers of a person's accepted events that are not processed yet."""
    query = select(ingress.c.sequence, ingress.c.event).where(
        ingress.c.event.contains(member_id, autoescape=True)
    )
    return [number for number, text in connection.execute(query) if _is_about(text, member_id)]


def _is_about(text: str, member_id: str) -> bool:
    try:
        event = json.loads(text)
    except ValueError:
        return False
    return isinstance(event, dict) and event.get("subject") == member_id


def _delete_letters(connection: Connection, member_id: str) -> int:
    """Delete dead letters that mention the person anywhere; return how many."""
    own = find_mentioning_letters(connection, member_id)
    return connection.execute(delete(dead_letters).where(dead_letters.c.id.in_(own))).rowcount if own else 0


def find_mentioning_letters(connection: Connection, member_id: str) -> list[str]:
    """Return the ids of dead letters that mention the person; invalid events may concern them too."""
    columns = (dead_letters.c.text, dead_letters.c.faults, dead_letters.c.event_id)
    query = select(dead_letters.c.id, *columns).where(
        or_(*(column.contains(member_id, autoescape=True) for column in columns))
    )
    return [row.id for row in connection.execute(query) if _names(row, member_id)]


def _names(row: Iterable[object], member_id: str) -> bool:
    """Return whether a row's texts contain the id as a whole word: m-1 does not match m-12."""
    word = re.compile(rf"(?<![A-Za-z0-9._:-]){re.escape(member_id)}(?![A-Za-z0-9._:])")
    return any(isinstance(text, str) and word.search(text) for text in row)
