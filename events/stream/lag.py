"""How far the workers lag behind, as the brokers report it; for processes that aren't workers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from events.stream.access import StreamAccess
from events.stream.administration import open_admin_client
from events.stream.batching import StreamPartition

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient


@dataclass(frozen=True, slots=True)
class StreamWorker:
    """A worker that the brokers count as alive: it has sent a heartbeat within the session's time.

    ``name`` is the instance's own name, else the one that the brokers gave it.
    """

    name: str
    host: str
    partitions: tuple[StreamPartition, ...]


@dataclass(frozen=True, slots=True)
class ConsumerLag:
    """Unprocessed messages by partition, and the workers of the group, by name."""

    lag: Mapping[StreamPartition, int]
    workers: tuple[StreamWorker, ...]

    @property
    def consumers(self) -> int:
        """Return the number of workers."""
        return len(self.workers)


def fetch_consumer_lag(access: StreamAccess) -> ConsumerLag | None:
    """Return the lag, or None while brokers that have just started don't know their groups yet.

    If the group never committed, every message counts. *Raises*: NoStream.
    """
    with open_admin_client(access) as admin:
        from kafka import errors

        try:
            return _behind(admin, access)
        except (
            errors.CoordinatorNotAvailableError,
            errors.NotCoordinatorError,
            errors.CoordinatorLoadInProgressError,
        ):
            return None


def _behind(admin: "KafkaAdminClient", access: StreamAccess) -> ConsumerLag:
    places = _places(admin, access)
    first, end = _offsets(admin, places, "EARLIEST"), _offsets(admin, places, "LATEST")
    done = _committed(admin, access.consumer_group)
    lag = {place: max(end[place] - max(done.get(place, 0), first[place]), 0) for place in places}
    return ConsumerLag(lag, _workers(admin, access.consumer_group))


def fetch_newest_message_time(access: StreamAccess) -> datetime | None:
    """Return the newest timestamp of an event message; the brokers' clock sets it. *Raises*: NoStream."""
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    with open_admin_client(access) as admin:
        asked = {TopicPartition(*place): OffsetSpec.MAX_TIMESTAMP for place in _places(admin, access)}
        stamps = [found.timestamp for found in admin.list_partition_offsets(asked).values()]
    latest = max(stamps, default=-1)
    return datetime.fromtimestamp(latest / 1000, UTC) if latest > 0 else None


def _places(admin: "KafkaAdminClient", access: StreamAccess) -> list[StreamPartition]:
    topics = admin.describe_topics([access.topic_name("member-events"), access.topic_name("station-events")])
    return [
        StreamPartition(topic["name"], each["partition_index"])
        for topic in topics
        for each in topic["partitions"]
    ]


def _offsets(
    admin: "KafkaAdminClient", places: Iterable[StreamPartition], which: str
) -> dict[StreamPartition, int]:
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    asked = {TopicPartition(*place): OffsetSpec[which] for place in places}
    found = admin.list_partition_offsets(asked)
    return {StreamPartition(where.topic, where.partition): said.offset for where, said in found.items()}


def _committed(admin: "KafkaAdminClient", group: str) -> dict[StreamPartition, int]:
    found = admin.list_group_offsets({group: None})[group]
    return {StreamPartition(where.topic, where.partition): said.offset for where, said in found.items()}


def _workers(admin: "KafkaAdminClient", group: str) -> tuple[StreamWorker, ...]:
    """Return the group's workers; none for a group that no consumer ever joined."""
    from kafka.errors import GroupIdNotFoundError

    try:
        members = admin.describe_groups([group])[group]["members"]
    except GroupIdNotFoundError:
        return ()
    return tuple(sorted(map(_worker, members), key=lambda one: one.name))


def _worker(member: "Mapping[str, Any]") -> StreamWorker:
    assigned = member["member_assignment"] or {}
    places = [
        StreamPartition(topic["topic"], number)
        for topic in assigned.get("assigned_partitions", ())
        for number in topic["partitions"]
    ]
    name = member.get("group_instance_id") or member["member_id"]
    return StreamWorker(name, member["client_host"].lstrip("/"), tuple(sorted(places)))
