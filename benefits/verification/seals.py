"""Check the hash chains against the rows that they cover."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, select

from benefits.sealing.sealing import (
    GENESIS_HASH,
    SEAL_TIME,
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

_PROVED_BY: Mapping[str, str] = {
    "grants": "transactions",
    "slots": "transactions",
    "entries": "decisions",
    "waiting_list": "decisions",
}
_COVERED: Mapping[str, SealedTable] = {
    "decisions": SealedTable((decisions.c.id,), ()),
    "transactions": SealedTable((transactions.c.id,), ()),
    **SEALED_TABLES,
}
_Ids = defaultdict[str, set[str]]


def seal_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every break of a chain, every row that differs from its seal, and every uncovered row."""
    covered: _Ids = defaultdict(set)
    yield from _chains(connection, covered)
    yield from _queue(connection, covered)
    yield from _uncovered(connection, covered)


def _chains(connection: Connection, covered: _Ids) -> Iterator[Fault]:
    at: tuple[str, int] | None = None
    number, previous = 0, GENESIS_HASH
    query = select(seals).order_by(seals.c.book, seals.c.lane, seals.c.number)
    for row in connection.execute(query.execution_options(yield_per=100)):
        if (row.book, row.lane) != at:
            at, number, previous = (row.book, row.lane), 0, GENESIS_HASH
        number += 1
        expected = seal_hash(row.book, row.lane, number, previous, row.digests)
        if (row.number, row.previous, row.hash) != (number, previous, expected):
            yield disagreement(
                N_("the chain of {key}, lane {lane}, is broken at seal {number}"),
                key=row.book,
                lane=row.lane,
                number=row.number,
            )
            number = row.number
        previous = row.hash
        if row.digests.partition("\n")[0] != format_seal_time(row.sealed_at):
            told = N_("seal {number} of {key}, lane {lane}, was not made at {at}")
            at_text = row.sealed_at.isoformat()
            yield disagreement(told, number=row.number, key=row.book, lane=row.lane, at=at_text)
        yield from _sealed(connection, row.digests, covered)


def _sealed(connection: Connection, digests: str, covered: _Ids) -> Iterator[Fault]:
    """Check that every sealed row exists and is unchanged."""
    wanted = {}
    ids: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in digests.splitlines():
        table, _, rest = line.partition(" ")
        if table == SEAL_TIME:
            continue
        id_, _, digest = rest.partition(" ")
        wanted[table, id_] = digest
        ids[_PROVED_BY.get(table, table)][id_] = None
        covered[table].add(id_)
    for record in iter_sealed_records(connection, {table: list(some) for table, some in ids.items()}):
        sealed = wanted.pop((record.table, record.id), None)
        if sealed is not None and sealed != f"{record.digest} {record.rest}":
            yield disagreement(N_("{table} {id} is not what was sealed"), table=record.table, id=record.id)
    for table, id_ in wanted:
        yield disagreement(N_("{table} {id} was sealed and is missing"), table=table, id=id_)


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
    for table, kept in _COVERED.items():
        known = covered[table]
        for id_ in kept.ids(connection):
            if id_ not in known:
                yield disagreement(N_("{table} {id} is in no seal and waits for none"), table=table, id=id_)
