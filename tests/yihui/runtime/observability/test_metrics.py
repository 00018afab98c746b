"""What Prometheus is told: read back with its own parser."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as Gate
from time import time

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert

from benefits import Officer, set_budget
from events import BatchOutcome, InboundEvent, accept_events, parse_event, process_batch
from events.stream.access import StreamAccess
from events.stream.batching import StreamPartition, WorkerObserver
from store import Database, outbox, store_error
from tests.events.receiving import Reply, receiving
from tests.events.telling import World, happened
from tools.servers.sending import NOW, Sender, handle_in
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.http.app import create_app
from yihui.http.guard.serving import ServingOptions
from yihui.runtime.audiences import Audience
from yihui.runtime.demo_marker import DEMO_MARKER_FILE
from yihui.runtime.observability.backlog import Backlog, count_backlog
from yihui.runtime.observability.metrics import Metrics
from yihui.runtime.observability.scraping import DatabaseCollector
from yihui.services.operation.backup_folder import Retention, back_up_into_folder
from yihui.services.rules.rules import SHIPPED_RULES, read_library

SENDERS, OFFICERS, BOTH = (
    ServingOptions(chosen=frozenset(chosen))
    for chosen in ({Audience.SENDERS}, {Audience.OFFICERS}, {Audience.SENDERS, Audience.OFFICERS})
)
Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def values(text: bytes) -> Values:
    """Every sample by name and labels; Prometheus's parser refuses what is no exposition."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text.decode())
        for sample in family.samples
    }


