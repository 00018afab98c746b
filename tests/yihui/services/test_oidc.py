"""Log-ins by an identity provider whose answers are forged, on both databases."""

import logging
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from tests.transactions import change_in, rows_in
from tests.yihui.refusals import codes, do_at_once, faults_of
from tests.yihui.services.forged_provider import (
    DISCOVERY,
    JWKS,
    KEY,
    NOW,
    ORIGIN,
    OTHER_KEY,
    SUBJECT,
    TOKEN,
    Desk,
    open_desk,
    sign,
)
from tools.servers.officers import add_officer, open_browser
from yihui.access.oidc_logins import create_browser_secret, derive_secrets, oidc_logins
from yihui.access.sessions import find_session
from yihui.access.tables import officer_accounts, officer_sessions
from yihui.bootstrap import Settings, build_wiring
from yihui.runtime.provider_keys import FETCH_AT_MOST_EVERY
from yihui.services.access.oidc import (
    Browser,
    ProviderAnswer,
    end_sessions_by_provider,
    finish_login,
    provider_logout_address,
    start_login,
)

SECONDS = int(NOW.timestamp())


@pytest.fixture
def desk(target: str, tmp_path: Path) -> Iterator[Desk]:
    with open_desk(target, tmp_path) as opened:
        yield opened


@pytest.fixture
def lone(migrated_file: Path, tmp_path: Path) -> Iterator[Desk]:
    """The same on SQLite alone, where the database doesn't matter."""
    with open_desk(str(shutil.copy(migrated_file, tmp_path / "yihui.db")), tmp_path) as opened:
        yield opened


def test_a_log_in_opens_a_session_of_the_linked_officer(desk: Desk) -> None:
    finished = desk.finish(desk.start(), auth_time=SECONDS - 3600, amr=["otp"])
    assert finished.return_to == "/desk/money/budgets"
    session = finished.opened.session
    assert (session.officer_id, session.factors) == ("wang", ("mfa", "otp"))
    assert session.provider_session == "provider-session"
    # An hour ago at the provider is no fresh log-in here.
    assert session.authenticated_at == NOW - timedelta(hours=1)
    assert desk.asked["code_challenge_method"] == "S256"
    assert desk.asked["scope"] == "openid"
    assert desk.asked["acr_values"] == "mfa"
    assert desk.asked["max_age"] == "43200"
    assert desk.asked["redirect_uri"] == f"{ORIGIN}/desk/oidc/callback"
    form = desk.provider.forms[-1]
    secrets = derive_secrets(desk.browser.secret, desk.asked["state"])
    assert form == {
        "grant_type": "authorization_code",
        "code": "a-code",
        "code_verifier": secrets.verifier,
        "redirect_uri": desk.asked["redirect_uri"],
    }
    assert secrets.verifier not in str(desk.asked)
    assert len(secrets.verifier) == 43


def test_the_database_holds_nothing_that_finishes_a_log_in(lone: Desk) -> None:
    lone.start()
    stored = str(rows_in(lone.wiring.database, select(oidc_logins)))
    secrets = derive_secrets(lone.browser.secret, lone.asked["state"])
    for secret in (lone.browser.secret, secrets.state, secrets.nonce, secrets.verifier):
        assert secret not in stored
    assert secrets.verifier not in repr(secrets)
    assert lone.browser.secret not in repr(lone.browser)


def test_a_callback_works_once_and_in_its_own_browser_alone(desk: Desk) -> None:
    answer = desk.start()
    mine, other = desk.browser, replace(desk.browser, secret=create_browser_secret())
    desk.provider.id_token = sign(desk.provider.claims(desk.asked["nonce"]))
    for browser, code in (
        (other, "unknown_login"),
        (replace(mine, secret=""), "no_browser_secret"),
        (replace(mine, secret="short"), "no_browser_secret"),
        (replace(mine, secret="é" * 43), "no_browser_secret"),
    ):
        assert codes(finish_login, desk.wiring, browser, answer) == [f"oidc.{code}"]
    for state in ("", "x", answer.state[:-1], answer.state + "x", "x" * 100_000, "\udc80"):
        wrong = replace(answer, state=state)
        assert codes(finish_login, desk.wiring, mine, wrong) == ["oidc.unknown_login"]
    assert desk.provider.forms == []  # the code was shown to nobody
    assert desk.finish(answer).opened.session.officer_id == "wang"
    assert codes(lambda: desk.finish(answer)) == ["oidc.used_login"]


