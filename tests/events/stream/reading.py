"""What stands in topics, read to their end."""

from collections.abc import Sequence
from dataclasses import dataclass

from events.stream.access import StreamAccess


@dataclass(frozen=True, slots=True)
class Read:
    partition: int
    offset: int
    key: str
    value: bytes
    headers: dict[str, str]

    @property
    def id(self) -> str:
        return self.headers["ce_id"]


def make_topics(access: StreamAccess, partitions: int = 4, **settings: str) -> None:
    """The four topics, with few partitions, so that keys share them."""
    from kafka.admin import KafkaAdminClient, NewTopic

    admin = KafkaAdminClient(**access.kafka_arguments())
    names = [access.topic_name(n) for n in ("member-events", "station-events", "benefit-events")]
    dotted = {name.replace("_", "."): value for name, value in settings.items()}
    admin.create_topics([NewTopic(name, partitions, 1, topic_configs=dotted) for name in names])
    admin.close()


def read(access: StreamAccess, topic: str) -> Sequence[Read]:
    """All that a topic holds now, in order within each partition."""
    from kafka import KafkaConsumer, TopicPartition

    consumer = KafkaConsumer(**access.kafka_arguments(), group_id=None, auto_offset_reset="earliest")
    parts = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()]
    consumer.assign(parts)
    ends = consumer.end_offsets(parts)
    found: list[Read] = []
    while any(consumer.position(part) < ends[part] for part in parts):
        for records in consumer.poll(timeout_ms=500).values():
            found += [
                Read(
                    record.partition,
                    record.offset,
                    record.key.decode(),
                    record.value,
                    {name: content.decode() for name, content in record.headers},
                )
                for record in records
            ]
    consumer.close()
    return found
