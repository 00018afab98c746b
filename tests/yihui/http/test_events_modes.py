"""The modes in which CloudEvents come over HTTP (binding 1.0.2), judged by the SDK of CloudEvents as well; and what the app hears of them."""

import base64
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copy

import pytest
from cloudevents.core.bindings.http import to_binary, to_structured
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from fastapi.testclient import TestClient
from sqlalchemy import select
from standardwebhooks import Webhook as Verifier

from events.stream.access import StreamAccess
from events.webhooks.receivers import add_webhook
from store import ingress
from tests.events.receiving import Receiver, receiving
from tools.servers.sending import Sender
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.http.ingress_gate import IngressFull, IngressGate
from yihui.runtime.audiences import Audience
from yihui.services.events.webhooks import load_webhook_key
from yihui.services.rules.rules import SHIPPED_RULES

STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
GOLDEN = Path(__file__).parents[2] / "events" / "golden"
SENDERS = ServingOptions(chosen=frozenset({Audience.SENDERS}))
NOBODY = StreamAccess("127.0.0.1:1")  # where it is named, nothing here handles what was accepted


@pytest.fixture
def send() -> Sender:
    return Sender()


@pytest.fixture
def scaled(wiring: Wiring) -> Wiring:
    return build_wiring(replace(wiring.settings, kafka=NOBODY), wiring.now)


@pytest.fixture
def client(scaled: Wiring) -> Iterator[TestClient]:
    """A site that only accepts."""
    yield TestClient(create_app(scaled, SENDERS))
    scaled.close()


def waiting(wiring: Wiring) -> list[dict[str, object]]:
    with wiring.database.read() as connection:
        texts = connection.execute(select(ingress.c.event).order_by(ingress.c.sequence)).scalars()
        return [json.loads(text) for text in texts]


def post(
    client: TestClient, body: str | bytes, kind: str, **headers: str
) -> tuple[int, dict[str, list[object]]]:
    answer = client.post("/api/v1/events", content=body, headers={"content-type": kind, **headers})
    return answer.status_code, answer.json()


def test_where_brokers_are_named_the_site_only_accepts(wiring: Wiring, scaled: Wiring, send: Sender) -> None:
    with TestClient(create_app(scaled, SENDERS)) as client:
        assert post(client, send.joined(), STRUCTURED)[0] == 202
    assert len(waiting(wiring)) == 1  # leaving the client waits for a runner, if there is one


def test_events_of_the_sdk_are_taken_in_every_mode(client: TestClient, scaled: Wiring, send: Sender) -> None:
    attributes = json.loads(send.joined(envelope={"source": '/济南/%41 "x"', "comext": "好"}))
    data = attributes.pop("data")
    attributes["datacontenttype"] = "application/json"
    event = CloudEvent({**attributes, "time": datetime.fromisoformat(attributes["time"])}, data)
    for number, message in enumerate((to_binary(event, JSONFormat()), to_structured(event, JSONFormat())), 1):
        answer = client.post("/api/v1/events", content=message.body, headers=message.headers)
        assert answer.json() == {"accepted": ["e-1"], "rejected": []}, answer.text
        taken = waiting(scaled)[number - 1]
        assert (taken["source"], taken["comext"], taken["data"]) == ('/济南/%41 "x"', "好", data)


def test_another_charset_is_refused_with_its_name(client: TestClient, send: Sender) -> None:
    status, problem = post(client, send.joined(trade="外卖员").encode("gbk"), f"{STRUCTURED}; charset=GBK")
    assert (status, problem["errors"][0]["value"]) == (415, "gbk")  # type: ignore[index]


def test_a_wrong_charset_gives_way_to_bytes_that_are_utf_8(
    client: TestClient, scaled: Wiring, send: Sender
) -> None:
    body = send.joined(trade="外卖员").encode()
    assert post(client, body, f"{STRUCTURED}; charset=GBK")[0] == 202
    assert waiting(scaled)[0]["data"]["trade"] == "外卖员"
    doubtful = send.joined(trade="鲁路").encode("gbk")  # valid in UTF-8 as well, where it is ³·
    assert post(client, doubtful, f"{STRUCTURED}; charset=GBK")[0] == 415


