"""The ledger of an export: bundles are checked while they are read, other checks are queries on a scratch database.

A decision and its rows stand together in an export; rows elsewhere belong to nothing. The scratch database is a
file, about 1.5 kB a decision (2.7 kB with seals). It holds the rows without the postings that no query reads, the
digests of lines, and where the postings of each grant leave it. Memory holds its cache of 64 MB, 8 bytes a grant,
and of an export with seals the ids of all sealed rows, as the verification of a database does.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, select
from sqlalchemy.exc import IntegrityError

from benefits.model.accounts import STAGES
from benefits.model.chunks import chunks
from benefits.model.moves import ALLOWED_MOVES
from benefits.sealing.sealing import SealedRecord, iter_slot_records, iter_table_records, parse_queued_ids
from benefits.tables.bundles import BUNDLE_TABLES, DecisionBundle, Lines, Record
from benefits.tables.decisions import postings
from benefits.tables.exported import EXPORTED
from benefits.tables.transactions import grant_balances, transactions
from benefits.verification.audit import LedgerAudit
from benefits.verification.bundles import compute_stage_amounts, disagreement
from benefits.verification.export_reading import STRANGE, UNREADABLE, ExportReading, read_lines, row_shape
from core.faults import Fault
from core.text_marks import N_

_AT_ONCE = 2_000  # rows of a table in memory
# The kinds whose postings the queries read: uses, refunds, and what went back.
_READ_KINDS = frozenset(
    {"redeem", "refund"}
    | {kind for kind, pairs in ALLOWED_MOVES.items() if any(to == "reversed" for _, to in pairs)}
)
_ASSIGNED = frozenset({*BUNDLE_TABLES, postings.name})
_POSTING = ("transaction_id", "line", "account", "amount", "unit")
_own = MetaData()
line_digests = Table(
    "line_digests",
    _own,
    Column("row_table", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("digest", String, nullable=False),
    Column("rest", String, nullable=False),
)
standings = Table(
    "standings",
    _own,
    Column("grant_id", String, primary_key=True),
    Column("unit", String, primary_key=True),
    *(Column(stage, BigInteger, nullable=False) for stage in STAGES),
)
SCRATCH_TABLES = (*EXPORTED.values(), line_digests, standings)
_INSERT_DIGESTS = "INSERT OR IGNORE INTO line_digests VALUES (?, ?, ?, ?)"
_INSERT_STANDING = f"INSERT OR IGNORE INTO standings VALUES ({', '.join('?' * (2 + len(STAGES)))})"
_Values = tuple[object, ...]


@dataclass(slots=True)
class ExportLedger:
    """The rows of an export on their way: into an audit by decision, and into the scratch database by table."""

    connection: Connection
    reading: ExportReading = field(default_factory=ExportReading)
    audit: LedgerAudit = field(default_factory=LedgerAudit)
    faults: list[Fault] = field(default_factory=list)
    _waiting: defaultdict[tuple[str, str], tuple[list[int], list[_Values]]] = field(
        default_factory=lambda: defaultdict(lambda: ([], []))
    )  # by table and statement: the numbers of lines, and the values
    _bundle: DecisionBundle = field(default_factory=lambda: DecisionBundle(""))
    _grants: set[str] = field(default_factory=set)  # of the bundle
    _orphans: list[tuple[str, Record]] = field(default_factory=list)
    _unsealed: set[str] = field(default_factory=set)  # ids of transactions

    def load(self, lines: Iterable[bytes]) -> None:
        """Read all lines, check the bundles, and fill the scratch database with its tables and indexes."""
        for number, table, row, digests in self.reading.rows(lines):
            try:
                self._add(number, table, row)
            except STRANGE:
                self.reading.add(UNREADABLE, id=number)
                continue
            if digests is not None:
                self._queue(number, "line_digests", _INSERT_DIGESTS, (table, row["id"], *digests))
        self._close_bundle()
        self._add_orphans()
        for table, statement in list(self._waiting):
            self._flush(table, statement)
        self._create_indexes()

    def _add(self, number: int, table: str, row: Record) -> None:
        lines = read_lines(row.pop("lines", ())) if table == "transactions" else ()
        if table == postings.name:
            row.pop("sequence", None)  # the database's own number
        shape = row_shape(table, tuple(row), not self.reading.is_complete)
        self._queue(number, table, shape.statement, shape.values(row))
        if table == "transactions":
            self._add_postings(number, row, lines)
            row["lines"] = lines
        elif table == "unsealed":
            self._unsealed.update(parse_queued_ids(row["rows"]).get("transactions", ()))
        if table in _ASSIGNED:
            self._assign(table, row)

    def _add_postings(self, number: int, row: Record, lines: Lines) -> None:
        if len({line[0] for line in lines}) != len(lines):
            self.faults.append(_same_columns(postings.name, "transaction_id, line"))
        if row["kind"] in _READ_KINDS or row["id"] in self._unsealed:
            shape = row_shape(postings.name, _POSTING, True)
            for line in lines:
                self._queue(number, postings.name, shape.statement, (row["id"], *line, *shape.absent))

    def _assign(self, table: str, row: Record) -> None:
        """Add a row to the bundle of the decision before it, if it belongs there."""
        if table == "decisions":
            self._close_bundle()
            self._bundle = DecisionBundle(row["id"], {"decisions": [row]})
        elif self._belongs(table, row):
            self._bundle.add_row(table, row)
        else:
            self._orphans.append((table, row))

    def _belongs(self, table: str, row: Record) -> bool:
        if table == "grants" and row["decision_id"] == self._bundle.id:
            self._grants.add(row["id"])
            return True
        if table in ("entries", "waiting_list"):
            return bool(row["id"] == self._bundle.id)
        if table == "transactions" and row["kind"] == "promise" and row["id"] != row["grant_id"]:
            return False
        return row.get("grant_id") in self._grants

    def _close_bundle(self) -> None:
        if self._bundle.rows:
            self.audit.add_bundle(self._bundle)
            if self.reading.is_complete and self._grants:
                self._add_standings(self._bundle.rows_of("grants"), self._bundle.rows_of("transactions"))
        self._bundle, self._grants = DecisionBundle(""), set()

    def _add_orphans(self) -> None:
        for table, row in self._orphans:
            self.audit.add_orphan(table, row)
        lost = [row for table, row in self._orphans if table == "grants"]
        self._add_standings(lost, [row for table, row in self._orphans if table == "transactions"])

    def _add_standings(self, grants: Sequence[Record], moves: Sequence[Record]) -> None:
        by_grant: defaultdict[str, list[Lines]] = defaultdict(list)
        for row in moves:
            by_grant[row["grant_id"]].append(row["lines"])
        for grant in grants:
            for amounts in _standing(grant["rule_id"], tuple(by_grant[grant["id"]])):
                self._queue(0, "standings", _INSERT_STANDING, (grant["id"], *amounts))

    def _queue(self, number: int, table: str, statement: str, values: _Values) -> None:
        numbers, rows = self._waiting[table, statement]
        numbers.append(number)
        rows.append(values)
        if len(rows) >= _AT_ONCE:
            self._flush(table, statement)

    def _flush(self, table: str, statement: str) -> None:
        """Write the rows that wait, and report those whose keys are there already."""
        numbers, rows = self._waiting.pop((table, statement))
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        while rows:
            before = driver.total_changes
            try:
                driver.executemany(statement, rows)
                return
            except sqlite3.IntegrityError:
                written = driver.total_changes - before
                told = N_("line {line} repeats a row of the table {table}")
                self.faults.append(disagreement(told, line=numbers[written], table=table))
                numbers, rows = numbers[written + 1 :], rows[written + 1 :]

    def _create_indexes(self) -> None:
        for found in EXPORTED.values():
            for index in sorted(found.indexes, key=lambda index: str(index.name)):
                try:
                    with self.connection.begin_nested():
                        index.create(self.connection)
                except IntegrityError:
                    self.faults.append(
                        _same_columns(found.name, ", ".join(column.name for column in index.columns))
                    )


def _same_columns(table: str, columns: str) -> Fault:
    return disagreement(
        N_("two rows of the table {table} have the same {columns}"), table=table, columns=columns
    )


@lru_cache(maxsize=10_000)
def _standing(rule: str, moves: tuple[Lines, ...]) -> tuple[_Values, ...]:
    """Return the unit and the amount at each stage, for each unit of a grant."""
    amounts = compute_stage_amounts(rule, [{"lines": lines} for lines in moves])
    units = sorted({unit for _, unit in amounts})
    return tuple((unit, *(amounts.get((stage, unit), 0) for stage in STAGES)) for unit in units)


def iter_exported_records(connection: Connection, ids: Mapping[str, Sequence[str]]) -> Iterator[SealedRecord]:
    """Yield the rows for these ids, as ``iter_sealed_records`` does, with the digests of their lines."""
    for some in chunks(ids.get("decisions", ())):
        yield from _digested(connection, ("decisions", "entries", "waiting_list"), some)
    for some in chunks(ids.get("transactions", ())):
        yield from _digested(connection, ("transactions",), some)
        promises = select(transactions.c.grant_id).where(
            transactions.c.id.in_(some), transactions.c.kind == "promise"
        )
        promised = [id_ for id_ in connection.execute(promises).scalars() if id_ is not None]
        yield from _digested(connection, ("grants",), promised)
        yield from iter_slot_records(connection, promised, {})
    yield from iter_table_records(connection, ids)


def _digested(connection: Connection, tables: Sequence[str], ids: Sequence[str]) -> Iterator[SealedRecord]:
    c = line_digests.c
    query = select(c.row_table, c.id, c.digest, c.rest).where(c.row_table.in_(tables), c.id.in_(ids))
    for table, id_, digest, rest in connection.execute(query):
        yield SealedRecord("", table, id_, digest, rest)


def find_other_positions(connection: Connection) -> Iterator[tuple[Record, dict[str, int]]]:
    """Yield each cached position that is not where the postings leave the grant, with where they do."""
    other = select(grant_balances).except_(select(standings)).subquery()
    stand = standings.alias("stand")
    same = (stand.c.grant_id == other.c.grant_id) & (stand.c.unit == other.c.unit)
    posted = [stand.c[stage].label(f"posted_{stage}") for stage in STAGES]
    query = select(*other.c, *posted).outerjoin(stand, same).order_by(other.c.grant_id, other.c.unit)
    for row in connection.execute(query).mappings():
        yield dict(row), {str(stage): row[f"posted_{stage}"] or 0 for stage in STAGES}
