"""Points over HTTP: shown with their history, spent once for each Idempotency-Key."""

import pytest
from fastapi.testclient import TestClient

from events import InboundEvent, parse_event
from tests.events.sending import Sender
from tests.yihui.http.conftest import OFFICERS, Clock
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions

URL = "/api/v1/members/m-1/points"
TICKET = {"points": 3, "purpose": "电影票一张"}


@pytest.fixture
def client(wiring: Wiring, clock: Clock) -> TestClient:
    send = Sender()
    course = send("course.completed", course="急救", score=90, at=clock.now.isoformat())
    lines = [InboundEvent(parse_event(line, clock.now), "roll") for line in (send.imported(), course)]
    assert all(not done.dead_letters for done in wiring.runner.run_events(lines))
    return TestClient(create_app(wiring, OFFICERS))


def spend(client: TestClient, body: object, key: str | None = "k-1") -> tuple[int, dict[str, object]]:
    headers = {} if key is None else {"Idempotency-Key": key}
    answer = client.post(f"{URL}/spendings", json=body, headers=headers)
    return answer.status_code, answer.json()


def test_a_request_spends_once_and_the_history_tells_it(client: TestClient) -> None:
    first, again = spend(client, TICKET), spend(client, TICKET)
    assert (first[0], again[0]) == (201, 200)
    assert first[1]["spending"] == again[1]["spending"] and again[1]["left"] == 2
    account = client.get(URL).json()
    assert account["points"] == 2
    assert [(one["kind"], one["points"]) for one in account["history"]] == [("earned", 5), ("spent", -3)]
    assert account["history"][1]["spending"] == first[1]["spending"]


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        ({**TICKET, "points": 6}, "k-1", 409),
        ({**TICKET, "points": "3"}, "k-1", 422),
        ({**TICKET, "purpose": "充值 13812345678"}, "k-1", 422),
        (TICKET, None, 422),
    ],
)
def test_a_faulty_request_changes_nothing(
    client: TestClient, body: object, key: str | None, status: int
) -> None:
    answered, problem = spend(client, body, key)
    errors = problem["errors"]
    assert isinstance(errors, list)
    assert answered == status and errors[0]["remedy"]
    assert client.get(URL).json()["points"] == 5


def test_a_key_that_stands_for_something_else_is_refused(client: TestClient) -> None:
    spend(client, TICKET)
    assert spend(client, {**TICKET, "points": 1})[0] == 409
    assert client.get(URL).json()["points"] == 2


def test_unknown_members_have_no_account_and_the_public_site_shows_none(
    client: TestClient, wiring: Wiring
) -> None:
    assert client.get("/api/v1/members/m-9/points").status_code == 422
    public = ServingOptions(public=frozenset({"127.0.0.1"}))
    open_ = TestClient(create_app(wiring, public))
    assert open_.get(URL).status_code in (404, 405)
    assert open_.post(f"{URL}/spendings", json=TICKET).status_code in (404, 405)
