"""POST /api/v1/feeds/{id}: an app pushes its own records; what is accepted, and what not and why."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from events.stream.access import StreamAccess
from tests.events.feeds.samples import APP, PHONE, TABLE, id_number, joining, survey
from tests.yihui.http.conftest import wire_register
from yihui.bootstrap import Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience

SENDERS = ServingOptions(chosen=frozenset({Audience.SENDERS}))
SITE = ServingOptions(chosen=frozenset({Audience.SENDERS, Audience.OFFICERS}))
FEED = "/api/v1/feeds/zibo-aigonghui"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_feeds(tmp_path)


def write_feeds(folder: Path) -> Path:
    made = folder / "feeds"
    made.mkdir()
    (made / "app.yaml").write_text(APP, encoding="utf-8")
    (made / "table.yaml").write_text(TABLE, encoding="utf-8")
    return made


@pytest.fixture
def fed(wiring: Wiring, folder: Path) -> Wiring:
    wiring.settings = replace(wiring.settings, feeds=(folder,))
    return wiring


@pytest.fixture
def client(fed: Wiring) -> TestClient:
    return TestClient(create_app(fed, SENDERS))


@pytest.fixture(scope="module")
def refusing(register_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A site for tests whose records need no database of their own."""
    wiring = wire_register(register_file, tmp_path_factory.mktemp("refusing"))
    wiring.settings = replace(wiring.settings, feeds=(write_feeds(wiring.data_folder),))
    yield TestClient(create_app(wiring, SENDERS))
    wiring.close()


def test_what_an_app_pushes_becomes_a_benefit(fed: Wiring) -> None:
    with TestClient(create_app(fed, SENDERS)) as client:
        answer = client.post(FEED, json=[joining(), survey(), {"bizType": "LOGIN"}])
        assert answer.status_code == 202
        assert answer.json()["accepted"] == ["1:1", "2:1"]
        assert answer.json()["skipped"] == [2]
        assert answer.json()["rejected"] == []
        assert [warning["field"] for warning in answer.json()["warnings"]] == ["用户.证件.类型"]
    outbox = "SELECT count(*) FROM grants"
    with fed.database.read() as connection:
        assert connection.exec_driver_sql(outbox).scalar_one() == 2


def test_each_rejected_record_is_told_by_its_index_without_a_persons_number(refusing: TestClient) -> None:
    card = id_number(3)
    bad = survey(9, user=PHONE, 详情={"问卷名称": card, "答题数": "八"})
    answer = refusing.post(FEED, json=[joining(), bad, 7, {}], headers={"accept-language": "en"})
    assert answer.status_code == 202
    rejected = answer.json()["rejected"]
    assert [item["index"] for item in rejected] == [1, 2, 3]
    assert len(rejected[0]["errors"]) == 3
    assert all(error["remedy"] for item in rejected for error in item["errors"])
    assert card not in answer.text
    assert PHONE not in answer.text


def test_a_request_of_which_no_record_was_accepted_is_a_problem(refusing: TestClient) -> None:
    answer = refusing.post(FEED, json=[7, {"bizType": "LOGIN"}, {}], headers={"accept-language": "en"})
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [item["index"] for item in problem["rejected"]] == [0, 2]
    assert (problem["accepted"], problem["skipped"]) == ([], [1])
    assert {error["row"] for error in problem["errors"]} == {1, 3}


def test_a_body_that_holds_no_records_is_refused(refusing: TestClient) -> None:
    for body in ("", "{", "[1", '{"a": NaN}', "7"):
        answer = refusing.post(FEED, content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 422, body
        assert answer.headers["content-type"] == "application/problem+json"


def test_feeds_that_are_not_there_or_come_as_tables_are_not_found(refusing: TestClient) -> None:
    for feed in ("nope", "qingdao-table"):
        answer = refusing.post(f"/api/v1/feeds/{feed}", json=[])
        assert answer.status_code == 404
        assert answer.json()["errors"][0]["remedy"]
        assert "YIHUI_FEEDS" not in answer.text


def test_a_mapping_that_was_spoiled_meanwhile_is_our_fault_and_a_mended_one_is_taken(
    client: TestClient, folder: Path
) -> None:
    (folder / "app.yaml").write_text(APP.replace("poll.completed", "poll.complete"), encoding="utf-8")
    assert client.post(FEED, json=joining()).status_code == 503
    (folder / "app.yaml").write_text(APP, encoding="utf-8")
    assert client.post(FEED, json=joining()).status_code == 202


def test_too_much_that_waits_closes_this_door_as_well(fed: Wiring) -> None:
    scaled = build_wiring(replace(fed.settings, kafka=StreamAccess("127.0.0.1:1"), ingress_limit=2), fed.now)
    with TestClient(create_app(scaled, SITE)) as client:
        answers = [client.post(FEED, json=[joining(), survey(), 7]) for _ in range(2)]
        counted = client.get("/metrics").text.splitlines()
    assert [answer.status_code for answer in answers] == [202, 429]
    assert int(answers[1].headers["retry-after"]) > 0
    with scaled.database.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM ingress").scalar_one() == 2
    scaled.close()
    assert 'yihui_received_total{answer="accepted",door="feeds/zibo-aigonghui"} 2.0' in counted
    assert 'yihui_received_total{answer="rejected",door="feeds/zibo-aigonghui"} 1.0' in counted
    assert "yihui_turned_away_total 1.0" in counted


def test_too_many_records_at_once_are_refused(refusing: TestClient) -> None:
    assert refusing.post(FEED, json=[{}] * 5_001).status_code == 422
