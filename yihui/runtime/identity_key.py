"""Secret keys in files: created once, atomically, readable by their owner only.

Each purpose has a key of its own, so that a process that tells reporters apart doesn't hold the key that
turns ID numbers into pseudonyms.
"""

import hashlib
import hmac
import os
import secrets
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.runtime.audiences import key_variable

KEY_BYTES = 32


KEY_FAULTS = FaultTable(
    "secret_key",
    {
        "short_identity_key": (
            N_("the identity key in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; a new key would make every member a stranger"),
        ),
        "short_voucher_key": (
            N_("the key of vouchers in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with a new key no code that was handed out would be known"),
        ),
        "short_account_key": (
            N_("the key of bank accounts in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with a new key every account would look changed"),
        ),
        "short_reporter_key": (
            N_("the key of reporters in {field} has {value} bytes; it must have at least {least}"),
            N_("delete the file; a new key is made, and the reporters of today count anew"),
        ),
        "short_card_key": (
            N_("the key of member cards in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back, or run `yihui cards keys rotate`"),
        ),
        "short_poll_key": (
            N_("the key of polls in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with a new key no sealed ballot can be counted"),
        ),
        "short_login_key": (
            N_("the key of officers' log-ins in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with a new key every officer sets up the phone's codes again"),
        ),
        "short_webhook_key": (
            N_("the key of webhooks in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with a new key no receiver would believe us"),
        ),
    },
)
KEY_ID_LENGTH = 16  # hexadecimal digits of the SHA-256 of the public key
HEADS_KEY_FAULTS = FaultTable(
    "heads_key",
    {
        "no_key": (
            N_("{value} is no key of heads: it must have 32 bytes"),
            N_("put the right key back; with a new key, give out its public key too: yihui ledger heads key"),
        )
    },
)


def create_random_key() -> bytes:
    """Return a new key."""
    return secrets.token_bytes(KEY_BYTES)


def derive_key(key: bytes, purpose: str) -> bytes:
    """Return the key of a purpose: it is the same each time, and reveals nothing of the key it comes from.

    *Source*: HKDF with SHA-256 (RFC 5869), one block.
    """
    extracted = hmac.new(b"yihui", key, hashlib.sha256).digest()
    return hmac.new(extracted, purpose.encode() + b"\x01", hashlib.sha256).digest()


def load_or_create_key(
    path: Path, given: bytes | None, name: str = "identity", create: Callable[[], bytes] = create_random_key
) -> bytes:
    """Return the key that the settings give, or that from the file, which is created if it doesn't exist.

    *Raises*: FaultError for a key that is too short to be secure.
    """
    if given is None and not path.exists():
        create_key_file(path, create())
    key = path.read_bytes() if given is None else given
    if len(key) < KEY_BYTES:
        where = key_variable(name) if given is not None else str(path)
        raise FaultError(KEY_FAULTS.build(f"short_{name}_key", field=where, value=len(key), least=KEY_BYTES))
    return key


def replace_key(path: Path, key: bytes) -> None:
    """Put a new key in the place of the old one: a reader finds the one or the other, never a part."""
    _write_beside(path, key).replace(path)


def create_key_file(path: Path, key: bytes) -> None:
    """Write a temporary file and link it into place: no partial key after a crash, one winner of a race."""
    name = _write_beside(path, key)
    try:
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        name.unlink()


def _write_beside(path: Path, key: bytes) -> Path:
    """Write a key to a temporary file in the same folder, of mode 600."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        Path(name).unlink()
        raise
    return Path(name)


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return sha256(public_key).hexdigest()[:KEY_ID_LENGTH]


@dataclass
class HeadsSigner:
    """Sign with the key in a file; the file is created at the first use, readable by its owner alone."""

    path: Path

    @cached_property
    def _key(self) -> Any:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        if not self.path.exists():
            create_key_file(self.path, create_random_key())
        return Ed25519PrivateKey.from_private_bytes(self._read())

    def check_form(self) -> None:
        """Check the file, if it is there, without creating one. *Raises*: FaultError; OSError."""
        if self.is_there:
            self._read()

    def _read(self) -> bytes:
        content = self.path.read_bytes()
        if len(content) != KEY_BYTES:
            raise FaultError(HEADS_KEY_FAULTS.build("no_key", field="YIHUI_HEADS_KEY", value=str(self.path)))
        return content

    @property
    def is_there(self) -> bool:
        return self.path.exists()

    @property
    def public_key(self) -> bytes:
        """The public key: 32 bytes. *Raises*: FaultError; OSError."""
        return bytes(self._key.public_key().public_bytes_raw())

    def sign(self, content: bytes) -> bytes:
        """Return the Ed25519 signature, 64 bytes. *Raises*: FaultError; OSError."""
        return bytes(self._key.sign(content))
