"""A client that openapi-python-client generates without a warning calls every operation of the API."""

import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from benefits.vouchers.merchants import Merchant, add_merchant, issue_merchant_key
from geo.registry import issue_keeper_key
from tests.events.feeds.samples import APP, joining
from tests.events.sending import Sender
from tests.members.test_polls import GOOD
from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.conftest import NOW, STATIONS, import_into
from tests.yihui.http.generated import GeneratedClient, generate
from tests.yihui.http.test_sessions_api import YOGA
from tests.yihui.services.joining_people import SENT, found_tree, id_number, last_code
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.services.benefits.sessions import create_session
from yihui.services.members.vault_upkeep import create_vault_key
from yihui.services.organisations.organisations import carry_out_act
from yihui.services.organisations.polls import create_poll
from yihui.services.rules.life import RuleService
from yihui.services.stations.devices import add_station_device

HERE = {"lon": 117.0204, "lat": 36.6683, "datum": "wgs84"}
PACKAGE = "generated_yihui_client"


@pytest.fixture(scope="module")
def wiring(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wiring]:
    folder = mark_demo(tmp_path_factory.mktemp("site"))
    (folder / "feeds").mkdir()
    (folder / "feeds" / "app.yaml").write_text(APP, "utf-8")
    settings = Settings(str(folder / "yihui.db"), folder, code_sender=f"file:{folder / SENT}")
    made = build_wiring(replace(settings, feeds=(folder / "feeds",)), now=lambda: NOW)
    create_vault_key(made)
    import_into(made, STATIONS)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def app(wiring: Wiring) -> FastAPI:
    return create_app(wiring)


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    described: dict[str, Any] = app.openapi()
    return described


