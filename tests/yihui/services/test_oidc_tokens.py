"""Tokens of an identity provider, right ones and forged ones: each wrong one is refused for its own reason."""

import base64
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey, Key

from tests.yihui.refusals import refused
from tests.yihui.services.forged_provider import KEY, NOW, OTHER_KEY, SUBJECT, ForgedProvider, sign
from yihui.runtime.settings import OidcAccess
from yihui.services.access.oidc_tokens import (
    ALGORITHMS,
    MAX_TOKEN_BYTES,
    Identity,
    LogoutNotice,
    TokenExpectation,
    verify_id_token,
    verify_logout_token,
)

PROVIDER = ForgedProvider(port=1)
SECONDS = int(NOW.timestamp())
REFUSED = ("signature", "malformed")
EXPECTED = TokenExpectation("n", NOW - timedelta(hours=12))


def find_key(key_id: str | None, algorithm: str) -> Key | None:
    return KEY if key_id in (None, "one") else None


def verify(
    token: str, access: OidcAccess = PROVIDER.access, expected: TokenExpectation = EXPECTED
) -> Identity:
    return verify_id_token(token, access, find_key, expected, NOW)


def verify_logout(token: str) -> LogoutNotice:
    return verify_logout_token(token, PROVIDER.access, find_key, NOW)


def part(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def test_a_right_token_names_who_logged_in_when_and_how() -> None:
    token = sign(PROVIDER.claims(auth_time=SECONDS - 3600, amr=["pwd", "otp"]))
    assert verify(token) == Identity(
        SUBJECT, NOW - timedelta(hours=1), "provider-session", ("mfa", "pwd", "otp")
    )


WRONG_CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"aud": "another-program"}, "audience"),
    ({"aud": None}, "audience"),
    ({"aud": []}, "audience"),
    ({"aud": ["yihui-desk", "another-program"]}, "audience"),  # for several programs without azp
    ({"aud": ["yihui-desk", "another-program"], "azp": "another-program"}, "audience"),
    ({"azp": "another-program"}, "audience"),
    ({"iss": "https://evil.example/union"}, "issuer"),
    ({"iss": PROVIDER.issuer + "/"}, "issuer"),
    ({"iss": None}, "issuer"),
    ({"exp": SECONDS - 61}, "expired"),
    ({"exp": None}, "claim"),
    ({"exp": "tomorrow"}, "claim"),
    ({"exp": True}, "claim"),
    ({"exp": float("nan")}, "claim"),
    ({"exp": float("inf")}, "claim"),
    ({"iat": SECONDS + 61}, "future"),
    ({"iat": None}, "claim"),
    ({"nbf": SECONDS + 61}, "future"),
    ({"nonce": "of another log-in"}, "nonce"),
    ({"nonce": None}, "nonce"),
    ({"nonce": ""}, "nonce"),
    ({"auth_time": None}, "claim"),
    ({"auth_time": "now"}, "claim"),
    ({"auth_time": 10**30}, "claim"),
    ({"auth_time": SECONDS + 61}, "future"),
    ({"auth_time": SECONDS - 12 * 3600 - 61}, "stale"),
    ({"acr": None}, "factors"),
    ({"acr": "password"}, "factors"),
    ({"acr": "not-mfa"}, "factors"),
    ({"acr": "MFA"}, "factors"),
    ({"acr": ["mfa"]}, "claim"),
    ({"acr": None, "amr": "mfa"}, "claim"),
    ({"sub": None}, "claim"),
    ({"sub": ""}, "claim"),
    ({"sub": 7}, "claim"),
    ({"sub": "x" * 256}, "claim"),
    ({"sub": "a\nb"}, "claim"),
    ({"sid": {"a": 1}}, "claim"),
    ({"at_hash": "of another access token"}, "claim"),
]


