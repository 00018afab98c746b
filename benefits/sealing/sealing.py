"""Seal committed rows in hash chains soon after their commit, without delaying the next batch.

There is one chain for each budget and lane of writers; chains hold pseudonyms only. Of two sealers at once
one waits, so that a chain never forks. The interval at which a runner seals bounds what waits;
``read_seal_gap`` reports it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import BindParameter, Connection, Row, Select, Table, bindparam, delete, func, insert, select

from benefits.model.accounts import BUDGET_PREFIX, FEN
from benefits.model.chunks import chunks
from benefits.tables.bundles import Record, attach_postings, canonical_record, runner_columns
from benefits.tables.decisions import decisions, entries, grants, limit_slots, postings, waiting_list
from benefits.tables.lines import parse_counter_uses, render_export_line, short_digest
from benefits.tables.rulebook import freed_slots
from benefits.tables.sealed import SEALED_TABLES
from benefits.tables.transactions import account_balances, seals, transactions
from store import insert_into, lock_exclusive, read_records, unsealed

AccountSums = Counter[tuple[str, str]]  # account and unit → amount
TakenSlot = tuple[
    str, int, date | str
]  # key of the limit, slot, day on which it counts (in an export as text)
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
        yield SealedRecord(books.get(id_, UNBUDGETED_BOOK), "slots", id_, slots_digest(slots), "-")


def _funding(connection: Connection, grant_ids: Sequence[str]) -> Mapping[str, str]:
    """Return the book of each grant: the budget that it was promised from, if any."""
    query = select(postings.c.transaction_id, postings.c.account).where(
        postings.c.transaction_id.in_(_IDS), postings.c.amount < 0, postings.c.unit == FEN
    )
    rows = connection.execute(query, {"ids": grant_ids})
    return {row.transaction_id: _book([row.account]) for row in rows}


def _slots(connection: Connection, grant_ids: Sequence[str]) -> Mapping[str, list[TakenSlot]]:
    """Return the slots that each grant took, whether it still has them or not."""
    found: dict[str, list[TakenSlot]] = {}
    for table in (limit_slots, freed_slots):
        query = select(table.c.grant_id, table.c.limit_key, table.c.slot, table.c.day)
        of_grants = query.where(table.c.grant_id.in_(_IDS))
        for grant_id, key, slot, day in connection.execute(of_grants, {"ids": grant_ids}):
            found.setdefault(grant_id, []).append((key, slot, day))
    return found


def _rows(connection: Connection, table: Table, ids: Sequence[str]) -> list[Record]:
    query: Select[Any] = select(table).where(table.c.id.in_(_IDS)).order_by(table.c.id)
    return [*read_records(connection.execute(query, {"ids": ids}))]


def _record(book: str, table: str, row: Record, id_: str | None = None) -> SealedRecord:
    _, digest = render_export_line(table, canonical_record(row))
    return SealedRecord(book, table, id_ or row["id"], digest, rest_digest(runner_columns(row)))


def slots_digest(slots: Iterable[TakenSlot]) -> str:
    """Return the digest of the slots that a grant took."""
    return short_digest(to_json(sorted(slots)))


def rest_digest(columns: Record) -> str:
    """Return the second digest of a row: of the time and the act of writing."""
    return sha256(to_json(columns)).hexdigest()[:16]


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
    digests = "\n".join([format_seal_time(now), *(record.line for record in records)])
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
    """Return the SHA-256 of a seal: its place, the previous hash, and its digests with its time."""
    return sha256("\n".join((book, str(lane), str(number), previous, digests)).encode()).hexdigest()


def format_seal_time(at: datetime) -> str:
    """Return the first of the lines that a seal covers: when it was made."""
    return f"sealed_at {at.astimezone(UTC).isoformat(timespec='microseconds')} - -"


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


_SUMS = (
    select(postings.c.account, postings.c.unit, func.sum(postings.c.amount))
    .where(postings.c.transaction_id.in_(bindparam("ids", expanding=True)))
    .group_by(postings.c.account, postings.c.unit)
)


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The balance of an account in one unit; what left the account counts as negative."""

    account: str
    unit: str
    amount: int


def list_account_balances(connection: Connection) -> list[AccountBalance]:
    """List the balances of all accounts by name, up to the last commit, sealed or not."""
    total = read_sealed_balances(connection)
    total.update(sum_postings(connection, list(iter_unsealed_transactions(connection))))
    return [AccountBalance(account, unit, amount) for (account, unit), amount in sorted(total.items())]


def read_sealed_balances(connection: Connection) -> AccountSums:
    """Read the balances that sealing has summed up."""
    rows = connection.execute(select(account_balances))
    return Counter({(row.account, row.unit): row.balance for row in rows})


def sum_postings(connection: Connection, transaction_ids: Sequence[str]) -> AccountSums:
    """Return what these transactions add to each account."""
    total: AccountSums = Counter()
    for some in chunks(transaction_ids):
        for account, unit, amount in connection.execute(_SUMS, {"ids": some}):
            total[account, unit] += int(amount)
    return total


def iter_unsealed_transactions(connection: Connection) -> Iterator[str]:
    """Yield the ids of the transactions that wait to be sealed."""
    for text in connection.execute(select(unsealed.c.rows).order_by(unsealed.c.number)).scalars():
        yield from parse_queued_ids(text).get("transactions", ())


def add_to_sealed_balances(connection: Connection, sums: AccountSums) -> None:
    """Add to the stored balances in the order of accounts, as every sealer does."""
    rows = [
        {"account": account, "unit": unit, "balance": amount}
        for (account, unit), amount in sorted(sums.items())
    ]
    if rows:
        statement = insert_into(connection, account_balances)
        added = account_balances.c.balance + statement.excluded.balance
        connection.execute(
            statement.on_conflict_do_update(index_elements=["account", "unit"], set_={"balance": added}), rows
        )


def parse_queued_ids(text: str) -> dict[str, list[str]]:
    """Parse the ids that a batch queued, by table; an invalid text gives none, and ``verify`` reports it."""
    try:
        return {str(table): [str(id_) for id_ in ids] for table, ids in from_json(text).items()}
    except (ValueError, AttributeError, TypeError):
        return {}
