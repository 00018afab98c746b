"""yihui topics, as its users run it."""

import json

import pytest

from events.stream.access import StreamAccess
from tests.yihui.commands import Command

NAMES = ["member-events", "station-events", "benefit-events"]


@pytest.fixture
def named(access: StreamAccess, monkeypatch: pytest.MonkeyPatch) -> StreamAccess:
    """The settings name the broker."""
    monkeypatch.setenv("YIHUI_KAFKA", access.servers)
    monkeypatch.setenv("YIHUI_KAFKA_PREFIX", access.prefix)
    return access


@pytest.mark.needs("kafka")
def test_topics_are_listed_applied_and_listed_again(yihui: Command, named: StreamAccess) -> None:
    names = [f"{named.prefix}.{noun}" for noun in NAMES] + [f"{named.prefix}-worker-__assignor-__leader"]
    before = json.loads(yihui("topics", "list", "--json").out)
    assert [(row["name"], row["state"]) for row in before] == [(name, "missing") for name in names]

    dry = yihui("topics", "apply", "--dry-run", "--json")
    assert [(row["name"], row["action"]) for row in json.loads(dry.out)] == [
        (name, "create") for name in names
    ]
    done = yihui("topics", "apply", "--partitions", "3")
    assert (done.code, len(done.out.splitlines())) == (0, 4)
    assert f"+ {names[0]}：3 个分区，1 个副本" in done.out
    again = yihui("topics", "apply", "--partitions", "3")
    assert (again.code, again.out.strip()) == (0, "主题与声明一致")

    after = json.loads(yihui("topics", "list", "--json", "--partitions", "3").out)
    assert [(row["state"], row["partitions"]) for row in after] == [
        ("as declared", count) for count in (3, 3, 8, 1)
    ]
    assert after[0]["settings"]["cleanup.policy"] == "delete"
    differing = yihui("topics", "list", lang="en").out.splitlines()
    assert [line for line in differing if "not as declared" in line] == differing[:2]


def test_a_prefix_that_no_topic_can_have_is_told_before_a_broker_is_asked(
    yihui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for prefix in ("济南", "a b", "a/b", "x" * 201):
        monkeypatch.setenv("YIHUI_KAFKA", "127.0.0.1:1")
        monkeypatch.setenv("YIHUI_KAFKA_PREFIX", prefix)
        done = yihui("topics", "apply")
        assert (done.code, done.out, "YIHUI_KAFKA_PREFIX" in done.err) == (3, "", True)
