"""Append to the audit log, in the transaction of the act itself."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from benefits import enqueue_for_sealing
from store import append_batch
from yihui.access.actor import Actor, Assignment
from yihui.access.tables import AUDIT_BATCHES


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act, or one reading of personal data.

    ``act`` is a right (``yihui/access/roles.py``) or an act below one; ``by`` is the assignment that allowed
    it. ``before`` and ``after`` hold what changed, without personal data.
    """

    act: str
    object_kind: str
    object_id: str
    reason: str = ""
    organisation: str | None = None
    by: Assignment | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    request_id: str | None = None


def append_audit_entry(connection: Connection, actor: Actor, entry: AuditEntry, now: datetime) -> None:
    """Append one entry and queue it for sealing; it is committed with the act, or not at all."""
    changes = {"before": dict(entry.before), "after": dict(entry.after)}
    row = {
        "at": now,
        "actor": actor.id,
        "actor_kind": actor.kind.value,
        "role": entry.by.role.value if entry.by else None,
        "deputy_of": entry.by.deputy_of if entry.by else None,
        "organisation": entry.organisation,
        "act": entry.act,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "reason": entry.reason,
        "changes": json.dumps(changes, ensure_ascii=False, sort_keys=True, default=str),
        "request_id": entry.request_id,
    }
    enqueue_for_sealing(connection, {"row_batches": append_batch(connection, AUDIT_BATCHES, [row], now)}, now)
