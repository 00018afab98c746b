"""States of texts at labelled moments, for the tests whose labels a reader of the texts wrote."""

from collections.abc import Sequence
from datetime import datetime

from core.calendars import Calendar
from geo.hours import Schedules

LETTERS = "COU"  # `Schedules.states` gives 0 for closed, 1 for open, 2 for unknown
Labelled = tuple[str, Calendar, str, str]  # text, calendar, local wall clock, letter


def answers(labelled: Sequence[Labelled]) -> list[tuple[str, str, str, str]]:
    """Text, instant, label, answer."""
    schedules = Schedules.compile([(text, calendar) for text, calendar, _, _ in labelled])
    at = [datetime.fromisoformat(f"{instant}+08:00") for _, _, instant, _ in labelled]
    return [
        (text, instant, letter, LETTERS[int(schedules.states(schedules.ids[n : n + 1], at[n])[0])])
        for n, (text, _, instant, letter) in enumerate(labelled)
    ]
