"""Limit how much one network may request: an allowance refills steadily and is never more than full.

The generic cell rate algorithm (ITU-T I.371) stores one number for each client: the moment at which
its allowance is full again. A client is a network address; with IPv6 a network of 64 bits, since one
phone has all of it. Only these numbers are stored, in memory, for the clients seen last. ``Throttle`` counts the acts
of a sender within a period instead.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil
from threading import Lock, RLock
from time import monotonic
from typing import NamedTuple

from fastapi import Request
from starlette.types import Scope

from core.faults import FaultError, FaultTable
from core.text_marks import N_
from yihui.runtime.networks import client_network

MAX_REMEMBERED_CLIENTS = 100_000  # for each allowance; the client unseen for longest is forgotten first
READS, MAPS, POINTS, WRITES = "reads", "maps", "points", "writes"
# Rates in the long run, relative to one read a second; at once a client has ten seconds' worth.
_SHARES = {READS: 1.0, MAPS: 20.0, POINTS: 20.0, WRITES: 0.1}
_BURST_S = 10.0
_AGAIN = N_("ask again in {seconds} seconds")
RATE_FAULTS = FaultTable(
    "rate",
    {
        READS: (N_("this network has asked {most} times within a short while"), _AGAIN),
        MAPS: (N_("this network has asked {most} times within a short while"), _AGAIN),
        POINTS: (N_("this network has asked about {most} points within a short while"), _AGAIN),
        WRITES: (N_("this network has sent {most} times within a short while"), _AGAIN),
    },
)
_MOST_SENDERS = 10_000  # the sender unseen for longest is forgotten first


class AllowanceState(NamedTuple):
    """The state of an allowance. ``wait_s``: seconds until a refused request would be admitted, else 0."""

    name: str
    most: int
    left: int
    full_in_s: float
    wait_s: float = 0.0

    @property
    def policy_header(self) -> str:
        """The value of the header RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.most};w={round(_BURST_S)}'

    @property
    def ratelimit_header(self) -> str:
        """The value of the header RateLimit."""
        return f'"{self.name}";r={self.left};t={ceil(self.wait_s or self.full_in_s)}'


class RateLimitExceeded(FaultError):
    """An allowance is used up; the request was not carried out."""

    def __init__(self, standing: AllowanceState) -> None:
        self.standing = standing
        super().__init__(RATE_FAULTS.build(standing.name, most=standing.most, seconds=ceil(standing.wait_s)))


@dataclass(slots=True)
class Allowance:
    """Each client has ``rate_per_s`` in the long run and ``most`` at once."""

    name: str
    rate_per_s: float
    most: int
    clock: Callable[[], float] = monotonic
    most_clients: int = MAX_REMEMBERED_CLIENTS
    _full_at: OrderedDict[str, float] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def spend(self, client: str, amount: int = 1) -> AllowanceState:
        """Take an amount, or nothing if it is more than is left. *Raises*: RateLimitExceeded."""
        with self._lock:
            now = self.clock()
            full_at = max(self._full_at.get(client, now), now)
            after = full_at + amount / self.rate_per_s
            over_s = after - now - self.most / self.rate_per_s
            if over_s > 1e-9:
                raise RateLimitExceeded(self._standing(full_at - now, over_s))
            self._full_at[client] = after
            self._full_at.move_to_end(client)
            if len(self._full_at) > self.most_clients:
                self._full_at.popitem(last=False)
            return self._standing(after - now)

    def _standing(self, full_in_s: float, wait_s: float = 0.0) -> AllowanceState:
        left = max(0, int(self.most - full_in_s * self.rate_per_s + 1e-6))
        return AllowanceState(self.name, self.most, left, full_in_s, wait_s)


class Allowances:
    """Separate allowances for reads, map files, points queried at once, and writes.

    Without ``per_client`` no client is limited.
    """

    def __init__(self, per_client: float | None, clock: Callable[[], float] = monotonic) -> None:
        self._by_name: dict[str, Allowance] = {}
        for name, share in _SHARES.items() if per_client else ():
            rate_per_s = share * (per_client or 0.0)
            self._by_name[name] = Allowance(name, rate_per_s, max(1, round(rate_per_s * _BURST_S)), clock)

    @property
    def writes_per_minute(self) -> int | None:
        """How many writes a minute one client has in the long run; None if no client is limited."""
        allowance = self._by_name.get(WRITES)
        return max(1, int(allowance.rate_per_s * 60)) if allowance else None

    def spend(self, name: str, address: str, amount: int = 1) -> AllowanceState | None:
        """Charge a client's allowance; None if no client is limited. *Raises*: RateLimitExceeded."""
        allowance = self._by_name.get(name)
        return allowance.spend(client_key(address), amount) if allowance and amount else None


@lru_cache(maxsize=10_000)
def client_key(address: str) -> str:
    """Return the network of an address, which identifies the client."""
    return client_network(address)


def client_address(scope: Scope) -> str:
    """Return the client's network address; empty if there is none (a socket of this machine)."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def request_network(request: Request) -> str:
    """Return the network that a request came from."""
    return client_key(client_address(request.scope))


@dataclass(slots=True)
class Throttle:
    """Admits each sender at most ``most`` times in the period ``within``."""

    most: int
    within: timedelta
    _times: OrderedDict[str, deque[datetime]] = field(default_factory=OrderedDict)
    _lock: RLock = field(default_factory=RLock)

    def is_full(self, sender: str, now: datetime) -> bool:
        """Return whether the limit is reached, without counting."""
        with self._lock:
            times = self._times.get(sender, ())
            return sum(time > now - self.within for time in times) >= self.most

    def count_fault(self, sender: str, now: datetime) -> None:
        """Count a time, also beyond the limit: the earliest makes room for it."""
        with self._lock:
            self._times.setdefault(sender, deque(maxlen=self.most)).append(now)
            self._times.move_to_end(sender)
            if len(self._times) > _MOST_SENDERS:
                self._times.popitem(last=False)

    def is_slowed(self, sender: str, now: datetime, pause: timedelta) -> bool:
        """Return whether the limit is reached and the last time was less than a pause ago."""
        with self._lock:
            return self.is_full(sender, now) and self._times[sender][-1] > now - pause

    def admit(self, sender: str, now: datetime) -> bool:
        """Return whether this time is within the limit, and count it if so."""
        with self._lock:
            if self.is_full(sender, now):
                self._times.move_to_end(sender)
                return False
            self.count_fault(sender, now)
            return True
