"""Members over HTTP: points with an Idempotency-Key, case files of hardship, joining in three calls."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import copy

import pytest
from fastapi.testclient import TestClient

from events import InboundEvent, parse_event
from tests.yihui.demo_folder import mark_demo
from tests.yihui.http.conftest import OFFICERS
from tests.yihui.organising import make_link
from tests.yihui.services.joining_people import (
    HERE as UNION,
)
from tests.yihui.services.joining_people import (
    THERE,
    Clock,
    approve,
    changes_of,
    found_tree,
    id_number,
    joining_wiring,
    last_code,
)
from tools.servers.sending import Sender
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import LOCAL_ONLY, ServingOptions
from yihui.runtime.audiences import Audience

TICKET = {"points": 3, "purpose": "电影票一张"}


@pytest.fixture(scope="module")
def client(filled: Wiring) -> TestClient:
    """Each test has a member of its own, with five points."""
    send, at = Sender(), filled.now()
    texts = [
        text
        for member in ("m-1", "m-2")
        for text in (
            send.imported(member),
            send("course.completed", member, course="急救", score=90, at=at.isoformat()),
        )
    ]
    lines = [InboundEvent(parse_event(text, at), "roll") for text in texts]
    assert all(not done.dead_letters for done in filled.runner.run_events(lines))
    return TestClient(create_app(filled, OFFICERS))


def of(member: str) -> str:
    return f"/api/v1/members/{member}/points"


def spend(
    client: TestClient, body: object, key: str | None = "k-1", member: str = "m-1"
) -> tuple[int, dict[str, object]]:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = client.post(f"{of(member)}/spendings", json=body, headers=headers)
    return answer.status_code, answer.json()


def test_a_request_spends_once_and_the_history_tells_it(client: TestClient) -> None:
    first, again = spend(client, TICKET), spend(client, TICKET)
    assert (first[0], again[0]) == (201, 200)
    assert first[1]["spending"] == again[1]["spending"] and again[1]["left"] == 2
    assert spend(client, {**TICKET, "points": 1})[0] == 409, "the key stands for something else"
    assert spend(client, {**TICKET, "points": 1}, None)[0] == 422, "without a key"
    account = client.get(of("m-1")).json()
    assert account["points"] == 2
    assert [(one["kind"], one["points"]) for one in account["history"]] == [("earned", 5), ("spent", -3)]
    assert account["history"][1]["spending"] == first[1]["spending"]


JOIN = "/api/v1/join"
JOINING_SITE = ServingOptions(chosen=frozenset({Audience.OFFICERS, Audience.RIDERS}))


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
def joining(wiring: Wiring) -> TestClient:
    return TestClient(create_app(wiring, JOINING_SITE))


def begin(joining: TestClient) -> str:
    return f"{JOIN}/{joining.post(JOIN, json={'organisation': UNION}).json()['request']}"


def prove(joining: TestClient, wiring: Wiring, organisation: str, person: dict[str, str]) -> str:
    begun = joining.post(JOIN, json={"organisation": organisation}).json()
    path = f"{JOIN}/{begun['request']}"
    assert begun["next"] == "identity"
    assert joining.post(f"{path}/identity", json=person).json()["next"] == "code"
    code = last_code(wiring, person["phone"])
    assert joining.post(f"{path}/code", json={"code": code}).json()["state"] == "proven"
    return path


def test_a_rider_scans_joins_and_transfers_over_http(
    joining: TestClient, wiring: Wiring, clock: Clock
) -> None:
    printed = make_link(wiring, UNION)
    page = joining.get(f"/join/{printed.rpartition('/')[2]}")
    assert page.status_code == 200 and "三步" in page.text
    key = {"Idempotency-Key": "begin-key-1"}
    token = {"token": printed.rpartition("/")[2]}
    first, again = (joining.post(JOIN, json=token, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["request"] == again.json()["request"]
    path = prove(joining, wiring, UNION, who(1))
    waiting = joining.post(f"{path}/confirm").json()
    assert (waiting["state"], waiting["next"]) == ("waiting", None), "a rule of the demo grants on joining"
    approve(wiring, waiting["request"], "li.min")
    done = joining.get(path).json()
    assert (done["state"], done["next"], done["person"]) == ("joined", None, {})
    clock.now += timedelta(minutes=5)
    path = prove(joining, wiring, THERE, who(1))
    seen = joining.get(path).json()
    assert (seen["next"], seen["elsewhere"]["name"]) == ("transfer", "泉城物流工会")
    refused = joining.post(f"{path}/confirm")
    assert refused.status_code == 409 and "/transfer" in refused.json()["errors"][0]["remedy"]
    for _ in range(2):
        assert joining.post(f"{path}/transfer").json()["state"] == "transferred"
    assert len(changes_of(wiring, "member.transferred")) == 1


def test_no_answer_holds_a_name_or_a_number_in_clear(joining: TestClient, wiring: Wiring) -> None:
    person = who(2)
    path = prove(joining, wiring, UNION, person)
    answers = [joining.get(path), joining.post(f"{path}/confirm"), joining.post(f"{path}/confirm")]
    wrong = {**person, "name": "张", "id_number": person["id_number"][:-1] + "Y", "phone": "138001380001"}
    faulty = joining.post(f"{begin(joining)}/identity", json=wrong)
    assert [line["field"] for line in faulty.json()["errors"]] == ["name", "id_number", "phone"]
    text = "".join(answer.text for answer in (*answers, faulty))
    hidden = (*person.values(), wrong["id_number"], wrong["phone"])
    assert not [secret for secret in hidden if secret in text]


def test_no_problem_quotes_what_a_person_typed(joining: TestClient) -> None:
    path = f"{begin(joining)}/identity"
    for wrong in ({"姓名": "张三丰"}, {"name": "张三丰" * 100}, {"name": {"first": "张三丰"}}):
        answer = joining.post(path, json={**who(3), **wrong})
        assert answer.status_code == 422
        assert "张三丰" not in answer.text and who(3)["phone"] not in answer.text


def test_a_public_site_takes_no_joins_and_its_page_says_whom_to_ask(wiring: Wiring) -> None:
    printed = make_link(wiring, UNION)
    app = create_app(wiring, replace(LOCAL_ONLY, public=frozenset({"u.example"})))
    with TestClient(app, base_url="http://127.0.0.1") as public:
        assert public.post(JOIN, json={"organisation": UNION}).status_code == 404
        page = public.get(f"/join/{printed.rpartition('/')[2]}")
    assert page.status_code == 200 and "三步" not in page.text
