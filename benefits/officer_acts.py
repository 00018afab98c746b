"""Acts of officers on rules: one row for each act, with the officer, the time and the reason."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from sqlalchemy import Connection, insert, select, update

from benefits.officers import Officer
from benefits.tables.rulebook import rule_acts, rulebook
from store import enqueue_for_sealing, lock_exclusive

RULEBOOK_LOCK = "rulebook"

ActKind = Literal[
    "submitted",
    "approved",
    "rejected",
    "stopped",
    "resumed",
    "retired",
    "reversed",
    "committed",
    "drawn",
    "closed",
    "ranked",
    "voided",
    "erased",
    "budget_set",
    "mended",
    "dropped",
    "repriced",
]


@dataclass(frozen=True, slots=True)
class Act:
    """One recorded act. ``before`` and ``after`` are hashes of rule versions."""

    sequence: int
    rule_id: str
    kind: str
    who: str
    at: datetime
    day: date
    reason: str
    before: str | None
    after: str | None
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act that is not recorded yet."""

    kind: ActKind
    rule_id: str
    before: str | None = None
    after: str | None = None
    detail: Mapping[str, object] = field(default_factory=dict)


def lock_rulebook_exclusive(connection: Connection) -> None:
    """Wait until no batch is running anywhere, and let none start before this transaction ends.

    Every batch is then wholly before or wholly after the act (see
    ``benefits.rulebook.book.lock_rulebook_shared``).
    """
    lock_exclusive(connection, RULEBOOK_LOCK)


def record_act(connection: Connection, officer: Officer, deed: NewAct) -> int:
    """Record an act and return its number."""
    row = {
        "rule_id": deed.rule_id,
        "act": deed.kind,
        "who": officer.who,
        "at": officer.at,
        "day": officer.today,
        "reason": officer.reason,
        "hash_before": deed.before,
        "hash_after": deed.after,
        "detail": json.dumps(dict(deed.detail), ensure_ascii=False, sort_keys=True),
    }
    done = connection.execute(insert(rule_acts).values(row).returning(rule_acts.c.sequence))
    number = int(done.scalar_one())
    enqueue_for_sealing(connection, {"rule_acts": [str(number)]}, officer.at)
    return number


def advance_rulebook_epoch(connection: Connection) -> None:
    """Increase the rulebook's epoch, which tells every runner that another library is in force."""
    connection.execute(update(rulebook).values(epoch=rulebook.c.epoch + 1))


def list_acts(connection: Connection, rule_id: str | None = None) -> list[Act]:
    """List all acts, or those on one rule, earliest first."""
    query = select(rule_acts).order_by(rule_acts.c.sequence)
    rows = connection.execute(query.where(rule_acts.c.rule_id == rule_id) if rule_id else query)
    return [Act(*(*row[:-1], json.loads(row.detail))) for row in rows]
