"""Find out whether the tests notice small faults: ``python -m tools.mutants``, or `make mutants`.

Some fifty mutations (mutations.json, chosen by `sample` with a seed) are planted behind switches into a copy of the tree.
One run of the tests records which test executes which mutation; then each mutation is switched on, and the tests
that execute it are run, the nearest and quickest first, for ten minutes at most: those of `make test`, and where
none of them finds it those of `make test-all`, which holds them. The faults of order (order_faults.json) are planted
one by one, and the tests that each names are run. Everything is stored in build/mutants as it is found, and a run that
was interrupted goes on where it ended.
"""

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from tools.mutants.order import plant_order_fault, read_order_faults, restore
from tools.mutants.plant import plant, read_sample
from tools.mutants.sample import Mutant
from tools.mutants.tree import PLACE, TREE, lay_tree, run_pytest, tree_commit
from tools.slow_tests import split_class_name

SAMPLE = Path(__file__).with_name("mutations.json")
RECORD, TIMES = PLACE / "reached.tsv", PLACE / "times.xml"
RESULTS = PLACE / "results.json"
BUDGET_S = 600.0
TIERS = {"test": ["-m", "not thorough"], "test-all": []}
PARALLEL_TRIALS = 2


@dataclass(frozen=True, slots=True)
class Reached:
    """A test that executes a mutation, and its seconds."""

    test: str
    seconds: float


def record() -> None:
    """Run the commit's tests once, and note which of them executes which mutation."""
    RECORD.unlink(missing_ok=True)
    more = {"MUTANTS_RECORD": str(RECORD)}
    run_pytest(["-n", "2", "--dist", "loadfile", f"--junitxml={TIMES}"], more=more)
    (PLACE / "recorded").write_text(tree_commit())


def read_reached() -> dict[str, list[Reached]]:
    """Return the tests that execute each mutation. What a fixture or another process executed counts for its file."""
    seconds = _read_seconds()
    tests_of = defaultdict(list)
    for test in seconds:
        tests_of[test.partition("::")[0]].append(test)
    found: dict[str, set[str]] = defaultdict(set)
    for line in RECORD.read_text("utf-8").splitlines():
        mutant, by, test = line.split("\t", 2)
        name, _, phase = test.removeprefix("? ").rpartition(" (")
        found[mutant].add(name)
        if by == "other" or phase == "setup)":
            found[mutant].update(tests_of[name.partition("::")[0]])
    return {
        mutant: [Reached(name, seconds.get(name, 1.0)) for name in names if "::" in name]
        for mutant, names in found.items()
    }


def _read_seconds() -> dict[str, float]:
    cases = ElementTree.parse(TIMES).iter("testcase")
    return {name: float(case.get("time", "0")) for case in cases if (name := _test_name(case))}


def _test_name(case: ElementTree.Element) -> str:
    """Return the node id of a case in a JUnit report; an empty text for what is no test."""
    file, classes = split_class_name(case.get("classname", ""), TREE)
    return "::".join([file, *classes, case.get("name", "")]) if file.endswith(".py") else ""


def order_tests(mutant: Mutant, reached: Sequence[Reached]) -> list[str]:
    """Return the tests in the order in which they are tried: those of the same folder first, then the quickest."""
    folder = f"tests/{Path(mutant.file).parent.as_posix()}/"
    return [
        one.test for one in sorted(reached, key=lambda one: (not one.test.startswith(folder), one.seconds))
    ]


def try_mutant(mutant: Mutant, tests: Sequence[str], tier: str) -> str:
    """Return ``found by`` a test, ``not found``, ``not reached`` or ``not found in ten minutes``.

    A test that fails without the mutation too (it reads the planted file's text, say) finds nothing.
    """
    left, deadline = list(tests), time.monotonic() + BUDGET_S
    while left:
        code, failed = _run(left, tier, mutant, mutant.id, deadline)
        if code is None:
            return "not found in ten minutes"
        if not failed:
            return "not found"
        if _run(failed, tier, mutant, "", deadline)[0] == 0:
            return f"found by {failed[0]}"
        left = [name for name in left if name not in failed]
    return "not found" if tests else "not reached"


