"""Import members, and look up a member's facts and applications."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial

from sqlalchemy import Connection

from benefits import Officer
from core.faults import FaultError
from events import (
    ErasureResult,
    erase_everywhere,
)
from members import (
    ApplicationStep,
    FactValue,
    facts_on,
    organisation_names,
    read_application_steps,
    read_member_changes,
)
from yihui.access.audit import erase_audit_texts, list_objects_of_members
from yihui.access.member_sessions import erase_member_access
from yihui.bootstrap import Wiring
from yihui.services.access.officers import act_as_officer
from yihui.services.attachments.attachments import delete_unused_files, list_digests_of_member
from yihui.services.attachments.resumable_uploads import delete_member_uploads
from yihui.services.members.unknown_ids import require_known_member, unknown_member_fault
from yihui.services.members.vault import erase_from_separate_vault


@dataclass(frozen=True, slots=True)
class MemberFacts:
    """A member's facts on a day by path, and the organisations' names by code."""

    facts: Mapping[str, FactValue]
    organisations: Mapping[str, str]


def load_member_facts(wiring: Wiring, member: str, day: date) -> MemberFacts:
    """Load a member's facts on a day. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        changes = read_member_changes(connection, [member])[member]
        facts = facts_on(changes, day)
        names = organisation_names(connection, {str(value) for value in facts.values()})
    if not changes:
        raise FaultError([unknown_member_fault(member, "MEMBER")])
    return MemberFacts(facts, names)


def load_member_applications(wiring: Wiring, member: str) -> list[ApplicationStep]:
    """Load the steps of a member's applications. *Raises*: FaultError for an unknown member."""
    with wiring.database.read() as connection:
        require_known_member(connection, member, "--member")
        return read_application_steps(connection, [member])[member]


def erase_member_data(wiring: Wiring, member: str, by: str, reason: str) -> ErasureResult:
    """Erase a person's data and give the space back; the pseudonym stays. *Raises*: FaultError."""
    files = list_digests_of_member(wiring, member)
    done = act_as_officer(wiring, by, reason, partial(erase_member_rows, wiring, member))
    delete_unused_files(wiring, files)
    delete_member_uploads(wiring, member)
    wiring.database.vacuum()
    if wiring.has_separate_vault:
        wiring.vault_database.vacuum()
    return done


def erase_member_rows(wiring: Wiring, member: str, connection: Connection, officer: Officer) -> ErasureResult:
    """Erase a person from all tables in the caller's transaction; files are deleted after it."""
    own = list_objects_of_members(connection, [member])
    done = erase_everywhere(connection, officer, member, partial(erase_from_separate_vault, wiring))
    if done.act is not None:
        erase_audit_texts(connection, member, own)
        erase_member_access(connection, member)
    return done
