"""Access tokens of a provider by RFC 9068, against keys that are served here; forged ones are refused in words."""

import base64
import hmac
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from core.faults import FaultError
from tests.yihui.http.conftest import Clock
from tests.yihui.http.sending_programs import Program, issue_key, joined
from yihui.access.access_tokens import TokenTerms, UnknownKeyError, verify_access_token
from yihui.bootstrap import Settings, Wiring, build_wiring, load_settings
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.runtime.provider_keys import (
    FETCH_AT_MOST_EVERY,
    FRESH,
    STALE,
    ProviderKeys,
    ProviderUnavailable,
    parse_key_set,
)
from yihui.services.access.sender_keys import SenderDraft, add_sender, revoke_sender_or_key, rotate_sender

ISSUER, AUDIENCE = "https://login.example/realms/union", "https://yihui.example"
SENDERS = ServingOptions(chosen=frozenset({Audience.SENDERS}))
TERMS = TokenTerms(ISSUER, AUDIENCE)
NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
KEY = RSAKey.generate_key(2048, {"kid": "k1"})
KEYS = KeySet([KEY])


def token(header: dict[str, Any] | None = None, key: Any = KEY, **changes: Any) -> str:
    claims = {
        "iss": ISSUER, "aud": AUDIENCE, "sub": "9f1c", "client_id": "hr-app", "iat": AT, "exp": AT + 300, "jti": "1",
    }  # fmt: skip
    given = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    sent = {"alg": "RS256", "typ": "at+jwt", "kid": "k1", **(header or {})}
    return jwt.encode(sent, given, key, algorithms=[sent["alg"]])


def codes(text: str, now: datetime = NOW) -> list[str]:
    try:
        assert verify_access_token(text, KEYS, TERMS, now) == "hr-app"
    except FaultError as refused:
        return [fault.short_code for fault in refused.faults]
    return []


def test_a_valid_token_names_its_client() -> None:
    assert codes(token()) == []
    assert codes(token(aud=["account", AUDIENCE])) == []
    assert codes(token({"typ": "application/at+jwt"})) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"iss": "https://evil.example"}, ["issuer"]),
        ({"iss": ISSUER + "/"}, ["issuer"]),
        ({"iss": None}, ["issuer"]),
        ({"aud": "account"}, ["audience"]),
        ({"aud": AUDIENCE + "x"}, ["audience"]),
        ({"aud": []}, ["audience"]),
        ({"aud": None}, ["audience"]),
        ({"exp": AT - 59}, []),
        ({"exp": AT - 60}, ["expired"]),
        ({"exp": None}, ["claims"]),
        ({"exp": "never"}, ["claims"]),
        ({"exp": True}, ["claims"]),
        ({"iat": AT + 60}, []),
        ({"iat": AT + 61}, ["early"]),
        ({"nbf": AT + 61}, ["early"]),
        ({"client_id": None}, ["claims"]),
        ({"client_id": " "}, ["claims"]),
        ({"client_id": ["hr-app"]}, ["claims"]),
        ({"sub": None}, ["claims"]),
        ({"sid": "a-browser"}, ["person"]),
        ({"auth_time": AT}, ["person"]),
        ({"iss": "x", "aud": "y", "exp": AT - 100}, ["issuer", "audience", "expired"]),
    ],
)
def test_each_wrong_claim_is_named(changes: dict[str, Any], found: list[str]) -> None:
    assert codes(token(**changes)) == found


