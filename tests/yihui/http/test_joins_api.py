"""Joining over HTTP: three calls, a transfer with one, and what bad input gets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from tests.yihui.services.joining_people import (
    HERE,
    THERE,
    Clock,
    changes_of,
    found_tree,
    id_number,
    joining_wiring,
    last_code,
)
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.runtime.audiences import Audience
from yihui.services.organisations.links import make_organisation_link

JOIN = "/api/v1/join"
SITE = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.RIDERS}))
WHO = {"name": "张三", "id_number": id_number(1), "phone": "13800138000"}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wiring(tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    made = joining_wiring(str(tmp_path / "yihui.db"), tmp_path, clock)
    found_tree(made)
    yield made
    made.close()


@pytest.fixture
def client(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, SITE))


def prove(client: TestClient, wiring: Wiring, organisation: str) -> str:
    begun = client.post(JOIN, json={"organisation": organisation}).json()
    path = f"{JOIN}/{begun['request']}"
    assert begun["next"] == "identity"
    assert client.post(f"{path}/identity", json=WHO).json()["next"] == "code"
    code = last_code(wiring, WHO["phone"])
    assert client.post(f"{path}/code", json={"code": code}).json()["state"] == "proven"
    return path


def test_a_rider_scans_joins_and_transfers_over_http(
    client: TestClient, wiring: Wiring, clock: Clock
) -> None:
    printed = make_organisation_link(wiring, HERE, "li", "print", "https://u.example", anew=False)
    page = client.get(f"/join/{printed.address.rpartition('/')[2]}")
    assert page.status_code == 200 and "三步" in page.text
    key = {"Idempotency-Key": "begin-key-1"}
    token = {"token": printed.address.rpartition("/")[2]}
    first, again = (client.post(JOIN, json=token, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["request"] == again.json()["request"]
    done = client.post(f"{prove(client, wiring, HERE)}/confirm").json()
    assert (done["state"], done["next"], done["person"]) == ("joined", None, {})
    clock.now += timedelta(minutes=5)
    path = prove(client, wiring, THERE)
    seen = client.get(path).json()
    assert (seen["next"], seen["elsewhere"]["name"]) == ("transfer", "泉城物流工会")
    refused = client.post(f"{path}/confirm")
    assert refused.status_code == 409 and "/transfer" in refused.json()["errors"][0]["remedy"]
    for _ in range(2):
        assert client.post(f"{path}/transfer").json()["state"] == "transferred"
    assert len(changes_of(wiring, "member.transferred")) == 1


def test_no_answer_holds_a_name_or_a_number_in_clear(client: TestClient, wiring: Wiring) -> None:
    path = prove(client, wiring, HERE)
    answers = [client.get(path), client.post(f"{path}/confirm"), client.post(f"{path}/confirm")]
    wrong = {**WHO, "name": "张", "id_number": WHO["id_number"][:-1] + "Y", "phone": "138001380001"}
    other = client.post(JOIN, json={"organisation": HERE}).json()["request"]
    faulty = client.post(f"{JOIN}/{other}/identity", json=wrong)
    assert [line["field"] for line in faulty.json()["errors"]] == ["name", "id_number", "phone"]
    text = "".join(answer.text for answer in (*answers, faulty))
    hidden = (WHO["name"], WHO["phone"], WHO["id_number"], wrong["id_number"], wrong["phone"])
    assert not [secret for secret in hidden if secret in text]


@pytest.mark.parametrize(
    "wrong",
    [
        {**WHO, "姓名": "张三丰"},
        {**WHO, "name": "张三丰" * 100},
        {**WHO, "name": {"first": "张三丰"}},
    ],
)
def test_no_problem_quotes_what_a_person_typed(client: TestClient, wrong: dict[str, object]) -> None:
    begun = client.post(JOIN, json={"organisation": HERE}).json()["request"]
    answer = client.post(f"{JOIN}/{begun}/identity", json=wrong)
    assert answer.status_code == 422
    assert "张三丰" not in answer.text and WHO["phone"] not in answer.text


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {}, 422),
        ("", {"organisation": "379999"}, 404),
        ("", {"token": "forged"}, 410),
        ("", {"organisation": HERE, "role": "admin"}, 422),
        ("", {"organisation": HERE, "employer": "张三 13800138000"}, 422),
        ("", {"organisation": "37\x00"}, 422),
        ("/" + "0" * 32 + "/identity", WHO, 404),
        ("/" + "0" * 32 + "/code", {"code": "123456"}, 404),
        ("/" + "0" * 32 + "/identity", {"name": 5}, 422),
        ("/search", {}, 422),
        ("/search", {"lon": 200, "lat": 36}, 422),
    ],
)
def test_bad_input_gets_a_problem_in_the_one_shape(
    client: TestClient, path: str, body: dict[str, object], status: int
) -> None:
    answer = client.post(JOIN + path, json=body)
    assert answer.status_code == status, answer.text
    assert all(line["message"] and line["remedy"] for line in answer.json()["errors"])


def test_a_sixth_code_and_a_hasty_second_message_have_statuses_of_their_own(
    client: TestClient, wiring: Wiring
) -> None:
    begun = client.post(JOIN, json={"organisation": HERE}).json()["request"]
    path = f"{JOIN}/{begun}"
    client.post(f"{path}/identity", json=WHO)
    assert client.post(f"{path}/identity", json=WHO).status_code == 429
    wrong = f"{(int(last_code(wiring, WHO['phone'])) + 1) % 10**6:06}"
    statuses = [client.post(f"{path}/code", json={"code": wrong}).status_code for _ in range(6)]
    assert statuses == [422] * 4 + [410] * 2


def test_a_public_site_takes_no_joins_and_its_page_says_whom_to_ask(wiring: Wiring) -> None:
    printed = make_organisation_link(wiring, HERE, "li", "print", "https://u.example", anew=False)
    app = create_app(wiring, replace(LOCAL_ONLY, public=frozenset({"u.example"})))
    with TestClient(app, base_url="http://127.0.0.1") as public:
        assert public.post(JOIN, json={"organisation": HERE}).status_code == 404
        page = public.get(f"/join/{printed.address.rpartition('/')[2]}")
    assert page.status_code == 200 and "三步" not in page.text