@pytest.mark.parametrize("kind", [STRUCTURED, BATCH])
def test_another_charset_that_is_not_named_is_refused_as_well(
    kind: str, client: TestClient, scaled: Wiring, send: Sender
) -> None:
    """Nothing is taken with its characters replaced by others."""
    status, answer = post(
        client, send.joined(trade="外卖员").encode("gbk"), kind, **{"accept-language": "en"}
    )
    assert (status, answer["accepted"], waiting(scaled)) == (400, [], [])
    assert "not written in UTF-8" in answer["errors"][0]["message"]  # type: ignore[index]


def test_a_header_may_be_quoted_and_percent_encoded(client: TestClient, scaled: Wiring, send: Sender) -> None:
    event = json.loads(send.joined())
    headers = {f"ce-{name}": value for name, value in event.items() if name != "data"}
    headers |= {"ce-source": '"/a \\"b\\" %E6%B5%8E"', "ce-subject": '"m-1"'}
    kind = "application/vnd.union+json; charset=utf-8"
    assert post(client, json.dumps(event["data"]), kind, **headers)[0] == 202
    [taken] = waiting(scaled)
    assert (taken["source"], taken["subject"], taken["datacontenttype"]) == ('/a "b" 济', "m-1", kind)


def test_an_attribute_that_is_no_utf8_is_told(client: TestClient, scaled: Wiring, send: Sender) -> None:
    event = json.loads(send.joined())
    headers = {f"ce-{name}": value for name, value in event.items() if name != "data"} | {"ce-source": "%FF"}
    status, problem = post(client, json.dumps(event["data"]), "application/json", **headers)
    assert (status, problem["errors"][0]["field"]) == (422, "ce-source")  # type: ignore[index]
    assert waiting(scaled) == []


def test_data_that_came_as_bytes_are_read(client: TestClient, scaled: Wiring, send: Sender) -> None:
    event = json.loads(send.joined())
    data = event.pop("data")
    event["data_base64"] = base64.b64encode(json.dumps(data).encode()).decode()
    assert post(client, json.dumps(event), STRUCTURED)[1]["accepted"] == ["e-1"]
    assert waiting(scaled)[0]["data"] == data
    event["data_base64"] = base64.b64encode(b'{"level": 1, "level": 2}').decode()
    assert post(client, json.dumps(event), STRUCTURED)[0] == 400
    event["data_base64"] = "no base64"
    assert len(post(client, json.dumps(event), STRUCTURED)[1]["rejected"]) == 1


def test_an_empty_batch_is_accepted_as_nothing(client: TestClient, scaled: Wiring) -> None:
    assert post(client, "[]", BATCH) == (202, {"accepted": [], "rejected": []})
    assert waiting(scaled) == []


def test_a_batch_that_is_no_list_is_refused_whole(client: TestClient, scaled: Wiring, send: Sender) -> None:
    status, problem = post(client, send.joined(), BATCH, **{"accept-language": "en"})
    assert (status, problem["errors"][0]["remedy"]) == (422, "put the events into a list, even a single one")  # type: ignore[index]
    assert waiting(scaled) == []


@pytest.mark.parametrize(("filling", "is_taken"), [(999_000, True), (1_000_000, False)])
def test_an_event_that_no_broker_takes_is_refused_at_the_door(
    filling: int, is_taken: bool, client: TestClient, scaled: Wiring, send: Sender
) -> None:
    lines = [send.joined("m-1"), send.joined("m-2", envelope={"comnote": "x" * filling}), send.joined("m-3")]
    status, answer = post(client, f"[{','.join(lines)}]", BATCH, **{"accept-language": "en"})
    assert (status, answer["accepted"]) == (202, ["e-1", "e-2", "e-3"] if is_taken else ["e-1", "e-3"])
    for rejected in answer["rejected"]:
        assert (rejected["index"], rejected["id"]) == (1, "e-2")  # type: ignore[index]
        assert "1,000,000" in rejected["errors"][0]["message"]  # type: ignore[index]
    assert len(waiting(scaled)) == len(answer["accepted"])


