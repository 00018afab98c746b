"""All that lies in the topics, handled from the start in another database: is it the same ledger?"""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import text

from events import Event, EventRunner, InboundEvent
from events.stream.message import parse_message
from store import migrate_database, open_database
from tests.chaos.reckoning import ledger
from tools.servers.town import Town
from yihui.bootstrap import Settings, Wiring, build_wiring
from yihui.services.operation.upkeep import run_upkeep

_MOST_REFUSALS = 2
_RESOLVED = text("SELECT source, event_id FROM dead_letters WHERE resolved_at IS NOT NULL")


def replayed(town: Town) -> list[str]:
    """Lines of the canonical export in which a ledger made anew differs; none where it is the same.

    A worker that ends before it has committed its offset takes its events a second time. What was a dead letter,
    because its member came after it, goes through then: those events are handled twice here as well.
    """
    path = town.folder / "anew.db"
    migrate_database(open_database(str(path)))
    anew, real = (build_wiring(Settings(target, town.folder / "data")) for target in (str(path), town.url))
    try:
        with real.database.read() as connection:
            resolved = {tuple(row) for row in connection.execute(_RESOLVED)}
        items = list(_items(town, anew.runner))
        again = [one for one in items if isinstance(one.event, Event) and one.event.key in resolved]
        for _ in anew.runner.run_events([*items, *again]):
            pass
        return sorted(_settled(anew) ^ _settled(real))
    finally:
        anew.close()
        real.close()


def _settled(wiring: Wiring) -> set[str]:
    run_upkeep(wiring)  # what days bring is no event
    return set(ledger(wiring.database))


def _open_consumer(town: Town) -> Any:
    """Open a consumer, with a few tries.

    kafka-python believes of all brokers what the first one says that it supports. Once that was nothing, and the
    consumer refused all three for the 30 s that it has.
    """
    from kafka import KafkaConsumer
    from kafka.errors import KafkaTimeoutError

    def open_one() -> KafkaConsumer:
        return KafkaConsumer(**town.access.kafka_arguments(), enable_auto_commit=False, group_id=None)

    for _ in range(_MOST_REFUSALS):
        with suppress(KafkaTimeoutError):
            return open_one()
    return open_one()


def _items(town: Town, runner: EventRunner) -> Iterator[InboundEvent]:
    """Partition by partition: what is of one member is in one of them, in order."""
    from kafka import TopicPartition

    consumer = _open_consumer(town)
    try:
        for topic in (town.access.topic_name("member-events"), town.access.topic_name("station-events")):
            places = [TopicPartition(topic, n) for n in sorted(consumer.partitions_for_topic(topic) or ())]
            for place in places:
                (end,) = consumer.end_offsets([place]).values()
                consumer.assign([place])
                consumer.seek_to_beginning()
                while consumer.position(place) < end:
                    for record in consumer.poll(timeout_ms=1_000).get(place, ()):
                        if record.offset < end:
                            event = parse_message(record.value, record.headers, runner.now())
                            yield InboundEvent(event, f"{topic}:{place.partition}:{record.offset}")
    finally:
        consumer.close()
