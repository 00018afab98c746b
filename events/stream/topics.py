"""The table of declared topics, and how the brokers' topics differ from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from core.faults import Fault, FaultTable
from core.text_marks import N_
from events.stream.access import StreamAccess

DEFAULT_PARTITIONS = 8  # for the topics that workers consume; at most this many workers get work
REPLICATION_FACTOR = 3

_OTHER_PARTITIONS = N_("the topic {name} has {found} partitions, and {declared} are declared")
TOPIC_FAULTS = FaultTable(
    "topics",
    {
        "choosable_partitions": (
            _OTHER_PARTITIONS,
            N_(
                "keep them with --partitions {found}; for another number begin anew under another YIHUI_KAFKA_PREFIX "
                "once all that waits is worked off: keys would move, and events overtake each other"
            ),
        ),
        "partitions": (
            _OTHER_PARTITIONS,
            N_("begin anew under another YIHUI_KAFKA_PREFIX once all that waits is worked off"),
        ),
        "replication": (
            N_("the topic {name} has {found} copies, and {declared} are declared"),
            N_("change them with Kafka's own kafka-reassign-partitions, then run this again"),
        ),
    },
)
# The database is the authority; a topic is retained only so that it can be read again.
_EVENTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. ``settings`` have Kafka's names; for existing topics only the declared settings are read."""

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MissingTopic:
    """A declared topic that doesn't exist."""

    topic: Topic

    @property
    def name(self) -> str:
        return self.topic.name


@dataclass(frozen=True, slots=True)
class ChangedSetting:
    """A setting that differs from the declared one; it can be corrected at any time."""

    name: str
    setting: str
    found: str
    declared: str


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A difference that can't be corrected while events are pending, with the remedy."""

    name: str
    fault: Fault


TopicDifference = MissingTopic | ChangedSetting | RefusedChange


def declared_topics(
    access: StreamAccess, brokers: int, partitions: int = DEFAULT_PARTITIONS
) -> tuple[Topic, ...]:
    """Return the table of topics.

    ``brokers`` is the number of brokers, ``partitions`` that of the topics which workers consume.
    """
    copies = min(REPLICATION_FACTOR, brokers)
    return (
        Topic(access.topic_name("member-events"), partitions, copies, _settings(copies)),
        Topic(access.topic_name("station-events"), partitions, copies, _settings(copies)),
        Topic(access.topic_name("benefit-events"), DEFAULT_PARTITIONS, copies, _settings(copies)),
        Topic(assignor_topic_name(access), 1, copies, _settings(copies)),
    )


def assignor_topic_name(access: StreamAccess) -> str:
    """Return the topic by which Faust elects a leader; it never holds a message.

    *Source*: ``faust.assignor.leader_assignor``.
    """
    return f"{access.consumer_group}-__assignor-__leader"


def _settings(copies: int) -> Mapping[str, str]:
    """Return the settings of a topic.

    Two of three replicas must hold a message before it counts as sent, so losing a broker loses nothing.
    The broker's clock stamps messages: if a sender's clock is wrong, its messages could be refused, deleted
    immediately, or retained for years.
    """
    return MappingProxyType(
        {
            "cleanup.policy": "delete",
            "retention.ms": str(int(_EVENTS_KEPT.total_seconds() * 1000)),
            "min.insync.replicas": str(max(1, copies - 1)),
            "unclean.leader.election.enable": "false",
            "message.timestamp.type": "LogAppendTime",
        }
    )


def compare_topics(wanted: Sequence[Topic], found: Mapping[str, Topic]) -> tuple[TopicDifference, ...]:
    """Return the differences, in the order of the table."""
    return tuple(difference for topic in wanted for difference in _differences(topic, found.get(topic.name)))


def _differences(topic: Topic, found: Topic | None) -> Iterator[TopicDifference]:
    if found is None:
        yield MissingTopic(topic)
        return
    if found.partitions != topic.partitions:
        # Keys would move to other partitions, so a member's new events could overtake pending ones.
        is_choosable = topic.name.endswith((".member-events", ".station-events"))
        code = "choosable_partitions" if is_choosable else "partitions"
        yield _refused(code, "partitions", topic.name, found.partitions, topic.partitions)
    if found.replication != topic.replication:
        yield _refused("replication", "replication", topic.name, found.replication, topic.replication)
    for setting, value in topic.settings.items():
        if found.settings.get(setting) != value:
            yield ChangedSetting(topic.name, setting, found.settings.get(setting, ""), value)


def _refused(code: str, field: str, name: str, found: int, declared: int) -> RefusedChange:
    fault = TOPIC_FAULTS.build(code, field=field, value=found, name=name, found=found, declared=declared)
    return RefusedChange(name, fault)
