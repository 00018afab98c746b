"""Check the hash chains against the rows that they cover, and against heads that were published before.

Whoever can write to the database can change rows and compute all hashes anew; then the chains agree with
the rows. A head that is kept elsewhere still names the old hash, and proves all that it covers.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, select

from benefits.sealing.sealing import (
    GENESIS_HASH,
    ChainHead,
    SealedRecord,
    format_seal_time,
    iter_sealed_records,
    parse_queued_ids,
    seal_hash,
)
from benefits.tables.decisions import decisions
from benefits.tables.sealed import SEALED_TABLES, SealedTable
from benefits.tables.transactions import seals, transactions
from benefits.verification.bundles import disagreement
from core.faults import Fault
from core.text_marks import N_
from store import unsealed

PROVED_BY: Mapping[str, str] = {
    "grants": "transactions",
    "slots": "transactions",
    "entries": "decisions",
    "waiting_list": "decisions",
}
# What may wait to be sealed; other rows are sealed with these.
COVERED: Mapping[str, SealedTable] = {
    "decisions": SealedTable((decisions.c.id,), ()),
    "transactions": SealedTable((transactions.c.id,), ()),
    **SEALED_TABLES,
}
_BROKEN = N_("the chain of {key}, lane {lane}, is broken at seal {number}")
_CHANGED = N_("{table} {id} is not what was sealed")
_UNCOVERED = N_("{table} {id} is in no seal and waits for none")
_MISSING = N_("the chain of {key}, lane {lane}, has no seal {number}, but its head was published")
_OTHER = N_("seal {number} of {key}, lane {lane}, is not the one that was published: history was rewritten")
_OTHER_TIME = N_(
    "seal {number} of {key}, lane {lane}, says that it was made at {found}, published was {published}"
)
_Ids = defaultdict[str, set[str]]
SealState = Literal["sealed", "waiting", "changed", "none"]


def seal_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every break of a chain, every row that differs from its seal, and every uncovered row."""
    covered: _Ids = defaultdict(set)
    yield from _chains(connection, covered)
    yield from _queue(connection, covered)
    yield from _uncovered(connection, covered)


def _chains(connection: Connection, covered: _Ids) -> Iterator[Fault]:
    for seal, faults in iter_links(connection):
        yield from faults
        _, _, records = seal.digests.partition("\n")
        yield from _sealed(connection, records, covered)


def iter_links(connection: Connection) -> Iterator[tuple[Row[Any], tuple[Fault, ...]]]:
    """Yield the seals of all chains in their order, each with what is wrong with its link."""
    at: tuple[str, int] | None = None
    number, previous = 0, GENESIS_HASH
    query = select(seals).order_by(seals.c.book, seals.c.lane, seals.c.number)
    for row in connection.execute(query.execution_options(yield_per=100)):
        if (row.book, row.lane) != at:
            at, number, previous = (row.book, row.lane), 0, GENESIS_HASH
        number += 1
        yield row, tuple(_check_link(row, number, previous))
        number, previous = row.number, row.hash


def _check_link(seal: Row[Any], number: int, previous: str) -> Iterator[Fault]:
    """Check a seal's own hash, its place after the one before it, and its time."""
    expected = seal_hash(seal.book, seal.lane, number, previous, seal.digests)
    if (seal.number, seal.previous, seal.hash) != (number, previous, expected):
        yield disagreement(_BROKEN, key=seal.book, lane=seal.lane, number=seal.number)
    stated, _, _ = seal.digests.partition("\n")
    if stated != format_seal_time(seal.sealed_at):
        told = N_("seal {number} of {key}, lane {lane}, was not made at {at}")
        at_text = seal.sealed_at.isoformat()
        yield disagreement(told, number=seal.number, key=seal.book, lane=seal.lane, at=at_text)


def _sealed(connection: Connection, records: str, covered: _Ids) -> Iterator[Fault]:
    """Check that every sealed row exists and is unchanged."""
    wanted = _parse_records(records)
    ids: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for table, id_ in wanted:
        ids[PROVED_BY.get(table, table)][id_] = None
        covered[table].add(id_)
    for record in iter_sealed_records(connection, {table: list(some) for table, some in ids.items()}):
        sealed = wanted.pop((record.table, record.id), None)
        if sealed is not None and sealed != f"{record.digest} {record.rest}":
            yield disagreement(_CHANGED, table=record.table, id=record.id)
    for table, id_ in wanted:
        yield disagreement(N_("{table} {id} was sealed and is missing"), table=table, id=id_)


def _parse_records(records: str) -> dict[tuple[str, str], str]:
    """Return the digests of a seal's lines by table and id."""
    found = {}
    for line in records.splitlines():
        table, _, rest = line.partition(" ")
        id_, _, digest = rest.partition(" ")
        found[table, id_] = digest
    return found


def _queue(connection: Connection, covered: _Ids) -> Iterator[Fault]:
    """Check that every row that waits to be sealed exists."""
    for number, text in connection.execute(select(unsealed.c.number, unsealed.c.rows)):
        ids = parse_queued_ids(text)
        if not ids:
            yield disagreement(N_("batch {id} that waits to be sealed can't be read"), id=number)
        there = {(record.table, record.id) for record in iter_sealed_records(connection, ids)}
        for table, some in ids.items():
            covered[table].update(some)
            yield from _missing(table, some, there)