@pytest.fixture(scope="module")
def package(document: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The client, which was generated without a warning, can be imported."""
    folder = tmp_path_factory.mktemp("client")
    text = generate(document, folder, PACKAGE)
    assert len(text.strip().splitlines()) == 1, f"a warning: {text}"
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield
    for name in [name for name in sys.modules if name.startswith(PACKAGE)]:
        del sys.modules[name]


@pytest.mark.usefixtures("package")
def test_it_calls_every_operation(wiring: Wiring, app: FastAPI, document: dict[str, Any]) -> None:
    with TestClient(app) as site:
        call = GeneratedClient(PACKAGE, document, site)
        _find_stations(call)
        _report_and_keep(call, wiring)
        _send_events(call)
        for _ in wiring.runner.run_ingress():
            pass
        _read_and_use_benefits(call, wiring)
        _report_as_a_device(call, wiring)
        _vote(call, wiring)
        _attend_a_course(call, wiring)
        _spend_points(call, wiring)
        _join(call, wiring)
        _take_a_call(call, wiring)
        _help_a_household(call)
        _change_memberships(call, wiring)
        counted = call("member_statistics", organisation="370000", by="level").to_dict()
        assert counted["total"]["members"] > 0
        assert "entries" in call("audit_entries", limit=1).to_dict()
        _look_organisations_up(call)
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    assert call.called == {operation["operationId"] for operation in operations}


def _find_stations(call: GeneratedClient) -> None:
    found = call("nearest", **HERE, k=1, usable=True, travel="ebike", lang="en")
    assert found.results[0].id == "quancheng" and found.results[0].distance_m < 100
    [many] = call("nearest_of_many", body={"points": [[117.0204, 36.6683]], "datum": "wgs84", "k": 1})
    assert len(many.results) == 1
    way = {"to_lon": 117.0230, "to_lat": 36.6702, "within_m": 100}
    assert call("along", **HERE, **way).count >= 1
    assert call("search", q="quanchenglu").places[0].id == "quancheng"
    assert call("search_places", q="quanchenglu").places[0].id == "quancheng"
    assert call("within", bbox="117.0200,36.6685,117.0215,36.6695").count == 2
    assert call("listed", district="370402", limit=1).stations[0].id == "unplaced"
    assert call("one", "quancheng").name == "泉城路户外劳动者驿站"
    version = call("news").version
    assert call("changes", since="0.0").version == version
    assert call("region", "117.0_36.5").version
    assert call("healthz").status == "ok"


def _report_and_keep(call: GeneratedClient, wiring: Wiring) -> None:
    taken = call("reports", "quancheng", body={"observation": "broken", "facility": "toilet"})
    for _ in wiring.runner.run_ingress():
        pass
    assert call("follow", taken.number).number == taken.number
    assert call("rests", "quancheng").counted
    with wiring.database.write() as connection:
        key = issue_keeper_key(connection, "quancheng", NOW).text
    assert call("keep", "quancheng", key=key, body={"act": "closed_today", "reason": "停电"}).number


def _send_events(call: GeneratedClient) -> None:
    send = Sender()
    alone, *several = (
        json.loads(line) for line in (send.imported(), send.birthday(on="2026-11-19"), send.joined("m-7"))
    )
    assert call("events", body=alone).accepted == [alone["id"]]
    assert call("events", body=several).rejected == []
    assert call("feeds", "zibo-aigonghui", body=[joining()]).accepted == ["1:1"]


def _read_and_use_benefits(call: GeneratedClient, wiring: Wiring) -> None:
    [grant] = call("benefits", "m-1").to_dict()["benefits"]
    [decision] = call("why", "m-1", rule="birthday-cake").to_dict()["decisions"]
    call("lodge", "m-1", body={"decision": decision["decision"], "text": "请再看一次。"})
    assert call("give_up", "m-1", "0" * 40, refused=404).errors[0].remedy
    assert len(call("appeals", "m-1").to_dict()["appeals"]) == 1
    assert call("claim", "m-1", grant["id"])
    code = call("code", "m-1", grant["id"], body={"anew": False})["code"]
    assert "<svg" in call("qr", "m-1", grant["id"])
    assert call("vouchers", "m-1")
    call("new_card", "m-1")
    call("card", "m-1")
    assert "<svg" in call("card_picture", "m-1")
    with wiring.database.write() as connection:
        add_merchant(connection, Merchant("cafe", "咖啡馆"), NOW)
        key = issue_merchant_key(connection, "cafe", NOW).text
    token = call("card", "m-1")["token"]
    assert call("verify_card", key=key, body={"token": token})["state"] == "valid"
    assert call("card_keys")["keys"]
    call("check", key=key, body={"code": code})
    used = call("redeem", key=key, body={"request_key": "1", "code": code, "amount": 500})
    call("refund", key=key, body={"request_key": "2", "redemption": used["redemption"], "amount": 500})
    line = {"request_key": "3", "code": code, "used_at": NOW.isoformat()}
    call("batch", key=key, body={"batch": "b-1", "lines": [line]})


def _report_as_a_device(call: GeneratedClient, wiring: Wiring) -> None:
    added = add_station_device(wiring, "quancheng", "门锁")
    reading = {
        "specversion": "1.0", "id": "r-1", "source": "/lock", "type": "station.sensed", "subject": "quancheng",
        "time": NOW.isoformat(), "data": {"station": "quancheng", "device": added.device.id, "door": "open"},
    }  # fmt: skip
    assert call("readings", "quancheng", key=added.key, body=reading)


def _vote(call: GeneratedClient, wiring: Wiring) -> None:
    file = wiring.data_folder / "poll.yaml"
    file.write_text(
        GOOD.replace("2026-11-01", "2026-12-01").replace("anonymous: true", "anonymous: false"), "utf-8"
    )
    create_poll(wiring, file, "li.min")
    assert [one["id"] for one in call("polls").to_dict()["polls"]] == ["best-station"]
    assert call("poll", "best-station").to_dict()["id"] == "best-station"
    call("answer_poll", "best-station", body={"member": "m-1", "answers": {"best": "泉城路", "score": 4}})
    assert call("poll_results", "best-station")
    assert "<svg" in call("poll_chart", "best-station")


def _take_a_call(call: GeneratedClient, wiring: Wiring) -> None:
    body = {"organisation": "370102", "channel": "call", "category": "station", "summary": "驿站没有热水"}
    number = call("open_hotline_case", body={**body, "caller": {"text": "热水机坏了"}})["number"]
    assert [one["number"] for one in call("hotline_cases").to_dict()["cases"]] == [number]
    act = {"act": "close", "version": 1, "answer": "已经修好"}
    assert call("act_on_hotline_case", number, body=act)["state"] == "closed"
    assert call("hotline_case", number).to_dict()["state"] == "closed"
    assert call("unmask_hotline_caller", number, body={"reason": "回电核实"})["text"] == "热水机坏了"
    assert len(call("hotline_rates")) == 1
    assert "370102" in call("hotline_rates_csv")
    article = {
        "kind": "question", "title": "驿站有热水吗", "text": "有。", "source": "示例指南", "valid_from": "2026-01-01",
    }  # fmt: skip
    written = call("add_hotline_article", body=article)["number"]
    assert len(call("hotline_articles", query="热水").to_dict()["articles"]) == 1
    assert (
        call("change_hotline_article", written, version=1, body={**article, "text": "都有。"})["version"] == 2
    )
    assert call("review_hotline_article", written, body={"version": 2})["version"] == 2
    assert len(call("hotline_article", written).to_dict()["versions"]) == 2


def _help_a_household(call: GeneratedClient) -> None:
    persons = [{"relation": "self", "member": "m-1", "income": "2000"}]
    body = {"organisation": "370102", "level": "深度困难", "persons": persons, "causes": ["illness"]}
    number = call("open_hardship_file", body=body)["number"]
    assert [one["number"] for one in call("hardship_files").to_dict()["files"]] == [number]
    act = {"act": "close", "version": 1, "reason": "已脱困"}
    assert call("act_on_hardship_file", number, body=act)["state"] == "closed"
    assert call("hardship_file", number).to_dict()["state"] == "closed"
    assert call("unmask_hardship_names", number, body={"reason": "核对身份"})["names"] == {}
    line = {"organisation": "370100", "since": "2026-01-01", "yuan": "1000", "document": "示例〔2026〕3号"}
    assert call("decide_hardship_income_line", body=line)["line_fen"] == 100_000
    assert len(call("hardship_income_lines").to_dict()["lines"]) == 1


def _join(call: GeneratedClient, wiring: Wiring) -> None:
    found_tree(wiring)
    found = call("search_join_places", body={"employer": "泉城物流"}).to_dict()
    begun = call("begin_join", body={"organisation": found["organisations"][0]["code"]})
    who = {"name": "张三", "id_number": id_number(1), "phone": "13800138000"}
    assert call("give_identity", begun["request"], body=who).to_dict()["next"] == "code"
    code = {"code": last_code(wiring, who["phone"])}
    assert call("enter_code", begun["request"], body=code).to_dict()["state"] == "proven"
    assert call("confirm_join", begun["request"]).to_dict()["state"] == "joined"
    assert call("join_request", begun["request"]).to_dict()["next"] is None
    assert call("transfer_join", begun["request"], refused=409).errors[0].remedy


def _attend_a_course(call: GeneratedClient, wiring: Wiring) -> None:
    file = wiring.data_folder / "yoga.yaml"
    file.write_text(YOGA, "utf-8")
    create_session(wiring, file, "li.min")
    RuleService(wiring).approve("yoga", "gh-017", seen=True)
    assert [one["id"] for one in call("sessions", station="quancheng").to_dict()["sessions"]] == ["yoga"]
    assert call("enrol", "yoga", body={"member": "m-1"})
    for _ in wiring.runner.run_ingress():
        pass
    assert [one["member"] for one in call("session", "yoga").to_dict()["members"]] == ["m-1"]
    assert call("attend", "yoga", body={"member": "m-1", "on": "2026-11-20"})
    assert call("cancel", "yoga", "m-1", reason="家里有事")


def _spend_points(call: GeneratedClient, wiring: Wiring) -> None:
    [done] = [
        json.loads(Sender()("course.completed", "m-1", f"{NOW:%Y-%m-%d}T00:00:00Z", course="急救", score=90))
    ]
    assert call("events", body={**done, "id": "course-1"}).accepted == ["course-1"]
    for _ in wiring.runner.run_ingress():
        pass
    spent = call("spend_points", "m-1", idempotency_key="k-1", body={"points": 2, "purpose": "矿泉水一瓶"})
    assert (spent["points"], spent["left"]) == (2, 3)
    assert call("points", "m-1").to_dict()["points"] == 3


def _change_memberships(call: GeneratedClient, wiring: Wiring) -> None:
    founded = {"on": date(2020, 1, 1), "name": "示例工会", "by": "li.min"}
    carry_out_act(wiring, "370202001-00099", "organisation.founded", founded)
    sent = {"member": "m-1", "to": "370202001-00099", "by": "li.min"}
    assert call("transfer", body=sent).organisation == "370202001-00099"
    assert call("change_membership", "m-1", body={"act": "leave", "by": "li.min"}).status == "left"
    assert len(call("memberships", "m-1").to_dict()["memberships"]) == 1


def _look_organisations_up(call: GeneratedClient) -> None:
    [found] = call("organisations", name="快递", kind="union", limit=1).to_dict()["organisations"]
    assert call("organisation", found["code"]).to_dict()["organisation"]["name"] == found["name"]
    tree = call("organisation_tree", "370102", depth=3).to_dict()
    assert [one["level"] for one in tree["organisations"]] == [0, 1, 2, 2]
