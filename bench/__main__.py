"""make bench: run the benchmarks, print a table and write bench/results.json.

``python -m bench locator rules`` runs only the benchmarks of these groups; the other results stay in the file.
Each side of a ratio uses one thread: the numeric libraries are limited to one.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.measurement import Measurement

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
RESULTS_FILE = Path(__file__).with_name("results.json")


def main() -> None:
    os.environ |= dict.fromkeys(THREAD_VARIABLES, "1")  # before numpy is imported
    from bench import (
        access,
        admission,
        check,
        coverage,
        failover,
        hot_quota,
        hours,
        joins,
        ledger,
        ledger_export,
        loading,
        locator,
        organisations,
        raster,
        rules,
        rules_simulate,
        rush,
        schedule,
        siting,
        siting_known,
        start,
        stream,
        stream_post,
        stream_rolling,
        web,
        web_page,
        web_silent,
        web_streams,
    )

    parts: tuple[tuple[str, Callable[[], list[Measurement]]], ...] = (
        ("locator", locator.measure),
        ("locator", check.measure),
        ("locator", hours.measure),
        ("locator", loading.measure),
        ("start", start.measure),
        ("organisations", organisations.measure),
        ("coverage", coverage.measure),
        ("coverage", access.measure),
        ("rules", rules.measure),
        ("rules", rules_simulate.measure),
        ("ledger", ledger.measure),
        ("ledger", admission.measure),
        ("ledger", hot_quota.measure),
        ("ledger", ledger_export.measure),
        ("schedule", schedule.measure),
        ("coverage", siting.measure),
        ("coverage", siting_known.measure),
        ("coverage", raster.measure),
        ("web", web.measure),
        ("web", web_page.measure),
        ("web", web_silent.measure),
        ("web", web_streams.measure),
        ("stream", stream.measure),
        ("stream", stream_post.measure),
        ("stream", stream_rolling.measure),
        ("stream", rush.measure),
        ("failover", failover.measure),
        ("joins", joins.measure),
    )
    wanted = set(sys.argv[1:]) or {name for name, _ in parts}
    if strange := wanted - {name for name, _ in parts}:
        sys.exit(f"nothing is called {', '.join(sorted(strange))}; there are: {', '.join(dict(parts))}")
    results: list[Measurement] = []
    for measure in (measure for name, measure in parts if name in wanted):
        sys.stderr.write(f"measuring {measure.__module__.removeprefix('bench.')} …\n")
        results += measure()
    for result in results:
        sys.stdout.write(_format_line(result) + "\n")
    rows = [*_earlier_results(wanted), *(asdict(result) for result in results)]
    RESULTS_FILE.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{RESULTS_FILE}\n")


def _earlier_results(wanted: set[str]) -> list[dict[str, object]]:
    """Return the stored results of the groups that this run doesn't measure."""
    if not RESULTS_FILE.exists():
        return []
    rows: list[dict[str, object]] = json.loads(RESULTS_FILE.read_text(encoding="utf-8"))
    return [row for row in rows if str(row["name"]).partition(".")[0] not in wanted]


def _format_line(result: "Measurement") -> str:
    ratio = "" if result.ratio is None else f"{result.ratio:7.2f} ×"
    goal = "" if result.goal is None else f"goal {result.op} {result.goal:g}"
    mark = {True: "holds", False: "MISSED", None: ""}[result.holds]
    return f"{result.name:44} {result.value:12,.2f} {result.unit:9} {ratio:10} {goal:12} {mark:7} {result.detail}"


if __name__ == "__main__":
    main()
