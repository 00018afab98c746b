"""Databases and brokers that go away and come back, and partitions that go from worker to worker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition

from events.stream.access import StreamAccess
from events.stream.batching import StreamPartition
from events.stream.partitions import fetch_first_offset
from store import Database, migrate_database, open_database
from tests.events.running import count
from tools.servers import kafka, postgres
from tools.servers.sending import Sender
from tools.servers.streaming import (
    environment,
    group,
    livez,
    make_topics,
    produce,
    running,
    wait_until,
    wait_until_done,
)

pytestmark = [pytest.mark.endure, pytest.mark.needs("kafka", "postgres")]


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """A PostgreSQL that is stopped now and then, with a migrated database."""
    with postgres.cluster() as url:
        opened = open_database(f"{url}/postgres")
        migrate_database(opened)
        opened.close()
        yield url


def test_a_database_that_is_away_stops_the_worker_until_it_is_back(
    access: StreamAccess, cluster: str, send: Sender, tmp_path: Path
) -> None:
    make_topics(access)
    given = environment(access, f"{cluster}/postgres", tmp_path)
    produce(access, [send.imported(f"m-{n:04}") for n in range(100)])
    with running(given, tmp_path, "--instance", "a", "--patience", "30") as worker:
        wait_until_done(access, worker)
        with postgres.stopped(cluster):
            produce(access, [send.birthday(f"m-{n:04}") for n in range(100)])
            wait_until(lambda: "waiting: the database" in worker.read_log(), worker)
            with group(access) as looked:
                assert sum(looked.read_progress().committed.values()) == 100
        wait_until_done(access, worker)
        assert stored(cluster) == 200
        with postgres.stopped(cluster):
            produce(access, [send.certified(f"m-{n:04}") for n in range(100)])
            wait_until(lambda: worker.read_log().count("waiting: the database") > 1, worker)
            assert worker.stop(within_s=25) == 0, worker.read_log()
    with group(access) as looked:
        assert sum(looked.read_progress().committed.values()) == 200
    with running(given, tmp_path, "--instance", "a") as worker:
        wait_until_done(access, worker)
    assert stored(cluster) == 300


def stored(cluster: str) -> int:
    opened = open_database(f"{cluster}/postgres")
    number = count(opened)
    opened.close()
    return number


def test_a_second_worker_takes_its_share_and_gives_it_back(
    access: StreamAccess, migrated_server: str, send: Sender, tmp_path: Path
) -> None:
    """Events come all the while; one worker is stopped, another killed; each event is handled once."""
    make_topics(access)
    given = environment(access, migrated_server, tmp_path)
    opened: Database = open_database(migrated_server)
    with running(given, tmp_path, name="one") as one, group(access) as looked:
        produce(access, [send.imported(f"m-{n:04}") for n in range(300)])
        wait_until(lambda: looked.members() == 1, one)
        with running(given, tmp_path, name="two") as two, running(given, tmp_path, name="three") as three:
            produce(access, [send.birthday(f"m-{n:04}") for n in range(300)])
            wait_until(lambda: looked.members() == 3, three)
            produce(access, [send.certified(f"m-{n:04}") for n in range(300)])
            assert two.stop() == 0, two.read_log()
            three.kill()
            produce(access, [send.birthday(f"m-{n:04}", on="2026-06-01") for n in range(300)])
            wait_until_done(access, one)
        assert one.stop() == 0, one.read_log()
    assert count(opened) == 1200
    opened.close()


def test_a_broker_that_is_away_is_waited_for(migrated_server: str, send: Sender, tmp_path: Path) -> None:
    with kafka.brokers() as cluster:
        access = StreamAccess(cluster.servers)
        make_topics(access)
        produce(access, [send.imported(f"m-{n:04}") for n in range(50)])
        port = postgres.free_port()
        given = environment(access, migrated_server, tmp_path)
        with running(given, tmp_path, "--probes", str(port)) as worker:
            wait_until_done(access, worker)
            cluster.brokers[0].kill()
            wait_until(lambda: cluster.servers in str(livez(port)["trouble"]), worker)
            cluster.brokers[0].start()
            wait_until(lambda: livez(port)["trouble"] is None, worker)
            produce(access, [send.birthday(f"m-{n:04}") for n in range(50)])
            wait_until_done(access, worker)
            assert worker.stop() == 0, worker.read_log()
    opened = open_database(migrated_server)
    assert count(opened) == 100
    opened.close()


def test_what_the_brokers_have_is_asked_of_them_where_messages_seem_to_be_missing(
    access: StreamAccess, send: Sender
) -> None:
    make_topics(access, partitions=1)
    produce(access, [send.imported(f"m-{n}") for n in range(6)])
    place = StreamPartition(access.topic_name("member-events"), 0)
    assert [fetch_first_offset(access, place, offset) for offset in (0, 2, 5)] == [0, 2, 5]
    admin = KafkaAdminClient(bootstrap_servers=access.servers)
    admin.delete_records({TopicPartition(*place): 4})
    admin.close()
    assert [fetch_first_offset(access, place, offset) for offset in (0, 2, 5)] == [4, 4, 5]
