"""Benchmark a rolling restart of three workers: how long any member waits for her decision meanwhile."""

from threading import Event, Thread

from bench.measurement import Measurement
from bench.stream_post import enable_commit_times, read_commit_times, send_events
from tools.servers import kafka, postgres
from tools.servers.town import Town, town

WORKERS = 3
STEADY_S, FIRST_S, BETWEEN_S = 30.0, 4.0, 7.0
RATE = 200.0  # events a second, of 100 members
GOAL_S = 2.0


def measure() -> list[Measurement]:
    """Restart each worker once while members come in."""
    if not (postgres.is_at_hand() and kafka.is_at_hand()):
        return []
    with town(1, workers=0) as made:
        enable_commit_times(made)
        for number in range(1, WORKERS + 1):  # without --instance, as in deploy/
            made.start(f"worker-{number}", ["worker"])
        send_events(made, "warm", FIRST_S, RATE)
        restarting = Thread(target=_restart_each, args=(made,))
        restarting.start()
        sent = send_events(made, "rolling", STEADY_S, RATE)
        restarting.join()
        times = read_commit_times(made, sent.source)
    waits_s = sorted(moment - sent.at[id] for id, moment in times.items())
    longest, p99 = waits_s[-1], waits_s[len(waits_s) * 99 // 100]
    detail = (
        f"{WORKERS} workers restarted one after another at {RATE:.0f} events/s on this machine; "
        f"{len(waits_s):,} decisions, median {waits_s[len(waits_s) // 2]:.2f} s, p99 {p99:.2f} s"
    )
    return [Measurement.at_most("stream.rolling_restart_longest_wait", longest, "s", GOAL_S, detail)]


def _restart_each(made: Town) -> None:
    pause = Event()
    pause.wait(FIRST_S)
    for name in [name for name in made.kept if name.startswith("worker")]:
        made.kept[name].end()
        made.start(name, ["worker"])
        pause.wait(BETWEEN_S)  # a supervisor waits until the new one is ready
