"""Sealing: what was committed goes into hash chains soon after, off the way of the next batch.

A chain for each budget and lane of writers; over pseudonyms only. Of two sealers at once one waits: a
chain never forks. What waits is bounded by how often a runner seals, and told by ``gap``.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Row, delete, func, insert, select

from benefits.model.chunks import portions
from benefits.sealing.balances import Balances, add_to_balances, sums_of
from benefits.sealing.queue import queued
from benefits.sealing.records import SealedRecord, records_of
from benefits.tables.transactions import seals, unsealed
from store import one_at_a_time

BATCHES_AT_ONCE = 20
BEGINNING = "0" * 64  # what the first seal of a chain follows


@dataclass(frozen=True, slots=True)
class Sealed:
    """What a call sealed: batches, and rows of all tables."""

    batches: int
    rows: int


@dataclass(frozen=True, slots=True)
class Gap:
    """What was committed and waits to be sealed; ``since`` when the oldest of it was recorded."""

    batches: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The last seal of a chain. Whoever notes it down elsewhere can prove all before it."""

    book: str
    lane: int
    number: int
    hash: str
    sealed_at: datetime


def gap(connection: Connection) -> Gap:
    """What waits to be sealed."""
    query = select(func.count(), func.min(unsealed.c.recorded_at, type_=unsealed.c.recorded_at.type))
    batches, since = connection.execute(query).one()
    return Gap(int(batches), since)


def seal(connection: Connection, now: datetime, *, at_most: int = BATCHES_AT_ONCE) -> Sealed:
    """Seal the oldest batches that wait, in one transaction; call it until nothing is left, or now and then."""
    lanes = connection.execute(select(unsealed.c.lane).distinct().order_by(unsealed.c.lane)).scalars().all()
    done, sums = Sealed(0, 0), Balances()
    for lane in lanes:
        if done.batches < at_most:
            sealed, added = _seal_lane(connection, lane, at_most - done.batches, now)
            done = Sealed(done.batches + sealed.batches, done.rows + sealed.rows)
            sums.update(added)
    add_to_balances(connection, sums)
    return done


def _seal_lane(connection: Connection, lane: int, at_most: int, now: datetime) -> tuple[Sealed, Balances]:
    one_at_a_time(connection, f"sealing {lane}")
    query = select(unsealed).where(unsealed.c.lane == lane).order_by(unsealed.c.number).limit(at_most)
    batches = connection.execute(query).all()
    ids = _ids(batches)
    by_book: defaultdict[str, list[SealedRecord]] = defaultdict(list)
    for record in records_of(connection, ids):
        by_book[record.book].append(record)
    for book in sorted(by_book):
        _append(connection, book, lane, by_book[book], now)
    for some in portions([batch.number for batch in batches]):
        connection.execute(delete(unsealed).where(unsealed.c.number.in_(some)))
    rows = sum(len(records) for records in by_book.values())
    return Sealed(len(batches), rows), sums_of(connection, ids["transactions"])


def _ids(batches: Iterable[Row[*tuple[object, ...]]]) -> defaultdict[str, list[str]]:
    """The ids of all batches by table, each once."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for batch in batches:
        for table, ids in queued(batch.rows).items():
            found[table].update(dict.fromkeys(ids))
    return defaultdict(list, {table: list(ids) for table, ids in found.items()})


def _append(
    connection: Connection, book: str, lane: int, records: Sequence[SealedRecord], now: datetime
) -> None:
    last = connection.execute(
        select(seals.c.number, seals.c.hash)
        .where(seals.c.book == book, seals.c.lane == lane)
        .order_by(seals.c.number.desc())
        .limit(1)
    ).one_or_none()
    number, previous = (last.number + 1, last.hash) if last else (1, BEGINNING)
    digests = "\n".join(record.line for record in records)
    row = {
        "book": book,
        "lane": lane,
        "number": number,
        "digests": digests,
        "previous": previous,
        "hash": seal_hash(book, lane, number, previous, digests),
        "sealed_at": now,
    }
    connection.execute(insert(seals), [row])


def seal_hash(book: str, lane: int, number: int, previous: str, digests: str) -> str:
    """SHA-256 of a seal: its place, what it follows, what it covers. When it was made is not proved."""
    return sha256("\n".join((book, str(lane), str(number), previous, digests)).encode()).hexdigest()


def heads(connection: Connection) -> list[Head]:
    """The last seal of each chain."""
    last = (
        select(seals.c.book, seals.c.lane, func.max(seals.c.number).label("number"))
        .group_by(seals.c.book, seals.c.lane)
        .subquery()
    )
    same = (seals.c.book == last.c.book) & (seals.c.lane == last.c.lane) & (seals.c.number == last.c.number)
    columns = (seals.c.book, seals.c.lane, seals.c.number, seals.c.hash, seals.c.sealed_at)
    query = select(*columns).join(last, same).order_by(seals.c.book, seals.c.lane)
    return [Head(*row) for row in connection.execute(query)]
