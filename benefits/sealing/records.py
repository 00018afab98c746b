"""The rows that a seal covers, each with its digests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic_core import to_json
from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, select

from benefits.model.accounts import BUDGET, FEN
from benefits.model.chunks import portions
from benefits.tables.bundles import LEFT_OUT, Record, canonical, with_lines
from benefits.tables.decisions import decisions, entries, grants, limit_slots, postings, waiting_list
from benefits.tables.lines import digest_of, render, uses_of
from benefits.tables.rulebook import freed_slots
from benefits.tables.sealed import ALONE
from benefits.tables.transactions import transactions

OTHERS = "others"  # the book of what no budget pays for
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One row: ``digest`` of what the export holds of it, ``rest`` of when and by what act it was written."""

    book: str
    table: str
    id: str
    digest: str
    rest: str

    @property
    def line(self) -> str:
        return f"{self.table} {self.id} {self.digest} {self.rest}"


def records_of(connection: Connection, ids: Mapping[str, Sequence[str]]) -> Iterator[SealedRecord]:
    """The rows that are meant by ids of decisions, of transactions, of what stands alone; what is missing is left out."""
    for some in portions(ids.get("decisions", ())):
        yield from _decisions(connection, some)
    for some in portions(ids.get("transactions", ())):
        yield from _transactions(connection, some)
    for table, kept in ALONE.items():
        for some in portions(ids.get(table, ())):
            for id_, row in kept.rows(connection, some):
                yield _record(OTHERS, table, row, id_)


def _decisions(connection: Connection, ids: Sequence[str]) -> Iterator[SealedRecord]:
    books = {}
    for row in _rows(connection, decisions, ids):
        books[row["id"]] = _book_of(row)
        yield _record(books[row["id"]], "decisions", row)
    for table in (entries, waiting_list):
        for row in _rows(connection, table, ids):
            yield _record(books.get(row["id"], OTHERS), table.name, row)


def _book_of(decision: Record) -> str:
    try:
        return _book(uses_of(decision))
    except ValueError:  # somebody changed it: the digest tells
        return OTHERS


def _book(keys: Iterable[str]) -> str:
    return min((key for key in keys if key.startswith(BUDGET)), default=OTHERS)


def _transactions(connection: Connection, ids: Sequence[str]) -> Iterator[SealedRecord]:
    rows = with_lines(connection, _rows(connection, transactions, ids))
    books = _funding(connection, sorted({row["grant_id"] or row["id"] for row in rows}))
    for row in rows:
        yield _record(books.get(row["grant_id"], OTHERS), "transactions", row)
    promised = [row["grant_id"] for row in rows if row["kind"] == "promise"]
    for row in _rows(connection, grants, promised):
        yield _record(books.get(row["id"], OTHERS), "grants", row)
    for id_, slots in _slots(connection, promised).items():
        digest = digest_of(to_json(sorted(slots)))
        yield SealedRecord(books.get(id_, OTHERS), "slots", id_, digest, "-")


def _funding(connection: Connection, grant_ids: Sequence[str]) -> Mapping[str, str]:
    """The budget that each grant was promised from, where it was one."""
    query = select(postings.c.transaction_id, postings.c.account).where(
        postings.c.transaction_id.in_(_IDS), postings.c.amount < 0, postings.c.unit == FEN
    )
    rows = connection.execute(query, {"ids": grant_ids})
    return {row.transaction_id: _book([row.account]) for row in rows}


def _slots(connection: Connection, grant_ids: Sequence[str]) -> Mapping[str, list[tuple[str, int]]]:
    """What a grant took, whether it still has it or not."""
    found: dict[str, list[tuple[str, int]]] = {}
    for table in (limit_slots, freed_slots):
        query = select(table.c.grant_id, table.c.limit_key, table.c.slot).where(table.c.grant_id.in_(_IDS))
        for grant_id, key, slot in connection.execute(query, {"ids": grant_ids}):
            found.setdefault(grant_id, []).append((key, slot))
    return found


def _rows(connection: Connection, table: Table, ids: Sequence[str]) -> list[Record]:
    query: Select[Any] = select(table).where(table.c.id.in_(_IDS)).order_by(table.c.id)
    return [dict(row) for row in connection.execute(query, {"ids": ids}).mappings()]


def _record(book: str, table: str, row: Record, id_: str | None = None) -> SealedRecord:
    _, digest = render(table, canonical(row))
    rest = sha256(to_json({name: row[name] for name in sorted(LEFT_OUT & row.keys())})).hexdigest()[:16]
    return SealedRecord(book, table, id_ or row["id"], digest, rest)
