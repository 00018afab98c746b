"""Counts of the database: waiting rows, their age, and remaining budgets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from benefits import Budget, list_budgets, read_seal_gap
from events.tables import dead_letters
from events.webhooks.receivers import count_undelivered
from store import ingress, outbox
from store.standbys import read_standby_wait
from store.table_room import DatabaseRoom, read_database_room
from yihui.runtime.clock_offset import ClockOffset


@dataclass(frozen=True, slots=True)
class Backlog:
    """Counts of waiting rows, and the room that tables take.

    ``budgets`` are those with an amount promised or a ceiling set.
    ``outbox`` is None if no topic receives it; ``webhooks`` is by receiver and state.
    """

    ingress: int
    oldest_ingress: datetime | None
    outbox: int | None
    unsealed: int
    dead_letters: Mapping[str, int]  # by reason
    webhooks: Mapping[tuple[str, str], int]
    budgets: tuple[Budget, ...]
    room: DatabaseRoom | None = None  # of PostgreSQL
    standby_wait_s: float | None = None  # of PostgreSQL
    clock: ClockOffset | None = None


def count_backlog(connection: Connection, *, to_topic: bool) -> Backlog:
    """Count the backlog once, in the caller's transaction."""
    accepted, oldest = count_accepted(connection)
    by_reason = (
        select(dead_letters.c.reason, func.count())
        .where(dead_letters.c.resolved_at.is_(None))
        .group_by(dead_letters.c.reason)
    )
    return Backlog(
        ingress=accepted,
        oldest_ingress=oldest,
        outbox=_count_unpublished(connection) if to_topic else None,
        unsealed=read_seal_gap(connection).batches,
        dead_letters={reason: int(count) for reason, count in connection.execute(by_reason)},
        webhooks=count_undelivered(connection),
        budgets=tuple(list_budgets(connection)),
        room=read_database_room(connection),
        standby_wait_s=read_standby_wait(connection) if connection.dialect.name == "postgresql" else None,
    )


def _count_unpublished(connection: Connection) -> int:
    query = select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
    return int(connection.execute(query).scalar_one())


def count_accepted(connection: Connection) -> tuple[int, datetime | None]:
    """Return how many events accepted over HTTP wait, and since when."""
    since = ingress.c.accepted_at
    query = select(func.count(), func.min(since, type_=since.type)).select_from(ingress)
    count, oldest = connection.execute(query).one()
    return int(count), oldest
