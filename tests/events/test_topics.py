"""Topics are made as declared, on real brokers; what can't be changed under waiting events is refused."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from core.faults import InputFaults
from events.stream.access import Access
from events.stream.administration import _make, administering, apply, look, would_apply
from events.stream.faults import NoStream
from events.stream.topics import Altered, Missing, Refused, Topic, assignor_topic, compare, declared
from tests import kafka

pytestmark = pytest.mark.needs("kafka")
NOUNS = ("member-events", "station-events", "benefit-events", "dead-letters")


def names(access: Access) -> list[str]:
    return [f"{access.prefix}.{noun}" for noun in NOUNS] + [f"{access.prefix}-worker-__assignor-__leader"]


def until(holds: Callable[[], bool]) -> None:
    """Brokers learn a moment later what was done."""
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"


def alter(access: Access, topic: str, **settings: str) -> None:
    from kafka.admin import ConfigResource, ConfigResourceType

    with administering(access) as admin:
        asked = ConfigResource(ConfigResourceType.TOPIC, topic, settings)
        admin.alter_configs([asked])
        names = ConfigResource(ConfigResourceType.TOPIC, topic, list(settings))
        deadline = time.monotonic() + 10
        while settings != {
            name: said["value"]
            for name, said in admin.describe_configs([names], config_filter="all")["topic"][topic].items()
        }:
            assert time.monotonic() < deadline, "the broker never learnt what was altered"


def test_what_is_missing_is_made_as_declared_and_the_second_time_nothing_is_done(access: Access) -> None:
    before = look(access)
    assert not before.found
    done = apply(access)
    assert [each.name for each in done if isinstance(each, Missing)] == names(access)
    after = look(access)
    assert after.found == {topic.name: topic for topic in after.wanted}
    assert [after.found[name].partitions for name in names(access)] == [8, 8, 8, 1, 1]
    assert apply(access) == ()


def test_a_dry_run_says_what_would_be_done_and_does_nothing(access: Access) -> None:
    assert [each.name for each in would_apply(access)] == names(access)
    assert not look(access).found


def test_a_setting_that_was_changed_is_told_and_put_right(access: Access) -> None:
    apply(access)
    topic = access.topic("dead-letters")
    alter(access, topic, **{"retention.ms": "1000", "segment.bytes": "2000000"})
    told = (Altered(topic, "retention.ms", "1000", str(90 * 24 * 3600 * 1000)),)
    assert would_apply(access) == told
    assert apply(access) == told
    assert apply(access) == ()
    with administering(access) as admin:  # what we don't declare is the keeper's own
        from kafka.admin import ConfigResource, ConfigResourceType

        asked = [ConfigResource(ConfigResourceType.TOPIC, topic, ["segment.bytes"])]
        said = admin.describe_configs(asked, config_filter="all")["topic"][topic]
    assert said["segment.bytes"]["value"] == "2000000"


@pytest.mark.parametrize("other", [4, 12])
def test_another_number_of_partitions_is_refused_and_nothing_else_is_done(access: Access, other: int) -> None:
    apply(access)
    alter(access, access.topic("dead-letters"), **{"retention.ms": "1000"})
    before = look(access).found
    with pytest.raises(InputFaults) as refused:
        apply(access, other)
    assert [fault.params for fault in refused.value.faults] == [
        {"name": name, "found": "8", "declared": str(other)} for name in names(access)[:2]
    ]
    assert "--partitions {found}" in refused.value.faults[0].remedy
    assert look(access).found == before


def test_partitions_that_somebody_added_are_refused_though_the_command_is_the_same(access: Access) -> None:
    apply(access)
    with administering(access) as admin:
        admin.create_partitions({access.topic("benefit-events"): 9})
    until(lambda: look(access).found[access.topic("benefit-events")].partitions == 9)
    with pytest.raises(InputFaults, match="has 9 partitions, and 8 are declared"):
        apply(access)


def test_the_number_of_partitions_is_chosen_when_topics_are_made(access: Access) -> None:
    apply(access, 3)
    assert apply(access, 3) == ()
    assert [look(access, 3).found[name].partitions for name in names(access)] == [3, 3, 8, 1, 1]


def test_a_topic_that_somebody_makes_meanwhile_is_no_error(access: Access) -> None:
    """Four apply at once: each topic is made by one of them, and the others find it there."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(apply, [access] * 4))
    made = sorted(each.name for differences in done for each in differences)
    assert made == sorted(names(access))
    assert apply(access) == ()


def test_the_topic_that_faust_agrees_by_is_the_one_that_faust_would_make(access: Access) -> None:
    import faust

    app = faust.App(access.group, broker="kafka://127.0.0.1:1")
    topic = app._leader_assignor._leader_topic  # type: ignore[attr-defined]
    assert topic.get_topic_name() == assignor_topic(access)
    assert (topic.partitions, topic.compacting, topic.retention) == (1, None, None)
    made = next(each for each in declared(access, 1) if each.name == assignor_topic(access))
    assert (made.partitions, made.settings["cleanup.policy"]) == (1, "delete")


def test_a_broker_that_is_not_there_is_told(access: Access) -> None:
    with pytest.raises(NoStream, match="can't be reached"):
        look(replace(access, servers="127.0.0.1:1,127.0.0.1:2"))


def test_an_address_that_is_none_is_told(access: Access) -> None:
    with pytest.raises(NoStream, match="no broker's address"):
        look(replace(access, servers="localhost:kafka"))


@pytest.mark.parametrize(
    ("brokers", "copies", "enough"), [(1, 1, "1"), (2, 2, "1"), (3, 3, "2"), (5, 3, "2")]
)
def test_copies_go_by_the_number_of_brokers(brokers: int, copies: int, enough: str) -> None:
    for topic in declared(Access("127.0.0.1:1"), brokers):
        assert (topic.replication, topic.settings["min.insync.replicas"]) == (copies, enough)


def test_what_the_broker_declines_is_told_with_its_reason(access: Access) -> None:
    with pytest.raises(NoStream) as told, administering(access) as admin:
        _make(admin, access, [Topic(f"{access.prefix}.many", 1, 5, {})])
    (fault,) = told.value.faults
    assert "replication factor" in fault.params["why"].lower()


def test_other_copies_than_declared_are_refused() -> None:
    wanted = Topic("t", 1, 3, {})
    (difference,) = compare([wanted], {"t": Topic("t", 1, 1, {})})
    assert isinstance(difference, Refused)
    assert difference.fault.params == {"name": "t", "found": "1", "declared": "3"}


@pytest.fixture(scope="module")
def three() -> Iterator[kafka.Kafka]:
    with kafka.brokers(3) as cluster:
        yield cluster


def test_three_brokers_hold_three_copies_of_which_two_must_be_written(three: kafka.Kafka) -> None:
    access = Access(three.servers)
    apply(access)
    found = look(access).found.values()
    assert {(topic.replication, topic.settings["min.insync.replicas"]) for topic in found} == {(3, "2")}


def alive(access: Access) -> int:
    try:
        with administering(access) as admin:
            return sum(not broker["is_fenced"] for broker in admin.describe_cluster()["brokers"])
    except NoStream:  # asked the one that is down
        return 0


def test_with_one_broker_down_the_topics_are_as_declared_and_can_be_made(three: kafka.Kafka) -> None:
    access = Access(three.servers, prefix="down")
    apply(access)
    three.brokers[2].kill()
    try:
        assert apply(access) == ()
        until(lambda: alive(access) == 2)
        anew = replace(access, prefix="anew")
        apply(anew)
        assert {topic.replication for topic in look(anew).found.values()} == {3}
    finally:
        three.brokers[2].start()
