"""The secret behind the members' pseudonyms: made once, whole, readable by its owner only."""

import os
import secrets
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from core.faults import Fault, InputFaults

N_ = str  # marks a text for the message catalogue

KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a key is for: where it may be given, and what is said of one that is too short."""

    variable: str
    too_short: str
    remedy: str


IDENTITIES = Purpose(
    "YIHUI_IDENTITY_KEY",
    N_("the identity key in {field} has {value} bytes; it must have at least {least}"),
    N_("put the right key back; a new key would make every member a stranger"),
)
VOUCHERS = Purpose(
    "YIHUI_VOUCHER_KEY",
    N_("the key of vouchers in {field} has {value} bytes; it must have at least {least}"),
    N_("put the right key back; with a new key no code that was handed out would be known"),
)


def read_key(path: Path, given: str | None, purpose: Purpose = IDENTITIES) -> bytes:
    """The key of the environment, else that of the file, which is made where there is none.

    *Raises*: InputFaults for a key that is too short to keep a secret.
    """
    if given is None and not path.exists():
        _make(path)
    key = given.encode() if given is not None else path.read_bytes()
    if len(key) < KEY_BYTES:
        where = purpose.variable if given is not None else str(path)
        raise InputFaults([_too_short(purpose, where, len(key))])
    return key


def _make(path: Path) -> None:
    """Written aside and linked into place: a crash leaves no half key, and of two makers one wins."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # mode 600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()


def _too_short(purpose: Purpose, where: str, length: int) -> Fault:
    return Fault(
        purpose.too_short,
        purpose.remedy,
        field=where,
        value=str(length),
        params={"least": str(KEY_BYTES)},
    )
