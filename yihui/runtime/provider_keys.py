"""The public keys of a signer of tokens (JWKS), fetched when needed and shared by all threads of a process."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from joserfc.jwk import Key, KeySet

FRESH = timedelta(minutes=10)
STALE = timedelta(hours=1)  # how long keys count on while the provider is away
FETCH_AT_MOST_EVERY = timedelta(seconds=30)  # whatever keys wrong tokens name
TIMEOUT_S = 5.0
MAX_BYTES = 1 << 20
_LOG = logging.getLogger(__name__)


class ProviderUnavailable(Exception):
    """Raised where the provider's keys can't be fetched and none are known that still count."""


def fetch_json(address: str) -> object:
    """Fetch a JSON document of a provider. Redirects are not followed.

    *Raises*: ProviderUnavailable.
    """
    import httpx

    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream("GET", address, headers={"accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            if answer.is_redirect:
                raise ProviderUnavailable("a redirect")
            body, deadline = bytearray(), monotonic() + TIMEOUT_S
            for part in answer.iter_bytes():
                body += part
                if monotonic() > deadline:
                    raise ProviderUnavailable("too slow")
                if len(body) > MAX_BYTES:
                    raise ProviderUnavailable("too large")
            return json.loads(bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        raise ProviderUnavailable(type(error).__name__) from error


def parse_key_set(document: object) -> "KeySet":
    """Return the signing keys of a JWKS; keys of a kind that we don't know are left out.

    *Raises*: ProviderUnavailable if none is left, since such a document would shut out every token.
    """
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry, KeySet

    listed = document.get("keys") if isinstance(document, dict) else None
    keys = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.get("use", "sig") != "sig" or one.get("kty") == "oct":
            continue
        try:
            keys.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not keys:
        raise ProviderUnavailable("no keys")
    return KeySet(keys)


@dataclass(slots=True)
class ProviderKeys:
    """Caches a provider's keys. A key that is not among them is looked for again, but not more than twice a minute."""

    address: str
    fetch: Callable[[str], object] = fetch_json
    clock: Callable[[], float] = monotonic
    _keys: "KeySet | None" = None
    _fetched_at: float = 0.0
    _tried_at: float | None = None
    _lock: Lock = field(default_factory=Lock)

    def load(self, *, renewed: bool = False) -> "KeySet":
        """Return the keys; ``renewed`` after a key was not among them. *Raises*: ProviderUnavailable."""
        with self._lock:
            now = self.clock()
            age_s = now - self._fetched_at
            is_fresh = self._keys is not None and age_s < FRESH.total_seconds() and not renewed
            may_fetch = self._tried_at is None or now - self._tried_at >= FETCH_AT_MOST_EVERY.total_seconds()
            if not is_fresh and may_fetch:
                self._tried_at = now
                try:
                    self._keys, self._fetched_at = parse_key_set(self.fetch(self.address)), now
                except ProviderUnavailable as error:
                    _LOG.warning("the provider's keys can't be fetched: %s", error)
            if self._keys is None or now - self._fetched_at >= (FRESH + STALE).total_seconds():
                raise ProviderUnavailable("no keys")
            return self._keys

    def pick(self, key_id: str | None, algorithm: str, *, renewed: bool = False) -> "Key | None":
        """Return the key for a signature. *Raises*: ProviderUnavailable."""
        return pick_key(self.load(renewed=renewed), key_id, algorithm)


_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


def pick_key(keys: "KeySet", key_id: str | None, algorithm: str) -> "Key | None":
    """Return the only key that fits an id and an algorithm; without an id, there must be no doubt."""
    fitting = [
        key
        for key in keys.keys
        if key.get("use") in (None, "sig")
        and key.get("alg") in (None, algorithm)
        and _KEY_TYPES[algorithm[:2]] == key.key_type
        and key_id in (None, key.kid)
    ]
    return fitting[0] if len(fitting) == 1 else None
