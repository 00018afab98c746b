"""Ask signers of tokens over HTTP, and keep their public keys (JWKS) for all threads of a process."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from core.faults import FaultError
from yihui.access.oidc_logins import OIDC_PROVIDER_FAULTS
from yihui.runtime.outgoing import open_http_client

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import Key, KeySet

FRESH = timedelta(minutes=10)
STALE = timedelta(minutes=50)  # how long keys count on while the signer is away
# also for tokens that name unknown keys, and while the signer is away
FETCH_AT_MOST_EVERY = timedelta(seconds=10)
_CONNECT_S, _READ_S, _ALL_S = 5.0, 10.0, 10.0
_MAX_BYTES = 256 << 10
_LOG = logging.getLogger(__name__)
_KEY_TYPES = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class ProviderUnavailable(FaultError):
    """Raised where a signer gives no answer that can be used."""


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """The status and the JSON of an answer."""

    status: int
    content: Any


def request_provider(
    method: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> ProviderAnswer:
    """Ask a provider. No redirect is followed, and no proxy of the environment is asked.

    *Raises*: ProviderUnavailable.
    """
    import httpx

    timeout, deadline = httpx.Timeout(_READ_S, connect=_CONNECT_S), time.monotonic() + _ALL_S
    try:
        with (
            open_http_client(httpx.Client, timeout) as client,
            client.stream(
                method,
                url,
                data=None if form is None else dict(form),
                headers={"Accept": "application/json", "Accept-Encoding": "identity", **(headers or {})},
            ) as answer,
        ):
            content = _read(answer, url, deadline)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise provider_fault("away", url, detail=type(error).__name__) from error
    try:
        return ProviderAnswer(answer.status_code, json.loads(content))
    except (ValueError, RecursionError) as error:
        if answer.status_code != 200:
            return ProviderAnswer(answer.status_code, None)
        raise provider_fault("unreadable", url, detail="JSON") from error


def _read(answer: "httpx.Response", url: str, deadline: float) -> bytes:
    """Read an answer that is neither too long nor too slow."""
    content = bytearray()
    for part in answer.iter_raw():
        content += part
        if len(content) > _MAX_BYTES:
            raise provider_fault("too_much", url)
        if time.monotonic() > deadline:
            raise provider_fault("too_slow", url)
    return bytes(content)


def fetch_document(url: str) -> dict[str, Any]:
    """Fetch a JSON document of a provider. *Raises*: ProviderUnavailable."""
    answer = request_provider("GET", url)
    if answer.status != 200:
        raise provider_fault("status", url, value=answer.status)
    if not isinstance(answer.content, dict):
        raise provider_fault("unreadable", url, detail="JSON")
    return answer.content


def provider_fault(code: str, url: str, *, detail: str = "", value: object = None) -> ProviderUnavailable:
    """Return the fault of a provider's answer."""
    most, seconds = _MAX_BYTES, int(_ALL_S)
    return ProviderUnavailable(
        OIDC_PROVIDER_FAULTS.build(
            code, url=url[:255], detail=detail, value=value, most=most, seconds=seconds
        )
    )


def parse_key_set(url: str, document: object) -> "KeySet":
    """Return the signing keys of a JWKS; keys of a kind that is not known are left out.

    *Raises*: ProviderUnavailable if none is left, since such a document would shut out every token.
    """
    from joserfc.errors import JoseError
    from joserfc.jwk import JWKRegistry, KeySet

    listed = document.get("keys") if isinstance(document, dict) else None
    keys = []
    for one in listed if isinstance(listed, list) else []:
        try:
            if isinstance(one, dict) and one.get("kty") in _KEY_TYPES.values():
                keys.append(JWKRegistry.import_key(one))
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    if not keys:
        raise provider_fault("unreadable", url, detail="keys")
    return KeySet(keys)


@dataclass(slots=True)
class ProviderKeys:
    """Caches the keys of a signer. One that is not among them is looked for again, but seldom."""

    address: str
    fetch: Callable[[str], object] = fetch_document
    clock: Callable[[], float] = time.monotonic
    _keys: "KeySet | None" = field(default=None, repr=False)
    _fetched_at: float = 0.0
    _tried_at: float | None = None  # for an unknown key, or in vain
    _fault: ProviderUnavailable | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    def find(self, key_id: str | None, algorithm: str) -> "Key | None":
        """Return the key of an id; for an unknown one the keys are fetched again.

        *Raises*: ProviderUnavailable, also where an unknown key can't be looked for: it may be a new one.
        """
        found = pick_key(self._load(), key_id, algorithm) or pick_key(
            self._load(renewed=True), key_id, algorithm
        )
        if found is None and (fault := self._fault) is not None:
            raise ProviderUnavailable(fault.faults)
        return found

    def _load(self, *, renewed: bool = False) -> "KeySet":
        with self._lock:
            now = self.clock()
            is_fresh = self._keys is not None and self._is_younger(now, FRESH) and not renewed
            every_s = FETCH_AT_MOST_EVERY.total_seconds()
            may_fetch = self._tried_at is None or not 0 <= now - self._tried_at < every_s
            if not is_fresh and may_fetch:
                self._refresh(now, renewed=renewed)
            if self._keys is None or not self._is_younger(now, FRESH + STALE):
                assert self._fault is not None, "only a fetch in vain leaves no keys"
                raise ProviderUnavailable(self._fault.faults)
            return self._keys

    def _refresh(self, now: float, *, renewed: bool) -> None:
        try:
            self._keys = parse_key_set(self.address, self.fetch(self.address))
        except ProviderUnavailable as error:
            self._tried_at, self._fault = now, error
            _LOG.warning("the keys at %s can't be fetched: %s", self.address, error.code)
            return
        self._fetched_at, self._fault = now, None
        self._tried_at = now if renewed else None

    def _is_younger(self, now: float, span: timedelta) -> bool:
        return 0 <= now - self._fetched_at < span.total_seconds()


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
