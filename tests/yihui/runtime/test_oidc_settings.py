"""Settings of the log-in by an identity provider: all faults at once, and no word taken for its opposite."""

import pytest

from tests.yihui.refusals import faults_of
from yihui.bootstrap import load_settings
from yihui.runtime.oidc_settings import read_oidc_access
from yihui.runtime.settings import OidcAccess

ISSUER = "https://sso.example/realms/union"
RIGHT = {"YIHUI_OIDC_ISSUER": ISSUER, "YIHUI_OIDC_CLIENT_ID": "desk", "YIHUI_OIDC_ACR": "mfa"}


def faults(environ: dict[str, str]) -> list[tuple[str, str | None]]:
    return sorted((fault.code, fault.field) for fault in faults_of(read_oidc_access, environ))


def test_nothing_set_is_no_provider_and_blanks_are_nothing() -> None:
    assert read_oidc_access({}) is None
    assert read_oidc_access({"YIHUI_OIDC_ISSUER": "", "YIHUI_OIDC_ACR": "  "}) is None
    assert load_settings({"YIHUI_DATA_FOLDER": "/nowhere"}).oidc is None


def test_a_whole_set_is_read() -> None:
    given = {
        **RIGHT,
        "YIHUI_OIDC_ACR": "mfa， gold　mfa",
        "YIHUI_OIDC_AMR": "otp,hwk",
        "YIHUI_OIDC_CLIENT_SECRET": " s ",
    }
    assert read_oidc_access(given) == OidcAccess(ISSUER, "desk", "s", ("mfa", "gold"), ("otp", "hwk"))
    assert load_settings({**given, "YIHUI_DATA_FOLDER": "/nowhere"}).oidc == read_oidc_access(given)
    assert read_oidc_access({**RIGHT, "YIHUI_OIDC_ACR": "any"}) == OidcAccess(ISSUER, "desk")
    assert "'s'" not in repr(read_oidc_access(given))


def test_a_part_of_a_set_names_all_that_is_missing() -> None:
    assert faults({"YIHUI_OIDC_CLIENT_SECRET": "s"}) == [
        ("oidc_setting.no_factors", "YIHUI_OIDC_ACR"),
        ("oidc_setting.unset", "YIHUI_OIDC_CLIENT_ID"),
        ("oidc_setting.unset", "YIHUI_OIDC_ISSUER"),
    ]


@pytest.mark.parametrize(
    "issuer",
    [
        "http://sso.example/realms/union",
        "sso.example",
        "https://",
        "https://user:secret@sso.example",
        "https://sso.example/?a=b",
        "https://sso.example/#a",
        "https://sso.example:port",
        "ｈttps://sso.example",
        "https://sso.example/realms/ union",
        "file:///etc/passwd",
        "javascript:alert(1)",
    ],
)
def test_an_address_that_is_not_encrypted_or_none_is_refused(issuer: str) -> None:
    assert faults({**RIGHT, "YIHUI_OIDC_ISSUER": issuer}) == [
        ("oidc_setting.bad_issuer", "YIHUI_OIDC_ISSUER")
    ]


def test_a_provider_of_this_machine_needs_no_encryption() -> None:
    for host in ("127.0.0.1", "localhost", "[::1]"):
        assert read_oidc_access({**RIGHT, "YIHUI_OIDC_ISSUER": f"http://{host}:8080/realms/union"})


def test_no_word_but_any_takes_less_than_two_factors() -> None:
    for word in ("ANY", "none", "off", "false", "0", "无", "任意"):
        access = read_oidc_access({**RIGHT, "YIHUI_OIDC_ACR": word})
        assert access is not None and access.acr == (word,)
    assert faults({**RIGHT, "YIHUI_OIDC_ACR": "any mfa"}) == [
        ("oidc_setting.any_and_others", "YIHUI_OIDC_ACR")
    ]
    assert faults({**RIGHT, "YIHUI_OIDC_ACR": "any", "YIHUI_OIDC_AMR": "otp"}) == [
        ("oidc_setting.any_and_others", "YIHUI_OIDC_ACR")
    ]


def test_a_long_value_is_refused_and_a_secret_never_shown() -> None:
    faults = faults_of(
        read_oidc_access, {**RIGHT, "YIHUI_OIDC_CLIENT_SECRET": "s" * 5000, "YIHUI_OIDC_CLIENT_ID": "x" * 300}
    )
    assert {fault.field for fault in faults} == {
        "YIHUI_OIDC_CLIENT_SECRET",
        "YIHUI_OIDC_CLIENT_ID",
    }
    assert "ssss" not in repr(faults)
