"""Log members in, and step their sessions up, by a one-time code that is sent to the phone in the vault.

A caller can't find out whether a number is a member's: every request gets the same answer and stores a row, but only a
member's phone gets a message. The message is sent after the answer, so that the time of the answer tells nothing
either, and it counts even if it could not be sent. The tries of a browser that holds the token of a member's earlier
log-in are counted apart from those of strangers, by phone and by network: strangers can't lock it out.

Where members share a phone number, each proves which one she is by the end of her ID number, or by her card's number.
No answer tells who the others are, or how many. See docs/decisions/0084.
"""

import hmac
import json
import logging
import re
import secrets
import unicodedata
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from core.faults import Fault, FaultError
from core.text_marks import N_
from members import parse_phone
from members.cards.life import current_card
from members.joining.request import (
    SEND_PERIOD,
    JoinRefused,
    create_code,
    find_throttle_fault,
    hash_text,
    parse_code,
)
from store import lock_exclusive
from yihui.access.actor import UNKNOWN
from yihui.access.audit import AuditEntry, append_audit_entry
from yihui.access.login_throttle import (
    Bucket,
    count_try,
    create_device_token,
    device_bucket,
    find_known_device,
    member_bucket,
    release_try,
)
from yihui.access.member_sessions import (
    MEMBER_LOGIN_FAULTS,
    WAY_CODE,
    MemberEndReason,
    MemberSession,
    OpenedMemberSession,
    end_member_session,
    find_member_session,
    open_member_session,
    step_up_member_session,
)
from yihui.access.session_rows import TOKEN_BYTES, bind_session, digest_token
from yihui.access.tables import member_code_sends, member_codes
from yihui.bootstrap import Wiring
from yihui.runtime.demo_clock import is_demo_clock_stopped
from yihui.runtime.identity_key import derive_key
from yihui.services.access.login_tries import LoginVisit, throttle_key
from yihui.services.access.secret_marks import secret_marker
from yihui.services.members.vault import load_masked_person, read_member_phone, require_vault
from yihui.services.messages.gateways import CodeMessage, CodeNotSent

CODE_LIFE = timedelta(minutes=5)
MOST_WRONG_CODES = 10
_LOG = logging.getLogger(__name__)
_TEXT = N_(
    "Yihui: {code} is your code to log in to the union. It holds for {minutes} minutes. Tell it to nobody."
)
MOST_WRONG_CHOICES = 10  # in a day, by all who have the phone: an ID number's end has 10,000 values or so
CHOICE_LOCK = timedelta(days=1)  # as long as rows of codes are stored
_END = re.compile(r"[0-9]{3}[0-9X]")
_CARD = re.compile(r"[0-9]{6,32}")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A code that a member's phone is to get."""

    phone: str = field(repr=False)
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RequestedCode:
    """What the browser keeps until the code is entered, and what is to be sent, if anything."""

    ticket: str = field(repr=False)
    outgoing: Outgoing | None


def issue_member_device(wiring: Wiring, member: str) -> str:
    """Return the token of a browser in which a member has just logged in; it opens nothing."""
    return create_device_token(_device_key(wiring), member, wiring.now())


def request_code(wiring: Wiring, typed_phone: str, visit: LoginVisit) -> RequestedCode:
    """Make a code for a typed phone number. *Raises*: InvalidPhone, FaultError if too many were asked for."""
    phone = parse_phone(typed_phone)
    _require_sender(wiring)
    with wiring.vault_database.read() as connection:
        holders = require_vault(wiring).find_members(connection, "phone", phone)
    return _store_code(wiring, phone, holders, visit)


def request_own_code(wiring: Wiring, session: MemberSession, visit: LoginVisit) -> RequestedCode:
    """Make a code that steps a session up; it goes to the phone in the vault. *Raises*: FaultError."""
    _require_sender(wiring)
    phone = read_member_phone(wiring, session.member_id)
    if phone is None:
        raise FaultError(MEMBER_LOGIN_FAULTS.build("no_phone"))
    return _store_code(wiring, phone, [session.member_id], visit)


def read_own_phone_mask(wiring: Wiring, member: str) -> str:
    """Return a member's own phone number as her page shows it; empty if none is known."""
    return load_masked_person(wiring, member).get("phone", "")


