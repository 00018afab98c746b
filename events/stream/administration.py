"""The brokers' topics looked at and put right, by the table in ``events.stream.topics``."""

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from core.faults import Fault, InputFaults
from events.stream.access import Access
from events.stream.connection_faults import client_arguments, reaching
from events.stream.faults import NoStream
from events.stream.topics import PARTITIONS, Altered, Difference, Missing, Refused, Topic, compare, declared

if TYPE_CHECKING:
    from kafka.admin import KafkaAdminClient

T = TypeVar("T")
N_ = str  # marks a text for the message catalogue

_BOOTSTRAP_WITHIN_MS = 5_000
_ANSWER_WITHIN_MS = 15_000
_ALREADY_THERE = 36
_SETTLED_WITHIN_S, _LOOK_EVERY_S = 15.0, 0.05


@dataclass(frozen=True, slots=True)
class Standing:
    """What is declared, what the brokers have of it, and what would have to be done."""

    wanted: tuple[Topic, ...]
    found: Mapping[str, Topic]
    differences: tuple[Difference, ...]


def look(access: Access, partitions: int = PARTITIONS) -> Standing:
    """Change nothing. *Raises*: NoStream."""
    return _patiently(access, lambda admin: _standing(admin, access, partitions))


def would_apply(access: Access, partitions: int = PARTITIONS) -> tuple[Difference, ...]:
    """What ``apply`` would do. *Raises*: NoStream, InputFaults, as it would."""
    differences = look(access, partitions).differences
    _refuse(differences)
    return differences


def apply(access: Access, partitions: int = PARTITIONS) -> tuple[Difference, ...]:
    """Make what is missing and put settings right; gives what was done, nothing at the second time.

    *Raises*: NoStream; InputFaults with all that is refused (then nothing was done).
    """
    return _patiently(access, lambda admin: _apply(admin, access, partitions))


def _apply(admin: "KafkaAdminClient", access: Access, partitions: int) -> tuple[Difference, ...]:
    differences = _standing(admin, access, partitions).differences
    _refuse(differences)
    there = _make(admin, access, [each.topic for each in differences if isinstance(each, Missing)])
    _alter(admin, access, [each for each in differences if isinstance(each, Altered)])
    if differences:
        _settle(admin, access, partitions)
    return tuple(each for each in differences if each.name not in there)


def _settle(admin: "KafkaAdminClient", access: Access, partitions: int) -> None:
    """Brokers learn a moment later what was done. *Raises*: NoStream, InputFaults if somebody did otherwise."""
    deadline = time.monotonic() + _SETTLED_WITHIN_S
    while left := _standing(admin, access, partitions).differences:
        if time.monotonic() > deadline:
            _refuse(left)
            raise NoStream(_declined(access, left[0].name, "not seen after it was done"))
        time.sleep(_LOOK_EVERY_S)  # nothing tells when


def _refuse(differences: Sequence[Difference]) -> None:
    faults = [each.fault for each in differences if isinstance(each, Refused)]
    if faults:
        raise InputFaults(faults)


def _patiently(access: Access, act: "Callable[[KafkaAdminClient], T]") -> T:
    """A broker may go while it is asked; then another is, as all that is done here may be repeated."""
    with reaching(access):
        from kafka.errors import KafkaTimeoutError, RetriableError

        deadline = time.monotonic() + _SETTLED_WITHIN_S
        while True:
            try:
                with _opened(access) as admin:
                    return act(admin)
            except KafkaTimeoutError:  # has waited long enough by itself
                raise
            except RetriableError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(_LOOK_EVERY_S)  # brokers don't tell when they are done with each other


@contextmanager
def administering(access: Access) -> Iterator["KafkaAdminClient"]:
    """A client for looking after brokers, which says why there are none. *Raises*: NoStream."""
    with reaching(access), _opened(access) as admin:
        yield admin


@contextmanager
def _opened(access: Access) -> Iterator["KafkaAdminClient"]:
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
    """kafka-python logs each of its many attempts; we tell the reason once."""
    logger = logging.getLogger("kafka")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _standing(admin: "KafkaAdminClient", access: Access, partitions: int) -> Standing:
    wanted = declared(access, _brokers(admin), partitions)
    found = _found(admin, wanted)
    return Standing(wanted, found, compare(wanted, found))


def _brokers(admin: "KafkaAdminClient") -> int:
    """Those that hold a copy of something count as well while they are down."""
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


def _make(admin: "KafkaAdminClient", access: Access, topics: Sequence[Topic]) -> frozenset[str]:
    """Gives those that were there already: somebody was quicker, or the broker asked was slow to learn."""
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
            raise NoStream(_declined(access, said["name"], said["error_message"] or str(said["error_code"])))
    return frozenset(said["name"] for said in answer if said["error_code"] == _ALREADY_THERE)


def _alter(admin: "KafkaAdminClient", access: Access, settings: Sequence[Altered]) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    by_topic: dict[str, dict[str, str]] = {}
    for each in settings:
        by_topic.setdefault(each.name, {})[each.setting] = each.declared
    if not by_topic:
        return
    asked = [ConfigResource(ConfigResourceType.TOPIC, name, wanted) for name, wanted in by_topic.items()]
    for name, said in admin.alter_configs(asked)["topic"].items():
        if said != "OK":
            raise NoStream(_declined(access, name, said))


def _declined(access: Access, name: str, why: str) -> Fault:
    return Fault(
        N_("the broker at {value} doesn't make or change the topic {name}: {why}"),
        N_(
            "start the brokers that are down; or let YIHUI_KAFKA_USER create and alter topics; then run this again"
        ),
        field="YIHUI_KAFKA",
        value=access.servers,
        params={"name": name, "why": why},
    )