def _run(
    tests: Sequence[str], tier: str, mutant: Mutant, switched_on: str, deadline: float
) -> tuple[int | None, list[str]]:
    """Run tests until one fails; return pytest's exit code, None where the time was not enough, and what failed."""
    listed, tried = (PLACE / f"{mutant.id}.{ending}" for ending in ("txt", "xml"))
    listed.write_text("".join(f"{name}\n" for name in tests), encoding="utf-8")
    arguments = ["-p", "no:xdist", "-x", f"--junitxml={tried}", *TIERS[tier], f"@{listed}"]
    within_s = max(1.0, deadline - time.monotonic())
    code = run_pytest(arguments, more={"MUTANT_ON": switched_on}, within_s=within_s)
    failed = _failed_tests(tried) if code == 1 else []
    for place in (listed, tried):
        place.unlink(missing_ok=True)
    return code, failed


def _failed_tests(tried: Path) -> list[str]:
    return [
        name
        for case in ElementTree.parse(tried).iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
        if (name := _test_name(case))
    ]


def try_tiers(mutant: Mutant, tests: Sequence[str], left: Sequence[str]) -> dict[str, str]:
    """Return the result of each tier that is left, the smaller first."""
    found: dict[str, str] = {}
    for tier in left:
        smaller = found.get("test", "")
        found[tier] = smaller if smaller.startswith("found") else try_mutant(mutant, tests, tier)
    return found


def try_order_faults(results: dict[str, str]) -> None:
    """Plant each fault of order by itself, and run the tests that it names: the commit's, then those of `endure`."""
    for fault in read_order_faults():
        name = f"endure {fault.id}"
        if name in results:
            continue
        text = plant_order_fault(fault, TREE)
        arguments = ["-p", "no:xdist", "-x", *fault.tests]
        codes = [run_pytest(arguments, more=more, within_s=BUDGET_S) for more in ({}, {"TESTS_ENDURE": "1"})]
        restore(fault, TREE, text)
        _store(results, name, "found" if 1 in codes else f"not found {codes}")


def read_results() -> dict[str, str]:
    """Return what is known of this commit."""
    known = json.loads(RESULTS.read_text("utf-8")) if RESULTS.exists() else {}
    return dict(known["results"]) if known.get("commit") == tree_commit() else {}


def _store(results: dict[str, str], name: str, result: str) -> None:
    results[name] = result
    RESULTS.write_text(json.dumps({"commit": tree_commit(), "results": results}, indent=1), encoding="utf-8")
    sys.stdout.write(f"{name}: {result}\n")
    sys.stdout.flush()


def main() -> None:
    """Plant, record, try; print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--tier", choices=sorted(TIERS), action="append", help="whose tests; both unless given"
    )
    tiers = parser.parse_args().tier or sorted(TIERS)
    mutants, results = read_sample(SAMPLE), read_results()
    if not (PLACE / "recorded").exists() or (PLACE / "recorded").read_text() != tree_commit():
        lay_tree()
        missing = plant(mutants, TREE)
        sys.stdout.write(f"no longer there: {', '.join(missing) or 'none'}\n")
        record()
    reached = read_reached()
    with ThreadPoolExecutor(PARALLEL_TRIALS) as pool:
        trials = {}
        for mutant in mutants:
            tests = order_tests(mutant, reached.get(mutant.id, []))
            if left := [tier for tier in tiers if f"{tier} {mutant.id}" not in results]:
                trials[pool.submit(try_tiers, mutant, tests, left)] = mutant
        for done in as_completed(trials):
            for tier, result in done.result().items():
                _store(results, f"{tier} {trials[done].id}", result)
    try_order_faults(results)
    for tier in (*tiers, "endure"):
        own = [result for name, result in results.items() if name.startswith(f"{tier} ")]
        sys.stdout.write(f"{tier}: {sum(one.startswith('found') for one in own)} of {len(own)} found\n")


if __name__ == "__main__":
    main()
