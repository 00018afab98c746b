"""What befalls an installation: when it begins and ends is counted in requests that were answered."""

import os
import random
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from types import MappingProxyType

from sqlalchemy import text

from store import StoreError
from tools.servers import postgres
from tools.servers.small_disk import fill, make_room
from tools.servers.town import Town

_FAR = 400  # statements that a process may still do before it is killed


@dataclass(frozen=True, slots=True)
class Trouble:
    """``begin`` makes it, ``end`` makes it good; what a supervisor makes good needs no end."""

    begin: Callable[[Town, random.Random], None]
    end: Callable[[Town], None] = lambda town: None


def _one_worker(town: Town, chance: random.Random) -> None:
    chance.choice(town.workers).kill()


def _all_workers(town: Town, chance: random.Random) -> None:
    for worker in town.workers:
        worker.kill()


def _worker_in_a_batch(town: Town, chance: random.Random) -> None:
    worker = chance.choice(town.workers)
    worker.kill()
    worker.start(dies_at=chance.randint(1, _FAR))


def _relay_in_a_batch(town: Town, chance: random.Random) -> None:
    town.kept["relay"].kill()
    town.kept["relay"].start(dies_at=chance.randint(1, _FAR))


def _relay(town: Town, chance: random.Random) -> None:
    town.kept["relay"].kill()


def _site(town: Town, chance: random.Random) -> None:
    town.kept["serve"].kill()


def _rebalance(town: Town, chance: random.Random) -> None:
    """A worker leaves as it should, and comes back."""
    chance.choice(town.workers).end()


def _clock(hours: int) -> Callable[[Town, random.Random], None]:
    def jump(town: Town, chance: random.Random) -> None:
        worker = chance.choice(town.workers)
        worker.kill()
        worker.start(more={"YIHUI_NOW": (datetime.now(UTC) + timedelta(hours=hours)).isoformat()})

    return jump


def _clock_back(town: Town) -> None:
    for worker in town.workers:
        worker.kill()


def _broker(town: Town, chance: random.Random) -> None:
    chance.choice(town.kafka.brokers).kill()


def _all_brokers(town: Town, chance: random.Random) -> None:
    for broker in town.kafka.brokers:
        broker.kill()


def _brokers_again(town: Town) -> None:
    down = [broker for broker in town.kafka.brokers if broker.process is None]
    for broker in down:
        broker.start(wait=False)
    for broker in down:
        broker.wait_until_up()


def _paused(town: Town, chance: random.Random) -> None:
    for broker in town.kafka.brokers:
        broker.pause()


def _resumed(town: Town) -> None:
    until = monotonic() + town.pause_s
    town.until(lambda: monotonic() > until, "the pause is over", town.pause_s + 5)
    for broker in town.kafka.brokers:
        broker.resume()


def _disk_full(town: Town, chance: random.Random) -> None:
    """One broker's disk. It ends, and two of three go on."""
    assert town.has_small_disk, "this would fill the machine's own disk"
    fill(town.kafka.brokers[-1].folder)


def _room_again(town: Town) -> None:
    broker = town.kafka.brokers[-1]
    broker.kill()
    make_room(broker.folder)
    broker.start()


def _database(town: Town, chance: random.Random) -> None:
    postgres.stop(town.data, "immediate")


def _database_again(town: Town) -> None:
    postgres.start(town.data)


def _connection(town: Town, chance: random.Random) -> None:
    """SIGKILL for one of the server's processes: PostgreSQL ends all others and starts anew."""
    backends = text(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    try:
        with town.database.read() as connection:
            found = [row.pid for row in connection.execute(backends)]
    except StoreError:
        return
    if found:
        os.kill(chance.choice(sorted(found)), signal.SIGKILL)


DISK_FULL = "one broker's disk full"
TROUBLES: Mapping[str, Trouble] = MappingProxyType(
    {
        "worker killed": Trouble(_one_worker),
        "all workers killed": Trouble(_all_workers),
        "worker killed inside a batch": Trouble(_worker_in_a_batch),
        "relay killed": Trouble(_relay),
        "relay killed inside a batch": Trouble(_relay_in_a_batch),
        "site killed": Trouble(_site),
        "worker leaves and comes back": Trouble(_rebalance),
        "worker's clock an hour ahead": Trouble(_clock(1), _clock_back),
        "worker's clock an hour behind": Trouble(_clock(-1), _clock_back),
        "one broker killed": Trouble(_broker, _brokers_again),
        "all brokers killed": Trouble(_all_brokers, _brokers_again),
        "brokers paused": Trouble(_paused, _resumed),
        DISK_FULL: Trouble(_disk_full, _room_again),
        "database crashed": Trouble(_database, _database_again),
        "a connection's server process killed": Trouble(_connection),
    }
)
