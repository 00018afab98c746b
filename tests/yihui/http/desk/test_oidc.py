"""The pages by which an identity provider logs officers in, with a forged one: cookies, the way back, log-outs."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from tests.yihui.http.conftest import OFFICERS
from tests.yihui.services.forged_provider import Desk, open_desk, sign
from yihui.access.sessions import Session, find_session
from yihui.http.app import create_app

SESSION_COOKIE = "__Host-yihui-desk"


@pytest.fixture
def desk(migrated_file: Path, tmp_path: Path) -> Iterator[Desk]:
    with open_desk(str(shutil.copy(migrated_file, tmp_path / "yihui.db")), tmp_path) as opened:
        yield opened


@pytest.fixture
def client(desk: Desk) -> TestClient:
    return TestClient(create_app(desk.wiring, OFFICERS), "https://127.0.0.1", follow_redirects=False)


def start(client: TestClient, **query: str) -> dict[str, str]:
    """Begin a log-in; return what the provider is asked."""
    answer = client.get("/desk/oidc/start", params=query)
    assert answer.status_code == 303
    asked = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in asked.items()}


def come_back(client: TestClient, desk: Desk, asked: dict[str, str], **claims: Any) -> httpx.Response:
    desk.provider.id_token = sign(desk.provider.claims(**{"nonce": asked["nonce"], **claims}))
    sent = {"state": asked["state"], "code": "a-code", "iss": desk.provider.issuer}
    return client.get("/desk/oidc/callback", params=sent, headers={"accept": "text/html"})


def session(client: TestClient, desk: Desk) -> Session | None:
    with desk.wiring.database.read() as connection:
        return find_session(connection, client.cookies.get(SESSION_COOKIE, ""), desk.now)


def test_an_officer_comes_back_with_a_session_to_the_page_asked_for(
    client: TestClient, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    asked = start(client, next="/desk/register?page=2")
    assert asked["redirect_uri"] == "https://127.0.0.1/desk/oidc/callback"
    answer = come_back(client, desk, asked)
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/register?page=2")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{SESSION_COOKIE}=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(
        cookie.split("; ")
    ) and "Domain" not in cookie
    found = session(client, desk)
    assert found is not None and (found.officer_id, found.factors) == ("wang", ("mfa",))
    assert client.cookies[SESSION_COOKIE] not in caplog.text
    log = "".join(
        f"{one.getMessage()} {one.__dict__.get('fields')}" for one in caplog.records if one.name != "httpx"
    )
    assert not [secret for secret in ("a-code", asked["state"], asked["nonce"]) if secret in log]
    again = start(client, step_up="1")
    assert (again["prompt"], again["max_age"]) == ("login", "0")
    assert start(client, next="https://evil.example")["redirect_uri"] == asked["redirect_uri"]
    assert come_back(client, desk, start(client, next="//evil.example")).headers["location"] == "/desk"


def test_who_is_refused_gets_the_log_in_again_and_no_session(client: TestClient, desk: Desk) -> None:
    password_alone = come_back(client, desk, start(client), acr="password")
    assert password_alone.status_code == 403 and 'action="/desk/login' in password_alone.text
    assert session(client, desk) is None
    asked = start(client)
    client.cookies.clear()  # a callback that was opened in another browser
    assert come_back(client, desk, asked).status_code == 403
    assert session(client, desk) is None


def test_only_the_providers_own_log_out_token_ends_a_session(client: TestClient, desk: Desk) -> None:
    come_back(client, desk, start(client))
    path = "/desk/oidc/backchannel-logout"
    for token in ("", "x", "x" * 20_000, "eyJhbGciOiJub25lIn0.e30."):
        answer = client.post(path, data={"logout_token": token})
        assert (answer.status_code, answer.headers["cache-control"]) == (400, "no-store")
        assert answer.headers["content-type"] == "application/problem+json"
    assert client.post(path, data={"logout_token": "x" * 1_000_000}).status_code == 413
    assert session(client, desk) is not None
    right = sign(desk.provider.logout_claims(), typ="logout+jwt")
    assert client.post(path, data={"logout_token": right}).status_code == 200
    assert session(client, desk) is None
