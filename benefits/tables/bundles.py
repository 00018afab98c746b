"""All rows that belong to one decision, read together: grants, slots, transactions with their lines."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, Table, bindparam, select

from benefits.model.chunks import CHUNK_SIZE, chunks
from benefits.tables.decisions import decisions, entries, grants, limit_slots, postings, waiting_list
from benefits.tables.draws import lapses
from benefits.tables.rulebook import freed_slots, reversals
from benefits.tables.transactions import transactions
from store import read_records

Record = dict[str, Any]  # a row of any table, as it is read from a database or a file
Lines = tuple[tuple[int, str, int, str], ...]  # of a transaction: number, account, amount, unit
BUNDLE_TABLES = (
    "decisions",
    "grants",
    "limit_slots",
    "freed_slots",
    "transactions",
    "entries",
    "waiting_list",
    "reversals",
    "lapses",
)
NON_CANONICAL_COLUMNS = frozenset({"sequence", "recorded_at", "moved_at", "act", "act_id", "bounds"})
_IDS_AT_ONCE = 10_000
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)


@dataclass(slots=True)
class DecisionBundle:
    """The rows of one decision, by table.

    A transaction has ``lines``: number, account, amount, unit of each posting.
    """

    id: str
    rows: dict[str, list[Record]] = field(default_factory=dict)

    def rows_of(self, table: str) -> Sequence[Record]:
        return self.rows.get(table, ())

    def add_row(self, table: str, row: Record) -> None:
        self.rows.setdefault(table, []).append(row)

    def records(self) -> Iterator[tuple[str, Record]]:
        """Yield all rows, in the order of the export."""
        for table in BUNDLE_TABLES:
            for row in self.rows_of(table):
                yield table, row


def iter_decision_bundles(connection: Connection) -> Iterator[DecisionBundle]:
    """Yield the bundles of all decisions in the order of their ids, some hundreds in memory at a time."""
    query = select(decisions).order_by(decisions.c.id).limit(CHUNK_SIZE)
    last = ""
    while rows := [*read_records(connection.execute(query.where(decisions.c.id > last)))]:
        yield from read_decision_bundles(connection, rows)
        last = rows[-1]["id"]


def read_decision_bundles(connection: Connection, rows: Sequence[Record]) -> list[DecisionBundle]:
    """Read the rows that belong to these decisions."""
    found = {row["id"]: DecisionBundle(row["id"], {"decisions": [row]}) for row in rows}
    ids = list(found)
    of_grant: dict[str, DecisionBundle] = {}
    for row in _read(
        connection, select(grants).where(grants.c.decision_id.in_(_IDS)).order_by(grants.c.id), ids
    ):
        found[row["decision_id"]].add_row("grants", row)
        of_grant[row["id"]] = found[row["decision_id"]]
    if of_grant:
        for name, row in iter_grant_records(connection, list(of_grant)):
            if row["grant_id"] in of_grant:  # a promise of another grant is reported as an orphan
                of_grant[row["grant_id"]].add_row(name, row)
    for table in (entries, waiting_list):
        for row in _read(connection, select(table).where(table.c.id.in_(_IDS)), ids):
            found[row["id"]].add_row(table.name, row)
    return list(found.values())


def iter_grant_records(connection: Connection, ids: Sequence[str]) -> Iterator[tuple[str, Record]]:
    """Yield slots, transactions, reversals and lapses of grants, each table in the order of its keys."""
    slots_in_order = ("limit_key", "slot")
    for table in (limit_slots, freed_slots):
        for row in sorted(
            _read(connection, _where_grant(table), ids), key=lambda r: [r[n] for n in slots_in_order]
        ):
            yield table.name, row
    for row in read_grant_transactions(connection, ids):
        yield "transactions", row
    for table in (reversals, lapses):
        rows = _read(connection, _where_grant(table), ids)
        yield from ((table.name, row) for row in sorted(rows, key=lambda r: str(r["grant_id"])))


def _where_grant(table: Table) -> Select[Any]:
    return select(table).where(table.c.grant_id.in_(_IDS))


def read_grant_transactions(connection: Connection, ids: Sequence[str]) -> list[Record]:
    """Read the promise of each grant, then its later transactions by id, with their lines."""
    promises = select(transactions).where(transactions.c.id.in_(_IDS), transactions.c.kind == "promise")
    later = select(transactions).where(transactions.c.grant_id.in_(_IDS), transactions.c.kind != "promise")
    rows = [*_read(connection, promises, ids), *_read(connection, later, ids)]
    rows.sort(key=lambda row: (str(row["grant_id"]), row["kind"] != "promise", row["id"]))
    return attach_postings(connection, rows)


def attach_postings(connection: Connection, rows: list[Record]) -> list[Record]:
    """Add the postings to each transaction as ``lines``."""
    query = (
        select(
            postings.c.transaction_id, postings.c.line, postings.c.account, postings.c.amount, postings.c.unit
        )
        .where(postings.c.transaction_id.in_(_IDS))
        .order_by(postings.c.transaction_id, postings.c.line)
    )
    lines: defaultdict[str, list[tuple[int, str, int, str]]] = defaultdict(list)
    for some in chunks([row["id"] for row in rows], _IDS_AT_ONCE):
        for id_, *line in connection.execute(query, {"ids": some}):
            lines[id_].append(tuple(line))
    for row in rows:
        row["lines"] = tuple(lines[row["id"]])
    return rows


def iter_orphan_records(connection: Connection) -> Iterator[tuple[str, Record]]:
    """Yield rows that belong to no decision; a sound ledger has none."""
    grantless = grants.c.id.is_(None)
    query = (
        select(grants)
        .outerjoin(decisions, decisions.c.id == grants.c.decision_id)
        .where(decisions.c.id.is_(None))
    )
    lost = [*read_records(connection.execute(query))]
    for row in lost:
        yield "grants", row
    yield from iter_grant_records(connection, [row["id"] for row in lost])
    for table in (limit_slots, freed_slots, reversals, lapses):
        alone = select(table).outerjoin(grants, grants.c.id == table.c.grant_id).where(grantless)
        yield from ((table.name, row) for row in read_records(connection.execute(alone)))
    stray = select(transactions).outerjoin(grants, grants.c.id == transactions.c.grant_id).where(grantless)
    misnamed = select(transactions).where(
        transactions.c.kind == "promise", transactions.c.id != transactions.c.grant_id
    )
    found = [row for q in (stray, misnamed) for row in read_records(connection.execute(q))]
    yield from (("transactions", row) for row in attach_postings(connection, found))
    yield from (("postings", row) for row in _stray_postings(connection))
    for table in (entries, waiting_list):
        undecided = (
            select(table).outerjoin(decisions, decisions.c.id == table.c.id).where(decisions.c.id.is_(None))
        )
        yield from ((table.name, row) for row in read_records(connection.execute(undecided)))


def _stray_postings(connection: Connection) -> Iterator[Record]:
    query = (
        select(postings)
        .outerjoin(transactions, transactions.c.id == postings.c.transaction_id)
        .where(transactions.c.id.is_(None))
        .order_by(postings.c.transaction_id, postings.c.line)
    )
    return read_records(connection.execute(query))


def _read(connection: Connection, query: Select[Any], ids: Sequence[str]) -> list[Record]:
    return [
        row
        for some in chunks(ids, _IDS_AT_ONCE)
        for row in read_records(connection.execute(query, {"ids": some}))
    ]


def runner_columns(row: Mapping[str, object]) -> Record:
    """Return the columns of a row that depend on the runner, by name: times, numbers of acts, bounds."""
    return {name: row[name] for name in sorted(NON_CANONICAL_COLUMNS & row.keys())}


def canonical_record(row: Mapping[str, object]) -> Record:
    """Return a row without the columns that depend on the runner rather than on the decision."""
    return {name: value for name, value in row.items() if name not in NON_CANONICAL_COLUMNS}
