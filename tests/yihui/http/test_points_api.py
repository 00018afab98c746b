"""Points over HTTP: shown with their history, spent once for each Idempotency-Key."""

import pytest
from fastapi.testclient import TestClient

from events import InboundEvent, parse_event
from tests.events.sending import Sender
from tests.yihui.http.conftest import OFFICERS
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions

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


def test_unknown_members_have_no_account_and_the_public_site_shows_none(
    client: TestClient, filled: Wiring
) -> None:
    assert client.get(of("m-9")).status_code == 422
    public = ServingOptions(public=frozenset({"127.0.0.1"}))
    open_ = TestClient(create_app(filled, public))
    assert open_.get(of("m-1")).status_code in (404, 405)
    assert open_.post(f"{of('m-1')}/spendings", json=TICKET).status_code in (404, 405)
