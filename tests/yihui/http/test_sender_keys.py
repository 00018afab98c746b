"""Programs send events with a key of their own: bound, expiring, rotated, revoked at once."""

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from core.civil_time import start_of_day
from store import ingress
from tests.yihui.http.conftest import STATIONS, Clock, import_into
from tests.yihui.http.sending_programs import (
    JINAN,
    LATER,
    OFFICER,
    QINGDAO,
    Program,
    event,
    issue_key,
    joined,
    process,
)
from yihui.access.tables import sender_keys
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.services.access.sender_keys import revoke_sender_or_key, rotate_sender, show_sender

SITE = ServingOptions(chosen=frozenset({Audience.SENDERS, Audience.MERCHANTS}))
EVENTS = "/api/v1/events"


@pytest.fixture(autouse=True)
def demo_installation() -> None:
    """No demo here, unlike elsewhere: nobody may do anything without a key."""


@pytest.fixture
def wiring(target: str, tmp_path: Path, clock: Clock) -> Iterator[Wiring]:
    """An installation that is no demo, on each kind of database."""
    made = build_wiring(Settings(database=target, data_folder=tmp_path), now=clock)
    import_into(made, STATIONS)
    yield made
    made.database.close()


@pytest.fixture
def client(wiring: Wiring) -> TestClient:
    """Without its lifespan: what was accepted waits, so that it can be counted."""
    return TestClient(create_app(wiring, SITE))


@pytest.fixture
def program(client: TestClient, wiring: Wiring) -> Program:
    return Program(client, issue_key(wiring))


def waiting(wiring: Wiring) -> int:
    with wiring.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ingress)).scalar_one())


def test_nobody_gets_anything_without_a_key(client: TestClient, wiring: Wiring) -> None:
    for answer in (
        client.post(EVENTS, json=[joined()]),
        client.options(EVENTS),
        client.post("/api/v1/feeds/x", json=[{}]),
        client.get("/ogc/collections"),
    ):
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
    assert client.post("/api/v1/vouchers/check", json={"code": "1"}).status_code == 401
    assert waiting(wiring) == 0


def test_only_a_demo_on_its_own_machine_goes_without_a_key(wiring: Wiring) -> None:
    (wiring.data_folder / DEMO_MARKER_FILE).touch()
    assert TestClient(create_app(wiring, SITE)).post(EVENTS, json=[joined()]).status_code == 202
    public = ServingOptions.parse("yihui.example", "", faces="senders")
    with_name = TestClient(create_app(wiring, public), base_url="http://yihui.example")
    assert with_name.post(EVENTS, json=[joined()]).status_code == 401
    assert TestClient(create_app(wiring, public)).post(EVENTS, json=[joined()]).status_code == 401


@pytest.mark.both_databases
def test_each_event_outside_the_bound_is_rejected_by_itself(program: Program, wiring: Wiring) -> None:
    process(wiring, joined("m-far", QINGDAO), joined("m-near", JINAN))
    sent = [
        joined("m-1"),
        joined("m-2", source="/hr/qingdao/app"),
        event("member.retired", "m-near"),
        joined("m-3", QINGDAO),
        event("member.left", "m-far"),
        event("member.left", "m-nobody"),
        event("member.left", "m-near", source="/hr/jinan/../qingdao"),
        event("member.left", "m-near"),
    ]
    answer = program.send(*sent)
    body = answer.json()
    assert answer.status_code == 202
    assert body["accepted"] == ["member.joined-m-1", "member.left-m-near"]
    fields = {item["index"]: [error["field"] for error in item["errors"]] for item in body["rejected"]}
    assert fields == {
        1: ["source"], 2: ["type"], 3: ["subject"], 4: ["subject"], 5: ["subject"], 6: ["source"],
    }  # fmt: skip
    assert waiting(wiring) == 2


def test_all_events_outside_the_bound_are_answered_with_403(program: Program, wiring: Wiring) -> None:
    answer = program.send(joined("m-3", QINGDAO, source="/elsewhere"))
    assert answer.status_code == 403
    assert answer.json()["accepted"] == []
    assert [error["field"] for error in answer.json()["errors"]] == ["source", "subject"]
    assert waiting(wiring) == 0


