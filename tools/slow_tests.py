"""Write tests/thorough.txt, which names the slow tests, from the times of a run of all tests:

    python -m pytest -n auto --dist loadfile --junitxml=build/tests.xml
    python -m tools.slow_tests build/tests.xml

`make test` leaves them to `make test-all`: test functions that take longer than ``LONGEST_S`` for all their
cases. One that is marked ``always`` runs in both.
"""

import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests" / "thorough.txt"
LONGEST_S = 1.5


def read_seconds(reports: Iterable[Path]) -> Mapping[str, float]:
    """Return the seconds of each test function, all cases together, from JUnit reports."""
    seconds: dict[str, float] = defaultdict(float)
    for report in reports:
        for case in ElementTree.parse(report).iter("testcase"):
            if not case.get("classname"):
                continue  # a file that could not be collected
            file, inner = _split(case.get("classname", ""))
            name = case.get("name", "").partition("[")[0]
            seconds["::".join([file, *inner, name])] += float(case.get("time", "0"))
    return seconds


def _split(classname: str) -> tuple[str, list[str]]:
    """Split ``tests.geo.test_crs.TestIt`` into the file's path and the classes in it."""
    parts = classname.split(".")
    for length in range(len(parts), 0, -1):
        file = Path(*parts[:length]).with_suffix(".py")
        if (ROOT / file).is_file():
            return file.as_posix(), parts[length:]
    return classname, []


def main(reports: list[str]) -> None:
    """Write the list, and print how many seconds are left to `make test` and to the rest."""
    seconds = read_seconds(Path(report) for report in reports)
    slow = sorted(name for name, taken in seconds.items() if taken > LONGEST_S)
    LIST.write_text("".join(f"{name} {seconds[name]:.0f}\n" for name in slow), encoding="utf-8")
    left = sum(taken for name, taken in seconds.items() if name not in set(slow))
    sys.stdout.write(
        f"{len(slow)} of {len(seconds)} test functions in {LIST.name}; "
        f"{left:.0f} s without them, {sum(seconds.values()):.0f} s with them\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
