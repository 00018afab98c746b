"""The key that signs heads of the ledger's chains, in a file of its own, which ``YIHUI_HEADS_KEY`` names.

The database doesn't hold the key, so that a person who can write to the database can't sign heads.
"""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.runtime.identity_key import KEY_BYTES, create_key_file, create_random_key

KEY_ID_LENGTH = 16  # hexadecimal digits of the SHA-256 of the public key
HEADS_KEY_FAULTS = FaultTable(
    "heads_key",
    {
        "no_key": (
            N_("{value} is no key of heads: it must have 32 bytes"),
            N_("put the right key back; with a new key, give out its public key too: yihui ledger heads key"),
        ),
    },
)


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
