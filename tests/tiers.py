"""Which tests a run holds: the commit's (`make test-all`), fewer of them (`make test`), or the rest (`make endure`).

A test is the commit's unless it is marked ``endure``. A test that runs on both databases is the commit's on SQLite
and `make endure`'s on PostgreSQL, unless it is marked ``both_databases``. One that is marked ``deeper`` is in both,
with a budget that `budget` makes smaller for the commit. `make endure` runs in slices, and a slice that was
interrupted goes on where it ended.
"""

import json
import os
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# The slow test functions and their seconds, written by tools/slow_tests.py: of a commit's run, and of `make endure`.
THOROUGH, ENDURING = (Path(__file__).with_name(f"{name}.txt") for name in ("thorough", "endure"))
PASSED = ROOT / "build" / "endure"
RECORD = ROOT / "build" / "endure.json"
PRODUCT = (
    "benefits",
    "core",
    "events",
    "geo",
    "maps",
    "members",
    "rules",
    "store",
    "web",
    "yihui",
)  # folders of its code
ENDURES = bool(os.environ.get("TESTS_ENDURE"))
_WHOLE_FILE = re.compile(r"^pytestmark = \[?pytest\.mark\.(endure|thorough)\b", re.MULTILINE)
_FUNCTION = re.compile(r"^def (test_\w+)|^class Test", re.MULTILINE)
QUICK = "not thorough"  # what `make test` selects
_DATABASES = {"target", "empty_target"}  # the fixtures of conftest.py that come once for each kind
# What `make test` leaves to `make test-all`, but for tests that are marked ``always``.
_SERVERS = {"postgres", "kafka", "keycloak", "chromium", "nginx", "caddy", "routing", "tilemaker"}
_FEW_S = 1.0


