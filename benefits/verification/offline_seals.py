"""The hash chains in an export: checked without a database, against the rows that follow them.

They come first in the file, so that each row is compared as it is read. What an export leaves out (when a
runner worked, acts, payments' times) they can't be compared with; that they are one unbroken chain is checked.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Connection, select

from benefits.sealing.queue import queued
from benefits.sealing.sealing import BEGINNING, Gap, seal_hash
from benefits.tables.bundles import Bundle, Record
from benefits.tables.lines import digest_of
from benefits.tables.sealed import ALONE
from benefits.tables.transactions import seals, unsealed
from benefits.verification.bundles import Disagreement, wrong

N_ = str  # marks a text for the message catalogue

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
    **{name: tuple(k.name for k in kept.keys) for name, kept in ALONE.items() if name not in _NOT_COMPARED},
}
# What waits to be sealed is noted down by the first of these; the others hang on it.
_WITH = {"decisions": ("entries", "waiting_list"), "transactions": ("grants", "slots")}


def seal_rows(connection: Connection) -> Iterator[tuple[str, Record]]:
    """All seals, chain by chain, and what waits for one."""
    columns = [column for column in seals.columns if column.name != "sealed_at"]
    query = select(*columns).order_by(seals.c.book, seals.c.lane, seals.c.number)
    for row in connection.execute(query.execution_options(yield_per=100)).mappings():
        yield "seals", dict(row)
    waiting = select(unsealed.c.number, unsealed.c.rows, unsealed.c.recorded_at).order_by(unsealed.c.number)
    for number, rows, at in connection.execute(waiting):
        yield "unsealed", {"number": number, "rows": rows, "since": at.isoformat()}


@dataclass(slots=True)
class Chains:
    """What seals and what waits, as the export says; each row is struck off as it is met."""

    found: list[Disagreement] = field(default_factory=list)
    gap: Gap = field(default=Gap())
    heads: dict[tuple[str, int], tuple[int, str]] = field(default_factory=dict)
    _sealed: dict[str, str] = field(default_factory=dict)  # "table id" → digest
    _waiting: set[str] = field(default_factory=set)
    _met: set[str] = field(default_factory=set)

    @property
    def are_there(self) -> bool:
        return bool(self.heads) or self.gap.batches > 0

    def seal(self, row: Record) -> None:
        """Follow a chain by one seal."""
        chain = str(row["book"]), int(row["lane"])
        number, previous = self.heads.get(chain, (0, BEGINNING))
        expected = seal_hash(*chain, number + 1, previous, row["digests"])
        if (row["number"], row["previous"], row["hash"]) != (number + 1, previous, expected):
            told = N_("the chain of {key}, lane {lane}, is broken at seal {number}")
            self.found.append(wrong(told, key=chain[0], lane=chain[1], number=row["number"]))
        self.heads[chain] = int(row["number"]), str(row["hash"])
        for line in row["digests"].splitlines():
            name, _, digests = line.rpartition(" ")[0].rpartition(" ")
            table = name.partition(" ")[0]
            if table in _KEYS or table == "slots":
                self._sealed[name] = digests

    def wait(self, row: Record) -> None:
        """A batch that was committed and not sealed yet."""
        since = datetime.fromisoformat(row["since"])
        self.gap = Gap(self.gap.batches + 1, min(since, self.gap.since or since))
        for table, ids in queued(row["rows"]).items():
            for name in (table, *_WITH.get(table, ())):
                self._waiting.update(f"{name} {id_}" for id_ in ids)

    def meet(self, table: str, row: Mapping[str, Any], digest: str) -> None:
        """Compare a row with what was sealed of it."""
        keys = _KEYS.get(table)
        if keys is not None:
            self._compare(table, ":".join(str(row[key]) for key in keys), digest)

    def meet_slots(self, bundle: Bundle) -> None:
        """What each grant took of limits, whether it still has it or not."""
        held: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for table in ("limit_slots", "freed_slots"):
            for row in bundle.of(table):
                held[row["grant_id"]].append((row["limit_key"], row["slot"]))
        for id_, slots in held.items():
            self._compare("slots", id_, digest_of(to_json(sorted(slots))))

    def _compare(self, table: str, id_: str, digest: str) -> None:
        name = f"{table} {id_}"
        sealed = self._sealed.get(name)
        if sealed is None and name not in self._waiting:
            told = N_("{table} {id} is in no seal and waits for none")
            self.found.append(wrong(told, table=table, id=id_))
        elif sealed not in (None, digest):
            self.found.append(wrong(N_("{table} {id} is not what was sealed"), table=table, id=id_))
        self._met.add(name)

    def close(self) -> Iterator[Disagreement]:
        yield from self.found
        for name in self._sealed.keys() - self._met:
            table, _, id_ = name.partition(" ")
            yield wrong(N_("{table} {id} was sealed and is missing"), table=table, id=id_)
