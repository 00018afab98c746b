"""What lies in the database: what waits, how long, and what is left of budgets."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from benefits import Budget, budgets, gap
from events.tables import dead_letters
from events.webhooks.receivers import undelivered
from store import ingress, outbox


@dataclass(frozen=True, slots=True)
class Waiting:
    """Counts of rows; ``budgets`` are those of which something was promised or set.

    ``outbox`` is None where no topic is to hear of it; ``webhooks`` is by receiver and state.
    """

    ingress: int
    oldest_ingress: datetime | None
    outbox: int | None
    unsealed: int
    letters: Mapping[str, int]  # by reason
    webhooks: Mapping[tuple[str, str], int]
    budgets: tuple[Budget, ...]


def waiting(connection: Connection, *, to_topic: bool) -> Waiting:
    """Look once, in the caller's transaction."""
    accepted, oldest = oldest_accepted(connection)
    by_reason = (
        select(dead_letters.c.reason, func.count())
        .where(dead_letters.c.resolved_at.is_(None))
        .group_by(dead_letters.c.reason)
    )
    return Waiting(
        ingress=accepted,
        oldest_ingress=oldest,
        outbox=_unpublished(connection) if to_topic else None,
        unsealed=gap(connection).batches,
        letters={reason: int(count) for reason, count in connection.execute(by_reason)},
        webhooks=undelivered(connection),
        budgets=tuple(budgets(connection)),
    )


def _unpublished(connection: Connection) -> int:
    query = select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None))
    return int(connection.execute(query).scalar_one())


def oldest_accepted(connection: Connection) -> tuple[int, datetime | None]:
    """How many events wait that were accepted over HTTP, and since when."""
    since = ingress.c.accepted_at
    query = select(func.count(), func.min(since, type_=since.type)).select_from(ingress)
    count, oldest = connection.execute(query).one()
    return int(count), oldest
