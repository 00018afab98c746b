"""Let each act take place once: its key is claimed in the act's own transaction, with the digest of what was sent.

A form's key and the header ``Idempotency-Key`` are kept in one table. What was refused leaves no claim, as its
transaction was rolled back.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from sqlalchemy import Connection, delete, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from store import insert_into
from yihui.access.actor import Actor
from yihui.access.tables import form_submissions

_C = form_submissions.c
_KEY_CHARACTERS = 22
STORED_FOR = timedelta(days=7)
ONCE_FAULTS = FaultTable(
    "once",
    {
        "other_content": (
            N_("this key was sent before with other content"),
            N_("send a new wish with a key of its own"),
        )
    },
)


class KeyUsedError(FaultError):
    """A key that was used for something else."""


@dataclass(frozen=True, slots=True)
class OnceKey:
    """The key of one wish of one actor, and the digest of its act and content."""

    key: str
    actor: Actor
    act: str
    digest: str

    @classmethod
    def build(cls, actor: Actor, key: str, act: str, digest: str) -> Self:
        """Return the key of a wish of an actor, as the table has it."""
        own = hashlib.sha256(f"{actor.id}\0{key}".encode()).hexdigest()[:_KEY_CHARACTERS]
        return cls(own, actor, act, digest)


def claim_once(connection: Connection, once: OnceKey, now: datetime) -> str | None:
    """Claim a key; return the key of the thing that the same wish led to before.

    *Raises*: KeyUsedError for a key that was sent with other content.
    """
    row = {
        "key": once.key,
        "actor": once.actor.id,
        "actor_kind": once.actor.kind.value,
        "act": once.act,
        "submitted_at": now,
        "digest": once.digest,
    }
    connection.execute(
        delete(form_submissions).where(_C.submitted_at < now - STORED_FOR, _C.digest.is_not(None))
    )
    claim = insert_into(connection, form_submissions).values(row).on_conflict_do_nothing()
    if connection.execute(claim.returning(_C.key)).first() is not None:
        return None
    found = connection.execute(select(_C.outcome, _C.digest).where(_C.key == once.key)).one()
    if found.digest != once.digest:
        raise KeyUsedError(ONCE_FAULTS.build("other_content", field="Idempotency-Key"))
    return str(found.outcome)


def find_outcome(connection: Connection, once: OnceKey) -> str | None:
    """Return what a key led to that was claimed for the same act, whatever was sent with it."""
    asked = (_C.key == once.key) & (_C.act == once.act) & _C.digest.is_not(None)
    return connection.execute(select(_C.outcome).where(asked)).scalar_one_or_none()


def finish_once(connection: Connection, once: OnceKey, outcome: str) -> None:
    """Record what a claimed wish led to, in the transaction that did it."""
    connection.execute(update(form_submissions).where(_C.key == once.key).values(outcome=outcome))
