"""Carry out each form once: a double click, a reload and a second tab find what the first one did.

Every form carries a key that was made with it. The key is claimed before the act. A refused act gives it back only if
none of its transactions was committed.
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, update

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from store import insert_into
from yihui.access.actor import Actor
from yihui.access.audit import MEMBER_OBJECT, AuditEntry, append_audit_entries, append_audit_entry
from yihui.access.roles import Right
from yihui.access.tables import form_submissions
from yihui.bootstrap import Wiring
from yihui.runtime.identity_key import derive_key
from yihui.services.access.reach import Place, find_member_places, open_reach

STORED_FOR = timedelta(days=7)
_PURPOSE = "forms of officers' pages"
FORM_KEY_FAULTS = FaultTable(
    "form_key",
    {
        "foreign": (
            N_("the form has no key that was made for you"),
            N_("open the page again and send its own form"),
        ),
    },
)


def create_form_key(wiring: Wiring, actor: Actor) -> str:
    """Return a new key for a form that is shown to an actor: a page of another site can't know one."""
    number = secrets.token_urlsafe(16)
    return f"{number}.{_sign(wiring, actor, number)}"


def check_form_key(wiring: Wiring, actor: Actor, key: str) -> str:
    """Return the number of a form's key. *Raises*: FaultError unless it was made for this actor's session."""
    number, _, signature = key.partition(".")
    if not hmac.compare_digest(_sign(wiring, actor, number).encode(), signature.encode()):
        raise FaultError(FORM_KEY_FAULTS.build("foreign", field="form_key"))
    return number


def _sign(wiring: Wiring, actor: Actor, number: str) -> str:
    key = derive_key(wiring.login_key, _PURPOSE)
    told = f"{actor.session or ''} {actor.id} {number}"
    return hmac.new(key, told.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


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
        claim = insert_into(connection, form_submissions).values(row).on_conflict_do_nothing()
        # PostgreSQL's driver reports no row count of an INSERT; what it returns shows whose claim it is.
        if connection.execute(claim.returning(form_submissions.c.key)).first() is not None:
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


def record_member_readings(wiring: Wiring, actor: Actor, right: Right, members: Iterable[str]) -> None:
    """Record that an officer read some members' data: of each in which role, and for which organisation.

    Otherwise her own district's auditor would not see it. The entries of a page are one batch.
    """
    read = list(dict.fromkeys(members))
    if not read:
        return
    reach = open_reach(wiring, actor, right)
    with wiring.database.write() as connection:
        places = find_member_places(connection, reach, read)
        found = [(member, places.get(member, Place())) for member in read]
        entries = [
            AuditEntry(right.value, MEMBER_OBJECT, member, organisation=place.organisation, by=place.by)
            for member, place in found
        ]
        append_audit_entries(connection, actor, entries, reach.now)


def withdraw_submission(wiring: Wiring, key: str) -> None:
    """Give the key of a refused act back, so that the mended form can be sent with it."""
    with wiring.database.write() as connection:
        connection.execute(delete(form_submissions).where(form_submissions.c.key == key))
