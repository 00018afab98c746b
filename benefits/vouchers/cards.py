"""Members' cards: what they show in each step, and that each sign counts once."""

import secrets
from collections.abc import Callable
from datetime import date, datetime

from sqlalchemy import Connection, insert, select

from benefits.tables.vouchers import card_uses, member_cards
from benefits.vouchers.codes import letters
from benefits.vouchers.keys import VoucherKey
from benefits.vouchers.refusals import VoucherRefused
from benefits.vouchers.tokens import HANDLE_SIGNS, STEP_S, read_token, step_at, step_of, token_text
from store import insert_into

_SALT_BYTES = 16


def card_text(
    connection: Connection,
    key: VoucherKey,
    member_id: str,
    on: date,
    now: datetime,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """What a member's card shows now; the card is made when it is first looked at."""
    known = select(member_cards).where(member_cards.c.member_id == member_id)
    row = connection.execute(known).one_or_none()
    if row is None:
        handle = letters(int.from_bytes(random_bytes(_SALT_BYTES), "big"), HANDLE_SIGNS)
        new = {"handle": handle, "member_id": member_id, "salt": random_bytes(_SALT_BYTES).hex()}
        made = insert_into(connection, member_cards).values(**new, made_on=on)
        connection.execute(made.on_conflict_do_nothing())
        row = connection.execute(known).one()
    return token_text(row.handle, _secret(key, row.handle, row.salt), step_at(now))


def read_card(connection: Connection, key: VoucherKey, text: str, at: datetime) -> tuple[str, str, int]:
    """Member, handle and step of what was scanned at an instant. *Raises*: VoucherRefused.

    Whether that sign was used already is known only under lock: see ``note_card_use``.
    """
    token = read_token(text)
    row = connection.execute(select(member_cards).where(member_cards.c.handle == token.handle)).one_or_none()
    if row is None:
        raise VoucherRefused("token_format")
    return row.member_id, row.handle, step_of(token, _secret(key, row.handle, row.salt), at)


def check_not_used(connection: Connection, handle: str, step: int) -> None:
    """*Raises*: VoucherRefused (token_used). Two at once: the second one's insert fails, and it is done again."""
    used = select(card_uses.c.step).where(card_uses.c.handle == handle, card_uses.c.step == step)
    if connection.execute(used).one_or_none() is not None:
        raise VoucherRefused("token_used", seconds=str(STEP_S))


def note_card_use(connection: Connection, handle: str, step: int, transaction_id: str) -> None:
    row = {"handle": handle, "step": step, "transaction_id": transaction_id}
    connection.execute(insert(card_uses).values(row))


def _secret(key: VoucherKey, handle: str, salt: str) -> bytes:
    return bytes.fromhex(key.digest("card", handle, salt))
