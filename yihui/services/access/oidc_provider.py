"""Ask the identity provider: its discovery document, its keys, and tokens for a code."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from core.faults import FaultError
from yihui.access.oidc_logins import OIDC_FAULTS, OIDC_PROVIDER_FAULTS
from yihui.runtime.oidc_settings import is_usable_address
from yihui.runtime.provider_keys import (
    ProviderAnswer,
    ProviderKeys,
    ProviderUnavailable,
    fetch_document,
    provider_fault,
    request_provider,
)
from yihui.runtime.settings import OidcAccess

if TYPE_CHECKING:
    from joserfc.jwk import Key

_DISCOVERY = "/.well-known/openid-configuration"
_FRESH = timedelta(hours=1)  # so long the document is used before it is asked for again


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


@dataclass(slots=True)
class IdentityProvider:
    """The union's identity provider, as one process knows it."""

    access: OidcAccess
    now: Callable[[], datetime]
    _document: _Document | None = None
    _document_at: datetime | None = None
    _keys: ProviderKeys | None = None
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

    def fetch_tokens(self, code: str, verifier: str, redirect_uri: str) -> tuple[str, str | None]:
        """Exchange a code for an ID token and an access token, if there is one.

        *Raises*: FaultError if the provider refuses it, or can't be asked.
        """
        document = self._load_document()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": redirect_uri,
        }
        credentials, headers = self._credentials(document)
        answer = request_provider("POST", document.token_endpoint, {**form, **credentials}, headers)
        if answer.status in (400, 401, 403):
            self._raise_refusal(answer)
        if answer.status != 200:
            raise provider_fault("status", document.token_endpoint, value=answer.status)
        try:
            tokens = _Tokens.model_validate(answer.content)
        except ValidationError as error:
            raise provider_fault("unreadable", document.token_endpoint, detail="tokens") from error
        if tokens.id_token is None:
            raise FaultError(OIDC_FAULTS.build("no_id_token"))
        return tokens.id_token, tokens.access_token

    def find_key(self, key_id: str | None, algorithm: str) -> "Key | None":
        """Return the key of an id. *Raises*: FaultError if the provider can't be asked."""
        try:
            url = self._load_document().jwks_uri
        except ProviderUnavailable:
            if self._keys is None:
                raise
        else:
            if self._keys is None or self._keys.address != url:
                self._keys = ProviderKeys(url, clock=lambda: self.now().timestamp())
        return self._keys.find(key_id, algorithm)

    def _load_document(self) -> _Document:
        with self._lock:
            now, at = self.now(), self._document_at
            if self._document is None or at is None or not timedelta(0) <= now - at < _FRESH:
                self._document, self._document_at = self._fetch_document(), now
            return self._document

    def _fetch_document(self) -> _Document:
        url = self.access.issuer.rstrip("/") + _DISCOVERY
        try:
            document = _Document.model_validate(fetch_document(url))
        except ValidationError as error:
            names = ", ".join(sorted({str(one["loc"][0]) for one in error.errors()}))
            raise provider_fault("unreadable", url, detail=names) from error
        if document.issuer != self.access.issuer:
            raise provider_fault("other_issuer", url, value=document.issuer[:255])
        addresses = {
            "authorization_endpoint": document.authorization_endpoint,
            "token_endpoint": document.token_endpoint,
            "jwks_uri": document.jwks_uri,
            "end_session_endpoint": document.end_session_endpoint or document.token_endpoint,
        }
        if wrong := [name for name, address in addresses.items() if not self._may_ask(address)]:
            raise provider_fault("unreadable", url, detail=", ".join(wrong))
        if "S256" not in (document.code_challenge_methods_supported or ["S256"]):
            raise provider_fault("unreadable", url, detail="code_challenge_methods_supported")
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

    def _raise_refusal(self, answer: ProviderAnswer) -> None:
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