@pytest.mark.both_databases
def test_of_two_callbacks_at_once_one_logs_in(desk: Desk) -> None:
    answer = desk.start()
    desk.provider.id_token = sign(desk.provider.claims(desk.asked["nonce"]))
    done = do_at_once(
        lambda browser: finish_login(desk.wiring, browser, answer).opened.session.officer_id,
        [desk.browser] * 4,
    )
    assert sorted(done) == ["oidc.used_login"] * 3 + ["wang"]
    assert len(rows_in(desk.wiring.database, select(officer_sessions))) == 1


def test_a_log_in_of_eleven_minutes_is_refused_and_deleted_after_a_day(lone: Desk) -> None:
    answer = lone.start()
    lone.now += timedelta(minutes=10, seconds=1)
    assert codes(lambda: lone.finish(answer)) == ["oidc.old_login"]
    lone.now += timedelta(days=1)
    lone.start()
    assert len(rows_in(lone.wiring.database, select(oidc_logins))) == 1


def test_what_the_provider_refuses_is_told_without_its_words(lone: Desk) -> None:
    answer = replace(lone.start(), code="", error="access_denied<script>王芳 13800138000")
    (fault,) = faults_of(finish_login, lone.wiring, lone.browser, answer)
    assert (fault.code, fault.value) == ("oidc.provider_refused", "access_deniedscript13800138000")
    assert codes(lambda: lone.finish(replace(lone.start(), code=""))) == ["oidc.no_code"]
    assert codes(lambda: lone.finish(replace(lone.start(), code="x" * 5000))) == ["oidc.no_code"]


def test_an_answer_of_another_provider_is_refused(lone: Desk) -> None:
    other = "https://evil.example"
    assert codes(lambda: lone.finish(replace(lone.start(), issuer=other))) == ["oidc.other_provider"]
    assert lone.finish(replace(lone.start(), issuer="")).opened.session.officer_id == "wang"
    lone.provider.document = {"authorization_response_iss_parameter_supported": True}
    lone.now += timedelta(hours=2)  # the document is asked for again
    assert codes(lambda: lone.finish(replace(lone.start(), issuer=""), iat=SECONDS + 7200)) == [
        "oidc.other_provider"
    ]


def test_a_code_that_the_provider_refuses_logs_nobody_in(lone: Desk) -> None:
    answer = lone.start()
    lone.provider.overrides[TOKEN] = (400, b'{"error": "invalid_grant"}', {})
    assert codes(lambda: lone.finish(answer)) == ["oidc.code_refused"]
    answer = lone.start()
    lone.provider.overrides[TOKEN] = (401, b'{"error": "invalid_client"}', {})
    assert codes(lambda: lone.finish(answer)) == ["oidc_provider.client_refused"]
    answer = lone.start()
    lone.provider.overrides[TOKEN] = (200, b'{"access_token": "x"}', {})
    assert codes(lambda: lone.finish(answer)) == ["oidc.no_id_token"]
    assert lone.session() is None


