"""Check the hash chains against the rows that they cover, in a database or in an export.

In an export the chains come first, so that each row is compared as it is read. The parts that an export
leaves out (times of recording, acts, times of payments) can't be compared; that each chain is unbroken
is checked.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, select

from benefits.sealing.queue import parse_queued_ids
from benefits.sealing.sealing import (
    GENESIS_HASH,
    SEAL_TIME,
    ChainHead,
    SealGap,
    format_seal_time,
    iter_sealed_records,
    seal_hash,
)
from benefits.tables.bundles import DecisionBundle, Record
from benefits.tables.decisions import decisions
from benefits.tables.lines import short_digest
from benefits.tables.sealed import SEALED_TABLES, SealedTable
from benefits.tables.transactions import seals, transactions, unsealed
from benefits.verification.bundles import disagreement
from benefits.verification.heads import missing_head, rewritten_head
from core.faults import Fault
from core.text_marks import N_

_NOT_COMPARED = frozenset(
    {
        "vouchers",
        "rule_acts",
        "redemption_batches",
        "payout_batches",
        "payout_decisions",
        "payout_returns",
        "payout_answers",
    }
)
_KEYS: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("decisions", "transactions", "grants", "entries", "waiting_list"), ("id",)),
    **{
        name: tuple(k.name for k in kept.keys)
        for name, kept in SEALED_TABLES.items()
        if name not in _NOT_COMPARED
    },
}
# The queue names a row of the first table; rows of the others are sealed with it.
_WITH = {"decisions": ("entries", "waiting_list"), "transactions": ("grants", "slots")}


def seal_rows(connection: Connection) -> Iterator[tuple[str, Record]]:
    """Yield all seals, chain by chain, and then the batches that wait for a seal."""
    columns = [column for column in seals.columns if column.name != "sealed_at"]
    query = select(*columns).order_by(seals.c.book, seals.c.lane, seals.c.number)
    for row in connection.execute(query.execution_options(yield_per=100)).mappings():
        yield "seals", dict(row)
    waiting = select(unsealed.c.number, unsealed.c.rows, unsealed.c.recorded_at).order_by(unsealed.c.number)
    for number, rows, at in connection.execute(waiting):
        yield "unsealed", {"number": number, "rows": rows, "since": at.isoformat()}


@dataclass(slots=True)
class SealChains:
    """The sealed digests and the waiting rows of an export; each row is ticked off when it is read.

    ``published`` are heads that were published before, by book, lane and number.
    """

    published: dict[tuple[str, int, int], ChainHead] = field(default_factory=dict)
    disagreements: list[Fault] = field(default_factory=list)
    gap: SealGap = field(default=SealGap())
    heads: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    _sealed: dict[str, str] = field(default_factory=dict)  # "table id" → digest
    _waiting: set[str] = field(default_factory=set)
    _met: set[str] = field(default_factory=set)

    @property
    def has_seals(self) -> bool:
        """Return whether the export was written with seals."""
        return bool(self.heads) or self.gap.batches > 0

    def add_seal(self, row: Record) -> None:
        """Check the next seal of a chain and store its digests."""
        chain = str(row["book"]), int(row["lane"])
        number, previous = self.heads.get(chain, (0, GENESIS_HASH))
        expected = seal_hash(*chain, number + 1, previous, row["digests"])
        if (row["number"], row["previous"], row["hash"]) != (number + 1, previous, expected):
            told = N_("the chain of {key}, lane {lane}, is broken at seal {number}")
            self.disagreements.append(disagreement(told, key=chain[0], lane=chain[1], number=row["number"]))
        self.heads[chain] = int(row["number"]), str(row["hash"])
        head = self.published.pop((*chain, int(row["number"])), None)
        if head is not None and head.hash != row["hash"]:
            self.disagreements.append(rewritten_head(head))
        for line in row["digests"].splitlines():
            name, _, digests = line.rpartition(" ")[0].rpartition(" ")
            table = name.partition(" ")[0]
            if table in _KEYS or table == "slots":
                self._sealed[name] = digests

    def add_unsealed(self, row: Record) -> None:
        """Add a batch that was committed and is not sealed yet."""
        since = datetime.fromisoformat(row["since"])
        self.gap = SealGap(self.gap.batches + 1, min(since, self.gap.since or since))
        for table, ids in parse_queued_ids(row["rows"]).items():
            for name in (table, *_WITH.get(table, ())):
                self._waiting.update(f"{name} {id_}" for id_ in ids)

    def compare_row(self, table: str, row: Mapping[str, Any], digest: str) -> None:
        """Compare a row with its sealed digest."""
        keys = _KEYS.get(table)
        if keys is not None:
            self._compare(table, ":".join(str(row[key]) for key in keys), digest)

    def compare_slots(self, bundle: DecisionBundle) -> None:
        """Compare the limit slots of each grant, held or freed, with their sealed digest."""
        held: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for table in ("limit_slots", "freed_slots"):
            for row in bundle.rows_of(table):
                held[row["grant_id"]].append((row["limit_key"], row["slot"]))
        for id_, slots in held.items():
            self._compare("slots", id_, short_digest(to_json(sorted(slots))))

    def _compare(self, table: str, id_: str, digest: str) -> None:
        name = f"{table} {id_}"
        sealed = self._sealed.get(name)
        if sealed is None and name not in self._waiting:
            told = N_("{table} {id} is in no seal and waits for none")
            self.disagreements.append(disagreement(told, table=table, id=id_))
        elif sealed not in (None, digest):
            self.disagreements.append(
                disagreement(N_("{table} {id} is not what was sealed"), table=table, id=id_)
            )
        self._met.add(name)

    def all_disagreements(self) -> Iterator[Fault]:
        """Yield all disagreements, with the sealed rows that are missing."""
        yield from self.disagreements
        yield from map(missing_head, self.published.values())
        for name in self._sealed.keys() - self._met:
            table, _, id_ = name.partition(" ")
            yield disagreement(N_("{table} {id} was sealed and is missing"), table=table, id=id_)


_PROVED_BY: Mapping[str, str] = {
    "grants": "transactions",
    "slots": "transactions",
    "entries": "decisions",
    "waiting_list": "decisions",
}
_COVERED: Mapping[str, SealedTable] = {
    "decisions": SealedTable((decisions.c.id,), ()),
    "transactions": SealedTable((transactions.c.id,), ()),
    **SEALED_TABLES,
}
_Ids = defaultdict[str, set[str]]


def seal_disagreements(connection: Connection) -> Iterator[Fault]:
    """Yield every break of a chain, every row that differs from its seal, and every uncovered row."""
    covered: _Ids = defaultdict(set)
    yield from _chains(connection, covered)
    yield from _queue(connection, covered)
    yield from _uncovered(connection, covered)


def _chains(connection: Connection, covered: _Ids) -> Iterator[Fault]:
    at: tuple[str, int] | None = None
    number, previous = 0, GENESIS_HASH
    query = select(seals).order_by(seals.c.book, seals.c.lane, seals.c.number)
    for row in connection.execute(query.execution_options(yield_per=100)):
        if (row.book, row.lane) != at:
            at, number, previous = (row.book, row.lane), 0, GENESIS_HASH
        number += 1
        expected = seal_hash(row.book, row.lane, number, previous, row.digests)
        if (row.number, row.previous, row.hash) != (number, previous, expected):
            yield disagreement(
                N_("the chain of {key}, lane {lane}, is broken at seal {number}"),
                key=row.book,
                lane=row.lane,
                number=row.number,
            )
            number = row.number
        previous = row.hash
        if not _states_time(row.digests, row.sealed_at):
            told = N_("seal {number} of {key}, lane {lane}, was not made at {at}")
            at_text = row.sealed_at.isoformat()
            yield disagreement(told, number=row.number, key=row.book, lane=row.lane, at=at_text)
        yield from _sealed(connection, row.digests, covered)


def _states_time(digests: str, sealed_at: datetime) -> bool:
    """Return whether a seal was made at its stated time; one of before the first release doesn't say."""
    first = digests.partition("\n")[0]
    return not first.startswith(f"{SEAL_TIME} ") or first == format_seal_time(sealed_at)


