"""make bench: print each measurement when it is made, store it in bench/results.json, and compare it with the baseline.

``python -m bench locator web/web start.help`` runs groups, parts, or the part of a measure; ``--list`` shows the names;
``--record`` keeps this run in bench/baseline.json; ``--long`` measures what takes longer. Each side of a ratio uses
one thread: the numeric libraries are limited to one.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.baseline import Baseline, Change, compute_compared, scale_goal, write_whole
from bench.measurement import Measurement
from bench.parts import Part, PartFailedError, choose_parts, find_lacking_servers
from bench.yardsticks import Yardstick, time_yardsticks

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
RESULTS_FILE = Path(__file__).with_name("results.json")
_INTERRUPTED = 130


def main() -> None:
    os.environ |= dict.fromkeys(
        THREAD_VARIABLES, "1"
    )  # for the processes of the parts, and before numpy is imported
    reader = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    reader.add_argument("names", nargs="*", help="groups, parts or measures; otherwise all")
    reader.add_argument("--list", action="store_true", help="show the names, and measure nothing")
    reader.add_argument("--long", action="store_true", help="measure the parts of make bench-long")
    reader.add_argument("--record", action="store_true", help="keep this run in bench/baseline.json")
    wanted = reader.parse_args()
    baseline, stored = Baseline.load(), _read_results()
    part_of = {**{str(row["name"]): str(row["part"]) for row in stored}, **baseline.part_of}
    try:
        parts = choose_parts(wanted.names, part_of, are_long=wanted.long)
    except ValueError as error:
        sys.exit(str(error))
    if wanted.list:
        _print_names(parts, part_of)
        return
    if lacking := find_lacking_servers(parts):
        sys.stderr.write(
            f"not installed, so not measured: {', '.join(lacking)}; tools/servers.sh installs them\n"
        )
    run = BenchRun(baseline, stored, is_recorded=wanted.record)
    try:
        run.measure(parts)
    except KeyboardInterrupt:
        run.print_lists()
        sys.exit(_INTERRUPTED)
    run.print_lists()
    sys.exit(1 if run.failed else 0)


@dataclass(slots=True)
class BenchRun:
    """One run: its yardsticks, its measurements and how they compare."""

    baseline: Baseline
    rows: list[dict[str, Any]]  # of bench/results.json
    is_recorded: bool
    yardsticks: dict[Yardstick, float] = field(default_factory=dict)
    measured: list[tuple[Measurement, Change | None]] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def measure(self, parts: Iterable[Part]) -> None:
        _say("timing the yardsticks …")
        self.yardsticks = time_yardsticks()
        for name, seconds in self.yardsticks.items():
            sys.stdout.write(f"{f'yardstick.{name}':44} {seconds * 1000:12,.2f} ms\n")
        for part in parts:
            begin = perf_counter()
            _say(f"measuring {part.name} …")
            self.tried.append(part.name)
            self.rows = [row for row in self.rows if row["part"] != part.name]
            try:
                for result in part.measure():
                    self._add(part, result)
            except PartFailedError:
                self.failed.append(part.name)
            _say(f"{part.name}: {perf_counter() - begin:.0f} s")

    def _add(self, part: Part, result: Measurement) -> None:
        """Print and store a measurement."""
        compared = compute_compared(result, part, self.yardsticks)
        change = None if compared is None else self.baseline.compare(result, compared)
        judged = scale_goal(result, part, self.yardsticks)
        self.measured.append((judged, change))
        sys.stdout.write(_format_line(judged, change) + "\n")
        sys.stdout.flush()
        self.rows.append(
            {"part": part.name, **asdict(judged), "compared": compared, "yardsticks": self.yardsticks}
        )
        write_whole(RESULTS_FILE, json.dumps(self.rows, ensure_ascii=False, indent=1) + "\n")
        if self.is_recorded and compared is not None:
            self.baseline.record(part, result, compared)
            self.baseline.save()

    def print_lists(self) -> None:
        """Print what missed its goal, what got worse than the baseline, and what of the baseline wasn't measured."""
        missed = [pair for pair in self.measured if pair[0].holds is False]
        worse = [pair for pair in self.measured if pair[1] is not None and pair[1].is_worse]
        for title, pairs in (
            ("goals missed", missed),
            ("worse than the baseline by more than a tenth and than its runs differ", worse),
        ):
            sys.stdout.write(f"\n{title}: {len(pairs)}\n")
            sys.stdout.writelines(f"  {_format_line(*pair)}\n" for pair in pairs)
        names = {result.name for result, _ in self.measured}
        if gone := sorted(
            name for name, part in self.baseline.part_of.items() if part in self.tried and name not in names
        ):
            sys.stdout.write(f"\nin the baseline, and not measured: {', '.join(gone)}\n")
        if self.failed:
            sys.stdout.write(f"\nparts that ended with an error: {', '.join(self.failed)}\n")


def _read_results() -> list[dict[str, Any]]:
    return json.loads(RESULTS_FILE.read_text(encoding="utf-8")) if RESULTS_FILE.exists() else []


def _print_names(parts: Sequence[Part], part_of: Mapping[str, str]) -> None:
    for part in parts:
        needs = f"  ({', '.join(part.servers)})" if part.servers else ""
        sys.stdout.write(f"{part.group}  {part.name}{needs}\n")
        names = sorted(name for name, of in part_of.items() if of == part.name)
        sys.stdout.writelines(f"    {name}\n" for name in names)


def _format_line(result: Measurement, change: Change | None) -> str:
    ratio = "" if result.ratio is None else f"{result.ratio:7.2f} ×"
    goal = "" if result.goal is None else f"goal {result.op} {result.goal:.4g}"
    mark = {True: "holds", False: "MISSED", None: ""}[result.holds]
    told = (
        "new"
        if change is None
        else f"{change.worse:+.0%} worse"
        if change.worse > 0
        else f"{-change.worse:.0%} better"
    )
    return f"{result.name:44} {result.value:12,.2f} {result.unit:9} {ratio:10} {goal:14} {mark:7} {told:12} {result.detail}"


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
