"""What happened to an officer's account since the session before: changed factors, and codes that somebody used again."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from core.text_marks import N_
from yihui.access.sessions import Session
from yihui.access.tables import audit_entries, officer_sessions
from yihui.bootstrap import Wiring
from yihui.services.access.login import USED_CODE

_CHANGES = {
    "accounts.renew_setup": N_("An administrator made a new set-up code for your account."),
    "accounts.set_up": N_("The password was set with a set-up code."),
    "accounts.change_password": N_("The password was changed."),
    "accounts.register_phone": N_("Another phone was registered."),
    "accounts.renew_recovery_codes": N_("New recovery codes were made."),
}
_REUSED = N_("A code of your phone that had been used already was refused: somebody else may have seen it.")


@dataclass(frozen=True, slots=True)
class AccountNotice:
    """One thing that happened, in English for translation, and when."""

    text: str
    at: datetime


def load_account_notices(wiring: Wiring, session: Session) -> tuple[AccountNotice, ...]:
    """Return what happened between the start of an officer's last session and that of this one, the oldest first.

    The first session has none: the officer has just set the account up.
    """
    c = audit_entries.c
    with wiring.database.read() as connection:
        before = _find_last_start(connection, session)
        if before is None:
            return ()
        query = select(c.act, c.changes, c.at).where(
            c.object_kind == "account",
            c.object_id == str(session.account_id),
            c.act.in_((*_CHANGES, "accounts.fail")),
            c.at > before,
            c.at <= session.started_at,
        )
        rows = connection.execute(query.order_by(c.sequence)).all()
    found = ((_CHANGES.get(row.act) or _describe_failure(row.changes), row.at) for row in rows)
    return tuple(AccountNotice(text, at) for text, at in found if text)


def is_new_session(session: Session) -> bool:
    """Return whether a log-in has just opened the session, and didn't step up in one that was there."""
    return session.authenticated_at == session.started_at


def _find_last_start(connection: Connection, session: Session) -> datetime | None:
    s = officer_sessions.c
    query = select(func.max(s.started_at)).where(
        s.account_id == session.account_id, s.started_at < session.started_at
    )
    found: datetime | None = connection.execute(query).scalar_one()
    return found


def _describe_failure(changes: str) -> str:
    """Return what is said of a refused try; nothing of one that was mistyped."""
    after = json.loads(changes).get("after", {})
    return _REUSED if after.get("wrong") == USED_CODE else ""
