"""Read who called in clear, and delete callers' data when their time is over; both leave an entry in the audit log."""

from datetime import timedelta

from sqlalchemy import Connection

from core.faults import FaultError
from events.retries import run_in_transaction
from members.hotline.callers import (
    Caller,
    CallerDeletion,
    delete_old_callers,
    has_old_callers,
    list_deletions,
    read_caller,
)
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from yihui.access.actor import Actor
from yihui.access.audit import UNMASK_CALLER, AuditEntry, append_audit_entry
from yihui.access.roles import Right
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import require_running_clock
from yihui.services.access.authorisation import authorise, require_fresh_login
from yihui.services.hotline.cases import CASE_KIND
from yihui.services.hotline.intake import reason_faults
from yihui.services.hotline.lists import authorise_case, require_case
from yihui.services.members.vault import require_vault


def unmask_caller(wiring: Wiring, actor: Actor | None, number: int, reason: str) -> Caller:
    """Return a caller in clear, with a reason; the log of it is written before anything is shown.

    *Raises*: FaultError.
    """
    require_running_clock(wiring)
    if faults := reason_faults(reason):
        raise FaultError(faults)

    def work(connection: Connection) -> Caller:
        authorise(wiring, connection, actor, Right.HANDLE_CASES, None)  # a stranger learns no numbers
        case = require_case(connection, number)
        decision = authorise_case(wiring, connection, actor, Right.HANDLE_CASES, case)
        assert actor is not None
        require_fresh_login(wiring, actor, Right.HANDLE_CASES)
        caller = read_caller(connection, require_vault(wiring).keys, number)
        if caller is None:
            raise HotlineRefused(HOTLINE_FAULTS.build("no_caller", field="case", value=number))
        entry = AuditEntry(
            UNMASK_CALLER, CASE_KIND, str(number), reason.strip(), case.organisation, decision.by
        )
        append_audit_entry(connection, actor, entry, wiring.now())
        return caller

    return run_in_transaction(wiring.database, work)


def delete_old_caller_data(
    wiring: Wiring, actor: Actor | None, *, rewrite: bool = True
) -> CallerDeletion | None:
    """Delete the callers of cases that were closed longer ago than the setting says; None if there are none.

    SQLite overwrites them where they stood. With ``rewrite`` its file is written anew, so that nothing of them
    stays in the write-ahead log either; without it, that is so when the last connection closes.

    *Raises*: FaultError; DatabaseLocked if another process keeps the file from being rewritten.
    """
    now = wiring.now()
    closed_before = now - timedelta(days=wiring.settings.hotline_retention_days)

    def work(connection: Connection) -> CallerDeletion | None:
        decision = authorise(wiring, connection, actor, Right.HANDLE_CASES, None)
        assert actor is not None
        done = delete_old_callers(connection, closed_before, actor.id, now)
        if done is not None:
            entry = AuditEntry(
                "hotline.delete_callers",
                CASE_KIND,
                f"closed before {closed_before.isoformat()}",
                by=decision.by,
                after={"cases": done.cases, "digest": done.digest},
            )
            append_audit_entry(connection, actor, entry, now)
        return done

    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.HANDLE_CASES, None)
        if not has_old_callers(connection, closed_before):
            return None
    done = run_in_transaction(wiring.database, work)
    if rewrite:
        wiring.database.vacuum()
    return done


def load_deletions(wiring: Wiring, actor: Actor | None) -> list[CallerDeletion]:
    """Load the proofs of deletion, the newest first. *Raises*: FaultError."""
    with wiring.database.read() as connection:
        authorise(wiring, connection, actor, Right.READ_CASES, None)
        return list_deletions(connection)
