"""The brokers are away: riders and members are answered, events are taken up to a limit, and all of them are decided later."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from tests.chaos.reckoning import all_have_outcomes, reckon
from tests.yihui.http.conftest import HERE, STATIONS, import_into
from tests.yihui.services.logging_in import begin_member_session
from tools.servers.postgres import free_port
from tools.servers.recorder import Recorder
from tools.servers.town import Town, town
from tools.servers.traffic import REQUEST, Event, requests
from yihui.bootstrap import Settings, build_wiring
from yihui.http.ingress_gate import RETRY_AFTER_S
from yihui.http.login.login_request import MEMBER_COOKIE

pytestmark = [pytest.mark.endure, pytest.mark.needs("kafka", "postgres")]
LIMIT = 60
SEED, SOURCE, MEMBERS = 1, "/chaos/1", 80
PLACE = f"lon={HERE[0]}&lat={HERE[1]}"
PAGES = (
    f"/api/v1/stations/nearest?{PLACE}&datum=wgs84",
    f"/?{PLACE}",
    "/me",
    "/me/membership",
    "/api/v1/members/s1-m0/benefits",
    "/api/v1/members/s1-m0",
)
PROCESSES = ("serve", "relay", "worker-1")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    retry_after: str | None
    text: str


def exchange(port: int, path: str, events: list[Event] | None = None, cookie: str = "") -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    body = None if events is None else json.dumps(events).encode()
    headers = {
        "Content-Type": "application/cloudevents-batch+json",
        "Accept-Language": "zh",
        "Cookie": cookie,
    }
    try:
        connection.request("GET" if body is None else "POST", path, body, headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers["Retry-After"], answer.read().decode())
    finally:
        connection.close()


@contextmanager
def probed_town() -> Iterator[Town]:
    """An installation of which each process answers probes."""
    settings, probes = {"YIHUI_INGRESS_LIMIT": str(LIMIT)}, {name: free_port() for name in PROCESSES}
    with town(1, 1, settings=settings, probes=probes) as made:
        wiring = build_wiring(Settings(made.url, made.folder / "data"))
        import_into(wiring, STATIONS)
        wiring.close()
        made.until(lambda: all(is_ready(port) for port in probes.values()), "all are ready")
        yield made


def readiness(port: int) -> dict[str, object]:
    """What the page /readyz says, with its status."""
    try:
        answer = exchange(port, "/readyz")
    except (OSError, http.client.HTTPException):
        return {"status": 0}
    return {"status": answer.status, **json.loads(answer.text)}


def is_ready(port: int) -> bool:
    return readiness(port)["status"] == 200


def post(made: Town, events: list[Event], recorder: Recorder) -> Answer:
    answer = exchange(made.port, "/api/v1/events", events)
    if answer.status == 202:
        recorder.record(events, json.loads(answer.text)["accepted"])
    return answer


def test_without_brokers_all_is_answered_and_taken_up_to_the_limit_and_decided_later() -> None:
    with probed_town() as made:
        probes = made.probes
        recorder = Recorder(made.folder / "accepted.jsonl")
        sent = list(requests(SEED, MEMBERS))
        assert post(made, sent[0], recorder).status == 202
        first = {str(event["id"]) for event in sent[0]}
        made.until(lambda: made.query(lambda c: all_have_outcomes(c, SOURCE, first)), "brokers work")
        cookie = _log_in(made)
        _check_pages(made, cookie)
        [broker] = made.kafka.brokers
        broker.stop()
        made.until(lambda: not is_ready(probes["relay"]) and not is_ready(probes["worker-1"]), "it shows")
        for name in ("relay", "worker-1"):
            found = readiness(probes[name])
            assert (found["status"], found["brokers"], found["database"]) == (503, "away", "ok")
        found = readiness(probes["serve"])
        assert (found["status"], found["ready"], found["brokers"]) == (200, True, "away")
        _check_pages(made, cookie)
        taken = _fill(made, sent[1:], recorder)
        _check_pages(made, cookie)
        broker.start()
        for request in sent[1 + taken :]:
            made.until(lambda request=request: post(made, request, recorder).status == 202, "taken again")
        recorder.close()
        ids = {str(event["id"]) for request in sent for event in request}
        made.until(lambda: made.query(lambda c: all_have_outcomes(c, SOURCE, ids)), "all is decided")
        made.until(lambda: all(is_ready(port) for port in probes.values()), "all are ready again")
        wiring = build_wiring(Settings(made.url, made.folder / "data"))
        reckoned = reckon(wiring, SOURCE, recorder.accepted())
        wiring.close()
        assert reckoned.holds, reckoned
        assert reckoned.accepted == len(ids)
        assert [kept.ends for kept in made.kept.values()] == [[]] * len(made.kept), "none had to be restarted"


def _log_in(made: Town) -> str:
    """The cookie of a member's session, as a log-in would give it to her phone."""
    wiring = build_wiring(Settings(made.url, made.folder / "data"))
    token = begin_member_session(wiring, "s1-m0").token
    wiring.close()
    return f"{MEMBER_COOKIE}={token}"


def _check_pages(made: Town, cookie: str) -> None:
    answers = {path: exchange(made.port, path, cookie=cookie) for path in PAGES}
    assert {path: answer.status for path, answer in answers.items()} == dict.fromkeys(PAGES, 200)
    assert all(STATIONS[0].name in answers[path].text for path in PAGES[:2])


def _fill(made: Town, sent: list[list[Event]], recorder: Recorder) -> int:
    """Post until too much waits; return how many requests were taken."""
    for number, request in enumerate(sent):
        answer = post(made, request, recorder)
        if answer.status == 202:
            continue
        assert (answer.status, answer.retry_after) == (429, str(RETRY_AFTER_S))
        [error] = json.loads(answer.text)["errors"]
        assert f"{RETRY_AFTER_S} 秒" in error["remedy"] and f"{LIMIT} 条" in error["remedy"]
        assert "一条也没有收下" in error["remedy"]
        again = post(made, request, recorder)
        assert (again.status, again.text) == (429, answer.text), "as long as they wait"
        assert LIMIT <= made_waiting(made) < LIMIT + 3 * REQUEST
        return number
    raise AssertionError("the limit was never reached")


def made_waiting(made: Town) -> int:
    counts: list[int] = []
    assert made.query(
        lambda c: counts.append(c.exec_driver_sql("SELECT count(*) FROM ingress").scalar_one()) is None
    )
    return counts[0]
