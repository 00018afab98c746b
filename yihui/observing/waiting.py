"""What lies in the database: what waits, how long, and what is left of budgets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from benefits import Budget, budgets, gap
from events.tables import dead_letters
from store import ingress, outbox


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of rows; ``budgets`` are those of which something was promised or set."""

    ingress: int
    oldest_ingress: datetime | None
    outbox: int
    unsealed: int
    letters: Mapping[str, int]  # by reason
    budgets: tuple[Budget, ...]


def waiting(connection: Connection) -> Waiting:
    """Look once, in the caller's transaction."""
    accepted, oldest = oldest_accepted(connection)
    by_reason = (
        select(dead_letters.c.reason, func.count())
        .where(dead_letters.c.resolved_at.is_(None))
        .group_by(dead_letters.c.reason)
    )
    unpublished = select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
    return Waiting(
        ingress=accepted,
        oldest_ingress=oldest,
        outbox=int(connection.execute(unpublished).scalar_one()),
        unsealed=gap(connection).batches,
        letters={reason: int(count) for reason, count in connection.execute(by_reason)},
        budgets=tuple(budgets(connection)),
    )


def oldest_accepted(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait that were accepted over HTTP, and since when."""
    since = ingress.c.accepted_at
    query = select(func.count(), func.min(since, type_=since.type)).select_from(ingress)
    count, oldest = connection.execute(query).one()
    return int(count), oldest
