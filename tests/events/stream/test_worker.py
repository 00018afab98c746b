"""Real workers on a real broker and a real database: what comes in by the topics is in the ledger, once."""

import json
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import select

from events import dead_letters, list_unpublished
from events.stream.access import StreamAccess
from events.stream.administration import apply_topic_changes
from events.stream.producer import Producer
from events.stream.relay import Relay, RelaySource, ingress_source, outbox_source
from rules import RuleLibrary
from store import Database, inbox, open_database
from tests.events.running import accept, count
from tests.events.stream.reading import read
from tests.transactions import read_in, values_in
from tools.servers.sending import NOW, Sender, handle_in, ledger
from tools.servers.streaming import (
    environment,
    group,
    produce,
    produce_raw,
    running,
    wait_until,
    wait_until_done,
)

pytestmark = pytest.mark.needs("kafka", "postgres")


@pytest.fixture
def opened(migrated_server: str) -> Iterator[Database]:
    database = open_database(migrated_server)
    yield database
    database.close()


@pytest.fixture
def given(topics: StreamAccess, migrated_server: str, tmp_path: Path) -> dict[str, str]:
    return environment(topics, migrated_server, tmp_path)


def events(send: Sender, members: int) -> list[str]:
    """Each member's events follow one another, so that a short batch holds grants too."""
    lines: list[str] = []
    for n in range(members):
        lines += [send.imported(f"m-{n:04}"), send.birthday(f"m-{n:04}")]
        lines += [send.certified(f"m-{n:04}")] if n % 3 == 0 else []
    return lines


def unhandled(access: StreamAccess, database: Database) -> list[str]:
    """Events before the committed offsets that the ledger doesn't know: must be none at any time."""
    with group(access) as looked:
        committed = looked.read_progress().committed
    # Looked at afterwards: what is committed by then only makes it harder.
    known = set(values_in(database, select(inbox.c.id)))
    places = [TopicPartition(*place) for place, offset in committed.items() if offset]
    if not places:
        return []
    consumer = KafkaConsumer(bootstrap_servers=access.servers, enable_auto_commit=False)
    consumer.assign(places)
    consumer.seek_to_beginning()
    done: list[str] = []
    while any(consumer.position(p) < committed[p.topic, p.partition] for p in places):
        for place, messages in consumer.poll(timeout_ms=1000).items():
            ends = committed[place.topic, place.partition]
            done += [dict(m.headers)["ce_id"].decode() for m in messages if m.offset < ends]
    consumer.close()
    return [name for name in done if name not in known]


@pytest.mark.always
def test_the_way_from_accepted_events_to_outcomes_is_that_of_the_embedded_runner(
    access: StreamAccess,
    migrated_server: str,
    opened: Database,
    migrated_file: Path,
    library: RuleLibrary,
    send: Sender,
    tmp_path: Path,
) -> None:
    apply_topic_changes(access)
    assert apply_topic_changes(access) == ()
    lines = events(send, 100)
    accept(opened, lines)
    relay(opened, access, ingress_source(access))
    with running(environment(access, migrated_server, tmp_path), tmp_path) as worker:
        wait_until_done(access, worker)
        assert worker.stop() == 0, worker.read_log()
    embedded = open_database(str(shutil.copy(migrated_file, tmp_path / "embedded.db")))
    handle_in(embedded, library, lines, 50)
    assert ledger(opened) == ledger(embedded)
    assert count(opened) == len(lines)
    told = [json.loads(one.text) for one in read_in(embedded, list_unpublished, 1_000)]
    embedded.close()
    relay(opened, access, outbox_source(access, lambda: NOW))
    heard = read(access, access.topic_name("benefit-events"))
    assert sorted(one.key for one in heard) == sorted(one["subject"] for one in told) != []


def relay(database: Database, access: StreamAccess, source: RelaySource) -> None:
    """Send all that waits, as `yihui relay --once` does."""
    with closing(Producer(access)) as producer:
        while Relay(database, producer, [source], lambda: NOW).relay_once():
            pass