def packed(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def forged(header: dict[str, Any], sign: Callable[[bytes], bytes] = lambda _: b"") -> str:
    """A good token's claims under another header and signature."""
    said = f"{packed(header)}.{token().split('.')[1]}"
    return f"{said}.{base64.urlsafe_b64encode(sign(said.encode())).decode().rstrip('=')}"


def unsigned() -> str:
    return forged({"alg": "none", "typ": "at+jwt"})


def by_public_key() -> str:
    """The classic confusion: the public key, which everybody knows, as the secret of an HMAC."""
    secret = KEY.as_pem(private=False)
    header = {"alg": "HS256", "typ": "at+jwt", "kid": "k1"}
    return forged(header, lambda said: hmac.digest(secret, said, "sha256"))


@pytest.mark.parametrize(
    ("forge", "found"),
    [
        (unsigned, "algorithm"),
        (by_public_key, "algorithm"),
        (lambda: token(key=RSAKey.generate_key(2048)), "signature"),
        (lambda: token()[:-4] + "AAAA", "signature"),
        (lambda: token({"typ": "JWT"}), "type"),
        (lambda: forged({"alg": "RS256", "typ": "at+jwt", "crit": ["mine"], "mine": 1}), "form"),
        (lambda: "a.b.c", "form"),
        (lambda: "", "form"),
        (lambda: token() + "=", "form"),
        (lambda: token().replace(".", "．"), "form"),
        (lambda: "e" * 9_000 + ".a.b", "form"),
    ],
)
def test_forged_and_broken_tokens_are_refused(forge: Callable[[], str], found: str) -> None:
    assert codes(forge()) == [found]


def test_a_token_by_an_unknown_key_asks_for_new_keys() -> None:
    with pytest.raises(UnknownKeyError):
        verify_access_token(token({"kid": "k9"}), KEYS, TERMS, NOW)


# --- the provider's keys


class Provider:
    """Serves a JWKS on this machine."""

    def __init__(self) -> None:
        self.keys: list[Any] = [KEY]
        self.asked = 0
        self.status = 200
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                body = json.dumps({"keys": [key.as_dict(private=False) for key in provider.keys]}).encode()
                self.send_response(provider.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/jwks"


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.server.shutdown()
    made.server.server_close()


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_keys_are_fetched_once_and_again_for_a_key_that_is_new(provider: Provider) -> None:
    clock = Seconds()
    keys = ProviderKeys(provider.address, clock=clock)
    for _ in range(5):
        assert len(keys.load().keys) == 1
    assert provider.asked == 1
    provider.keys.append(ECKey.generate_key("P-256", {"kid": "k2"}))
    assert len(keys.load(renewed=True).keys) == 1  # whatever wrong tokens name, it is asked seldom
    clock.now = FETCH_AT_MOST_EVERY.total_seconds()
    assert len(keys.load(renewed=True).keys) == 2
    assert provider.asked == 2


def test_keys_count_on_for_a_while_when_the_provider_is_away(provider: Provider) -> None:
    clock = Seconds()
    keys = ProviderKeys(provider.address, clock=clock)
    keys.load()
    provider.status = 500
    clock.now = (FRESH + STALE).total_seconds() - 1
    assert keys.load()
    clock.now += 1
    with pytest.raises(ProviderUnavailable):
        keys.load()
    provider.status = 302
    with pytest.raises(ProviderUnavailable):
        ProviderKeys(provider.address, clock=clock).load()


@pytest.mark.parametrize(
    "document", [None, [], {}, {"keys": []}, {"keys": "x"}, {"keys": [{"kty": "new"}, 7]}, {"keys": [OctKey.generate_key().as_dict()]}]
)  # fmt: skip
def test_a_document_without_usable_keys_is_no_key_set(document: object) -> None:
    with pytest.raises(ProviderUnavailable):
        parse_key_set(document)


# --- a program with a token


@pytest.fixture
def wiring(migrated_file: Path, tmp_path: Path, provider: Provider) -> Iterator[Wiring]:
    settings = Settings(
        str(shutil.copy(migrated_file, tmp_path / "yihui.db")),
        tmp_path,
        sender_provider=(ISSUER, AUDIENCE, provider.address),
    )
    made = build_wiring(settings, Clock(NOW))
    yield made
    made.database.close()


def add_client(wiring: Wiring, until: date = date(2026, 12, 31)) -> None:
    from tests.yihui.http.sending_programs import OFFICER

    draft = SenderDraft(
        "hr", "370100", until, ("/hr/jinan/",), ("member.joined",), ("events",), client_id="hr-app"
    )
    assert add_sender(wiring, OFFICER, draft).key is None


def test_a_program_with_a_token_is_bound_like_one_with_a_key(wiring: Wiring) -> None:
    from tests.yihui.http.sending_programs import OFFICER, QINGDAO

    program = Program(TestClient(create_app(wiring, SENDERS)), token())
    unknown = program.send(joined())
    assert (unknown.status_code, unknown.headers["www-authenticate"]) == (401, "Bearer")
    add_client(wiring)
    assert program.send(joined()).status_code == 202
    assert program.send(joined("m-2", QINGDAO)).status_code == 403
    wrong = Program(program.client, token(aud="account")).send(joined())
    assert wrong.status_code == 401
    assert AUDIENCE in wrong.json()["errors"][0]["remedy"]
    revoke_sender_or_key(wiring, OFFICER, "hr")
    assert program.send(joined("m-3")).status_code == 401


def test_a_client_counts_until_its_last_day_and_a_rotation_extends_it(wiring: Wiring) -> None:
    from tests.yihui.http.sending_programs import OFFICER

    add_client(wiring, date(2026, 11, 20))
    client = TestClient(create_app(wiring, SENDERS))
    clock = wiring.now
    assert isinstance(clock, Clock)
    clock.later(days=1)
    later = token(iat=AT + 86_400, exp=AT + 86_700)
    assert Program(client, later).send(joined()).status_code == 401
    assert rotate_sender(wiring, OFFICER, "hr", date(2026, 11, 30), 14).key is None
    assert Program(client, later).send(joined()).status_code == 202


def test_a_rotated_key_of_the_provider_is_found(wiring: Wiring, provider: Provider) -> None:
    add_client(wiring)
    client = TestClient(create_app(wiring, SENDERS))
    assert Program(client, token()).send(joined()).status_code == 202
    second = RSAKey.generate_key(2048, {"kid": "k2"})
    provider.keys = [KEY, second]
    rotated = Program(client, token({"kid": "k2"}, second))
    assert rotated.send(joined("m-2")).status_code == 401  # asked a moment ago
    wiring.token_provider.keys._tried_at = None  # type: ignore[union-attr]
    assert rotated.send(joined("m-2")).status_code == 202


def test_without_a_provider_tokens_are_refused_and_keys_work(wiring: Wiring, provider: Provider) -> None:
    provider.status = 500
    assert Program(TestClient(create_app(wiring, SENDERS)), token()).send(joined()).status_code == 503
    own = build_wiring(replace(wiring.settings, sender_provider=None), wiring.now)
    client = TestClient(create_app(own, SENDERS))
    assert Program(client, token()).send(joined()).status_code == 401
    assert Program(client, issue_key(own)).send(joined()).status_code == 202
    own.database.close()


def test_the_three_settings_belong_together() -> None:
    with pytest.raises(FaultError) as refused:
        load_settings({"YIHUI_SENDER_ISSUER": ISSUER, "YIHUI_SENDER_JWKS": "https://login.example/jwks"})
    assert [fault.field for fault in refused.value.faults] == ["YIHUI_SENDER_AUDIENCE"]
    with pytest.raises(FaultError) as refused:
        load_settings(
            {"YIHUI_SENDER_ISSUER": "http://login.example", "YIHUI_SENDER_JWKS": "file:///etc/passwd"}
        )
    assert {fault.field for fault in refused.value.faults} == {"YIHUI_SENDER_ISSUER", "YIHUI_SENDER_JWKS"}
