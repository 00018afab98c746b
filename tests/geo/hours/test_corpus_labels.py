"""Real door plates labelled by hand, by reading them, before the reader of phrases was asked.

`corpus_labels.csv` keeps row numbers of ``hours/opening_hours_zh.csv`` (beside the checkout), the name of a
set of instants, and a letter for each: O open, C closed, U nobody can tell from the plate. A plate is
taken at its word; after the last entry the answer is U. 周一至周五 says nothing of holidays and make-up
work-days: there the letter is U, unless the plate speaks of them or Sundays have the same hours (those
letters were O and C until the convention changed; they were changed by that rule, not by a reader). Hours
with 依實際營業時間為主 hold as they are written.
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.calendars import Calendar
from tests.geo.hours.labelled_states import Labelled, answers

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
TEXTS = SHARED / "hours" / "opening_hours_zh.csv"
TEXTS_SHA256 = "cac2206f43f348f9"
LABELS = Path(__file__).with_name("corpus_labels.csv")
pytestmark = pytest.mark.needs("shared")

# Wall clock. Days off and make-up days of the mainland in A and B, of Taiwan in P, Q and R.
INSTANTS = {
    "A": (
        "2026-10-12T10:00",  # Monday
        "2026-10-05T10:00",  # Monday in the National Day holiday
        "2026-10-10T16:20",  # make-up Saturday
        "2026-07-14T17:15",  # Tuesday in summer
        "2026-02-17T12:20",  # 正月初一
    ),
    "B": (
        "2026-10-01T12:40",  # National Day
        "2026-09-20T10:30",  # make-up Sunday
        "2026-12-16T16:45",  # Wednesday in winter
        "2026-10-16T20:30",  # Friday
        "2026-05-04T14:00",  # Monday in the Labour Day holiday
    ),
    "P": (
        "2026-10-12T10:00",  # Monday
        "2026-10-09T14:30",  # Friday in lieu of National Day
        "2025-02-08T11:15",  # make-up Saturday, Taiwan's last
        "2026-10-18T18:00",  # Sunday
        "2026-10-01T08:10",  # the first Thursday
    ),
    "Q": (
        "2026-10-13T17:15",  # Tuesday
        "2026-09-28T10:30",  # Monday, Teachers' Day
        "2025-02-08T16:45",
        "2026-02-16T12:15",  # 除夕, a Monday
        "2026-10-18T09:15",
    ),
    "R": (
        "2026-10-14T12:40",  # Wednesday
        "2026-10-29T20:45",  # the last Thursday
        "2025-02-08T08:45",
        "2026-02-27T13:45",  # Friday in lieu of Peace Memorial Day, the last Friday
        "2026-10-11T21:45",  # Sunday
    ),
}


def _labelled() -> Iterator[Labelled]:
    """Text, calendar, instant, letter."""
    assert hashlib.sha256(TEXTS.read_bytes()).hexdigest().startswith(TEXTS_SHA256), "label the texts anew"
    with TEXTS.open(encoding="utf-8", newline="") as file:
        texts = list(csv.DictReader(file))
    with LABELS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = texts[int(row["row"])]
            for instant, letter in zip(INSTANTS[row["instants"]], row["states"], strict=True):
                yield text["text"], Calendar(text["region"]), instant, letter


def test_no_plate_is_called_open_when_a_reader_of_it_would_not() -> None:
    told = answers(list(_labelled()))
    wrong = Counter((answer, label) for _, _, label, answer in told if answer != label)
    assert [a for a in told if a[3] == "O" and a[2] != "O"] == []
    assert [a for a in told if a[3] == "C" and a[2] == "O"] == []
    assert wrong["C", "U"] <= 2
    assert wrong["U", "O"] + wrong["U", "C"] <= len(told) / 6
