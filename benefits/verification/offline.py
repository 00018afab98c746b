"""Audit an export without a database, line by line, in little memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic_core import from_json

from benefits.tables.bundles import DecisionBundle, Record
from benefits.tables.lines import DIGEST_SLICE, is_line_intact
from benefits.verification.audit import LedgerAudit
from benefits.verification.bundles import disagreement
from benefits.verification.offline_seals import SealChains
from benefits.verification.verify import Verification
from core.faults import Fault
from core.text_marks import N_

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


def _read(lines: Iterable[bytes]) -> _Reading:
    """Audit an export as ``verify_ledger`` audits a database; every changed byte is reported with its line.

    It can't check what the export leaves out: times of recording, and seals unless they were exported.
    """
    reading = _Reading()
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


def verify_export(path: Path) -> Verification:
    """Verify an export's file as ``verify_ledger`` verifies a database."""
    with path.open("rb") as lines:
        reading = _read(lines)
    audit = reading.audit
    counts = (audit.decisions, audit.grants, audit.postings, audit.promised_fen)
    return Verification(*counts, reading.chains.gap, (*_all(reading),))