def budget(whole: int) -> int:
    """Return a test's number of examples, steps or rounds: the whole in `make endure`, a quarter elsewhere."""
    return whole if ENDURES else max(1, whole // 4)


def holds_nothing_for_this_run(path: Path, selection: str) -> bool:
    """Whether a run of ``selection`` leaves all tests of a file to others by its text alone: it isn't imported."""
    if ENDURES or path.suffix != ".py":
        return False
    text = path.read_text("utf-8")
    if (whole := _WHOLE_FILE.search(text)) and (whole[1] == "endure" or selection == QUICK):
        return True
    if selection != QUICK or "pytest.mark.always" in text:
        return False
    file, slow = path.relative_to(ROOT).as_posix(), read_seconds(THOROUGH)
    return all(f"{file}::{found[1]}" in slow for found in _FUNCTION.finditer(text))


def leaves_out(collector: pytest.Collector, name: str, function: object) -> bool:
    """Whether a quick run need not make a function's cases: it is a slow one, and not marked ``always``."""
    if ENDURES or collector.config.option.markexpr != QUICK:
        return False
    if f"{collector.nodeid}::{name}" not in read_seconds(THOROUGH):
        return False
    own = {mark.name for mark in getattr(function, "pytestmark", [])}
    return "always" not in own and collector.get_closest_marker("always") is None


def mark(items: Sequence[pytest.Item]) -> None:
    """Mark what only `make endure` runs, and what `make test` leaves out."""
    slow = read_seconds(THOROUGH)
    for item in items:
        if _is_second_database(item) and item.get_closest_marker("both_databases") is None:
            item.add_marker("endure")
        if item.get_closest_marker("always") is None and (read_needs(item) & _SERVERS or _name(item) in slow):
            item.add_marker("thorough")


def select(items: list[pytest.Item], part: str | None) -> list[pytest.Item]:
    """Keep the tests of this run, in an order in which all workers end together; return the others."""
    chosen = [item for item in items if _is_chosen(item)]
    if part:
        chosen = _slice(chosen, part)
    names = {item.nodeid for item in chosen} - passed_before(part)
    left_out = [item for item in items if item.nodeid not in names]
    cost = _seconds_of_files(items)
    items[:] = sorted((item for item in items if item.nodeid in names), key=lambda item: -cost[item.path])
    return left_out


@cache
def read_seconds(place: Path) -> Mapping[str, float]:
    """Return the seconds of each slow test function."""
    lines = (line.split() for line in place.read_text("utf-8").splitlines())
    return {name: float(taken) for name, taken in lines}


def _is_chosen(item: pytest.Item) -> bool:
    endures = item.get_closest_marker("endure") is not None
    return endures == ENDURES or (ENDURES and item.get_closest_marker("deeper") is not None)


def _is_second_database(item: pytest.Item) -> bool:
    parameters = getattr(getattr(item, "callspec", None), "params", {})
    return any(parameters.get(name) == "postgresql" for name in _DATABASES)


def read_needs(item: pytest.Item) -> set[str]:
    """Return what a test needs of the machine."""
    return {str(need) for marker in item.iter_markers("needs") for need in marker.args}


def _name(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def _seconds_of_files(items: Sequence[pytest.Item]) -> dict[Path, float]:
    seconds, counted = read_seconds(ENDURING if ENDURES else THOROUGH), set[str]()
    found: dict[Path, float] = defaultdict(float)
    for item in items:
        found[item.path] += _FEW_S / 20
        if _name(item) not in counted:
            found[item.path] += seconds.get(_name(item), 0)
            counted.add(_name(item))
    return found


def _slice(items: Sequence[pytest.Item], part: str) -> list[pytest.Item]:
    """Return the tests of the files of one slice; the longest files are dealt out first."""
    number, slices = parse_part(part)
    loads, chosen = [0.0] * slices, set[Path]()
    for path, cost in sorted(_seconds_of_files(items).items(), key=lambda pair: (-pair[1], pair[0])):
        lightest = loads.index(min(loads))
        loads[lightest] += cost
        if lightest == number - 1:
            chosen.add(path)
    return [item for item in items if item.path in chosen]


def parse_part(part: str) -> tuple[int, int]:
    """Read ``3/6``. *Raises*: pytest.UsageError."""
    found = re.fullmatch(r"([1-9]\d?)/([1-9]\d?)", part)
    if found is None or int(found[1]) > int(found[2]):
        raise pytest.UsageError(f"--part {part}: write the slice and their number, as 3/6")
    return int(found[1]), int(found[2])


def commit() -> str:
    """Return the commit of the tree, with ``+`` where a tracked file was changed since, or where there is none."""
    hash_ = _git("rev-parse", "HEAD") or "+"
    return f"{hash_}+" if _git("status", "--porcelain", "--untracked-files=no") else hash_


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _passed_file(part: str) -> Path:
    return PASSED / f"{commit()}.{part.replace('/', '-of-')}.txt"


def passed_before(part: str | None) -> set[str]:
    """Return the tests of a slice that passed on this commit before it was interrupted; none in a changed tree."""
    if not part or not ENDURES or commit().endswith("+"):
        return set()
    place = _passed_file(part)
    return set(place.read_text("utf-8").splitlines()) if place.exists() else set()


class Progress:
    """Notes each test of a slice that has passed, and at the end the slice itself."""

    def __init__(self, part: str) -> None:
        if not ENDURES:
            raise pytest.UsageError("--part goes with TESTS_ENDURE=1: `make endure PART=3/6`")
        self.part, self.commit = part, commit()
        self.called, self.failed = set[str](), set[str]()
        PASSED.mkdir(parents=True, exist_ok=True)
        self.place = _passed_file(part)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self.called.add(report.nodeid)
        elif report.when == "teardown" and report.nodeid in self.called - self.failed:
            with self.place.open("a", encoding="utf-8") as notes:
                notes.write(f"{report.nodeid}\n")

    def finish(self, session: pytest.Session, not_run: Sequence[str]) -> None:
        """Note the slice if all of it has passed, now or before it was interrupted."""
        if session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self.place.exists():
            session.exitstatus = pytest.ExitCode.OK
        is_whole = not not_run and not _is_narrowed(session.config)
        is_same = not self.commit.endswith("+") and self.commit == commit()
        if session.exitstatus == pytest.ExitCode.OK and is_whole and is_same:
            record_slice(self.commit, self.part)


def _is_narrowed(config: pytest.Config) -> bool:
    """Whether options or paths leave out tests of the slice."""
    option = config.option
    named = [option.keyword, option.markexpr, option.deselect, option.ignore, option.ignore_glob]
    last = getattr(option, "lf", False) or getattr(option, "stepwise", False)
    return any(named) or bool(last) or option.collectonly or list(config.args) != config.getini("testpaths")


def record_slice(hash_: str, part: str) -> None:
    """Note in build/endure.json the commit on which a slice passed; notes of another number of slices go."""
    number, slices = parse_part(part)
    passed = {**_read_passed(slices), str(number): hash_}
    RECORD.write_text(json.dumps({"of": slices, "passed": passed}) + "\n", encoding="utf-8")


def _read_passed(slices: int) -> dict[str, str]:
    """Return by its number the last commit on which each of some slices passed."""
    known = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    return dict(known["passed"]) if known.get("of") == slices else {}


def missing_slices(hash_: str, slices: int) -> list[str]:
    """Return the slices that have not passed on a commit."""
    passed = _read_passed(slices)
    return [f"{n}/{slices}" for n in range(1, slices + 1) if passed.get(str(n)) != hash_]


def describe_slices(slices: int) -> Iterator[str]:
    """Yield for each slice on which commit it passed last, and whether product code was changed since."""
    passed = _read_passed(slices)
    for number in range(1, slices + 1):
        if (hash_ := passed.get(str(number))) is None:
            yield f"slice {number}/{slices}: has not passed yet"
            continue
        is_older = _has_changed(hash_)
        said = (
            "older than the last change of product code: run it"
            if is_older
            else "product code is the same since"
        )
        yield f"slice {number}/{slices}: passed on {hash_[:8]}; {said}"


def _has_changed(hash_: str) -> bool:
    """Return whether product code was changed since a commit, in the tree too; a commit that is gone says nothing."""
    asked = ["git", "diff", "--quiet", hash_, "--", *PRODUCT]
    return subprocess.run(asked, cwd=ROOT, capture_output=True, check=False).returncode != 0


if (
    __name__ == "__main__"
):  # `make endure` asks how old its slices are, a release whether all passed on this commit
    PARTS = int(sys.argv[2])
    if sys.argv[1] == "age":
        sys.stdout.write("".join(f"{line}\n" for line in describe_slices(PARTS)))
    elif missing := missing_slices(commit(), PARTS):
        sys.exit(
            f"make endure has not passed on this commit: {', '.join(missing)}. Commit all changes, then run it."
        )
