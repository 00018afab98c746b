"""Ask the identity provider: its discovery document, its keys, and tokens for a code."""

import json
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.faults import FaultError
from yihui.access.oidc_faults import OIDC_FAULTS, OIDC_PROVIDER_FAULTS
from yihui.runtime.oidc_settings import OidcAccess, is_usable_address
from yihui.runtime.outgoing import open_http_client
from yihui.runtime.provider_keys import pick_key

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import Key, KeySet

_DISCOVERY = "/.well-known/openid-configuration"
_MOST_BYTES = 256 << 10
_CONNECT_S, _READ_S, _ALL_S = 5.0, 10.0, 20.0
_FRESH = timedelta(hours=1)  # so long the document and the keys are used before they are asked for again
REFRESH_INTERVAL = timedelta(seconds=10)  # keys are asked for again at most so often for an unknown key id


class _Document(BaseModel):
    """What is read of a discovery document (OpenID Connect Discovery 1.0, 3)."""

    model_config = ConfigDict(strict=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str | None = None
    token_endpoint_auth_methods_supported: list[str] = Field(default_factory=lambda: ["client_secret_basic"])
    code_challenge_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool = False


class _Tokens(BaseModel):
    """What is read of a token answer."""

    model_config = ConfigDict(strict=True, extra="ignore")

    id_token: str | None = None
    access_token: str | None = None


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """The tokens of a code; both are forgotten once the ID token is checked."""

    id_token: str = field(repr=False)
    access_token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    content: Any


@dataclass(slots=True)
class IdentityProvider:
    """The union's identity provider, as one process knows it."""

    access: OidcAccess
    now: Callable[[], datetime]
    _document: _Document | None = None
    _document_at: datetime | None = None
    _keys: "KeySet | None" = field(default=None, repr=False)
    _keys_at: datetime | None = None
    _refreshed_at: datetime | None = None
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def authorization_endpoint(self) -> str:
        return self._load_document().authorization_endpoint

    @property
    def end_session_endpoint(self) -> str | None:
        return self._load_document().end_session_endpoint

    @property
    def names_itself(self) -> bool:
        """Return whether each answer must name its provider (RFC 9207)."""
        return self._load_document().authorization_response_iss_parameter_supported

    def fetch_tokens(self, code: str, verifier: str, redirect_uri: str) -> TokenAnswer:
        """Exchange a code. *Raises*: FaultError if the provider refuses it, or can't be asked."""
        document = self._load_document()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        credentials, headers = self._credentials(document)
        answer = _ask("POST", document.token_endpoint, {**form, **credentials}, headers)
        if answer.status in (400, 401, 403):
            self._raise_refusal(answer)
        if answer.status != 200:
            raise _status(document.token_endpoint, answer.status)
        try:
            tokens = _Tokens.model_validate(answer.content)
        except ValidationError as error:
            raise _unreadable(document.token_endpoint, "tokens") from error
        if tokens.id_token is None:
            raise FaultError(OIDC_FAULTS.build("no_id_token"))
        return TokenAnswer(tokens.id_token, tokens.access_token)

    def find_key(self, key_id: str | None, algorithm: str) -> "Key | None":
        """Return the key of an id; for an unknown id the keys are asked for again, but not often."""
        with self._lock:
            now = self.now()
            keys = self._keys
            if keys is None or not _is_recent(self._keys_at, now, _FRESH):
                keys = self._load_keys(now)
            found = pick_key(keys, key_id, algorithm)
            if found is None and not _is_recent(self._refreshed_at, now, REFRESH_INTERVAL):
                self._refreshed_at = now
                found = pick_key(self._load_keys(now), key_id, algorithm)
            return found

    def _load_keys(self, now: datetime) -> "KeySet":
        from joserfc.errors import JoseError
        from joserfc.jwk import JWKRegistry, KeySet

        url = self._load_document_locked(now).jwks_uri
        content = _get(url)
        listed = content.get("keys")
        if not isinstance(listed, list):
            raise _unreadable(url, "keys")
        keys = []
        for one in listed:
            try:
                if isinstance(one, dict) and one.get("kty") in ("RSA", "EC", "OKP"):
                    keys.append(JWKRegistry.import_key(one))
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # a key of a kind that is not known yet, beside those in use
        if not keys:
            raise _unreadable(url, "keys")
        found = self._keys, self._keys_at = KeySet(keys), now
        return found[0]

    def _load_document(self) -> _Document:
        with self._lock:
            return self._load_document_locked(self.now())

    def _load_document_locked(self, now: datetime) -> _Document:
        if self._document is None or not _is_recent(self._document_at, now, _FRESH):
            self._document, self._document_at = self._fetch_document(), now
        return self._document

    def _fetch_document(self) -> _Document:
        url = self.access.issuer.rstrip("/") + _DISCOVERY
        try:
            document = _Document.model_validate(_get(url))
        except ValidationError as error:
            names = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
            raise _unreadable(url, names) from error
        if document.issuer != self.access.issuer:
            raise FaultError(OIDC_PROVIDER_FAULTS.build("other_issuer", url=url, value=document.issuer[:255]))
        addresses = {
            "authorization_endpoint": document.authorization_endpoint,
            "token_endpoint": document.token_endpoint,
            "jwks_uri": document.jwks_uri,
            "end_session_endpoint": document.end_session_endpoint or document.token_endpoint,
        }
        if wrong := [name for name, address in addresses.items() if not self._may_ask(address)]:
            raise _unreadable(url, ", ".join(wrong))
        if "S256" not in (document.code_challenge_methods_supported or ["S256"]):
            raise _unreadable(url, "code_challenge_methods_supported")
        return document

    def _may_ask(self, address: str) -> bool:
        """Return whether an address is usable; an encrypted provider must not lead to an open one."""
        is_encrypted = urlsplit(self.access.issuer).scheme == "https"
        return is_usable_address(address) and (not is_encrypted or urlsplit(address).scheme == "https")

    def _credentials(self, document: _Document) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Return the form's fields and the headers by which the provider knows us (RFC 6749, 2.3.1)."""
        identity, secret = self.access.client_id, self.access.client_secret
        if secret is None:
            return {"client_id": identity}, {}
        if "client_secret_basic" in document.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(identity)}:{quote_plus(secret)}".encode()
            return {}, {"Authorization": f"Basic {b64encode(pair).decode()}"}
        return {"client_id": identity, "client_secret": secret}, {}

    def _raise_refusal(self, answer: _Answer) -> None:
        told = answer.content.get("error") if isinstance(answer.content, dict) else None
        value = clean_code(told)
        if value in ("invalid_client", "unauthorized_client") or answer.status == 401:
            raise FaultError(OIDC_PROVIDER_FAULTS.build("client_refused", value=value))
        raise FaultError(OIDC_FAULTS.build("code_refused", field="code", value=value))