@pytest.mark.parametrize(("changes", "code"), WRONG_CLAIMS)
def test_a_token_with_one_wrong_claim_is_refused(changes: dict[str, Any], code: str) -> None:
    expected = TokenExpectation("n", NOW - timedelta(hours=12), access_token="opaque")
    claims = PROVIDER.claims(**changes)
    token = jws.serialize_compact({"alg": "RS256", "kid": "one"}, json.dumps(claims), KEY)
    assert refused(verify, token, expected=expected) == [code]


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": SECONDS - 59},
        {"iat": SECONDS + 60},
        {"auth_time": SECONDS + 60},
        {"auth_time": SECONDS - 12 * 3600 - 60},
        {"aud": ["yihui-desk"]},
        {"aud": ["yihui-desk", "another-program"], "azp": "yihui-desk"},
        {"sid": None},
    ],
)
def test_a_minute_of_difference_between_clocks_is_allowed(changes: dict[str, Any]) -> None:
    found = verify(sign(PROVIDER.claims(**changes)))
    assert found.subject == SUBJECT
    assert found.authenticated_at <= NOW


def test_unsigned_and_symmetric_tokens_are_refused() -> None:
    claims = PROVIDER.claims()
    for algorithm in ("none", "None", "NONE", "nOnE", "", None, 7, ["RS256"]):
        header = part({"alg": algorithm, "kid": "one"})
        for signature in ("", "AAAA"):
            forged = f"{header}.{part(claims)}.{signature}"
            assert refused(verify, forged) == ["algorithm"]
    public = KEY.as_pem(private=False)
    for secret in (public, public.strip(), KEY.as_dict(private=False)["n"].encode()):
        signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
        mac = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).rstrip(b"=").decode()
        forged = f"{signed}.{mac}"
        assert refused(verify, forged) == ["algorithm"]
    assert not any(name.startswith("HS") or name.lower() == "none" for name in ALGORITHMS)


def test_a_token_of_an_unknown_key_or_a_wrong_signature_is_refused() -> None:
    right, other = sign(PROVIDER.claims()), sign(PROVIDER.claims(sub="another"))
    assert refused(verify, sign(PROVIDER.claims(), key=OTHER_KEY)) == ["unknown_key"]
    assert refused(verify, sign(PROVIDER.claims(), key=OTHER_KEY, kid="one")) == ["signature"]
    assert refused(verify, sign(PROVIDER.claims(), key=OTHER_KEY, kid=None)) == ["signature"]
    own = OTHER_KEY.as_dict(private=False)
    assert refused(verify, sign(PROVIDER.claims(), key=OTHER_KEY, kid="one", jwk=own))[0] in REFUSED
    swapped = ".".join([right.split(".")[0], other.split(".")[1], right.split(".")[2]])
    assert refused(verify, swapped) == ["signature"]
    elliptic = ECKey.generate_key("P-256", {"kid": "one"})
    forged = jwt.encode({"alg": "ES256", "kid": "one"}, PROVIDER.claims(), elliptic)
    assert refused(verify, forged)[0] in REFUSED


@pytest.mark.parametrize("critical", [["exp"], ["https://evil.example/extension"], ["b64"], [], "exp", None])
def test_a_critical_header_is_refused(critical: object) -> None:
    header = part({"alg": "RS256", "kid": "one", "crit": critical, "exp": 1, "b64": False})
    body = sign(PROVIDER.claims()).split(".")
    assert refused(verify, f"{header}.{body[1]}.{body[2]}") == ["critical"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "a.b.c",
        "a.b",
        "a.b.c.d.e",
        "驿惠",
        "\x00",
        f"{part([])}.{part({})}.AAAA",
        f"{part('RS256')}.{part({})}.AAAA",
        f"{part({'alg': 'RS256', 'kid': 7})}.{part({})}.AAAA",
        "[" * 9000,
        base64.urlsafe_b64encode(b"[" * 9000).decode().rstrip("=") + "..",
    ],
)
def test_what_is_no_token_is_refused(text: str) -> None:
    assert refused(verify, text)[0] in ("malformed", "algorithm")
    assert refused(verify_logout, text)[0] in ("malformed", "algorithm")


