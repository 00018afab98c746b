"""The parts of the bench: the module that measures each, the servers that it uses, the yardstick of its times."""

import shutil
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from bench.measurement import Measurement
from bench.yardsticks import Yardstick
from tools.servers import kafka, postgres

_SERVERS: Mapping[str, Callable[[], bool]] = MappingProxyType(
    {
        "PostgreSQL": postgres.is_at_hand,
        "PostGIS": postgres.has_postgis,
        "Kafka": kafka.is_at_hand,
        "Redis": lambda: shutil.which("redis-server") is not None,
    }
)
_STREAM = ("PostgreSQL", "Kafka")


@dataclass(frozen=True, slots=True)
class Part:
    """A module of ``bench/`` with a function ``measure``; its measures begin with the name of their group."""

    group: str
    name: str
    yardstick: Yardstick = Yardstick.PYTHON
    servers: Sequence[str] = ()

    @property
    def names(self) -> set[str]:
        """By what it can be chosen."""
        return {self.group, self.name, f"{self.group}/{self.name}"}

    def measure(self) -> Generator[Measurement]:
        """Yield each measurement when it is there."""
        found: Iterable[Measurement] = import_module(f"bench.{self.name}").measure()
        yield from found


PARTS = (
    Part("locator", "locator", Yardstick.NUMPY, ("PostGIS", "Redis")),
    Part("locator", "check", Yardstick.NUMPY),
    Part("locator", "hours"),
    Part("locator", "loading"),
    Part("start", "start"),
    Part("organisations", "organisations", servers=("PostgreSQL",)),
    Part("coverage", "coverage", Yardstick.NUMPY),
    Part("coverage", "access", Yardstick.NUMPY),
    Part("rules", "rules"),
    Part("rules", "rules_simulate"),
    Part("ledger", "ledger", Yardstick.SQLITE),
    Part("ledger", "admission", Yardstick.SQLITE, ("PostgreSQL",)),
    Part("ledger", "hot_quota", Yardstick.POSTGRESQL, ("PostgreSQL",)),
    Part("ledger", "ledger_export"),
    Part("schedule", "schedule", Yardstick.SQLITE),
    Part("coverage", "siting", Yardstick.NUMPY),
    Part("coverage", "siting_known", Yardstick.NUMPY),
    Part("coverage", "raster", Yardstick.NUMPY),
    Part("web", "web"),
    Part("web", "web_page"),
    Part("web", "web_silent"),
    Part("web", "web_streams"),
    Part("stream", "stream", Yardstick.POSTGRESQL, _STREAM),
    Part("stream", "stream_post", Yardstick.POSTGRESQL, _STREAM),
    Part("stream", "stream_rolling", Yardstick.NONE, _STREAM),
    Part("stream", "rush", Yardstick.POSTGRESQL, _STREAM),
    Part("failover", "failover", Yardstick.NONE, _STREAM),
    Part("joins", "joins", Yardstick.SQLITE, _STREAM),
)


def choose_parts(names: Sequence[str], part_of: Mapping[str, str]) -> list[Part]:
    """Return the parts that are named by their group, by ``group/part``, part or measure; without names all.

    ``part_of`` says which part makes a measure. *Raises*: ValueError with all unknown names.
    """
    if not names:
        return list(PARTS)
    known = {name for one in PARTS for name in one.names} | set(part_of)
    if strange := sorted(set(names) - known):
        raise ValueError(f"nothing is called {', '.join(strange)}; `python -m bench --list` shows the names")
    wanted = set(names) | {part_of[name] for name in names if name in part_of}
    return [one for one in PARTS if wanted & one.names]


def find_lacking_servers(parts: Iterable[Part]) -> list[str]:
    """Return the servers that these parts use and that are not installed."""
    wanted = {server for one in parts for server in one.servers}
    return [name for name, is_at_hand in _SERVERS.items() if name in wanted and not is_at_hand()]
