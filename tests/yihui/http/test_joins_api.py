"""Joining over HTTP: three calls, a transfer with one, and what bad input gets."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest
from fastapi.testclient import TestClient

from tests.yihui.demo_folder import mark_demo
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
from yihui.services.joining.reviews import approve_joining
from yihui.services.organisations.links import make_organisation_link

JOIN = "/api/v1/join"
SITE = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.RIDERS}))


def who(serial: int) -> dict[str, str]:
    """What a person types; each test has persons of its own."""
    return {"name": "张三", "id_number": id_number(serial), "phone": f"138001380{serial:02}"}


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def wiring(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory, clock: Clock) -> Iterator[Wiring]:
    folder = mark_demo(tmp_path_factory.mktemp("joining"))
    made = joining_wiring(str(copy(migrated_file, folder / "yihui.db")), folder, clock)
    found_tree(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, SITE))


def begin(client: TestClient) -> str:
    return f"{JOIN}/{client.post(JOIN, json={'organisation': HERE}).json()['request']}"


def prove(client: TestClient, wiring: Wiring, organisation: str, person: dict[str, str]) -> str:
    begun = client.post(JOIN, json={"organisation": organisation}).json()
    path = f"{JOIN}/{begun['request']}"
    assert begun["next"] == "identity"
    assert client.post(f"{path}/identity", json=person).json()["next"] == "code"
    code = last_code(wiring, person["phone"])
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
    path = prove(client, wiring, HERE, who(1))
    waiting = client.post(f"{path}/confirm").json()
    assert (waiting["state"], waiting["next"]) == ("waiting", None), "a rule of the demo grants on joining"
    approve_joining(wiring, waiting["request"], "li.min")
    done = client.get(path).json()
    assert (done["state"], done["next"], done["person"]) == ("joined", None, {})
    clock.now += timedelta(minutes=5)
    path = prove(client, wiring, THERE, who(1))
    seen = client.get(path).json()
    assert (seen["next"], seen["elsewhere"]["name"]) == ("transfer", "泉城物流工会")
    refused = client.post(f"{path}/confirm")
    assert refused.status_code == 409 and "/transfer" in refused.json()["errors"][0]["remedy"]
    for _ in range(2):
        assert client.post(f"{path}/transfer").json()["state"] == "transferred"
    assert len(changes_of(wiring, "member.transferred")) == 1


def test_no_answer_holds_a_name_or_a_number_in_clear(client: TestClient, wiring: Wiring) -> None:
    person = who(2)
    path = prove(client, wiring, HERE, person)
    answers = [client.get(path), client.post(f"{path}/confirm"), client.post(f"{path}/confirm")]
    wrong = {**person, "name": "张", "id_number": person["id_number"][:-1] + "Y", "phone": "138001380001"}
    faulty = client.post(f"{begin(client)}/identity", json=wrong)
    assert [line["field"] for line in faulty.json()["errors"]] == ["name", "id_number", "phone"]
    text = "".join(answer.text for answer in (*answers, faulty))
    hidden = (*person.values(), wrong["id_number"], wrong["phone"])
    assert not [secret for secret in hidden if secret in text]


def test_no_problem_quotes_what_a_person_typed(client: TestClient) -> None:
    path = f"{begin(client)}/identity"
    for wrong in ({"姓名": "张三丰"}, {"name": "张三丰" * 100}, {"name": {"first": "张三丰"}}):
        answer = client.post(path, json={**who(3), **wrong})
        assert answer.status_code == 422
        assert "张三丰" not in answer.text and who(3)["phone"] not in answer.text


def test_a_sixth_code_and_a_hasty_second_message_have_statuses_of_their_own(
    client: TestClient, wiring: Wiring
) -> None:
    path, person = begin(client), who(5)
    client.post(f"{path}/identity", json=person)
    assert client.post(f"{path}/identity", json=person).status_code == 429
    wrong = f"{(int(last_code(wiring, person['phone'])) + 1) % 10**6:06}"
    statuses = [client.post(f"{path}/code", json={"code": wrong}).status_code for _ in range(6)]
    assert statuses == [422] * 4 + [410] * 2


def test_a_public_site_takes_no_joins_and_its_page_says_whom_to_ask(wiring: Wiring) -> None:
    printed = make_organisation_link(wiring, HERE, "li", "print", "https://u.example", anew=False)
    app = create_app(wiring, replace(LOCAL_ONLY, public=frozenset({"u.example"})))
    with TestClient(app, base_url="http://127.0.0.1") as public:
        assert public.post(JOIN, json={"organisation": HERE}).status_code == 404
        page = public.get(f"/join/{printed.address.rpartition('/')[2]}")
    assert page.status_code == 200 and "三步" not in page.text
