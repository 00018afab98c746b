"""Read an export that is sound, in one pass; an export with anything unusual is refused here and read by ``export_reading``.

``sound_lines`` says how each line must be written. Decisions stand with their rows in the order of an export;
they are audited and compared with their seals while they are read. All rows go into a scratch database, whose
queries make the other checks.

Memory holds the rows of one decision, some megabytes of rows on their way into the database, its cache of 64 MB,
8 bytes a grant, about 100 bytes for each sealed row until it is met, and at the end the ids of one table.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import BigInteger, Column, Connection, MetaData, String, Table, select, union
from sqlalchemy.exc import SQLAlchemyError

from benefits.model.accounts import STAGES
from benefits.model.chunks import chunks
from benefits.sealing.sealing import (
    TakenSlot,
    iter_sealed_records,
    parse_queued_ids,
    rest_digest,
    slots_digest,
)
from benefits.tables.bundles import DecisionBundle, Record
from benefits.tables.decisions import entries, postings, waiting_list
from benefits.tables.lines import REST, render_complete_line, render_export_line
from benefits.tables.sealed import SEALED_TABLES
from benefits.tables.transactions import grant_balances
from benefits.verification.audit import LedgerAudit
from benefits.verification.bundles import compute_stage_amounts
from benefits.verification.export import END_TABLE, FORMAT, START_TABLE
from benefits.verification.export_reading import STRANGE, create_indexes, row_shape
from benefits.verification.extent import Extent
from benefits.verification.seals import COVERED, PROVED_BY, iter_links
from benefits.verification.sound_lines import BUNDLES, LineShape, OddExportError, line_shapes, parse_line
from store import unsealed

_BYTES_AT_ONCE = 4_000_000  # of lines whose rows are in memory
_START = render_complete_line(START_TABLE, {"format": FORMAT}, {}, {})
_NO_REST = rest_digest({})
standings = Table(
    "standings",
    MetaData(),
    Column("grant_id", String, primary_key=True),
    Column("unit", String, primary_key=True),
    *(Column(stage, BigInteger, nullable=False) for stage in STAGES),
)
_READ_FROM_LINES = frozenset({"decisions", "grants", "transactions"})
_LARGEST = 2**63 - 1
# Whose postings are read by queries: of redemptions, refunds and spendings, of clawbacks, and of what waits for a seal.
_USES = frozenset({"redeem", "refund"})
_WENT_BACK = "reversed/"
_EPOCH = "1970-01-01T00:00:00.000000+00:00"
_INSERT_STANDING = f"INSERT INTO standings VALUES ({', '.join('?' * (2 + len(STAGES)))})"


ODD = (OddExportError, *STRANGE, RecursionError, sqlite3.Error, SQLAlchemyError)


@dataclass(slots=True)
class SoundExport:
    """An export that is being read: into an audit by decision, and into the scratch database by table."""

    connection: Connection
    audit: LedgerAudit = field(default_factory=LedgerAudit)
    is_complete: bool = False
    _lines: int = 0
    _rank: int = 0
    _bundle: DecisionBundle = field(default_factory=lambda: DecisionBundle(""))
    _of_grant: dict[str, list[Record]] = field(default_factory=dict)  # grant of the bundle → its transactions
    _slots: dict[str, list[TakenSlot]] = field(default_factory=dict)  # grant of the bundle → its slots
    _rows: defaultdict[str, list[tuple[object, ...]]] = field(default_factory=lambda: defaultdict(list))
    _bytes: int = 0  # of the lines of ``_rows``, which wait by statement
    _sealed: set[bytes] = field(default_factory=set)  # digests of what the seals say of rows that weren't met
    _queued: dict[str, set[str]] = field(default_factory=dict)  # ids of rows that wait to be sealed
    _unmet: set[tuple[str, str]] = field(default_factory=set)  # rows that wait to be sealed and weren't met

    @property
    def extent(self) -> Extent:
        """Return which rows the export holds."""
        return Extent.SEALED_EXPORT if self.is_complete else Extent.EXPORT

    def load(self, lines: Iterable[bytes]) -> None:
        """Read all lines, and make the checks that need them in their order. *Raises*: one of ``ODD``."""
        has_ended = False
        shapes = line_shapes(False)
        for line in lines:
            if has_ended:
                raise OddExportError
            self._lines += 1
            line = line[:-1] if line.endswith(b"\n") else line
            if self._lines == 1 and line == _START:
                self.is_complete, shapes = True, line_shapes(True)
                continue
            row = parse_line(line)
            table = row["table"]
            if table == END_TABLE:
                if line != self._last_line():
                    raise OddExportError
                has_ended = True
            elif table in shapes:
                self._add(table, shapes[table], row, line)
            else:
                raise OddExportError
        if not has_ended:
            raise OddExportError
        self._finish()

    def _last_line(self) -> bytes:
        end = {"lines": self._lines}
        return (
            render_complete_line(END_TABLE, end, {}, {})
            if self.is_complete
            else render_export_line(END_TABLE, end)[0]
        )

    def _add(self, table: str, shape: LineShape, row: Record, line: bytes) -> None:
        digest = shape.check(row, line)
        if shape.rank != self._rank:
            self._begin(shape.rank)
        self._rows[shape.statement].append(shape.values(row))
        self._bytes += len(line)
        if self._bytes > _BYTES_AT_ONCE:
            self._flush()
        if shape.rank == BUNDLES:
            if table == "decisions":
                self._close_bundle()
                if row["id"] <= self._bundle.id:
                    raise OddExportError
                self._bundle = DecisionBundle(row["id"])
            self._assign(table, row)
            if self.is_complete and table in _READ_FROM_LINES:
                rest = rest_digest(row[REST]) if shape.rest else _NO_REST
                self._meet(table, row["id"], digest, rest)

    def _begin(self, rank: int) -> None:
        """Begin another part of the export; before the first decision, read what the seals say."""
        if rank < self._rank:
            raise OddExportError
        if self._rank < BUNDLES <= rank and self.is_complete:
            self._read_seals()
        if self._rank == BUNDLES:
            self._close_bundle()
        self._rank = rank

    def _assign(self, table: str, row: Record) -> None:
        """Add a row to the bundle of the decision before it. *Raises*: OddExportError if it doesn't belong there."""
        bundle = self._bundle
        if table == "transactions":
            self._add_postings(row)
            others = self._of_grant[row["grant_id"]]
            is_promise = row["kind"] == "promise"
            if is_promise == bool(others) or (is_promise and row["id"] != row["grant_id"]):
                raise OddExportError
            others.append(row)
        elif table == "grants":
            if row["decision_id"] != bundle.id:
                raise OddExportError
            self._of_grant[row["id"]] = []
        elif table in ("limit_slots", "freed_slots"):
            if row["grant_id"] not in self._of_grant:
                raise OddExportError
            self._slots.setdefault(row["grant_id"], []).append((row["limit_key"], row["slot"], row["day"]))
        elif table in ("reversals", "lapses"):
            if row["grant_id"] not in self._of_grant:
                raise OddExportError
        elif row["id"] != bundle.id:
            raise OddExportError
        bundle.add_row(table, row)

    def _add_postings(self, row: Record) -> None:
        """Check the lines of a transaction, and store those that a query reads."""
        last, went_back = -(2**63) - 1, False
        row["lines"] = lines = tuple(map(tuple, row["lines"]))
        for number, account, amount, unit in lines:
            if not (type(number) is type(amount) is int and type(account) is type(unit) is str):
                raise OddExportError
            if not (last < number <= _LARGEST and -_LARGEST <= amount <= _LARGEST):
                raise OddExportError
            last, went_back = number, went_back or account.startswith(_WENT_BACK)
        if went_back or row["kind"] in _USES or row["id"] in self._queued.get("transactions", ()):
            self._rows[row_shape(postings.name, False).statement] += [
                (row["id"], *line, _EPOCH) for line in lines
            ]

    def _close_bundle(self) -> None:
        bundle = self._bundle
        if not bundle.rows:
            return
        self.audit.add_bundle(bundle)
        if self.audit.disagreements:
            raise OddExportError
        if self.is_complete:
            for grant in bundle.rows_of("grants"):
                self._add_standing(grant)
            for id_, slots in self._slots.items():
                self._meet("slots", id_, slots_digest(slots), "-")
        self._of_grant, self._slots = {}, {}
        bundle.rows = {}

    def _add_standing(self, grant: Record) -> None:
        amounts = compute_stage_amounts(grant["rule_id"], self._of_grant[grant["id"]])
        self._rows[_INSERT_STANDING] += [
            (grant["id"], unit, *(amounts.get((stage, unit), 0) for stage in STAGES))
            for unit in {unit for _, unit in amounts}
        ]

    def _read_seals(self) -> None:
        self._flush()
        for seal, faults in iter_links(self.connection):
            _, _, records = seal.digests.partition("\n")
            found = records.splitlines()
            # A line has three spaces: what is met below has three or more.
            if faults or "\n".join(found) != records or records.count(" ") != 3 * len(found):
                raise OddExportError
            for record in found:
                self._sealed.add(sha256(record.encode()).digest()[:16])
        for text in self.connection.execute(select(unsealed.c.rows)).scalars():
            ids = parse_queued_ids(text)
            if not ids or not ids.keys() <= COVERED.keys():
                raise OddExportError
            for table, some in ids.items():
                self._queued.setdefault(table, set()).update(some)
        self._unmet = {(table, id_) for table, ids in self._queued.items() for id_ in ids}

    def _meet(self, table: str, id_: str, digest: str, rest: str) -> None:
        """Compare a row with what its seal says, or with what waits for one."""
        if self._unmet:
            self._unmet.discard((table, id_))
        key = sha256(f"{table} {id_} {digest} {rest}".encode()).digest()[:16]
        if key in self._sealed:
            self._sealed.remove(key)
        elif id_ not in self._queued.get(PROVED_BY.get(table, table), ()):
            raise OddExportError

    def _finish(self) -> None:
        self._begin(BUNDLES + 1 if self._rank <= BUNDLES else self._rank)
        self._flush()
        if any(True for _ in create_indexes(self.connection)):
            raise OddExportError
        if self.is_complete:
            self._meet_others()
            others = select(grant_balances).except_(select(standings))
            if self._sealed or self._unmet or self.connection.execute(others).first():
                raise OddExportError

    def _meet_others(self) -> None:
        """Compare the rows of all other sealed tables, as they are stored, with their seals."""
        decided = union(select(entries.c.id), select(waiting_list.c.id))
        for some in chunks(self.connection.execute(decided).scalars().all()):
            for record in iter_sealed_records(self.connection, {"decisions": some}):
                if record.table != "decisions":
                    self._meet(record.table, record.id, record.digest, record.rest)
        for table, kept in SEALED_TABLES.items():
            for some in chunks(list(kept.ids(self.connection))):
                records = list(iter_sealed_records(self.connection, {table: some}))
                if len(records) != len(some):
                    raise OddExportError
                for record in records:
                    self._meet(table, record.id, record.digest, record.rest)

    def _flush(self) -> None:
        """Write the rows that wait."""
        driver = self.connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        for statement, rows in self._rows.items():
            driver.executemany(statement, rows)
        self._rows.clear()
        self._bytes = 0
