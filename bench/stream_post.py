"""Benchmark the time from a POST to a durable grant at a constant rate, by PostgreSQL's commit timestamps."""

import http.client
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import quantiles

import psycopg

from bench.measurement import Measurement
from tools.servers import kafka, postgres
from tools.servers.sending import Sender
from tools.servers.town import Town, town

EVENTS_PER_REQUEST = 10  # events in one request
TOP_S, STEADY_S = 10.0, 15.0
GOAL_MS = 300
_LATEST = """SELECT event_id, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 FROM decisions
    WHERE source = %s"""
_BATCH = {"Content-Type": "application/cloudevents-batch+json"}


def measure() -> list[Measurement]:
    """Measure at half of the highest rate that the whole path sustains."""
    if not (postgres.is_at_hand() and kafka.is_at_hand()):
        return []
    with town(1, workers=1) as made:
        enable_commit_times(made)
        send_events(made, "warm", TOP_S / 5, None)
        top = _top(made)
        sent = send_events(made, "steady", STEADY_S, top / 2)
        return [_latency(made, sent, top)]


@dataclass(frozen=True, slots=True)
class SentEvents:
    """When each event of one source was sent, in seconds since 1970."""

    source: str
    at: dict[str, float]


def enable_commit_times(made: Town) -> None:
    """Make PostgreSQL record commit timestamps, from its next start on."""
    server = made.url.rpartition("/")[0]
    with psycopg.connect(made.url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        connection.execute("ALTER SYSTEM SET fsync = on")
    postgres.restart(server)
    made.until(made.answers, "the site answers")


def _requests(source: str) -> Iterator[list[dict[str, object]]]:
    """Yield batches of events: members who are imported and have their birthday at once."""
    send, number = Sender(), 0
    while True:
        events: list[dict[str, object]] = []
        while len(events) < EVENTS_PER_REQUEST:
            number += 1
            member = f"{source}-{number}"
            lines = (send.imported(member), send.birthday(member))
            events += [json.loads(line) | {"source": source} for line in lines]
        yield events


def send_events(made: Town, source: str, seconds: float, rate: float | None) -> SentEvents:
    """Post for ``seconds``, at ``rate`` events a second or as fast as possible."""
    at: dict[str, float] = {}
    begin = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", made.port, timeout=30)
    for number, events in enumerate(_requests(source)):
        due = begin + number * EVENTS_PER_REQUEST / rate if rate else 0.0
        time.sleep(max(0.0, due - time.monotonic()))  # waits to keep the rate
        if time.monotonic() - begin > seconds:
            break
        now = time.time()
        connection.request("POST", "/api/v1/events", json.dumps(events).encode(), _BATCH)
        answer = connection.getresponse()
        accepted: Sequence[str] = json.loads(answer.read())["accepted"]
        assert len(accepted) == len(events), answer.status
        at |= dict.fromkeys(accepted, now)
    connection.close()
    made.until(lambda: len(read_commit_times(made, source)) >= len(at) // 2, "all is decided")
    return SentEvents(source, at)


def read_commit_times(made: Town, source: str) -> dict[str, float]:
    """Return when each event's decision was committed; only half of the events (birthdays) lead to a decision."""
    with psycopg.connect(made.url) as connection:
        return dict(connection.execute(_LATEST, (source,)))


def _top(made: Town) -> float:
    """Return the events a second that reach the ledger while as many as possible are sent."""
    sent = send_events(made, "top", TOP_S, None)
    last = max(read_commit_times(made, "top").values())
    return len(sent.at) / (last - min(sent.at.values()))


def _latency(made: Town, sent: SentEvents, top: float) -> Measurement:
    times = read_commit_times(made, sent.source)
    waits_ms = sorted((moment - sent.at[id]) * 1e3 for id, moment in times.items())
    p99 = quantiles(waits_ms, n=100)[98]
    detail = (
        f"site, relay, broker, one worker and PostgreSQL with fsync on this machine, {top / 2:,.0f} events/s "
        f"(half of the {top:,.0f} that one client could send and one worker decide); median {quantiles(waits_ms, n=2)[0]:,.0f} ms"
    )
    return Measurement.at_most("stream.post_to_grant_p99", p99, "ms", GOAL_MS, detail)
