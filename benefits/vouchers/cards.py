"""The first form of member cards: the token that a card shows in each time step; each token can be used once.

The token changes every 30 seconds, so that a photograph of it is soon worthless. It is ``Y1``, the card's
handle and a time-based one-time code (RFC 6238 with HMAC-SHA-256), in the alphabet of voucher codes and
with the same kind of check character. It is scanned, not typed, so it need not be shortened to six digits:
16 characters are 77 bits, which can't be guessed in the two minutes of validity.

Cards show signed tokens now (decision 0018). This form is still read: what was used offline with it may be
handed in later. The uses of both forms are recorded here.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from hmac import compare_digest

from sqlalchemy import Connection, insert, select
from stdnum.iso7064 import mod_37_2

from benefits.tables.vouchers import card_uses, member_cards
from benefits.vouchers.codes import CODE_ALPHABET, encode_number, keyed_number, normalise_code
from benefits.vouchers.faults import VOUCHER_FAULTS, VoucherRefused
from benefits.vouchers.keys import VoucherKey
from store import insert_into

TOKEN_STEP_S = 30
WINDOW_STEPS = 1  # before and after: clocks of tills and phones differ
TOKEN_PREFIX = "Y1"
HANDLE_SIGNS, CODE_SIGNS = 8, 16
_LENGTH = len(TOKEN_PREFIX) + HANDLE_SIGNS + CODE_SIGNS + 1


@dataclass(frozen=True, slots=True)
class CardToken:
    """A scanned token: the card's handle and the one-time code."""

    handle: str
    code: str


def token_step_at(moment: datetime) -> int:
    """Return the number of the time step at an instant."""
    return int(moment.timestamp()) // TOKEN_STEP_S


def step_seconds_left(moment: datetime) -> int:
    """Return for how many seconds the token shown at an instant stays the same."""
    return TOKEN_STEP_S - int(moment.timestamp()) % TOKEN_STEP_S


def build_token_text(handle: str, secret: bytes, step: int) -> str:
    """Return the text that the card shows in a step."""
    body = TOKEN_PREFIX + handle + _code(secret, step)
    return body + mod_37_2.calc_check_digit(body, CODE_ALPHABET)


def parse_token(text: str) -> CardToken:
    """Parse the text of a card's token. *Raises*: VoucherRefused (token_format)."""
    signs = normalise_code(text)
    fits = len(signs) == _LENGTH and signs.startswith(TOKEN_PREFIX) and set(signs) <= set(CODE_ALPHABET)
    if not fits or not mod_37_2.is_valid(signs, CODE_ALPHABET):
        raise VoucherRefused(VOUCHER_FAULTS.build("token_format"))
    handle = signs[len(TOKEN_PREFIX) : len(TOKEN_PREFIX) + HANDLE_SIGNS]
    return CardToken(handle, signs[len(TOKEN_PREFIX) + HANDLE_SIGNS : -1])


def is_token(text: str) -> bool:
    """Return whether a text has the form of a card's token rather than of a voucher code."""
    signs = normalise_code(text)
    return signs.startswith(TOKEN_PREFIX) and len(signs) == _LENGTH


def find_valid_step(token: CardToken, secret: bytes, moment: datetime) -> int:
    """Return the step of a token that is valid at this instant. *Raises*: VoucherRefused (token_old).

    All steps are compared in constant time, so that the time taken reveals nothing.
    """
    now = token_step_at(moment)
    steps = range(now - WINDOW_STEPS, now + WINDOW_STEPS + 1)
    fitting = [step for step in steps if compare_digest(_code(secret, step), token.code)]
    if not fitting:
        raise VoucherRefused(VOUCHER_FAULTS.build("token_old", seconds=TOKEN_STEP_S))
    return fitting[0]


def _code(secret: bytes, step: int) -> str:
    return encode_number(keyed_number(secret, str(step)), CODE_SIGNS)


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
    """Return the text that a member's card shows now; create the card if there is none."""
    shown = find_card_text(connection, key, member_id, now)
    if shown is None:
        ensure_card_handle(connection, member_id, on, random_bytes=random_bytes)
        shown = find_card_text(connection, key, member_id, now)
    assert shown is not None
    return shown


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
        handle = encode_number(int.from_bytes(random_bytes(_SALT_BYTES), "big"), HANDLE_SIGNS)
        new = {"handle": handle, "member_id": member_id, "salt": random_bytes(_SALT_BYTES).hex()}
        made = insert_into(connection, member_cards).values(**new, made_on=on)
        connection.execute(made.on_conflict_do_nothing())
        known = connection.execute(own).scalar_one()
    return str(known)


def find_card_text(connection: Connection, key: VoucherKey, member_id: str, now: datetime) -> str | None:
    """Return the text that a member's card shows now; None if there is no card."""
    known = select(member_cards).where(member_cards.c.member_id == member_id)
    row = connection.execute(known).one_or_none()
    if row is None:
        return None
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
