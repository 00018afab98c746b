"""Points and memberships over HTTP: a request with its Idempotency-Key takes effect once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from events import InboundEvent, parse_event
from tests.events.sending import Sender
from tests.members.organisations.acting import NOW, codes_of, event_of, handle
from tests.yihui.http.conftest import OFFICERS
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app

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


A, B = "370202001-00001", "370202001-00002"
TRANSFER = {"member": "m-1", "to": B, "by": "li.min"}


@pytest.fixture
def site(migrated_file: Path, tmp_path: Path) -> Iterator[TestClient]:
    path = tmp_path / "yihui.db"
    path.write_bytes(migrated_file.read_bytes())
    wiring = build_wiring(Settings(str(path), tmp_path), now=lambda: NOW)
    acts = [event_of("organisation.founded", code, "2020-01-01", name="示例工会") for code in (A, B)]
    acts.append(event_of("member.joined", "m-1", "2026-03-01", organisation=A, joined_on="2026-03-01"))
    with wiring.database.write() as connection:
        assert codes_of(handle(connection, *acts)) == []
    yield TestClient(create_app(wiring, OFFICERS))
    wiring.database.close()


def test_a_transfer_is_recorded_once_for_one_key(site: TestClient) -> None:
    key = {"Idempotency-Key": "key-0001"}
    first, again = (site.post("/api/v1/transfer", json=TRANSFER, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() | {"is_new": False} == again.json()
    assert (first.json()["before"], first.json()["organisation"]) == (A, B)
    listed = site.get("/api/v1/members/m-1/memberships").json()["memberships"]
    assert [(one["organisation"], one["until"]) for one in listed] == [(A, "2026-10-03"), (B, None)]
    other = site.post("/api/v1/transfer", json={**TRANSFER, "to": A}, headers=key)
    assert other.status_code == 409 and "已用于另一件事" in other.json()["errors"][0]["message"]