def _sealed(connection: Connection, digests: str, covered: _Ids) -> Iterator[Fault]:
    """Check that every sealed row exists and is unchanged."""
    wanted = {}
    ids: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for line in digests.splitlines():
        table, _, rest = line.partition(" ")
        if table == SEAL_TIME:
            continue
        id_, _, digest = rest.partition(" ")
        wanted[table, id_] = digest
        ids[_PROVED_BY.get(table, table)][id_] = None
        covered[table].add(id_)
    for record in iter_sealed_records(connection, {table: list(some) for table, some in ids.items()}):
        sealed = wanted.pop((record.table, record.id), None)
        if sealed is not None and sealed != f"{record.digest} {record.rest}":
            yield disagreement(N_("{table} {id} is not what was sealed"), table=record.table, id=record.id)
    for table, id_ in wanted:
        yield disagreement(N_("{table} {id} was sealed and is missing"), table=table, id=id_)


def _queue(connection: Connection, covered: _Ids) -> Iterator[Fault]:
    """Check that every row that waits to be sealed exists."""
    for number, text in connection.execute(select(unsealed.c.number, unsealed.c.rows)):
        ids = parse_queued_ids(text)
        if not ids:
            yield disagreement(N_("batch {id} that waits to be sealed can't be read"), id=number)
        there = {(record.table, record.id) for record in iter_sealed_records(connection, ids)}
        for table, some in ids.items():
            covered[table].update(some)
            yield from _missing(table, some, there)


def _missing(table: str, ids: Iterable[str], there: set[tuple[str, str]]) -> Iterator[Fault]:
    for id_ in ids:
        if (table, id_) not in there:
            yield disagreement(N_("{table} {id} waits to be sealed and is missing"), table=table, id=id_)


def _uncovered(connection: Connection, covered: _Ids) -> Iterator[Fault]:
    for table, kept in _COVERED.items():
        known = covered[table]
        for id_ in kept.ids(connection):
            if id_ not in known:
                yield disagreement(N_("{table} {id} is in no seal and waits for none"), table=table, id=id_)
