"""Record the uses of member cards: a card shows a signed token for each minute, and each token counts once.

A use is stored under the member's handle, which reveals nothing of the member.
"""

import secrets
from collections.abc import Callable
from datetime import date

from sqlalchemy import Connection, insert, select

from benefits.tables.vouchers import card_uses, member_cards
from benefits.vouchers.codes import encode_number
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from store import insert_into

_HANDLE_BYTES, _HANDLE_SIGNS = 16, 8


def ensure_card_handle(
    connection: Connection,
    member_id: str,
    on: date,
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> str:
    """Return the handle under which a member's tokens count once; create it if there is none."""
    own = select(member_cards.c.handle).where(member_cards.c.member_id == member_id)
    known = connection.execute(own).scalar()
    if known is None:
        handle = encode_number(int.from_bytes(random_bytes(_HANDLE_BYTES), "big"), _HANDLE_SIGNS)
        made = insert_into(connection, member_cards).values(handle=handle, member_id=member_id, made_on=on)
        connection.execute(made.on_conflict_do_nothing())
        known = connection.execute(own).scalar_one()
    return str(known)


def check_card_unused(connection: Connection, handle: str, slot: int) -> None:
    """Check that a card's token was not used. *Raises*: VoucherRefused (token_used).

    If two transactions use it at once, the second one's insert fails and its caller repeats it.
    """
    used = select(card_uses.c.step).where(card_uses.c.handle == handle, card_uses.c.step == slot)
    if connection.execute(used).one_or_none() is not None:
        raise VoucherRefused(VOUCHER_FAULTS.build("token_used"))


def record_card_use(connection: Connection, handle: str, slot: int, transaction_id: str) -> None:
    """Record that a card's token was used."""
    row = {"handle": handle, "step": slot, "transaction_id": transaction_id}
    connection.execute(insert(card_uses).values(row))
