"""Seal committed rows in hash chains soon after their commit, without delaying the next batch.

There is one chain for each budget and lane of writers; chains hold pseudonyms only. Of two sealers at once
one waits, so that a chain never forks. The interval at which a runner seals bounds what waits;
``read_seal_gap`` reports it.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection, Row, delete, func, insert, select

from benefits.model.chunks import chunks
from benefits.sealing.balances import AccountSums, add_to_sealed_balances, sum_postings
from benefits.sealing.queue import parse_queued_ids
from benefits.sealing.records import SealedRecord, iter_sealed_records
from benefits.tables.transactions import seals, unsealed
from store import lock_exclusive

MAX_BATCHES_PER_SEAL = 20
GENESIS_HASH = "0" * 64  # the previous hash of the first seal of a chain


@dataclass(frozen=True, slots=True)
class SealResult:
    """The numbers of batches and of rows of all tables that a call sealed."""

    batches: int
    rows: int


@dataclass(frozen=True, slots=True)
class SealGap:
    """The number of batches that wait to be sealed; ``since`` is when the oldest was recorded."""

    batches: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChainHead:
    """The last seal of a chain. An auditor who stores it elsewhere can prove everything before it."""

    book: str
    lane: int
    number: int
    hash: str
    sealed_at: datetime


def read_seal_gap(connection: Connection) -> SealGap:
    """Return how many batches wait to be sealed, and since when."""
    query = select(func.count(), func.min(unsealed.c.recorded_at, type_=unsealed.c.recorded_at.type))
    batches, since = connection.execute(query).one()
    return SealGap(int(batches), since)


def seal_batches(connection: Connection, now: datetime, *, at_most: int = MAX_BATCHES_PER_SEAL) -> SealResult:
    """Seal the oldest waiting batches in one transaction; call it until none is left, or at intervals."""
    lanes = connection.execute(select(unsealed.c.lane).distinct().order_by(unsealed.c.lane)).scalars().all()
    done, sums = SealResult(0, 0), AccountSums()
    for lane in lanes:
        if done.batches < at_most:
            sealed, added = _seal_lane(connection, lane, at_most - done.batches, now)
            done = SealResult(done.batches + sealed.batches, done.rows + sealed.rows)
            sums.update(added)
    add_to_sealed_balances(connection, sums)
    return done


def _seal_lane(
    connection: Connection, lane: int, at_most: int, now: datetime
) -> tuple[SealResult, AccountSums]:
    lock_exclusive(connection, f"sealing {lane}")
    query = select(unsealed).where(unsealed.c.lane == lane).order_by(unsealed.c.number).limit(at_most)
    batches = connection.execute(query).all()
    ids = _ids(batches)
    by_book: defaultdict[str, list[SealedRecord]] = defaultdict(list)
    for record in iter_sealed_records(connection, ids):
        by_book[record.book].append(record)
    for book in sorted(by_book):
        _append(connection, book, lane, by_book[book], now)
    for some in chunks([batch.number for batch in batches]):
        connection.execute(delete(unsealed).where(unsealed.c.number.in_(some)))
    rows = sum(len(records) for records in by_book.values())
    return SealResult(len(batches), rows), sum_postings(connection, ids["transactions"])


def _ids(batches: Iterable[Row[*tuple[object, ...]]]) -> defaultdict[str, list[str]]:
    """Return the ids of all batches by table, each once."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for batch in batches:
        for table, ids in parse_queued_ids(batch.rows).items():
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
    number, previous = (last.number + 1, last.hash) if last else (1, GENESIS_HASH)
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
    """Return the SHA-256 of a seal: its place, the previous hash, and its digests. The time is not covered."""
    return sha256("\n".join((book, str(lane), str(number), previous, digests)).encode()).hexdigest()


def list_chain_heads(connection: Connection) -> list[ChainHead]:
    """List the last seal of each chain."""
    last = (
        select(seals.c.book, seals.c.lane, func.max(seals.c.number).label("number"))
        .group_by(seals.c.book, seals.c.lane)
        .subquery()
    )
    same = (seals.c.book == last.c.book) & (seals.c.lane == last.c.lane) & (seals.c.number == last.c.number)
    columns = (seals.c.book, seals.c.lane, seals.c.number, seals.c.hash, seals.c.sealed_at)
    query = select(*columns).join(last, same).order_by(seals.c.book, seals.c.lane)
    return [ChainHead(*row) for row in connection.execute(query)]
