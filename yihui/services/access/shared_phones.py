"""Which of the members who share a phone number logs in: she proves it by her ID number's end, or by her card's number.

Nothing that is answered says who the others are, or how many. See docs/decisions/0084.
"""

import hmac
import json
import re
import unicodedata
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from core.faults import Fault
from members.cards.life import current_card
from store import lock_exclusive
from yihui.access.actor import UNKNOWN
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.member_login_faults import MEMBER_LOGIN_FAULTS
from yihui.access.member_tables import member_codes
from yihui.bootstrap import Wiring
from yihui.services.members.vault import require_vault

MOST_WRONG_CHOICES = 10  # in a day, by all who have the phone: an ID number's end has 10,000 values or so
CHOICE_LOCK = timedelta(days=1)  # as long as rows of codes are stored
_END = re.compile(r"[0-9]{3}[0-9X]")
_CARD = re.compile(r"[0-9]{6,32}")


def join_holders(holders: Sequence[str]) -> str | None:
    """Return the members who share a phone as a code's row stores them; None if fewer than two members have the phone."""
    return json.dumps(sorted(holders)) if len(holders) > 1 else None


def read_holders(row: Row[Any]) -> list[str]:
    """Return the members who have the phone of a code's row."""
    if row.holder_ids is not None:
        return list(json.loads(row.holder_ids))
    return [] if row.member_id is None else [row.member_id]


def choose_holder(
    wiring: Wiring, connection: Connection, row: Row[Any], typed: str, now: datetime
) -> tuple[str | None, Fault | None]:
    """Return the member of a shared phone who proved which one she is, or why nobody did. A wrong answer counts."""
    if not typed.strip():
        return None, MEMBER_LOGIN_FAULTS.build("choose", field="who")
    lock_exclusive(connection, f"shared phone {row.holder_ids}")
    wrong = _count_wrong(connection, row.holder_ids, now)
    if wrong >= MOST_WRONG_CHOICES:
        return None, MEMBER_LOGIN_FAULTS.build("choice_locked", field="who")
    found = _find_matching(wiring, connection, read_holders(row), typed)
    if len(found) == 1:
        return found[0], None
    where = member_codes.c.ticket_digest == row.ticket_digest
    connection.execute(
        update(member_codes)
        .where(where)
        .values(wrong_choices=func.coalesce(member_codes.c.wrong_choices, 0) + 1)
    )
    left = MOST_WRONG_CHOICES - wrong - 1
    if left:
        return None, MEMBER_LOGIN_FAULTS.build("wrong_choice", field="who", left=left)
    entry = AuditEntry("members.login.lock", "member_code", row.ticket_digest[:16])
    append_audit_entry(connection, UNKNOWN, entry, now)
    return None, MEMBER_LOGIN_FAULTS.build("choice_locked", field="who")


def _count_wrong(connection: Connection, holder_ids: str, now: datetime) -> int:
    c = member_codes.c
    query = select(func.coalesce(func.sum(c.wrong_choices), 0)).where(
        c.holder_ids == holder_ids, c.created_at > now - CHOICE_LOCK
    )
    return int(connection.execute(query).scalar_one())


def _find_matching(wiring: Wiring, connection: Connection, holders: Sequence[str], typed: str) -> list[str]:
    """Return the members whom an answer fits; every one is compared, so that the time says nothing."""
    answer = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", typed)).upper()
    if _END.fullmatch(answer):
        with wiring.vault_database.read() if wiring.has_separate_vault else nullcontext(connection) as beside:
            persons = require_vault(wiring).read_persons(beside, holders)
        known = {one: (person.id_number or "")[-4:] for one, person in persons.items()}
    elif _CARD.fullmatch(answer):
        cards = {one: current_card(connection, one) for one in holders}
        known = {one: card.number for one, card in cards.items() if card is not None}
    else:
        known = {}
    return [one for one, value in known.items() if value and hmac.compare_digest(value, answer)]
