"""Ed25519 keys (RFC 8032): the one that signs, and the published ones that verify (RFC 7517, RFC 8037)."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from core.faults import FaultError
from members.tokens.faults import KEY_RING_FAULTS

KEY_BYTES = 32
_KEY_ID_BYTES = 4


@dataclass(frozen=True)
class SigningKey:
    """The secret that signs; ``seed`` has 32 bytes."""

    seed: bytes = field(repr=False)

    @cached_property
    def public(self) -> bytes:
        """Return the public key of 32 bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """Return the key's id."""
        return public_key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a message."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """The keys that verify, by id, and the ids of those that no longer do."""

    keys: Mapping[str, bytes]
    retired: frozenset[str] = frozenset()

    def as_jwks(self) -> dict[str, object]:
        """Return the keys as a JWK Set.

        Retired keys are named by id only: a verifier that doesn't know of ``retired`` refuses them as unknown.
        """
        keys = [
            {"kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": id_, "x": _base64url(key)}
            for id_, key in sorted(self.keys.items())
        ]
        return {"keys": keys, "retired": sorted(self.retired)}


def public_key_id(public: bytes) -> str:
    """Return the first bytes of a key's thumbprint in hexadecimal. *Source*: RFC 7638."""
    document = json.dumps({"crv": "Ed25519", "kty": "OKP", "x": _base64url(public)}, separators=(",", ":"))
    return hashlib.sha256(document.encode()).digest()[:_KEY_ID_BYTES].hex()


def parse_jwks(text: str, file: str) -> PublicKeys:
    """Parse a JWK Set; keys of other kinds are left out, as RFC 7517 asks.

    *Raises*: FaultError for a text that is none, or that holds no key of ours.
    """
    try:
        document = json.loads(text)
        items = [one for one in document["keys"] if one.get("crv") == "Ed25519"]
        publics = [_from_base64url(one["x"]) for one in items]
        retired = frozenset(str(one) for one in document.get("retired", ()))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _unusable(file, type(error).__name__) from error
    keys = {public_key_id(public): public for public in publics}
    named = {str(one.get("kid")) for one in items}
    if not keys or named - keys.keys():
        raise _unusable(file, ", ".join(sorted(named - keys.keys())) or "0")
    return PublicKeys({id_: key for id_, key in keys.items() if id_ not in retired}, retired)


def _unusable(file: str, value: str) -> FaultError:
    return FaultError(KEY_RING_FAULTS.build("keys_file", file=file, value=value))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_base64url(text: str) -> bytes:
    data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(data) != KEY_BYTES:
        raise binascii.Error("not 32 bytes")
    return data
