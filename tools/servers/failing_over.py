"""The drill: traffic, the first of two PostgreSQL servers killed, its standby promoted, and how long each step took."""

import http.client
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic

from sqlalchemy import Connection, text

from geo.registry.diff import Register
from geo.registry.stations import import_stations
from geo.station import Access, Kind, Station
from tools.servers.recorder import Recorder
from tools.servers.standby import ServerPair, server_pair
from tools.servers.town import Town, town
from tools.servers.traffic import requests
from yihui.bootstrap import Settings, build_wiring

SEED, SOURCE, MEMBERS = 1, "/chaos/1", 1_000  # more than are sent before the drill is over
WORKERS = 2
FIRST = 20  # requests that are accepted before the server is killed
LAST = 10  # requests that are accepted after the first benefit
REFUSALS = 5  # requests that are refused before the standby is promoted
BETWEEN_S = 0.05
STATION = Station(
    id="quancheng", name="泉城路户外劳动者驿站", kind=Kind.OUTDOOR_STATION, lon=117.0210, lat=36.6690,
    district="370102", district_name="历下区", hours_text="24小时", access=Access.PUBLIC,
)  # fmt: skip
PLACE = "lon=117.0204&lat=36.6683"  # 75 m from it
QUESTIONS = (f"/api/v1/stations/nearest?{PLACE}&datum=wgs84", f"/?{PLACE}")
_GRANTED = text(
    "SELECT count(*) FROM decisions WHERE source = :source AND outcome = 'granted' AND event_id = ANY(:ids)"
)


@dataclass(slots=True)
class Senders:
    """An app's server: it sends each request again until it is accepted, and records what was accepted."""

    made: Town
    recorder: Recorder
    accepted: list[tuple[float, list[str]]] = field(default_factory=list)  # when, and the ids of events
    refused: int = 0

    def send(self, stopped: Event) -> None:
        for request in requests(SEED, MEMBERS):
            while not stopped.wait(BETWEEN_S):
                ids = self.made.post(request)
                if ids is not None:
                    self.recorder.record(request, ids)
                    self.accepted.append((monotonic(), ids))
                    break
                self.refused += 1
            if stopped.is_set():
                return

    def ids(self, since: float = 0.0) -> list[str]:
        return [id for at, ids in list(self.accepted) if at > since for id in ids]


@dataclass(slots=True)
class Riders:
    """They ask for stations all the while; what was not answered is kept."""

    port: int
    failures: list[str] = field(default_factory=list)
    answers_s: list[float] = field(default_factory=list)
    outdated: int = 0  # answers that named their age

    def query_until(self, stopped: Event) -> None:
        while not stopped.is_set():
            for path in QUESTIONS:
                self._ask(path)

    def finds_all(self) -> bool:
        """Ask each question once and return whether all answers are good; these answers are not recorded."""
        asked = Riders(self.port)
        for path in QUESTIONS:
            asked._ask(path)
        return not asked.failures

    def _ask(self, path: str) -> None:
        begin = monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            content = answer.read().decode()
            if answer.status != 200 or STATION.name not in content:
                self.failures.append(f"{path}: {answer.status} {content[:200]}")
            self.outdated += answer.headers["Age"] is not None
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{path}: {error!r}")
        finally:
            connection.close()
        self.answers_s.append(monotonic() - begin)


@dataclass(frozen=True, slots=True)
class Failover:
    """What the drill came to; seconds count from the kill."""

    decided_s: float  # until it is decided to promote the standby; in life by people, or by a program
    promoted_s: float  # until the standby takes writes
    accepted_s: float  # the first 202
    granted_s: float  # the first benefit of an event that was sent after the kill
    senders: Senders
    riders: Riders

    def figures(self) -> dict[str, float]:
        return {
            "decided_s": round(self.decided_s, 2),
            "promoted_s": round(self.promoted_s, 2),
            "first_202_s": round(self.accepted_s, 2),
            "first_benefit_s": round(self.granted_s, 2),
            "requests_refused": self.senders.refused,
            "riders_longest_answer_s": round(max(self.riders.answers_s), 2),
            "riders_answers": len(self.riders.answers_s),
            "riders_answers_with_age": self.riders.outdated,
        }


@contextmanager
def two_servers() -> Iterator[tuple[Town, ServerPair]]:
    """An installation whose address of the database names both servers."""
    with server_pair() as pair:

        @contextmanager
        def server() -> Iterator[tuple[str, str]]:
            yield pair.url, str(pair.primary)

        with town(1, WORKERS, server=server) as made:
            wiring = build_wiring(Settings(made.url, made.folder / "data"))
            with wiring.database.write() as connection:
                import_stations(
                    connection, Register("test", "test", "test.csv", "1"), [STATION], wiring.now()
                )
            wiring.close()
            yield made, pair


def fail_over(made: Town, pair: ServerPair) -> Failover:
    """Kill the first server under traffic, promote the second one, and wait for benefits again."""
    senders = Senders(made, Recorder(made.folder / "accepted.jsonl"))
    riders = Riders(made.port)
    made.until(riders.finds_all, "the site has loaded the stations")
    with _running(senders.send, riders.query_until):
        made.until(lambda: len(senders.accepted) >= FIRST, "events are accepted")
        killed = monotonic()
        pair.kill_primary()
        made.until(lambda: senders.refused >= REFUSALS and riders.outdated > 0, "the outage shows")
        decided = monotonic()
        pair.promote()
        promoted = monotonic()
        made.until(lambda: bool(senders.ids(since=promoted)), "events are accepted again")
        accepted = next(at for at, _ in senders.accepted if at > promoted)
        made.until(
            lambda: made.query(lambda c: _has_granted(c, senders.ids(since=promoted))), "benefits again"
        )
        granted, after = monotonic(), len(senders.accepted)
        made.until(lambda: len(senders.accepted) >= after + LAST, "events go on")
    senders.recorder.close()
    return Failover(decided - killed, promoted - killed, accepted - killed, granted - killed, senders, riders)


def _has_granted(connection: Connection, ids: Sequence[str]) -> bool:
    found = connection.execute(_GRANTED, {"source": SOURCE, "ids": list(ids)}).scalar_one()
    return bool(found)


@contextmanager
def _running(*works: Callable[[Event], None]) -> Iterator[None]:
    stopped = Event()
    threads = [Thread(target=work, args=(stopped,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