def test_a_member_is_not_pulled_out_of_or_pushed_into_another_subtree(
    program: Program, wiring: Wiring
) -> None:
    process(wiring, joined("m-far", QINGDAO), joined("m-near", JINAN))
    pull = event("member.transferred", "m-far", data={"organisation": JINAN})
    push = event("member.transferred", "m-near", data={"organisation": QINGDAO})
    assert program.send(pull, push).status_code == 403
    assert waiting(wiring) == 0


def test_who_left_another_union_may_join_this_one(program: Program, wiring: Wiring) -> None:
    process(wiring, joined("m-far", QINGDAO))
    assert program.send(joined("m-far", time="2026-11-19T10:00:00+08:00")).status_code == 403
    process(wiring, event("member.left", "m-far", time="2026-11-19T09:30:00+08:00"))
    assert program.send(joined("m-far", time="2026-11-19T10:00:00+08:00")).status_code == 202


def test_a_past_day_in_the_subtree_does_not_open_the_data_of_who_moved_away(
    program: Program, wiring: Wiring
) -> None:
    process(
        wiring,
        joined("m-1", JINAN, time="2026-11-10T09:00:00+08:00"),
        event("member.transferred", "m-1", data={"organisation": QINGDAO}),
    )
    late = {"time": "2026-11-12T09:00:00+08:00"}
    course = event("course.completed", "m-1", data={"course": "c-1", "score": 90}, **late)
    assert program.send(course).status_code == 202  # she was here on that day
    assert program.send(event("member.left", "m-1", **late)).status_code == 403


def test_organisations_and_stations_are_bound_too(client: TestClient, wiring: Wiring) -> None:
    types = ("organisation.founded", "organisation.moved", "station.closed_today")
    program = Program(client, issue_key(wiring, types=types, sources=("/hr/jinan/app",)))
    founded = {"on": "2026-11-01", "name": "新工会"}
    closed = {"on": "2026-11-20"}
    sent = [
        event("organisation.founded", JINAN, data=founded),
        event("organisation.founded", QINGDAO, data=founded),
        event("organisation.founded", "370102001-00002", data={**founded, "parent": "370202"}),
        event("station.closed_today", "quancheng", data={**closed, "station": "quancheng"}),
        event("station.closed_today", "unplaced", data={**closed, "station": "unplaced"}),
        event("station.closed_today", "nowhere", data={**closed, "station": "nowhere"}),
    ]
    body = program.send(*sent).json()
    assert [item["index"] for item in body["rejected"]] == [1, 2, 4, 5]


SPOILED: list[Callable[[str], str]] = [
    lambda key: key.upper(),
    lambda key: key + "=",
    lambda key: key[:-1],
    lambda key: key + " ",
    lambda key: " " + key,
    lambda key: f"{key}\t",
    lambda key: f"\xa0{key}",
    lambda key: key.replace("yhs_", "yhs-"),
    lambda key: key[:-1] + ("b" if key[-1] == "a" else "a"),
    lambda key: "yhs_aaaaaaaa_" + key[13:],
    lambda key: "",
    lambda key: "yhs_" + "a" * 5_000,
    lambda key: "".join(chr(ord(sign) + 0xFEE0) for sign in key).encode().decode("latin-1"),
]


def test_a_key_counts_only_as_it_was_issued(program: Program, wiring: Wiring) -> None:
    assert program.key is not None
    for spoiled in SPOILED:
        sent = [(b"authorization", b"Bearer " + spoiled(program.key).encode("latin-1"))]
        answer = program.client.post(EVENTS, json=[joined()], headers=sent)
        assert answer.status_code == 401, spoiled(program.key)
    twice = [("authorization", f"Bearer {program.key}")] * 2
    assert program.client.post(EVENTS, json=[joined()], headers=twice).status_code == 400
    assert waiting(wiring) == 0


def test_unknown_expired_and_revoked_keys_get_the_same_answer(
    program: Program, wiring: Wiring, clock: Clock
) -> None:
    other = Program(program.client, issue_key(wiring, "other"))
    revoke_sender_or_key(wiring, OFFICER, "other")
    unknown = Program(program.client, "yhs_" + "a" * 8 + "_" + "b" * 32)
    answers = [other.send(joined()), unknown.send(joined())]
    clock.later(days=100)
    answers.append(program.send(joined()))
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}


def test_a_key_ends_at_the_instant_after_its_last_day(program: Program, wiring: Wiring, clock: Clock) -> None:
    end = start_of_day(LATER + timedelta(days=1))
    clock.now = end - timedelta(microseconds=1)
    assert program.send(joined(time="2026-11-19T09:00:00Z")).status_code == 202
    clock.now = end
    assert program.send(joined()).status_code == 401


