"""Store and read polls, participants and answers."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Row, func, insert, select, update

from core.faults import FaultError
from members.polls.definition import POLL_FAULTS, Answer, Poll
from members.polls.tables import poll_answers, poll_ballots, poll_participants, polls
from store import insert_into, update_row_if_matched


@dataclass(frozen=True, slots=True)
class StoredPoll:
    """A poll as it stands; ``closed_at`` is None until it was closed or counted."""

    poll: Poll
    created_by: str
    closed_at: datetime | None
    key_fingerprint: str | None


def insert_poll(connection: Connection, poll: Poll, by: str, fingerprint: str | None, now: datetime) -> None:
    """Store a new poll."""
    connection.execute(
        insert(polls).values(
            id=poll.id,
            title=poll.title,
            scope=poll.scope,
            anonymous=poll.anonymous,
            opens_at=poll.opens,
            closes_at=poll.closes,
            content=poll.model_dump_json(),
            key_fingerprint=fingerprint,
            created_by=by,
            created_at=now,
        )
    )


def find_poll(connection: Connection, poll_id: str, *, lock: bool = False) -> StoredPoll | None:
    """Return a poll; with ``lock``, no other transaction closes it before this one ends."""
    query = select(polls).where(polls.c.id == poll_id)
    row = connection.execute(query.with_for_update(read=True) if lock else query).one_or_none()
    return None if row is None else read_poll_row(row)


def require_poll(connection: Connection, poll_id: str, *, lock: bool = False) -> StoredPoll:
    """Return a poll, as ``find_poll``. *Raises*: FaultError if there is none."""
    if (stored := find_poll(connection, poll_id, lock=lock)) is None:
        raise FaultError(POLL_FAULTS.build("unknown", field="poll", value=poll_id[:64]))
    return stored


def is_title_taken(connection: Connection, title: str) -> bool:
    return connection.execute(select(polls.c.id).where(polls.c.title == title)).first() is not None


def list_polls(connection: Connection) -> list[StoredPoll]:
    """List all polls, the newest first."""
    rows = connection.execute(select(polls).order_by(polls.c.opens_at.desc(), polls.c.id))
    return [read_poll_row(row) for row in rows]


def read_poll_row(row: Row[Any]) -> StoredPoll:
    """Return the poll of a row of the table."""
    poll = Poll.model_validate_json(row.content, strict=False)
    return StoredPoll(poll, row.created_by, row.closed_at, row.key_fingerprint)


def count_participants(connection: Connection, poll_id: str) -> int:
    query = select(func.count()).where(poll_participants.c.poll_id == poll_id)
    return int(connection.execute(query).scalar_one())


def has_ballots(connection: Connection, poll_id: str) -> bool:
    query = select(poll_ballots.c.id).where(poll_ballots.c.poll_id == poll_id).limit(1)
    return connection.execute(query).first() is not None


def add_participant(connection: Connection, poll_id: str, member_id: str) -> bool:
    """Store that a member answers; False if the member has answered already."""
    statement = insert_into(connection, poll_participants).on_conflict_do_nothing()
    row = {"poll_id": poll_id, "member_id": member_id}
    stored = connection.execute(statement.values(row).returning(poll_participants.c.member_id))
    return stored.first() is not None


def store_named_answers(
    connection: Connection, poll_id: str, member_id: str, answers: Mapping[str, Answer]
) -> None:
    """Store the answers of a member to a poll that isn't anonymous."""
    rows = [
        {
            "id": secrets.token_hex(16),
            "poll_id": poll_id,
            "question": question,
            "answer": to_json(answer).decode(),
            "member_id": member_id,
        }
        for question, answer in answers.items()
    ]
    connection.execute(insert(poll_answers), rows)


def read_answers(connection: Connection, poll_id: str) -> dict[str, list[Answer]]:
    """Return all answers of a poll by question."""
    query = select(poll_answers.c.question, poll_answers.c.answer).where(poll_answers.c.poll_id == poll_id)
    found: dict[str, list[Answer]] = {}
    for question, text in connection.execute(query.order_by(poll_answers.c.id)):
        answer = from_json(text)
        found.setdefault(question, []).append(tuple(answer) if isinstance(answer, list) else answer)
    return found


def mark_closed(connection: Connection, poll_id: str, by: str | None, at: datetime) -> bool:
    """Close a poll; False if it was closed before. Waits for those who are answering."""
    statement = update(polls).where(polls.c.id == poll_id, polls.c.closed_at.is_(None))
    return update_row_if_matched(connection, statement.values(closed_at=at, closed_by=by))
