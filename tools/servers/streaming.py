"""Workers in tests: real processes of ``yihui worker``, lines into topics, and how far the group has come."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from events.stream.access import StreamAccess
from events.stream.message import build_message
from yihui.services.rules.rules import SHIPPED_RULES

NOW = "2026-10-03T15:10:00Z"
_LOOK_EVERY_S = 0.05


def make_topics(access: StreamAccess, partitions: int = 4, replication: int = 1) -> None:
    """The topics that workers read, and that of Faust."""
    admin = KafkaAdminClient(bootstrap_servers=access.servers)
    names = [(topic, partitions) for topic in consumed(access)] + [
        (f"{access.consumer_group}-__assignor-__leader", 1)
    ]
    admin.create_topics([NewTopic(name, number, replication) for name, number in names])
    admin.close()


def consumed(access: StreamAccess) -> list[str]:
    return [access.topic_name("member-events"), access.topic_name("station-events")]


def produce(access: StreamAccess, lines: Sequence[str]) -> None:
    """Events in JSON into their topics, in order; back once the brokers have them."""
    with producer(access) as sender:
        for line in lines:
            event = json.loads(line)
            message = build_message(line)
            sender.send(
                access.topic_for_event_type(event["type"]),
                message.value,
                key=message.key,
                headers=list(message.headers),
            )


def produce_raw(
    access: StreamAccess, value: bytes | None, headers: Sequence[tuple[str, bytes]] = (), key: bytes = b"m-1"
) -> None:
    """Anything at all into the members' topic."""
    with producer(access) as sender:
        sender.send(access.topic_name("member-events"), value, key=key, headers=list(headers))


@contextmanager
def producer(access: StreamAccess) -> Iterator[KafkaProducer]:
    made = KafkaProducer(bootstrap_servers=access.servers, acks="all", linger_ms=5)
    try:
        yield made
        made.flush()
    finally:
        made.close()


@dataclass(slots=True)
class GroupProgress:
    """How far a group has come, by topic and partition."""

    committed: Mapping[tuple[str, int], int]
    ends: Mapping[tuple[str, int], int]

    @property
    def lag(self) -> int:
        return sum(end - self.committed.get(place, 0) for place, end in self.ends.items())


class Group:
    """Looks at the workers' group from outside, with kafka-python."""

    def __init__(self, access: StreamAccess) -> None:
        self.access = access
        self._consumer = KafkaConsumer(
            bootstrap_servers=access.servers, group_id=access.consumer_group, enable_auto_commit=False
        )

    def read_progress(self) -> GroupProgress:
        places = [
            TopicPartition(topic, number)
            for topic in consumed(self.access)
            for number in self._consumer.partitions_for_topic(topic) or ()
        ]
        committed = {(p.topic, p.partition): self._consumer.committed(p) or 0 for p in places}
        ends = {(p.topic, p.partition): end for p, end in self._consumer.end_offsets(places).items()}
        return GroupProgress(committed, ends)

    def members(self) -> int:
        """How many workers have partitions."""
        admin = KafkaAdminClient(bootstrap_servers=self.access.servers)
        try:
            [found] = admin.describe_groups([self.access.consumer_group]).values()
        finally:
            admin.close()
        return sum(bool(member["member_assignment"]) for member in found["members"])

    def close(self) -> None:
        self._consumer.close(autocommit=False)


@contextmanager
def group(access: StreamAccess) -> Iterator[Group]:
    opened = Group(access)
    try:
        yield opened
    finally:
        opened.close()


def wait_until(condition: Callable[[], object], *workers: "Worker", within_s: float = 90.0) -> None:
    """Look until it holds. *Raises*: AssertionError with what workers said, at once where one has ended."""
    deadline = time.monotonic() + within_s
    while not condition():
        for worker in workers:
            assert worker.is_running, worker.read_log()
        said = "\n".join(worker.read_log() for worker in workers)
        assert time.monotonic() < deadline, f"not within {within_s} s: {said}"
        time.sleep(_LOOK_EVERY_S)  # other processes' doing: there is nothing to wait on


def wait_until_done(access: StreamAccess, *workers: "Worker", within_s: float = 90.0) -> None:
    """Until the group's committed offsets are the topics' ends. Fails at once where a worker has ended."""
    with group(access) as looked:
        wait_until(lambda: looked.read_progress().lag == 0, *workers, within_s=within_s)


def livez(port: int) -> dict[str, object]:
    """What a worker says of itself; nothing while it doesn't answer."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/livez", timeout=30) as page:
            return dict(json.loads(page.read()))
    except OSError:
        return {}


@dataclass(slots=True)
class Worker:
    """One process."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def read_log(self) -> str:
        return self.log.read_text(errors="replace")[-3000:]

    def kill(self) -> None:
        """SIGKILL, also to what it started itself."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def pause(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def stop(self, within_s: float = 15.0) -> int:
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait(within_s)

    def wait(self, within_s: float = 90.0) -> int:
        """Until it ends by itself; gives the exit code."""
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"still runs after {within_s} s: {self.read_log()}") from late


def environment(access: StreamAccess, database: str, folder: Path, **more: str) -> dict[str, str]:
    """What a process of ours is given: brokers, database, a folder of its own, a clock that stands still."""
    return os.environ | {
        "YIHUI_KAFKA": access.servers,
        "YIHUI_KAFKA_PREFIX": access.prefix,
        "YIHUI_DATABASE_URL": database,
        "YIHUI_DATA_FOLDER": str(folder),
        "YIHUI_RULES": str(SHIPPED_RULES),
        "YIHUI_NOW": NOW,
        **more,
    }


_MODULE = ("yihui", "worker")


def start_worker(
    given: Mapping[str, str],
    folder: Path,
    *options: str,
    module: Sequence[str] = _MODULE,
    name: str = "worker",
) -> Worker:
    """Start one; whoever starts it ends it. ``module`` and its first arguments may be another program's."""
    log = folder / f"{name}.log"
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *module, *options],
            env=dict(given),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return Worker(process, log)


@contextmanager
def running(
    given: Mapping[str, str],
    folder: Path,
    *options: str,
    module: Sequence[str] = _MODULE,
    name: str = "worker",
) -> Iterator[Worker]:
    """One worker, killed at the end if it still runs."""
    worker = start_worker(given, folder, *options, module=module, name=name)
    try:
        yield worker
    finally:
        if worker.is_running:
            worker.kill()
