"""Collect all that is known of one person, for the person's own export; what is shown in clear is recorded."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

import yihui.schema  # noqa: F401 read_member_rows walks every table
from core.civil_time import civil_date
from core.faults import FaultError
from events import read_member_rows
from members import FactValue, PersonalData, facts_on, organisation_names, read_member_changes
from members.attachments import Attachment
from members.vault import Unmasking, read_unmaskings
from yihui.access.actor import Actor
from yihui.access.audit import MEMBER_OBJECT, AuditEntry, append_audit_entry
from yihui.access.audit_erasure import read_entries_about
from yihui.bootstrap import Wiring
from yihui.services.access.acting import acting_officer, record_reading
from yihui.services.attachments.attachments import list_person_attachments, open_attachment_store
from yihui.services.members.unknown_ids import unknown_member_fault
from yihui.services.members.vault import record_unmaskings

_OF_OFFICERS = frozenset({"actor", "changes"})


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file about a person, with its pages as JPEG pictures; ``content`` None: it can't be read here."""

    record: Attachment
    content: bytes | None = field(repr=False)
    pages: Sequence[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PersonExport:
    """All that is known of one person: in clear, by fact, by table, and who has seen it in clear before.

    ``has_vault`` is false where there is no key: then nobody can read a name or a number.
    """

    member_id: str
    exported_at: datetime
    has_vault: bool
    person: PersonalData = field(repr=False)
    facts: Mapping[str, FactValue] = field(repr=False)
    organisations: Mapping[str, str] = field(repr=False)
    rows: Mapping[str, Sequence[Mapping[str, object]]] = field(repr=False)
    unmaskings: Sequence[Unmasking] = field(repr=False)
    files: Sequence[ExportedFile] = field(repr=False)


def export_person(wiring: Wiring, member: str, by: str, reason: str) -> PersonExport:
    """Collect all that is known of a person, after recording that an officer sees it in clear.

    *Raises*: FaultError for an unknown member, and without a reason.
    """
    officer = acting_officer(wiring, by, reason).require_reason()

    def record(connection: Connection, person: PersonalData) -> None:
        record_unmaskings(connection, member, person, [name for name, _ in person.items()], officer)
        record_reading(wiring, connection)

    return _collect(wiring, member, record)


def export_own_person(wiring: Wiring, actor: Actor) -> PersonExport:
    """Collect all that is known of the member who acts, and record that she took it.

    Who read her data is named by role and organisation, never by the officer.

    *Raises*: FaultError if nothing is known of her.
    """
    with wiring.database.write() as connection:
        entry = AuditEntry("members.export_own", MEMBER_OBJECT, actor.id)
        append_audit_entry(connection, actor, entry, wiring.now())
    export = _collect(wiring, actor.id, lambda _connection, _person: None)
    entries = export.rows.get("audit_entries", ())
    shown = [{name: row[name] for name in row if name not in _OF_OFFICERS} for row in entries]
    return replace(export, rows={**export.rows, "audit_entries": shown}, unmaskings=[])


def _collect(wiring: Wiring, member: str, record: Callable[[Connection, PersonalData], None]) -> PersonExport:
    now = wiring.now()
    with wiring.database.read() as connection:
        rows = read_member_rows(connection, member)
        facts = facts_on(read_member_changes(connection, [member])[member], civil_date(now))
        names = organisation_names(connection)
    person = PersonalData()
    with wiring.vault_database.write() as connection:
        if wiring.vault is not None:
            person = wiring.vault.read_persons(connection, [member]).get(member, person)
        if not rows and not person:
            raise FaultError(unknown_member_fault(member, "MEMBER"))
        record(connection, person)
        unmaskings = read_unmaskings(connection, member)
    with wiring.database.read() as connection:  # with the entry of this very reading
        if entries := read_entries_about(connection, member):
            rows["audit_entries"] = entries
    codes = {str(value) for value in facts.values()}
    organisations = {code: name for code, name in names.items() if code in codes}
    files = [_read_file(wiring, one) for one in list_person_attachments(wiring, member)]
    return PersonExport(
        member, now, wiring.vault is not None, person, facts, organisations, rows, unmaskings, files
    )


def _read_file(wiring: Wiring, one: Attachment) -> ExportedFile:
    store = open_attachment_store(wiring)
    try:
        return ExportedFile(one, store.read(one.digest), [store.read(page) for page in one.pages])
    except FaultError:
        return ExportedFile(one, None, ())
