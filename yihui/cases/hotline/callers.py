"""Show who called in clear, and delete callers' data when their time is over; both leave an entry in the audit log."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from core.text_marks import N_
from members.hotline.case import HotlineCase
from members.hotline.faults import HOTLINE_FAULTS, HotlineRefused
from yihui.access.roles import Right
from yihui.cases.kernel.forms import ReasonForm
from yihui.frame.acts import Doing
from yihui.frame.content import Fact, Facts, Prose, Section

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from members.hotline.callers import CallerDeletion
    from yihui.access.actor import Actor
    from yihui.bootstrap import Wiring

UNMASK_AUDIT = "hotline.unmask"


def reveal_caller(act: Doing[ReasonForm, HotlineCase]) -> Sequence[Section]:
    """Return a caller in clear. *Raises*: HotlineRefused if nothing is stored."""
    from members.hotline.callers import read_caller
    from yihui.services.members.vault import require_vault

    number = act.thing.number
    caller = read_caller(act.connection, require_vault(act.wiring).keys, number)
    if caller is None:
        raise HotlineRefused(HOTLINE_FAULTS.build("no_caller", field="case", value=number))
    facts = (
        Fact("name", N_("Caller's name"), caller.name),
        Fact("phone", N_("Phone to call back"), caller.phone),
    )
    said = [Prose("text", N_("What was said"), caller.transcript)] if caller.transcript else []
    return [Facts(N_("Caller"), facts), *said]


def delete_old_caller_data(
    wiring: "Wiring", actor: "Actor | None", *, rewrite: bool = True
) -> "CallerDeletion | None":
    """Delete the callers of cases that were closed longer ago than the setting says; None if there are none.

    SQLite overwrites them where they stood. With ``rewrite`` its file is written anew, so that nothing of them
    stays in the write-ahead log either; without it, that is so when the last connection closes.

    *Raises*: FaultError; DatabaseLocked if another process keeps the file from being rewritten.
    """
    from events.retries import run_in_transaction
    from members.hotline.callers import delete_old_callers, has_old_callers
    from yihui.access.audit import AuditEntry, append_audit_entry
    from yihui.services.access.authorisation import authorise

    now = wiring.now()
    closed_before = now - timedelta(days=wiring.settings.hotline_retention_days)

    def work(connection: "Connection") -> "CallerDeletion | None":
        decision = authorise(wiring, connection, actor, Right.HANDLE_CASES, None)
        assert actor is not None
        done = delete_old_callers(connection, closed_before, actor.id, now)
        if done is not None:
            after = {"cases": done.cases, "digest": done.digest}
            which = f"closed before {closed_before.isoformat()}"
            entry = AuditEntry("hotline.delete_callers", "hotline_case", which, by=decision.by, after=after)
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