def test_claims_that_are_no_object_are_refused() -> None:
    for content in ("[]", '"text"', "null", "1", "{", "[" * 5000):
        token = jws.serialize_compact({"alg": "RS256", "kid": "one"}, content, KEY)
        assert refused(verify, token) == ["malformed"]


def test_a_token_of_a_megabyte_is_refused_unread() -> None:
    big = sign(PROVIDER.claims(padding="x" * 1_000_000))
    assert refused(verify, big) == ["long_token"]
    assert refused(verify, "x" * (MAX_TOKEN_BYTES + 1)) == ["long_token"]
    assert verify(sign(PROVIDER.claims(padding="x" * 2_000))).subject == SUBJECT


def test_a_step_up_needs_a_log_in_after_it_began() -> None:
    expected = TokenExpectation("n", NOW - timedelta(seconds=20))
    assert verify(sign(PROVIDER.claims(auth_time=SECONDS - 10)), expected=expected).subject == SUBJECT
    assert refused(verify, sign(PROVIDER.claims(auth_time=SECONDS - 81)), expected=expected) == ["stale"]


def test_two_factors_are_told_by_acr_or_amr_and_only_any_takes_less() -> None:
    by_amr = OidcAccess(PROVIDER.issuer, "yihui-desk", amr=("otp", "hwk"))
    token = sign(PROVIDER.claims(acr=None, amr=["pwd", "otp", 7, "x" * 300]))
    assert verify(token, by_amr).factors == ("pwd", "otp")
    assert refused(verify, sign(PROVIDER.claims(acr=None, amr=["pwd"])), by_amr) == ["factors"]
    assert refused(verify, sign(PROVIDER.claims(acr="otp")), by_amr) == ["factors"]
    any_factors = OidcAccess(PROVIDER.issuer, "yihui-desk")
    assert verify(sign(PROVIDER.claims(acr=None)), any_factors).factors == ("oidc",)
    many = verify(sign(PROVIDER.claims(amr=[f"method-{n}" for n in range(50)])))
    assert len(" ".join(many.factors)) <= 60


def test_a_log_out_token_names_a_session_or_an_account() -> None:
    notice = verify_logout(sign(PROVIDER.logout_claims()))
    assert (notice.token_id, notice.subject, notice.provider_session) == (
        "logout-1",
        SUBJECT,
        "provider-session",
    )
    assert notice.expires_at > NOW + timedelta(minutes=10)
    assert verify_logout(sign(PROVIDER.logout_claims(sub=None), typ="logout+jwt")).subject is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"events": None}, "no_logout_event"),
        ({"events": []}, "no_logout_event"),
        ({"events": {"http://schemas.openid.net/event/other": {}}}, "no_logout_event"),
        ({"events": {"http://schemas.openid.net/event/backchannel-logout": True}}, "no_logout_event"),
        ({"nonce": "n"}, "no_logout_event"),
        ({"sub": None, "sid": None}, "claim"),
        ({"jti": None}, "claim"),
        ({"jti": ""}, "claim"),
        ({"iat": None}, "claim"),
        ({"iat": SECONDS + 61}, "future"),
        ({"iat": SECONDS - 601}, "expired"),
        ({"exp": SECONDS - 61}, "expired"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"aud": "another-program"}, "audience"),
    ],
)
def test_a_wrong_log_out_token_is_refused(changes: dict[str, Any], code: str) -> None:
    assert refused(verify_logout, sign(PROVIDER.logout_claims(**changes))) == [code]


def test_id_tokens_and_log_out_tokens_are_not_taken_for_each_other() -> None:
    assert refused(verify_logout, sign(PROVIDER.claims())) == ["no_logout_event"]
    assert refused(verify, sign(PROVIDER.logout_claims()))[0] in ("nonce", "claim")
    assert refused(verify_logout, sign(PROVIDER.logout_claims(), typ="at+jwt")) == ["no_logout_event"]
