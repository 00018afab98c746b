"""Keys of the vault: derive one key for each purpose, encrypt values and build the hashes that find them."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from core.faults import FaultError, FaultTable
from core.text_marks import N_

KEY_BYTES = 32
_NONCE_BYTES = 12
_BLOCK_BYTES = 64  # values are padded, so that a ciphertext doesn't show how long a name is
_PAD = b"\0"

FoundField = Literal["name", "phone", "id_tail"]

VAULT_FAULTS = FaultTable(
    "vault",
    {
        "short_key": (
            N_("a key of the vault in {field} has {value} bytes; it must have at least {least}"),
            N_("put the right key back; with another key no name and no number can be read"),
        ),
        "no_key": (
            N_("there is no key of the vault, so there are no names and numbers"),
            N_("make one: yihui members vault create-key; or put vault.key back beside identity.key"),
        ),
        "unknown_key": (
            N_("the vault's key {value} is not at hand"),
            N_(
                "put it back: a line of vault.key, or a part of YIHUI_VAULT_KEY; see yihui members vault status"
            ),
        ),
        "damaged": (
            N_("the vault's row of {value} was changed or moved by somebody without the key"),
            N_("restore the database from a backup, and find out who can write to it"),
        ),
    },
)


class VaultRefused(FaultError):
    """The vault can't be read or written."""


@dataclass(frozen=True, slots=True)
class VaultKey:
    """One key of the vault and what is derived from it. ``id`` reveals nothing of the key."""

    id: str
    encryption: bytes = field(repr=False)
    name_search: bytes = field(repr=False)
    phone_search: bytes = field(repr=False)
    id_tail_search: bytes = field(repr=False)
    files: bytes = field(repr=False)

    def encrypt_file(self, name: str, content: bytes) -> bytes:
        """Return a file's content, encrypted with AES-256-GCM: nonce, ciphertext and tag.

        The tag covers the file's name and the key, so that one file can't stand for another.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self.files).encrypt(nonce, content, self._place(name, "file"))

    def decrypt_file(self, name: str, stored: bytes) -> bytes | None:
        """Return a file's content; None if anything of it, or its name, was changed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce, text = stored[:_NONCE_BYTES], stored[_NONCE_BYTES:]
        try:
            return AESGCM(self.files).decrypt(nonce, text, self._place(name, "file"))
        except (InvalidTag, ValueError):
            return None

    def encrypt(self, member_id: str, column: str, value: str) -> str:
        """Return a value in Base64: a random nonce of 96 bits, then ciphertext and tag of AES-256-GCM.

        The tag covers member, column and key, so that a value can't be read in another place.
        """
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        plain = value.encode()
        plain += _PAD * (-len(plain) % _BLOCK_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = AESGCM(self.encryption).encrypt(nonce, plain, self._place(member_id, column))
        return base64.b64encode(nonce + sealed).decode()

    def decrypt(self, member_id: str, column: str, stored: str) -> str:
        """Return the value. *Raises*: VaultRefused if anything of it, or its place, was changed."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            sealed = base64.b64decode(stored, validate=True)
            nonce, text = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            plain = AESGCM(self.encryption).decrypt(nonce, text, self._place(member_id, column))
        except (InvalidTag, ValueError, binascii.Error) as error:
            raise VaultRefused(VAULT_FAULTS.build("damaged", value=member_id)) from error
        return plain.rstrip(_PAD).decode()

    def _place(self, member_id: str, column: str) -> bytes:
        return "\0".join(("yihui vault 1", member_id, column, self.id)).encode()

    def digest(self, column: FoundField, value: str) -> str:
        """Return the keyed hash (HMAC-SHA-256) by which a name, a phone number or the end of an ID number is found."""
        keys = {"name": self.name_search, "phone": self.phone_search, "id_tail": self.id_tail_search}
        searched = re.sub(r"\s", "", value.casefold())
        return hmac.new(keys[column], searched.encode(), hashlib.sha256).hexdigest()


def derive_vault_key(material: bytes) -> VaultKey:
    """Derive the keys of all purposes. *Source*: HKDF with SHA-256 (RFC 5869)."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    def derive(purpose: str) -> bytes:
        return HKDF(SHA256(), KEY_BYTES, salt=b"yihui vault", info=purpose.encode()).derive(material)

    return VaultKey(
        derive("key id")[:8].hex(),
        derive("encrypt"),
        derive("find name"),
        derive("find phone"),
        derive("find ID number's end"),
        derive("encrypt file"),
    )


def parse_vault_keys(text: str, source: str) -> tuple[VaultKey, ...]:
    """Parse keys that are separated by line breaks, blanks or commas, the newest one first.

    *Raises*: VaultRefused for a key that is too short to be secure, and for a text without any.
    """
    materials = [part.encode() for part in re.split(r"[\s,]+", text) if part]
    short = [len(part) for part in materials or [b""] if len(part) < KEY_BYTES]
    if short:
        raise VaultRefused(
            [VAULT_FAULTS.build("short_key", field=source, value=size, least=KEY_BYTES) for size in short]
        )
    return tuple({key.id: key for key in map(derive_vault_key, materials)}.values())


class VaultKeys:
    """The keys that this process holds, the newest one first; read again when a row names an unknown one."""

    def __init__(self, load: Callable[[], Iterable[VaultKey]]) -> None:
        self._load = load
        self._held = {key.id: key for key in load()}

    def __iter__(self) -> Iterator[VaultKey]:
        return iter(self._held.values())

    @property
    def newest(self) -> VaultKey:
        return next(iter(self._held.values()))

    def find(self, key_id: str) -> VaultKey | None:
        """Return a key by its id; None if it isn't at hand, also after the keys were read again."""
        if key_id not in self._held:
            self.reload()
        return self._held.get(key_id)

    def require(self, key_id: str) -> VaultKey:
        """Return a key by its id. *Raises*: VaultRefused if it isn't at hand."""
        if (key := self.find(key_id)) is None:
            raise VaultRefused(VAULT_FAULTS.build("unknown_key", value=key_id))
        return key

    def reload(self) -> None:
        """Read the keys again: another process may have added one."""
        self._held = {key.id: key for key in self._load()}
