"""The parts of the bench: the module that measures each, the servers that it uses, the yardstick of its times."""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from types import MappingProxyType

from bench.measurement import Measurement
from bench.yardsticks import Yardstick
from tools.servers import kafka, postgres
from yihui.runtime.routing_faults import RoutingUnavailable
from yihui.services.stations.valhalla_files import find_valhalla_programs


def _has_valhalla() -> bool:
    try:
        return find_valhalla_programs().is_dir()
    except RoutingUnavailable:
        return False


_SERVERS: Mapping[str, Callable[[], bool]] = MappingProxyType(
    {
        "PostgreSQL": postgres.is_at_hand,
        "PostGIS": postgres.has_postgis,
        "Kafka": kafka.is_at_hand,
        "Redis": lambda: shutil.which("redis-server") is not None,
        "Valhalla": _has_valhalla,
    }
)
_STREAM = ("PostgreSQL", "Kafka")


class PartFailedError(Exception):
    """A part ended with an error, which its process has printed."""


@dataclass(frozen=True, slots=True)
class Part:
    """A module of ``bench/`` with a function ``measure``; its measures begin with the name of their group.

    A long part belongs to ``make bench-long``. ``yardstick`` None: of the server in a measure's name, otherwise Python.
    """

    group: str
    name: str
    yardstick: Yardstick | None = None
    servers: Sequence[str] = ()
    is_long: bool = False

    @property
    def names(self) -> set[str]:
        """By what it can be chosen."""
        return {self.group, self.name, f"{self.group}/{self.name}"}

    def measure(self) -> Iterator[Measurement]:
        """Yield each measurement when a process of the part's own has made it: memory and cores are its alone.

        *Raises*: PartFailedError after the measurements that there were.
        """
        processes = get_context("spawn")
        receiving, sending = processes.Pipe(duplex=False)
        process = processes.Process(target=_send_measurements, args=(self.name, sending))
        process.start()
        sending.close()
        try:
            with suppress(EOFError):
                while True:
                    yield receiving.recv()
        finally:
            receiving.close()  # what is measured no more ends at its next measurement
            process.join()  # after an interruption too: it stops its servers first
        if process.exitcode:
            raise PartFailedError(self.name)


def _send_measurements(name: str, sending: Connection) -> None:
    found: Iterable[Measurement] = import_module(f"bench.{name}").measure()
    for measurement in found:
        sending.send(measurement)


PARTS = (
    Part("locator", "locator", Yardstick.NUMPY, ("PostGIS", "Redis")),
    Part("locator", "check", Yardstick.NUMPY),
    Part("locator", "hours"),
    Part("locator", "loading"),
    Part("start", "start"),
    Part("start", "demo", Yardstick.NONE, is_long=True),
    Part("organisations", "organisations", servers=("PostgreSQL",)),
    Part("coverage", "coverage", Yardstick.NUMPY),
    Part("coverage", "access", Yardstick.NUMPY),
    Part("planning", "planning"),
    Part("rules", "rules"),
    Part("rules", "rules_simulate"),
    Part("ledger", "ledger", Yardstick.SQLITE),
    Part("ledger", "admission", servers=("PostgreSQL",), is_long=True),
    Part("ledger", "hot_quota", Yardstick.POSTGRESQL, ("PostgreSQL",)),
    Part("ledger", "ledger_export"),
    Part("schedule", "schedule", Yardstick.SQLITE),
    Part("coverage", "siting_big", Yardstick.NUMPY),
    Part("coverage", "siting", Yardstick.NUMPY, is_long=True),
    Part("coverage", "siting_known", Yardstick.NUMPY, is_long=True),
    Part("coverage", "siting_dense", Yardstick.NUMPY, is_long=True),
    Part("coverage", "raster", Yardstick.NUMPY),
    Part("web", "web"),
    Part("web", "web_page"),
    Part("web", "web_silent"),
    Part("web", "web_streams"),
    Part("web", "web_streets", servers=("Valhalla",)),
    Part("stream", "stream", Yardstick.POSTGRESQL, _STREAM),
    Part("stream", "stream_post", Yardstick.POSTGRESQL, _STREAM),
    Part("stream", "stream_rolling", Yardstick.NONE, _STREAM),
    Part("stream", "rush", Yardstick.POSTGRESQL, _STREAM, is_long=True),
    Part("failover", "failover", Yardstick.NONE, _STREAM, is_long=True),
    Part("joins", "joins", Yardstick.PYTHON, _STREAM),
)


def choose_parts(names: Sequence[str], part_of: Mapping[str, str], *, are_long: bool = False) -> list[Part]:
    """Return the parts that are named by their group, by ``group/part``, part or measure; without names all.

    ``part_of`` says which part makes a measure; a group means its parts of this kind, long or not.
    *Raises*: ValueError with all unknown names.
    """
    if not names:
        return [one for one in PARTS if one.is_long is are_long]
    known = {name for one in PARTS for name in one.names} | set(part_of)
    if strange := sorted(set(names) - known):
        raise ValueError(f"nothing is called {', '.join(strange)}; `python -m bench --list` shows the names")
    wanted = set(names) | {part_of[name] for name in names if name in part_of}
    return [
        one
        for one in PARTS
        if wanted & (one.names - {one.group}) or (one.group in wanted and one.is_long is are_long)
    ]


def find_lacking_servers(parts: Iterable[Part]) -> list[str]:
    """Return the servers that these parts use and that are not installed."""
    wanted = {server for one in parts for server in one.servers}
    return [name for name, is_at_hand in _SERVERS.items() if name in wanted and not is_at_hand()]
