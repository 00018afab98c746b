"""A topic read again: from its start, a time, an offset; up to where it ended; nobody's offsets move."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events import BatchOutcome, Event, EventRunner, parse_event
from events.replaying import FileReplaySource, LedgerReplay
from events.stream.access import StreamAccess
from events.stream.faults import NoStream
from events.stream.message import build_message
from events.stream.replaying import TopicReplaySource
from rules import RuleLibrary
from store import open_database
from tests.events.stream.reading import make_topics
from tools.servers import kafka
from tools.servers.sending import NOW, Sender, ledger

pytestmark = [pytest.mark.endure, pytest.mark.needs("kafka")]


@pytest.fixture
def small(migrated_file: Path, tmp_path: Path, library: RuleLibrary) -> EventRunner:
    """A database of its own for what doesn't depend on which."""
    path = shutil.copy(migrated_file, tmp_path / "small.db")
    return EventRunner(open_database(str(path)), lambda _: library, lambda: NOW, batch_size=5)


@pytest.fixture
def topic(access: StreamAccess) -> str:
    # One test dates its messages months back; a broker's own retention of seven days would delete them
    # whenever it happens to look.
    make_topics(access, partitions=3, retention_ms="-1")
    return access.topic_name("member-events")


def publish(access: StreamAccess, topic: str, lines: Sequence[str], at: Sequence[int] | None = None) -> None:
    """In order; ``at`` are the messages' times in ms."""
    from kafka import KafkaProducer

    producer = KafkaProducer(**access.kafka_arguments(), acks="all")
    for number, line in enumerate(lines):
        event = parse_event(line, NOW)
        if isinstance(event, Event):
            message = build_message(event.text)
            key, value, headers = message.key, message.value, list(message.headers)
        else:
            key, value, headers = b"m-1", line.encode(), []
        producer.send(topic, value, key, headers, timestamp_ms=at[number] if at else None)
    producer.flush()
    producer.close()


def lives(send: Sender) -> list[str]:
    return [line for n in range(10) for line in (send.joined(f"m-{n}"), send.birthday(f"m-{n}"))]


def run(runner: EventRunner, source: TopicReplaySource | FileReplaySource) -> BatchOutcome:
    outcomes = BatchOutcome()
    for _, portion in LedgerReplay(runner).run(source):
        outcomes.add(portion)
    return outcomes


def test_a_topic_replayed_gives_the_ledger_of_its_events_and_twice_the_same(
    access: StreamAccess, topic: str, runner: EventRunner, small: EventRunner, send: Sender, tmp_path: Path
) -> None:
    lines = lives(send)
    publish(access, topic, [*lines, "no event"])
    source = TopicReplaySource(access, topic)
    assert source.total == 21
    done = run(runner, source)
    assert (done.handled, [letter.reason for letter in done.dead_letters]) == (20, ["not_json"])
    assert done.dead_letters[0].origin.startswith(f"{topic}:")
    again = run(runner, TopicReplaySource(access, topic))
    assert (again.handled, again.duplicates) == (0, 20)
    (tmp_path / "e.jsonl").write_text("\n".join(lines), encoding="utf-8")
    run(small, FileReplaySource(tmp_path / "e.jsonl"))
    assert ledger(runner.database) == ledger(small.database)


def test_a_topic_is_replayed_from_a_time(
    access: StreamAccess, topic: str, runner: EventRunner, send: Sender
) -> None:
    morning = datetime(2026, 5, 1, tzinfo=UTC)
    at = [int((morning + timedelta(hours=n)).timestamp() * 1000) for n in range(20)]
    publish(access, topic, [send.joined(f"m-{n}") for n in range(20)], at)
    source = TopicReplaySource(access, topic, since=morning + timedelta(hours=15))
    assert source.total == 5
    assert run(runner, source).handled == 5
    assert run(runner, TopicReplaySource(access, topic, since=morning + timedelta(days=9))).handled == 0


def test_a_topic_is_replayed_from_an_offset_of_a_partition_and_no_other(
    access: StreamAccess, topic: str, runner: EventRunner, send: Sender
) -> None:
    publish(access, topic, [send.joined("m-1") for _ in range(6)])  # all in one partition
    ends = TopicReplaySource(access, topic)
    with ends._opened() as opened:
        (partition,) = [p for p, end in opened.ends().items() if end]
    assert run(runner, TopicReplaySource(access, topic, offsets={partition: 4})).handled == 2


def test_what_comes_while_it_is_replayed_is_left_to_the_workers(
    access: StreamAccess, topic: str, runner: EventRunner, send: Sender
) -> None:
    publish(access, topic, [send.joined(f"m-{n}") for n in range(10)])
    handled = 0
    for _, portion in LedgerReplay(runner).run(TopicReplaySource(access, topic)):
        if not handled:
            publish(access, topic, [send.joined(f"m-{n}") for n in range(20, 25)])
        handled += portion.handled
    assert handled == 10


def test_a_broker_that_dies_meanwhile_is_told_and_the_replay_goes_on_when_it_is_back(
    small: EventRunner, send: Sender
) -> None:
    with kafka.brokers() as cluster:
        access = StreamAccess(cluster.servers, prefix="dies")
        make_topics(access, partitions=2)
        topic = access.topic_name("member-events")
        long = {"padding": "x" * 20_000}  # more than a consumer fetches ahead
        publish(access, topic, [send.joined(f"m-{n}", envelope=long) for n in range(600)])
        source = TopicReplaySource(access, topic, silent_at_most_s=1.0)
        handled = 0
        with pytest.raises(NoStream):
            for _, portion in LedgerReplay(replace(small, batch_size=50)).run(source):
                cluster.brokers[0].kill()
                handled += portion.handled
        assert 0 < handled < 600
        cluster.brokers[0].start()
        rest = run(replace(small, batch_size=50), TopicReplaySource(access, topic))
        assert (rest.handled, rest.duplicates) == (600 - handled, 0)


def test_a_replay_moves_no_groups_offsets(
    access: StreamAccess, topic: str, runner: EventRunner, send: Sender
) -> None:
    from kafka.admin import KafkaAdminClient

    publish(access, topic, lives(send))
    admin = KafkaAdminClient(**access.kafka_arguments())
    before = admin.list_groups() if hasattr(admin, "list_groups") else admin.list_consumer_groups()
    run(runner, TopicReplaySource(access, topic))
    after = admin.list_groups() if hasattr(admin, "list_groups") else admin.list_consumer_groups()
    admin.close()
    assert sorted(map(str, before)) == sorted(map(str, after))
