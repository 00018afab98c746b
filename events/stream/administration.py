"""Compare the brokers' topics with the table in ``events.stream.topics``, create and correct them."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from core.faults import FaultError
from events.stream.access import StreamAccess
from events.stream.faults import client_arguments, no_stream, translate_kafka_errors
from events.stream.topics import (
    DEFAULT_PARTITIONS,
    ChangedSetting,
    MissingTopic,
    RefusedChange,
    Topic,
    TopicDifference,
    compare_topics,
    declared_topics,
)

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

T = TypeVar("T")

_BOOTSTRAP_WITHIN_MS = 5_000
_ANSWER_WITHIN_MS = 15_000
_ALREADY_THERE = 36
_SETTLED_WITHIN_S, _LOOK_EVERY_S = 15.0, 0.05


@dataclass(frozen=True, slots=True)
class TopicsState:
    """The declared topics, those that exist on the brokers, and the changes needed."""

    declared: tuple[Topic, ...]
    existing: Mapping[str, Topic]
    differences: tuple[TopicDifference, ...]


def fetch_topics_state(access: StreamAccess, partitions: int = DEFAULT_PARTITIONS) -> TopicsState:
    """Return the state of the topics; change nothing. *Raises*: NoStream."""
    return _with_retries(access, lambda admin: _standing(admin, access, partitions))


def plan_topic_changes(
    access: StreamAccess, partitions: int = DEFAULT_PARTITIONS
) -> tuple[TopicDifference, ...]:
    """Return what ``apply_topic_changes`` would do. *Raises*: NoStream, FaultError in the same cases."""
    differences = fetch_topics_state(access, partitions).differences
    _refuse(differences)
    return differences


def apply_topic_changes(
    access: StreamAccess, partitions: int = DEFAULT_PARTITIONS
) -> tuple[TopicDifference, ...]:
    """Create missing topics and correct settings; return the changes, none if repeated.

    *Raises*: NoStream; FaultError with all refused changes (then nothing was done).
    """
    return _with_retries(access, lambda admin: _apply(admin, access, partitions))


def _apply(admin: "KafkaAdminClient", access: StreamAccess, partitions: int) -> tuple[TopicDifference, ...]:
    differences = _standing(admin, access, partitions).differences
    _refuse(differences)
    there = _create_topics(
        admin, access, [each.topic for each in differences if isinstance(each, MissingTopic)]
    )
    _alter(admin, access, [each for each in differences if isinstance(each, ChangedSetting)])
    if differences:
        _settle(admin, access, partitions)
    return tuple(each for each in differences if each.name not in there)


def _settle(admin: "KafkaAdminClient", access: StreamAccess, partitions: int) -> None:
    """Wait until the brokers show the changes, which takes a moment.

    *Raises*: NoStream; FaultError if another process made a change that can't be corrected.
    """
    deadline = time.monotonic() + _SETTLED_WITHIN_S
    while left := _standing(admin, access, partitions).differences:
        if time.monotonic() > deadline:
            _refuse(left)
            name, why = left[0].name, "not seen after it was done"
            raise no_stream("change_declined", access.servers, name=name, why=why)
        time.sleep(_LOOK_EVERY_S)  # brokers send no notice when it is done


def _refuse(differences: Sequence[TopicDifference]) -> None:
    faults = [each.fault for each in differences if isinstance(each, RefusedChange)]
    if faults:
        raise FaultError(faults)


def _with_retries(access: StreamAccess, act: "Callable[[KafkaAdminClient], T]") -> T:
    """Run ``act`` with an admin client; repeat it with a new client if the broker fails meanwhile.

    All actions in this module may be repeated.
    """
    with translate_kafka_errors(access):
        from kafka.errors import KafkaTimeoutError, RetriableError

        deadline = time.monotonic() + _SETTLED_WITHIN_S
        while True:
            try:
                with _opened(access) as admin:
                    return act(admin)
            except KafkaTimeoutError:  # the client has already waited long enough
                raise
            except RetriableError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(_LOOK_EVERY_S)  # brokers send no notice when they have agreed among themselves


@contextmanager
def open_admin_client(access: StreamAccess) -> Iterator["KafkaAdminClient"]:
    """Open an admin client. *Raises*: NoStream with the reason if the brokers are unavailable."""
    with translate_kafka_errors(access), _opened(access) as admin:
        yield admin


@contextmanager
def _opened(access: StreamAccess) -> Iterator["KafkaAdminClient"]:
    from kafka.admin import KafkaAdminClient

    with _quiet():
        admin = KafkaAdminClient(
            bootstrap_timeout_ms=_BOOTSTRAP_WITHIN_MS,
            request_timeout_ms=_ANSWER_WITHIN_MS,
            **client_arguments(access),
        )
        try:
            yield admin
        finally:
            admin.close()


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence kafka-python, which logs each of its many attempts; NoStream reports the reason once."""
    logger = logging.getLogger("kafka")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _standing(admin: "KafkaAdminClient", access: StreamAccess, partitions: int) -> TopicsState:
    wanted = declared_topics(access, _brokers(admin), partitions)
    found = _found(admin, wanted)
    return TopicsState(wanted, found, compare_topics(wanted, found))


def _brokers(admin: "KafkaAdminClient") -> int:
    """Count the brokers, including those that are down but hold a replica."""
    nodes = {broker["broker_id"] for broker in admin.describe_cluster()["brokers"]}
    for topic in admin.describe_topics():
        for partition in topic["partitions"]:
            nodes.update(partition["replica_nodes"])
    return len(nodes)


def _found(admin: "KafkaAdminClient", wanted: Sequence[Topic]) -> dict[str, Topic]:
    from kafka.admin import ConfigResource, ConfigResourceType

    there = [
        topic for topic in admin.describe_topics([topic.name for topic in wanted]) if topic["partitions"]
    ]
    names = {topic.name: list(topic.settings) for topic in wanted}
    asked = [ConfigResource(ConfigResourceType.TOPIC, each["name"], names[each["name"]]) for each in there]
    settings = admin.describe_configs(asked, config_filter="all")["topic"] if asked else {}
    return {
        each["name"]: Topic(
            each["name"],
            len(each["partitions"]),
            len(each["partitions"][0]["replica_nodes"]),
            {name: str(said["value"]) for name, said in settings[each["name"]].items()},
        )
        for each in there
    }


def _create_topics(
    admin: "KafkaAdminClient", access: StreamAccess, topics: Sequence[Topic]
) -> frozenset[str]:
    """Create topics; return the names of those that existed already.

    Another process created them meanwhile, or the first listing came from a broker with old metadata.
    """
    if not topics:
        return frozenset()
    asked = {
        topic.name: {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication,
            "configs": dict(topic.settings),
        }
        for topic in topics
    }
    answer = admin.create_topics(asked, raise_errors=False)["topics"]
    for said in answer:
        if said["error_code"] not in (0, _ALREADY_THERE):
            why = said["error_message"] or str(said["error_code"])
            raise no_stream("change_declined", access.servers, name=said["name"], why=why)
    return frozenset(said["name"] for said in answer if said["error_code"] == _ALREADY_THERE)


def _alter(admin: "KafkaAdminClient", access: StreamAccess, settings: Sequence[ChangedSetting]) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    by_topic: dict[str, dict[str, str]] = {}
    for each in settings:
        by_topic.setdefault(each.name, {})[each.setting] = each.declared
    if not by_topic:
        return
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name, wanted in by_topic.items()]
    for name, said in admin.alter_configs(asked)["topic"].items():
        if said != "OK":
            raise no_stream("change_declined", access.servers, name=name, why=said)
