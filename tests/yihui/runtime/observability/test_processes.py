"""Relay and worker as processes: what they tell Prometheus, how they end."""

import json
import re
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from events import Event, accept_events, parse_event
from events.stream.access import StreamAccess
from events.stream.administration import apply_topic_changes
from store import open_database
from tools.servers.kafka import brokers
from tools.servers.postgres import free_port
from tools.servers.sending import Sender
from tools.servers.streaming import Worker, environment, produce, running, wait_until

pytestmark = pytest.mark.needs("kafka")


def told(port: int) -> dict[tuple[str, str], float]:
    """Samples by name and outcome (or nothing); empty while nobody listens yet."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    except (urllib.error.URLError, ConnectionError):
        return {}
    found: dict[tuple[str, str], float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = sample.name, sample.labels.get("outcome") or sample.labels.get("origin") or ""
            found[key] = found.get(key, 0) + sample.value
    return found


@contextmanager
def relaying(given: dict[str, str], folder: Path, port: int) -> Iterator[Worker]:
    with running(given, folder, "--probes", str(port), module=("yihui", "relay"), name="relay") as relay:
        yield relay


@pytest.mark.endure
def test_an_accepted_event_is_counted_by_relay_and_worker(
    target: str, access: StreamAccess, tmp_path: Path
) -> None:
    apply_topic_changes(access)
    send, now = Sender(), datetime.now(UTC)
    read = [parse_event(line, now) for line in (send.imported(), send.birthday())]
    database = open_database(target)
    with database.write() as connection:
        accept_events(connection, [event for event in read if isinstance(event, Event)], now)
    database.close()
    given = environment(access, target, tmp_path, YIHUI_LOG="json")
    at_relay, at_worker = free_port(), free_port()
    with (
        relaying(given, tmp_path, at_relay) as relay,
        running(given, tmp_path, "--probes", str(at_worker)) as worker,
    ):
        wait_until(lambda: told(at_worker).get(("yihui_events_total", "handled")) == 2, worker, within_s=90)
        wait_until(lambda: ("yihui_consumer_lag", "") in told(at_worker), worker, within_s=30)
        wait_until(lambda: told(at_worker)["yihui_consumer_lag", ""] == 0, worker, within_s=30)
        wait_until(lambda: told(at_relay).get(("yihui_published_total", "outbox"), 0) > 0, relay, within_s=30)
        found = told(at_worker)
        assert told(at_relay)["yihui_published_total", "http"] == 2
        assert found["yihui_rulings_total", "granted"] > 0
        assert (found["yihui_database_up", ""], found["yihui_ingress_waiting", ""]) == (1, 0)
        assert (relay.stop(), worker.stop()) == (0, 0)
    for log in (relay.log, worker.log):
        lines = [line for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
        assert all({"time", "level", "logger", "message"} <= set(json.loads(line)) for line in lines)


@pytest.mark.endure
def test_an_outage_of_the_broker_fills_no_log(migrated_file: Path, tmp_path: Path) -> None:
    """Faust and aiokafka try again and again, and say so each time."""
    target = str(shutil.copy(migrated_file, tmp_path / "yihui.db"))
    with brokers() as cluster:
        access = StreamAccess(cluster.servers)
        apply_topic_changes(access)
        send, port = Sender(), free_port()
        produce(access, [send.imported()])
        given = environment(access, target, tmp_path, YIHUI_LOG="json")
        with running(given, tmp_path, "--probes", str(port)) as worker:
            wait_until(lambda: told(port).get(("yihui_events_total", "handled")) == 1, worker, within_s=90)
            before = len(lines_of(worker))
            cluster.brokers[0].kill()
            wait_until(lambda: any("times more)" in line for line in lines_of(worker)), worker, within_s=60)
            cluster.brokers[0].start()
            produce(access, [send.birthday()])
            wait_until(lambda: told(port).get(("yihui_events_total", "handled")) == 2, worker, within_s=90)
            said = [json.loads(line) for line in lines_of(worker)[before:]]
    held_back = [
        int(found[1]) for line in said if (found := re.search(r"\(and (\d+) times more\)", line["message"]))
    ]
    assert len(said) < 200
    assert sum(held_back) > 0


def lines_of(worker: Worker) -> list[str]:
    return [line for line in worker.log.read_text("utf-8").splitlines() if line.startswith("{")]
