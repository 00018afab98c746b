"""The sign on a member's card, which turns every 30 seconds: who photographs it has nothing.

``Y1`` + the card's handle + a time-based one-time code (RFC 6238 with HMAC-SHA-256), in the signs of
voucher codes and with the same kind of check sign. It is scanned, not typed, so that it needn't be
shortened to six digits: 16 signs are 77 bits, and nobody guesses one in its two minutes.
"""

from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest

from stdnum.iso7064 import mod_37_2

from benefits.vouchers.codes import ALPHABET, keyed_number, letters, plain
from benefits.vouchers.refusals import VoucherRefused

STEP_S = 30
WINDOW_STEPS = 1  # before and after: tills and phones have clocks of their own
PREFIX = "Y1"
HANDLE_SIGNS, CODE_SIGNS = 8, 16
_LENGTH = len(PREFIX) + HANDLE_SIGNS + CODE_SIGNS + 1


@dataclass(frozen=True, slots=True)
class CardToken:
    """What was scanned: whose card, and the code that it showed."""

    handle: str
    code: str


def step_at(moment: datetime) -> int:
    """The number of the step at an instant."""
    return int(moment.timestamp()) // STEP_S


def seconds_left(moment: datetime) -> int:
    """How long what is shown at an instant is still shown."""
    return STEP_S - int(moment.timestamp()) % STEP_S


def token_text(handle: str, secret: bytes, step: int) -> str:
    """What the card shows in a step."""
    body = PREFIX + handle + _code(secret, step)
    return body + mod_37_2.calc_check_digit(body, ALPHABET)


def read_token(text: str) -> CardToken:
    """*Raises*: VoucherRefused (token_format)."""
    signs = plain(text)
    fits = len(signs) == _LENGTH and signs.startswith(PREFIX) and set(signs) <= set(ALPHABET)
    if not fits or not mod_37_2.is_valid(signs, ALPHABET):
        raise VoucherRefused("token_format")
    handle = signs[len(PREFIX) : len(PREFIX) + HANDLE_SIGNS]
    return CardToken(handle, signs[len(PREFIX) + HANDLE_SIGNS : -1])


def is_token(text: str) -> bool:
    """Whether it has the form of what a card shows, rather than of a voucher's code."""
    signs = plain(text)
    return signs.startswith(PREFIX) and len(signs) == _LENGTH


def step_of(token: CardToken, secret: bytes, moment: datetime) -> int:
    """The step that a token was made for, if it holds at this instant. *Raises*: VoucherRefused (token_old).

    All steps are compared whole, so that the time taken tells nothing.
    """
    now = step_at(moment)
    steps = range(now - WINDOW_STEPS, now + WINDOW_STEPS + 1)
    fitting = [step for step in steps if compare_digest(_code(secret, step), token.code)]
    if not fitting:
        raise VoucherRefused("token_old", seconds=str(STEP_S))
    return fitting[0]


def _code(secret: bytes, step: int) -> str:
    return letters(keyed_number(secret, str(step)), CODE_SIGNS)
