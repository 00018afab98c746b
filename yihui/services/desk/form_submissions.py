"""Carry out each form once: a double click, a reload and a second tab find what the first one did.

Every form carries a key that was made with it. The key is claimed before the act. A refused act gives it back only if
none of its transactions was committed. The claim stays where the program was ended before the act's outcome was
recorded: the upkeep reports such a form in the audit log (decision 0062).
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import and_, delete, or_, select, update

from core.civil_time import civil_date
from members import scrub_personal_numbers
from store import insert_into, json_array
from yihui.access.actor import Actor, ActorKind
from yihui.access.audit import (
    MEMBER_OBJECT,
    AuditEntry,
    append_audit_entries,
    append_audit_entry,
    without_faulty_texts,
)
from yihui.access.decide import subtrees
from yihui.access.roles import Right
from yihui.access.tables import form_submissions
from yihui.bootstrap import Wiring
from yihui.services.access.reach import Place, find_member_places, open_reach

STORED_FOR = timedelta(days=7)
UNFINISHED_AFTER = timedelta(minutes=15)  # no act of a form takes as long
_LONGEST_PATH = 300  # characters


@dataclass(frozen=True, slots=True)
class EarlierSubmission:
    """A form that was sent before: where its act led to; None while it isn't finished."""

    outcome: str | None


@dataclass(frozen=True, slots=True)
class FormAct:
    """The act that a form begins: the form's key, the act's name in the audit log, and the path it was sent to."""

    key: str
    act: str
    path: str


def claim_submission(wiring: Wiring, actor: Actor, form: FormAct) -> EarlierSubmission | None:
    """Claim a form's key for an actor; return the earlier submission if it was sent before.

    A key that another actor claimed is as good as unfinished: its outcome is not shown.
    """
    now, key, c = wiring.now(), form.key, form_submissions.c
    row = {
        "key": key,
        "actor": actor.id,
        "actor_kind": actor.kind.value,
        "act": form.act,
        "page": scrub_personal_numbers(form.path)[:_LONGEST_PATH],
        "submitted_at": now,
        "organisations": _render_subtrees(actor, form.act, civil_date(now)),
    }
    is_known = or_(c.outcome.is_not(None), c.reported_at.is_not(None))
    with wiring.database.write() as connection:
        connection.execute(delete(form_submissions).where(c.submitted_at < now - STORED_FOR, is_known))
        claim = insert_into(connection, form_submissions).values(row).on_conflict_do_nothing()
        # PostgreSQL's driver reports no row count of an INSERT; what it returns shows whose claim it is.
        if connection.execute(claim.returning(form_submissions.c.key)).first() is not None:
            return None
        found = connection.execute(
            select(form_submissions.c.actor, form_submissions.c.outcome).where(form_submissions.c.key == key)
        ).one()
    return EarlierSubmission(found.outcome if found.actor == actor.id else None)


def finish_submission(
    wiring: Wiring, actor: Actor, key: str, outcome: str, unrecorded: AuditEntry | None
) -> None:
    """Record where a form's act led to, and in the audit log an act that had no transaction of its own to say it."""
    with wiring.database.write() as connection:
        connection.execute(
            update(form_submissions).where(form_submissions.c.key == key).values(outcome=outcome)
        )
        if unrecorded is not None:
            append_audit_entry(connection, actor, unrecorded, wiring.now())


def report_unfinished_forms(wiring: Wiring) -> int:
    """Report in the audit log each form whose act was begun and whose outcome was never recorded; return how many.

    The program was ended, or failed, between the act and its record: the act may have been done, in whole or in
    part. The entry names the officer and the page, so that somebody compares it with the record. An officer who
    holds the right for several subtrees gets an entry for each: which of them the act was about isn't known.
    """
    now, c = wiring.now(), form_submissions.c
    is_unfinished = and_(
        c.outcome.is_(None), c.reported_at.is_(None), c.submitted_at < now - UNFINISHED_AFTER
    )
    with wiring.database.write() as connection:
        marked = update(form_submissions).where(is_unfinished).values(reported_at=now).returning(*c)
        found = connection.execute(marked).all()
        for row in sorted(found, key=lambda one: one.submitted_at):
            actor = Actor(row.actor, row.actor, ActorKind(row.actor_kind or ActorKind.UNKNOWN))
            entry = AuditEntry(_unfinished_act(row.act or ""), "form", row.key, after={"page": row.page})
            places = json.loads(row.organisations) if row.organisations else [None]
            entries = [replace(without_faulty_texts(entry), organisation=place) for place in places]
            append_audit_entries(connection, actor, entries, now)
    return len(found)


def _unfinished_act(act: str) -> str:
    """Return the name of the entry: below the right of the act, so that its auditors find it."""
    right = _right_of(act)
    return f"{right.value if right else 'own'}.unfinished"


def _right_of(act: str) -> Right | None:
    return next((one for one in Right if act.startswith(f"{one.value}.")), None)


def _render_subtrees(actor: Actor, act: str, day: date) -> str | None:
    """Return as JSON the organisations for which an actor holds an act's right; None for everywhere and for none."""
    right = _right_of(act)
    found = subtrees(actor, right, day) if right else None
    return json_array(sorted(found)) if found else None


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
