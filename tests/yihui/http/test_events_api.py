"""CloudEvents over HTTP: accepted, then handled by the runner beside the site; the webhook handshake."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from events.tables import journal
from store import ingress
from tests.yihui.http.conftest import OFFICERS
from tools.servers.sending import Sender
from yihui.bootstrap import Wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience

JSON = {"content-type": "application/cloudevents+json"}
SENDERS = ServingOptions(chosen=frozenset({Audience.SENDERS}))
SITE = ServingOptions(chosen=frozenset({Audience.SENDERS, Audience.OFFICERS}))


@pytest.fixture
def client(wiring: Wiring) -> Iterator[TestClient]:
    """The door with its runner: entering the client starts it, leaving waits for it."""
    with TestClient(create_app(wiring, SENDERS)) as made:
        yield made


@pytest.fixture(scope="module")
def door(filled: Wiring) -> TestClient:
    """A site without a runner, which is sent nothing that it accepts."""
    return TestClient(create_app(filled, SITE))


@pytest.fixture
def send() -> Sender:
    return Sender()


def waiting(wiring: Wiring) -> int:
    with wiring.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ingress)).scalar_one())


def rejected_so_far(door: TestClient) -> float:
    line = re.search(
        r'yihui_received_total{answer="rejected",door="events"} (\S+)', door.get("/metrics").text
    )
    return float(line[1]) if line else 0.0


def test_a_posted_event_becomes_a_benefit_that_the_member_can_ask_about(wiring: Wiring, send: Sender) -> None:
    with TestClient(create_app(wiring, SENDERS)) as client:
        events = [json.loads(send.joined("m-7")), json.loads(send.birthday("m-7"))]
        answer = client.post(
            "/api/v1/events", json=events, headers={"content-type": "application/cloudevents-batch+json"}
        )
        assert answer.status_code == 202
        assert answer.json() == {"accepted": ["e-1", "e-2"], "rejected": []}
    with TestClient(create_app(wiring, OFFICERS)) as client:  # the first one's runner was waited for
        benefits = client.get("/api/v1/members/m-7/benefits").json()["benefits"]
        why = client.get("/api/v1/members/m-7/benefits/why", params={"rule": "birthday-cake"}).json()[
            "decisions"
        ]
    assert {grant["rule_id"] for grant in benefits} == {"new-member-pack", "birthday-cake"}
    assert [(decision["outcome"], decision["conditions"][0]["holds"]) for decision in why] == [
        ("granted", True)
    ]
    assert waiting(wiring) == 0


def test_an_event_that_doesnt_say_when_it_was_recorded_was_recorded_now(
    client: TestClient, send: Sender, wiring: Wiring
) -> None:
    """Grace is judged by it: what is sent late over HTTP is late."""
    silent, late, null = (json.loads(send.joined(member)) for member in ("m-1", "m-2", "m-3"))
    stated = "2026-05-30T08:00:00+08:00"
    batch = [silent, {**late, "recordedtime": stated}, {**null, "recordedtime": None}]
    assert client.post("/api/v1/events", json=batch).json()["rejected"] == []
    binary = {f"ce-{name}": value for name, value in json.loads(send.joined("m-4")).items() if name != "data"}
    client.post("/api/v1/events", json=silent["data"], headers=binary)
    client.__exit__(None, None, None)
    with wiring.database.read() as connection:
        texts = connection.execute(select(journal.c.event).order_by(journal.c.member_id)).scalars()
        recorded = [json.loads(text)["recordedtime"] for text in texts]
    now = wiring.now().isoformat()
    assert recorded == [now, stated, now, now]


def test_a_batch_keeps_its_good_events_and_names_what_is_wrong_with_the_others(
    client: TestClient, send: Sender
) -> None:
    good, bad = json.loads(send.joined()), json.loads(send("member.left", reason="身份证 11010519491231002X"))
    answer = client.post("/api/v1/events", json=[bad, good, 17], headers={"accept-language": "zh"})
    assert answer.status_code == 202
    body = answer.json()
    assert body["accepted"] == [good["id"]]
    assert [item["index"] for item in body["rejected"]] == [0, 2]
    (error,) = body["rejected"][0]["errors"]
    assert (error["field"], error["value"]) == ("data.reason", "***")
    assert "身份证号" in error["message"] and error["remedy"]
    assert "11010519491231002X" not in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"nonsense", b"5", b"[" * 200_000, b'"' * 3])
def test_a_body_that_is_no_event_is_refused_with_a_remedy(door: TestClient, body: bytes) -> None:
    answer = door.post("/api/v1/events", content=body, headers=JSON)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert answer.json()["accepted"] == []
    assert "JSON" in answer.json()["errors"][0]["remedy"]
    (rejected,) = answer.json()["rejected"]
    assert "JSON" in rejected["errors"][0]["remedy"]


def test_a_request_of_which_nothing_was_accepted_is_a_problem_with_both_lists(
    door: TestClient, send: Sender, filled: Wiring
) -> None:
    unknown, stranger = json.loads(send("no.such", "m-2")), {}
    before = rejected_so_far(door)
    answer = door.post("/api/v1/events", json=[unknown, stranger], headers={"accept-language": "en"})
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (422, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["accepted"] == [] and [item["index"] for item in problem["rejected"]] == [0, 1]
    assert {error["row"] for error in problem["errors"]} == {1, 2}
    assert sum(len(item["errors"]) for item in problem["rejected"]) == len(problem["errors"])
    assert waiting(filled) == 0
    assert rejected_so_far(door) == before + 2


@pytest.mark.parametrize("body", [{}, {"data": {}}, [{}], {"specversion": "1.0"}])
def test_no_error_quotes_an_attribute_that_the_sender_did_not_write(door: TestClient, body: object) -> None:
    answer = door.post("/api/v1/events", json=body)
    assert answer.status_code == 422
    assert "recordedtime" not in answer.text


def test_chance_digits_of_a_trace_that_look_like_an_id_number_refuse_nobody(
    wiring: Wiring, send: Sender
) -> None:
    door = TestClient(create_app(wiring, SENDERS))
    trace = f"00-aaaaaa11010519491231002X{'a' * 8}-00f067aa0ba902b7-01"
    numbers = (trace, trace.replace("11010519491231002X", "110105194912310021"))
    event = json.loads(send.joined())
    events = [{**event, "id": f"t-{n}", "traceparent": one} for n, one in enumerate(numbers)]
    assert door.post("/api/v1/events", json=events).json()["rejected"] == []


def test_the_site_has_no_telemetry_of_its_own(door: TestClient) -> None:
    used = door.app._telemetry  # type: ignore[attr-defined]
    assert not any(used[name] for name in ("tracing", "metrics", "logs", "auto_configure"))


def test_what_the_sender_wrote_wrong_in_such_an_attribute_is_named(door: TestClient, send: Sender) -> None:
    event = {**json.loads(send.joined()), "recordedtime": 5}
    errors = door.post("/api/v1/events", json=event).json()["errors"]
    assert [error["field"] for error in errors] == ["recordedtime"]


ORIGIN = {"WebHook-Request-Origin": "emitter.example.com"}


def test_a_sender_of_cloudevents_is_told_that_it_may_send(door: TestClient) -> None:
    """HTTP 1.1 Web Hooks for Event Delivery 1.0.1, 4.1 and 4.2."""
    answer = door.options("/api/v1/events", headers={**ORIGIN, "WebHook-Request-Rate": "120"})
    assert answer.status_code == 200
    assert answer.headers["webhook-allowed-origin"] == "emitter.example.com"
    assert answer.headers["webhook-allowed-rate"] == "120"
    assert answer.headers["allow"] == "OPTIONS, POST"
    assert door.options("/api/v1/events", headers=ORIGIN).headers["webhook-allowed-rate"] == "*"
    unlimited = door.options("/api/v1/events", headers={**ORIGIN, "WebHook-Request-Rate": "*"})
    assert unlimited.headers["webhook-allowed-rate"] == "*"


def test_no_more_is_allowed_than_the_site_takes_of_one_network(filled: Wiring) -> None:
    client = TestClient(create_app(filled, replace(SITE, per_client=20.0)))
    for wished, allowed in (("500", "120"), ("60", "60"), ("*", "120"), ("", "120")):
        asked = {**ORIGIN, "WebHook-Request-Rate": wished} if wished else ORIGIN
        assert client.options("/api/v1/events", headers=asked).headers["webhook-allowed-rate"] == allowed


def test_options_without_an_origin_allow_nothing(door: TestClient) -> None:
    answer = door.options("/api/v1/events")
    assert answer.status_code == 200
    assert answer.headers["allow"] == "OPTIONS, POST"
    assert not [name for name in answer.headers if name.startswith("webhook-")]


@pytest.mark.parametrize("origin", ["*", "https://emitter.example.com", "a b", "x" * 300, "例子"])
def test_an_origin_that_is_no_host_name_is_refused(door: TestClient, origin: str) -> None:
    answer = door.options("/api/v1/events", headers={b"WebHook-Request-Origin": origin.encode()})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "WebHook-Request-Origin"
    assert "webhook-allowed-origin" not in answer.headers


@pytest.mark.parametrize("rate", ["0", "-1", "1.5", "many", "９", "9" * 30])
def test_a_rate_that_is_no_number_is_refused(door: TestClient, rate: str) -> None:
    headers = [(b"WebHook-Request-Origin", b"a.example"), (b"WebHook-Request-Rate", rate.encode())]
    answer = door.options("/api/v1/events", headers=headers)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "WebHook-Request-Rate"


def test_http_and_the_runner_judge_alike_however_deep_an_event_is(
    door: TestClient, send: Sender, filled: Wiring
) -> None:
    deep: object = 1
    for _ in range(300):
        deep = [deep]
    event = {**json.loads(send.joined()), "comdeepext": deep}
    rejected = door.post("/api/v1/events", json=event).json()["rejected"]
    assert len(rejected) == 1
    assert waiting(filled) == 0


def test_more_events_than_a_batch_may_hold_are_refused_whole(
    door: TestClient, filled: Wiring, send: Sender
) -> None:
    event = json.loads(send.joined())
    answer = door.post("/api/v1/events", json=[event] * 5_001)
    assert answer.status_code == 422
    assert waiting(filled) == 0


@pytest.mark.parametrize("number", ["11010519491231002X", "13912345678"])
@pytest.mark.parametrize("path", ["/benefits", "/benefits/why", "/nothing"])
def test_a_personal_number_in_an_address_is_never_repeated(door: TestClient, number: str, path: str) -> None:
    answer = door.get(f"/api/v1/members/{number}{path}")
    assert number not in answer.text
    if path == "/nothing":
        assert answer.status_code == 404
    else:
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["field"], error["value"]) == ("member", "***")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None]
)
def test_what_any_page_may_send_without_asking_is_refused(
    media_type: str | None, door: TestClient, filled: Wiring, send: Sender
) -> None:
    """A browser sends these from any site to us without a question (a simple request, Fetch standard)."""
    headers = {} if media_type is None else {"content-type": media_type}
    answer = door.post("/api/v1/events", content=send.joined(), headers=headers)
    assert answer.status_code == 415
    assert waiting(filled) == 0
