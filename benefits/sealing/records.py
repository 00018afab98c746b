"""The rows that a seal covers, each with its digests."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from pydantic_core import to_json
from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, select

from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.model.chunks import chunks
from benefits.tables.bundles import NON_CANONICAL_COLUMNS, Record, attach_postings, canonical_record
from benefits.tables.decisions import decisions, entries, grants, limit_slots, postings, waiting_list
from benefits.tables.lines import parse_counter_uses, render_export_line, short_digest
from benefits.tables.rulebook import freed_slots
from benefits.tables.sealed import SEALED_TABLES
from benefits.tables.transactions import transactions

UNBUDGETED_BOOK = "others"  # the book of the rows that no budget pays for
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """One row: ``digest`` covers the exported columns, ``rest`` the time and the act of writing."""

    book: str
    table: str
    id: str
    digest: str
    rest: str

    @property
    def line(self) -> str:
        return f"{self.table} {self.id} {self.digest} {self.rest}"


def iter_sealed_records(connection: Connection, ids: Mapping[str, Sequence[str]]) -> Iterator[SealedRecord]:
    """Yield the rows for ids of decisions, transactions and other sealed tables; missing rows are left out."""
    for some in chunks(ids.get("decisions", ())):
        yield from _decisions(connection, some)
    for some in chunks(ids.get("transactions", ())):
        yield from _transactions(connection, some)
    for table, kept in SEALED_TABLES.items():
        for some in chunks(ids.get(table, ())):
            for id_, row in kept.rows(connection, some):
                yield _record(UNBUDGETED_BOOK, table, row, id_)


def _decisions(connection: Connection, ids: Sequence[str]) -> Iterator[SealedRecord]:
    books = {}
    for row in _rows(connection, decisions, ids):
        books[row["id"]] = _book_of(row)
        yield _record(books[row["id"]], "decisions", row)
    for table in (entries, waiting_list):
        for row in _rows(connection, table, ids):
            yield _record(books.get(row["id"], UNBUDGETED_BOOK), table.name, row)


def _book_of(decision: Record) -> str:
    try:
        return _book(parse_counter_uses(decision))
    except ValueError:  # the row was changed, and its digest shows it
        return UNBUDGETED_BOOK


def _book(keys: Iterable[str]) -> str:
    return min((key for key in keys if key.startswith(BUDGET_PREFIX)), default=UNBUDGETED_BOOK)


def _transactions(connection: Connection, ids: Sequence[str]) -> Iterator[SealedRecord]:
    rows = attach_postings(connection, _rows(connection, transactions, ids))
    books = _funding(connection, sorted({row["grant_id"] or row["id"] for row in rows}))
    for row in rows:
        yield _record(books.get(row["grant_id"], UNBUDGETED_BOOK), "transactions", row)
    promised = [row["grant_id"] for row in rows if row["kind"] == "promise"]
    for row in _rows(connection, grants, promised):
        yield _record(books.get(row["id"], UNBUDGETED_BOOK), "grants", row)
    for id_, slots in _slots(connection, promised).items():
        digest = short_digest(to_json(sorted(slots)))
        yield SealedRecord(books.get(id_, UNBUDGETED_BOOK), "slots", id_, digest, "-")


def _funding(connection: Connection, grant_ids: Sequence[str]) -> Mapping[str, str]:
    """Return the book of each grant: the budget that it was promised from, if any."""
    query = select(postings.c.transaction_id, postings.c.account).where(
        postings.c.transaction_id.in_(_IDS), postings.c.amount < 0, postings.c.unit == FEN
    )
    rows = connection.execute(query, {"ids": grant_ids})
    return {row.transaction_id: _book([row.account]) for row in rows}


def _slots(connection: Connection, grant_ids: Sequence[str]) -> Mapping[str, list[tuple[str, int]]]:
    """Return the slots that each grant took, whether it still has them or not."""
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
    _, digest = render_export_line(table, canonical_record(row))
    rest = sha256(
        to_json({name: row[name] for name in sorted(NON_CANONICAL_COLUMNS & row.keys())})
    ).hexdigest()[:16]
    return SealedRecord(book, table, id_ or row["id"], digest, rest)
