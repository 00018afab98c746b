"""How much of two real collections is understood; the texts are read beside the checkout, not kept here."""

import csv
import json
import re
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from geo.hours import Schedules, read, unread
from geo.station import Calendar

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
STATES_HOURS = re.compile(r"\d|全天|全日")  # a text without either names no hours
pytestmark = pytest.mark.needs("shared")


def _register() -> Counter[str]:
    path = SHARED / "stations" / "tw_nursing_rooms_geocoded.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["data"]
    return Counter(row["opening_hours"] for row in rows if row["opening_hours"])


def _collection() -> Counter[str]:
    path = SHARED / "hours" / "opening_hours_zh.csv"
    counts: Counter[str] = Counter()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts[row["text"]] += int(row["count"])
    return counts


def _understood(counts: Counter[str]) -> float:
    return sum(n for text, n in counts.items() if read(text).understood) / counts.total()


def test_nearly_all_rows_of_the_register_that_state_hours_are_understood(
    capsys: pytest.CaptureFixture[str],
) -> None:
    counts = _register()
    stating = Counter({text: n for text, n in counts.items() if STATES_HOURS.search(text)})
    with capsys.disabled():
        sys.stdout.write(
            f"\nregister: {_understood(counts):.1%}, of rows with hours {_understood(stating):.1%}\n"
        )
    assert _understood(stating) >= 0.955
    assert _understood(counts) >= 0.88


def test_most_of_the_collection_is_understood(capsys: pytest.CaptureFixture[str]) -> None:
    counts = _collection()
    with capsys.disabled():
        sys.stdout.write(f"\ncollection: {_understood(counts):.1%} weighted\n")
    assert _understood(counts) >= 0.89


def test_texts_that_only_name_who_may_enter_head_the_list_of_the_unread() -> None:
    listed = unread(_collection().items())
    assert listed[0].count >= listed[-1].count
    assert not any(read(u.text).understood for u in listed)


def test_every_text_of_both_collections_compiles_without_an_error() -> None:
    texts = {*_register(), *_collection()}
    schedules = Schedules.compile([(t, c) for t in sorted(texts) for c in Calendar])
    at = datetime.fromisoformat("2026-10-05T10:00+08:00")
    assert set(schedules.states(schedules.ids, at).tolist()) == {0, 1, 2}


def test_cases_on_which_two_public_evaluators_agree_are_passed_or_refused() -> None:
    """OSM texts with the spans in which they are open; wall clock."""
    path = SHARED / "local-only" / "opening_hours_consensus.jsonl"
    if not path.exists():
        pytest.skip("opening_hours_consensus.jsonl is not at hand")
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    taken = [c for c in cases if "expected" in c and read(c["value"]).understood]
    wrong = [c["value"] for c in taken if not _agrees(c)]
    assert len(taken) >= 20
    assert wrong == []


def _agrees(case: dict[str, object]) -> bool:
    """Never open where the evaluators say closed, nor closed where they say open (checked each half hour)."""
    schedules = Schedules.compile([(str(case["value"]), Calendar.CN)])
    expected = case["expected"]
    assert isinstance(expected, list)
    start, end = _wall(str(case["from"])), _wall(str(case["to"]))
    for step in range(int(min(end - start, timedelta(days=30)) / timedelta(minutes=30))):
        at = start + step * timedelta(minutes=30)
        inside = [span[2] for span in expected if _wall(span[0]) <= at < _wall(span[1])]
        state = schedules.opening(0, at).state.value
        if (state == "open" and inside[:1] != [False]) or (state == "closed" and inside[:1] == [False]):
            return False
    return True


def _wall(text: str) -> datetime:
    day, clock = text.split()
    return datetime.fromisoformat(f"{day}T{clock.zfill(5)}+08:00")
