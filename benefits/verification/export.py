"""Write the canonical export of a ledger, and verify one line by line, without a database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic_core import from_json
from sqlalchemy import Column, ColumnElement, Connection, String, Table, select

from benefits.sealing.sealing import ChainHead
from benefits.tables.appeals import appeal_answers, appeals, clawbacks, debt_acts, rule_contents
from benefits.tables.bundles import (
    NON_CANONICAL_COLUMNS,
    DecisionBundle,
    Record,
    canonical_record,
    iter_decision_bundles,
    iter_orphan_records,
)
from benefits.tables.decisions import counters
from benefits.tables.draws import (
    claims,
    draw_results,
    draws,
    waiting_lines,
    waiting_moves,
    withdrawals,
)
from benefits.tables.lines import DIGEST_SLICE, is_line_intact, render_export_line
from benefits.tables.payout import payout_answers, payout_batches, payout_orders, payout_returns
from benefits.tables.vouchers import redemptions, refunds
from benefits.verification.audit import LedgerAudit
from benefits.verification.bundles import disagreement
from benefits.verification.seals import SealChains, seal_rows
from benefits.verification.verify import Verification
from core.faults import Fault
from core.text_marks import N_

# Rows that belong to a decision are written with it; these tables follow.
_TABLES: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (counters, ("key",)),
    (draws, ("id",)),
    (draw_results, ("draw_id",)),
    (withdrawals, ("id",)),
    (waiting_lines, ("places",)),
    (waiting_moves, ("waiting_id",)),
    (claims, ("decision_id",)),
    (rule_contents, ("hash",)),
    (appeals, ("id",)),
    (appeal_answers, ("appeal_id",)),
    (clawbacks, ("id",)),
    (debt_acts, ("debt_id", "number")),
    (redemptions, ("id",)),
    (refunds, ("id",)),
    (payout_batches, ("id",)),
    (payout_orders, ("reference",)),
    (payout_returns, ("id",)),
    (payout_answers, ("reference", "number")),
)
_WHEN = frozenset({"prepared_at", "decided_at", "exported_at", "imported_at"})


def canonical_export_lines(connection: Connection, *, seals: bool = False) -> Iterator[str]:
    """Yield one JSON object a line, each with a digest: decisions by id with their rows, then other tables.

    The last line states the number of lines. With ``seals`` the hash chains come first, so that published
    heads prove the export; without them, whoever changes it can also recompute the digests. An export
    with seals differs between equal ledgers.
    """
    written = 0
    for table, row in seal_rows(connection) if seals else ():
        written += 1
        yield _line(table, row)
    for table, row in _rows(connection):
        written += 1
        yield _line(table, row)
    yield _line(END_TABLE, {"lines": written + 1})


def _rows(connection: Connection) -> Iterator[tuple[str, Record]]:
    for bundle in iter_decision_bundles(connection):
        yield from bundle.records()
    yield from iter_orphan_records(connection)
    for table, key in _TABLES:
        columns = [column for column in table.columns if column.name not in NON_CANONICAL_COLUMNS | _WHEN]
        query = select(*columns).order_by(*(_bytewise(table.c[name], connection) for name in key))
        for found in connection.execute(query.execution_options(yield_per=1000)).mappings():
            yield table.name, dict(found)


def _line(table: str, row: Record) -> str:
    return render_export_line(table, canonical_record(row))[0].decode()


def _bytewise(column: Column[Any], connection: Connection) -> ColumnElement[Any]:
    """Sort text by its bytes, whatever the collation of the database."""
    if connection.dialect.name == "postgresql" and isinstance(column.type, String):
        return column.collate("C")
    return column


END_TABLE = "end"  # the table name of the last line, which states the number of lines
_STRANGE = (ValueError, AttributeError, KeyError, TypeError)  # raised by a row of another shape
_OF_GRANT = frozenset({"limit_slots", "freed_slots", "transactions", "reversals", "lapses"})
_OF_DECISION = frozenset({"entries", "waiting_list"})


@dataclass(slots=True)
class _Reading:
    """The state of reading an export.

    ``bundle`` is being assembled from rows; ``grants`` are its grants' ids.
    """

    audit: LedgerAudit = field(default_factory=LedgerAudit)
    bundle: DecisionBundle | None = None
    grants: set[str] = field(default_factory=set)
    counters: list[Record] = field(default_factory=list)
    broken: list[Fault] = field(default_factory=list)
    lines: int = 0
    ended: bool = False
    chains: SealChains = field(default_factory=SealChains)

    def take(self, line: bytes) -> None:
        self.lines += 1
        try:
            row = from_json(line, cache_strings="keys")
            whole = is_line_intact(line, row)
        except _STRANGE:
            self.broken.append(disagreement(N_("line {id} can't be read"), id=self.lines))
            return
        table = row.pop("table", "")
        if not whole:
            told = N_("line {line} ({table} {id}) is not what was written")
            self.broken.append(disagreement(told, line=self.lines, table=table, id=_name(row)))
            return
        try:
            if table == "seals":
                self.chains.add_seal(row)
                return
            if table == "unsealed":
                self.chains.add_unsealed(row)
                return
            if self.chains.has_seals:
                self.chains.compare_row(table, row, line[DIGEST_SLICE].decode())
            self._sort(table, row)
        except _STRANGE:
            self.broken.append(disagreement(N_("line {id} can't be read"), id=self.lines))

    def _sort(self, table: str, row: Record) -> None:
        if table == "decisions":
            self.close_bundle()
            self.bundle = DecisionBundle(row["id"], {"decisions": [row]})
            self.grants.clear()
        elif table == "grants" and self.bundle is not None and row["decision_id"] == self.bundle.id:
            self.grants.add(row["id"])
            self.bundle.add_row(table, row)
        elif table in _OF_GRANT and row["grant_id"] in self.grants:
            assert self.bundle is not None
            self.bundle.add_row(table, row)
        elif table in _OF_DECISION and self.bundle is not None and row["id"] == self.bundle.id:
            self.bundle.add_row(table, row)
        elif table == "counters":
            self.counters.append(row)
        elif table == END_TABLE:
            self._end(row)
        elif table in ("grants", "postings") or table in _OF_GRANT | _OF_DECISION:
            self.audit.add_orphan(table, row)

    def close_bundle(self) -> None:
        if self.bundle is not None:
            bundle, self.bundle = self.bundle, None
            if self.chains.has_seals:
                self.chains.compare_slots(bundle)
            self.audit.add_bundle(bundle)

    def _end(self, row: Record) -> None:
        self.ended = True
        if row["lines"] != self.lines:
            told = N_("the export has {lines} lines, its last one says {expected}")
            self.broken.append(disagreement(told, lines=self.lines, expected=row["lines"]))


def _name(row: Record) -> str:
    """Return the id or key that names a row in a message."""
    for name in ("id", "limit_key", "key", "grant_id", "transaction_id", "hash", "places"):
        if name in row:
            return str(row[name])
    return "—"


def audit_export(lines: Iterable[bytes]) -> tuple[LedgerAudit, tuple[Fault, ...]]:
    """Return the audit of an export's lines, with all disagreements."""
    reading = _read(lines)
    return reading.audit, (*_all(reading),)


