"""yihui topics, as its users run it."""

import json

import pytest

from events.stream import administration
from events.stream.access import StreamAccess
from tests.yihui.commands import Command

NAMES = ["member-events", "station-events", "benefit-events", "dead-letters"]


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
    assert (done.code, len(done.out.splitlines())) == (0, 5)
    assert f"+ {names[0]}：3 个分区，1 个副本" in done.out
    again = yihui("topics", "apply", "--partitions", "3")
    assert (again.code, again.out.strip()) == (0, "主题与声明一致")

    after = json.loads(yihui("topics", "list", "--json", "--partitions", "3").out)
    assert [(row["state"], row["partitions"]) for row in after] == [
        ("as declared", count) for count in (3, 3, 8, 1, 1)
    ]
    assert after[0]["settings"]["cleanup.policy"] == "delete"
    differing = yihui("topics", "list", lang="en").out.splitlines()
    assert [line for line in differing if "not as declared" in line] == differing[:2]


@pytest.mark.endure
@pytest.mark.needs("kafka")
@pytest.mark.parametrize("dry", [(), ("--dry-run",)], ids=["apply", "dry run"])
def test_a_change_of_partitions_is_refused_with_what_to_do(
    yihui: Command, named: StreamAccess, dry: tuple[str, ...]
) -> None:
    assert yihui("topics", "apply").code == 0
    refused = yihui("topics", "apply", "--partitions", "12", "--json", *dry)
    assert refused.code == 1
    (member, station) = json.loads(refused.out)["errors"]
    assert member["message"] == f"主题 {named.prefix}.member-events 有 8 个分区，声明的是 12 个"
    assert "--partitions 8" in member["remedy"]
    assert station["value"] == "8"


@pytest.mark.endure
@pytest.mark.needs("kafka")
def test_the_number_of_partitions_may_be_a_setting(
    yihui: Command, named: StreamAccess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YIHUI_KAFKA_PARTITIONS", "2")
    assert yihui("topics", "apply").code == 0
    assert [row["partitions"] for row in json.loads(yihui("topics", "list", "--json").out)] == [2, 2, 8, 1, 1]


def test_a_prefix_that_no_topic_can_have_is_told_before_a_broker_is_asked(
    yihui: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    for prefix in ("济南", "a b", "a/b", "x" * 201):
        monkeypatch.setenv("YIHUI_KAFKA", "127.0.0.1:1")
        monkeypatch.setenv("YIHUI_KAFKA_PREFIX", prefix)
        done = yihui("topics", "apply")
        assert (done.code, done.out, "YIHUI_KAFKA_PREFIX" in done.err) == (3, "", True)


@pytest.mark.parametrize(
    ("servers", "told"),
    [
        (None, "没有指定消息服务器"),
        ("127.0.0.1:1", "连不上消息服务器 127.0.0.1:1"),
        ("a:b", "a:b 不是消息服务器的地址"),
    ],
)
def test_without_a_broker_it_is_the_environment_that_is_wrong(
    yihui: Command, monkeypatch: pytest.MonkeyPatch, servers: str | None, told: str
) -> None:
    if servers is None:
        monkeypatch.delenv("YIHUI_KAFKA", raising=False)
    else:
        monkeypatch.setenv("YIHUI_KAFKA", servers)
        monkeypatch.setenv("YIHUI_KAFKA_PROTOCOL", "PLAINTEXT")  # said so, as for any remote broker
    monkeypatch.setattr(administration, "_BOOTSTRAP_WITHIN_MS", 200)
    done = yihui("topics", "list")
    assert (done.code, done.out) == (3, "")
    assert told in done.err