def clean_code(text: object) -> str:
    """Return an error code of OAuth as it may be shown and logged: the standard's characters, not many."""
    shown = "".join(
        sign for sign in str(text or "")[:40] if sign.isascii() and (sign.isalnum() or sign in "_-.")
    )
    return shown or "?"


def _is_recent(at: datetime | None, now: datetime, span: timedelta) -> bool:
    return at is not None and timedelta(0) <= now - at < span


def _get(url: str) -> dict[str, Any]:
    answer = _ask("GET", url)
    if answer.status != 200:
        raise _status(url, answer.status)
    if not isinstance(answer.content, dict):
        raise _unreadable(url, "JSON")
    return answer.content


def _ask(
    method: str,
    url: str,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> _Answer:
    """Ask the provider. No redirect is followed, and no proxy of the environment is asked."""
    import httpx

    timeout = httpx.Timeout(_READ_S, connect=_CONNECT_S)
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
            content = _read(answer, url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise FaultError(
            OIDC_PROVIDER_FAULTS.build("away", url=url[:255], detail=type(error).__name__)
        ) from error
    try:
        return _Answer(answer.status_code, json.loads(content))
    except (ValueError, RecursionError) as error:
        if answer.status_code != 200:
            return _Answer(answer.status_code, None)
        raise _unreadable(url, "JSON") from error


def _read(answer: "httpx.Response", url: str) -> bytes:
    """Read an answer that is neither too long nor too slow."""
    content, deadline = bytearray(), time.monotonic() + _ALL_S
    for part in answer.iter_raw():
        content += part
        if len(content) > _MOST_BYTES:
            raise FaultError(OIDC_PROVIDER_FAULTS.build("too_much", url=url[:255], most=_MOST_BYTES))
        if time.monotonic() > deadline:
            raise FaultError(OIDC_PROVIDER_FAULTS.build("too_slow", url=url[:255], seconds=int(_ALL_S)))
    return bytes(content)


def _status(url: str, status: int) -> FaultError:
    return FaultError(OIDC_PROVIDER_FAULTS.build("status", url=url[:255], value=status))


def _unreadable(url: str, detail: str) -> FaultError:
    return FaultError(OIDC_PROVIDER_FAULTS.build("unreadable", url=url[:255], detail=detail))