def test_a_wrong_token_logs_nobody_in_and_is_written_down(
    lone: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = lone.start()
    assert codes(lone.finish, answer, nonce="of another log-in") == ["oidc.nonce"]
    assert "oidc.nonce" in lone.refusals()[-1]
    written = caplog.text + "".join(lone.refusals())
    for secret in (lone.provider.id_token, answer.state, answer.code, SUBJECT):
        assert secret not in written
    assert rows_in(lone.wiring.database, select(officer_sessions)) == []


def test_an_unknown_account_is_told_what_an_administrator_types(lone: Desk) -> None:
    stranger = "x'; rm -rf /"
    (fault,) = faults_of(lone.finish, lone.start(), sub=stranger)
    assert fault.code == "oidc.unknown_account"
    assert "yihui officers link" in fault.remedy.format(**fault.values)
    assert """--subject 'x'"'"'; rm -rf /'""" in fault.remedy.format(**fault.values)
    assert stranger not in lone.refusals()[-1]


def test_an_ended_account_or_officer_does_not_log_in(lone: Desk) -> None:
    change_in(lone.wiring.database, officer_accounts.update().values(ended_at=NOW))
    assert codes(lambda: lone.finish(lone.start())) == ["oidc.ended_account"]


def test_the_same_subject_of_another_issuer_is_unknown(lone: Desk) -> None:
    change_in(lone.wiring.database, officer_accounts.update().values(issuer="https://other.example"))
    assert codes(lambda: lone.finish(lone.start())) == ["oidc.unknown_account"]


def test_a_second_log_in_ends_the_browsers_first_session(desk: Desk) -> None:
    first = desk.log_in()
    second = desk.log_in()
    with desk.wiring.database.read() as connection:
        assert find_session(connection, first.token, NOW) is None
        assert find_session(connection, second.token, NOW) is not None


def test_a_step_up_asks_for_a_fresh_log_in_of_the_same_person(desk: Desk) -> None:
    opened = desk.log_in(auth_time=SECONDS - 3600)
    answer = desk.start(step_up=True)
    assert (desk.asked["prompt"], desk.asked["max_age"]) == ("login", "0")
    assert codes(lambda: desk.finish(answer, auth_time=SECONDS - 3600)) == ["oidc.stale"]
    stepped = desk.finish(desk.start(step_up=True), sid="next-session").opened
    assert stepped.session.id == opened.session.id
    assert stepped.session.authenticated_at == NOW
    assert stepped.token != opened.token
    desk.browser = replace(desk.browser, session_token=stepped.token)
    session = desk.session()
    assert session is not None and session.provider_session == "next-session"
    desk.link("zhao", "another-subject")
    answer = desk.start(step_up=True)
    assert codes(lambda: desk.finish(answer, sub="another-subject")) == ["oidc.other_person"]


def test_a_step_up_without_a_session_is_refused(desk: Desk) -> None:
    assert codes(lambda: desk.start(step_up=True)) == ["oidc.session_over"]
    desk.log_in()
    answer = desk.start(step_up=True)
    desk.browser = replace(desk.browser, session_token="")
    assert codes(lambda: desk.finish(answer)) == ["oidc.session_over"]


def test_the_provider_ends_the_sessions_that_it_names_once(desk: Desk) -> None:
    desk.log_in()
    token = sign(desk.provider.logout_claims(), typ="logout+jwt")
    other = sign(desk.provider.logout_claims(jti="other", sid="another-session"))
    assert end_sessions_by_provider(desk.wiring, other) == 0
    assert desk.session() is not None
    assert end_sessions_by_provider(desk.wiring, token) == 1
    assert desk.session() is None
    desk.log_in()
    assert codes(lambda: end_sessions_by_provider(desk.wiring, token)) == ["oidc.used_token"]
    assert desk.session() is not None
    by_subject = sign(desk.provider.logout_claims(jti="third", sid=None))
    assert end_sessions_by_provider(desk.wiring, by_subject) == 1
    # It is remembered for as long as it would be obeyed.
    desk.now += timedelta(minutes=5)
    assert codes(lambda: end_sessions_by_provider(desk.wiring, token)) == ["oidc.used_token"]
    desk.now += timedelta(hours=1)
    assert codes(lambda: end_sessions_by_provider(desk.wiring, token)) == ["oidc.expired"]


def test_a_key_without_an_id_serves_only_where_there_is_no_other(lone: Desk) -> None:
    lone.provider.keys = [KEY, OTHER_KEY]
    answer = lone.start()
    lone.provider.id_token = sign(lone.provider.claims(lone.asked["nonce"]), kid=None)
    assert codes(lambda: finish_login(lone.wiring, lone.browser, answer)) == ["oidc.unknown_key"]
    lone.now += timedelta(hours=1)
    lone.provider.keys = [KEY]
    answer, now = lone.start(), int(lone.now.timestamp())
    claims = lone.provider.claims(lone.asked["nonce"], iat=now, exp=now + 60)
    lone.provider.id_token = sign(claims, kid=None)
    assert finish_login(lone.wiring, lone.browser, answer).opened.session.officer_id == "wang"


REDIRECT = (302, b"", {"Location": "http://127.0.0.1:9/elsewhere"})
BAD_PROVIDERS: list[tuple[str, tuple[int, bytes, dict[str, str]], str]] = [
    (DISCOVERY, (500, b"", {}), "status"),
    (DISCOVERY, REDIRECT, "status"),
    (DISCOVERY, (200, b"not json", {}), "unreadable"),
    (DISCOVERY, (200, b"{}", {}), "unreadable"),
    (DISCOVERY, (200, b"[" * 200_000, {}), "unreadable"),
    (DISCOVERY, (200, b"x" * (256 * 1024 + 1), {}), "too_much"),
    (JWKS, (200, b'{"keys": []}', {}), "unreadable"),
    (JWKS, REDIRECT, "status"),
    (TOKEN, REDIRECT, "status"),
    (TOKEN, (200, b"not json", {}), "unreadable"),
    (TOKEN, (200, b'{"id_token": 7}', {}), "unreadable"),
    (TOKEN, (503, b"", {}), "status"),
]


def test_a_provider_that_answers_nonsense_is_told_as_such(lone: Desk) -> None:
    for path, answer, code in BAD_PROVIDERS:
        lone.provider.overrides = {path: answer}
        lone.now += FETCH_AT_MOST_EVERY
        assert codes(lambda: lone.finish(lone.start())) == [f"oidc_provider.{code}"], answer[1][:40]


def test_a_wrong_discovery_document_is_refused(lone: Desk) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"issuer": "https://evil.example"}, "other_issuer"),
        ({"token_endpoint": "http://evil.example/token"}, "unreadable"),
        ({"jwks_uri": "file:///etc/passwd"}, "unreadable"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "unreadable"),
        ({"end_session_endpoint": "//evil.example"}, "unreadable"),
        ({"code_challenge_methods_supported": ["plain"]}, "unreadable"),
        ({"token_endpoint": None}, "unreadable"),
    ]
    for changes, code in wrong:
        lone.provider.document = changes
        assert codes(lone.start) == [f"oidc_provider.{code}"], changes


