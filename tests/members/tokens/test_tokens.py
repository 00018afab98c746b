"""Signed tokens: the same verdicts offline and online, and nothing that was changed verifies."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from core.faults import FaultError
from members.tokens.keys import PublicKeys, SigningKey, parse_jwks
from members.tokens.text import (
    build_token_text,
    is_signed_token,
    parse_token,
    slot_seconds_left,
    verify_fresh_token,
    verify_token,
)

KEY, OTHER = SigningKey(b"k" * 32), SigningKey(b"o" * 32)
KEYS = PublicKeys({KEY.id: KEY.public})
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
NUMBER = "912345678954"


def token(moment: datetime = NOON, key: SigningKey = KEY) -> str:
    return build_token_text("card", key.id, NUMBER, moment, key.sign)


def verdict(text: str, keys: PublicKeys = KEYS, now: datetime = NOON, **more: datetime) -> str:
    try:
        verify_fresh_token(text, keys, now, **more)
    except FaultError as error:
        return error.short_code
    return "valid"


def test_a_token_names_the_card_and_its_minute_and_nothing_else() -> None:
    found = verify_fresh_token(token(NOON + timedelta(seconds=42)), KEYS, NOON + timedelta(seconds=42))
    assert (found.subject, found.purpose, found.issued_at) == (NUMBER, "card", NOON)
    assert slot_seconds_left(NOON + timedelta(seconds=42)) == 18
    assert token(NOON) == token(NOON + timedelta(seconds=59)) != token(NOON + timedelta(seconds=60))
    assert re.fullmatch("[A-Z0-9]{130,145}", token()), "a small QR code, in the alphanumeric mode"


@pytest.mark.parametrize(
    ("age_s", "said"),
    [
        *((age, "valid") for age in (-60, 0, 60, 120)),
        *((age, "screenshot") for age in (121, 300)),
        *((age, "wrong_clock") for age in (-61, -300)),
    ],
)
def test_a_token_is_valid_for_two_minutes_and_a_slow_clock_is_named(age_s: int, said: str) -> None:
    assert verdict(token(), now=NOON + timedelta(seconds=age_s)) == said


@pytest.mark.parametrize("off_s", [-300, -61, 61, 300])
def test_a_tills_clock_that_is_wrong_is_told_apart_when_the_unions_is_known(off_s: int) -> None:
    till = NOON + timedelta(seconds=off_s)
    assert verdict(token(), now=till, union_now=NOON) == "wrong_till_clock"
    assert verdict(token(key=OTHER), now=till, union_now=NOON) == "foreign_key"
    assert verdict(token(), now=NOON + timedelta(seconds=30), union_now=NOON) == "valid"


def test_foreign_forged_and_retired_are_told_apart() -> None:
    assert verdict(token(key=OTHER)) == "foreign_key"
    forged = build_token_text("card", KEY.id, NUMBER, NOON, OTHER.sign)
    assert verdict(forged) == "forged"
    assert verdict(forged, now=NOON + timedelta(days=1)) == "forged", "never a screenshot"
    assert verdict(token(), PublicKeys({OTHER.id: OTHER.public}, frozenset({KEY.id}))) == "retired_key"
    both = PublicKeys({KEY.id: KEY.public, OTHER.id: OTHER.public})
    assert [verdict(token(key=key), both) for key in (KEY, OTHER)] == ["valid", "valid"]


def test_a_link_of_an_organisation_is_no_card() -> None:
    link = build_token_text("organisation", KEY.id, "abc", NOON, KEY.sign)
    assert verify_token(link, KEYS, "organisation").subject == "abc"
    assert verdict(link) == "other_purpose"


@given(st.integers(min_value=0))
def test_a_flipped_bit_never_verifies(place: int) -> None:
    from base64 import b32decode, b32encode

    text = token()
    data = bytearray(b32decode(text[3:] + "=" * (-len(text[3:]) % 8)))
    place %= len(data) * 8
    data[place // 8] ^= 1 << place % 8
    changed = "YH1" + b32encode(bytes(data)).decode().rstrip("=")
    assert verdict(changed) in {"forged", "foreign_key", "not_ours"}


@given(st.integers(min_value=0), st.characters(codec="utf-8"))
def test_no_other_sign_in_any_place_verifies(place: int, sign: str) -> None:
    text = token()
    place %= len(text)
    changed = text[:place] + sign + text[place + 1 :]
    same = changed.strip() in (text, text.strip()) or (sign.isascii() and sign.upper() == text[place])
    assert (verdict(changed) == "valid") == same


@given(st.text(max_size=300) | st.from_regex(r"\AYH[0-9][A-Z2-7]{0,200}\Z"))
def test_no_text_is_a_token_by_chance_and_none_breaks_the_parser(text: str) -> None:
    assert verdict(text) in {"not_ours", "newer_version", "foreign_key"}


def test_scanners_that_write_small_letters_or_a_line_end_read_the_same() -> None:
    assert verdict(f"  {token().lower()}\r\n") == "valid"
    assert is_signed_token(token().lower()) and not is_signed_token("7K4Q-0000-0000-0000-0000-0000")
    assert not is_signed_token("") and not is_signed_token("YH1") and not is_signed_token("YH1８８")
    full_width = "".join(chr(ord(sign) + 0xFEE0) for sign in token())
    assert verdict(full_width) == "not_ours"


def test_a_later_version_asks_for_a_newer_program() -> None:
    assert verdict("YH2" + token()[3:]) == "newer_version"


def test_published_keys_are_a_jwk_set_that_others_can_use() -> None:
    from base64 import urlsafe_b64decode

    keys = PublicKeys({KEY.id: KEY.public, OTHER.id: OTHER.public}, frozenset({"00000000"}))
    document = keys.as_jwks()
    text = json.dumps(document)
    assert parse_jwks(text, "keys.json") == keys
    first = json.loads(text)["keys"][0]
    assert {name: first[name] for name in ("kty", "crv", "alg", "use")} == {
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "EdDSA",
        "use": "sig",
    }
    parsed = parse_token(token())
    (ours,) = [one for one in json.loads(text)["keys"] if one["kid"] == parsed.key_id]
    public = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(ours["x"] + "="))
    public.verify(parsed.signature, parsed.signed)  # as a program that is not ours does it
    assert KEY.seed.hex() not in text and "k" * 32 not in repr(KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"keys": []}',
        '{"keys": [1]}',
        '{"keys": [{"crv": "Ed25519"}]}',
        '{"keys": [{"crv": "Ed25519", "x": "AAAA"}]}',
        '{"keys": [{"crv": "Ed25519", "x": "' + "A" * 43 + '", "kid": "another"}]}',
        '{"keys": [{"crv": "P-256", "x": "AAAA"}]}',
    ],
)
def test_a_file_without_usable_keys_is_refused_by_name(text: str) -> None:
    with pytest.raises(FaultError) as refused:
        parse_jwks(text, "keys.json")
    assert refused.value.code == "signing_key.keys_file" and "keys.json" in str(refused.value)