def test_nobody_may_speak_for_the_ledger(client: TestClient, scaled: Wiring, send: Sender) -> None:
    """Behind a relay it would go out as an outcome, and have none itself."""
    files = sorted(GOLDEN.glob("benefit.*.json"))
    outcomes = [json.dumps(json.loads(file.read_text("utf-8"))["event"]) for file in files]
    status, answer = post(client, f"[{','.join([*outcomes, send.joined()])}]", BATCH)
    assert (status, answer["accepted"]) == (202, ["e-1"])
    assert [item["index"] for item in answer["rejected"]] == [*range(len(files))] != []  # type: ignore[index]
    assert all("驿惠" in item["errors"][0]["message"] for item in answer["rejected"])  # type: ignore[index]
    assert len(waiting(scaled)) == 1


@pytest.mark.parametrize("kind", ["application/cloudevents+xml", "text/json", ""])
def test_formats_that_we_dont_read_are_refused_as_such(
    kind: str, client: TestClient, scaled: Wiring, send: Sender
) -> None:
    answer = client.post("/api/v1/events", content=send.joined(), headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (415, "application/problem+json")
    assert waiting(scaled) == []


def test_too_much_that_waits_closes_the_gate_and_nothing_is_half_accepted(
    wiring: Wiring, send: Sender
) -> None:
    scaled = build_wiring(replace(wiring.settings, kafka=NOBODY, ingress_limit=5), wiring.now)
    with TestClient(create_app(scaled, SENDERS)) as client:
        batch = f"[{','.join(send.joined(f'm-{n}') for n in range(4))}]"
        assert [post(client, batch, BATCH)[0] for _ in range(4)] == [202, 202, 429, 429]
        refused = client.post(
            "/api/v1/events", content=batch, headers={"content-type": BATCH, "accept-language": "zh"}
        )
    assert len(waiting(wiring)) == 8
    assert int(refused.headers["retry-after"]) > 0
    assert refused.headers["content-type"] == "application/problem+json"
    assert "5" in refused.json()["errors"][0]["message"] and refused.json()["errors"][0]["remedy"]
    scaled.close()


def test_the_gate_opens_again_by_itself_and_seldom_looks() -> None:
    now, levels, looks = [0.0], [0], [0]

    def look() -> int:
        looks[0] += 1
        return levels[0]

    gate = IngressGate(10, look, lambda: now[0])
    for _ in range(10):
        gate.check()
        gate.add_accepted(1)
    assert looks[0] == 1
    levels[0] = 10
    for _ in range(5):
        with pytest.raises(IngressFull):
            gate.check()
    assert looks[0] == 2
    levels[0], now[0] = 9, 1.5
    gate.check()
    assert looks[0] == 3
    levels[0] = 4  # what was handled meanwhile counts as soon as our own count says that it is full
    gate.add_accepted(1)
    gate.check()
    assert looks[0] == 4


WITHIN_S = 60.0


def test_what_became_of_a_posted_event_is_told_while_the_site_runs(
    migrated_file: Path, tmp_path: Path
) -> None:
    copy(migrated_file, tmp_path / "yihui.db")
    wiring = build_wiring(Settings(str(tmp_path / "yihui.db"), tmp_path, (SHIPPED_RULES,)))
    send = Sender()
    with receiving() as receiver, TestClient(create_app(wiring, SENDERS)) as client:
        with wiring.database.write() as connection:
            added = add_webhook(connection, receiver.url, (), datetime.now(UTC))
        for text in (send.joined("m-7"), send.birthday("m-7")):
            answer = client.post(
                "/api/v1/events", content=text, headers={"content-type": "application/cloudevents+json"}
            )
            assert answer.status_code == 202
        _until(receiver, 2)
    told = [
        Verifier(load_webhook_key(wiring).derive_secret(added.id)).verify(heard.body, dict(heard.headers))
        for heard in receiver.heard
    ]
    granted = {one["data"]["rule"] for one in told if one["type"] == "benefit.granted"}
    assert {"new-member-pack", "birthday-cake"} <= granted
    assert {one["subject"] for one in told} == {"m-7"}
    assert "m-7" not in json.dumps([one["data"] for one in told])
    wiring.close()


def _until(receiver: Receiver, number: int) -> None:
    until = time.monotonic() + WITHIN_S
    while len({heard.id for heard in receiver.heard if '"benefit.granted"' in heard.body}) < number:
        assert time.monotonic() < until, f"only {len(receiver.heard)} were told"
        time.sleep(0.02)  # a thread of the site tells: there is nothing to wait on