def test_a_provider_that_is_down_is_told_as_such(lone: Desk, tmp_path: Path) -> None:
    access = replace(lone.provider.access, issuer="http://127.0.0.1:9/union")
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path, oidc=access), lambda: NOW)
    assert codes(lambda: start_login(wiring, lone.browser, "/desk", step_up=False, language="zh")) == [
        "oidc_provider.away"
    ]
    wiring.close()


def test_a_log_out_leads_to_the_providers_own(desk: Desk) -> None:
    session = desk.log_in().session
    address = provider_logout_address(desk.wiring, session, ORIGIN, "zh")
    assert address is not None and address.startswith(f"{desk.provider.issuer}/logout?")
    asked = parse_qs(urlsplit(address).query)
    assert asked["client_id"] == ["yihui-desk"]
    assert asked["post_logout_redirect_uri"] == [f"{ORIGIN}/desk/login"]
    with desk.wiring.database.write() as connection:
        local = open_browser(connection, add_officer(connection, "zhao"), "zhao").session
    assert provider_logout_address(desk.wiring, local, ORIGIN, "zh") is None


def test_without_settings_there_is_no_such_log_in(tmp_path: Path, migrated_file: Path) -> None:
    wiring = build_wiring(Settings(str(migrated_file), tmp_path), lambda: NOW)
    browser = Browser(ORIGIN, create_browser_secret())
    assert codes(lambda: start_login(wiring, browser, "/desk", step_up=False, language="zh")) == [
        "oidc.not_set_up"
    ]
    assert codes(lambda: finish_login(wiring, browser, ProviderAnswer())) == ["oidc.not_set_up"]
    assert codes(lambda: end_sessions_by_provider(wiring, "x")) == ["oidc.not_set_up"]
    wiring.close()
