"""Import members, and look up a member's facts and applications."""

from functools import partial

from sqlalchemy import Connection

from benefits import Officer
from events import (
    ErasureResult,
    erase_everywhere,
)
from yihui.access.audit_erasure import erase_audit_texts, list_objects_of_members
from yihui.access.member_sessions import erase_member_access
from yihui.bootstrap import Wiring
from yihui.services.attachments.attachments import delete_unused_files, list_digests_of_member
from yihui.services.attachments.resumable_uploads import delete_member_uploads
from yihui.services.members.vault import erase_from_separate_vault
from yihui.services.rules.life import act_as_officer


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
