"""How much of two real collections is understood; the texts are read beside the checkout, not kept here."""

import csv
import json
import re
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from core.calendars import Calendar, workday_table
from geo.hours import UNKNOWN, Schedules, parse_hours
from geo.hours.dates import build_day
from geo.hours.day_selector import DayKind

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
STATES_HOURS = re.compile(r"\d|全天|全日")  # a text without either names no hours
pytestmark = pytest.mark.needs("shared")


def _register() -> Counter[str]:
    path = SHARED / "stations" / "tw_nursing_rooms_geocoded.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["data"]
    return Counter(row["opening_hours"] for row in rows if row["opening_hours"])


def _understood(counts: Counter[str]) -> float:
    return sum(n for text, n in counts.items() if parse_hours(text).understood) / counts.total()


def test_nearly_all_rows_of_the_register_that_state_hours_are_understood() -> None:
    counts = _register()
    stating = Counter({text: n for text, n in counts.items() if STATES_HOURS.search(text)})
    assert _understood(stating) >= 0.955
    assert _understood(counts) >= 0.88


# Seven days that follow one another: ordinary ones, and some with a holiday and a make-up work-day among them.
ORDINARY_WEEK = dict.fromkeys((Calendar.CN, Calendar.TW), "2026-11-02")
SPECIAL_WEEK = {Calendar.CN: "2026-10-05", Calendar.TW: "2023-06-17"}


@pytest.mark.endure
def test_91_in_100_places_of_the_collection_have_a_known_state_almost_all_week() -> None:
    """A text counts as resolved when at least 95 % of a week's half hours are open or closed.

    On holidays and make-up work-days texts that name weekdays are unknown at their hours. Six in a hundred
    places state no times at all, so no reader resolves 94.
    """
    counts = _collection_by_calendar()
    ordinary, special = _known(list(counts), ORDINARY_WEEK), _known(list(counts), SPECIAL_WEEK)
    total = counts.total()
    assert sum(n for pair, n in counts.items() if ordinary[pair] >= 0.95) >= 0.91 * total
    texts: Counter[str] = Counter()
    for (text, _), n in counts.items():
        texts[text] += n if STATES_HOURS.search(text) else 0
    assert _understood(texts) >= 0.97
    assert sum(n * special[pair] for pair, n in counts.items()) >= 0.82 * total


def _collection_by_calendar() -> Counter[tuple[str, Calendar]]:
    counts: Counter[tuple[str, Calendar]] = Counter()
    with (SHARED / "hours" / "opening_hours_zh.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            counts[row["text"], Calendar(row["region"])] += int(row["count"])
    return counts


def _known(
    pairs: list[tuple[str, Calendar]], weeks: dict[Calendar, str]
) -> dict[tuple[str, Calendar], float]:
    known: dict[tuple[str, Calendar], float] = {}
    for calendar, first in weeks.items():
        chosen = [p for p in pairs if p[1] is calendar]
        start = np.datetime64(f"{first}T00:00:00") - np.timedelta64(8, "h")
        at = start + np.arange(336) * np.timedelta64(30, "m")
        schedules = Schedules.compile(chosen)
        states = schedules.states(schedules.ids[:, np.newaxis], at[np.newaxis, :])
        known |= zip(chosen, (states != UNKNOWN).mean(axis=1).tolist(), strict=True)
    return known


@pytest.mark.endure
def test_cases_on_which_two_public_evaluators_agree_are_passed_or_refused_by_name() -> None:
    """OSM texts with the spans in which they are open; wall clock, every five minutes of their period."""
    path = SHARED / "local-only" / "opening_hours_consensus.jsonl"
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    taken = [c for c in cases if parse_hours(c["value"]).understood]
    refused = [parse_hours(c["value"]) for c in cases if not parse_hours(c["value"]).understood]
    wrong = [c["value"] for c in taken if not _agrees(c)]
    assert len(taken) >= 35
    assert wrong == []
    assert all(p.reason and p.unread for p in refused)


def _agrees(case: dict[str, object]) -> bool:
    """Open where the evaluators say open, closed where they say closed; unknown where they do, or nowhere."""
    expected = case["expected"]
    assert isinstance(expected, list)
    start, end = _wall(str(case["from"])), _wall(str(case["to"]))
    at = np.arange(start, min(end, start + np.timedelta64(400, "D")), np.timedelta64(5, "m"))
    wanted = np.zeros(len(at), np.int8)
    for first, last, is_unknown, *_ in expected:
        wanted[(at >= _wall(first)) & (at < _wall(last))] = 2 if is_unknown else 1
    schedules = Schedules.compile([(str(case["value"]), Calendar.CN)])
    found = schedules.states(np.zeros(len(at), np.intp), at - np.timedelta64(8, "h"))
    days = {day: _is_special(day) for day in np.unique(at.astype("datetime64[D]")).tolist()}
    special = np.array([days[day] for day in at.astype("datetime64[D]").tolist()])
    return bool(((found == wanted) | (special & (found == 2))).all())


@cache
def _is_special(day: date) -> bool:
    """Return whether a text that names weekdays leaves the day, or the night before it, unknown."""
    table = workday_table(Calendar.CN)
    there = [build_day(day - timedelta(days=n), table) for n in (0, 1)]
    return any(one.unsure or one.kind is not DayKind.NORMAL for one in there)


def _wall(text: str) -> np.datetime64:
    day, clock = text.split()
    return np.datetime64(f"{day}T{clock.zfill(5)}:00")