@pytest.mark.endure
def test_what_is_no_event_becomes_a_dead_letter_and_holds_up_nothing(
    topics: StreamAccess, given: dict[str, str], opened: Database, send: Sender, tmp_path: Path
) -> None:
    good = json.loads(send.imported())
    binary = [(f"ce_{name}", str(value).encode()) for name, value in good.items() if name != "data"]
    body = json.dumps(good["data"]).encode()
    produce_raw(topics, b"\xff\xfe\x00 no text at all")
    produce_raw(topics, None)
    produce_raw(topics, b"", [("ce_id", b"\xff\xff")])
    produce_raw(topics, b"{", binary)
    produce_raw(topics, body, [*binary, ("content-type", b"\xff")])
    produce_raw(topics, b"[" * 100_000)
    produce_raw(topics, body, [(name, b"\x00" if name == "ce_source" else value) for name, value in binary])
    produce_raw(topics, json.dumps(good).encode(), [("content-type", b"application/cloudevents+json")])
    with running(given, tmp_path) as worker:
        wait_until_done(topics, worker)
        assert worker.stop() == 0, worker.read_log()
    assert count(opened) == 1
    letters = read_in(opened, dead_letters.find_dead_letters)
    assert len(letters) == 7
    assert all(letter.origin.startswith(f"{topics.topic_name('member-events')}:") for letter in letters)


@pytest.mark.endure
def test_workers_that_are_killed_lose_and_double_nothing(
    topics: StreamAccess, given: dict[str, str], opened: Database, send: Sender, tmp_path: Path
) -> None:
    lines = events(send, 400)
    produce(topics, lines)
    for life in range(4):
        before = count(opened)
        with running(given, tmp_path, "--instance", "a") as worker:
            wait_until(partial(moved, opened, before, len(lines)), worker)
            worker.kill()
        assert unhandled(topics, opened) == [], life
    with running(given, tmp_path, "--instance", "a") as worker:
        produce(topics, [send.imported("m-last")])  # so that it is up before it is stopped
        wait_until_done(topics, worker)
        assert worker.stop() == 0, worker.read_log()
    assert count(opened) == len(lines) + 1


def moved(database: Database, before: int, all_: int) -> bool:
    return before < count(database) or before == all_


@pytest.mark.endure
def test_sigterm_in_the_middle_of_a_batch_lets_it_end_and_commits_its_offsets(
    topics: StreamAccess, given: dict[str, str], opened: Database, send: Sender, tmp_path: Path
) -> None:
    produce(topics, [send.imported(f"m-{n:04}") for n in range(300)])
    with opened.write() as lock, running(given, tmp_path, "--instance", "a") as worker:
        lock.exec_driver_sql("LOCK TABLE inbox IN SHARE MODE")
        wait_until(lambda: waiting_for_locks(opened), worker)
        worker.process.send_signal(signal.SIGTERM)
        lock.commit()
        assert worker.wait(15) == 0, worker.read_log()
    assert 0 < count(opened) <= 300
    assert unhandled(topics, opened) == []
    with group(topics) as looked:
        assert sum(looked.read_progress().committed.values()) == count(opened)


def waiting_for_locks(database: Database) -> int:
    with database.read() as connection:
        query = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        return int(connection.exec_driver_sql(query).scalar_one())


@pytest.mark.endure
def test_sigterm_ends_even_what_hangs_in_the_database(
    topics: StreamAccess, given: dict[str, str], opened: Database, send: Sender, tmp_path: Path
) -> None:
    produce(topics, [send.imported(f"m-{n:04}") for n in range(10)])
    with opened.write() as lock, running(given, tmp_path) as worker:
        lock.exec_driver_sql("LOCK TABLE inbox IN SHARE MODE")
        wait_until(lambda: waiting_for_locks(opened), worker)
        assert worker.stop(within_s=30) == 0
        assert unhandled(topics, opened) == []


@pytest.mark.endure
def test_a_worker_that_stands_still_ends_itself(
    topics: StreamAccess, given: dict[str, str], opened: Database, send: Sender, tmp_path: Path
) -> None:
    """Its transaction hangs, which is no outage that anybody retries. It leaves nothing behind."""
    produce(topics, [send.imported()])
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    given["TMPDIR"] = str(temporary)
    with opened.write() as lock, running(given, tmp_path, "--patience", "5") as worker:
        lock.exec_driver_sql("LOCK TABLE inbox IN SHARE MODE")
        assert worker.wait(60) == 75, worker.read_log()
    assert list(temporary.iterdir()) == []
