"""The key that signs heads of the ledger's chains: in a file of its own, or in a PKCS#11 token.

It is never in the database: whoever can write there can't sign. ``YIHUI_HEADS_KEY`` names the file, or the
token's key as a URI of RFC 7512.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.runtime.identity_key import KEY_BYTES, create_key_file, create_random_key

KEY_ID_LENGTH = 16  # hexadecimal digits of the SHA-256 of the public key
TOKEN_URI = "pkcs11:"
_URI_EXAMPLE = (
    "pkcs11:token=yihui;object=heads?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/yihui/pin"
)
HEADS_KEY_FAULTS = FaultTable(
    "heads_key",
    {
        "no_key": (
            N_("{value} is no key of heads: it must have 32 bytes"),
            N_("put the right key back; with a new key, give out its public key too: yihui ledger heads key"),
        ),
        "uri": (
            N_("{field} doesn't name a key in a token: {value} is missing"),
            N_("write it as in {example}"),
        ),
        "token": (
            N_("the token can't sign: {value}"),
            N_("check that the token is there, its PIN, and that its key is an Ed25519 key that may sign"),
        ),
    },
)


class HeadsSigner(Protocol):
    """What signs heads."""

    @property
    def public_key(self) -> bytes:
        """The public key: 32 bytes. *Raises*: FaultError."""

    def sign(self, content: bytes) -> bytes:
        """Return the Ed25519 signature, 64 bytes. *Raises*: FaultError."""


def key_id(public_key: bytes) -> str:
    """Return the short name of a public key."""
    return sha256(public_key).hexdigest()[:KEY_ID_LENGTH]


@dataclass
class FileSigner:
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
        return bytes(self._key.public_key().public_bytes_raw())

    def sign(self, content: bytes) -> bytes:
        return bytes(self._key.sign(content))


@dataclass
class TokenSigner:
    """Sign with a key that never leaves its PKCS#11 token (mechanism EdDSA)."""

    module: str
    token: str
    label: str
    pin_file: Path = field(repr=False)
    is_there = True

    @cached_property
    def public_key(self) -> bytes:
        from pkcs11 import Attribute, ObjectClass

        with self._opened() as session:
            try:
                found = session.get_key(object_class=ObjectClass.PUBLIC_KEY, label=self.label)
                return bytes(found[Attribute.EC_POINT])[-KEY_BYTES:]  # after the head of an OCTET STRING
            except Exception as error:
                raise self._fault(error) from error

    def sign(self, content: bytes) -> bytes:
        from pkcs11 import Mechanism, ObjectClass

        with self._opened() as session:
            try:
                key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, label=self.label)
                return bytes(key.sign(content, mechanism=Mechanism.EDDSA))
            except Exception as error:
                raise self._fault(error) from error

    def _opened(self) -> Any:
        import pkcs11

        pin = self.pin_file.read_text("utf-8").strip()
        try:
            return pkcs11.lib(self.module).get_token(token_label=self.token).open(user_pin=pin)
        except Exception as error:  # the library raises errors of its own and RuntimeError alike
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> FaultError:
        reason = type(error).__name__ if not str(error) else f"{type(error).__name__}: {error}"
        return FaultError(HEADS_KEY_FAULTS.build("token", field="YIHUI_HEADS_KEY", value=reason[:200]))


def build_heads_signer(setting: str | None, default: Path) -> FileSigner | TokenSigner:
    """Return the signer that a setting names: a file, or a token's key. *Raises*: FaultError."""
    if setting is None or not setting.startswith(TOKEN_URI):
        return FileSigner(Path(setting) if setting else default)
    parts = _parse_token_uri(setting)
    missing = [name for name in ("token", "object", "module-path", "pin-source") if not parts.get(name)]
    if missing:
        raise FaultError(
            HEADS_KEY_FAULTS.build(
                "uri", field="YIHUI_HEADS_KEY", value=", ".join(missing), example=_URI_EXAMPLE
            )
        )
    pin = Path(parts["pin-source"].removeprefix("file://").removeprefix("file:"))
    return TokenSigner(parts["module-path"], parts["token"], parts["object"], pin)


def _parse_token_uri(uri: str) -> Mapping[str, str]:
    """Split a URI into its attributes. *Source*: RFC 7512."""
    path, _, query = uri.removeprefix(TOKEN_URI).partition("?")
    pairs = (part.partition("=") for part in (*path.split(";"), *query.split("&")) if part)
    return {name: unquote(value) for name, _, value in pairs}