def send_code(wiring: Wiring, outgoing: Outgoing) -> None:
    """Send a code, after the answer. One that can't be sent counts too: otherwise the count would tell members from strangers."""
    assert wiring.code_sender is not None, "request_code has looked"
    minutes, now = int(CODE_LIFE.total_seconds() // 60), wiring.now()
    text = wiring.render(_TEXT, code=outgoing.code, minutes=minutes)
    try:
        wiring.code_sender.send(CodeMessage(outgoing.phone, outgoing.code, text, now))
    except CodeNotSent:
        _LOG.error("a member's code was not sent; see the message before")


def enter_code(
    wiring: Wiring, ticket: str, typed: str, visit: LoginVisit, who: str = ""
) -> OpenedMemberSession:
    """Open a session, or step one up, for a right code.

    ``who`` says which member she is where several share the phone: the end of her ID number, or her card's number.

    *Raises*: FaultError for a wrong, used or old code, and for a shared phone (`choose`, `wrong_choice`). Each try
    counts before it is looked at, and a right one is taken back: beyond the limit no code is looked at. The tenth
    wrong code ends it; the tenth wrong answer locks the phone for a day.
    """
    try:
        code, now = parse_code(typed), wiring.now()
    except JoinRefused as error:
        raise FaultError(MEMBER_LOGIN_FAULTS.build("code_form", field="code")) from error
    with wiring.database.write() as connection:
        row = _find_code(connection, ticket, now)
        bucket, _ = _bucket(wiring, [] if row is None else _read_holders(row), visit, now)
        tried = count_try(connection, bucket, now)
        fault = too_many_tries_fault(tried.wait) if tried.is_over else None
        fault = fault or _judge(wiring, connection, row, code, now)
        member = None if row is None else row.member_id
        if fault is None and row is not None and member is None:
            member, fault = _choose_holder(wiring, connection, row, who, now)
        if fault is None and row is not None and member is not None:
            release_try(connection, bucket)
            connection.execute(_of(row).values(used_at=now))
            return bind_session(secret_marker(wiring), _open(connection, member, visit, now))
    assert fault is not None, "a right code without a member has one"
    raise FaultError(fault)


def _bucket(wiring: Wiring, holders: Sequence[str], visit: LoginVisit, now: datetime) -> tuple[Bucket, bool]:
    """Return where a browser's tries are counted, and whether one of the phone's holders logged in there before."""
    key = throttle_key(wiring)
    for member in holders:
        device = find_known_device(_device_key(wiring), member, visit.device_token, now)
        if device is not None:
            return device_bucket(key, member, device), True
    return member_bucket(key, visit.network), False


def _judge(
    wiring: Wiring, connection: Connection, row: Row[Any] | None, code: str, now: datetime
) -> Fault | None:
    """Return why the code opens nothing, None if it is right. A wrong one counts against its row."""
    minutes = int(CODE_LIFE.total_seconds() // 60)
    if row is None:
        return MEMBER_LOGIN_FAULTS.build("code_over", field="code", minutes=minutes)
    if row.wrong_codes >= MOST_WRONG_CODES:
        return MEMBER_LOGIN_FAULTS.build("locked", field="code", most=MOST_WRONG_CODES)
    is_right = hmac.compare_digest(
        _hash_code(wiring, row.ticket_digest, code, row.member_id, row.holder_ids), row.code_digest
    )
    if is_right and row.holders:
        return None
    wrong = row.wrong_codes + 1
    connection.execute(_of(row).values(wrong_codes=wrong))
    if wrong < MOST_WRONG_CODES:
        return MEMBER_LOGIN_FAULTS.build("wrong_code", field="code", left=MOST_WRONG_CODES - wrong)
    _audit_lock(connection, row, now)
    return MEMBER_LOGIN_FAULTS.build("locked", field="code", most=MOST_WRONG_CODES)


def _audit_lock(connection: Connection, row: Row[Any], now: datetime) -> None:
    entry = AuditEntry("members.login.lock", "member_code", row.ticket_digest[:16])
    append_audit_entry(connection, UNKNOWN, entry, now)


def _open(connection: Connection, member: str, visit: LoginVisit, now: datetime) -> OpenedMemberSession:
    """Step up the session that asked, or open a new one in place of this browser's."""
    current = find_member_session(connection, visit.session_token, now)
    if current is not None and current.member_id == member:
        stepped = step_up_member_session(connection, visit.session_token, now)
        if stepped is not None:
            return stepped
    elif current is not None:
        reason = MemberEndReason.NEW_LOGIN
        end_member_session(connection, current.member_id, current.id, reason, now)
    return open_member_session(connection, member, way=WAY_CODE, device=visit.device, now=now)


def _store_code(wiring: Wiring, phone: str, holders: list[str], visit: LoginVisit) -> RequestedCode:
    now = wiring.now()
    ticket, code = secrets.token_urlsafe(TOKEN_BYTES), create_code()
    bucket, is_known = _bucket(wiring, holders, visit, now)
    phone_digest = hash_text(_key(wiring), "known phone" if is_known else "phone", phone)
    with wiring.database.write() as connection:
        fault = None
        if not is_demo_clock_stopped(wiring):  # no pause would ever be over there
            tried, most = count_try(connection, bucket, now), wiring.settings.codes_per_day
            fault = too_many_tries_fault(tried.wait) if tried.is_over else None
            fault = fault or _count_send(connection, phone_digest, most, now)
        if fault is None:
            connection.execute(
                delete(member_codes).where(member_codes.c.expires_at < now - timedelta(days=1))
            )
            member_id = holders[0] if len(holders) == 1 else None
            holder_ids = json.dumps(sorted(holders)) if len(holders) > 1 else None
            connection.execute(
                member_codes.insert().values(
                    ticket_digest=digest_token(ticket),
                    member_id=member_id,
                    holders=len(holders),
                    holder_ids=holder_ids,
                    code_digest=_hash_code(wiring, digest_token(ticket), code, member_id, holder_ids),
                    wrong_codes=0,
                    created_at=now,
                    expires_at=now + CODE_LIFE,
                )
            )
    if fault is not None:  # the try itself is counted
        raise FaultError(fault)
    return RequestedCode(ticket, Outgoing(phone, code) if holders else None)


def _count_send(connection: Connection, phone_digest: str, most: int, now: datetime) -> Fault | None:
    """Count a code for a phone number, whoever has it; return why there are too many."""
    c = member_code_sends.c
    lock_exclusive(connection, f"code {phone_digest}")
    connection.execute(delete(member_code_sends).where(c.sent_at <= now - SEND_PERIOD))
    sent = list(connection.execute(select(c.sent_at).where(c.phone_digest == phone_digest)).scalars())
    if (fault := find_throttle_fault(sent, most, now)) is not None:
        code = "wait" if fault.code.endswith("too_soon") else "too_many_codes"
        seconds, until = fault.params.get("seconds"), fault.params.get("until")
        return MEMBER_LOGIN_FAULTS.build(code, field="phone", seconds=seconds, until=until)
    connection.execute(member_code_sends.insert().values(phone_digest=phone_digest, sent_at=now))
    return None


def _find_code(connection: Connection, ticket: str, now: datetime) -> Row[Any] | None:
    """Return the row of a ticket, locked; None if it is unknown, used or old."""
    c = member_codes.c
    query = select(member_codes).where(
        c.ticket_digest == digest_token(ticket), c.used_at.is_(None), c.expires_at > now
    )
    return connection.execute(query.with_for_update()).one_or_none()


def _of(row: Row[Any]) -> Any:
    return update(member_codes).where(member_codes.c.ticket_digest == row.ticket_digest)


def _require_sender(wiring: Wiring) -> None:
    if wiring.code_sender is None or wiring.vault is None:
        raise FaultError(MEMBER_LOGIN_FAULTS.build("no_sender"))


def too_many_tries_fault(wait: timedelta) -> Fault:
    return MEMBER_LOGIN_FAULTS.build("too_many", minutes=max(1, ceil(wait.total_seconds() / 60)))


def _key(wiring: Wiring) -> bytes:
    return derive_key(wiring.login_key, "members' codes")


def _device_key(wiring: Wiring) -> bytes:
    return derive_key(wiring.login_key, "members' known devices")


def _hash_code(
    wiring: Wiring, ticket_digest: str, code: str, member_id: str | None, holder_ids: str | None
) -> str:
    return hash_text(_key(wiring), "code", ticket_digest, code, member_id or "", holder_ids or "")


def _read_holders(row: Row[Any]) -> list[str]:
    if row.holder_ids is not None:
        return list(json.loads(row.holder_ids))
    return [] if row.member_id is None else [row.member_id]


def _choose_holder(
    wiring: Wiring, connection: Connection, row: Row[Any], typed: str, now: datetime
) -> tuple[str | None, Fault | None]:
    """Return the member of a shared phone who proved which one she is, or why nobody did. A wrong answer counts."""
    if not typed.strip():
        return None, MEMBER_LOGIN_FAULTS.build("choose", field="who")
    lock_exclusive(connection, f"shared phone {row.holder_ids}")
    wrong = _count_wrong(connection, row.holder_ids, now)
    if wrong >= MOST_WRONG_CHOICES:
        return None, MEMBER_LOGIN_FAULTS.build("choice_locked", field="who")
    found = _find_matching(wiring, connection, _read_holders(row), typed)
    if len(found) == 1:
        return found[0], None
    wrong_here = func.coalesce(member_codes.c.wrong_choices, 0)
    connection.execute(_of(row).values(wrong_choices=wrong_here + 1))
    left = MOST_WRONG_CHOICES - wrong - 1
    if left:
        return None, MEMBER_LOGIN_FAULTS.build("wrong_choice", field="who", left=left)
    _audit_lock(connection, row, now)
    return None, MEMBER_LOGIN_FAULTS.build("choice_locked", field="who")


def _count_wrong(connection: Connection, holder_ids: str, now: datetime) -> int:
    c = member_codes.c
    query = select(func.coalesce(func.sum(c.wrong_choices), 0)).where(
        c.holder_ids == holder_ids, c.created_at > now - CHOICE_LOCK
    )
    return int(connection.execute(query).scalar_one())


def _find_matching(wiring: Wiring, connection: Connection, holders: Sequence[str], typed: str) -> list[str]:
    """Return the members whom an answer fits; all are compared, so that the duration tells nothing."""
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
