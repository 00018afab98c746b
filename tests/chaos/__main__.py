"""make chaos: the long run; writes build/chaos.md.

python -m tests.chaos [--rounds 200] [--seed 1000] [--out build/chaos.md]
"""

import argparse
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from threading import Event

from tests.chaos.replaying import replayed
from tests.chaos.rounds import Round, play
from tests.chaos.troubles import DISK_FULL, TROUBLES
from tools.servers.town import WORKERS, Town, town

OUT = Path(__file__).parents[2] / "build" / "chaos.md"
_PAUSE_S = 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description="rounds of traffic under troubles")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1_000, help="the first round's")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    ended = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(
            number, lambda *_: ended.set()
        )  # the round is played to its end, and told with the others
    with town() as made:
        made.pause_s = _PAUSE_S
        played = list(_played(made, options.seed, options.rounds, ended))
        differs = replayed(made)
        ends = Counter(code for kept in made.kept.values() for code in kept.ends)
    options.out.write_text(_page(played, differs, ends), encoding="utf-8")
    sys.stdout.write(f"{options.out}\n")
    sys.exit(0 if not differs and all(each.reckoned.holds for each in played) else 1)


def _played(made: Town, first: int, rounds: int, ended: Event) -> Iterable[Round]:
    possible = [trouble for trouble in TROUBLES if made.has_small_disk or trouble != DISK_FULL]
    for seed, trouble in enumerate(islice(cycle(possible), rounds), first):
        done = play(made, seed, trouble)
        found = done.reckoned
        state = "ok" if found.holds else f"NOT {found}"
        sys.stdout.write(f"{seed} {trouble}: {found.accepted} accepted, {done.seconds:.1f} s: {state}\n")
        sys.stdout.flush()
        yield done
        if ended.is_set():
            return


def _page(played: list[Round], differs: list[str], ends: Counter[int]) -> str:
    """What was done and what it came to, as a page."""
    accepted = sum(each.reckoned.accepted for each in played)
    killed = sum(count for code, count in ends.items() if code < 0)
    others = ", ".join(f"{code} ({count})" for code, count in sorted(ends.items()) if code >= 0) or "none"
    rows = [_row(trouble, [each for each in played if each.trouble == trouble]) for trouble in TROUBLES]
    lines = [
        f"# Chaos: `make chaos`, {datetime.now(UTC):%Y-%m-%d}, {len(played)} rounds, {WORKERS} workers",
        "",
        "| trouble | rounds | accepted | lost | doubled | books at fault | changed when handled again | seconds to the last outcome, median / most |",
        "|---|---|---|---|---|---|---|---|",
        *[row for row in rows if row],
        "",
        f"In all: {accepted:,} events accepted, {sum(len(each.reckoned.lost) for each in played)} lost, "
        f"{sum(len(each.reckoned.doubled) for each in played)} doubled. Of our processes {killed} were killed;",
        f"exit codes of those that ended by themselves: {others}. A ledger made anew from the topics differs in",
        f"{len(differs)} lines of the canonical export.",
        "",
    ]
    return "\n".join(lines)


def _row(trouble: str, rounds: list[Round]) -> str:
    if not rounds:
        return ""
    found = [each.reckoned for each in rounds]
    counts = [
        len(rounds),
        sum(each.accepted for each in found),
        sum(len(each.lost) for each in found),
        sum(len(each.doubled) for each in found),
        sum(len(each.faults) for each in found),
        sum(len(each.moved) for each in found),
    ]
    times = [each.seconds for each in rounds]
    told = " | ".join(f"{count:,}" for count in counts)
    return f"| {trouble} | {told} | {median(times):.1f} / {max(times):.1f} |"


if __name__ == "__main__":
    main()
