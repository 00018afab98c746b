"""The relay: what was accepted comes to its topic, in order for each key, and none of it is lost."""

from collections.abc import Iterator, Sequence

import pytest
from sqlalchemy import func, select

from events import Event, accept, read_event
from events.stream.access import Access
from events.stream.producer import Producer
from events.stream.relay import Relay, accepted
from store import Database, ingress
from tests.events.sending import NOW, Sender
from tests.events.stream.reading import make_topics, read

pytestmark = pytest.mark.needs("kafka")


@pytest.fixture
def send() -> Sender:
    return Sender()


@pytest.fixture
def producer(access: Access) -> Iterator[Producer]:
    make_topics(access)
    made = Producer(access)
    yield made
    made.close()


def waiting(database: Database, lines: Sequence[str]) -> None:
    events = [read_event(line, NOW) for line in lines]
    with database.write() as connection:
        accept(connection, [item for item in events if isinstance(item, Event)], NOW)


def left(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ingress)).scalar_one())


def never() -> bool:
    return False


def test_what_was_accepted_comes_to_its_topic_in_order_for_each_key(
    database: Database, access: Access, producer: Producer, send: Sender
) -> None:
    waiting(database, [send.joined(f"m-{n % 7}") for n in range(2_500)])
    relay = Relay(database, producer, [accepted(access)], lambda: NOW)
    while relay.look(never):
        pass
    assert left(database) == 0
    found = read(access, access.topic("member-events"))
    assert sorted(int(item.id[2:]) for item in found) == list(range(1, 2_501))
    for member in range(7):
        ids = [int(item.id[2:]) for item in found if item.key == f"m-{member}"]
        assert ids == sorted(ids) and ids
