"""The hash chains against the rows that they cover."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from sqlalchemy import Connection, select

from benefits.sealing.queue import queued
from benefits.sealing.records import records_of
from benefits.sealing.sealing import BEGINNING, seal_hash
from benefits.tables.decisions import decisions
from benefits.tables.sealed import ALONE, Kept
from benefits.tables.transactions import seals, transactions, unsealed
from benefits.verification.bundles import Disagreement, wrong

N_ = str  # marks a text for the message catalogue

_PROVED_BY: Mapping[str, str] = {
    "grants": "transactions",
    "slots": "transactions",
    "entries": "decisions",
    "waiting_list": "decisions",
}
_COVERED: Mapping[str, Kept] = {
    "decisions": Kept((decisions.c.id,), ()),
    "transactions": Kept((transactions.c.id,), ()),
    **ALONE,
}
_Ids = defaultdict[str, set[str]]


def seal_disagreements(connection: Connection) -> Iterator[Disagreement]:
    """Every break of a chain, every row that is not what was sealed, every row that no seal covers."""
    covered: _Ids = defaultdict(set)
    yield from _chains(connection, covered)
    yield from _queue(connection, covered)
    yield from _uncovered(connection, covered)


def _chains(connection: Connection, covered: _Ids) -> Iterator[Disagreement]:
    at: tuple[str, int] | None = None
    number, previous = 0, BEGINNING
    query = select(seals).order_by(seals.c.book, seals.c.lane, seals.c.number)
    for row in connection.execute(query.execution_options(yield_per=100)):
        if (row.book, row.lane) != at:
            at, number, previous = (row.book, row.lane), 0, BEGINNING
        number += 1
        expected = seal_hash(row.book, row.lane, number, previous, row.digests)
        if (row.number, row.previous, row.hash) != (number, previous, expected):
            yield wrong(
                N_("the chain of {key}, lane {lane}, is broken at seal {number}"),
                key=row.book,
                lane=row.lane,
                number=row.number,
            )
            number = row.number
        previous = row.hash
        yield from _sealed(connection, row.digests, covered)


def _sealed(connection: Connection, digests: str, covered: _Ids) -> Iterator[Disagreement]:
    """What was sealed is there and is the same."""
    wanted = {}
    ids: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in digests.splitlines():
        table, _, rest = line.partition(" ")
        id_, _, digest = rest.partition(" ")
        wanted[table, id_] = digest
        ids[_PROVED_BY.get(table, table)][id_] = None
        covered[table].add(id_)
    for record in records_of(connection, {table: list(some) for table, some in ids.items()}):
        sealed = wanted.pop((record.table, record.id), None)
        if sealed is not None and sealed != f"{record.digest} {record.rest}":
            yield wrong(N_("{table} {id} is not what was sealed"), table=record.table, id=record.id)
    for table, id_ in wanted:
        yield wrong(N_("{table} {id} was sealed and is missing"), table=table, id=id_)


def _queue(connection: Connection, covered: _Ids) -> Iterator[Disagreement]:
    """What waits to be sealed is there."""
    for number, text in connection.execute(select(unsealed.c.number, unsealed.c.rows)):
        ids = queued(text)
        if not ids:
            yield wrong(N_("batch {id} that waits to be sealed can't be read"), id=number)
        there = {(record.table, record.id) for record in records_of(connection, ids)}
        for table, some in ids.items():
            covered[table].update(some)
            yield from _missing(table, some, there)


def _missing(table: str, ids: Iterable[str], there: set[tuple[str, str]]) -> Iterator[Disagreement]:
    for id_ in ids:
        if (table, id_) not in there:
            yield wrong(N_("{table} {id} waits to be sealed and is missing"), table=table, id=id_)


def _uncovered(connection: Connection, covered: _Ids) -> Iterator[Disagreement]:
    for table, kept in _COVERED.items():
        known = covered[table]
        for id_ in kept.ids(connection):
            if id_ not in known:
                yield wrong(N_("{table} {id} is in no seal and waits for none"), table=table, id=id_)
