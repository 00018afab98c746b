"""Carry out each form once: a double click, a reload and a second tab find what the first one did.

Every form carries a key that was made with it. The key is claimed before the act; a refused act gives it back.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from store import insert_into
from yihui.access.actor import Actor
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.tables import form_submissions
from yihui.bootstrap import Wiring

STORED_FOR = timedelta(days=7)
_KEY_FORM = re.compile(r"[A-Za-z0-9_-]{22}")


def create_form_key() -> str:
    return secrets.token_urlsafe(16)


def is_form_key(text: str) -> bool:
    return _KEY_FORM.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class EarlierSubmission:
    """A form that was sent before: where its act led to; None while it isn't finished."""

    outcome: str | None


def claim_submission(wiring: Wiring, actor: Actor, key: str) -> EarlierSubmission | None:
    """Claim a form's key for an actor; return the earlier submission if it was sent before.

    A key that another actor claimed is as good as unfinished: its outcome is not shown.
    """
    now = wiring.now()
    row = {"key": key, "actor": actor.id, "submitted_at": now}
    with wiring.database.write() as connection:
        connection.execute(delete(form_submissions).where(form_submissions.c.submitted_at < now - STORED_FOR))
        claimed = connection.execute(
            insert_into(connection, form_submissions).values(row).on_conflict_do_nothing()
        )
        if claimed.rowcount:
            return None
        found = connection.execute(
            select(form_submissions.c.actor, form_submissions.c.outcome).where(form_submissions.c.key == key)
        ).one()
    return EarlierSubmission(found.outcome if found.actor == actor.id else None)


def finish_submission(wiring: Wiring, actor: Actor, key: str, outcome: str, entry: AuditEntry) -> None:
    """Record where a form's act led to, and the act in the audit log."""
    with wiring.database.write() as connection:
        connection.execute(
            update(form_submissions).where(form_submissions.c.key == key).values(outcome=outcome)
        )
        append_audit_entry(connection, actor, entry, wiring.now())


def record_reading(wiring: Wiring, actor: Actor, entry: AuditEntry) -> None:
    """Record in the audit log that an officer read personal data."""
    with wiring.database.write() as connection:
        append_audit_entry(connection, actor, entry, wiring.now())


def withdraw_submission(wiring: Wiring, key: str) -> None:
    """Give the key of a refused act back, so that the mended form can be sent with it."""
    with wiring.database.write() as connection:
        connection.execute(delete(form_submissions).where(form_submissions.c.key == key))
