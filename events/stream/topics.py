"""Which topics there are: one table, and how what the brokers have differs from it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

from core.faults import Fault
from events.stream.access import Access

N_ = str  # marks a text for the message catalogue

PARTITIONS = 8  # of what workers share among them: no more of them than this can have work
COPIES = 3

# The database is the authority: a topic is kept as long as somebody may want to read it again.
_EVENTS_KEPT = timedelta(days=30)
_NOTICES_KEPT = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Topic:
    """``settings`` are Kafka's own, by Kafka's names; of what the brokers have only those that are declared."""

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Missing:
    """A topic that is declared and isn't there."""

    topic: Topic

    @property
    def name(self) -> str:
        return self.topic.name


@dataclass(frozen=True, slots=True)
class Altered:
    """A setting that is otherwise than declared; it can be put right at any time."""

    name: str
    setting: str
    found: str
    declared: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What can't be changed under events that wait, with what to do instead."""

    name: str
    fault: Fault


Difference = Missing | Altered | Refused


def declared(access: Access, brokers: int, partitions: int = PARTITIONS) -> tuple[Topic, ...]:
    """The table. ``brokers`` is how many there are, ``partitions`` how many the events in have."""
    copies = min(COPIES, brokers)
    return (
        Topic(access.topic("member-events"), partitions, copies, _settings(copies, _EVENTS_KEPT)),
        Topic(access.topic("station-events"), partitions, copies, _settings(copies, _EVENTS_KEPT)),
        Topic(access.topic("benefit-events"), PARTITIONS, copies, _settings(copies, _EVENTS_KEPT)),
        Topic(access.topic("dead-letters"), 1, copies, _settings(copies, _NOTICES_KEPT)),
        Topic(assignor_topic(access), 1, copies, _settings(copies, _EVENTS_KEPT)),
    )


def assignor_topic(access: Access) -> str:
    """What Faust agrees by on who leads; it holds no message, ever. *Source*: ``faust.assignor.leader_assignor``."""
    return f"{access.group}-__assignor-__leader"


def _settings(copies: int, kept: timedelta) -> Mapping[str, str]:
    """Of three copies two must hold a message before it counts as sent, so that losing a broker loses nothing.

    The broker's clock stamps messages: a sender whose clock is wrong would have its messages refused, or
    thrown away at once, or kept for years.
    """
    return MappingProxyType(
        {
            "cleanup.policy": "delete",
            "retention.ms": str(int(kept.total_seconds() * 1000)),
            "min.insync.replicas": str(max(1, copies - 1)),
            "unclean.leader.election.enable": "false",
            "message.timestamp.type": "LogAppendTime",
        }
    )


def compare(wanted: Sequence[Topic], found: Mapping[str, Topic]) -> tuple[Difference, ...]:
    """What would have to be done, in the table's order."""
    return tuple(difference for topic in wanted for difference in _differences(topic, found.get(topic.name)))


def _differences(topic: Topic, found: Topic | None) -> Iterator[Difference]:
    if found is None:
        yield Missing(topic)
        return
    if found.partitions != topic.partitions:
        yield Refused(topic.name, _moved(topic, found))
    if found.replication != topic.replication:
        yield Refused(topic.name, _recopied(topic, found))
    for setting, value in topic.settings.items():
        if found.settings.get(setting) != value:
            yield Altered(topic.name, setting, found.settings.get(setting, ""), value)


def _moved(topic: Topic, found: Topic) -> Fault:
    """Keys would go to other partitions: what is new of a member could overtake what waits."""
    is_choosable = topic.name.endswith((".member-events", ".station-events"))
    return Fault(
        N_("the topic {name} has {found} partitions, and {declared} are declared"),
        N_(
            "keep them with --partitions {found}; for another number begin anew under another YIHUI_KAFKA_PREFIX "
            "once all that waits is worked off: keys would move, and events overtake each other"
        )
        if is_choosable
        else N_("begin anew under another YIHUI_KAFKA_PREFIX once all that waits is worked off"),
        field="partitions",
        value=str(found.partitions),
        params=_params(topic.name, found.partitions, topic.partitions),
    )


def _recopied(topic: Topic, found: Topic) -> Fault:
    return Fault(
        N_("the topic {name} has {found} copies, and {declared} are declared"),
        N_("change them with Kafka's own kafka-reassign-partitions, then run this again"),
        field="replication",
        value=str(found.replication),
        params=_params(topic.name, found.replication, topic.replication),
    )


def _params(name: str, found: int, wanted: int) -> dict[str, str]:
    return {"name": name, "found": str(found), "declared": str(wanted)}
