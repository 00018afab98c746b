"""The same audit on an export: without a database, line by line, in little memory."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydantic_core import from_json

from benefits.tables.bundles import Bundle, Record
from benefits.tables.lines import DIGEST, is_whole
from benefits.verification.audit import Audit
from benefits.verification.bundles import Disagreement, wrong
from benefits.verification.offline_seals import Chains
from benefits.verification.verify import Verification

N_ = str  # marks a text for the message catalogue

END = "end"  # the last line, which says how many there are
_STRANGE = (ValueError, AttributeError, KeyError, TypeError)  # a row of another shape
_OF_GRANT = frozenset({"limit_slots", "freed_slots", "transactions", "reversals", "lapses"})
_OF_DECISION = frozenset({"entries", "waiting_list"})


@dataclass(slots=True)
class _Reading:
    """What was read so far. ``bundle`` is still being put together; ``grants`` are its grants' ids."""

    audit: Audit = field(default_factory=Audit)
    bundle: Bundle | None = None
    grants: set[str] = field(default_factory=set)
    counters: list[Record] = field(default_factory=list)
    broken: list[Disagreement] = field(default_factory=list)
    lines: int = 0
    ended: bool = False
    chains: Chains = field(default_factory=Chains)

    def take(self, line: bytes) -> None:
        self.lines += 1
        try:
            row = from_json(line, cache_strings="keys")
            whole = is_whole(line, row)
        except _STRANGE:
            self.broken.append(wrong(N_("line {id} can't be read"), id=self.lines))
            return
        table = row.pop("table", "")
        if not whole:
            told = N_("line {line} ({table} {id}) is not what was written")
            self.broken.append(wrong(told, line=self.lines, table=table, id=_name(row)))
            return
        try:
            if table == "seals":
                self.chains.seal(row)
                return
            if table == "unsealed":
                self.chains.wait(row)
                return
            if self.chains.are_there:
                self.chains.meet(table, row, line[DIGEST].decode())
            self._sort(table, row)
        except _STRANGE:
            self.broken.append(wrong(N_("line {id} can't be read"), id=self.lines))

    def _sort(self, table: str, row: Record) -> None:
        if table == "decisions":
            self.close_bundle()
            self.bundle = Bundle(row["id"], {"decisions": [row]})
            self.grants.clear()
        elif table == "grants" and self.bundle is not None and row["decision_id"] == self.bundle.id:
            self.grants.add(row["id"])
            self.bundle.add(table, row)
        elif table in _OF_GRANT and row["grant_id"] in self.grants:
            assert self.bundle is not None
            self.bundle.add(table, row)
        elif table in _OF_DECISION and self.bundle is not None and row["id"] == self.bundle.id:
            self.bundle.add(table, row)
        elif table == "counters":
            self.counters.append(row)
        elif table == END:
            self._end(row)
        elif table in ("grants", "postings") or table in _OF_GRANT | _OF_DECISION:
            self.audit.orphan(table, row)

    def close_bundle(self) -> None:
        if self.bundle is not None:
            bundle, self.bundle = self.bundle, None
            if self.chains.are_there:
                self.chains.meet_slots(bundle)
            self.audit.take(bundle)

    def _end(self, row: Record) -> None:
        self.ended = True
        if row["lines"] != self.lines:
            told = N_("the export has {lines} lines, its last one says {expected}")
            self.broken.append(wrong(told, lines=self.lines, expected=row["lines"]))


def _name(row: Record) -> str:
    """What a row is called by."""
    for name in ("id", "limit_key", "key", "grant_id", "transaction_id", "hash", "places"):
        if name in row:
            return str(row[name])
    return "—"


def audit_export(lines: Iterable[bytes]) -> tuple[Audit, tuple[Disagreement, ...]]:
    """What was counted and found in an export's lines."""
    reading = _read(lines)
    return reading.audit, (*_all(reading),)


def _read(lines: Iterable[bytes]) -> _Reading:
    """Look an export through, as ``verify`` does with a database; names the line of every changed byte.

    What the export leaves out (times of recording; seals, unless it was written with them) it can't prove.
    """
    reading = _Reading()
    for line in lines:
        reading.take(line.rstrip(b"\r\n") if line.endswith(b"\n") else line)
    reading.close_bundle()
    return reading


def _all(reading: _Reading) -> Iterator[Disagreement]:
    yield from reading.broken
    if not reading.ended:
        yield wrong(N_("the export ends at line {id} without its last line"), id=reading.lines)
    yield from reading.audit.close(reading.counters)
    yield from reading.chains.close()


def verify_export(path: Path) -> Verification:
    """``verify`` of an export's file."""
    with path.open("rb") as lines:
        reading = _read(lines)
    audit = reading.audit
    counts = (audit.decisions, audit.grants, audit.postings, audit.promised_fen)
    return Verification(*counts, reading.chains.gap, (*_all(reading),))
