"""Member cards over HTTP: shown to the member, verified by a merchant, redeemed like a code."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from benefits.vouchers.merchants import Merchant, add_merchant, issue_merchant_key
from events import InboundEvent, parse_event
from members import parse_jwks, verify_fresh_token
from rules import DueBenefit
from tests.benefits.counters import NOON, VOUCHER, granted
from tests.events.sending import Sender
from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.conftest import Clock
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.members.cards import block_member_card

VERIFY, REDEEM = "/api/v1/cards/verify", "/api/v1/vouchers/redeem"
CARDS = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.MERCHANTS, Audience.RIDERS}))
_numbers = count(1)


@dataclass
class Site:
    client: TestClient
    wiring: Wiring
    clock: Clock
    send: Sender


class Shop:
    """A merchant's phone and a member's, both of this test alone, at a site; it is noon."""

    def __init__(self, site: Site) -> None:
        number = next(_numbers)
        self.client, self.wiring, self.clock, self.send = site.client, site.wiring, site.clock, site.send
        self.member, self.clock.now = f"m-{number}", NOON
        self.card = f"/api/v1/members/{self.member}/card"
        self.happen(self.send.joined(self.member))
        merchant = Merchant(f"cafe-{number}", "咖啡馆", ("cake", "cinema", "pack"))
        with self.wiring.database.write() as connection:
            add_merchant(connection, merchant, NOON)
            self.key = issue_merchant_key(connection, merchant.id, NOON).text
        self.grant(VOUCHER)

    def happen(self, line: str) -> None:
        event = InboundEvent(parse_event(line, self.clock.now), "test")
        assert [done.handled for done in self.wiring.runner.run_events([event])] == [1]

    def grant(self, due: DueBenefit, rule: str = "cake") -> None:
        with self.wiring.database.write() as connection:
            granted(connection, due, member=self.member, rule=rule)

    def token(self) -> str:
        return str(self.client.post(self.card).json()["token"])

    def verify(self, token: str, **more: object):  # type: ignore[no-untyped-def]
        headers = {"Authorization": f"Bearer {self.key}"}
        return self.client.post(VERIFY, json={"token": token, **more}, headers=headers)

    def redeem(self, request_key: str, code: str, **more: object):  # type: ignore[no-untyped-def]
        headers = {"Authorization": f"Bearer {self.key}"}
        body = {"request_key": request_key, "code": code, **more}
        return self.client.post(REDEEM, json=body, headers=headers)


@contextmanager
def opened(migrated_file: Path, folder: Path) -> Iterator[Site]:
    clock, file = Clock(NOON), shutil.copy(migrated_file, folder / "yihui.db")
    wiring = build_wiring(Settings(str(file), mark_demo(folder)), clock)
    yield Site(TestClient(create_app(wiring, CARDS)), wiring, clock, Sender())
    wiring.close()


@pytest.fixture(scope="module")
def site(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(migrated_file, tmp_path_factory.mktemp("cards")) as made:
        yield made


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop(site)


@pytest.fixture
def new_shop(migrated_file: Path, tmp_path: Path) -> Iterator[Shop]:
    """At a site of its own, which has no key yet."""
    with opened(migrated_file, tmp_path) as made:
        yield Shop(made)


def test_a_card_shows_number_organisation_token_and_picture(shop: Shop) -> None:
    assert shop.client.get(shop.card).status_code == 404, "it is issued by POST"
    shop.clock.now = NOON + timedelta(seconds=42)
    given = shop.client.post(shop.card)
    shown = given.json()
    assert shown == shop.client.get(shop.card).json() and given.headers["Cache-Control"] == "no-store"
    assert shown["seconds_left"] == 18 and len(shown["number"]) == 12
    assert shown["organisation"]["code"] and shown["qr_svg"].startswith("<svg")
    assert shop.client.get(f"{shop.card}.svg").text == shown["qr_svg"]
    shop.clock.now = NOON + timedelta(seconds=60)
    before = shop.wiring.database.writes
    later = shop.client.get(shop.card).json()
    assert shop.client.get(f"{shop.card}.svg").headers["content-type"] == "image/svg+xml"
    assert shop.wiring.database.writes == before, "looking at it writes nothing"
    assert later["token"] != shown["token"] and later["number"] == shown["number"]


def test_a_merchant_learns_what_can_be_redeemed_and_nothing_of_the_person(shop: Shop) -> None:
    shop.grant(VOUCHER, "cinema")
    token, number = shop.token(), shop.client.get(shop.card).json()["number"]
    found = shop.verify(token)
    assert found.status_code == 200 and found.headers["Cache-Control"] == "no-store"
    body = found.json()
    assert body["state"] == "valid" and body["organisation"]["code"] == "370202001-00017"
    assert {(one["rule"], one["left"]) for one in body["vouchers"]} == {("cake", 20_000), ("cinema", 20_000)}
    assert (
        shop.member not in found.text and number not in found.text and body["card"] == "*" * 8 + number[-4:]
    )
    assert shop.redeem("1", token).json()["code"] == "several_on_card"
    assert shop.redeem("1", token, rule="cinema").json()["amount"] == 20_000
    assert [one["rule"] for one in shop.verify(token).json()["vouchers"]] == ["cake"]


def test_a_till_with_a_wrong_clock_is_warned_and_the_card_still_holds(shop: Shop) -> None:
    token = shop.token()
    ahead = (NOON + timedelta(minutes=5)).isoformat()
    found = shop.verify(token, clock=ahead).json()
    assert (found["state"], found["clock_off_s"]) == ("valid", 300) and "5 分钟" in found["note"]
    good = shop.verify(token, clock=(NOON - timedelta(seconds=30)).isoformat()).json()
    assert (good["clock_off_s"], good["note"]) == (-30, None)
    assert shop.verify(token).json()["clock_off_s"] is None
    assert shop.verify(token, clock="2026-05-01T12:00").status_code == 422, "without an offset"


def test_a_blocked_card_is_gone_for_the_merchant_and_for_its_member(shop: Shop) -> None:
    token = shop.token()
    block_member_card(shop.wiring, shop.member, "li.min", "手机丢失")
    answer = shop.verify(token)
    assert (answer.status_code, answer.json()["code"]) == (410, "card_blocked")
    assert [shop.client.get(shop.card).status_code, shop.client.post(shop.card).status_code] == [410, 410]
    assert shop.client.post("/api/v1/members/m-404/card").status_code in (404, 422)


def test_only_merchants_verify_and_wrong_codes_are_counted(shop: Shop) -> None:
    token = shop.token()
    assert shop.client.post(VERIFY, json={"token": token}).status_code == 401
    assert (
        shop.client.post(VERIFY, json={"token": token}, headers={"Authorization": "Bearer x"}).status_code
        == 401
    )
    assert shop.verify(token, surplus=1).status_code == 422
    assert shop.verify("x" * 501).status_code == 422
    assert shop.verify(token, station="nowhere").status_code == 422
    for _ in range(10):
        assert shop.verify("YH1AAAA").status_code == 422
    stopped = shop.verify(token)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "600")


def test_the_published_keys_verify_a_card_without_the_site(new_shop: Shop) -> None:
    assert new_shop.client.get("/.well-known/yihui-keys").json() == {"keys": [], "retired": []}
    token = new_shop.token()
    published = new_shop.client.get("/.well-known/yihui-keys")
    assert "max-age" in published.headers["Cache-Control"]
    keys = parse_jwks(published.text, "keys.json")
    number = new_shop.client.get(new_shop.card).json()["number"]
    assert verify_fresh_token(token, keys, NOON).subject == number
    secret = (new_shop.wiring.data_folder / "card.key").read_bytes()
    assert (new_shop.wiring.data_folder / "card.key").stat().st_mode & 0o777 == 0o600
    assert secret.hex() not in json.dumps(published.json())


def test_a_lost_key_file_is_noticed_and_not_replaced_in_silence(
    new_shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    token = new_shop.token()
    (new_shop.wiring.data_folder / "card.key").unlink()
    assert [
        new_shop.client.post(new_shop.card).status_code,
        new_shop.client.get(new_shop.card).status_code,
    ] == [503, 503]
    assert "数据库不认识此处用于签名的密钥" in caplog.text
    assert new_shop.verify(token).status_code == 200, "verifying needs the public keys only"
