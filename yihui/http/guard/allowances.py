"""How much one network may ask of the site: an allowance that fills steadily and is never more than full.

The generic cell rate algorithm (ITU-T I.371): for each client one number, the moment at which its allowance
is full again. A client is a network address; of IPv6 a network of 64 bits, since one phone has all of it.
Nothing but that is kept, in memory, of the clients heard last.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from math import ceil
from threading import Lock
from time import monotonic

from starlette.types import Scope

from yihui.runtime.networks import client_network

MOST_CLIENTS = 100_000  # remembered for each allowance; the one silent for longest is forgotten first
READS, MAPS, POINTS, WRITES = "reads", "maps", "points", "writes"
# For each read a second that a client has in the long run: so many of each, and ten seconds' worth at once.
_SHARES = {READS: 1.0, MAPS: 20.0, POINTS: 20.0, WRITES: 0.1}
_BURST_S = 10.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left of an allowance. ``wait_s``: until what was refused would be admitted, 0 where it was."""

    name: str
    most: int
    left: int
    full_in_s: float
    wait_s: float = 0.0

    @property
    def policy(self) -> str:
        """As the header RateLimit-Policy has it (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.most};w={round(_BURST_S)}'

    @property
    def remaining(self) -> str:
        """As the header RateLimit has it."""
        return f'"{self.name}";r={self.left};t={ceil(self.wait_s or self.full_in_s)}'


class TooOften(Exception):
    """An allowance is used up; nothing was done."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(standing.name)
        self.standing = standing


@dataclass(slots=True)
class Allowance:
    """``rate_per_s`` in the long run, ``most`` at once, for each client."""

    name: str
    rate_per_s: float
    most: int
    clock: Callable[[], float] = monotonic
    most_clients: int = MOST_CLIENTS
    _full_at: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def spend(self, client: str, amount: int = 1) -> Standing:
        """Take an amount, or nothing where it is more than is left. *Raises*: TooOften."""
        with self._lock:
            now = self.clock()
            full_at = max(self._full_at.get(client, now), now)
            after = full_at + amount / self.rate_per_s
            over_s = after - now - self.most / self.rate_per_s
            if over_s > 1e-9:
                raise TooOften(self._standing(full_at - now, over_s))
            self._full_at[client] = after
            self._full_at.move_to_end(client)
            if len(self._full_at) > self.most_clients:
                self._full_at.popitem(last=False)
            return self._standing(after - now)

    def _standing(self, full_in_s: float, wait_s: float = 0.0) -> Standing:
        left = max(0, int(self.most - full_in_s * self.rate_per_s + 1e-6))
        return Standing(self.name, self.most, left, full_in_s, wait_s)


class Allowances:
    """Reads, files of the map, points asked about at once, and writes, each by itself; without ``per_client`` nobody is limited."""

    def __init__(self, per_client: float | None, clock: Callable[[], float] = monotonic) -> None:
        self._by_name: dict[str, Allowance] = {}
        for name, share in _SHARES.items() if per_client else ():
            rate_per_s = share * (per_client or 0.0)
            self._by_name[name] = Allowance(name, rate_per_s, max(1, round(rate_per_s * _BURST_S)), clock)

    def spend(self, name: str, address: str, amount: int = 1) -> Standing | None:
        """Take it from the client's allowance; None where nobody is limited. *Raises*: TooOften."""
        allowance = self._by_name.get(name)
        return allowance.spend(client_of(address), amount) if allowance and amount else None


@lru_cache(maxsize=10_000)
def client_of(address: str) -> str:
    """The network that an address belongs to."""
    return client_network(address)


def address_of(scope: Scope) -> str:
    """The network address of whoever asks; empty where there is none (a socket of this machine)."""
    client = scope.get("client")
    return str(client[0]) if client else ""
