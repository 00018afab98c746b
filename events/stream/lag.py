"""How far the workers are behind, as the brokers see it: for who isn't one of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from events.stream.access import Access
from events.stream.administration import administering
from events.stream.batching import Place

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient


@dataclass(frozen=True, slots=True)
class Behind:
    """Messages that wait, by partition, and how many consumers the group has."""

    lag: Mapping[Place, int]
    consumers: int


def behind(access: Access) -> Behind | None:
    """None while brokers that have just begun don't know their groups yet. *Raises*: NoStream.

    Where nobody ever committed, all that is there waits.
    """
    with administering(access) as admin:
        from kafka import errors

        try:
            return _behind(admin, access)
        except (
            errors.CoordinatorNotAvailableError,
            errors.NotCoordinatorError,
            errors.CoordinatorLoadInProgressError,
        ):
            return None


def _behind(admin: "KafkaAdminClient", access: Access) -> Behind:
    places = _places(admin, access)
    first, end = _offsets(admin, places, "EARLIEST"), _offsets(admin, places, "LATEST")
    done = _committed(admin, access.group)
    lag = {place: max(end[place] - max(done.get(place, 0), first[place]), 0) for place in places}
    return Behind(lag, _consumers(admin, access.group))


def newest(access: Access) -> datetime | None:
    """The latest time that a message of ours bears; by the brokers' clock, as topics are declared. *Raises*: NoStream."""
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    with administering(access) as admin:
        asked = {TopicPartition(*place): OffsetSpec.MAX_TIMESTAMP for place in _places(admin, access)}
        stamps = [found.timestamp for found in admin.list_partition_offsets(asked).values()]
    latest = max(stamps, default=-1)
    return datetime.fromtimestamp(latest / 1000, UTC) if latest > 0 else None


def _places(admin: "KafkaAdminClient", access: Access) -> list[Place]:
    topics = admin.describe_topics([access.topic("member-events"), access.topic("station-events")])
    return [Place(topic["name"], each["partition_index"]) for topic in topics for each in topic["partitions"]]


def _offsets(admin: "KafkaAdminClient", places: Iterable[Place], which: str) -> dict[Place, int]:
    from kafka import TopicPartition
    from kafka.admin import OffsetSpec

    asked = {TopicPartition(*place): OffsetSpec[which] for place in places}
    found = admin.list_partition_offsets(asked)
    return {Place(where.topic, where.partition): said.offset for where, said in found.items()}


def _committed(admin: "KafkaAdminClient", group: str) -> dict[Place, int]:
    found = admin.list_group_offsets({group: None})[group]
    return {Place(where.topic, where.partition): said.offset for where, said in found.items()}


def _consumers(admin: "KafkaAdminClient", group: str) -> int:
    """A group that nobody ever joined has none."""
    from kafka.errors import GroupIdNotFoundError

    try:
        return len(admin.describe_groups([group])[group]["members"])
    except GroupIdNotFoundError:
        return 0
