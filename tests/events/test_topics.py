"""Topics are made as declared, on real brokers; what can't be changed under waiting events is refused."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from events.stream.access import StreamAccess
from events.stream.administration import (
    _create_topics,
    apply_topic_changes,
    fetch_topics_state,
    open_admin_client,
    plan_topic_changes,
)
from events.stream.faults import NoStream
from events.stream.topics import ChangedSetting, MissingTopic, Topic
from tests.yihui.refusals import faults_of
from tools.servers import kafka

pytestmark = [pytest.mark.endure, pytest.mark.needs("kafka")]
NOUNS = ("member-events", "station-events", "benefit-events")


def names(access: StreamAccess) -> list[str]:
    return [f"{access.prefix}.{noun}" for noun in NOUNS] + [f"{access.prefix}-worker-__assignor-__leader"]


def until(holds: Callable[[], bool]) -> None:
    """Brokers learn a moment later what was done."""
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"


def alter(access: StreamAccess, topic: str, **settings: str) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    with open_admin_client(access) as admin:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic, settings)
        admin.alter_configs([asked])
        names = ConfigResource(ConfigResourceType.TOPIC, topic, list(settings))
        deadline = time.monotonic() + 10
        while settings != {
            name: said["value"]
            for name, said in admin.describe_configs([names], config_filter="all")["topic"][topic].items()
        }:
            assert time.monotonic() < deadline, "the broker never learnt what was altered"


def test_what_is_missing_is_made_as_declared_and_the_second_time_nothing_is_done(
    access: StreamAccess,
) -> None:
    before = fetch_topics_state(access)
    assert not before.existing
    done = apply_topic_changes(access)
    assert [each.name for each in done if isinstance(each, MissingTopic)] == names(access)
    after = fetch_topics_state(access)
    assert after.existing == {topic.name: topic for topic in after.declared}
    assert [after.existing[name].partitions for name in names(access)] == [8, 8, 8, 1]
    assert apply_topic_changes(access) == ()


def test_a_setting_that_was_changed_is_told_and_put_right(access: StreamAccess) -> None:
    apply_topic_changes(access)
    topic = access.topic_name("benefit-events")
    alter(access, topic, **{"retention.ms": "1000", "segment.bytes": "2000000"})
    told = (ChangedSetting(topic, "retention.ms", "1000", str(30 * 24 * 3600 * 1000)),)
    assert plan_topic_changes(access) == told
    assert apply_topic_changes(access) == told
    assert apply_topic_changes(access) == ()
    with open_admin_client(access) as admin:  # what we don't declare is the keeper's own
        from kafka.admin import ConfigResource, ConfigResourceType

        asked = [ConfigResource(ConfigResourceType.TOPIC, topic, ["segment.bytes"])]
        said = admin.describe_configs(asked, config_filter="all")["topic"][topic]
    assert said["segment.bytes"]["value"] == "2000000"


def test_another_number_of_partitions_is_refused_and_nothing_else_is_done(access: StreamAccess) -> None:
    apply_topic_changes(access)
    alter(access, access.topic_name("benefit-events"), **{"retention.ms": "1000"})
    before = fetch_topics_state(access).existing
    faults = faults_of(apply_topic_changes, access, 4)
    assert [fault.params for fault in faults] == [
        {"name": name, "found": "8", "declared": "4"} for name in names(access)[:2]
    ]
    assert "--partitions {found}" in faults[0].remedy
    assert fetch_topics_state(access).existing == before


def test_a_topic_that_somebody_makes_meanwhile_is_no_error(access: StreamAccess) -> None:
    """Four apply at once: each topic is made by one of them, and the others find it there."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(apply_topic_changes, [access] * 4))
    made = sorted(each.name for differences in done for each in differences)
    assert made == sorted(names(access))
    assert apply_topic_changes(access) == ()


def test_what_the_broker_declines_is_told_with_its_reason(access: StreamAccess) -> None:
    with pytest.raises(NoStream) as told, open_admin_client(access) as admin:
        _create_topics(admin, access, [Topic(f"{access.prefix}.many", 1, 5, {})])
    (fault,) = told.value.faults
    assert "replication factor" in fault.params["why"].lower()


def alive(access: StreamAccess) -> int:
    try:
        with open_admin_client(access) as admin:
            return sum(not broker["is_fenced"] for broker in admin.describe_cluster()["brokers"])
    except NoStream:  # asked the one that is down
        return 0


@pytest.fixture
def three() -> Iterator[kafka.Kafka]:
    with kafka.brokers(3) as cluster:
        yield cluster


def test_three_brokers_hold_three_copies_and_with_one_down_topics_can_be_made(three: kafka.Kafka) -> None:
    access = StreamAccess(three.servers, prefix="down")
    apply_topic_changes(access)
    found = fetch_topics_state(access).existing.values()
    assert {(topic.replication, topic.settings["min.insync.replicas"]) for topic in found} == {(3, "2")}
    three.brokers[2].kill()
    assert apply_topic_changes(access) == ()
    until(lambda: alive(access) == 2)
    anew = replace(access, prefix="anew")
    apply_topic_changes(anew)
    assert {topic.replication for topic in fetch_topics_state(anew).existing.values()} == {3}
