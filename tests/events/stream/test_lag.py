"""Lag and workers as a real broker reports them, from outside and on the officers' page."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread

import pytest
from fastapi.testclient import TestClient
from kafka import KafkaConsumer
from kafka.structs import OffsetAndMetadata

from events.stream.access import StreamAccess
from events.stream.lag import fetch_consumer_lag
from tests.yihui.http.two_districts import read_actor
from tools.servers.desk import Officers, text_of
from tools.servers.postgres import free_port
from tools.servers.sending import Sender
from tools.servers.streaming import consumed, produce, wait_until
from yihui.bootstrap import Settings, build_wiring
from yihui.http.app import create_app

pytestmark = [pytest.mark.endure, pytest.mark.needs("kafka", "postgres")]
STATE = "/desk/stream/state"


def state_page(access: StreamAccess, database: str, folder: Path) -> str:
    wiring = build_wiring(Settings(database, folder, kafka=access))
    try:
        with TestClient(create_app(wiring, actor_finder=read_actor), base_url="http://127.0.0.1") as client:
            return text_of(Officers(client).open(STATE, "administrator/ancestor"))
    finally:
        wiring.close()


def test_lag_is_named_by_partition_and_each_worker_with_what_it_reads(
    topics: StreamAccess, migrated_server: str, tmp_path: Path
) -> None:
    send = Sender()
    produce(topics, [send.imported(f"m-{n}") for n in range(20)])
    wait_until(lambda: fetch_consumer_lag(topics) is not None)  # a new broker doesn't know its groups yet
    before = fetch_consumer_lag(topics)
    assert before is not None and before.workers == () and sum(before.lag.values()) == 20
    assert len(before.lag) == 8, "four partitions of each of two topics"
    page = state_page(topics, migrated_server, tmp_path)
    assert "lag: 20 messages" in page and "no worker is alive" in page and "· 3" in page
    with closing(reader(topics, "one")) as first, closing(reader(topics, "two")) as second:
        with polling(first), polling(second):
            wait_until(lambda: read_partitions(topics) == {"one": 4, "two": 4})
            # The broker knows what each of them reads before they know it themselves.
            wait_until(lambda: all(len(one.assignment()) == 4 for one in (first, second)))
        for one in (first, second):
            one.commit(
                {
                    place: OffsetAndMetadata(one.end_offsets([place])[place], "", -1)
                    for place in one.assignment()
                }
            )
        page = state_page(topics, migrated_server, tmp_path)
        assert "lag: 0 messages" in page and "one 127.0.0.1 4" in page and "two 127.0.0.1 4" in page


def reader(access: StreamAccess, name: str) -> KafkaConsumer:
    """A consumer of the workers' group; a whole worker takes a minute to start on a busy machine."""
    return KafkaConsumer(
        *consumed(access),
        bootstrap_servers=access.servers,
        group_id=access.consumer_group,
        group_instance_id=name,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )


@contextmanager
def polling(consumer: KafkaConsumer) -> Iterator[None]:
    """Poll in a thread of its own: a consumer joins its group only together with the others."""
    stop = Event()

    def poll() -> None:
        while not stop.is_set():
            consumer.poll(200)

    thread = Thread(target=poll)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def read_partitions(access: StreamAccess) -> dict[str, int]:
    found = fetch_consumer_lag(access)
    return {worker.name: len(worker.partitions) for worker in found.workers} if found else {}


def test_brokers_that_do_not_answer_are_named_beside_what_the_database_holds(
    migrated_server: str, tmp_path: Path
) -> None:
    page = state_page(StreamAccess(f"127.0.0.1:{free_port()}"), migrated_server, tmp_path)
    assert "the brokers do not answer" in page and "accepted events that wait 0" in page