def _missing(table: str, ids: Iterable[str], there: set[tuple[str, str]]) -> Iterator[Fault]:
    for id_ in ids:
        if (table, id_) not in there:
            yield disagreement(N_("{table} {id} waits to be sealed and is missing"), table=table, id=id_)


def _uncovered(connection: Connection, covered: _Ids) -> Iterator[Fault]:
    for table, kept in COVERED.items():
        known = covered[table]
        for id_ in kept.ids(connection):
            if id_ not in known:
                yield disagreement(_UNCOVERED, table=table, id=id_)


def head_disagreements(connection: Connection, published: Sequence[ChainHead]) -> Iterator[Fault]:
    """Yield every published head that is not the seal of its number in the database."""
    for head in published:
        query = select(seals.c.hash, seals.c.sealed_at).where(
            seals.c.book == head.book, seals.c.lane == head.lane, seals.c.number == head.number
        )
        row = connection.execute(query).one_or_none()
        named = {"key": head.book, "lane": head.lane, "number": head.number}
        if row is None:
            yield disagreement(_MISSING, **named)
        elif row.hash != head.hash:
            yield disagreement(_OTHER, **named)
        elif row.sealed_at != head.sealed_at:
            found, then = row.sealed_at.isoformat(), head.sealed_at.isoformat()
            yield disagreement(_OTHER_TIME, **named, found=found, published=then)


@dataclass(frozen=True, slots=True)
class SealLink:
    """The link of the hash chain that covers a row."""

    book: str
    lane: int
    number: int
    hash: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class RowSeal:
    """How a row is sealed; ``changed`` since, or in no seal (``none``), it is not what was committed."""

    state: SealState
    link: SealLink | None = None


RowSeals = dict[tuple[str, str], RowSeal]  # by table and id


def find_row_seals(
    connection: Connection, ids: Mapping[str, Sequence[str]]
) -> tuple[RowSeals, tuple[Fault, ...]]:
    """Return how each of these rows is sealed, and a fault for each row and each link that isn't as it was sealed.

    A link is found by a text search; rows that were committed together lie in one.
    """
    links: list[tuple[SealLink, dict[tuple[str, str], str]]] = []
    found: RowSeals = {}
    faults: list[Fault] = []
    for record in iter_sealed_records(connection, ids):
        row = record.table, record.id
        one = next((one for one in links if row in one[1]), None)
        seal, waits = None, False
        if one is None and (seal := _find_seal(connection, record, record.book)) is None:
            waits = _waits(connection, record)
            seal = None if waits else _find_seal(connection, record)
        if seal is not None:
            one = (
                SealLink(seal.book, seal.lane, seal.number, seal.hash, seal.sealed_at),
                _parse_records(seal.digests),
            )
            links.append(one)
            faults += _check_among_neighbours(connection, seal)
        if one is None:
            found[row] = RowSeal("waiting" if waits else "none")
        else:
            is_same = one[1].get(row) == f"{record.digest} {record.rest}"
            found[row] = RowSeal("sealed" if is_same else "changed", one[0])
    told = {"changed": _CHANGED, "none": _UNCOVERED}
    faults += [
        disagreement(told[seal.state], table=table, id=id_)
        for (table, id_), seal in found.items()
        if seal.state in told
    ]
    return found, tuple(faults)


def _find_seal(connection: Connection, record: SealedRecord, book: str | None = None) -> Row[Any] | None:
    """Return the seal whose text names a row: of a book, or of any, since a row that was changed may lie in another."""
    named = seals.c.digests.contains(f"\n{record.table} {record.id} ", autoescape=True)
    query = select(seals).where(named).order_by(seals.c.number).limit(1)
    return connection.execute(query if book is None else query.where(seals.c.book == book)).one_or_none()


def _check_among_neighbours(connection: Connection, seal: Row[Any]) -> Iterator[Fault]:
    """Check a seal's link to the one before it, and that the next one follows it."""
    chain = select(seals.c.number, seals.c.previous, seals.c.hash).where(
        seals.c.book == seal.book,
        seals.c.lane == seal.lane,
        seals.c.number.between(seal.number - 1, seal.number + 1),
    )
    by_number = {row.number: row for row in connection.execute(chain)}
    before, after = by_number.get(seal.number - 1), by_number.get(seal.number + 1)
    previous = before.hash if before else GENESIS_HASH if seal.number == 1 else ""
    yield from _check_link(seal, seal.number, previous)
    if after is not None and after.previous != seal.hash:
        yield disagreement(_BROKEN, key=seal.book, lane=seal.lane, number=after.number)


def _waits(connection: Connection, record: SealedRecord) -> bool:
    """Return whether a row, or the row that it is sealed with, waits to be sealed."""
    named = unsealed.c.rows.contains(record.id, autoescape=True)
    queued = connection.execute(select(unsealed.c.rows).where(named)).scalars()
    table = PROVED_BY.get(record.table, record.table)
    return any(record.id in parse_queued_ids(text).get(table, ()) for text in queued)
