"""The table of topics and how those that are there differ from it; no broker is needed to see that."""

from dataclasses import replace

import pytest

from events.stream.access import StreamAccess
from events.stream.administration import fetch_topics_state
from events.stream.faults import NoStream
from events.stream.topics import (
    ChangedSetting,
    MissingTopic,
    RefusedChange,
    assignor_topic_name,
    compare_topics,
    declared_topics,
)

ACCESS = StreamAccess("127.0.0.1:1")


@pytest.mark.parametrize(
    ("brokers", "copies", "enough"), [(1, 1, "1"), (2, 2, "1"), (3, 3, "2"), (5, 3, "2")]
)
def test_copies_go_by_the_number_of_brokers(brokers: int, copies: int, enough: str) -> None:
    for topic in declared_topics(ACCESS, brokers):
        assert (topic.replication, topic.settings["min.insync.replicas"]) == (copies, enough)


def test_the_number_of_partitions_is_chosen_for_what_workers_read() -> None:
    assert [topic.partitions for topic in declared_topics(ACCESS, 1)] == [8, 8, 8, 1]
    assert [topic.partitions for topic in declared_topics(ACCESS, 1, 3)] == [3, 3, 8, 1]


def test_settings_are_put_right_and_partitions_and_copies_refused() -> None:
    members, stations, benefits, leader = declared_topics(ACCESS, 3)
    other = replace(benefits, name="other")
    found = {
        members.name: replace(members, partitions=4),
        stations.name: replace(stations, replication=1),
        benefits.name: replace(benefits, partitions=9),
        other.name: replace(other, settings={**other.settings, "retention.ms": "1"}),
    }
    *refused, setting, missing = compare_topics([members, stations, benefits, other, leader], found)
    assert all(isinstance(each, RefusedChange) for each in refused)
    assert [(each.fault.code, each.fault.params) for each in refused] == [  # type: ignore[union-attr]
        ("topics.choosable_partitions", {"name": members.name, "found": "4", "declared": "8"}),
        ("topics.replication", {"name": stations.name, "found": "1", "declared": "3"}),
        ("topics.partitions", {"name": benefits.name, "found": "9", "declared": "8"}),
    ]
    assert setting == ChangedSetting(other.name, "retention.ms", "1", other.settings["retention.ms"])
    assert missing == MissingTopic(leader)


def test_the_topic_that_faust_agrees_by_is_the_one_that_faust_would_make() -> None:
    import faust

    app = faust.App(ACCESS.consumer_group, broker="kafka://127.0.0.1:1")
    topic = app._leader_assignor._leader_topic  # type: ignore[attr-defined]
    assert topic.get_topic_name() == assignor_topic_name(ACCESS)
    assert (topic.partitions, topic.compacting, topic.retention) == (1, None, None)
    made = next(each for each in declared_topics(ACCESS, 1) if each.name == assignor_topic_name(ACCESS))
    assert (made.partitions, made.settings["cleanup.policy"]) == (1, "delete")


def test_an_address_that_is_none_is_told() -> None:
    with pytest.raises(NoStream, match="no broker's address"):
        fetch_topics_state(replace(ACCESS, servers="localhost:kafka"))
