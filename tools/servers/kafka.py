"""Private Kafka brokers (KRaft): real, on free ports of 127.0.0.1, gone after the tests."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tools.servers.postgres import free_port

JARS = Path(__file__).parents[2] / "build" / "kafka" / "libs"
HEAP = "384m"
_UP_WITHIN_S = 600.0  # a server that ends is told at once
_LOOK_EVERY_S = 0.05

# A broker that was killed is let in again after seconds, not after the default's twelve.
_QUICK = {
    "auto.create.topics.enable": "false",
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    "group.initial.rebalance.delay.ms": "0",
    "offsets.topic.num.partitions": "8",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "2",
    "group.min.session.timeout.ms": "1000",
}


def is_at_hand() -> bool:
    """Java, and the jars that ``tools/servers.sh`` lays out."""
    return shutil.which("java") is not None and any(JARS.glob("kafka_*.jar"))


def _java(main: str, *arguments: str, jvm: Sequence[str] = ()) -> list[str]:
    options = ["-Xms64m", f"-Xmx{HEAP}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"
    return ["java", *options, quiet, *jvm, "-cp", f"{JARS}/*", main, *arguments]


@dataclass(slots=True)
class Broker:
    """One broker, which is its own controller's voter too. ``port`` is where clients come in."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it listens. *Raises*: RuntimeError with the end of its log."""
        with (self.folder / "log.txt").open("ab") as log:
            command = _java("kafka.Kafka", str(self.folder / "server.properties"))
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        if wait:
            self.wait_until_up()

    def wait_until_up(self) -> None:
        deadline = time.monotonic() + _UP_WITHIN_S
        while not self._listens():
            assert self.process is not None, "the broker was never started"
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Kafka did not start:\n{self.log()[-2000:]}")
            time.sleep(_LOOK_EVERY_S)  # another process's port: there is nothing to wait on

    def _listens(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def log(self) -> str:
        return (self.folder / "log.txt").read_text(errors="replace")

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        self._end(signal.SIGKILL)

    def pause(self) -> None:
        self._send(signal.SIGSTOP)

    def resume(self) -> None:
        self._send(signal.SIGCONT)

    def _send(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(number)

    def _end(self, number: int) -> None:
        self._send(number)
        if self.process is not None:
            self.process.wait()
            self.process = None


@dataclass(frozen=True, slots=True)
class Kafka:
    """Some brokers that are one cluster."""

    brokers: list[Broker] = field(default_factory=list)

    @property
    def servers(self) -> str:
        """What clients are given: ``host:port,host:port``."""
        return ",".join(broker.address for broker in self.brokers)


@contextmanager
def brokers(
    number: int = 1,
    listener: str = "PLAINTEXT",
    more: Mapping[str, str] | None = None,
    *format_: str,
    folder: Path | None = None,
) -> Iterator[Kafka]:
    """A cluster of so many brokers. ``listener`` is the clients' security protocol, ``more`` settings for it.

    ``format_`` goes to the storage tool (SCRAM's first users: ``--add-scram``, ``SCRAM-SHA-256=[…]``).
    """
    folder = folder or Path(tempfile.mkdtemp(prefix="yihui-kafka-"))
    made: list[Broker] = []
    try:
        made = laid_out(folder, number, listener, more, *format_)
        start_all(made)
        yield Kafka(made)
    finally:
        for broker in made:
            broker.resume()
            broker.kill()
        shutil.rmtree(folder, ignore_errors=True)


def laid_out(
    folder: Path,
    number: int = 1,
    listener: str = "PLAINTEXT",
    more: Mapping[str, str] | None = None,
    *format_: str,
) -> list[Broker]:
    """So many brokers of one cluster, formatted and not yet started."""
    made = [Broker(folder / str(n), free_port()) for n in range(1, number + 1)]
    controllers = [free_port() for _ in made]
    voters = ",".join(f"{n}@127.0.0.1:{port}" for n, port in enumerate(controllers, 1))
    for n, broker in enumerate(made, 1):
        settings = {**_settings(n, broker, controllers[n - 1], number, listener), **(more or {})}
        settings["controller.quorum.voters"] = voters
        _format(broker, settings, format_)
    return made


def start_all(made: Sequence[Broker]) -> None:
    """Start brokers that need each other, and wait until all listen."""
    for broker in made:
        broker.start(wait=False)
    for broker in made:
        broker.wait_until_up()


def _settings(n: int, broker: Broker, controller: int, number: int, listener: str) -> dict[str, str]:
    copies, enough = str(min(number, 3)), str(2 if number > 2 else 1)
    # Among themselves brokers talk in plain text on a port of their own where clients don't.
    own = "" if listener == "PLAINTEXT" else f",INSIDE://127.0.0.1:{free_port()}"
    client = f"CLIENT://127.0.0.1:{broker.port}"
    kinds = f"CLIENT:{listener},CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT"
    return _QUICK | {
        "process.roles": "broker,controller",
        "node.id": str(n),
        "listeners": f"{client},CONTROLLER://127.0.0.1:{controller}{own}",
        "advertised.listeners": f"{client}{own}",
        "inter.broker.listener.name": "INSIDE" if own else "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": kinds,
        "log.dirs": str(broker.folder / "data"),
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": enough,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": enough,
    }


_CLUSTER = "eWlodWktcHJpdmF0ZS0wMQ"  # any 16 bytes, the same for all


def _format(broker: Broker, settings: Mapping[str, str], more: Sequence[str]) -> None:
    broker.folder.mkdir(parents=True, exist_ok=True)
    path = broker.folder / "server.properties"
    path.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
    command = _java("kafka.tools.StorageTool", "format", "-t", _CLUSTER, "-c", str(path), *more)
    done = subprocess.run(command, capture_output=True, check=False, env={**os.environ})
    if done.returncode:
        raise RuntimeError(f"Kafka's storage could not be formatted:\n{done.stdout.decode()[-2000:]}")
