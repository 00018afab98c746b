"""Passwords of local accounts: which are refused, and how they are stored.

*Source*: NIST SP 800-63B-4, 3.1.1 (length, a list of common ones, no rules of composition, Unicode normalised);
RFC 9106, 4 (Argon2id, the second recommended option).
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from core.faults import Fault
from yihui.access.accounts import LOGIN_FAULTS

if TYPE_CHECKING:
    from argon2 import PasswordHasher

LEAST, MOST = 12, 200
_LONGEST_TYPED = 1000  # normalising may change the length; nothing longer is normalised or hashed
# The commonest of at least twelve characters, by their stems: signs and digits around them don't help.
_COMMON_STEMS = """
password passwort passw0rd p@ssw0rd p@ssword administrator admin root welcome letmein iloveyou qwerty qwertyuiop
qwertyuiopasdf qwertyuiopasdfghjkl asdfghjkl asdfghjklzxcvbnm zxcvbnm zxcvbnmasdfghjkl qazwsx qazwsxedc qazwsxedcrfv
qweasdzxc zaqwsxcde changeme default secret trustno football baseball sunshine princess dragon monkey superman
woaini woainima wodemima mima nihao gonghui zonggonghui shandong jinan qingdao yihui yizhan
驿惠 工会 总工会 山东 密码 我爱你 你好
"""
_RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm")
_KEYBOARD_WALKS = (
    "1q2w3e4r5t6y",
    "1qaz2wsx3edc",
    "q1w2e3r4t5y6",
    "zaq12wsxcde3",
    "!qaz2wsx#edc",
    "147258369",
    "1314520",
)


@dataclass(frozen=True, slots=True)
class PasswordMatch:
    """Whether a password is right; ``new_hash`` is to be stored where today's parameters differ."""

    is_right: bool
    new_hash: str | None = None


def normalise_password(text: str) -> str:
    """Return the characters that count: full-width ones are the same as those of a keyboard."""
    return unicodedata.normalize("NFKC", text.strip()).strip()


def check_password(text: str, login: str) -> list[Fault]:
    """Return why a new password is refused; empty if it is not."""
    if len(text) > _LONGEST_TYPED:
        return [LOGIN_FAULTS.build("password_long", field="password", most=MOST)]
    return list(_faults(normalise_password(text), login))


def _faults(password: str, login: str) -> Iterator[Fault]:
    if len(password) < LEAST:
        yield LOGIN_FAULTS.build("password_short", field="password", count=len(password), least=LEAST)
    if len(password) > MOST:
        yield LOGIN_FAULTS.build("password_long", field="password", most=MOST)
    if any(unicodedata.category(c) in ("Cc", "Cs", "Cn", "Co") for c in password):
        yield LOGIN_FAULTS.build("password_controls", field="password")
    stem = _stem(password)
    if stem and stem == _stem(login):
        yield LOGIN_FAULTS.build("password_login", field="password")
    elif _is_common(password.casefold()):
        yield LOGIN_FAULTS.build("password_common", field="password")


def _stem(text: str) -> str:
    """Return a password without the digits and signs before and after its letters."""
    folded = normalise_password(text).casefold()
    letters = [place for place, c in enumerate(folded) if c.isalpha()]
    return folded[letters[0] : letters[-1] + 1] if letters else folded


def _is_common(folded: str) -> bool:
    if len(set(folded)) <= 3 or _stem(folded) in _common_stems():
        return True
    for size in range(1, len(folded) // 2 + 1):  # one part again and again
        part = folded[:size]
        is_repeated = (part * (len(folded) // size + 1))[: len(folded)] == folded
        if is_repeated and (size < 6 or _is_common_part(part)):
            return True
    return _is_common_part(folded)


def _is_common_part(part: str) -> bool:
    runs = (*_RUNS, *(run[::-1] for run in _RUNS), *(walk * 3 for walk in _KEYBOARD_WALKS))
    return part in _common_stems() or any(part in run for run in runs)


@cache
def _common_stems() -> frozenset[str]:
    return frozenset(_COMMON_STEMS.split())


def hash_password(text: str) -> str:
    """Return what is stored of a password. It takes 64 MB and a tenth of a second, on purpose."""
    return _hasher().hash(normalise_password(text))


def verify_password(stored: str | None, text: str) -> PasswordMatch:
    """Compare a typed password; without a stored one the work is the same, and the answer is no."""
    from argon2.exceptions import InvalidHashError, VerificationError

    is_too_long = len(text) > _LONGEST_TYPED
    password = "" if is_too_long else normalise_password(text)
    try:
        _hasher().verify(stored or _nobodys_hash(), password)
    except (VerificationError, InvalidHashError):
        return PasswordMatch(is_right=False)
    if stored is None or is_too_long or not password:
        return PasswordMatch(is_right=False)
    return PasswordMatch(True, hash_password(text) if _hasher().check_needs_rehash(stored) else None)


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher
    from argon2.profiles import RFC_9106_LOW_MEMORY

    return PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)


@cache
def _nobodys_hash() -> str:
    import secrets

    return _hasher().hash(secrets.token_urlsafe())
