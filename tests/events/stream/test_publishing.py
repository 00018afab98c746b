"""``yihui events publish``: a file straight to the topics, line by line, and from where it stopped."""

import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from events.stream.access import StreamAccess
from events.stream.faults import NoStream, no_stream
from events.stream.producer import WINDOW_MESSAGES, AddressedMessage, Producer, WindowDelivery
from events.stream.publishing import FilePublisher
from store import Database
from tests.events.sending import NOW, Sender
from tests.events.stream.reading import make_topics, read
from tests.yihui.commands import Command, commands_through

BAD = ("nonsense", Sender()("benefit.refused", rule="r", decision="d", reasons=[]), "")


@pytest.fixture
def send() -> Sender:
    return Sender()


@pytest.fixture
def yihui(
    access: StreamAccess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    for name, value in {
        "YIHUI_KAFKA": access.servers,
        "YIHUI_KAFKA_PREFIX": access.prefix,
        "YIHUI_DATABASE_URL": str(tmp_path / "yihui.db"),
        "YIHUI_DATA_FOLDER": str(tmp_path),
        "YIHUI_NOW": NOW.isoformat(),
    }.items():
        monkeypatch.setenv(name, value)
    return commands_through(capsys)


def written(path: Path, lines: Sequence[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def ids(access: StreamAccess, noun: str = "member-events") -> list[str]:
    return sorted((item.id for item in read(access, f"{access.prefix}.{noun}")), key=lambda id: int(id[2:]))


class Fake:
    """Takes so many windows; then nobody is there."""

    def __init__(self, windows: int) -> None:
        self.left = windows
        self.taken: list[str] = []

    def deliver(
        self, window: Sequence[AddressedMessage], stopped: Callable[[], bool] = lambda: False
    ) -> WindowDelivery:
        if not self.left:
            return WindowDelivery([], {}, no_stream("unreachable", "nowhere"))
        self.left -= 1
        self.taken += [dict(item.message.headers)["ce_id"].decode() for item in window]
        return WindowDelivery(list(range(len(window))), {})


@pytest.mark.endure
@pytest.mark.needs("kafka")
def test_good_lines_are_sent_and_all_faulty_ones_told(
    yihui: Command, access: StreamAccess, send: Sender, tmp_path: Path
) -> None:
    make_topics(access)
    file = written(tmp_path / "events.jsonl", [send.joined("m-1"), *BAD, send.birthday("m-1")])
    dry = yihui("events", "publish", file, "--dry-run", "--json")
    assert (dry.code, json.loads(dry.out.splitlines()[-1])) == (1, {"good": 2, "rejected": 2})
    assert ids(access) == []
    done = yihui("events", "publish", file, "--json")
    *told, total = [json.loads(line) for line in done.out.splitlines()]
    assert (done.code, total) == (1, {"sent": 2, "rejected": 2})
    assert [line["row"] for line in told] == [2, 3]
    assert all(
        error["remedy"] and error["file"] == "events.jsonl" for line in told for error in line["errors"]
    )
    assert ids(access) == ["e-1", "e-2"]
    again = yihui("events", "publish", file)
    assert (again.code, "--from-start" in again.out) == (0, True)
    assert yihui("events", "publish", file, "--from-start").code == 1
    assert ids(access) == ["e-1", "e-1", "e-2", "e-2"]


def test_the_good_lines_of_a_window_are_counted_and_the_others_told(send: Sender) -> None:
    lines = "\n".join([send.joined("m-1"), *BAD, send.birthday("m-1")]) + "\n"
    publisher = FilePublisher(StreamAccess("nowhere", prefix="other"), None, lambda: NOW)
    (window,) = publisher.publish_stream(io.BytesIO(lines.encode()))
    assert window.sent == 2
    assert [number for number, _ in window.faults] == [2, 3]


@pytest.mark.endure
@pytest.mark.needs("kafka")
def test_standard_input_is_sent_and_keeps_no_place(
    yihui: Command, access: StreamAccess, send: Sender, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    make_topics(access)
    lines = f"{send.joined()}\nnonsense\n".encode()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(lines)))
    done = yihui("events", "publish", "-")
    assert (done.code, "-:2" in done.err) == (1, True)
    assert ids(access) == ["e-1"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    assert "--from-start" not in yihui("events", "publish", "-").out
    assert not (tmp_path / "yihui.db").exists()


@pytest.mark.endure
@pytest.mark.needs("kafka")
def test_what_the_broker_takes_in_no_case_is_told_by_its_line(
    yihui: Command, access: StreamAccess, send: Sender, tmp_path: Path
) -> None:
    make_topics(access, max_message_bytes="20000")
    big = send.joined("m-1", envelope={"comnote": "好" * 20_000})
    file = written(tmp_path / "events.jsonl", [send.joined(), big, send.birthday()])
    done = yihui("events", "publish", file, lang="en")
    assert (done.code, "events.jsonl:2" in done.err, "max.message.bytes" in done.err) == (1, True, True)
    assert ids(access) == ["e-2", "e-3"]


def test_stopped_it_goes_on_where_the_last_window_was_confirmed(
    database: Database, send: Sender, tmp_path: Path
) -> None:
    lines = [send.joined(f"m-{n}") for n in range(2 * WINDOW_MESSAGES + 100)]
    lines[5] = "nonsense"
    file = written(tmp_path / "events.jsonl", lines)
    access = StreamAccess("nowhere")
    first, second = Fake(1), Fake(10)
    with pytest.raises(NoStream):
        list(FilePublisher(access, first, lambda: NOW).publish_file(file, database))
    steps = list(FilePublisher(access, second, lambda: NOW).publish_file(file, database))
    assert (len(first.taken), sum(step.sent for step in steps)) == (999, 1_100)
    assert [*first.taken, *second.taken] == [f"e-{n}" for n in range(1, 2_101) if n != 6]
    assert steps[-1].position == file.stat().st_size
    assert not list(FilePublisher(access, Fake(9), lambda: NOW).publish_file(file, database))
    with file.open("a", encoding="utf-8") as more:
        more.write(send.joined("m-new") + "\n")
    third = Fake(9)
    list(FilePublisher(access, third, lambda: NOW).publish_file(file, database))
    assert third.taken == ["e-2101"]
    other = Fake(9)  # another cluster's topics have had nothing of it
    list(
        FilePublisher(StreamAccess("nowhere", prefix="other"), other, lambda: NOW).publish_file(
            file, database
        )
    )
    assert len(other.taken) == 2_100


@pytest.mark.endure
@pytest.mark.needs("kafka")
def test_a_window_of_large_events_is_cut_so_that_each_fits(access: StreamAccess, send: Sender) -> None:
    make_topics(access)
    producer = Producer(access)
    lines = b"".join(
        send.joined(f"m-{n % 2}", envelope={"comnote": "x" * 150_000}).encode() + b"\n" for n in range(20)
    )
    steps = list(FilePublisher(access, producer, lambda: NOW).publish_stream(io.BytesIO(lines)))
    producer.close()
    assert [(step.sent, step.faults) for step in steps] == [(20, ())]
    assert len(read(access, access.topic_name("member-events"))) == 20