def of(found: Values, name: str, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


@pytest.fixture
def wiring(target: str, tmp_path: object) -> Iterator[Wiring]:
    made = build_wiring(Settings(database=target, data_folder=tmp_path), now=lambda: NOW)  # type: ignore[arg-type]
    (tmp_path / DEMO_MARKER_FILE).touch()  # type: ignore[operator]
    yield made
    made.close()


def test_what_a_batch_brought_is_counted_by_rule_outcome_and_kind_of_reason(database: Database) -> None:
    send, library = Sender(), read_library([SHIPPED_RULES])
    lines = [send.imported(), send.birthday(), send.birthday(), "{", send.birthday("m-9")]
    lines.append(lines[1])
    outcomes = handle_in(database, library, lines, len(lines))
    metrics = Metrics(lambda: NOW)
    metrics.batch(outcomes, 0.2)
    found = values(metrics.render_text())
    assert {key: of(found, "yihui_events_total", outcome=key) for key in ("handled", "duplicate", "dead_letter")} == {
        "handled": outcomes.handled, "duplicate": 1, "dead_letter": 2,
    }  # fmt: skip
    assert of(found, "yihui_dead_letters_total", reason="not_json") == 1
    assert of(found, "yihui_rulings_total", rule="birthday-cake", outcome="granted") == 1
    assert of(found, "yihui_rulings_total", rule="birthday-cake", outcome="refused") == 1
    assert of(found, "yihui_refusals_total", rule="birthday-cake", reason="limit-reached") == 1
    (granted,) = [
        r for r in outcomes.rulings if r.outcome == "granted" and r.decision.rule_id == "birthday-cake"
    ]
    assert of(found, "yihui_granted_fen_total", rule="birthday-cake") == granted.decision.amount_fen > 0
    assert of(found, "yihui_batch_seconds_sum") == 0.2
    assert of(found, "yihui_batch_seconds_bucket", le="0.1") == 0
    assert of(found, "yihui_batch_seconds_bucket", le="0.25") == 1
    assert of(found, "yihui_last_batch_timestamp_seconds") == NOW.timestamp()


def test_no_label_names_a_person(database: Database) -> None:
    send = Sender()
    lines = [
        send.imported("m-secret"),
        send.birthday("m-secret"),
        send.birthday("m-secret"),
        send.birthday("m-nobody"),
    ]
    metrics = Metrics(lambda: NOW)
    metrics.batch(handle_in(database, read_library([SHIPPED_RULES]), lines, 4), 0.1)
    assert b"m-secret" not in metrics.render_text()
    assert b"m-nobody" not in metrics.render_text()


def test_lag_is_told_until_the_partition_is_another_ones() -> None:
    metrics = Metrics(lambda: NOW)
    told: WorkerObserver = metrics
    told.lag({StreamPartition("yihui.member-events", 3): 17, StreamPartition("yihui.member-events", 4): 2})
    metrics.count_published("http", 5)
    found = values(metrics.render_text())
    assert of(found, "yihui_consumer_lag", topic="yihui.member-events", partition="3") == 17
    assert of(found, "yihui_published_total", origin="http") == 5
    metrics.lag({StreamPartition("yihui.member-events", 4): 0})
    assert b'partition="3"' not in metrics.render_text()


def test_the_last_backup_into_a_folder_is_dated_once_there_is_one(wiring: Wiring, tmp_path: Path) -> None:
    name, folder = "yihui_last_backup_timestamp_seconds", tmp_path / "backups"
    folder.mkdir()
    assert name not in wiring.metrics.render_text().decode()
    before = time()
    back_up_into_folder(wiring, folder, Retention(1, 0, 0), recipients=())
    assert before - 1 < of(values(wiring.metrics.render_text()), name) < time() + 1


def test_what_lies_in_the_database_is_read_when_it_is_asked_for(wiring: Wiring) -> None:
    send = Sender()
    officer = Officer("gh-001", NOW, NOW.date(), "年度预算")
    assert of(values(wiring.metrics.render_text()), "yihui_ingress_waiting") == 0
    with wiring.database.write() as connection:
        set_budget(connection, "birthday-cake", 100_000, officer)
        items = [
            InboundEvent(parse_event(text, NOW), "x") for text in (send.imported(), send.birthday(), "{")
        ]
        made = process_batch(items, connection, wiring.rulebook.for_batch(connection), NOW)
        event = parse_event(send.birthday("m-2"), NOW)
        accept_events(connection, [event], NOW - timedelta(seconds=90))  # type: ignore[list-item]
        accept_events(connection, [event], NOW)  # type: ignore[list-item]
    found = values(wiring.metrics.render_text())
    spent = sum(r.decision.amount_fen for r in made.rulings if r.decision.rule_id == "birthday-cake")
    assert of(found, "yihui_database_up") == 1
    assert of(found, "yihui_budget_ceiling_fen", budget="birthday-cake") == 100_000
    assert of(found, "yihui_budget_promised_fen", budget="birthday-cake") == spent > 0
    assert of(found, "yihui_budget_left_fen", budget="birthday-cake") == 100_000 - spent
    assert of(found, "yihui_ingress_waiting") == 2
    assert of(found, "yihui_ingress_oldest_seconds") == 90
    assert of(found, "yihui_dead_letters_waiting", reason="not_json") == 1
    assert of(found, "yihui_unsealed_batches") == 1  # a transaction is one batch


def test_only_unpublished_outcomes_wait(database: Database) -> None:
    row = {"id": "a", "key": "m-1", "type": "benefit.granted", "data": "{}", "recorded_at": NOW, "batch": 0}
    with database.write() as connection:
        connection.execute(
            insert(outbox), [{**row, "published_at": NOW}, {**row, "id": "b", "published_at": None}]
        )
        assert count_backlog(connection, to_topic=True).outbox == 1


def test_where_no_topic_is_to_hear_of_it_no_outcome_waits(wiring: Wiring) -> None:
    """Else an installation without brokers would look as if its relay were dead."""
    send = Sender()
    handle_in(wiring.database, wiring.library, [send.imported(), send.birthday()], 2)
    assert b"yihui_outbox_waiting" not in wiring.metrics.render_text()


def test_what_receivers_were_not_told_is_counted_by_receiver_and_state(wiring: Wiring) -> None:
    world = World(wiring.database)
    with receiving(lambda heard: Reply(500 if heard.member == "m-2" else 204)) as receiver:
        id_ = world.add(receiver.url).id
        happened(wiring.database, "a", "b", member="m-1")
        happened(wiring.database, "c", "d", member="m-2")
        counted = []
        for days in (4, 0):
            world.tell()
            found = values(wiring.metrics.render_text())
            counted.append(
                [
                    of(found, "yihui_webhook_deliveries", webhook=id_, state=state)
                    for state in ("waiting", "given_up")
                ]
            )
            world.wait(days=days)
    assert counted == [[2, 0], [0, 2]]
    assert receiver.url.encode() not in wiring.metrics.render_text()


def test_a_budget_that_nobody_set_has_nothing_left_to_tell(wiring: Wiring) -> None:
    send = Sender()
    handle_in(wiring.database, wiring.library, [send.imported(), send.birthday()], 2)
    text = wiring.metrics.render_text()
    assert b"yihui_budget_promised_fen{" in text
    assert b"yihui_budget_left_fen{" not in text


def test_metrics_are_told_while_the_database_is_away() -> None:
    def look() -> Backlog:
        raise store_error("unreachable", "postgresql://away", "connection refused")

    metrics = Metrics(lambda: NOW, look)
    metrics.batch(BatchOutcome(handled=1), 0.1)
    found = values(metrics.render_text())
    assert of(found, "yihui_database_up") == 0
    assert of(found, "yihui_events_total", outcome="handled") == 1
    assert not any(name == "yihui_ingress_waiting" for name, _ in found)


def test_a_database_that_never_answers_holds_nobody_up_and_is_asked_once() -> None:
    answers, asked = Gate(), []

    def look() -> Backlog:
        asked.append(1)
        answers.wait(30)
        return Backlog(4, None, 0, 0, {}, {}, ())

    collector = DatabaseCollector(look, lambda: NOW, limit_s=0.05)
    began = datetime.now(UTC)
    for _ in range(3):
        assert [(m.name, m.samples[0].value) for m in collector.collect()] == [("yihui_database_up", 0.0)]
    assert datetime.now(UTC) - began < timedelta(seconds=20)
    assert len(asked) == 1
    answers.set()
    collector._question.limit_s = 30
    assert collector._question.answer(30) is not None  # of the question that was asked first
    assert len(asked) == 1
    assert {m.name: m.samples[0].value for m in collector.collect() if m.samples}[
        "yihui_ingress_waiting"
    ] == 4


def test_the_site_answers_at_metrics_and_counts_what_its_runner_did(wiring: Wiring) -> None:
    send = Sender()
    with TestClient(create_app(wiring, SENDERS)) as client:
        posted = client.post(
            "/api/v1/events", content=send.imported(), headers={"content-type": "application/json"}
        )
        assert posted.status_code == 202
    with TestClient(create_app(wiring, OFFICERS)) as client:  # leaving the first one waited for its runner
        answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    found = values(answer.content)
    assert of(found, "yihui_events_total", outcome="handled") == 1
    assert of(found, "yihui_ingress_waiting") == 0


def test_what_comes_over_http_is_counted_by_its_answer(wiring: Wiring) -> None:
    closed = build_wiring(
        replace(wiring.settings, kafka=StreamAccess("127.0.0.1:1"), ingress_limit=2), wiring.now
    )
    events = [json.loads(Sender().imported(f"m-{n}")) for n in range(2)]
    with TestClient(create_app(closed, BOTH)) as client:
        codes = [client.post("/api/v1/events", json=[*events, 7]).status_code for _ in range(3)]
        found = values(client.get("/metrics").content)
    closed.close()
    assert codes == [202, 429, 429]
    assert of(found, "yihui_received_total", door="events", answer="accepted") == 2
    assert of(found, "yihui_received_total", door="events", answer="rejected") == 1
    assert of(found, "yihui_turned_away_total") == 2


def test_metrics_are_for_this_machine_only(wiring: Wiring) -> None:
    client = TestClient(create_app(wiring, OFFICERS), base_url="http://evil.example")
    assert client.get("/metrics").status_code == 403
