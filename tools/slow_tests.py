"""Name the slow test functions with their seconds, from the times of a whole run of a tier:

    make test-all ARGS=--junitxml=build/tests.xml
    python -m tools.slow_tests thorough build/tests.xml
    make endure ARGS=--junitxml=build/endure.xml …
    python -m tools.slow_tests endure build/endure.xml …

`make test` leaves those of tests/thorough.txt to `make test-all`: functions that take longer than ``LONGEST_S`` for
all their cases. One that is marked ``always`` runs in both. tests/endure.txt makes the slices of `make endure` equal.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
LONGEST_S = 0.5


def read_seconds(reports: Iterable[Path]) -> Mapping[str, float]:
    """Return the seconds of each test function, all cases together, from JUnit reports."""
    seconds: dict[str, float] = defaultdict(float)
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):
            if not case.get("classname"):
                continue  # a file that could not be collected
            file, inner = split_class_name(case.get("classname", ""))
            name = case.get("name", "").partition("[")[0]
            seconds["::".join([file, *inner, name])] += float(case.get("time", "0"))
    return seconds


def split_class_name(classname: str, root: Path = ROOT) -> tuple[str, list[str]]:
    """Split ``tests.geo.test_crs.TestIt`` into the file's path and the classes in it; what is no file stays whole."""
    parts = classname.split(".")
    for length in range(len(parts), 0, -1):
        file = Path(*parts[:length]).with_suffix(".py")
        if (root / file).is_file():
            return file.as_posix(), parts[length:]
    return classname, []


def main(tier: str, reports: list[str]) -> None:
    """Write the list, and print how many seconds are in it and beside it."""
    place = ROOT / "tests" / f"{tier}.txt"
    seconds = read_seconds(Path(report) for report in reports)
    slow = sorted(name for name, taken in seconds.items() if taken > LONGEST_S)
    place.write_text("".join(f"{name} {seconds[name]:.0f}\n" for name in slow), encoding="utf-8")
    left = sum(taken for name, taken in seconds.items() if name not in set(slow))
    sys.stdout.write(
        f"{len(slow)} of {len(seconds)} test functions in {place.name}; "
        f"{left:.0f} s without them, {sum(seconds.values()):.0f} s with them\n"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