def test_a_rotated_key_leaves_no_gap(program: Program, wiring: Wiring, clock: Clock) -> None:
    rotated = rotate_sender(wiring, OFFICER, "hr", date(2027, 6, 30), overlap_days=2)
    assert rotated.key is not None
    new = Program(program.client, rotated.key.text)
    overlap_ends = clock.now + timedelta(days=2)
    for now, counts in [(overlap_ends - timedelta(seconds=1), True), (overlap_ends, False)]:
        clock.now = now
        assert (program.send(joined()).status_code == 202) is counts
        assert new.send(joined()).status_code == 202


def test_a_rotation_never_lengthens_an_older_key(wiring: Wiring, clock: Clock) -> None:
    issue_key(wiring, until=date(2026, 11, 21))
    rotate_sender(wiring, OFFICER, "hr", LATER, overlap_days=30)
    ends = {key.expires_at for key in show_sender(wiring, "hr").keys}
    assert ends == {start_of_day(date(2026, 11, 22)), start_of_day(LATER + timedelta(days=1))}


def test_one_of_two_keys_is_revoked_and_the_other_goes_on(program: Program, wiring: Wiring) -> None:
    rotated = rotate_sender(wiring, OFFICER, "hr", LATER, overlap_days=30)
    assert rotated.key is not None and program.key is not None
    assert revoke_sender_or_key(wiring, OFFICER, program.key)[0] == "hr"
    assert program.send(joined()).status_code == 401
    assert Program(program.client, rotated.key.text).send(joined()).status_code == 202


@pytest.mark.both_databases
def test_nothing_is_accepted_after_a_revocation_is_committed(program: Program, wiring: Wiring) -> None:
    """Sixteen programs share a key and go on until they are refused; one of them began before, each."""
    started = threading.Barrier(17)
    accepted: list[int] = []

    def send(number: int) -> None:
        started.wait()
        for n in range(200):
            if program.send(joined(f"m-{number}-{n}")).status_code != 202:
                return
            accepted.append(n)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    started.wait()
    while len(accepted) < 20:
        threading.Event().wait(0.005)  # they are under way
    revoke_sender_or_key(wiring, OFFICER, "hr")
    at_commit = waiting(wiring)
    for thread in threads:
        thread.join()
    assert waiting(wiring) == at_commit == len(accepted)


def test_a_revocation_by_another_process_counts_at_once(program: Program, wiring: Wiring) -> None:
    assert program.send(joined()).status_code == 202
    other = build_wiring(wiring.settings, wiring.now)
    revoke_sender_or_key(other, OFFICER, "hr")
    other.database.close()
    assert program.send(joined("m-2")).status_code == 401
    assert waiting(wiring) == 1


def test_a_key_in_the_address_is_refused_and_not_logged(
    program: Program, wiring: Wiring, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    assert program.key is not None
    for query in (
        f"key={program.key}",
        f"access_token={program.key}",
        f"{program.key}",
        "access_token=a.b.c",
    ):
        for path in (EVENTS, "/api/v1/vouchers/check"):
            answer = program.send(joined(), path=f"{path}?{query}")
            assert answer.status_code == 400, query
            assert program.key not in answer.text
    assert program.key not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("yihui")
    )
    assert waiting(wiring) == 0


def test_many_wrong_keys_are_refused_and_the_right_one_goes_on(program: Program) -> None:
    wrong = Program(program.client, "yhs_" + "a" * 8 + "_" + "b" * 32)
    codes = [wrong.send(joined()).status_code for _ in range(22)]
    assert codes == [401] * 20 + [429] * 2
    assert program.send(joined()).status_code == 202


def test_a_key_for_other_uses_is_refused(client: TestClient, wiring: Wiring) -> None:
    program = Program(client, issue_key(wiring, uses=("gis",), sources=(), types=()))
    assert program.send(joined()).status_code == 403
    answer = client.get("/ogc/collections", headers={"authorization": f"Bearer {program.key}"})
    assert answer.status_code == 200


def test_a_key_is_stored_as_a_digest_only(program: Program, wiring: Wiring) -> None:
    assert program.key is not None
    with wiring.database.read() as connection:
        row = connection.execute(select(sender_keys)).one()
    assert program.key.rpartition("_")[2] not in str(row)
    assert len(row.digest) == 64