def _read(lines: Iterable[bytes], published: Iterable[ChainHead] = ()) -> _Reading:
    """Audit an export as ``verify_ledger`` audits a database; every changed byte is reported with its line.

    It can't check what the export leaves out: times of recording, and seals unless they were exported.
    """
    wanted = {(head.book, head.lane, head.number): head for head in published}
    reading = _Reading(chains=SealChains(published=wanted))
    for line in lines:
        reading.take(line.rstrip(b"\r\n") if line.endswith(b"\n") else line)
    reading.close_bundle()
    return reading


def _all(reading: _Reading) -> Iterator[Fault]:
    yield from reading.broken
    if not reading.ended:
        yield disagreement(N_("the export ends at line {id} without its last line"), id=reading.lines)
    yield from reading.audit.all_disagreements(reading.counters)
    yield from reading.chains.all_disagreements()


def verify_export(path: Path, published: Sequence[ChainHead] = ()) -> Verification:
    """Verify an export's file as ``verify_ledger`` verifies a database.

    An export without seals has none of the ``published`` heads.
    """
    with path.open("rb") as lines:
        reading = _read(lines, published)
    audit = reading.audit
    counts = (audit.decisions, audit.grants, audit.postings, audit.promised_fen)
    return Verification(*counts, reading.chains.gap, (*_all(reading),))
