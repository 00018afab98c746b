"""A rider joins by a printed code, gets the gift of new members, transfers, uses the gift and leaves."""

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zxingcpp
from fastapi.testclient import TestClient
from PIL import Image

from tests.yihui.commands import Command, Done
from tests.yihui.services.joining_people import Clock, id_number, last_code
from yihui.bootstrap import Wiring, build_wiring, load_settings
from yihui.http.app import create_app

SITE = "https://yihui.example"
HOME, COURIERS = "370102001-00001", "370102001-00002"
RIDER = {"name": "阿依古丽·买买提", "id_number": id_number(1), "phone": "13800138000"}
GIFT = "new-member-pack"


class Town:
    """Officers at a command line, and a rider with a phone, on one database."""

    def __init__(self, yihui: Command, client: TestClient, wiring: Wiring, clock: Clock) -> None:
        self.yihui, self.client, self.wiring, self.clock = yihui, client, wiring, clock

    def office(self, *arguments: object) -> Done:
        done = self.yihui(*arguments)
        assert done.code == 0, (arguments, done.words)
        return done

    def phone(self, path: str, **body: object) -> dict[str, object]:
        answer = self.client.post(path, json=body)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def scan_printed_code(self, organisation: str) -> str:
        """What a phone's camera reads from the organisation's printed code."""
        picture = self.wiring.data_folder / f"{organisation}.png"
        self.office("organisations", "qr", organisation, "--out", picture, "--as", "li.min", "--base", SITE)
        (found,) = zxingcpp.read_barcodes(
            Image.open(picture).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
        )
        return str(found.text)

    def begin(self, scanned: str) -> str:
        """Scan and type who one is: two calls, and a code comes to the phone."""
        begun = self.phone("/api/v1/join", token=scanned.rpartition("/")[2], employer="泉城物流（济南）")
        path = f"/api/v1/join/{begun['request']}"
        self.phone(f"{path}/identity", **RIDER)
        return path

    def code(self) -> str:
        return last_code(self.wiring, RIDER["phone"])

    def gifts(self, member: object) -> list[dict[str, object]]:
        told = json.loads(self.office("benefits", "list", "--member", member, "--json").out)
        return [one for one in told if one["rule_id"] == GIFT]

    def why(self, member: object) -> str:
        return self.office("benefits", "why", "--member", member).out


@pytest.fixture
def town(yihui: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("YIHUI_CODE_SENDER", f"file:{tmp_path / 'codes.jsonl'}")
    assert yihui("members", "vault", "create-key").code == 0
    clock = Clock(datetime(2026, 10, 3, 4, tzinfo=UTC))
    wiring = build_wiring(load_settings(os.environ), clock)
    with TestClient(create_app(wiring), base_url="http://127.0.0.1") as client:
        yield Town(yihui, client, wiring, clock)
    wiring.close()


def test_a_rider_joins_transfers_uses_her_gift_and_leaves(town: Town) -> None:
    for code, name in ((HOME, "解放路街道会员之家"), (COURIERS, "趵突快递工会")):
        town.office("organisations", "found", code, "--name", name, "--as", "li.min", "--on", "2020-01-01")
    town.office("ledger", "budget", GIFT, "10000", "--as", "gh-001", "--reason", "年度预算")

    # She scans the printed code; the page says that it is genuine, and three calls make her a member.
    scanned = town.scan_printed_code(HOME)
    assert "解放路街道会员之家" in town.client.get(scanned.removeprefix(SITE)).text
    joined = town.phone(f"{town.begin(scanned)}/confirm", code=town.code())
    assert (joined["state"], joined["next"]) == ("joined", None)
    member = joined["member"]
    facts = json.loads(town.office("members", "show", member, "--json").out)
    assert (facts["member.status"], facts["member.organisation"]) == ("active", HOME)
    assert facts["member.employer"] == "泉城物流(济南)"

    # The gift of new members is hers, and why says so.
    (gift,) = town.gifts(member)
    assert "新会员大礼包" in town.why(member)

    # The same three calls at another organisation tell her to transfer, and one tap does it.
    town.clock.now += timedelta(hours=1)
    path = town.begin(town.scan_printed_code(COURIERS))
    refused = town.client.post(f"{path}/confirm", json={"code": town.code()})
    assert refused.status_code == 409
    assert "解放路街道会员之家" in refused.json()["errors"][0]["message"]
    assert town.phone(f"{path}/transfer")["state"] == "transferred"
    facts = json.loads(town.office("members", "show", member, "--json").out)
    assert (facts["member.status"], facts["member.organisation"]) == ("active", COURIERS)
    assert [one["id"] for one in town.gifts(member)] == [gift["id"]], "one gift, and it came along"

    # She shows its code at a shop, which redeems it.
    shop = json.loads(town.office("vouchers", "merchants", "add", "shop", "--name", "小店", "--json").out)
    issued = json.loads(town.office("vouchers", "issue", gift["id"], "--json").out)
    redeemed = town.office(
        "vouchers", "redeem", issued["code"], "--key", shop["key"], "--request", "till-1", "--json"
    )
    assert json.loads(redeemed.out)["left"] == 0

    # She leaves: what she used stays used, nothing else is hers, and every step is explained.
    town.office("members", "leave", member, "--as", "li.min")
    facts = json.loads(town.office("members", "show", member, "--json").out)
    assert facts["member.status"] == "left"
    (gift,) = town.gifts(member)
    assert gift["state"] == "used"
    told = town.why(member)
    assert "新会员大礼包" in told
    assert town.office("ledger", "verify").code == 0
    assert RIDER["name"] not in told and RIDER["id_number"] not in told
