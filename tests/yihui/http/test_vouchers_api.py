"""A merchant's till over HTTP: vouchers by code and by a member's card."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from benefits import format_code
from benefits.vouchers.merchants import Merchant, add_merchant, issue_merchant_key, revoke_merchant_keys
from core.faults import FaultError
from events import InboundEvent, parse_event
from members import parse_jwks, verify_fresh_token
from rules import DueBenefit
from tests.benefits.counters import NOON, VOUCHER, granted
from tests.yihui.http.conftest import Clock, wire_register
from tests.yihui.own_benefits import give_code
from tools.servers.sending import Sender
from yihui.bootstrap import Wiring
from yihui.cases.cards.own import find_member_card, issue_member_card
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience

SITE = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.MERCHANTS, Audience.RIDERS}))
REDEEM, VERIFY = "/api/v1/vouchers/redeem", "/api/v1/cards/verify"
Site = tuple[TestClient, Wiring, Clock]
_numbers, _send = count(1), Sender()


class Till:
    """A till of a merchant of its own, and what a member of its own has; it is noon."""

    rules: tuple[str, ...] = ()

    def __init__(self, client: TestClient, wiring: Wiring, clock: Clock) -> None:
        number = next(_numbers)
        self.client, self.wiring, self.clock, self.member = client, wiring, clock, f"m-{number}"
        clock.now = NOON
        with wiring.database.write() as connection:
            add_merchant(connection, Merchant(f"cafe-{number}", "咖啡馆", self.rules), NOON)
            made = issue_merchant_key(connection, f"cafe-{number}", NOON)
        self.key, self.name = made.text, made.key.id
        self.code = self.have(VOUCHER)

    def have(self, due: DueBenefit, rule: str = "cake") -> str:
        """Grant the member a benefit; return its code."""
        with self.wiring.database.write() as connection:
            self.grant = granted(connection, due, member=self.member, rule=rule)
        return format_code(give_code(self.wiring, self.member, self.grant))

    def post(self, path: str, key: str | None = None, **body: object):  # type: ignore[no-untyped-def]
        headers = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return self.client.post(path, json=body, headers=headers)

    def ask(self, path: str, key: str | None = None, **body: object):  # type: ignore[no-untyped-def]
        return self.post(f"/api/v1/vouchers/{path}", key, **body)

    def redeem(self, request_key: str = "1", **body: object):  # type: ignore[no-untyped-def]
        return self.ask("redeem", **{"request_key": request_key, "code": self.code, **body})


class Shop(Till):
    """The member has joined, and may show a card."""

    rules = ("cake", "cinema", "pack")

    def __init__(self, client: TestClient, wiring: Wiring, clock: Clock) -> None:
        super().__init__(client, wiring, clock)
        joined = InboundEvent(parse_event(_send.joined(self.member), NOON), "test")
        assert [done.handled for done in wiring.runner.run_events([joined])] == [1]

    def token(self) -> str:
        return issue_member_card(self.wiring, self.member).token

    def verify(self, token: str, **more: object):  # type: ignore[no-untyped-def]
        return self.post(VERIFY, token=token, **more)


@contextmanager
def opened(register_file: Path, folder: Path) -> Iterator[Site]:
    clock = Clock(NOON)
    wiring = wire_register(register_file, folder, clock)
    yield TestClient(create_app(wiring, SITE)), wiring, clock
    wiring.close()


@pytest.fixture(scope="module")
def site(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with opened(register_file, tmp_path_factory.mktemp("tills")) as made:
        yield made


@pytest.fixture
def till(site: Site) -> Till:
    return Till(*site)


@pytest.fixture
def shop(site: Site) -> Shop:
    return Shop(*site)


@pytest.fixture
def new_shop(register_file: Path, tmp_path: Path) -> Iterator[Shop]:
    """At a site of its own, which has no key yet."""
    with opened(register_file, tmp_path) as made:
        yield Shop(*made)


def test_a_code_is_redeemed_once_and_the_same_request_gets_the_same_answer(till: Till) -> None:
    assert till.ask("check", code=till.code).json()["left"] == 20_000
    first = till.redeem(amount=500)
    assert (first.status_code, first.json()["amount"], first.headers["Cache-Control"]) == (
        200,
        500,
        "no-store",
    )
    assert till.redeem(amount=500).json() == {**first.json(), "already": True}
    assert till.redeem(amount=501).status_code == 409
    assert till.redeem("2").json()["code"] == "uses_up"


def test_what_is_refused_is_a_problem_in_the_readers_language(till: Till) -> None:
    wrong = till.redeem(code=till.code[:-1])
    assert wrong.headers["content-type"] == "application/problem+json"
    assert (wrong.status_code, wrong.json()["code"]) == (422, "code_length")
    assert "券码有 24 位" in wrong.json()["errors"][0]["message"]
    assert till.code[:-1] not in wrong.text


def test_only_a_key_in_force_redeems(till: Till) -> None:
    assert till.redeem(amount=1, key="wrong").status_code == 401
    assert till.client.post(REDEEM, json={}).status_code == 401
    with till.wiring.database.write() as connection:
        revoke_merchant_keys(connection, till.name, NOON)
    assert till.redeem().status_code == 401


def test_ten_wrong_codes_slow_a_till_down_and_close_no_shop(till: Till) -> None:
    for number in range(10):
        assert till.redeem(f"r-{number}", code="2" * 24).status_code in (404, 422)
    stopped = till.redeem("r-11")
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "5")
    other = TestClient(till.client.app, client=("198.51.100.7", 50_000))
    headers, check = {"Authorization": f"Bearer {till.key}"}, {"code": till.code}
    assert other.post("/api/v1/vouchers/check", json=check, headers=headers).status_code == 200, (
        "another till"
    )
    till.clock.now += timedelta(seconds=5)
    assert till.redeem("r-12", code="2" * 24).status_code in (404, 422)
    assert till.redeem("r-13").status_code == 429, "each further wrong code costs a pause"
    till.clock.now += timedelta(seconds=5)
    assert till.redeem("r-14").status_code == 200, "the right one goes through"


def test_wrong_codes_of_a_batch_count_like_single_ones(till: Till) -> None:
    wrong = [
        {"request_key": f"w-{n}", "code": "2" * 24, "used_at": "2026-05-01T10:00+08:00"} for n in range(10)
    ]
    first = till.ask("batch", batch="1", lines=wrong)
    assert [line["code"] for line in first.json()["lines"]] == [first.json()["lines"][0]["code"]] * 10
    assert till.redeem("r-11").status_code == 429
    assert till.ask("batch", batch="2", lines=wrong).status_code == 429


def test_a_batch_that_is_sent_again_counts_no_wrong_code_again(till: Till) -> None:
    wrong = [{"request_key": "w", "code": "2" * 24, "used_at": "2026-05-01T10:00+08:00"}]
    for _ in range(12):
        assert till.ask("batch", batch="1", lines=wrong).status_code == 200
    assert till.redeem("r-1").status_code == 200


def test_bodies_are_json_of_the_right_form(till: Till) -> None:
    headers = {"Authorization": f"Bearer {till.key}"}
    assert till.client.post(REDEEM, content=b"code=1", headers=headers).status_code in (415, 422)
    for wrong in ({"surplus": 1}, {"amount": 0}, {"amount": 1.5}, {"amount": "5"}, {"amount": True}):
        assert till.redeem(**wrong).status_code == 422, wrong
    assert till.redeem(request_key="").json()["code"] == "request_key"
    assert till.redeem(code="x" * 201).status_code == 422
    assert till.redeem(station="nowhere").status_code == 422


def test_a_refund_over_http_gives_the_use_back(till: Till) -> None:
    number = till.redeem(amount=500).json()["redemption"]
    back = till.ask("refund", request_key="b", redemption=number)
    assert (back.status_code, back.json()["amount"], back.json()["left"]) == (200, 500, 0)
    assert till.ask("refund", request_key="c", redemption=number, amount=1).status_code == 409
    assert till.ask("refund", request_key="d", redemption="none").status_code == 404
    assert till.redeem("2").json()["amount"] == 20_000


def test_a_batch_over_http_is_answered_line_by_line_and_once(till: Till) -> None:
    line = {"request_key": "a", "code": till.code, "used_at": "2026-05-01T10:00+08:00"}
    lines = [line, {**line, "request_key": "b", "used_at": "2026-05-01T09:00+08:00"}]
    answer = till.ask("batch", batch="1", lines=lines)
    assert [part["outcome"] for part in answer.json()["lines"]] == ["refused", "accepted"]
    assert till.ask("batch", batch="1", lines=lines).json() == {**answer.json(), "already": True}
    assert till.ask("batch", batch="1", lines=lines[:1]).status_code == 409
    assert till.ask("batch", batch="2", lines=[line, line]).status_code == 422
    assert till.ask("batch", batch="2", lines=[]).status_code == 422
    wrong = till.ask("batch", batch="2", lines=[{"used_at": "x", "amount": 1.5}])
    assert len(wrong.json()["errors"]) == 4


def test_no_address_and_no_answer_to_a_stranger_holds_a_code(till: Till) -> None:
    paths = till.client.get("/openapi.json").json()["paths"]
    of_vouchers = {path: said for path, said in paths.items() if "/organisations" not in path}
    assert of_vouchers and "{code}" not in json.dumps(of_vouchers)
    assert till.code not in till.redeem(key="wrong").text


def test_a_refused_claim_gets_the_status_of_its_fault_as_at_the_till(till: Till) -> None:
    strange = till.client.post(f"/api/v1/members/m-other/benefits/{till.grant}/claim")
    absent = till.client.post(f"/api/v1/members/{till.member}/benefits/{'0' * 40}/claim")
    assert (strange.status_code, absent.status_code) == (403, 404)
    assert strange.json()["title"] == absent.json()["title"] == "未能办理"
    assert till.client.delete(f"/api/v1/members/{till.member}/entries/{'0' * 40}").status_code == 404


def test_a_merchant_learns_what_can_be_redeemed_and_nothing_of_the_person(shop: Shop) -> None:
    shop.have(VOUCHER, "cinema")
    token, number = shop.token(), find_member_card(shop.wiring, shop.member).card.number
    found = shop.verify(token)
    assert found.status_code == 200 and found.headers["Cache-Control"] == "no-store"
    body = found.json()
    assert body["state"] == "valid" and body["organisation"]["code"] == "370202001-00017"
    assert {(one["rule"], one["left"]) for one in body["vouchers"]} == {("cake", 20_000), ("cinema", 20_000)}
    assert (
        shop.member not in found.text and number not in found.text and body["card"] == "*" * 8 + number[-4:]
    )
    assert shop.redeem(code=token).json()["code"] == "several_on_card"
    assert shop.redeem(code=token, rule="cinema").json()["amount"] == 20_000
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
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "5")


def test_the_published_keys_verify_a_card_without_the_site(new_shop: Shop) -> None:
    assert new_shop.client.get("/.well-known/yihui-keys").json() == {"keys": [], "retired": []}
    token = new_shop.token()
    published = new_shop.client.get("/.well-known/yihui-keys")
    assert "max-age" in published.headers["Cache-Control"]
    keys = parse_jwks(published.text, "keys.json")
    number = find_member_card(new_shop.wiring, new_shop.member).card.number
    assert verify_fresh_token(token, keys, NOON).subject == number
    secret = (new_shop.wiring.data_folder / "card.key").read_bytes()
    assert (new_shop.wiring.data_folder / "card.key").stat().st_mode & 0o777 == 0o600
    assert secret.hex() not in json.dumps(published.json())


def test_a_lost_key_file_is_noticed_and_not_replaced_in_silence(new_shop: Shop) -> None:
    token = new_shop.token()
    (new_shop.wiring.data_folder / "card.key").unlink()
    with pytest.raises(FaultError) as refused:
        find_member_card(new_shop.wiring, new_shop.member)
    assert refused.value.faults[0].code == "signing_key.other_key"
    assert new_shop.verify(token).status_code == 200, "verifying needs the public keys only"
