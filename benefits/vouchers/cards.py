"""Member cards: the token that a card shows in each time step; each token can be used once."""

import secrets
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from benefits.tables.vouchers import card_uses, member_cards
from benefits.vouchers.codes import encode_number
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.keys import VoucherKey
from benefits.vouchers.tokens import (
    HANDLE_SIGNS,
    TOKEN_STEP_S,
    build_token_text,
    find_valid_step,
    parse_token,
    token_step_at,
)
from store import insert_into

_SALT_BYTES = 16


def issue_card_text(
    connection: Connection,
    key: VoucherKey,
    member_id: str,
    on: date,
    now: datetime,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Return the text that a member's card shows now; create the card on first use."""
    known = select(member_cards).where(member_cards.c.member_id == member_id)
    row = connection.execute(known).one_or_none()
    if row is None:
        handle = encode_number(int.from_bytes(random_bytes(_SALT_BYTES), "big"), HANDLE_SIGNS)
        new = {"handle": handle, "member_id": member_id, "salt": random_bytes(_SALT_BYTES).hex()}
        made = insert_into(connection, member_cards).values(**new, made_on=on)
        connection.execute(made.on_conflict_do_nothing())
        row = connection.execute(known).one()
    return build_token_text(row.handle, _secret(key, row.handle, row.salt), token_step_at(now))


def verify_card(connection: Connection, key: VoucherKey, text: str, at: datetime) -> tuple[str, str, int]:
    """Return member, handle and step of a card scanned at an instant. *Raises*: VoucherRefused.

    ``check_card_unused`` checks under lock whether the token was used before.
    """
    token = parse_token(text)
    row = connection.execute(select(member_cards).where(member_cards.c.handle == token.handle)).one_or_none()
    if row is None:
        raise VoucherRefused(VOUCHER_FAULTS.build("token_format"))
    return row.member_id, row.handle, find_valid_step(token, _secret(key, row.handle, row.salt), at)


def check_card_unused(connection: Connection, handle: str, step: int) -> None:
    """Check that a card's token was not used. *Raises*: VoucherRefused (token_used).

    If two transactions use it at once, the second one's insert fails and its caller repeats it.
    """
    used = select(card_uses.c.step).where(card_uses.c.handle == handle, card_uses.c.step == step)
    if connection.execute(used).one_or_none() is not None:
        raise VoucherRefused(VOUCHER_FAULTS.build("token_used", seconds=TOKEN_STEP_S))


def record_card_use(connection: Connection, handle: str, step: int, transaction_id: str) -> None:
    """Record that a card's token was used."""
    row = {"handle": handle, "step": step, "transaction_id": transaction_id}
    connection.execute(insert(card_uses).values(row))


def _secret(key: VoucherKey, handle: str, salt: str) -> bytes:
    return bytes.fromhex(key.digest("card", handle, salt))
